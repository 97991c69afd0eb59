"""Each regular expression of the core takes a number of steps that is linear in its text."""

import ast
import importlib
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tests.growth.regex_steps import Counter, TooManyStepsError
from tests.support.paths import ROOT

CORE = ROOT / "nbship" / "core"
ONLY_AT_START = {"match", "fullmatch"}
SIZE = 12  # repetitions; each text is tried with this many and with twice as many

# Patterns whose input has a bounded length, with the place of the bound.
BOUNDED = {
    "nbship.core.source.cell_marker": {
        "_TAGS",
        "_ACTIVE",
        "_LANGUAGE",
        "_FROZEN",
    },  # _LONGEST_MARKER
}


def patterns() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Yield each compiled pattern at the top of a module of the core: module, name, pattern."""
    for file in sorted(CORE.rglob("*.py")):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if "re.compile" not in file.read_text(encoding="utf-8"):
            continue
        for name, value in vars(importlib.import_module(module)).items():
            for each in value if isinstance(value, tuple) else (value,):
                if isinstance(each, re.Pattern) and isinstance(each.pattern, str):
                    yield module, name, each


def uses(module: str, name: str) -> set[str]:
    """Return the methods of a pattern that the core calls, by the name of the pattern."""
    own = ROOT / f"{module.replace('.', '/')}.py"
    if name == "_FRAMES":  # each is matched at the beginning of a line
        return {"match"}
    found = set()
    for file in [own] if name.startswith("_") and own.exists() else CORE.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        if name in text:
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    found |= {node.attr} if node.value.id == name else set()
    return found


def texts(pattern: str) -> Iterator[str]:
    """Yield what is repeated: pairs of the pattern's own characters and of some others."""
    own = "".join(dict.fromkeys(sign for sign in pattern if not sign.isalnum()))[:5]
    signs = dict.fromkeys([*own, " ", "\n", "a"])
    words = sorted(set(re.findall(r"[a-z]{3,}", pattern)))[:3]
    yield from (one + other for one, other in product(signs, signs))
    yield from words


PATTERNS = [each for each in patterns() if each[1] not in BOUNDED.get(each[0], ())]


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("module", "name", "pattern"),
    [pytest.param(*each, id=f"{each[0]}.{each[1]}") for each in PATTERNS],
)
def test_a_pattern_takes_linear_steps(module: str, name: str, pattern: re.Pattern[str]) -> None:
    is_at_start = uses(module, name) <= ONLY_AT_START
    for piece in texts(pattern.pattern):
        counts = []
        for size in (SIZE, 2 * SIZE):
            counter = Counter(pattern, piece * size + "\x01")
            try:
                counts.append(counter.match() if is_at_start else counter.search())
            except TooManyStepsError:
                pytest.fail(f"no end for {piece!r}")
        # Twice the text may take twice the steps, and a constant.
        assert counts[1] < 3 * counts[0] + 100, f"{piece!r}: {counts}"


def test_the_counter_knows_a_quadratic_pattern() -> None:
    pattern = re.compile(r"^(\s*)x", re.MULTILINE)
    one, two = (Counter(pattern, "\n" * size + "y").search() for size in (30, 60))
    assert two > 3 * one


def test_every_pattern_is_found() -> None:
    names = {name for _, name, _ in patterns()}
    assert len(names) > len(list(Path(CORE / "source").glob("*.py")))
