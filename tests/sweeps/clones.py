"""The sweep of clones: two people push one kernel, and nobody replaces what they have not seen.

The command: python -m tests.sweeps.clones --rounds 50 --seed 1

In each round, one of both, or both at once, edit their clone, commit, and push; in some rounds,
somebody has edited the kernel on its web page before. Then both merge. Each version on the service
must come from a push which said so. What a version replaces was seen: it is the latest one that its
record names, or the person reads which versions came in between. A refusal makes no version. The
exit code is 1 if a round differs.
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.support.team import Member, team
from tests.support.web_page import WebPage
from tests.support.workspace import CommandResult

KERNEL = "ous/shared-kernel"
SOURCE = "src_py/shared.py"
TEXT = f"""\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "{KERNEL}"
# title = "Shared Kernel"
# kernel_type = "script"
# ///

# %%
import ours
"""
FILES = {SOURCE: TEXT, "src_py/ours.py": "OUS = 0\n\n\n\nAWA = 0\n"}
PUSH = ("push", "shared", "--allow-unsmoked", "--no-run")
LONGEST = 120.0  # seconds for one push
Kind = Literal["at once", "in turn", "web", "web and at once"]
KINDS: tuple[Kind, ...] = ("at once", "in turn", "at once", "web", "web and at once")
MADE = re.compile(rf"version (\d+) of {KERNEL} on the local Kaggle")
UNSEEN = re.compile(r"made while this push was sent, and not seen by it: (.*?)\. Version ")
# What a person whose push is refused, or not needed, reads.
REASONS = {
    "a teammate is ahead": r"was made from commit \w+, which ",
    "edited on the web": "was not pushed by nbship, or was edited on the web since",
    "pushed meanwhile": rf"{KERNEL} has version \d+ now, and had version ",
    "nothing to push": "nothing to push: version ",
}


@dataclass(frozen=True, slots=True)
class Round:
    """What became of the pushes of a round, and what is wrong."""

    kind: Kind
    made: int  # versions, by pushes
    unseen: int  # of them with versions in between, which the person reads
    refused: tuple[str, ...]
    fault: str


def play(team_of_two: tuple[Member, Member], number: int, chance: random.Random) -> Round:
    """Play one round, and let both merge afterwards."""
    kind = KINDS[number % len(KINDS)]
    first, second = chance.sample(team_of_two, 2)
    page = first.web(KERNEL)
    before = _latest(page)
    on_the_web = before > 0 and kind in {"web", "web and at once"}
    if on_the_web:
        page.save(page.read()["blob"]["source"] + f"\nprint('web {number}')\n")
    both = (first, second) if kind != "web" else (first,)
    for member in both:
        _edit(member, number)
    if kind in {"at once", "web and at once"}:
        results = _together(both)
    else:
        results = [member.does(*PUSH) for member in both]
    now = _latest(page)
    ends = [_end_of(result) for result in results]
    faults = [f"odd words: {r.all}" for r, end in zip(results, ends, strict=True) if not end]
    made = {int(found[1]): pair for pair in zip(both, results, strict=True)
            if (found := MADE.search(pair[1].out))}  # fmt: skip
    new = range(before + 1 + on_the_web, now + 1)
    if sorted(made) != list(new):
        faults.append(f"the service made {list(new)}, the pushes told {sorted(made)}")
    for version, (member, result) in made.items():
        faults += _not_seen(version, member, result)
    if on_the_web and made:
        faults.append("a push has replaced an edit on the web")
    if kind == "in turn" and len(made) != 1:
        faults.append(f"{len(made)} of two pushes in turn made a version")
    _merge(first, second, number, rescues=on_the_web)
    told = [end for end in ends if end != "made"]
    unseen = sum(bool(UNSEEN.search(result.out)) for _, result in made.values())
    return Round(kind, len(made), unseen, tuple(told), "; ".join(faults))


def _not_seen(version: int, member: Member, result: CommandResult) -> Iterator[str]:
    """Yield what a version has replaced without that its person knows it."""
    [record] = [r for r in member.clone.journal() if r["version"] == version][-1:]
    found = UNSEEN.search(result.out)
    told = found[1] if found else ""
    for between in range(record["base_version"] + 1, version):
        if f"version {between}," not in told:
            yield f"version {version} has replaced version {between} without a word: {result.all}"


def _end_of(result: CommandResult) -> str:
    if result.code == 0 and MADE.search(result.out):
        return "made"
    fitting = (why for why, text in REASONS.items() if re.search(text, result.all))
    return next(fitting, "") if result.code in {0, 3} else ""


def _edit(member: Member, number: int) -> None:
    """Change the line of a person, commit it, and publish it on a branch of their own."""
    path = member.clone.root / "src_py/ours.py"
    name = member.user.upper()
    path.write_text(re.sub(rf"{name} = \d+", f"{name} = {number}", path.read_text()))
    member.clone.commit()
    member.clone.git("push", "-q", "origin", f"+HEAD:refs/heads/{member.user}")


def _together(members: tuple[Member, ...]) -> list[CommandResult]:
    begun = [
        subprocess.Popen(
            [sys.executable, "-m", "nbship", *PUSH], cwd=member.clone.root,
            env=member.environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for member in members
    ]  # fmt: skip
    texts = [process.communicate(timeout=LONGEST) for process in begun]
    return [
        CommandResult(process.returncode, *text) for process, text in zip(begun, texts, strict=True)
    ]


def _merge(first: Member, second: Member, number: int, *, rescues: bool) -> None:
    """Let both have all commits; an edit on the web is rescued by the first one."""
    for member in (first, second):
        member.clone.git("fetch", "-q")
        member.clone.git("merge", "-q", "--no-edit", "origin/main", f"origin/{_other(member)}")
        if rescues and member is first:
            result = member.does("rescue", "shared")
            if result.code != 0:
                raise AssertionError(result.all)
            member.clone.commit()
        member.clone.git("push", "-q", "origin", "HEAD:main", f"+HEAD:refs/heads/{member.user}")
    first.clone.git("pull", "-q", "--ff-only", "origin", "main")
    pushed = first.does(*PUSH)
    if pushed.code != 0:
        raise AssertionError(f"round {number}: {pushed.all}")


def _other(member: Member) -> str:
    return "awa" if member.user == "ous" else "ous"


def _latest(page: WebPage) -> int:
    try:
        return int(page.read()["metadata"]["currentVersionNumber"])
    except OSError:  # no such kernel so far: requests' errors are of this kind
        return 0


def rounds(folder: Path, count: int, seed: int) -> Iterator[Round]:
    """Play so many rounds with two clones of one remote, and one local Kaggle."""
    chance = random.Random(seed)  # noqa: S311 - chance, no secret
    with team(folder, FILES, {KERNEL: ["awa"]}) as members:
        for member in members:
            member.clone.git("push", "-q", "origin", f"HEAD:refs/heads/{member.user}")
        first = members[0].does(*PUSH)
        if first.code != 0:
            raise AssertionError(first.all)
        for number in range(1, count + 1):
            yield play(members, number, chance)


def main() -> int:
    """Play all rounds, and print the figures and every fault."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    played: list[Round] = []
    with tempfile.TemporaryDirectory(prefix="nbship-clones-") as folder:
        for number, one in enumerate(rounds(Path(folder), given.rounds, given.seed), 1):
            played.append(one)
            if one.fault:
                print(f"FAULT in round {number} ({one.kind}): {one.fault}", flush=True)
            if number % 10 == 0:
                print(f"{number} of {given.rounds} rounds", flush=True)
    print(f"rounds: {len(played)}, versions by pushes: {sum(one.made for one in played)}")
    print(f"versions that came in between, and were told: {sum(one.unseen for one in played)}")
    for reason, number in Counter(why for one in played for why in one.refused).most_common():
        print(f"refused, {reason}: {number}")
    faults = sum(bool(one.fault) for one in played)
    print(f"faults: {faults}")
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
