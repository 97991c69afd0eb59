"""The marker of a cell: its kind, title and tags, as jupytext reads them."""

import pytest

from nbship.core.source.cell_marker import (
    BARE_MARKER,
    Activity,
    activity_of,
    kind_of,
    options_of,
    tags_of,
)
from nbship.core.source.jupytext_api import parse_percent
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Source

SOURCE = Source("src_py/a.py", "")
HINT = 'Write them like this: # %% tags=["parameters"]'


@pytest.mark.parametrize(
    ("line", "options"),
    [
        ("# %%", ""), ("# %% x", "x"), ("#%% x ", "x"), ("  # %% x", "x"), ("# %%% x", "% x"),
        ("# %%%% x y", "%% x y"), ("# %%x", ""), ("# x", ""), ("x # %% y", ""),
    ],
)  # fmt: skip
def test_the_options_follow_the_sign(line: str, options: str) -> None:
    assert options_of(line) == options


@pytest.mark.parametrize(
    ("line", "is_bare"),
    [
        ("# %%", True), ("#%%  ", True), ("  # %%", True), ("# <codecell>", True),
        ("# In[3]:", True), ("# In[ ]", True), ("#In[12]", True), ("# %% x", False),
        ("# In[a]", False), ("# In", False), ("x", False),
    ],
)  # fmt: skip
def test_a_bare_marker_may_be_another_programs(line: str, *, is_bare: bool) -> None:
    assert bool(BARE_MARKER.match(line)) is is_bare


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ("", "code"),
        ("[markdown]", "markdown"),
        ("[md]", "markdown"),
        ("[raw]", "raw"),
        ("A title [markdown]", "markdown"),
        ("[markdown] a title", "markdown"),
        ('[markdown] tags=["a"]', "markdown"),
        ('tags=["a"]', "code"),
        ('name="[markdown]"', "code"),
        ('A title name="[raw]"', "code"),
        ('[raw] name="n"', "raw"),
        ('{"name": "[markdown]"}', "code"),
        ('[markdown] {"name": "n"}', "markdown"),
        ('[markdown] a={"name": "n"}', "markdown"),
        ('a={"name": "[markdown]"}', "code"),
        ("[Markdown]", "code"),
    ],
)
def test_the_kind_is_in_the_title_as_jupytext_reads_it(options: str, kind: str) -> None:
    assert kind_of(options) == kind
    (cell,) = parse_percent(f"# %% {options}\n# x\n", ".py").cells
    assert cell.cell_type == kind


@pytest.mark.parametrize(
    ("options", "tags"),
    [
        ("", ()),
        ("A title", ()),
        ('tags=["a", "b"]', ("a", "b")),
        ("tags = ['a']", ("a",)),
        ("tags=[]", ()),
        ('name="n" tags=["a"]', ("a",)),
        ('{"tags": ["a", "b"]}', ("a", "b")),
        ('A title {"tags": ["a"], "name": "n"}', ("a",)),
        ('{"name": "n"}', ()),
        ('{"mytags": ["a"]}', ()),
        ('mytags=["a"]', ()),
        ("a={'tags': 1}", ()),
    ],
)
def test_the_tags_are_read(options: str, tags: tuple[str, ...]) -> None:
    assert tags_of(SOURCE, 0, options) == tags


@pytest.mark.parametrize(
    "options",
    ['tags=["a"', "tags=a", "tags=[a]", 'tags=["a", 1]', '{"tags": ["a"}', '{"tags": "a"}',
     "{'tags': ['a']}", '{"tags": [1]}', '{"x": {"tags": 1}}'],
)  # fmt: skip
def test_tags_that_cannot_be_read_are_refused_at_their_line(options: str) -> None:
    with pytest.raises(SourceError) as caught:
        tags_of(SOURCE, 6, options)
    assert caught.value.message == f"the tags in this cell's marker cannot be read: {options}"
    assert caught.value.place == Place("src_py/a.py", 7)
    assert caught.value.hint == HINT


def test_a_marker_that_is_too_long_or_too_deep_is_refused_and_shown_in_part() -> None:
    assert tags_of(SOURCE, 0, "x" * 2000) == ()
    assert tags_of(SOURCE, 0, "[" * 100 + "{" * 100) == ()
    for options in ("x" * 2001, "[" * 100 + "{" * 101):
        with pytest.raises(SourceError) as caught:
            tags_of(SOURCE, 0, options)
        assert caught.value.message == (
            f"the metadata in this cell's marker cannot be read: {options[:80]}"
        )
        assert caught.value.place == Place("src_py/a.py", 1)
        assert caught.value.hint == HINT


@pytest.mark.parametrize("options", ['{"active": "ipynb"', '{"active": }', "{active}"])
def test_metadata_that_are_no_json_make_no_cell_inactive(options: str) -> None:
    assert activity_of("src_py/a.py", options, ()) == Activity(
        in_source=True, in_notebook=True, language=""
    )
