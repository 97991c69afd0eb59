"""Allow comments: which findings they allow, and which of them are findings themselves."""

from tests.support.checked import CONFLICT, KAGGLE, PATH, TOKEN, check, code, found, notebook

REMOVE = "Remove the comment."
UNKNOWN = "Write the code that the finding shows, or remove the comment."


def test_with_an_allowed_conflict_the_rest_is_checked() -> None:
    text = code(f'doc = """\n# nbship: allow conflict-marker\n{CONFLICT}\n"""\nprint((')
    assert found(text) == [f"{PATH}:17:7 not-python"]


def test_what_a_build_refuses_cannot_be_allowed() -> None:
    left = check(notebook(toml=KAGGLE + "\nx = 1  # nbship: allow header-unknown-key"))
    assert [f.code for f in left] == ["header-unknown-key"]


def test_a_comment_behind_code_allows_nothing_on_the_next_line() -> None:
    text = code(f'x = 1  # nbship: allow secret\nt = "{TOKEN}"')
    assert found(text) == [f"{PATH}:9:24 unused-allow", f"{PATH}:10:6 secret"]


def test_one_comment_allows_several_and_names_the_unused_one() -> None:
    line = (
        f'open("/kaggle/input/x", "{TOKEN}")  # nbship: allow secret,  undeclared-input, id-changed'
    )
    assert check(code(line)) == ()
    assert found(code(line.replace("id-changed", "conflict-marker"))) == [
        f"{PATH}:9:{line.index('id-changed') + 1} unused-allow"
    ]


def test_a_comment_about_the_last_commit_is_never_unused() -> None:
    toml = KAGGLE.replace('kernel"', 'kernel"  # nbship: allow id-changed', 1)
    assert check(notebook(toml=toml)) == ()


def test_a_comment_that_allows_nothing_is_reported_with_the_reason() -> None:
    text = code("a = 1  # nbship: allow secret\nb = 2  # nbship: allow secrets, cells")
    reasons = {
        "9:24": "this comment allows nothing: no secret on this line or the next",
        "10:24": "unknown code 'secrets'; did you mean 'secret'?",
        "10:33": "cells cannot be allowed: correct the mistake",
    }
    assert [(str(f.place), f.code, f.message, f.hints) for f in check(text)] == [
        (f"{PATH}:{place}", "unused-allow", reason, (UNKNOWN if "unknown" in reason else REMOVE,))
        for place, reason in reasons.items()
    ]


def test_a_comment_alone_allows_on_its_own_line_and_on_the_next_one_only() -> None:
    line = f't = "{TOKEN}"'
    assert check(code(f"# nbship: allow secret\n{line}")) == ()
    assert found(code(f"# nbship: allow secret\n\n{line}")) == [
        f"{PATH}:9:17 unused-allow",
        f"{PATH}:11:6 secret",
    ]


def test_a_comment_allows_its_own_code_only() -> None:
    assert found(code(f't = "{TOKEN}"  # nbship: allow undeclared-input')) == [
        f"{PATH}:9:6 secret",
        f"{PATH}:9:{len(TOKEN) + 25} unused-allow",
    ]


def test_unused_comments_are_not_reported_where_a_part_of_the_file_cannot_be_read() -> None:
    text = "a = 1  # nbship: allow secret\nprint(("
    assert found(code(text)) == [f"{PATH}:10:7 not-python"]
    assert found({"src_py/lab.py": text, "src_py/a.py": code("import lab")}) == [
        "src_py/lab.py:2:7 not-python"
    ]


def test_a_comment_in_bytes_that_are_not_utf_8_is_not_unused() -> None:
    assert found({PATH: b"# %%\n# \xff\nx = 1  # nbship: allow secret\n"}) == [
        f"{PATH}:2:1 encoding"
    ]
