"""A push of several kernels says first, in one line for each, what it will do."""

import pytest

from tests.support.workspace import SCRIPT, WORDS, CommandResult, Local, Workspace

pytestmark = pytest.mark.unmeasured


@pytest.fixture
def lab(bare: Workspace) -> Workspace:
    """Return a workspace with three kernels and a helper, committed."""
    for name in ("first", "second", "third"):
        text = SCRIPT.replace("tiny-kernel", f"{name}-kernel")
        bare.write(f"src_py/{name}.py", text.replace("Tiny Kernel", f"{name.title()} Kernel"))
    bare.write("src_py/words.py", WORDS)
    bare.write("src_py/helper.py", "# %%\nprint(1)\n")
    bare.commit()
    return bare


def plans(result: CommandResult) -> list[str]:
    """Return the lines of the plan; no other line of ours is before one of them."""
    lines = [line for line in result.out.splitlines() if not line.startswith((".  ", "-- "))]
    found = [line for line in lines if line.startswith("plan ")]
    assert lines[: len(found)] == found, result.out
    return found


def test_a_push_of_several_says_first_what_it_will_do(lab: Workspace, up: Local) -> None:
    begun = lab.inside("push", "first", "--allow-unsmoked", "--no-run", **up.env)
    assert begun.code == 0, begun.all
    assert plans(begun) == []  # one kernel says what it does as it does it
    lab.replace("src_py/third.py", "COUNT = 3", "COUNT = 4")
    result = lab.inside("push", "-c", "--no-run", "--allow-unsmoked", **up.env)
    assert result.code == 3, result.all
    first, second, third = plans(result)
    assert first.startswith("plan     first  nothing to push: version 1, pushed ")
    assert second == "plan     second  would push: awa/second-kernel, a new kernel"
    assert third == "plan     third  would be refused: clean-tree"
    assert [r["name"] for r in lab.journal() if r["state"] == "pushed"] == ["first", "second"]
    assert result.out.count("nothing to push") == 2  # in the plan, and where it comes to that
    assert result.err.splitlines()[0].startswith("push of third to main refused: not committed")


def test_doit_and_nbship_say_the_same_first(lab: Workspace, up: Local) -> None:
    """In doit, each selection with options of its own has a plan of its own; nothing is pushed."""
    lab.write("src_py/words.py", WORDS + "\n# changed\n")
    lines = [f"plan     {name}  would be refused: clean-tree" for name in ("first", "second")]
    named = lab.inside("push", "-c", "first", "second", **up.env)
    assert (named.code, plans(named)) == (3, lines)
    tasks = lab.doit("-c", "push:first", "push:second", **up.env)
    assert (tasks.code, plans(tasks)) == (3, lines)
    everything = (*lines, "plan     third  would be refused: clean-tree")
    assert plans(lab.doit("-c", "push", **up.env)) == list(everything)
    assert plans(lab.inside("push", **up.env)) == list(everything)
    assert plans(lab.doit("push:first", **up.env)) == []
    apart = lab.doit("-c", "push:first", "push:second", "--allow-dirty", "--no-run",
                     "push:third", **up.env)  # fmt: skip
    assert plans(apart)[:2] == [lines[0], "plan     third  would be refused: clean-tree"]


def test_a_kernel_that_cannot_be_planned_is_told_and_keeps_no_other_from_it(
    lab: Workspace, up: Local
) -> None:
    lab.replace("src_py/first.py", 'title = "First Kernel"', 'title = "F"')
    result = lab.inside("push", "-c", "--no-run", "--allow-dirty", "--allow-unsmoked", **up.env)
    first, second, third = plans(result)
    assert first.startswith("plan     first  would fail: ")
    assert third.endswith(" would push: awa/third-kernel, a new kernel")
    assert second == "plan     second  would push: awa/second-kernel, a new kernel"
    assert result.code == 1, result.all
    assert "src_py/first.py:" in result.err


def test_without_a_server_the_pushes_say_so(lab: Workspace) -> None:
    away = {"KAGGLE_API_ENVIRONMENT": "LOCALHOST", "http_proxy": "http://127.0.0.1:9",
            "KAGGLE_USERNAME": "awa", "KAGGLE_KEY": "k"}  # fmt: skip
    result = lab.inside("push", "first", "second", **away)
    assert result.code == 4, result.all
    assert all("would fail: the local Kaggle cannot be reached" in line for line in plans(result))
    assert len(plans(result)) == 2
    unknown = lab.inside("push", "first", "second", "-t", "nowhere")
    assert (unknown.code, plans(unknown)) == (2, [])
    assert unknown.err.startswith("unknown target 'nowhere'")
