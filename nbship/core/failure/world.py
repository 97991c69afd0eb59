"""The paths in a failure as the user knows them: below /kaggle, or in the workspace.

A file that a module looks for beside itself lies in the bundle's temporary folder, or not: then the
hint says how it gets there.
"""

import json
import re
from collections.abc import Callable, Collection
from dataclasses import replace

from nbship.core.artifact.bundle import FOLDER_PREFIX, folder_in_bundle
from nbship.core.artifact.declared import TABLE
from nbship.model.failure import Failure

_BUNDLE = (  # in quotes, a path may have blanks
    rf"(?:(?<=['\"])/[^'\"\n]*?|[/~][^'\"\s]*?)/?{re.escape(FOLDER_PREFIX)}\w{{1,32}}/"
)
_NO_FILE = re.compile(r"(?:No such file or directory|FileNotFoundError)[^'\"]*['\"]([^'\"]{1,300})")
_NO_COLAB = (
    "google.colab is a part of Colab. A rehearsal has it for a notebook with [tool.nbship.colab] "
    'only, and not all of it; [tool.nbship.smoke] skip = "why" leaves the rehearsal out.'
)
_NO_MODULE = re.compile(r"No module named ['\"]([\w.]{1,200})['\"]")


def as_there(text: str, world: str, *, is_colab: bool = False) -> str:
    """Return a text in which /kaggle takes the place of the folder ``world``.

    In a Colab notebook, /content takes the place of its working folder.
    """
    if is_colab:
        text = text.replace(f"{world}/working", "/content")
    return text.replace(world, "/kaggle")


def as_on_kaggle(failure: Failure, world: str, *, is_colab: bool = False) -> Failure:
    """Return a failure with the paths of Kaggle, or of Colab."""
    return _with_paths(failure, lambda text: as_there(text, world, is_colab=is_colab))


def in_workspace(failure: Failure, sources: str) -> Failure:
    """Return a failure in which the files of the bundle have their paths in the workspace.

    ``sources`` is the folder of the sources there.
    """
    return _with_paths(failure, lambda text: _unbundled(text, sources))


def _unbundled(text: str, sources: str) -> str:
    folder = re.escape(folder_in_bundle(sources))
    return re.sub(
        rf"{_BUNDLE}(?P<modules>{folder}(?![^/'\"\s]))?",
        lambda found: sources if found["modules"] else "",
        text,
    )


def left_behind(
    error: str,
    source: str,
    is_file: Callable[[str], bool],
    sources: str,
    taken: Collection[str] = (),
) -> str:
    """Return the hint for a file or module of the workspace that the artifact does not have, or "".

    ``error`` is as the run gave it; ``source`` is the path of the notebook, ``sources`` the folder
    of the sources, and ``taken`` are the paths of the modules that the artifact has.
    """
    folder, shown = source.rpartition("/")[0], _unbundled(error, sources)
    if found := _NO_MODULE.search(error):
        if f"{found[1]}.".startswith("google.colab."):
            return _NO_COLAB
        path = f"{sources}/{found[1].replace('.', '/')}"
        for file in (f"{path}.py", f"{path}/__init__.py"):
            if file in taken:
                return f"{file} is in the artifact, where only the notebook's own process finds it."
            if is_file(file):
                package = json.dumps(found[1].partition(".")[0])
                return f"Add to the header of {source}: [{TABLE}] packages = [{package}]"
    if found := _NO_FILE.search(shown):
        name = found[1].removeprefix("./")
        if shown != error and name.startswith(f"{sources}/") and is_file(name):
            return f"Name {name} in [{TABLE}] files, in the header of {source}."
        if not name.startswith("/") and (is_file(f"{folder}/{name}") or is_file(name)):
            return (
                f"{name} is not in /kaggle/working, where a notebook runs: name it in [{TABLE}] "
                "files, and open it in a module by Path(__file__).parent."
            )
    return ""


def _with_paths(failure: Failure, change: Callable[[str], str]) -> Failure:
    return replace(
        failure,
        error=change(failure.error),
        before=tuple(map(change, failure.before)),
        causes=tuple(_with_paths(cause, change) for cause in failure.causes),
        parts=tuple(_with_paths(part, change) for part in failure.parts),
    )
