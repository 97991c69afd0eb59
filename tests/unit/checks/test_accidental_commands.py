"""Comments that become commands, and commands that stay comments."""

import pytest

from tests.support.checked import SCRIPT, code, found


@pytest.mark.parametrize(
    ("path", "comment", "in_notebook", "in_script"),
    [
        ("src_py/a.py", "# copy the weights", True, False),
        ("src_py/a.py", "# !pip install x", False, True),
        ("src_py/a.py", "# %time f()", False, True),
        ("src_py/a.R", "# %time f()", True, False),
        ("src_py/a.R", "# copy the weights", False, False),
        ("src_py/a.R", "# !pip install x", False, False),
    ],
)
def test_a_comment_is_a_command_by_language_and_kind_of_kernel(
    path: str, comment: str, *, in_notebook: bool, in_script: bool
) -> None:
    text = f"x = 1\n{comment}"
    finding = "10:3 accidental-command"
    assert found({path: code(text)}) == ([f"{path}:{finding}"] if in_notebook else [])
    finding = "11:3 accidental-command"
    assert found({path: code(text, SCRIPT)}) == ([f"{path}:{finding}"] if in_script else [])
