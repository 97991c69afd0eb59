"""The story of a team: an owner and an editor of one kernel, each with an account and a clone."""

import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.team import Member, team
from tests.support.workspace import TINY, WORDS, CommandResult

KERNEL = "ous/tiny-kernel"
SOURCE = "src_py/tiny.py"
PUSH = ("push", "tiny", "--allow-unsmoked", "--no-run")
FILES = {SOURCE: TINY.replace("awa/tiny-kernel", KERNEL), "src_py/words.py": WORDS}
OUSMANE, AWA = "Ousmane Sow", "Awa Diallo"
EDITED = f"of {KERNEL} was not pushed by nbship, or was edited on the web since"


def reads(result: CommandResult, *lines: str, code: int = 0) -> None:
    """Assert the exit code of a command, and what the person reads."""
    assert result.code == code, result.all
    for line in lines:
        assert line in result.all


def pushes(member: Member, version: int, *lines: str) -> None:
    """Let a person push, and read which version it is."""
    reads(member.does(*PUSH), f"version {version} of {KERNEL}", *lines)


def add_line(cells: list[dict[str, Any]], line: str) -> None:
    """Add a line to the last cell, as a person does on the web page."""
    cells[-1]["source"] += f"\n{line}"


def is_rescued(member: Member, version: int, line: str) -> None:
    """Let a person see a web edit, bring it into the source, and publish it."""
    reads(member.does(*PUSH), f"version {version} {EDITED}", "doit rescue:tiny", code=3)
    reads(member.does("diff", "tiny"), f"version {version} of {KERNEL} was edited on", f"+{line}")
    reads(member.does("rescue", "tiny"), f"1 cell of version {version}", "then commit and")
    source = (member.clone.root / SOURCE).read_text()
    assert source.count(line) == 1
    assert "nbship-stamp" not in source
    member.publish()


def test_two_people_share_one_kernel(tmp_path: Path) -> None:
    with team(tmp_path, FILES, {KERNEL: ["awa"]}) as (ous, awa):
        they_push_in_turn(ous, awa)
        they_push_at_once(ous, awa)
        one_edits_on_the_web(ous, awa)
        both_change_the_same(ous, awa)
        they_stop_a_run(ous, awa)
        each_has_a_copy(ous, awa)


def they_push_in_turn(ous: Member, awa: Member) -> None:
    pushes(ous, 1)
    reads(awa.does(*PUSH), f"nothing to push: version 1, pushed by {OUSMANE} at ")
    awa.edit(SOURCE, "COUNT = 3", "COUNT = 4")
    pushes(awa, 2)
    assert awa.clone.journal()[-1]["user"] == "awa"
    # Ousmane pushes what does not contain Awa's commit.
    ous.clone.replace("src_py/words.py", "hello", "bonjour")
    ous.clone.commit()
    reads(
        ous.does(*PUSH),
        f"version 2, pushed by {AWA} at ",
        "which this clone does not have",
        "git pull first",
        "no branch of the remote has commit",
        code=3,
    )
    ous.pull()
    ous.publish_commits()
    pushes(ous, 3)
    awa.pull()
    reads(awa.does(*PUSH), f"nothing to push: version 3, pushed by {OUSMANE} at ")


def they_push_at_once(ous: Member, awa: Member) -> None:
    awa.edit(SOURCE, "COUNT = 4", "COUNT = 5")
    ous.pull()
    words = [sys.executable, "-m", "nbship", *PUSH]
    both = [
        subprocess.Popen(
            words, cwd=member.clone.root, env=member.environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for member in (ous, awa)
    ]  # fmt: skip
    texts = [process.communicate(timeout=60) for process in both]
    results = [
        CommandResult(process.returncode, *text) for process, text in zip(both, texts, strict=True)
    ]
    latest = ous.web(KERNEL).read()["metadata"]["currentVersionNumber"]
    made = [result for result in results if f"of {KERNEL} on the local Kaggle" in result.out]
    assert len(made) == latest - 3, [result.all for result in results]
    assert all(result.code == 0 for result in made)
    for result in set(results) - set(made):
        reads(result, "nothing to push: version 4, pushed by ")
    # Awa does not see a version that Ousmane makes between her plan and her save.
    ous.edit(SOURCE, "COUNT = 5", "COUNT = 6")
    pushes(ous, latest + 1)
    awa.pull()
    awa.edit(SOURCE, "COUNT = 6", "COUNT = 7")
    awa.local.order({"call": "GetKernel", "action": "stale", "times": -1})
    pushes(
        awa,
        latest + 2,
        f"made while this push was sent, and not seen by it: version {latest + 1}, pushed by "
        f"{OUSMANE} at ",
    )
    awa.local.order()
    ous.pull()
    reads(ous.does(*PUSH), f"nothing to push: version {latest + 2}, pushed by {AWA} at ")


def one_edits_on_the_web(ous: Member, awa: Member) -> None:
    page = awa.web(KERNEL)
    # With the stamp kept; the other one rescues it.
    number = page.edit(lambda cells: add_line(cells, "# web, kept"))
    reads(awa.does(*PUSH), f"version {number} {EDITED}", code=3)
    is_rescued(ous, number, "# web, kept")
    pushes(ous, number + 1)
    awa.pull()
    reads(awa.does(*PUSH), "nothing to push")

    # With the stamp deleted.
    def without_stamp(cells: list[dict[str, Any]]) -> None:
        del cells[0]
        add_line(cells, "# web, deleted")

    number = page.edit(without_stamp)
    is_rescued(awa, number, "# web, deleted")
    pushes(awa, number + 1)
    ous.pull()

    # With the stamp of another version.
    def with_old_stamp(cells: list[dict[str, Any]]) -> None:
        cells[0] = old
        add_line(cells, "# web, copied")

    old = page.cells(1)[0]
    assert old["source"] != page.cells()[0]["source"]
    number = page.edit(with_old_stamp)
    is_rescued(ous, number, "# web, copied")
    pushes(ous, number + 1)
    awa.pull()
    reads(awa.does(*PUSH), "nothing to push")


def both_change_the_same(ous: Member, awa: Member) -> None:
    def edit(cells: list[dict[str, Any]]) -> None:
        for cell in cells:
            cell["source"] = cell["source"].replace("COUNT = 7", "COUNT = 8")

    number = ous.web(KERNEL).edit(edit)
    awa.edit(SOURCE, "COUNT = 7", "COUNT = 9")
    conflict = f"the source and {KERNEL} version {number} changed the same lines"
    reads(awa.does("rescue", "tiny"), f"{SOURCE}:", conflict, code=1)
    decide(awa, "COUNT = 9", "COUNT = 8", "COUNT = 17")
    pushes(awa, number + 1)
    ous.pull()

    # A setting, on the web and in the source.
    settings = {"enableInternet": True, "machineShape": "NvidiaL4"}
    number = awa.web(KERNEL).edit(list, **settings)
    ous.edit(SOURCE, "# title", '# machine_shape = "NvidiaTeslaT4"\n# title')
    reads(ous.does(*PUSH), f"version {number} {EDITED}", code=3)
    reads(ous.does("diff", "tiny"), "enable_internet: false → true", "machine_shape")
    conflict = f"the source and {KERNEL} version {number} changed the same lines"
    reads(ous.does("rescue", "tiny"), f"{SOURCE}:", conflict, code=1)
    ours, theirs = '# machine_shape = "NvidiaTeslaT4"', '# machine_shape = "NvidiaL4"'
    decide(ous, ours, theirs, ours)
    assert "# enable_internet = true\n" in (ous.clone.root / SOURCE).read_text()
    pushes(ous, number + 1)
    awa.pull()
    reads(awa.does(*PUSH), "nothing to push")


def decide(member: Member, ours: str, theirs: str, text: str) -> None:
    """Let a person decide the one conflict in the source, and publish it."""
    conflicting = (member.clone.root / SOURCE).read_text()
    reads(member.does("build", "tiny"), "conflict", code=1)
    start, end = conflicting.index("<<<<<<< "), conflicting.index(">>>>>>> ")
    assert ours in conflicting[start:end]
    assert theirs in conflicting[start:end]
    rest = conflicting[end:].partition("\n")[2]
    member.clone.write(SOURCE, f"{conflicting[:start]}{text}\n{rest}")
    member.publish()


def they_stop_a_run(ous: Member, awa: Member) -> None:
    ous.edit(SOURCE, "COUNT = 17", "COUNT = 18\n__import__('time').sleep(600)")
    number = ous.web(KERNEL).read()["metadata"]["currentVersionNumber"] + 1
    reads(ous.does(*PUSH[:-1]), f"version {number} of {KERNEL}", "follow it with: doit watch:tiny")
    awa.pull()
    reads(awa.does(*PUSH[:-1]), f"nothing to push: version {number}, pushed by {OUSMANE} at ")
    awa.edit(SOURCE, "COUNT = 18", "COUNT = 19")
    reads(
        awa.does(*PUSH[:-1]),
        f"{KERNEL} is running (version {number}, pushed by {OUSMANE} at ",
        f"doit push:tiny --wait. Or end it: doit stop:tiny --version {number}",
        code=3,
    )
    reads(
        awa.does("stop", "tiny", "--version", str(number)),
        f"the run of version {number} of {KERNEL} cannot be stopped: ",
        "only the person who started it may do that",
        code=4,
    )
    reads(ous.does("stop", "tiny"), f"version {number} of {KERNEL}", "stopped in ")
    assert (ous.clone.journal()[-1]["state"], ous.clone.journal()[-1]["version"]) == (
        "cancelled", number,
    )  # fmt: skip
    reads(ous.does("stop", "tiny"), "it had ended before")
    pushes(awa, number + 1)
    ous.pull()


def each_has_a_copy(ous: Member, awa: Member) -> None:
    """Personal kernels: of an account of one's own, and of the account of the kernel."""
    for member, kernel in ((awa, "awa/tiny-kernel-dev"), (ous, f"{KERNEL}-dev-ousmane-sow")):
        reads(member.does(*PUSH, "-t", "dev"), f"version 1 of {kernel}")
        reads(member.does("drop", "tiny"), "has the kernel of everybody", code=2)
        reads(member.does("drop", "tiny", "-t", "dev", "--yes"), f"{kernel} is deleted")
        reads(member.does("drop", "tiny", "-t", "dev", "--yes"), "there is no copy")
