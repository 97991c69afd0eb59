"""A notebook's name is one file on every system, and has no meaning to a shell or to doit."""

import pytest

from nbship.core.workspace.names import fault_of_name, meant_names, proposed_name
from tests.support.usual import name_faults


@pytest.mark.parametrize(
    "name",
    [
        "trainer",
        "tts/fula",
        "a b",
        "été",
        "日本語/x_1",
        "v1.2",
        "a@b",
        "a+b-c",
        "_x",
        "common",
        "x" * 100,
    ],
)
def test_a_plain_name_is_taken(name: str) -> None:
    assert name_faults([f"src_py/{name}.py", f"src_py/{name}.R"]) == {}


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("-rf", "src_py/-rf.py: this name has a part that does not begin"),
        ("a/$(x)", "src_py/a/$(x).py: this name may only have letters"),
        ("a\nb", "src_py/a\\nb.py: this name may only have letters"),
        ("a\x1b[31m", "src_py/a\\x1b[31m.py: this name may only have letters"),
        ("\udcff", "src_py/\\udcff.py: this name may only have letters"),
        ("a.", "src_py/a..py: this name has a part that does not begin"),
        ("a ", "src_py/a .py: this name has a part that does not begin"),
        ("a=b", "src_py/a=b.py: this name may only have letters"),
        ("x/Con", "src_py/x/Con.py: this name is a device name on Windows"),
        ("lpt1.a", "src_py/lpt1.a.py: this name is a device name on Windows"),
        ("x" * 101, f"src_py/{'x' * 101}.py: this name has a part of more than 100 characters"),
    ],
)
def test_a_name_that_means_something_else_elsewhere_is_refused(name: str, message: str) -> None:
    path = f"src_py/{name}.py"
    faults = name_faults(["src_py/good.py", path])
    assert faults.keys() == {path}
    assert str(faults[path]).startswith(message)
    assert (faults[path].diagnostic.code, faults[path].hint) == ("file-name", "Rename it.")


def test_names_that_differ_in_capitals_only_are_refused() -> None:
    faults = name_faults(["src_py/A/x.py", "src_py/b.py", "src_py/a/X.R"])
    assert list(map(str, faults.values())) == [
        "src_py/a/X.R: its name differs from 'A/x' only by case"
    ]
    fault = faults["src_py/a/X.R"]
    assert (fault.diagnostic.code, fault.hint) == (
        "file-name", "Rename one of them: on many systems they are the same file.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("My analysis (final) v2", "My_analysis_final_v2"),
        ("a/b: c?", "a/b_c"),
        ("été=1", "été_1"),
        ("a _ b?", "a_b"),
        ("a__b?", "a_b"),
        ("-rf", "rf"),
        ("(draft)", "draft"),
        ("x" * 120, "x" * 100),
        ("???", ""),
        ("con", "con_"),
        ("x/NUL.v2", "x/NUL_.v2"),
        ("(aux)", "aux_"),
    ],
)
def test_a_name_that_is_refused_gets_a_proposal_that_is_not(name: str, proposed: str) -> None:
    assert fault_of_name(name)
    assert proposed_name(name) == proposed
    assert not proposed or not fault_of_name(proposed)


NAMES = ("trainer/trainer", "fula/tts", "wolof/tts", "deep/fula/tts", "plot", "deep/plot")


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("trainer", ["trainer/trainer"]),
        ("trainer/trainer", ["trainer/trainer"]),
        ("plot", ["plot"]),
        ("tts", ["fula/tts", "wolof/tts", "deep/fula/tts"]),
        ("fula/tts", ["fula/tts"]),
        ("wolof/tts", ["wolof/tts"]),
        ("rainer", []),
        ("deep", []),
        ("", []),
        ("/plot", []),
        ("../plot", []),
    ],
)
def test_a_word_means_a_name_or_the_names_that_end_with_it(word: str, meant: list[str]) -> None:
    assert list(meant_names(word, NAMES)) == meant
