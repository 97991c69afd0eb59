"""The doctor's line about the kernelspec of editors."""

from dataclasses import replace

import pytest

from nbship.core.clone.kernelspec import EditorKernel, about, is_right, kernelspec

SPEC = kernelspec("/venv/bin/python")
NONE = EditorKernel(SPEC, "/venv/share/jupyter/kernels/nbship")
THERE = replace(NONE, found=SPEC, folder=NONE.target)


def test_frontends_find_the_file_of_the_connection_behind_its_option() -> None:
    """VS Code replaces both words by the ports."""
    assert SPEC["argv"][-2:] == ["-f", "{connection_file}"]
    assert SPEC["interrupt_mode"] == "message"


def test_what_a_user_adds_is_no_fault() -> None:
    assert not is_right(NONE)
    found = replace(THERE, found={**SPEC, "env": {"A": "b"}, "display_name": "Kaggle"})
    assert is_right(found)
    line = about(found)
    assert (line.severity, line.code, line.hints) == ("ok", "editor", ())
    assert line.message == "nbship: /venv/share/jupyter/kernels/nbship"


@pytest.mark.parametrize(
    ("editor", "text", "fix"),
    [
        (NONE, "no kernelspec nbship: notebooks in an editor have no /kaggle",
         "nbship doctor --fix"),
        (replace(THERE, found=kernelspec("/gone/python")),
         "the kernelspec nbship in /venv/share/jupyter/kernels/nbship starts /gone/python",
         "nbship doctor --fix"),
        (replace(THERE, found={**SPEC, "interrupt_mode": "signal"}),
         f"the kernelspec nbship in {NONE.target} is that of another version of nbship",
         "nbship doctor --fix"),
        (replace(THERE, found=None),
         "the kernelspec nbship in /venv/share/jupyter/kernels/nbship cannot be read",
         "nbship doctor --fix"),
        (replace(THERE, found={**SPEC, "argv": []}),
         "the kernelspec nbship in /venv/share/jupyter/kernels/nbship cannot be read",
         "nbship doctor --fix"),
        (replace(THERE, folder="/mine", found=kernelspec("/other"), hides=True),
         "the kernelspec nbship in /mine starts /other", "Remove /mine, then: nbship doctor --fix"),
        (replace(THERE, folder="/mine", found=kernelspec("/other")),
         "the kernelspec nbship in /mine starts /other", "nbship doctor --fix"),
    ],
)  # fmt: skip
def test_it_is_a_note_with_one_way_out(editor: EditorKernel, text: str, fix: str) -> None:
    assert not is_right(editor)
    line = about(editor)
    assert (line.severity, line.message, line.hints) == ("note", text, (fix,))
