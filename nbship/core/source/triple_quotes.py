"""Triple quotes across lines, tracked as jupytext does: a marker inside a string is text."""

import ast


def quote_after(line: str, opened: str) -> str:
    """Return the triple quote that is open after a line, or an empty string.

    ``opened`` is the triple quote that was open before the line. The rules are jupytext's; they
    differ from Python's for unusual quotes, such as a quote after an escaped backslash.
    """
    if '"""' not in line and "'''" not in line:
        return opened  # the quick answer for most lines
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
    """Return the numbers, from 1, of the lines that begin inside a string."""
    return {
        line
        for node in ast.walk(tree)
        if isinstance(node, (ast.Constant, ast.JoinedStr)) and node.end_lineno is not None
        for line in range(node.lineno + 1, node.end_lineno + 1)
    }
