"""The common part of the sweeps: many cases from one seed, a verdict on each, and the figures."""

import argparse
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

LEAST = 0.99  # of the ordinary ones must be accepted
CHUNK = 100


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one case: accepted, refused for a reason, or wrong."""

    kind: str
    seed: str
    accepted: bool = False
    reason: str = ""
    fault: str = ""


CheckCase = Callable[[str, str], Verdict]  # of a kind and a seed
CheckReal = Callable[[Sequence[str], Sequence[str]], Iterator[Verdict]]  # of all cases


def sweep(
    check_case: CheckCase, turns: Sequence[str], count: int, seed: int, jobs: int = 1
) -> list[Verdict]:
    """Return the verdicts on ``count`` cases, whose kinds take turns."""
    return list(_sweep(check_case, turns, count, seed, jobs))


def run(
    about: str, check_case: CheckCase, turns: Sequence[str], check_real: CheckReal | None = None
) -> int:
    """Run a sweep as the command line says, and print progress, figures and every fault.

    Returns the exit code: 1 if there is a fault, or if too few ordinary cases are accepted.
    """
    parser = argparse.ArgumentParser(
        description=about, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=1)
    if check_real is not None:
        parser.add_argument("--real", type=int, default=0, help="cases with other programs")
    given = parser.parse_args()
    start = time.monotonic()
    seen: list[Verdict] = []
    if check_real is not None and given.real:
        given.count = given.real
        found = check_real(*cases(turns, given.count, given.seed))
    else:
        found = _sweep(check_case, turns, given.count, given.seed, given.jobs)
    for verdict in found:
        seen.append(verdict)
        if verdict.fault:
            print(f"FAULT {verdict.kind} {verdict.seed}: {verdict.fault}")
        if len(seen) % 1000 == 0:
            print(
                f"{len(seen):,} of {given.count:,} in {time.monotonic() - start:.0f} s", flush=True
            )
    return figures(seen, sorted(set(turns)))


def _sweep(
    check_case: CheckCase, turns: Sequence[str], count: int, seed: int, jobs: int
) -> Iterator[Verdict]:
    kinds, seeds = cases(turns, count, seed)
    if jobs == 1:
        yield from map(check_case, kinds, seeds)
        return
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(check_case, kinds, seeds, chunksize=CHUNK)


def cases(turns: Sequence[str], count: int, seed: int) -> tuple[list[str], list[str]]:
    """Return the kind and the seed of each case."""
    kinds = [turns[number % len(turns)] for number in range(count)]
    return kinds, [f"{seed}/{number}" for number in range(count)]


def figures(seen: Sequence[Verdict], kinds: Sequence[str]) -> int:
    """Print the accepted cases of each kind, and why others were refused; return the exit code."""
    shares = {}
    for kind in kinds:
        of_kind = [verdict for verdict in seen if verdict.kind == kind]
        shares[kind] = sum(verdict.accepted for verdict in of_kind) / max(1, len(of_kind))
        print(f"{kind}: {len(of_kind):,}, accepted {shares[kind]:.2%}")
        for reason, number in Counter(v.reason for v in of_kind if v.reason).most_common():
            print(f"  {number:>6,}  {reason}")
    faults = sum(bool(verdict.fault) for verdict in seen)
    print(f"faults: {faults}")
    return int(bool(faults) or shares["ordinary"] < LEAST)
