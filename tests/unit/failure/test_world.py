"""The paths in a failure are those that the user knows, and what was left behind is named."""

import pytest

from nbship.core.failure.world import as_on_kaggle
from nbship.model.failure import Failure
from tests.support.usual import in_workspace, left_behind

THERE = {"src_py/sahel/v.json", "src_py/config/a.yaml", "top.csv", "src_py/sahel/plugin.py",
         "src_py/pack/__init__.py", "src_py/sent.py"}  # fmt: skip


def test_the_paths_of_all_parts_are_changed() -> None:
    inner = Failure("no /tmp/nbship-a_1/src_py/x.json")
    failure = Failure(
        "at /w/kaggle/input/a", before=("/w/kaggle/b",), causes=(inner,), parts=(inner,)
    )
    shown = in_workspace(as_on_kaggle(failure, "/w/kaggle"))
    assert (shown.error, shown.before) == ("at /kaggle/input/a", ("/kaggle/b",))
    assert shown.causes == shown.parts == (Failure("no src_py/x.json"),)


def test_the_working_folder_of_a_colab_notebook_is_content() -> None:
    failure = Failure("at /w/kaggle/working/a", before=("/w/kaggle/temp/b",))
    shown = as_on_kaggle(failure, "/w/kaggle", is_colab=True)
    assert (shown.error, shown.before) == ("at /content/a", ("/kaggle/temp/b",))


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (
            "No such file or directory: '/tmp/my lab/nbship-ab12/src_py/sahel/v.json'",
            "Name src_py/sahel/v.json in [tool.nbship.bundle] files, in the header of src_py/a.py.",
        ),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: 'config/a.yaml'",
            "config/a.yaml is not in /kaggle/working, where a notebook runs: ",
        ),
        (
            "FileNotFoundError: [Errno 2] No such file or directory: 'src_py/sahel/v.json'",
            "src_py/sahel/v.json is not in /kaggle/working, where a notebook runs: ",
        ),
        ("FileNotFoundError: top.csv not found: './top.csv'", "top.csv is not in /kaggle/working"),
        (
            "ModuleNotFoundError: No module named 'sahel.plugin'",
            'Add to the header of src_py/a.py: [tool.nbship.bundle] packages = ["sahel"]',
        ),
        ("No module named 'pack'", '[tool.nbship.bundle] packages = ["pack"]'),
        ("No module named 'torch'", ""),
        ("No module named 'google.colab'", "for a notebook with [tool.nbship.colab] only, and not"),
        ("No module named 'google.colab.sheets'", 'smoke] skip = "why" leaves the rehearsal out'),
        ("No module named 'google.colaboratory'", ""),
        ("No module named 'sent'", "src_py/sent.py is in the artifact, where only the notebook's"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'gone.csv'", ""),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/kaggle/input/a.csv'", ""),
        ("FileNotFoundError: [Errno 2] No such file or directory: '/tmp/nbship-a/src_py/gone'", ""),
        ("ValueError: 'config/a.yaml'", ""),
    ],
)
def test_what_the_artifact_does_not_have_is_named_with_the_way_out(error: str, hint: str) -> None:
    found = left_behind(error, "src_py/a.py", THERE.__contains__, taken={"src_py/sent.py"})
    assert hint in found
    assert bool(hint) == bool(found)
