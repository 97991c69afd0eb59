"""Which cells percent text cannot hold, and why: the smallest ones that are lost, and their kin."""

from typing import Any

import pytest

from nbship.core.pairing.losses import Loss, loss_of
from nbship.core.source.jupytext_api import UNREAD


def code(text: str, **metadata: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": text, "metadata": metadata}


def markdown(text: str, **metadata: Any) -> dict[str, Any]:
    return {**code(text, **metadata), "cell_type": "markdown"}


def reason_of(cell: dict[str, Any], number: int) -> str:
    loss = loss_of(cell, number)
    return "" if loss is None else loss.reason


FENCE = "a ``` fence is not closed and would include the next cell"
QUOTES = "a string in triple quotes is not closed and would include the next cell"
YAML = "a first cell between two '---' lines would become the YAML header of the file"


@pytest.mark.parametrize(
    "sign", ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]
)
def test_what_jupytext_takes_for_a_line_end_is_named_with_its_line(sign: str) -> None:
    for line, text in ((1, f"a{sign}"), (2, f"\na{sign}b{sign}")):
        expected = f"line {line} contains U+{ord(sign):04X}, where jupytext would break the line"
        assert reason_of(code(text), 0) == expected
        assert reason_of(markdown(text), 3) == expected


@pytest.mark.parametrize("sign", ["\x1b", "\x1f", "\x84", "\x86", "\u2027", "\u202a", "\t", "\n"])
def test_other_signs_break_no_line(sign: str) -> None:
    assert reason_of(code(f"a{sign}b"), 0) == ""


@pytest.mark.parametrize(
    ("text", "number", "reason"),
    [
        ("---\na: 1\n---", 0, YAML),
        ("\n---\na\n--- \n", 0, YAML),
        ("---\n---", 0, YAML),
        ("----\n----", 0, YAML),
        ("---\na: 1\n---", 1, ""),
        ("---", 0, ""),
        ("---\na", 0, ""),
        ("a\n---", 0, ""),
        ("a\n---\nb", 0, ""),
    ],
)
def test_what_would_become_the_header_is_so_in_the_first_cell_only(
    text: str, number: int, reason: str
) -> None:
    assert reason_of({**markdown(text), "cell_type": "raw"}, number) == reason


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# %%", 1), ("#%%", 1), ("  # %%", 1), ("# %% x", 1), ("# %%%% x", 1), ("a\n# %%", 2),
        ("# <codecell>", 1), ("#<codecell> ", 1), ("# In[1]:", 1), ("# In[ ]", 1), ("#In[12]: ", 1),
        ("# %%x", None), ("# <codecell> x", None), ("# In[a]:", None), ("# In[1]: x", None),
        ("x # %%", None), ("%%", None),
    ],
)  # fmt: skip
def test_what_looks_like_a_marker_in_code(text: str, line: int | None) -> None:
    expected = f"line {line} would become the marker of a new cell" if line else ""
    assert reason_of(code(text), 0) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [("%%", 1), ("%% x", 1), ("a\n%%", 2), ("<codecell>", 1), ("In[1]:", 1), ("# %%", None),
     ("%%x", None), ("a %%", None)],
)  # fmt: skip
def test_what_looks_like_a_marker_behind_a_texts_comment_sign(text: str, line: int | None) -> None:
    expected = f"line {line} would become the marker of a new cell" if line else ""
    for kind in ("markdown", "raw"):
        assert reason_of({**markdown(text), "cell_type": kind}, 0) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("```", FENCE), ("~~~", FENCE), ("   ```python", FENCE), ("a\n````", FENCE),
        ("```\na\n```\n```", FENCE),
        ("```\n```", ""), ("~~~\n```", ""), ("    ```", ""), ("``", ""), ("a ```", ""),
    ],
)  # fmt: skip
def test_a_fence_that_is_not_closed_is_lost_in_a_text_only(text: str, reason: str) -> None:
    assert reason_of(markdown(text), 0) == reason
    assert reason_of(code(text), 0) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("'''", QUOTES), ('"""', QUOTES), ("'''a'''\n'''", QUOTES), ("'''a'''\n\"\"\"", QUOTES),
        ("'''a'''", ""), ('"""a"""', ""), ("''", ""), ("'a' 'b'", ""),
    ],
)  # fmt: skip
def test_quotes_that_are_not_closed_are_lost_in_code_only(text: str, reason: str) -> None:
    assert reason_of(code(text), 0) == reason
    assert reason_of(markdown(text), 0) == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("%%python\nx", "jupytext would drop the magic %%python"),
        ("%%R", "jupytext would add a line below the magic %%R"),
        ("\n%%R\n\n", "jupytext would add a line below the magic %%R"),
        ("%%R\nx", ""),
        ("if x:\n    y = !ls", "jupytext would read line 2 back as a comment: a command"),
        ("%%bash\n  y = %z", "jupytext would read line 2 back as a comment: it looks like"),
        ("y = !ls", ""),
    ],
)
def test_magics_that_jupytext_would_change(text: str, reason: str) -> None:
    assert reason_of(code(text), 1).startswith(reason)
    assert bool(reason_of(code(text), 1)) == bool(reason)


@pytest.mark.parametrize(
    ("kind", "tag", "is_lost"),
    [
        ("code", "active-py", True), ("code", "active-ipynb-py", False), ("code", "active", False),
        ("markdown", "active-py", False), ("markdown", "active-ipynb", True),
    ],
)  # fmt: skip
def test_a_tag_that_would_change_the_kind_of_a_cell(kind: str, tag: str, *, is_lost: bool) -> None:
    cell = {**markdown("x", tags=["a", 1, tag]), "cell_type": kind}
    other = "raw" if kind == "code" else "code"
    loss = loss_of(cell, 1)
    if is_lost:
        assert loss == Loss(
            f"the tag {tag!r} would make it a {other} cell",
            f"Remove the tag, or make it a {other} cell.",
        )
    else:
        assert loss is None


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("a b", 1, "the metadata key 'a b' cannot be written"),
        ("ä", 1, "the metadata key 'ä' cannot be written"),
        ("a\n", 1, "the metadata key 'a\\n' cannot be written"),
        ("", 1, "the metadata key '' cannot be written"),
        ("a", None, "the metadata key 'a' has no value"),
        *(
            (key, 1, f"the metadata key {key!r} has another meaning in a cell marker")
            for key in ("active", "cell_depth", "cell_type", "language", "magic_args",
                        "region_name", "title", UNREAD)
        ),
        ("a_B.9/@-", 1, ""),
        ("a", 0, ""),
        ("a", "", ""),
        ("titles", 1, ""),
    ],
)  # fmt: skip
def test_metadata_that_a_marker_cannot_hold(key: str, value: object, reason: str) -> None:
    assert reason_of(code("x", **{"tags": ["a"], key: value}), 0) == reason
    assert reason_of(markdown("x", **{key: value}), 1) == reason


def test_a_loss_of_a_kind_that_is_not_known_says_which_cell_to_change() -> None:
    assert Loss("jupytext would change it").advice == "Change that cell."
