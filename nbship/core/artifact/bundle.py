"""The bundle: one readable code cell that holds the local modules and files of a notebook.

Kaggle receives one file. On Kaggle, the cell writes the modules into a temporary folder and puts
it first on ``sys.path``. They are ordinary files there: tracebacks, ``inspect`` and child
processes show ``.../src_py/sahel/audio.py`` with the same line numbers as in git. The files that
``[tool.nbship.bundle]`` names lie beside them, at the places that they have in the workspace.
"""

import ast
import base64
import bz2
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from nbship.digest import sha256
from nbship.model.notebook import BundledFile, Cell, Module

BUNDLE_TAG = "nbship-bundle"
FOLDER_PREFIX = "nbship-"  # core/failure recognizes bundled files in tracebacks by it
BUNDLE_FOLDER = "src_py"  # has the modules there, whatever the folder of the sources is called
MOST_READABLE = 65_536  # bytes of a file that is shown as text; a larger one is compressed
_HEAD = """\
# The modules of {origin}/ that are imported here. Edit them in git, not here.
def _bundle(modules):
    import pathlib
    import sys
    import tempfile

    folder = pathlib.Path(tempfile.mkdtemp(prefix="{prefix}"), "{folder}")
    for name, text in modules.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text[1:].encode("utf-8"))  # without the line break after the quotes
    sys.path.insert(0, str(folder))


_bundle({{
"""
_HEAD_WITH_FILES = """\
{title}
def _bundle(modules, files, digests, programs=()):
    import base64
    import bz2
    import hashlib
    import pathlib
    import sys
    import tempfile

    root = pathlib.Path(tempfile.mkdtemp(prefix="{prefix}"))
    texts = {{"{folder}/" + name: text for name, text in modules.items()}}
    for name, text in {{**texts, **files}}.items():
        if isinstance(text, bytes):  # compressed
            data = bz2.decompress(base64.b64decode(text))
        else:
            data = text[1:].encode("utf-8")  # without the line break after the quotes
        if hashlib.sha256(data).hexdigest() != digests[name]:
            raise RuntimeError(name + " has not arrived as it was built: push the notebook again")
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        if name in programs:
            path.chmod(0o755)
    sys.path.insert(0, str(root / "{folder}")){end}


{call}({{
"""
_TITLE = (
    "# The modules of {origin}/ that are imported here, and what [tool.nbship.bundle] names. "
    "Edit them in\n# git, not here."
)
_FILES_TITLE = "# What [tool.nbship.bundle] names. Edit it in git, not here."
_RESULT = '\n    return str(root / "{folder}")'

# The prompts of doctests: IPython removes them, even inside a string.
_PROMPT = re.compile(r"^([ \t]*)(>(?=>>)|\.(?=\.\.))", re.MULTILINE)
_UNQUOTABLE = re.compile(rf"[\r\0]|{_PROMPT.pattern}", re.MULTILINE)
# Characters that a person cannot read in a cell, and those that end a line for some programs only.
_UNREADABLE = re.compile("[\0-\b\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff]")
_LINE = 100  # characters of compressed data in one line
_TAIL = "})\ndel _bundle\n"


def bundle_cell(
    modules: Sequence[Module],
    files: Sequence[BundledFile] | None = None,
    programs: Sequence[str] = (),
    *,
    sources: str,
) -> Cell:
    """Return one code cell with each module as it is in git, and each file byte by byte.

    With ``files`` (also if there are none), the cell compares the digest of all that it writes.
    What is text can be read in the cell. What is binary or large is compressed, by bzip2: its
    output is the same with all builds of its library, which zlib's is not. ``programs`` are the
    paths of the files that can be executed, ``sources`` is the folder of the sources.
    """
    if files is None:
        text = _head(_HEAD, sources) + _entries(modules) + _TAIL
    else:
        head = _head(_HEAD_WITH_FILES, sources, title=_TITLE, end="", call="_bundle")
        text = head + _with_files(modules, files, programs, sources)
    return Cell(kind="code", text=text.rstrip("\n"), metadata={"tags": [BUNDLE_TAG]}, line=None)


def modules_in(text: str) -> dict[str, str]:
    """Return the readable modules of a bundle by their path; empty for any other code."""
    try:
        modules: dict[str, str] = ast.literal_eval(_arguments(text)[0])
        return {path: code[1:] for path, code in modules.items()}
    except (SyntaxError, ValueError, LookupError, AttributeError, TypeError, RecursionError):
        return {}


def has_files(text: str) -> bool:
    """Return whether a bundle holds more than readable modules."""
    return len(_arguments(text)) > 1


def _arguments(text: str) -> list[ast.expr]:
    """Return the arguments of the call in the code of a bundle; none for any other code."""
    try:
        calls = [node.value for node in ast.parse(text).body if isinstance(node, ast.Expr)]
    except (SyntaxError, ValueError, RecursionError):
        return []
    return calls[0].args if calls and isinstance(calls[0], ast.Call) else []


def file_cell(files: Sequence[BundledFile], programs: Sequence[str], *, sources: str) -> Cell:
    """Return a cell that writes files as the bundle does.

    ``_root`` becomes the folder of the modules, in which there are none.
    """
    words = {"title": _FILES_TITLE, "end": _RESULT, "call": "_root = _bundle"}
    text = _head(_HEAD_WITH_FILES, sources, **words) + _with_files((), files, programs, sources)
    return Cell(kind="code", text=text.rstrip("\n"), metadata={"tags": [BUNDLE_TAG]}, line=None)


def folder_in_bundle(sources: str) -> str:
    """Return the folder of the modules in the bundle: that of the sources, by its usual name.

    So a path from a module to a file is the same there as in the workspace, at any depth.
    """
    above, slash, _ = sources.rpartition("/")
    return f"{above}{slash}{BUNDLE_FOLDER}"


def place_in_bundle(path: str, sources: str) -> str:
    """Return where the bundle puts a file of the workspace."""
    below = path.removeprefix(f"{sources}/")
    return path if below == path else f"{folder_in_bundle(sources)}/{below}"


def size_in_bundle(file: BundledFile) -> int:
    """Return how many bytes of the cell a file takes."""
    return len(_content(file).encode())


def _head(form: str, sources: str, **words: str) -> str:
    names = {"prefix": FOLDER_PREFIX, "folder": folder_in_bundle(sources), "origin": sources}
    return form.format(**names, **{name: text.format(**names) for name, text in words.items()})


def _with_files(
    modules: Sequence[Module],
    declared: Sequence[BundledFile],
    programs: Sequence[str],
    sources: str,
) -> str:
    folder = folder_in_bundle(sources)
    placed = [replace(file, path=place_in_bundle(file.path, sources)) for file in declared]
    files = sorted(placed, key=lambda file: file.path)
    parts = [BundledFile(f"{folder}/{each.path}", each.text.encode()) for each in modules]
    digests = {file.path: sha256(file.data) for file in (*parts, *files)}
    large = [part for part in parts if len(part.data) > MOST_READABLE]
    shown = [each for each, part in zip(modules, parts, strict=True) if part not in large]
    contents = (f"{_quote(file.path)}: {_content(file)},\n" for file in (*large, *files))
    proofs = (f"{_quote(name)}: {_quote(digest)},\n" for name, digest in sorted(digests.items()))
    executable = (
        f"{_quote(path)},\n" for path in sorted(place_in_bundle(each, sources) for each in programs)
    )
    return (
        _entries(shown)
        + "}, {\n"
        + "".join(contents)
        + "}, {\n"
        + "".join(proofs)
        + ("}, {\n" + "".join(executable) if programs else "")
        + _TAIL
    )


def _entries(modules: Iterable[Module]) -> str:
    return "".join(f"{_quote(module.path)}: {_block(module.text)},\n" for module in modules)


def _content(file: BundledFile) -> str:
    text = _readable(file.data)
    return _packed(file.data) if text is None else _block(text)


def _readable(data: bytes) -> str | None:
    """Return a file's text if a person can read it in the cell, else None."""
    if len(data) > MOST_READABLE:
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if _UNREADABLE.search(text) else text


def _packed(data: bytes) -> str:
    packed = base64.b64encode(bz2.compress(data, 9)).decode()
    lines = [packed[at : at + _LINE] for at in range(0, len(packed), _LINE)]
    return "b'''\n" + "\n".join(lines) + "\n'''"


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _block(text: str) -> str:
    """Quote a module's text so that people can read it, and Python reads the same text."""
    for quotes in ("'''", '"""'):
        is_plain = quotes not in text and not text.endswith(("\\", quotes[0]))
        if is_plain and not _UNQUOTABLE.search(text):
            return f"r{quotes}\n{text}{quotes}"
    escaped = text.replace("\\", "\\\\").replace("\r", "\\r").replace("\0", "\\x00")
    escaped = re.sub(r"'''|'+\Z", lambda quotes: "\\'" * len(quotes[0]), escaped)
    escaped = _PROMPT.sub(lambda sign: f"{sign[1]}\\x{ord(sign[2]):02x}", escaped)
    return f"'''\n{escaped}'''"
