"""Newer syntax: an older Python parses the text, with every line and column where it was."""

import ast

import pytest

from nbship.core.python.newer_syntax import NEWEST, in_older_syntax
from nbship.core.python.parse import TooDeepError, parse_python, read_python

OLD = (3, 11)


@pytest.mark.parametrize(
    ("text", "line", "what", "version"),
    [
        ('print(f"v {d["a"]}")', 1, "an f-string", (3, 12)),
        ("x = 1\nprint(f'{x:{d['w']}}')", 2, "an f-string", (3, 12)),
        ("f'{\"\\n\".join(x)}'", 1, "an f-string", (3, 12)),
        ("f'{x # why\n}'", 1, "an f-string", (3, 12)),
        ("f'{\nx}' 'y'", 1, "an f-string", (3, 12)),
        ('y = rf"\\d{d["a"]!r:>{w}} {{}}"', 1, "an f-string", (3, 12)),
        ('f"""{f"""{x}"""}"""', 1, "an f-string", (3, 12)),
        ('if x:\n    return_ = F"{f"{f"{1}"}"}"', 2, "an f-string", (3, 12)),
        ("type X = int", 1, "a type alias", (3, 12)),
        ("if 1:\n    type  X[T] = list[T]", 2, "a type alias", (3, 12)),
        ("def f[T](x: T) -> T: ...", 1, "type parameters", (3, 12)),
        ("async  def f[T: (int, str), *A, **P](x): ...", 1, "type parameters", (3, 12)),
        ("class A[T](B): pass", 1, "type parameters", (3, 12)),
        ("class A[\n    T,\n]: pass", 1, "type parameters", (3, 12)),
        ("class A[T = int]: pass", 1, "type parameters", (3, 13)),
        ("t'{x}'", 1, "a t-string", (3, 14)),
        ("try: x\nexcept A, B: pass", 2, "several exceptions without brackets", (3, 14)),
        ("try: x\nexcept* A, B: pass", 2, "several exceptions without brackets", (3, 14)),
    ],
)
def test_newer_syntax_is_found_and_the_rest_of_the_text_is_parsed(
    text: str, line: int, what: str, version: tuple[int, int]
) -> None:
    whole = f"a = 1; import one\n{text}\nimport two\n"
    older, newer = in_older_syntax(whole, OLD)
    assert (newer[0].line, newer[0].what, newer[0].version) == (line + 1, what, version)
    pairs = zip(older.split("\n"), whole.split("\n"), strict=True)
    assert all(len(one) == len(other) or one.endswith("{\\") for one, other in pairs)
    tree = ast.parse(older)
    assert isinstance(tree.body[-1], ast.Import)
    assert tree.body[-1].lineno == whole.count("\n")
    assert in_older_syntax(whole, NEWEST) == (whole, ())


@pytest.mark.parametrize(
    ("text", "older", "found"),
    [
        (
            "class A[\n    T,\n]: pass\ntype X = int\nt'{x}'",
            None,
            [(1, (3, 12)), (4, (3, 12)), (5, (3, 14))],
        ),
        ("type X = list[int]", "type=X = list[int]", [(1, (3, 12))]),
        ("try: x\nexcept A, B: y, z = 1, 2", "try: x\nexcept A| B: y, z = 1, 2", [(2, (3, 14))]),
        ("try: x\nexcept A, B, C: y", "try: x\nexcept A| B| C: y", [(2, (3, 14))] * 2),
        ("x = 1; t'{y}'", "x = 1; u'{x}'", [(1, (3, 14))]),
    ],
)
def test_each_place_is_replaced_and_no_other(
    text: str, older: str | None, found: list[tuple[int, tuple[int, int]]]
) -> None:
    written, newer = in_older_syntax(text, OLD)
    assert [(place.line, place.version) for place in newer] == found
    assert older is None or written == older
    assert max(NEWEST, *(place.version for place in newer)) == NEWEST == (3, 14)


@pytest.mark.parametrize(
    "text",
    [
        "f'{x!r}' f\"{y['a']}\" f'''{z[\"a\"]}\n{1}'''",
        "f'{{}}' '{d[\"a\"]}'",
        "type(x)\ntype = 3\ntype[0]\nprint(type, x)",
        "try: x\nexcept (A, B): pass\nexcept A as e: pass",
        "def f(x: list[int] = []): ...\nclass A(B[int]): ...",
        "x[a, b] = 1\nfor a, b in c: pass",
    ],
)
def test_nothing_newer_is_found_in_older_syntax(text: str) -> None:
    assert in_older_syntax(text, OLD) == (text, ())


@pytest.mark.parametrize(
    "text",
    [
        'print(f"v {d["a"}")',
        'print(f"v {d["a"]")',
        'f"{x"',
        "f'{x}} {d['a']}'",
        "class A[T: pass",
        "try: x\nexcept A, B",
        "try: x\nexcept A, B as e: pass",
        'print "v", f"{d["a"]}"',
        "x = (",
    ],
)
def test_what_no_version_reads_is_refused(text: str) -> None:
    with pytest.raises(SyntaxError):
        parse_python(text)
    with pytest.raises(SyntaxError):
        parse_python(in_older_syntax(text, OLD)[0])


@pytest.mark.parametrize(
    "text",
    [
        "x = f'{d['a']}'\ny = = 3",
        "type X = int\nprint 'a'",
        "class A[T = int]: pass\nx = 010",
        "try:\n    x = t'{1}'\nexcept A, B: pass\n\nx = (1 2)",
    ],
)
def test_a_mistake_below_newer_syntax_is_named_at_its_own_line(text: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        parse_python(text)
    assert caught.value.lineno == text.count("\n") + 1


def test_the_columns_of_what_follows_stay() -> None:
    text = 'print(f"v {d["a"]}", "/kaggle/input/x")'
    older, _ = in_older_syntax(text, OLD)
    assert len(older) == len(text)
    assert older.index("/kaggle") == text.index("/kaggle")


def test_plain_python_has_nothing_newer() -> None:
    assert read_python("x = f'{1}'").newer == ()


@pytest.mark.parametrize("text", ["\0", "x = 1\ny = '\0'\nz = '\0'\n"])
def test_a_nul_character_is_named_at_its_line(text: str) -> None:
    with pytest.raises(SyntaxError) as caught:
        parse_python(text)
    line = text.partition("\0")[0].count("\n") + 1
    assert (caught.value.msg, caught.value.filename) == ("a NUL character", "<source>")
    assert caught.value.lineno == line


def test_what_is_nested_too_deeply_is_told_from_other_mistakes() -> None:
    with pytest.raises(TooDeepError, match="nested too deeply") as caught:
        parse_python("x = " + "-" * 100_000 + "1")
    assert (caught.value.lineno, caught.value.filename) == (1, "<source>")


def test_a_mistake_is_that_of_python_itself() -> None:
    with pytest.raises(SyntaxError) as caught:
        parse_python("x = (\n")
    with pytest.raises(SyntaxError) as pythons:
        ast.parse("x = (\n", "<source>")
    assert str(caught.value) == str(pythons.value)
