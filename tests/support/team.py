"""Two people with one kernel: their clones, the remote, and the local Kaggle of both."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.web_page import WebPage
from tests.support.workspace import CommandResult, Local, Workspace, new_workspace, serving

LAB = """\
[tool.nbship]
inputs = "tests/inputs"
"""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the team: an account of Kaggle, and a clone."""

    user: str
    clone: Workspace
    local: Local

    def does(self, *words: str, **env: str) -> CommandResult:
        """Run ``nbship`` with the account of this person."""
        return self.clone.inside(*words, **{**self.account(), **env})

    def account(self) -> dict[str, str]:
        """Return the variables that connect this person to the local Kaggle."""
        return {**self.local.env, "KAGGLE_USERNAME": self.user}

    def environment(self) -> dict[str, str]:
        """Return all variables of a program of this person."""
        return {**os.environ, **self.account()}

    def edit(self, path: str, old: str, new: str) -> None:
        """Change a file, commit it and publish the commit."""
        self.clone.replace(path, old, new)
        self.publish()

    def publish_commits(self) -> None:
        """Push the commits."""
        self.clone.git("push", "-q", "origin", "HEAD")

    def publish(self) -> None:
        """Commit everything, and push the commit."""
        self.clone.commit()
        self.publish_commits()

    def pull(self) -> None:
        """Pull the commits of the others."""
        self.clone.git("pull", "-q", "--rebase")

    def web(self, kernel: str) -> WebPage:
        """Return the page of a kernel, as this person sees it."""
        return WebPage(self.local.url, kernel, self.local.env["KAGGLE_KEY"], self.user)


@contextmanager
def team(
    folder: Path, files: dict[str, str], editors: dict[str, list[str]]
) -> Iterator[tuple[Member, Member]]:
    """Return the owner ous, and awa, with these files in both clones.

    ``editors`` are the collaborators with edit rights of each kernel.
    """
    first = new_workspace(folder / "ous")
    for path, text in {"pyproject.toml": LAB, **files}.items():
        first.write(path, text)
    first.commit()
    remote, second = folder / "lab.git", folder / "awa"
    first.git("clone", "-q", "--bare", ".", str(remote))
    first.git("remote", "add", "origin", str(remote))
    first.git("fetch", "-q")
    first.git("branch", "-q", "--set-upstream-to=origin/main")
    first.git("clone", "-q", str(remote), str(second))
    first.git("config", "user.name", "Ousmane Sow")
    Workspace(second).git("config", "user.name", "Awa Diallo")
    roles = {kernel: dict.fromkeys(users, "editor") for kernel, users in editors.items()}
    first.write(".nbship/local/collaborators.json", json.dumps(roles))
    with serving(first, "--faults") as local:
        yield Member("ous", first, local), Member("awa", Workspace(second), local)
