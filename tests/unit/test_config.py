"""[tool.nbship] of pyproject.toml: defaults for everything, and no key passed over."""

from pathlib import Path

import pytest

from nbship.config import parse_workspace
from nbship.diagnostics import Place, did_you_mean
from nbship.errors import WorkspaceError

ROOT = Path("lab")


@pytest.mark.parametrize("text", ["", "[tool.ruff]\n", "[tool.nbship]\n"])
def test_without_keys_everything_has_its_default(text: str) -> None:
    workspace = parse_workspace(ROOT, text)
    assert (workspace.root, workspace.inputs) == (ROOT, ROOT / "tests/inputs")


def test_the_inputs_may_lie_elsewhere_in_the_workspace() -> None:
    workspace = parse_workspace(ROOT, '[tool.nbship]\ninputs = "samples/small"\n')
    assert workspace.inputs == ROOT / "samples/small"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.nbship\n", "not TOML: "),
        ("tool = 1\n", "tool must be a table"),
        ("[tool]\nnbship = 1\n", "tool.nbship must be a table"),
        ("[[tool.nbship]]\n", "tool.nbship must be a table"),
        ('[tool.nbship]\ninput = "x"\n', "unknown key 'input' in [tool.nbship]; did you mean 'inp"),
        ("[tool.nbship]\nzzz = 1\n", "unknown key 'zzz' in [tool.nbship]; known: inputs"),
        ("[tool.nbship]\ninputs = 1\n", "inputs must be a folder inside the workspace, not 1"),
        ('[tool.nbship]\ninputs = "/data"\n', "must be a folder inside the workspace, not '/data'"),
        ('[tool.nbship]\ninputs = "a/../../b"\n', "must be a folder inside the workspace, not 'a/"),
    ],
)
def test_what_is_wrong_is_refused_with_the_file_it_stands_in(text: str, message: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        parse_workspace(ROOT, text)
    assert message in caught.value.message
    assert caught.value.place == Place("pyproject.toml")


def test_the_nearest_known_word_is_proposed_or_else_all_are_named() -> None:
    assert did_you_mean("titel", {"title", "id"}) == "; did you mean 'title'?"
    assert did_you_mean("zzz", {"title", "id"}) == "; known: id, title"
    many = did_you_mean("zzz", [f"{number:02}" for number in range(30)])
    assert many.endswith(", 18, 19 and 10 more")
