"""What has been edited in a source since the build: its cells, or which keys of its header."""

import json

import pytest

from nbship.core.artifact.edited import changed_keys, edits
from nbship.core.artifact.outdated import Reason
from nbship.model.workspace import Source
from tests.unit.artifact.test_compile import compiled

KAGGLE = '# [tool.nbship.kaggle]\n# id = "awa/tiny-kernel"\n# title = "Tiny Kernel"\n'
SMOKE = "# [tool.nbship.smoke]\n# timeout = 60\n"
CELLS = "# %%\nprint(1)\n"


def source(header: str = KAGGLE, cells: str = CELLS) -> Source:
    return Source("src_py/x.py", f"# %%\n# /// script\n{header}# ///\n\n{cells}")


BUILT = compiled(source().text, source().path)
METADATA = BUILT.artifact.files["kernel-metadata.json"]


def told(now: Source) -> list[Reason]:
    return list(edits(now, BUILT.parts, METADATA))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (source(), []),
        (source(cells=f"{CELLS}x = 1\n"), [Reason("source", "src_py/x.py")]),
        (source(f"{KAGGLE}# enable_internet = true\n# keywords = ['a']\n"),
         [Reason("metadata", "enable_internet, keywords")]),
        (source(KAGGLE.replace("Tiny", "tiny"), f"{CELLS}x = 1\n"),
         [Reason("source", "src_py/x.py"), Reason("metadata", "title")]),
        (source(f"{KAGGLE}#\n{SMOKE}"), [Reason("metadata", "header")]),
        (source(f"# # a comment\n{KAGGLE}"), [Reason("metadata", "header")]),
        (Source("src_py/x.py", f"# %%\n\n{CELLS}"),
         [Reason("metadata", ", ".join(changed_keys({}, json.loads(METADATA))))]),
    ],
)  # fmt: skip
def test_an_edit_is_told_by_what_it_changes(now: Source, expected: list[Reason]) -> None:
    assert told(now) == expected


@pytest.mark.parametrize("metadata", [None, b"", b"[]", b"{", b"[" * 100_000])
def test_without_the_metadata_of_the_build_every_key_is_new(metadata: bytes | None) -> None:
    (reason,) = edits(source(f"{KAGGLE}# keywords = ['a']\n"), BUILT.parts, metadata)
    assert reason.kind == "metadata"
    assert {"id", "keywords", "title"} <= set(reason.what.split(", "))


def test_where_the_parts_are_not_known_the_source_has_changed() -> None:
    assert list(edits(source(), {}, METADATA)) == [Reason("source", "src_py/x.py")]


def test_a_header_that_is_wrong_is_refused_at_its_line() -> None:
    (reason,) = told(source("# [tool.nbship.kaggle]\n# id = awa/x\n"))
    assert reason.kind == "refused"
    assert reason.what.startswith("src_py/x.py:4")


def test_the_name_of_the_code_file_is_no_edit() -> None:
    before, now = {"code_file": "a.ipynb", "id": "a", "keywords": ()}, {"id": "a", "keywords": []}
    assert changed_keys(before, now) == ()
