"""The stamp of a pushed version: where its source is, and which push made it.

In a notebook it is the first cell, of Markdown; in a script, comments below what must stand first:
the line of the interpreter, the encoding, the docstring and the ``__future__`` imports. The facts
are in one line, in the form of a query string, so that any text of a person is safe in it.
"""

import ast
import json
import re
import warnings
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from nbship.core.source.nbjson import cells_of, text_of
from nbship.model.push import Stamp
from nbship.model.workspace import LineMap

CELL_ID = "nbship-stamp"
_FACTS = re.compile(r"(?:<!--|#) nbship-stamp: (\S*)(?: -->)?")
_SHORT = 12  # digits of a commit for people
_WORDS = "The source of this version is "
_NAMED = re.compile(rf"^(?:# )?{_WORDS}(?:\[?`([^`\n]+)`|(\S[^\n]*?) at commit )", re.MULTILINE)
_NAMES = tuple(item.name for item in fields(Stamp))
_HOSTS = {"github": "blob", "gitlab": "-/blob"}  # the folder of a file's page, by the host's name
_SSH = re.compile(r"(?:[^@/\s]+@)?([\w.-]+):(?!//)(.+)")  # of git: user@host:owner/repository
_ENCODING = re.compile(r"^[ \t\f]*#.*?coding[:=]")  # of Python's reference, 2.1.4


def stamped(
    text: str, line_map: LineMap, stamp: Stamp, path: str, link: str
) -> tuple[str, LineMap]:
    """Return a text with a stamp, and the map of its lines.

    ``path`` is that of the source, ``link`` the address of a page that shows it, or "".
    """
    facts = f"nbship-stamp: {urlencode(asdict(stamp))}"
    commit = stamp.commit[:_SHORT]
    if not cells_of(text):
        words = f"# {_WORDS}{path} at commit {commit}{f', {link}' if link else ''}."
        return _in_script(text, line_map, [words, f"# {facts}"])
    place = f"[`{path}`]({link})" if link else f"`{path}`"
    source = f"{_WORDS}{place} at commit `{commit}`: edit it there, not here.\n<!-- {facts} -->"
    return _in_notebook(text, source), (None, *line_map)


def read_stamp(text: str) -> Stamp | None:
    """Return the stamp of a version, None if it has none that can be read."""
    cells = cells_of(text)
    places = [text_of(cell) for cell in cells if _is_markdown(cell)] if cells else [text]
    for place in places:
        for found in _FACTS.finditer(place):
            values = dict(parse_qsl(found[1], keep_blank_values=True))
            if set(values) >= set(_NAMES):
                return Stamp(**{name: values[name] for name in _NAMES})
    return None


def source_in(text: str) -> str:
    """Return the path of the source that the words of a stamp name, "" if they are gone."""
    cells = cells_of(text)
    for place in [text_of(cell) for cell in cells if _is_markdown(cell)] if cells else [text]:
        found = _NAMED.search(place)
        if found:
            return found[1] or found[2]
    return ""


def without_stamp(text: str) -> str:
    """Return the text of a version without its stamp; what else is in the stamp's cell stays."""
    if not cells_of(text):
        return "\n".join(line for line in text.split("\n") if not _is_stamp(line))
    content = json.loads(text)
    content["cells"] = [
        kept for cell in content["cells"] if (kept := _cell_without_stamp(cell)) is not None
    ]
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def link_to(remote: str, commit: str, path: str) -> str:
    """Return the address of the page of a file at a commit, "" if the host has no such pages.

    ``remote`` is an address of git's; a user's name and password in it are left out. ``path`` is
    relative to the top of the repository.
    """
    ssh = _SSH.fullmatch(remote)
    try:
        parts = urlsplit(f"ssh://{ssh[1]}/{ssh[2]}" if ssh else remote)
    except ValueError:
        return ""
    host = parts.hostname or ""
    folder = next((pages for name, pages in _HOSTS.items() if name in host.split(".")), "")
    repository = parts.path.strip("/").removesuffix(".git")
    if not folder or "/" not in repository:
        return ""
    from urllib.parse import quote

    return f"https://{host}/{quote(repository)}/{folder}/{commit}/{quote(path)}"


def _in_notebook(text: str, source: str) -> str:
    content = json.loads(text)
    cell = {"cell_type": "markdown", "id": CELL_ID, "metadata": {}, "source": source}
    content["cells"].insert(0, cell)
    return json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _in_script(text: str, line_map: LineMap, lines: Sequence[str]) -> tuple[str, LineMap]:
    """Insert lines into a script, and divide the piece of the map into which they fall."""
    own = text.split("\n")
    above = _first_lines(own)
    whole = "\n".join([*own[:above], *lines, *own[above:]])
    pieces = [origin for origin in line_map if origin]
    before = [piece for piece in pieces if piece.start <= above]
    after = [piece for piece in pieces if piece.start > above]
    rest = [
        replace(piece, line=piece.line + above + 1 - piece.start, start=above + 1)
        for piece in before[-1:]
        if not after or after[0].start > above + 1
    ]
    below = (replace(piece, start=piece.start + len(lines)) for piece in (*rest, *after))
    return whole, (*before, *below)


def _first_lines(lines: Sequence[str]) -> int:
    """Return how many lines of a script must stand above a comment that is not its own."""
    above = 1 if lines[0].startswith("#!") else 0
    above += above < len(lines) and bool(_ENCODING.match(lines[above]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # a script in R
        return above
    for number, statement in enumerate(body):
        is_first = _is_docstring(statement) if number == 0 else _is_future(statement)
        begins = statement.lineno
        if (is_first or _is_future(statement)) or begins <= above:
            above = max(above, statement.end_lineno or begins)
        else:
            break
    return above


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(
        getattr(statement.value, "value", None), str
    )


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _is_markdown(cell: Any) -> bool:
    return bool(cell.get("cell_type") == "markdown")


def _is_stamp(line: str) -> bool:
    return line.startswith(f"# {_WORDS}") or bool(_FACTS.match(line))


def _cell_without_stamp(cell: Any) -> Any:
    """Return a cell as a person has left it, None if it is the stamp alone."""
    text = text_of(cell) if isinstance(cell, dict) and _is_markdown(cell) else ""
    if not _FACTS.search(text):
        return cell
    lines = [_FACTS.sub("", line) for line in text.split("\n")]
    kept = "\n".join(line for line in lines if not line.startswith(_WORDS)).strip("\n")
    return {**cell, "source": kept} if kept.strip() else None
