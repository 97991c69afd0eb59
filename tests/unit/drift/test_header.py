"""Tests of the change of settings in a header: comments, order and other lines stay."""

from typing import Any

import pytest

from nbship.core.drift.conflicts import Triple
from nbship.core.drift.header import _is_proved, changed_header
from nbship.core.drift.settings import Edit
from nbship.errors import SourceError

TEXT = """\
# %%
# /// script
# dependencies = []
#
# [tool.nbship.kaggle]  # the kernel
# id = "awa/tiny-kernel"
# enable_internet = true  # for pip
# dataset_sources = [
#     "a/b",  # the first
#     # about c
#     "c/d",
# ]
#
# # about the rehearsal
# [tool.nbship.smoke]
# timeout = 60
# ///

"""
# The same with other blanks, which mean nothing, and with blank lines above its end.
ODD = (
    TEXT.replace("# ]\n#\n", "# ]\n# \n#\n#  \n")
    .replace("60\n", "60  # MAX  \n# \n#\n")
    .replace("# id", "#   id")
    .replace("# /// script\n", "# /// script  \n# \n")
)
INLINE = """\
# /// script
# [tool.nbship]
# kaggle = {id = "awa/tiny-kernel", title = "Tiny"}
# ///
"""


def edit(key: str, theirs: Any, ours: Any = None, *, is_conflict: bool = False) -> Edit:
    return Edit(key, None, ours, theirs, is_conflict)


@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (edit("enable_internet", theirs=False), "= true  #", "= false  #"),
        (edit("dataset_sources", ("a/b", "c/d", "e/f")), '"c/d",\n', '"c/d",\n#     "e/f",\n'),
        (edit("dataset_sources", ("c/d",)), '#     "a/b",  # the first\n', ""),
        (edit("kernel_sources", ("x/y",)), "# ]\n", '# ]\n# kernel_sources = ["x/y"]\n'),
        (
            edit("machine_shape", "NvidiaL4"),
            "# ]\n",
            '# ]\n# machine_shape = "NvidiaL4"\n',
        ),
    ],
)
def test_one_key_changes_and_nothing_else(change: Edit, old: str, new: str) -> None:
    for text in (TEXT, ODD):
        assert old in text
        assert changed_header("x.py", text, [change]) == text.replace(old, new)


def test_a_key_is_changed_and_another_one_is_added() -> None:
    edits = [edit("enable_internet", theirs=False), edit("machine_shape", "NvidiaL4")]
    assert changed_header("x.py", TEXT, edits) == TEXT.replace("= true", "= false").replace(
        "# ]\n", '# ]\n# machine_shape = "NvidiaL4"\n'
    )


def test_a_key_goes_with_the_comment_in_its_line() -> None:
    for blanks in (" ", "   "):
        line = f'#{blanks}machine_shape = "NvidiaL4"  # fast\n'
        text = TEXT.replace("# dataset", f"{line}# dataset")
        assert changed_header("x.py", text, [edit("machine_shape", "")]) == TEXT


def test_other_forms_of_the_table_are_kept() -> None:
    found = changed_header("x.py", INLINE, [edit("enable_internet", theirs=True)])
    assert found == INLINE.replace('"Tiny"}', '"Tiny", enable_internet = true}')
    dotted = INLINE.replace("# [tool.nbship]\n", "").replace(
        "# kaggle = {", "# tool.nbship.kaggle = {"
    )
    found = changed_header("x.py", dotted, [edit("enable_internet", theirs=True)])
    assert found == dotted.replace('"Tiny"}', '"Tiny", enable_internet = true}')


def test_a_conflict_gives_three_texts_that_differ_in_its_key_only() -> None:
    clean = edit("enable_internet", theirs=False)
    found = changed_header(
        "x.py", TEXT, [clean, Edit("machine_shape", "", "", "NvidiaL4", is_conflict=True)]
    )
    assert isinstance(found, Triple)
    assert found.ours == found.base == TEXT.replace("= true", "= false")
    assert found.theirs == found.ours.replace("# ]\n", '# ]\n# machine_shape = "NvidiaL4"\n')


def test_no_edit_is_no_change() -> None:
    assert changed_header("x.py", TEXT, []) == TEXT


def test_a_form_that_cannot_be_changed_without_a_loss_is_refused() -> None:
    text = TEXT.replace('"a/b",  # the first', '"a/b", "g/h",  # two')
    edits = [edit("dataset_sources", ("a/b", "c/d")), edit("is_private", theirs=False)]
    with pytest.raises(SourceError) as caught:
        changed_header("x.py", text, edits)
    assert str(caught.value) == (
        "x.py: the header has a form in which dataset_sources, is_private cannot be changed "
        "without a loss"
    )
    assert caught.value.diagnostic.hint.startswith("Change it by hand: 'nbship diff'")


def test_a_comment_beside_a_value_that_stays_is_not_lost() -> None:
    text = TEXT.replace('= [\n#     "a/b",  # the first', '= ["a/b",  # the first')
    with pytest.raises(SourceError, match="dataset_sources cannot be changed without a loss"):
        changed_header("x.py", text, [edit("dataset_sources", ("c/d",))])


def test_a_text_that_is_not_toml_is_no_proof() -> None:
    assert not _is_proved("x = 1", "x = ", {})


@pytest.mark.parametrize(
    ("new", "is_proved"),
    [
        ('id = "a/b"\nkeywords = ["y", "x"]\nenable_gpu = true', True),
        ('enable_gpu = true\nid = "a/b"\nkeywords = ["x", "y"]', True),
        ('id = "a/b"\nkeywords = ["x", "y"]\nenable_gpu = false', False),
        ('id = "a/b"\nkeywords = ["x", "y"]', False),
        ('id = "a/b"\nkeywords = ["x"]\nenable_gpu = true', False),
        ('id = "a/c"\nkeywords = ["x", "y"]\nenable_gpu = true', False),
        ('id = "a/b"\nkeywords = ["x", "y"]\nenable_gpu = true\nmore = [1, 2]', False),
    ],
)
def test_the_proof_compares_every_value(new: str, *, is_proved: bool) -> None:
    table = "[tool.nbship.kaggle]\n"
    old = f'{table}id = "a/b"\nkeywords = ["x", "y"]\nmachine_shape = "None"'
    keys = {"enable_gpu": True, "machine_shape": None}
    assert _is_proved(old, table + new, keys) == is_proved


def test_numbers_keep_their_order_in_the_proof() -> None:
    old = '[tool.nbship.kaggle]\nid = "a"\n[tool.x]\ny = [2, 1]'
    assert _is_proved(old, old, {})
    assert not _is_proved(old, old.replace("[2, 1]", "[1, 2]"), {})


def test_blanks_behind_the_end_of_the_block_stay() -> None:
    text = TEXT.replace("# ///\n\n", "# ///  \n\n")
    change = edit("enable_internet", theirs=False)
    assert changed_header("x.py", text, [change]) == text.replace("= true", "= false")
