"""Two people with one kernel: each sees what the other has pushed, or somebody has edited."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.support.workspace import (
    KERNEL,
    SCRIPT,
    WORDS,
    CommandResult,
    Local,
    Workspace,
    new_workspace,
    serving,
)

pytestmark = pytest.mark.unmeasured
OWNER = KERNEL.partition("/")[0]
LAB = """\
[tool.nbship]
inputs = "tests/inputs"
"""


class Clone(Workspace):
    """The clone of one person, who uses the local Kaggle of the team."""

    def act(self, local: Local, person: str, *words: str) -> CommandResult:
        return self.inside(*words, NBSHIP_PERSON=person, **local.env)


@pytest.fixture
def team(tmp_path: Path) -> Iterator[tuple[Clone, Clone, Local]]:
    """Return the clones of Awa and Ousmane, with one remote, and the local Kaggle of both."""
    first = new_workspace(tmp_path / "awa")
    first.write("pyproject.toml", LAB)
    first.write("src_py/tiny.py", SCRIPT)
    first.write("src_py/words.py", WORDS)
    first.commit()
    first.git("clone", "-q", "--bare", ".", str(tmp_path / "lab.git"))
    first.git("remote", "add", "origin", str(tmp_path / "lab.git"))
    first.git("fetch", "-q")
    first.git("branch", "-q", "--set-upstream-to=origin/main")
    first.git("clone", "-q", str(tmp_path / "lab.git"), str(tmp_path / "ous"))
    with serving(first) as local:
        yield Clone(tmp_path / "awa"), Clone(tmp_path / "ous"), local


def edit(clone: Clone, text: str) -> None:
    """Add lines to the script, commit them and publish the commit."""
    path = clone.root / "src_py/tiny.py"
    path.write_text(path.read_text() + text)
    clone.commit()
    assert clone.git("push", "-q", "origin", "HEAD").code == 0


def on_the_web(local: Local, change: Any) -> None:
    """Edit the latest version as a person does on Kaggle's page, by ``change`` of its text."""
    api, auth = f"{local.url}/api/v1/kernels", (OWNER, local.env["KAGGLE_KEY"])
    owner, slug = KERNEL.split("/")
    pull = {"userName": owner, "kernelSlug": slug}
    found = requests.get(f"{api}/pull", params=pull, auth=auth, timeout=60).json()
    save = {
        "slug": KERNEL, "newTitle": found["metadata"]["title"], "text": found["blob"]["source"],
        "language": "python", "kernelType": "script", "isPrivate": True,
        "kernelExecutionType": "QUICK_SAVE",
    }  # fmt: skip
    done = requests.post(f"{api}/push", json=save | change(save["text"]), auth=auth, timeout=60)
    assert done.json()["versionNumber"], done.text


def versions(local: Local) -> int:
    owner, slug = KERNEL.split("/")
    found = requests.get(
        f"{local.url}/api/v1/kernels/pull", params={"userName": owner, "kernelSlug": slug},
        auth=(OWNER, local.env["KAGGLE_KEY"]), timeout=60,
    ).json()  # fmt: skip
    return int(found["metadata"]["currentVersionNumber"])


def test_a_teammate_is_not_overwritten_and_a_web_edit_is_seen(
    team: tuple[Clone, Clone, Local],
) -> None:
    awa, ous, local = team
    first = awa.act(local, "Awa", "ship", "tiny")
    assert first.code == 0, first.all
    assert "no remote" not in first.out

    # The same bytes, from the other clone.
    same = ous.act(local, "Ousmane", "push", "tiny")
    assert same.code == 0, same.all
    assert "nothing to push: version 1, pushed by Awa at " in same.out

    # Awa pushes a commit that Ousmane does not have yet; he pushes his own.
    edit(awa, "\nprint('of awa')\n")
    assert awa.act(local, "Awa", "ship", "tiny").code == 0
    (ous.root / "src_py/tiny.py").write_text(SCRIPT + "\nprint('of ousmane')\n")
    ous.commit()
    behind = ous.act(local, "Ousmane", "push", "tiny", "--allow-unsmoked")
    assert behind.code == 3
    assert "version 2, pushed by Awa at " in behind.err
    assert "which this clone does not have" in behind.err
    assert "no branch of the remote has commit " in behind.err
    assert "git pull first" in behind.err
    assert versions(local) == 2
    assert "which this branch does not contain" in ous.act(local, "Ousmane", "diff", "tiny").out
    assert ous.git("pull", "-q", "--rebase", "-X", "theirs").code == 0
    assert ous.git("push", "-q").code == 0
    assert ous.act(local, "Ousmane", "ship", "tiny", "--allow-unsmoked").code == 0
    record = ous.journal()[-1]
    assert (record["version"], record["person"], record["user"]) == (3, "Ousmane", OWNER)

    # Somebody edits on the web, and keeps the stamp.
    on_the_web(local, lambda text: {"text": text + "print('of the web')\n"})
    awa.git("pull", "-q")
    for person, clone in (("Awa", awa), ("Ousmane", ous)):
        edited = clone.act(local, person, "push", "tiny", "--allow-unsmoked")
        assert edited.code == 3
        assert (
            f"version 4 of {KERNEL} was not pushed by nbship, or was edited on the web"
            in edited.err
        )
        assert "See what it has: doit diff:tiny" in edited.err
    assert versions(local) == 4
    # Awa, who has not pushed the version that was edited, brings the edit into the source.
    shown = awa.act(local, "Awa", "diff", "tiny")
    assert "print('of the web')" in shown.out
    rescued = awa.act(local, "Awa", "rescue", "tiny")
    assert rescued.code == 0, rescued.all
    source = (awa.root / "src_py/tiny.py").read_text()
    assert source.endswith("print('of ousmane')\nprint('of the web')\n")
    assert "nbship-stamp" not in source
    edit(awa, "\nprint('after the rescue')\n")
    again = awa.act(local, "Awa", "push", "tiny", "--allow-unsmoked")
    assert again.code == 0, again.all
    assert versions(local) == 5
    assert ous.git("pull", "-q").code == 0
    same = ous.act(local, "Ousmane", "push", "tiny")
    assert "nothing to push: version 5, pushed by Awa at " in same.out


def test_each_has_a_kernel_for_experiments(team: tuple[Clone, Clone, Local]) -> None:
    """Personal kernels are no obstacle to each other, nor to the shared one."""
    awa, ous, local = team
    (awa.root / "src_py/tiny.py").write_text(SCRIPT + "\nprint('trial')\n")
    dirty = awa.act(local, "Awa", "push", "tiny", "-t", "dev", "--allow-unsmoked")
    assert dirty.code == 3
    assert "not committed: src_py/tiny.py" in dirty.err
    awa.commit()
    trial = awa.act(local, "Awa", "push", "tiny", "-t", "dev", "--allow-unsmoked")
    assert trial.code == 0, trial.all
    assert "no branch of the remote has commit " in trial.out
    assert f"version 1 of {KERNEL}-dev-awa" in trial.out
    assert "follow it with: doit watch:tiny -t dev" in trial.out
    watched = awa.act(local, "Awa", "watch", "tiny", "-t", "dev")
    assert watched.code == 0, watched.all
    other = ous.inside(
        "push", "tiny", "--allow-unsmoked", NBSHIP_PERSON="Ous Ba", NBSHIP_TARGET="dev",
        **local.env,
    )  # fmt: skip
    assert f"version 1 of {KERNEL}-dev-ous-ba" in other.out
    assert "follow it with: doit watch:tiny\n" in other.out
    assert "version 1 of" in ous.act(local, "Ousmane", "push", "tiny", "--allow-unsmoked").out
    listed = json.loads(
        ous.kaggle("kernels", "list", "-m", "--format", "json", **local.env).out or "[]"
    )
    assert {entry["ref"].lower() for entry in listed} == {
        KERNEL, f"{KERNEL}-dev-awa", f"{KERNEL}-dev-ous-ba",
    }  # fmt: skip


def test_a_personal_kernel_is_dropped_and_the_shared_one_is_not(
    team: tuple[Clone, Clone, Local],
) -> None:
    awa, _, local = team
    for target in ("main", "dev"):
        options = ("-t", target, "--allow-unsmoked", "--no-run")
        assert awa.act(local, "Awa", "push", "tiny", *options).code == 0
    shared = awa.act(local, "Awa", "drop", "tiny", "--yes")
    assert (shared.code, "has the kernel of everybody" in shared.err) == (2, True)
    asked = awa.act(local, "Awa", "drop", "tiny", "-t", "dev")
    assert (asked.code, f"{KERNEL}-dev-awa was not dropped" in asked.err) == (2, True)
    done = awa.act(local, "Awa", "drop", "tiny", "-t", "dev", "--yes")
    assert f"{KERNEL}-dev-awa is deleted" in done.out
    again = awa.act(local, "Awa", "drop", "tiny", "-t", "dev", "--yes")
    assert (again.code, "there is no copy" in again.out) == (0, True)
    assert versions(local) == 1


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("lab", "unknown target 'lab' in NBSHIP_TARGET"),
        ("", "unknown target 'mine' in git's setting nbship.target"),
    ],
)
def test_a_usual_target_that_does_not_exist_is_named(
    team: tuple[Clone, Clone, Local], setting: str, words: str
) -> None:
    awa, _, _ = team
    awa.git("config", "nbship.target", "mine")
    result = awa.inside("push", "tiny", NBSHIP_TARGET=setting)
    assert (result.code, result.err.partition(";")[0]) == (2, words)
