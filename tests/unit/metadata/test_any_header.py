"""Any header: whatever its text is, it gives a spec or one error inside the file."""

import json
import math
from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.errors import SourceError
from nbship.model.spec import Spec
from nbship.model.workspace import Source
from tests.support.headers import source

KNOWN = st.sampled_from([
    "id", "title", "id_no", "is_private", "machine_shape", "enable_gpu", "enable_tpu", "language",
    "dataset_sources", "model_sources", "keywords", "docker_image", "accelerator", "gpu_type",
    "parameters", "timeout", "skip", "userdata", "secrets", "style",
    "requires-python", "dependencies", "code_file",
])  # fmt: skip


NAMES = KNOWN | st.text(max_size=3)


SCALARS = (
    st.sampled_from(["ous-sow/sahel-trainer", "Sahel Trainer", "NvidiaTeslaT4", ">=3.11", "GPU"])
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.dates()
)


VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)


TABLES = st.dictionaries(NAMES, VALUES, max_size=4)


DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "requires-python": VALUES,
        "dependencies": VALUES,
        "other": VALUES,
        "tool": VALUES
        | st.fixed_dictionaries(
            {
                "nbship": VALUES
                | st.dictionaries(
                    st.sampled_from(["kaggle", "colab", "bundle", "smoke", "x"]),
                    VALUES | TABLES,
                    max_size=2,
                )
            }
        ),
    },
)


def _written(value: Any) -> str:
    """Write a value as TOML."""
    if isinstance(value, dict):
        inside = (f"{_written(key)} = {_written(item)}" for key, item in value.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else f"{value:+}"
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def _rows(document: dict[str, Any], depth: int, prefix: str = "") -> list[str]:
    """Write a document with dotted keys down to the depth given, and inline tables below it."""
    rows: list[str] = []
    for key, value in document.items():
        name = prefix + _written(key)
        if depth and value and isinstance(value, dict):
            rows += _rows(value, depth - 1, f"{name}.")
        else:
            rows.append(f"{name} = {_written(value)}")
    return rows


@given(DOCUMENTS, st.integers(0, 3))
def test_any_toml_is_a_spec_or_one_error_inside_the_file(
    document: dict[str, Any], depth: int
) -> None:
    _parse_or_refuse(source("\n".join(_rows(document, depth))))


LINES = st.sampled_from([
    "[tool.nbship.kaggle]", "[tool.nbship]", "[[tool.nbship.smoke]]", "[tool]", "id = 'a/sahel'",
    "title = 'Sahel'", "kaggle.id = 1", "x = [", "]", "x = '''", "'''", "x = {", "}", "timeout = 1",
    "keywords = ['a']", "", "# note", "= 1", "dependencies = ['a']", "parameters.A = 1", "\r", "\t",
])  # fmt: skip


@given(st.lists(LINES | st.text(max_size=5), max_size=8))
def test_any_text_is_a_spec_or_one_error_inside_the_file(lines: list[str]) -> None:
    _parse_or_refuse(source("\n".join(lines)))


def _parse_or_refuse(text: Source) -> None:
    found = _spec_or_refusal(text)
    if isinstance(found, SourceError):
        assert found.place is not None
        assert found.place.line is not None
        assert 2 <= found.place.line <= text.text.count("\n") + 1
        assert "\n" not in found.message
    else:
        assert found.kaggle is None or found.colab is None
        json.dumps(dict(found.smoke.parameters))


def _spec_or_refusal(text: Source) -> Spec | SourceError:
    try:
        return parse_spec(read_header(text))
    except SourceError as error:
        return error
