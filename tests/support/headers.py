"""Headers for tests: the source of a header, and its spec."""

import pytest

from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.spec import KaggleSpec, Spec
from nbship.model.workspace import Source

PATH = "src_py/a.py"


KAGGLE = '[tool.nbship.kaggle]\nid = "ous-sow/sahel-trainer"\ntitle = "Sahel Trainer"\n'


MARK = "# <-"


def source(toml: str) -> Source:
    block = "".join(f"# {line}".rstrip() + "\n" for line in toml.split("\n"))
    return Source(PATH, f"# %%\n# /// script\n{block}# ///\n\n# %%\nx = 1\n")


def parse(toml: str) -> Spec:
    return parse_spec(read_header(source(toml)))


def kaggle(toml: str = "") -> KaggleSpec:
    spec = parse(KAGGLE + toml).kaggle
    assert spec is not None
    return spec


def refused(toml: str) -> SourceError:
    """Return the error, which must name the marked line."""
    text = source(toml)
    (line,) = [n for n, line in enumerate(text.text.split("\n"), 1) if MARK in line]
    with pytest.raises(SourceError) as caught:
        parse_spec(read_header(text))
    assert caught.value.place == Place(PATH, line)
    assert "\n" not in caught.value.message
    return caught.value


def in_r(toml: str) -> Source:
    return Source("src_py/a.R", source(toml).text)
