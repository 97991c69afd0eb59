"""Names of folders and of targets: each is written in one place of the code."""

import ast
import re

from tests.test_imports import modules


def typed_folders(tree: ast.Module) -> list[str]:
    """Return the strings that name a folder of a workspace; docstrings do not count."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in prose
        and re.search(r"(?:^|[\s'\"])(?:src_py|\.nbship|runs|build|notebooks)/", node.value)
    ]


# Help texts name the folders for the reader. Kaggle's own mount is called notebooks/, too.
NAMES_FOLDERS = {
    "nbship.frontends.verb_lists.daily",
    "nbship.frontends.verb_lists.kernels",
    "nbship.frontends.verb_lists.set_up",
    "nbship.model.spec",
    "nbship.core.checks.rules.input_paths",
}


def test_the_folders_of_a_workspace_are_named_in_the_layout_only() -> None:
    wrong = {
        name: typed_folders(tree)
        for name, tree in modules().items()
        if name != "nbship.model.layout" and name not in NAMES_FOLDERS and typed_folders(tree)
    }
    assert wrong == {}


def test_a_typed_folder_is_found() -> None:
    tree = ast.parse('"""src_py/x"""\nx = f"src_py/{y}"\nz = "in build/ now"')
    assert sorted(typed_folders(tree)) == ["in build/ now", "src_py/"]


def test_a_target_is_compared_by_its_own_properties_only() -> None:
    """No module compares a text with a target's name; Target and Remote know what they are."""
    names = {"main", "local"}
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Compare) and name != "nbship.model.target":
                values = {n.value for n in ast.walk(node) if isinstance(n, ast.Constant)}
                assert names.isdisjoint(values), (name, ast.unparse(node))
