"""The commands of older workflows: found where people keep them, each with what replaces it."""

import pytest

from nbship.core.adoption.commands import REPLACEMENTS, may_have_commands, old_commands


@pytest.mark.parametrize(
    ("line", "new"),
    [
        ("\tkaggle kernels push -p notebooks/trainer", "doit push:NAME"),
        ("    - run: kaggle k status awa/x", "doit watch:NAME"),
        ("kaggle kernels output awa/x -p out", "doit watch:NAME"),
        ("kaggle kernels pull awa/x -m", "nbship pull OWNER/SLUG"),
        ("kaggle kernels init", "nbship new NAME --kaggle OWNER/SLUG"),
        ("kaggle quota --format json", "nbship status --remote"),
        ("nbstripout --install", "nbship doctor --fix"),
        ("jupytext --sync notebooks/*.ipynb", "doit sync"),
        ("papermill in.ipynb out.ipynb", "doit smoke:NAME"),
        ("jupyter nbconvert --to notebook --execute x.ipynb", "doit smoke:NAME"),
    ],
)
def test_a_command_is_found_with_its_line_and_its_replacement(line: str, new: str) -> None:
    [found] = old_commands("Makefile", f"all:\n{line}\n")
    assert (found.path, found.line, found.text, found.new) == ("Makefile", 2, line.strip(), new)


@pytest.mark.parametrize(
    "line",
    [
        "# kaggle kernels push",
        "kaggle datasets version",
        "pip install jupytext",
        "",
        "  # doit; nbstripout",
    ],
)
def test_other_lines_stay_unnamed(line: str) -> None:
    assert not list(old_commands("push.sh", line))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("Makefile", True), ("tools/push.sh", True), (".github/workflows/ci.yml", True),
        ("Taskfile.yml", True), ("config.yml", False), ("train.py", False), ("README.md", False),
        ("taskfile.yaml", True), ("justfile", True), ("tox.ini", True), ("noxfile.py", True),
        ("old/dodo.py", True), (".pre-commit-config.yaml", True), ("ci/dodo.yml", False),
        (".github/workflows/a.yaml", True), (".github/workflows/README.md", False),
        ("x/workflows/a.yml", False), ("LICENSE", False),
        ("a.mk", True), ("a.bash", True), ("a.zsh", True), ("PUSH.BAT", True), ("a.ps1", True),
    ],
)  # fmt: skip
def test_commands_are_looked_for_where_people_keep_them(path: str, expected: bool) -> None:  # noqa: FBT001 - the table
    assert may_have_commands(path) == expected


def test_a_line_with_two_commands_is_named_once() -> None:
    line = "nbstripout x.ipynb && kaggle kernels push -p x"
    assert [found.new for found in old_commands("x.sh", line)] == ["doit push:NAME"]


def test_each_replacement_recognizes_its_own_example() -> None:
    for each in REPLACEMENTS:
        [found, *_] = old_commands("x.sh", each.old.partition(",")[0].replace("IN OUT", "a.ipynb"))
        assert found.new == each.new
