"""Every value that the stock command line accepts for an option is answered by the local Kaggle."""

import ast
import importlib.util
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.support.local_kaggle import Server, notebook

PICTURE = "from IPython.display import SVG\nSVG('<svg xmlns=\"http://www.w3.org/2000/svg\"/>')"
# The option of `kernels list`, its list in the client, and the field of the request.
OPTIONS = {
    "output-type": ("valid_list_output_types", "outputType"),
    "language": ("valid_list_languages", "language"),
    "kernel-type": ("valid_list_kernel_types", "kernelType"),
    "sort-by": ("valid_list_sort_by", "sortBy"),
}


@cache
def accepted(name: str) -> tuple[str, ...]:
    """Return a list of values in the source of the client, whose import would log in."""
    found = importlib.util.find_spec("kaggle")
    assert found
    assert found.origin
    file = Path(found.origin).with_name("api") / "kaggle_api_extended.py"
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return tuple(ast.literal_eval(node.value))
    raise AssertionError(name)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("kaggle")).start()
    server.push("with-data", "open('a.csv', 'w').write('1')")
    server.push("with-a-picture", notebook(PICTURE), kernelType="notebook")
    server.push("with-an-image", "open('a.PNG', 'w').write('1')")
    server.push("with-nothing", "print(1)")
    for slug in ("with-data", "with-a-picture", "with-an-image", "with-nothing"):
        assert server.ended(slug)["status"] == "COMPLETE"
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.stderr


@pytest.mark.parametrize("option", OPTIONS)
def test_every_value_of_an_option_is_answered(filled: Server, option: str) -> None:
    name, field = OPTIONS[option]
    for value in accepted(name):
        sent = value
        if option == "sort-by":
            sent = re.sub(r"([A-Z])", r"_\1", value).upper()
        answer = filled.post("ListKernels", **{field: sent})
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("wanted", "slugs"),
    [
        ("all", {"with-data", "with-a-picture", "with-an-image", "with-nothing"}),
        ("data", {"with-data", "with-an-image"}),
        ("visualization", {"with-a-picture", "with-an-image"}),
        ("notebook", {"with-a-picture"}),
    ],
)
def test_kernels_are_listed_by_what_they_left(filled: Server, wanted: str, slugs: set[str]) -> None:
    listed = filled.call("ListKernels", outputType=wanted)["kernels"]
    assert {kernel["slug"] for kernel in listed} == slugs


def test_names_are_compared_without_case_and_sources_without_version(filled: Server) -> None:
    (filled.inputs / "datasets/bob/words").mkdir(parents=True)
    filled.push("reads-words", "pass", datasetDataSources=["bob/words/3"])
    assert filled.ended("reads-words")["status"] == "COMPLETE"
    for request in ({"dataset": "Bob/Words"}, {"user": "Alice", "search": "READS"}):
        listed = filled.call("ListKernels", **request)["kernels"]
        assert [kernel["slug"] for kernel in listed] == ["reads-words"]
    assert filled.call("ListKernels", dataset="bob/word")["kernels"] == []


def test_the_stock_command_line_lists_by_output_and_finds_no_topics(filled: Server) -> None:
    listed = filled.kaggle("kernels", "list", "-m", "--output-type", "data", "--csv")
    assert "alice/with-data" in listed
    assert "alice/with-nothing" not in listed
    topics = filled.kaggle("kernels", "topics", "list", "alice/with-data")
    assert topics == "No topics found\n"
