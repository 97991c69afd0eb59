"""Where Kaggle has put the sources that a notebook declares.

Kaggle mounts a dataset in one of two places, and which one depends on the age of the session:

    new   /kaggle/input/datasets/<owner>/<slug>     /kaggle/input/notebooks/<owner>/<slug>
    old   /kaggle/input/<slug>

So no notebook writes these paths itself: it asks here, by the name that it declared.
"""

from pathlib import Path

KAGGLE_INPUT = Path("/kaggle/input")


def find_dataset(source: str, root: Path = KAGGLE_INPUT) -> Path:
    """Return the folder of the dataset ``owner/slug``."""
    return _find(source, "datasets", "dataset_sources", root)


def find_notebook(source: str, root: Path = KAGGLE_INPUT) -> Path:
    """Return the folder with the output files of the notebook ``owner/slug``."""
    return _find(source, "notebooks", "kernel_sources", root)


def _find(source: str, kind: str, key: str, root: Path) -> Path:
    owner, slash, slug = source.partition("/")
    if not (owner and slash and slug) or "/" in slug:
        raise ValueError(f"a source is named owner/slug, not {source!r}")
    for folder in (root / kind / owner / slug, root / slug):
        if folder.is_dir():
            return folder
    raise FileNotFoundError(
        f"{source} is not mounted below {root.as_posix()}. "
        f'Declare it in the first cell of the notebook: {key} = ["{source}"]'
    )
