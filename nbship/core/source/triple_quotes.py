"""Follow Python's triple quotes from line to line, as jupytext does to tell text from markers."""

import ast

_TRIPLE = ('"""', "'''")


def quote_after(line: str, opened: str) -> str:
    """Return the triple quote that is open behind a line, or an empty text.

    ``opened`` is the one that was open before it. It is jupytext's reading, not Python's, and
    differs where a line has odd quotes: an escaped backslash before one, say.
    """
    if not any(quote in line for quote in _TRIPLE):
        return opened
    if not opened and line.lstrip().startswith("#"):
        return ""
    triple, single, last = opened[:1], "", -1
    for at, char in enumerate(line):
        if char == "#" and not single and not triple:
            break
        if char not in "\"'" or line[at - 1 : at] == "\\":
            continue
        if single:
            single = "" if single == char else single
        elif line[at - 2 : at + 1] == 3 * char and at >= last + 3:
            if triple in ("", char):
                triple, last = "" if triple else char, at
        elif not triple:
            single = char
    return 3 * triple


def lines_in_strings(tree: ast.Module) -> set[int]:
    """Return the lines, from 1, whose beginning lies inside a string of this Python."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and node.end_lineno is not None
        for line in range(node.lineno + 1, node.end_lineno + 1)
    }
