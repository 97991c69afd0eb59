"""The JSON Schema for editors accepts what the build accepts, and refuses each wrong type."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.metadata.json_schema import render_schema
from nbship.core.metadata.schema import checks_of
from nbship.model.spec import TABLES, Key, keys_of
from tests.support.paths import ROOT

SCHEMA = json.loads(render_schema())
FILE = ROOT / "nbship" / "schemas" / "header.schema.json"
KEYS = [(name, key) for name, table in TABLES.items() for key in keys_of(table)]
PARTS = st.text("abc-1", min_size=1, max_size=8)
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=60),
    st.lists(st.one_of(st.integers(), st.lists(PARTS, max_size=6).map("/".join)), max_size=3),
    st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    st.sampled_from([v for t in TABLES.values() for k in keys_of(t).values() for v in k.values]),
)  # fmt: skip


def accepts(table: str, key: str, value: Any) -> bool:
    """Return whether the schema of one key accepts a value."""
    schema = SCHEMA["properties"][table]["properties"][key]
    return bool(jsonschema.Draft7Validator(schema).is_valid(value))


def test_the_file_in_the_package_is_what_the_keys_give() -> None:
    """To write it again: python -m tests.support.generated."""
    assert FILE.read_text(encoding="utf-8") == render_schema()


def test_the_schema_is_one() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)


@given(key=st.sampled_from(KEYS), value=VALUES)
def test_the_schema_accepts_what_the_check_accepts(key: tuple[str, str], value: Any) -> None:
    table, name = key
    wrong = checks_of(TABLES[table])[name](value)
    if wrong is None and name not in {"title", "timeout"}:  # they have limits of their own
        assert accepts(table, name, value)


@pytest.mark.parametrize(("table", "name"), KEYS)
def test_a_value_of_another_type_is_refused_by_both(table: str, name: str) -> None:
    key: Key = keys_of(TABLES[table])[name]
    wrong: Any = 3 if key.type in {"text", "kernel id", "reason"} else "text"
    assert checks_of(TABLES[table])[name](wrong) is not None
    assert not accepts(table, name, wrong)


def test_an_unknown_key_is_refused_and_id_and_title_are_needed() -> None:
    validator = jsonschema.Draft7Validator(SCHEMA)
    good = {"kaggle": {"id": "awa/tiny-kernel", "title": "Tiny Kernel"}}
    assert validator.is_valid(good)
    assert not validator.is_valid({"kaggle": {**good["kaggle"], "tilte": "x"}})
    assert not validator.is_valid({"kaggle": {"id": "awa/tiny-kernel"}})
    assert not validator.is_valid({"kagle": {}})


@pytest.mark.parametrize(("title", "fits"), [("abcd", False), ("abcde", True), ("a" * 51, False)])
def test_a_title_has_its_length(title: str, *, fits: bool) -> None:
    assert accepts("kaggle", "title", title) == fits


@pytest.mark.parametrize(
    ("seconds", "fits"), [(0, False), (0.5, True), (604800, True), (604801, False)]
)
def test_a_timeout_has_its_limits(seconds: float, *, fits: bool) -> None:
    assert accepts("smoke", "timeout", seconds) == fits
