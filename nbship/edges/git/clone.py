"""How a clone treats notebooks, tried with one of our own; and the settings git cannot carry.

Side effects: ``look`` makes a scratch repo in the system's temporary folder, which takes the
objects that trying makes, and runs the clone's filter and diff driver; the clone is left as it is.
``set_config`` changes the clone's config, which its worktrees share.
"""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbship.core.clone import diagnosis, git_attributes
from nbship.core.clone.diagnosis import Clone, Probe
from nbship.edges.git import repository
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout

_KEYS = (diagnosis.CLEAN, diagnosis.SMUDGE, diagnosis.REQUIRED, diagnosis.TEXTCONV)
_PROBED = Layout().notebook("nbship-doctor")
_SHOWN = 200  # characters of git's words in a line


def version() -> str | None:
    """Return git's version, None where it is not installed."""
    try:
        return diagnosis.parse_version(repository.run(Path("/"), "--version").out)
    except WorkspaceError:
        return None


def look(root: Path) -> Clone:
    """Return what git says of the clone that ``root`` lies in.

    Raises:
        WorkspaceError: it lies in none, in git's words.
    """
    top = Path(_answer(root, "rev-parse", "--show-toplevel"))
    prefix = _answer(root, "rev-parse", "--show-prefix")
    config = dict(_config(root))
    programs = {key: diagnosis.program_of(config.get(key, "")) for key in _KEYS}
    with tempfile.TemporaryDirectory(prefix="nbship-") as folder:
        scratch = Path(folder)
        any_clone = _any_clone(scratch, top)
        return Clone(
            config=config,
            gone={k: path for k, path in programs.items() if path and not Path(path).exists()},
            probe=_probe(scratch, top, prefix),
            attributes=_attributes(root, any_clone),
            ignored=_ignored(root, any_clone),
            with_outputs=tuple(_with_outputs(root)),
        )


def set_config(root: Path, key: str, value: str) -> None:
    """Set one of the clone's settings; git replaces its config file as a whole.

    Raises:
        WorkspaceError: it cannot be written, or another git is writing it.
    """
    said = repository.run(root, "config", "--local", "--replace-all", key, value)
    if said.code != 0:
        raise WorkspaceError(
            f"git config {key} failed: {_words(said.err)}",
            hint="If no other git is at work, remove the .lock that one left, and try again.",
        )


def _config(root: Path) -> Iterator[tuple[str, str]]:
    for key in _KEYS:
        kind = ["--type=bool"] if key == diagnosis.REQUIRED else []
        said = repository.run(root, "config", *kind, "--get", key)
        if said.code == 0:
            yield key, said.out.removesuffix("\n")


def _any_clone(scratch: Path, top: Path) -> dict[str, str]:
    """Return an environment in which git sees the files, and nothing that is this clone's alone."""
    _answer(scratch, "init", "-q", "--template=", ".")
    return {
        "GIT_DIR": str(scratch / ".git"),
        "GIT_WORK_TREE": str(top),
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "core.attributesFile",
        "GIT_CONFIG_VALUE_0": "/dev/null",
        "GIT_CONFIG_KEY_1": "core.excludesFile",
        "GIT_CONFIG_VALUE_1": "/dev/null",
    }


def _attributes(root: Path, env: Mapping[str, str]) -> git_attributes.Attributes:
    names, paths = git_attributes.ATTRIBUTES, git_attributes.PATHS
    said = repository.run(root, "check-attr", "-z", *names, "--", *paths, env=env)
    return git_attributes.parse_attributes(said.out)


def _ignored(root: Path, env: Mapping[str, str]) -> frozenset[str]:
    said = repository.run(root, "check-ignore", "--no-index", *git_attributes.IGNORED, env=env)
    return frozenset(said.out.splitlines())


def _probe(scratch: Path, top: Path, prefix: str) -> Probe:
    """Let git take in a notebook with outputs and show it, as it does on ``git add``, ``diff``."""
    notebook, attributes = scratch / "probe.ipynb", scratch / "attributes"
    files.write_file(notebook, diagnosis.PROBE.encode())
    # Those of the repo win over these; what the repo's lack is another finding.
    files.write_file(attributes, b"*.ipynb filter=nbstripout diff=ipynb\n")
    objects = top / _answer(top, "rev-parse", "--git-path", "objects")
    env = {
        "GIT_OBJECT_DIRECTORY": str(scratch / ".git" / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(objects),
    }
    config = ["-c", f"core.attributesFile={attributes}"]
    path = f"{prefix}{_PROBED}"
    added = repository.run(
        top, *config, "hash-object", "-w", f"--path={path}", "--", str(notebook), env=env
    )
    if added.code != 0:
        return Probe(None, None, _words(added.err))
    blob = added.out.strip()
    committed = repository.run(top, "cat-file", "blob", blob, env=env).out
    shown = repository.run(top, *config, "cat-file", "--textconv", f"--path={path}", blob, env=env)
    if shown.code != 0:
        return Probe(committed, None, _words(shown.err))
    return Probe(committed, shown.out)


def _quoted(path: Path) -> str:
    """Return a path as it may stand in a list of them, whatever is in it."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _with_outputs(root: Path) -> Iterator[str]:
    """Yield the notebooks in the index, at ``root`` and below, that hold outputs."""
    said = repository.run(
        root, "-c", "grep.fullName=false", "grep", "--cached", "--no-color", "-l", "-z", "-a",
        "-F", "-e", '"output_type"', "--", ":(glob)**/*.ipynb",
    )  # fmt: skip
    for path in filter(None, said.out.split("\0")):
        if diagnosis.has_outputs(repository.run(root, "cat-file", "blob", f":./{path}").out):
            yield path


def _answer(root: Path, *arguments: str) -> str:
    said = repository.run(root, *arguments)
    if said.code != 0:
        raise WorkspaceError(_words(said.err))
    return said.out.removesuffix("\n")


def _words(text: str) -> str:
    """Return the first line of git's words, which is nearest to the cause."""
    first = next(iter(text.strip().splitlines()), "no word why")
    return first.removeprefix("fatal: ")[:_SHOWN]
