"""The kernelspec in a YAML header, or an error with the line of what is ambiguous."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.source.yaml_header import read_kernelspec
from nbship.errors import SourceError
from nbship.model.workspace import Source


def read(*lines: str) -> Mapping[str, str] | None:
    header = "".join(f"# {line}\n" for line in lines)
    return read_kernelspec(Source("src_py/a.py", f"# ---\n{header}# ---\n\n# %%\nx\n"))


NAMED = ["jupyter:", "  kernelspec:"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], None),
        (["jupyter: {}"], None),
        (["# a comment"], None),
        (["jupyter:", "  jupytext:", "    formats: ipynb,py"], None),
        ([*NAMED, "    name: ir"], {"name": "ir", "display_name": "ir"}),
        ([*NAMED, "    name: 'no'"], {"name": "no", "display_name": "no"}),
        (
            [*NAMED, "    display_name: R 4", "    language: R", "    name: ir", "    env: {}"],
            {"name": "ir", "display_name": "R 4", "language": "R"},
        ),
        (["jupyter:", "  a: [1, 1.5, true, null, x]", "  b: False", "  c:"], None),
    ],
)
def test_a_header_gives_the_kernelspec_that_it_names(
    lines: list[str], expected: dict[str, str] | None
) -> None:
    assert read(*lines) == expected


def test_a_source_without_a_header_names_none() -> None:
    assert read_kernelspec(Source("src_py/a.py", "# %%\nx\n")) is None
    assert read_kernelspec(Source("src_py/a.py", "")) is None


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["jupyter: &a {}"], "2: an anchor or alias in the YAML header"),
        (["jupyter:", "  a: *b"], "3: an anchor or alias in the YAML header"),
        (["jupyter:", "  a: no"], "3: YAML reads no as a truth value"),
        (["jupyter:", "  a: [x, On]"], "3: YAML reads On as a truth value"),
        (["jupyter:", "  a: 2026-01-01"], "3: YAML reads 2026-01-01 as a date"),
        (["jupyter:", "  a: ~"], "3: YAML reads ~ as nothing"),
        (["jupyter:", "  a: ="], "3: YAML reads = as a default"),
        (["jupyter:", "  <<: {}"], "3: a key of the YAML header that is not text"),
        (["jupyter:", "  3: x"], "3: a key of the YAML header that is not text"),
        (["jupyter:", "  a: <<"], "3: YAML reads << as a merge"),
        (["jupyter: !mine {}"], "2: a tag in the YAML header"),
        (["jupyter: !!python/name:os.system"], "2: a tag in the YAML header"),
        (["jupyter:", "  a: 1", "  a: 2"], "4: the key 'a' occurs twice in the YAML header"),
        (["title: x"], "2: the YAML header is another tool's: 'title'"),
        (["jupyter: [", "  1"], "3: the YAML header is not YAML: "),
        (["jupyter: \x07"], "2: the YAML header is not YAML: "),
        (["jupyter: 3"], "2: the YAML header needs a table here"),
        ([*NAMED, "    language: R"], "3: the kernelspec has no name"),
        ([*NAMED, "    name: 3"], "4: the kernelspec's name is not text"),
        (["jupyter: " + 30 * "[" + 30 * "]"], "2: the YAML header is nested more than 20 deep"),
        (300 * ["jupyter: {}"], "1: the YAML header has more than 200 lines or 200 brackets"),
        (["jupyter: " + 300 * "{"], "1: the YAML header has more than 200 lines or 200 brackets"),
    ],
)
def test_what_yaml_reads_otherwise_than_a_person_is_refused(lines: list[str], message: str) -> None:
    with pytest.raises(SourceError) as caught:
        read(*lines)
    assert str(caught.value).startswith(f"src_py/a.py:{message}")
    assert "\n" not in str(caught.value)


PIECES = st.sampled_from([
    "jupyter:", "  kernelspec:", "    name: a", "  x: ", "- a", "? b", ": c", "{", "}", "[", "]",
    "&a", "*a", "!t", "no", "2026-01-01", "'", '"', "|", ">", "---", "...", "%YAML 1.1", "\t", "<<",
    "#", "=", "0x1f", "\x07", "é",
])  # fmt: skip


@given(st.lists(st.lists(PIECES, max_size=4).map(" ".join), max_size=8))
def test_whatever_a_header_says_is_a_kernelspec_or_one_line(lines: list[str]) -> None:
    found = _read_or_refuse(*lines)
    if isinstance(found, SourceError):
        assert found.place is not None
        assert found.place.line is not None
        assert 1 <= found.place.line <= len(lines) + 2
        assert "\n" not in found.message
    else:
        assert found is None or all(isinstance(value, str) for value in found.values())


def _read_or_refuse(*lines: str) -> Mapping[str, str] | SourceError | None:
    try:
        return read(*lines)
    except SourceError as error:
        return error
