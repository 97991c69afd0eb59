"""git's three-way merge of texts, without a repository.

Side effects: starts git, and writes the texts into the caller's folder.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbship.core.drift.conflicts import Labels, Triple
from nbship.digest import sha256
from nbship.edges.git import repository
from nbship.edges.process import runner
from nbship.edges.storage import files
from nbship.errors import WorkspaceError

# git 2.35 and 2.44 have brought these options; an older one refuses them as wrong usage.
_STYLES = (("--zdiff3", "--diff-algorithm=histogram"), ("--zdiff3",), ("--diff3",))
_WITHOUT_BASE = (("--diff-algorithm=histogram",), ())
_WRONG_USAGE = 129
# Lines between two texts: git joins conflicts with up to three lines between them.
_LINES_BETWEEN = 8
_MOST_CONFLICTS = 127  # merge-file exits with the number of conflicts; a larger code is an error


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a text, and its label in conflict markers."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Merged:
    """A merged text; ``is_clean`` means that it contains no conflict markers of git."""

    text: str
    is_clean: bool


def merge_texts(ours: Version, base: Version, theirs: Version) -> Merged:
    """Merge two versions of a text that have the same base, in a folder of the system's own.

    Raises:
        WorkspaceError: git is not installed, or cannot merge them.
    """
    with tempfile.TemporaryDirectory(prefix="nbship-") as folder:
        return merge(Path(folder).resolve() / "merge", ours, base, theirs)


def merge(folder: Path, ours: Version, base: Version, theirs: Version) -> Merged:
    """Merge two versions of a text that have the same base.

    Side effects: empties ``folder``, and writes the three texts into it.

    Raises:
        WorkspaceError: git is not installed, or cannot merge them.
    """
    files.fresh_folder(folder)
    versions = {"ours": ours, "base": base, "theirs": theirs}
    for name, version in versions.items():
        files.write_file(folder / name, version.text.encode())
    labels = [part for version in versions.values() for part in ("-L", version.label)]
    result = _merge_file(folder, ((),), labels)
    return Merged(result.out, is_clean=result.code == 0)


def merge_all(folder: Path, triples: Sequence[Triple], labels: Labels) -> list[str]:
    """Merge each triple of texts; conflicts have git's markers with these labels.

    They are merged in one call of git, between lines that keep them apart, and one by one only if
    git does not keep them apart.

    Side effects: empties ``folder``, and writes the texts into it.

    Raises:
        WorkspaceError: git is not installed, or cannot merge them.
    """
    merged: dict[int, str] = {}
    for has_base in (True, False):
        chosen = [at for at, each in enumerate(triples) if (each.base is not None) == has_base]
        if chosen:
            texts = _merged(folder, [triples[at] for at in chosen], labels, has_base=has_base)
            merged |= zip(chosen, texts, strict=True)
    return [merged[at] for at in range(len(triples))]


def _merged(
    folder: Path, triples: Sequence[Triple], labels: Labels, *, has_base: bool
) -> list[str]:
    fences = list(_fences(triples))
    texts = {
        "ours": _fenced([each.ours for each in triples], fences),
        "base": _fenced([each.base or "" for each in triples], fences),
        "theirs": _fenced([each.theirs for each in triples], fences),
    }
    files.fresh_folder(folder)
    for name, text in texts.items():
        files.write_file(folder / name, text.encode())
    names = ["-L", labels.ours, "-L", labels.base, "-L", labels.theirs]
    styles = _STYLES if has_base else _WITHOUT_BASE
    out = _merge_file(folder, styles, names).out
    parts = _parts(out, fences)
    if parts is not None:
        return parts
    return [_merged(folder, [each], labels, has_base=has_base)[0] for each in triples]


def _fences(triples: Sequence[Triple]) -> Iterator[str]:
    """Yield the lines between two triples, which are in none of them."""
    token = sha256(repr(triples).encode())[:24]
    for number in range(len(triples) - 1):
        yield "".join(f"{token} {number} {line}\n" for line in range(_LINES_BETWEEN))


def _fenced(texts: Sequence[str], fences: Sequence[str]) -> str:
    whole = [_ended(text) + fence for text, fence in zip(texts, fences, strict=False)]
    return "".join([*whole, _ended(texts[-1])])


def _ended(text: str) -> str:
    return text if text.endswith("\n") or not text else f"{text}\n"


def _parts(text: str, fences: Sequence[str]) -> list[str] | None:
    """Return the texts between the fences, None if git has not kept them apart."""
    parts = []
    for fence in fences:
        part, found, text = text.partition(fence)
        if not found:
            return None
        parts.append(part)
    parts.append(text)
    token = "".join(fences[:1]).partition(" ")[0]
    return None if fences and any(token in part for part in parts) else parts


def _merge_file(
    folder: Path, styles: Sequence[Sequence[str]], labels: Sequence[str]
) -> runner.Finished:
    """Run git with the first of some options that it knows."""
    results = (
        repository.run(folder, "merge-file", "-p", *style, *labels, "ours", "base", "theirs")
        for style in styles
    )
    result = next((each for each in results if each.code != _WRONG_USAGE), None)
    if result is None:
        raise WorkspaceError("this git has no merge-file that nbship can use", hint="Update git.")
    if not 0 <= result.code <= _MOST_CONFLICTS:
        raise repository.git_failed("merge-file", result)
    return result
