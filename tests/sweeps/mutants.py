"""The mutation measurement: change a module at random, and see whether a test fails.

The command: TMPDIR=/dev/shm python -m tests.sweeps.mutants nbship/core/push/guards.py [MODULE ...]
Or, for 12 modules of the core that a seed picks: python -m tests.sweeps.mutants --sample 12

Each mutant is one small edit (making_mutants.py). It is tried in a copy of the project in a
temporary folder, never in the working tree. It runs first the tests that run the edited
statement, then those of the module's subject, and then, unless ``--quick``, all of the tier. A
mutant survives if no test fails; it is dead if the tests do not end. hypothesis tries the same
examples for each.

``equivalent_mutants.txt`` lists mutants that a person found to change no behaviour, with the
reason. They are not counted. The exit code is 1 if a module's score is below ``--goal``, and 2 if
nothing can be measured.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Literal

from tests.sweeps.making_mutants import Mutant, all_mutants, sample_mutants

ROOT = Path(__file__).parents[2]
EQUIVALENTS = Path(__file__).with_name("equivalent_mutants.txt")
RUNNER = Path(__file__).with_name("mutant_runner.py")
CORE = "nbship/core"
# The tests of a module, by the longest prefix that fits: its subject, and its tier.
TESTS: Mapping[str, tuple[str, str]] = {
    "nbship/core": ("tests/unit", "tests/unit"),
    "nbship/edges": ("tests/edges", "tests/edges"),
    "nbship/local": ("tests/local", "tests/local"),
    "nbship/verbs": ("tests/verbs", "tests/verbs"),
}
_NOT_COPIED = frozenset({
    ".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".nbship",
    "build", "runs", "dist",
})  # fmt: skip
# What the package and its tests import of other people's, as far as it is installed.
PRELOADED = (
    "anyio.pytest_plugin", "click", "detect_secrets",
    "hypothesis", "hypothesis.strategies", "jupytext", "nbformat.v4", "packaging.requirements",
    "psutil", "pytest_cov.plugin", "requests", "slugify", "tenacity", "xdist.plugin", "yaml",
)  # fmt: skip
_SURVEY_SECONDS = 1800.0
NOTHING_COLLECTED = 5  # pytest's exit code

Outcome = Literal["killed", "survived", "equivalent"]
Key = tuple[str, tuple[str, ...], tuple[str, ...]]


class CannotMeasureError(Exception):
    """The tests fail without any mutant, or a named module or test does not exist."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to measure.

    ``tests`` replaces the tier, if given; ``quick`` leaves out the second run of a survivor;
    ``grace`` is the least number of CPU seconds that tests are given to end; ``preloaded`` are
    the modules that are imported once for all runs.
    """

    count: int = 40
    seed: int = 1
    jobs: int = 2
    tests: tuple[str, ...] = ()
    quick: bool = False
    grace: float = 10.0
    preloaded: tuple[str, ...] = PRELOADED


@dataclass(slots=True)
class Score:
    """The outcome of a module's mutants."""

    path: str
    killed: int = 0
    equivalent: int = 0
    survivors: list[Mutant] = field(default_factory=list)

    @property
    def percent(self) -> float:
        """Return the percentage of killed mutants among those that are not equivalent."""
        counted = self.killed + len(self.survivors)
        return 100 * self.killed / counted if counted else 100.0


@dataclass(frozen=True, slots=True)
class Tier:
    """The tests of one module: the files of its subject, then all files."""

    near: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """A run without a mutant: the seconds of each test, and the tests that run each line."""

    seconds: Mapping[str, float]
    reached: Mapping[int, Sequence[str]]

    def tests_of(self, mutant: Mutant) -> list[str]:
        """Return the tests that run the statement around an edit."""
        first, last = mutant.lines
        names = {name for line in range(first, last + 1) for name in self.reached.get(line, ())}
        return sorted(names)


class Runner:
    """A copy of the project, and the program that runs tests in it."""

    def __init__(self, root: Path, folder: Path, preloaded: Sequence[str]) -> None:
        self.copy = folder / "copy"
        shutil.copytree(root, self.copy, symlinks=True, ignore=_ignored(root))
        environment = {
            **os.environ, "PYTHONPATH": str(self.copy), "PYTHONHASHSEED": "0",
            "COVERAGE_CORE": "ctrace",
        }  # fmt: skip
        for name in ("PYTHONSAFEPATH", "PYTHONDONTWRITEBYTECODE"):
            environment.pop(name, None)
        self._process = subprocess.Popen(
            [sys.executable, str(RUNNER), str(self.copy), *preloaded], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def ask(self, **request: Any) -> dict[str, Any]:
        """Let the program run the tests, and return the result."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise CannotMeasureError("the program that runs the tests has ended")
        return json.loads(line)  # type: ignore[no-any-return]

    def close(self) -> None:
        """End the program."""
        with self._process:  # which closes its input
            pass


def measure(
    root: Path,
    paths: Sequence[str],
    options: Options,
    equivalents: Mapping[Key, str],
    say: Callable[[str], None],
) -> list[Score]:
    """Return the score of each module below the root.

    Side effects: writes to a temporary folder, which is removed; starts processes; reports
    each survivor and each finished module.

    Raises:
        CannotMeasureError: the tests fail without any mutant, or a module is not there.
    """
    texts = {path: _read(root, path) for path in paths}
    tiers = {path: tier_of(root, path, options.tests) for path in paths}
    if options.quick:
        tiers = {path: Tier(tier.near, tier.near or tier.files) for path, tier in tiers.items()}
    with _runners(root, options) as runners:
        surveys = _surveys(runners[0], tiers, say)
        free: SimpleQueue[Runner] = SimpleQueue()
        for runner in runners:
            free.put(runner)
        scores = []
        for path, text in texts.items():
            mutants = sample_mutants(path, text, count=options.count, seed=options.seed)
            score = Score(path)
            scores.append(score)

            def check_case(mutant: Mutant, path: str = path) -> Outcome:
                if mutant.key in equivalents:
                    return "equivalent"
                runner = free.get()
                try:
                    is_dead = _dies(runner, mutant, tiers[path], surveys[path], options)
                finally:
                    free.put(runner)
                return "killed" if is_dead else "survived"

            with ThreadPoolExecutor(options.jobs) as pool:
                for mutant, outcome in zip(mutants, pool.map(check_case, mutants), strict=True):
                    if outcome == "survived":
                        score.survivors.append(mutant)
                        say(f"SURVIVED {path}:{mutant.line}\n{mutant.diff()}")
                    elif outcome == "killed":
                        score.killed += 1
                    else:
                        score.equivalent += 1
            say(row(score))
    return scores


def _dies(runner: Runner, mutant: Mutant, tier: Tier, survey: Survey, options: Options) -> bool:
    """Try a mutant: with the tests that run it, with those of its subject, then with all.

    Code that a shared fixture or the import of a test module runs is not recorded for the tests
    that check it. So the tests that run the statement are not enough to call a mutant a survivor.
    """

    def fails(tests: Sequence[str], seconds: float, **only: list[str]) -> bool:
        # The time on the clock depends on who else works.
        deadline = {"cpu": options.grace + 4 * seconds, "wall": 6 * options.grace + 20 * seconds}
        asked = {"path": mutant.path, "text": mutant.text, "tests": tests, **only, **deadline}
        # Tests whose names a mutant changed are not found; that is no failure.
        return runner.ask(**asked)["code"] not in {0, NOTHING_COLLECTED}

    only = [] if mutant.at_import else survey.tests_of(mutant)
    if only:
        running = {name.partition("::")[0] for name in only}
        files = [file for file in tier.files if file in running]
        if fails(files, sum(survey.seconds[name] for name in only), only=only):
            return True
    everything = sum(survey.seconds.values())
    if tier.near and fails(tier.near, everything):
        return True
    return not options.quick and fails(tier.files, everything)


def _surveys(
    runner: Runner, tiers: Mapping[str, Tier], say: Callable[[str], None]
) -> dict[str, Survey]:
    """Run the tests of all modules, without a mutant."""
    files = dict.fromkeys(file for tier in tiers.values() for file in tier.files)
    survey = runner.ask(
        survey=list(tiers), tests=list(files), packages=sorted({p.split("/")[0] for p in tiers}),
        cpu=_SURVEY_SECONDS, wall=_SURVEY_SECONDS,
    )  # fmt: skip
    if survey["code"] != 0:
        raise CannotMeasureError(f"the tests fail without any mutant:\n{survey['output']}")
    strangers = [file for file in survey["package"] if not file.startswith(str(runner.copy))]
    if strangers:
        raise CannotMeasureError(f"the tests import {strangers[0]}, which is not the copy's")
    say(f"{len(survey['seconds'])} tests in {sum(survey['seconds'].values()):.0f} s")
    surveys: dict[str, Survey] = {}
    for path, tier in tiers.items():
        lines = survey["reached"][str(runner.copy / path)]
        seconds = {
            name: taken
            for name, taken in survey["seconds"].items()
            if name.partition("::")[0] in tier.files
        }
        reached = {
            int(line): [name for name in names if name in seconds] for line, names in lines.items()
        }
        surveys[path] = Survey(seconds, reached)
    return surveys


def tier_of(root: Path, path: str, tests: Sequence[str]) -> Tier:
    """Return the tests of a module: from the given ones, or from the table.

    ``near`` has those that name the module, then those of the subject's folder.

    Raises:
        CannotMeasureError: the module has no tests.
    """
    subject, tier = "", list(tests)
    if not tests:
        fitting = [prefix for prefix in TESTS if path.startswith(f"{prefix}/")]
        if not fitting:
            raise CannotMeasureError(f"no tests are known for {path}: give --tests")
        prefix = max(fitting, key=len)
        subject, whole = TESTS[prefix]
        tier = [whole]
        below = Path(path).relative_to(prefix).parts
        subject = f"{subject}/{below[0]}" if len(below) > 1 else subject
    files = sorted({file for name in tier for file in _test_files(root, name)})
    if not files:
        raise CannotMeasureError(f"no test files in {' '.join(tier)}")
    module = path.removesuffix(".py").replace("/", ".")
    package, _, name = module.rpartition(".")
    naming = [
        file
        for file in files
        if any(
            words in (root / file).read_text(encoding="utf-8")
            for words in (f"{module} ", f"{module}.", f"from {package} import {name}\n")
        )
    ]
    beside = [file for file in files if subject and file.startswith(f"{subject}/")]
    near = tuple(dict.fromkeys([*naming, *beside]))
    return Tier(near, tuple(dict.fromkeys([*near, *files])))


def _test_files(root: Path, name: str) -> Iterator[str]:
    """Yield the files of a folder of tests, or the file itself."""
    place = root / name
    for file in [place] if place.is_file() else place.rglob("test_*.py"):
        yield file.relative_to(root).as_posix()


def core_modules(root: Path, *, count: int, seed: int) -> list[str]:
    """Return modules of the core, drawn by a seed."""
    paths = sorted(
        file.relative_to(root).as_posix()
        for file in (root / CORE).rglob("*.py")
        if file.name != "__init__.py"
    )
    return sorted(random.Random(seed).sample(paths, min(count, len(paths))))  # noqa: S311


def read_equivalents(text: str) -> dict[Key, str]:
    """Return the listed equivalents with their reasons.

    A block names the module, the lines of the original after "- ", those of the mutant after "+ ",
    and the reason. A blank line ends it; a line that begins with "#" is a comment.

    Raises:
        CannotMeasureError: a block lacks one of them.
    """
    found: dict[Key, str] = {}
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith("#")]
        if not lines:
            continue
        removed = tuple(line[1:].strip() for line in lines[1:] if line.startswith("-"))
        added = tuple(line[1:].strip() for line in lines[1:] if line.startswith("+"))
        reason = " ".join(line.strip() for line in lines[1:] if line[0] not in "-+")
        if not removed or not added or not reason:
            raise CannotMeasureError(f"an equivalent without its lines or its reason:\n{block}")
        found[lines[0], removed, added] = reason
    return found


def outdated(root: Path, equivalents: Iterable[Key]) -> list[Key]:
    """Return the listed equivalents that no longer are mutants of a module."""
    keys = set(equivalents)
    current: set[Key] = set()
    for path in {path for path, _, _ in keys}:
        if (root / path).is_file():
            current |= {mutant.key for mutant in all_mutants(path, _read(root, path))}
    return sorted(keys - current)


def row(score: Score) -> str:
    """Return a module's figures as a line of the table."""
    figures = (score.killed, len(score.survivors), score.equivalent)
    return f"{score.path:<48}" + "".join(f"{n:>11}" for n in figures) + f"{score.percent:>9.1f} %"


def table(scores: Sequence[Score]) -> str:
    """Return the figures of all modules, and their sum."""
    whole = Score(
        "all", sum(s.killed for s in scores), sum(s.equivalent for s in scores),
        [mutant for score in scores for mutant in score.survivors],
    )  # fmt: skip
    head = f"{'module':<48}{'killed':>11}{'survived':>11}{'equivalent':>11}{'score':>11}"
    return "\n".join([head, *map(row, scores), row(whole)])


def _read(root: Path, path: str) -> str:
    try:
        return (root / path).read_text(encoding="utf-8")
    except OSError as error:
        raise CannotMeasureError(f"{path}: {error.strerror}") from None


def _ignored(root: Path) -> Callable[[str, list[str]], set[str]]:
    def ignored(folder: str, names: list[str]) -> set[str]:
        skipped = _NOT_COPIED if Path(folder) == root else frozenset()
        return {name for name in names if name in skipped or name == "__pycache__"}

    return ignored


@contextmanager
def _runners(root: Path, options: Options) -> Iterator[list[Runner]]:
    with ExitStack() as stack:
        runners = []
        for _ in range(options.jobs):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="mutants-"))
            runner = Runner(root, Path(folder).resolve(), options.preloaded)
            stack.callback(runner.close)
            runners.append(runner)
        yield runners


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N modules of the core")
    parser.add_argument("--count", type=int, default=40, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--tests", nargs="+", default=[], metavar="PATH", help="in place of a tier")
    parser.add_argument("--goal", type=float, default=95.0, help="the least score, in percent")
    parser.add_argument("--quick", action="store_true", help="leave out the tier")
    given = parser.parse_args(arguments)
    options = Options(given.count, given.seed, given.jobs, tuple(given.tests), given.quick)
    say: Callable[[str], None] = lambda text: print(text, flush=True)  # noqa: E731
    try:
        equivalents = read_equivalents(EQUIVALENTS.read_text(encoding="utf-8"))
        drawn = core_modules(ROOT, count=given.sample, seed=given.seed) if given.sample else []
        modules = list(dict.fromkeys([*given.modules, *drawn]))
        if not modules:
            parser.error("name a module, or --sample N")
        scores = measure(ROOT, modules, options, equivalents, say)
    except CannotMeasureError as error:
        say(str(error))
        return 2
    for path, removed, _ in outdated(ROOT, equivalents):
        say(f"outdated in {EQUIVALENTS.name}: {path}: {removed[0]}")
    say(f"\n{table(scores)}")
    return int(any(score.percent < given.goal for score in scores))


if __name__ == "__main__":
    sys.exit(main())
