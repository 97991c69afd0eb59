"""A manifest whose JSON has another value in one place is damaged, or is still a whole manifest."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.artifact.manifest import Manifest, parse_manifest, render_manifest
from nbship.model.workspace import Origin

WHOLE = Manifest("b", {"src_py/x.py": "1"}, ("numpy",), {"x.ipynb": "2"}, {"N": 1},
                 (None, Origin("src_py/x.py", 3, 2)), "r", {"src_py/a.csv": "3"},
                 {"*.csv": ["src_py/a.csv"]})  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the path of each value in a JSON value."""
    found = [path] if path else []
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(inner, (*path, key))
    return found


@given(st.data())
def test_another_value_anywhere_is_noticed_or_does_no_harm(data: st.DataObject) -> None:
    entries = json.loads(render_manifest(WHOLE))
    *above, last = data.draw(st.sampled_from(places(entries)))
    target = entries
    for key in above:
        target = target[key]
    target[last] = data.draw(VALUES)
    parsed = parse_manifest(json.dumps(entries).encode())
    if parsed is not None:
        assert parse_manifest(render_manifest(parsed)) == parsed or "NaN" in str(entries).upper()
        assert all(isinstance(text, str) for text in (*parsed.inputs.values(), parsed.digest))
        assert all(o is None or isinstance(o.line + o.start, int) for o in parsed.line_map)


@pytest.mark.parametrize("key", ["inputs", "files"])
def test_a_manifest_of_nothing_is_damaged(key: str) -> None:
    entries = json.loads(render_manifest(WHOLE)) | {key: {}}
    assert parse_manifest(json.dumps(entries).encode()) is None
