"""Sources for the tests of check, and the findings in them."""

from collections.abc import Collection, Mapping

from nbship.core.artifact.collected import Collected
from nbship.core.artifact.declared import fits
from nbship.core.checks.facts import Disk
from nbship.core.checks.workspace import review
from nbship.core.source.decode import is_notebook
from nbship.core.workspace.catalogue import catalogue_of, glance
from nbship.diagnostics import Diagnostic
from nbship.model.git import GitFacts
from nbship.model.workspace import Source
from tests.support.usual import LAYOUT

PATH = "src_py/a.py"
NO_DISK = Disk()
KAGGLE = '[tool.nbship.kaggle]\nid = "awa/tiny-kernel"\ntitle = "Tiny Kernel"'
SCRIPT = KAGGLE + '\nkernel_type = "script"'
CONFLICT = "<<<<<<< HEAD\na = 1\n=======\na = 2\n>>>>>>> theirs"
TOKEN = "hf_" + "QwErTyUiOpAsDfGhJkLzXcVbNmQwErTyUi"  # in two parts, so that this file has none
FIRST = 8  # the line of the first cell's text behind the header that KAGGLE alone makes


def notebook(*cells: str, toml: str = KAGGLE) -> str:
    """Return a notebook's source with this header and these cells, each with its marker."""
    block = "".join(f"# {line}".rstrip() + "\n" for line in toml.split("\n"))
    parts = [f"# %%\n# /// script\n{block}# ///\n", *(f"{cell}\n" for cell in cells)]
    return "\n".join(parts)


def code(text: str, toml: str = KAGGLE) -> str:
    """Return a notebook with one code cell."""
    return notebook(f"# %%\n{text}", toml=toml)


def check(
    files: Mapping[str, str | bytes] | str,
    git: GitFacts | None = None,
    only: Collection[str] | None = None,
    disk: Disk = NO_DISK,
) -> tuple[Diagnostic, ...]:
    """Check these files as the verb does; a text alone is one notebook.

    Undefined names are left out: the snippets of most tests are not whole programs.
    """
    return tuple(f for f in check_names(files, git, only, disk) if f.code != "undefined-name")


def check_names(
    files: Mapping[str, str | bytes] | str,
    git: GitFacts | None = None,
    only: Collection[str] | None = None,
    disk: Disk = NO_DISK,
) -> tuple[Diagnostic, ...]:
    """Check these files as the verb does, undefined names included."""
    given = {PATH: files} if isinstance(files, str) else files
    data = {p: f.encode() if isinstance(f, str) else f for p, f in given.items()}
    texts = {path: content.decode(errors="replace") for path, content in data.items()}
    entries = [
        glance(LAYOUT.name_of(path), Source(path, text))
        for path, text in texts.items()
        if is_notebook(text)
    ]
    return review(
        catalogue_of(entries), data, git or GitFacts(), only, disk, layout=LAYOUT
    ).findings


def disk(*files: str, **contents: bytes) -> Disk:
    """Return a disk with these files: names alone, or names with their contents."""
    every = {**dict.fromkeys(files, b"{}"), **contents}
    return Disk(
        collect=lambda pattern: Collected({p: d for p, d in every.items() if fits(p, pattern)}),
        is_file=every.__contains__,
    )


def found(*args: object, **options: object) -> list[str]:
    """Return the findings as place and code, which most tests compare."""
    return [f"{f.place} {f.code}" for f in check(*args, **options)]  # type: ignore[arg-type] # passed on as it is
