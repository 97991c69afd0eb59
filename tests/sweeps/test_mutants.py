"""Tests of the mutants and of the command that measures with them."""

import ast
from dataclasses import replace
from pathlib import Path
from textwrap import dedent

import pytest

from tests.sweeps.making_mutants import all_mutants, sample_mutants
from tests.sweeps.mutants import (
    ROOT,
    CannotMeasureError,
    Options,
    Score,
    core_modules,
    measure,
    outdated,
    read_equivalents,
    table,
    tier_of,
)

MODULE = "tiny/sums.py"


def mutated(text: str) -> list[str]:
    """Return the edited line of each mutant."""
    return [mutant.added[0] for mutant in all_mutants(MODULE, dedent(text))]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x = a < b", ["x = a <= b", "x = a >= b"]),
        ("x = a is not b", ["x = a is b"]),
        ("x = a not  in b", ["x = a in b"]),
        ("x = a == b != c", ["x = a != b != c", "x = a == b == c"]),
        ("x = (a) and b", ["x = (a) or b", "x = (a)", "x = b"]),
        ("x = a - b", ["x = a + b"]),
        ("x = -a", ["x = a"]),
        ("x = not a", ["x = a"]),
        ("x = 1", ["x = 2", "x = 0"]),
        ("x = 0", ["x = 1", "x = (-1)"]),
        ("x = 0.5", ["x = 1.5", "x = (-0.5)"]),
        ("x = True", ["x = False"]),
        ("x = 'é'", ['x = ""', "x = 'XXé'"]),
        ("x = b''", ["x = b'XX'"]),
        ("x = max(a)", ["x = min(a)"]),
        ("x = any(a)", ["x = all(a)"]),
        ("x = a.strip()", ["x = a"]),
        ("x = sorted(a)", ["x = list(a)"]),
        ("x = f(a, b)", ["x = f(b, a)"]),
        ("x = f(a, b=b, c=c)", ["x = f(a, c=c)", "x = f(a, b=b)"]),
        ("x = a[b:]", ["x = a[:]", "x = a[b + 1:]", "x = a[b - 1:]"]),
        ("x = a[1]", ["x = a[2]", "x = a[0]"]),
        ("x = a if b else c", ["x = a if not (b) else c"]),
        ("x = f'{a} is {b}'", ["x = f'{a}{b}'", "x = f'{a}XX is {b}'"]),
        ("[a for a in b if a]", ["[a for a in b if not (a)]", "[a for a in b if True]"]),
        ("f(é)", ["pass"]),
        ("a.b = c", ["pass"]),
        ("raise a", ["pass"]),
        ("def f(a=1): ...", ["def f(a=2): ...", "def f(a=0): ..."]),
        ("def f(): return a", ["def f(): return None"]),
        ("def f(): yield a", ["def f(): pass", "def f(): yield None"]),
        ("if a or b: pass", ["if not (a or b): pass", "if a and b: pass", "if a: pass",
                             "if b: pass"]),
        ("while a: break", ["while not (a): break", "while a: continue", "while a: pass"]),
    ],
)  # fmt: skip
def test_each_kind_of_edit_is_made(line: str, expected: list[str]) -> None:
    assert sorted(mutated(line)) == sorted(expected)


@pytest.mark.parametrize(
    "text",
    [
        '"""A docstring, 1 < 2."""',
        "from a import b",
        "x: Literal['a'] = b",
        "x = Literal['a', 'b']",
        "def f(a: 'A', *, b: 'B') -> 'C': ...",
        "T = TypeVar('T', bound=A)",
        "__all__ = ['a']",
        "if TYPE_CHECKING:\n    x = 1",
        "assert a < 1",
        "zip(a, strict=True).x",
        "@dataclass(frozen=True)\nclass A: ...",
        "x = a",  # its name is bound here alone
        "def f(): return ()",
        "def f(): return None",
    ],
)
def test_what_cannot_change_behaviour_is_left_alone(text: str) -> None:
    assert mutated(text) == []


def test_an_assignment_is_dropped_where_the_name_is_bound_before() -> None:
    assert mutated("x = a\nx = b") == ["pass"]


def test_a_mutant_names_its_line_and_the_lines_of_its_statement() -> None:
    text = dedent("""\
        def f(a):
            if a > limit(
                a,
                b,
            ):
                return g(a)
        """)
    mutants = list(all_mutants(MODULE, text))
    assert [(mutant.line, mutant.lines) for mutant in mutants[:2]] == [(2, (2, 5)), (2, (2, 5))]
    last = mutants[-1]
    assert (last.line, last.lines, last.at_import) == (6, (6, 6), False)
    assert last.key == (MODULE, ("return g(a)",), ("return None",))
    assert "-        return g(a)\n+        return None\n" in last.diff()


def test_each_mutant_of_a_real_module_compiles_and_differs_from_the_others() -> None:
    path = "nbship/core/push/guards.py"
    mutants = list(all_mutants(path, (ROOT / path).read_text(encoding="utf-8")))
    trees = {ast.dump(ast.parse(mutant.text)) for mutant in mutants}
    assert len(trees) == len(mutants) > 40


def test_a_sample_depends_on_the_seed_alone() -> None:
    text = "\n".join(f"x{n} = {n} < {n + 1}" for n in range(50))
    one, again, other = (sample_mutants(MODULE, text, count=5, seed=s) for s in (1, 1, 2))
    assert one == again != other
    assert len(one) == 5
    assert set(one) <= set(all_mutants(MODULE, text))


# What measuring finds, in a project of one module.

SUMS = '''\
"""Sums."""

LIMIT = 3


def capped(number):
    return min(number, LIMIT)


def is_small(number):
    return number < 10


def unreached():
    return True


def emptied(numbers):
    while numbers:
        numbers.pop()
    return numbers
'''
TESTS = """\
from tiny.sums import capped, emptied, is_small

def test_capped():
    assert [capped(number) for number in (2, 3, 4)] == [2, 3, 3]

def test_is_small():
    is_small(1)

def test_emptied():
    assert emptied([1, 2]) == []
"""
EQUIVALENT = f"""\
# A comment.

{MODULE}
- return True
+ return False
  Nobody calls it,
  by its name.
"""
OPTIONS = Options(count=100, jobs=1, tests=("tests",), preloaded=("hypothesis", "xdist.plugin"))


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """Return a project with one module and its tests."""
    (tmp_path / "tiny").mkdir()
    (tmp_path / "tiny" / "__init__.py").touch()
    (tmp_path / MODULE).write_text(SUMS)
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_sums.py").write_text(TESTS)
    (tmp_path / "pyproject.toml").write_text("[tool.pytest.ini_options]\nfilterwarnings=['error']")
    return tmp_path


def test_survivors_are_the_mutants_that_no_test_holds(tiny: Path) -> None:
    lines: list[str] = []
    before = {file: file.read_bytes() for file in tiny.rglob("*.*") if file.is_file()}
    options = replace(OPTIONS, grace=0.5)
    (score,) = measure(tiny, [MODULE], options, read_equivalents(EQUIVALENT), lines.append)
    survived = [(mutant.removed[0], mutant.added[0]) for mutant in score.survivors]
    assert survived == [
        ("return number < 10", "return None"),
        ("return number < 10", "return number < 11"),
        ("return number < 10", "return number < 9"),
        ("return number < 10", "return number <= 10"),
        ("return number < 10", "return number >= 10"),
        ("return True", "return None"),
    ]
    # Among the dead: `LIMIT`, which is read at import, and a loop without an end.
    dead = len(list(all_mutants(MODULE, SUMS))) - len(survived) - 1
    assert (score.killed, score.equivalent) == (dead, 1)
    assert {file: file.read_bytes() for file in tiny.rglob("*.*") if file.is_file()} == before
    assert f"SURVIVED {MODULE}:11\n--- {MODULE}\n" in lines[1]
    assert "-    return number < 10\n+    return None\n" in lines[1]


def test_nothing_is_measured_by_tests_that_fail_without_a_mutant(tiny: Path) -> None:
    (tiny / "tests" / "test_sums.py").write_text("from tiny import sums\ndef test(): assert 0")
    with pytest.raises(CannotMeasureError, match=r"(?s)fail without any mutant.*assert 0"):
        measure(tiny, [MODULE], OPTIONS, {}, print)


def test_a_module_that_is_not_there_is_named(tiny: Path) -> None:
    with pytest.raises(CannotMeasureError, match=r"^tiny/none\.py: No such file"):
        measure(tiny, ["tiny/none.py"], OPTIONS, {}, print)


def test_the_tests_of_the_subject_come_first(tmp_path: Path) -> None:
    texts = {
        "a/test_other.py": "from nbship.core.a.x import X",
        "a/test_other_too.py": "import nbship.core.a.xy",
        "b/test_naming.py": "from nbship.core.a import x\n",
        "b/test_far.py": "",
    }
    for name, text in texts.items():
        file = tmp_path / "tests/unit" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    tier = tier_of(tmp_path, "nbship/core/a/x.py", ())
    near = ["a/test_other.py", "b/test_naming.py", "a/test_other_too.py"]
    assert tier.near == tuple(f"tests/unit/{name}" for name in near)
    assert tier.files == (*tier.near, "tests/unit/b/test_far.py")
    with pytest.raises(CannotMeasureError, match="--tests"):
        tier_of(tmp_path, "elsewhere/x.py", ())
    with pytest.raises(CannotMeasureError, match="no test files in tests/edges"):
        tier_of(tmp_path, "nbship/edges/a/x.py", ())


def test_equivalents_need_a_reason(tiny: Path) -> None:
    read = read_equivalents(EQUIVALENT)
    key = (MODULE, ("return True",), ("return False",))
    assert read == {key: "Nobody calls it, by its name."}
    assert outdated(tiny, read) == []
    (tiny / MODULE).write_text("def unreached():\n    return 1\n")
    assert outdated(tiny, read) == [key]
    with pytest.raises(CannotMeasureError, match="without its lines or its reason"):
        read_equivalents(f"{MODULE}\n- return True\n+ return False\n")


def test_modules_of_the_core_are_drawn_by_a_seed() -> None:
    drawn = core_modules(ROOT, count=5, seed=1)
    assert drawn == core_modules(ROOT, count=5, seed=1) != core_modules(ROOT, count=5, seed=2)
    assert len(set(drawn)) == 5
    assert all((ROOT / path).is_file() and path.startswith("nbship/core/") for path in drawn)


def test_the_table_counts_no_equivalents() -> None:
    survivor = next(all_mutants(MODULE, SUMS))
    scores = [Score("a.py", 18, 7, [survivor, survivor]), Score("b.py")]
    lines = [line.split() for line in table(scores).splitlines()]
    assert lines[1:] == [
        ["a.py", "18", "2", "7", "90.0", "%"],
        ["b.py", "0", "0", "0", "100.0", "%"],
        ["all", "18", "2", "7", "90.0", "%"],
    ]
