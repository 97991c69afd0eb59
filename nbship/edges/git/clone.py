"""A clone's settings, which git does not copy, and its treatment of notebooks, shown by a probe.

Side effects: ``look`` makes a scratch repository in the system's temporary folder, which receives
the objects of the probe, and runs the clone's filter and diff driver; it does not change the clone.
``set_config`` changes the clone's config, which its worktrees share.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nbship.core.clone import diagnosis, git_attributes, git_messages
from nbship.core.clone.diagnosis import Clone, Probe
from nbship.core.clone.git_attributes import FolderRules
from nbship.edges.git import repository
from nbship.edges.storage import files
from nbship.errors import WorkspaceError
from nbship.model.layout import Layout

_KEYS = (
    diagnosis.CLEAN, diagnosis.SMUDGE, diagnosis.REQUIRED, diagnosis.TEXTCONV,
    diagnosis.MERGE_NAME, diagnosis.MERGE,
)  # fmt: skip
_PROBE = "nbship-doctor"  # the name of the notebook that the probe passes through git
_SHOWN = 200  # characters of git's message in an error


def version() -> str | None:
    """Return git's version, or None if it is not installed."""
    try:
        return diagnosis.parse_version(repository.run(Path("/"), "--version").out)
    except WorkspaceError:
        return None


def top_of(root: Path) -> Path | None:
    """Return the top folder of the clone that contains ``root``; None outside a repository.

    Raises:
        WorkspaceError: the repository is bare, or git refuses to read it; the message is git's.
    """
    result = repository.run(root, "rev-parse", "--show-toplevel")
    if result.code == 0:
        return Path(result.out.removesuffix("\n"))
    if git_messages.is_no_repository(result.err):
        return None
    if git_messages.is_bare(result.err):
        raise WorkspaceError(
            "a bare repository, which has no files of its own",
            hint="git clone it, and work in the clone",
        )
    raise _refused(result.err)


def rules_of(root: Path, top: Path, environments: Iterable[str], layout: Layout) -> FolderRules:
    """Return how git would treat the files in ``root``, by the files of the folder ``top``.

    ``environments`` are the Python environments in ``root``, and ``layout`` has its folders.
    """
    known = tuple(environments)
    with tempfile.TemporaryDirectory(prefix="nbship-") as folder:
        env = _any_clone(Path(folder).resolve(), top)
        return FolderRules(
            _attributes(root, env, layout), _ignored(root, env, known, layout), known
        )


def look(root: Path, top: Path, layout: Layout) -> Clone:
    """Return the settings of the clone ``top``, which contains ``root``, and their effects.

    Raises:
        WorkspaceError: a call of git fails; the message is git's.
    """
    prefix = _output(root, "rev-parse", "--show-prefix")
    config = _config(root)
    programs = {key: diagnosis.program_of(config.get(key, "")) for key in _KEYS}
    with tempfile.TemporaryDirectory(prefix="nbship-") as folder:
        scratch = Path(folder).resolve()
        _output(scratch, "init", "-q", "--template=", ".")
        return Clone(
            config=config,
            gone={k: path for k, path in programs.items() if path and not Path(path).exists()},
            probe=_probe(scratch, top, f"{prefix}{layout.notebook(_PROBE)}"),
            with_outputs=tuple(_with_outputs(root)),
            has_deleted=_has_deleted(root),
        )


def set_config(root: Path, key: str, value: str) -> None:
    """Set one of the clone's settings; git replaces its config file atomically.

    Raises:
        WorkspaceError: the config file cannot be written, or another git process has locked it.
    """
    result = repository.run(root, "config", "--local", "--replace-all", key, value)
    if result.code != 0:
        raise WorkspaceError(
            f"git config {key} failed: {_first_line(result.err)}",
            hint="If no other git process is running, remove the .lock file and try again.",
        )


def setting(root: Path, key: str) -> str | None:
    """Return one of the clone's own settings, None if it has none."""
    result = repository.run(root, "config", "--local", "--get", key)
    return result.out.removesuffix("\n") if result.code == 0 else None


def restore_setting(root: Path, key: str, value: str | None) -> None:
    """Give a setting the value that it had, or remove it.

    Raises:
        WorkspaceError: the config file cannot be written.
    """
    if value is not None:
        set_config(root, key, value)
    elif setting(root, key) is not None:
        repository.write(root, "config", "--local", "--unset-all", key)


def _config(root: Path) -> dict[str, str]:
    """Return those of the settings that git has; a truth value in git's own word."""
    config = {key: value for key, value in repository.settings(root, *_KEYS).items() if value}
    truth = repository.run(root, "config", "--type=bool", "--get", diagnosis.REQUIRED)
    return {**config, diagnosis.REQUIRED: truth.out.strip()} if truth.code == 0 else config


def _any_clone(scratch: Path, top: Path) -> dict[str, str]:
    """Return an environment in which git sees the clone's files, but not its own settings."""
    _output(scratch, "init", "-q", "--template=", ".")
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


def _attributes(root: Path, env: Mapping[str, str], layout: Layout) -> git_attributes.Attributes:
    names, paths = git_attributes.ATTRIBUTES, git_attributes.attribute_paths(layout)
    result = repository.run(root, "check-attr", "-z", *names, "--", *paths, env=env)
    return git_attributes.parse_attributes(result.out)


def _ignored(
    root: Path, env: Mapping[str, str], environments: Iterable[str], layout: Layout
) -> frozenset[str]:
    rules = git_attributes.ignore_rules(layout, environments)
    paths = [layout.notebook("x"), *(rule.path for rule in rules)]
    data = "\0".join(paths).encode(errors="surrogateescape")
    result = repository.run(root, "check-ignore", "--no-index", "-z", "--stdin", env=env, data=data)
    if result.code <= 1:
        return frozenset(filter(None, result.out.split("\0")))
    # git answers nothing if one of the paths leads through a link.
    alone = (
        repository.run(root, "check-ignore", "--no-index", "-q", "--", p, env=env) for p in paths
    )
    return frozenset(path for path, answer in zip(paths, alone, strict=True) if answer.code == 0)


def _probe(scratch: Path, top: Path, path: str) -> Probe:
    """Pass a notebook with outputs through git as ``git add`` and ``git diff`` do at ``path``."""
    notebook, attributes = scratch / "probe.ipynb", scratch / "attributes"
    files.write_file(notebook, diagnosis.PROBE.encode())
    # The repository's attributes override these; if it has none, another check reports that.
    files.write_file(attributes, b"*.ipynb filter=nbstripout diff=ipynb\n")
    objects = top / _output(top, "rev-parse", "--git-path", "objects")
    env = {
        "GIT_OBJECT_DIRECTORY": str(scratch / ".git" / "objects"),
        "GIT_ALTERNATE_OBJECT_DIRECTORIES": _quoted(objects),
    }
    config = ["-c", f"core.attributesFile={attributes}"]
    added = repository.run(
        top, *config, "hash-object", "-w", f"--path={path}", "--", str(notebook), env=env
    )
    if added.code != 0:
        return Probe(None, None, _first_line(added.err))
    blob = added.out.strip()
    committed = repository.run(top, "cat-file", "blob", blob, env=env).out
    shown = repository.run(top, *config, "cat-file", "--textconv", f"--path={path}", blob, env=env)
    if shown.code != 0:
        return Probe(committed, None, _first_line(shown.err))
    return Probe(committed, shown.out)


def _quoted(path: Path) -> str:
    """Quote a path for a list of paths in a variable of git."""
    escaped = str(path).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _with_outputs(root: Path) -> Iterator[str]:
    """Yield the notebooks in the index, at ``root`` and below, that contain outputs."""
    result = repository.run(
        root, "-c", "grep.fullName=false", "grep", "--cached", "--no-color", "-l", "-z", "-a",
        "-F", "-e", '"output_type"', "--", ":(glob,icase)**/*.ipynb",
    )  # fmt: skip
    for path in filter(None, result.out.split("\0")):
        if diagnosis.has_outputs(repository.run(root, "cat-file", "blob", f":./{path}").out):
            yield path


def _has_deleted(root: Path) -> bool:
    """Return whether git tracks a notebook, at ``root`` or below, that is not on the disk."""
    return bool(repository.run(root, "ls-files", "-z", "--deleted", "--", "*.ipynb").out)


def _output(root: Path, *arguments: str) -> str:
    result = repository.run(root, *arguments)
    if result.code != 0:
        raise _refused(result.err)
    return result.out.removesuffix("\n")


def _refused(words: str) -> WorkspaceError:
    return WorkspaceError(git_messages.said(words)[:_SHOWN], hint=git_messages.way_out(words))


def _first_line(text: str) -> str:
    """Return the first line of git's message, which is nearest to the cause."""
    return git_messages.said(next(iter(text.strip().splitlines()), ""))[:_SHOWN]
