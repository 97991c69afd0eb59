"""What a user may do with a kernel or a dataset: as its owner, or as a collaborator.

The optional file ``collaborators.json`` in the state folder: ``{"the-lab/trainer": {"awa":
"editor", "kadi": "viewer"}}``. On Kaggle, the owner sets them in the web page ("Share").
A viewer reads a private kernel. An editor also starts its runs, and is charged for those. That
an editor may save a version by the API has not been seen on Kaggle: a switch of the server takes
this right away.

Side effects: reads the file.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from nbship.local.storage.database import Kernel
from nbship.local.storage.dataset_store import Dataset
from nbship.local.storage.json_files import read_json
from nbship.local.storage.state_dir import StateDir, StateDirError


class Role(StrEnum):
    """The role of a collaborator."""

    VIEWER = "viewer"
    EDITOR = "editor"


Collaborators = Mapping[str, Mapping[str, Role]]  # by OWNER/SLUG, then by user


def read_collaborators(path: Path) -> Collaborators:
    """Return what a file says; an empty dict if the file does not exist.

    Raises:
        StateDirError: the file is not JSON, or not as this module's docstring shows it.
    """
    try:
        content = read_json(path)
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise StateDirError(f"{path} is not JSON: {error}") from error
    try:
        return {
            kernel.lower(): {user.lower(): Role(role) for user, role in users.items()}
            for kernel, users in content.items()
        }
    except (ValueError, AttributeError) as error:
        raise StateDirError(
            f'{path} must hold, for each kernel, its users with "editor" or "viewer"'
        ) from error


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of all users. ``collaborators`` returns what the file says now."""

    state_dir: StateDir
    collaborators: Callable[[], Collaborators]
    editors_save: bool

    def owns(self, user: str, item: Dataset | Kernel) -> bool:
        """Return whether the user is the owner."""
        return self.state_dir.is_same_person(user, item.owner)

    def may_read(self, user: str, item: Dataset | Kernel) -> bool:
        """Return whether the user may read a kernel or a dataset, and its outputs."""
        return not item.is_private or self.owns(user, item) or self.role(user, item) is not None

    def may_start(self, user: str, kernel: Kernel) -> bool:
        """Return whether the user may start a session of a kernel."""
        return self.owns(user, kernel) or self.role(user, kernel) is Role.EDITOR

    def may_save(self, user: str, kernel: Kernel) -> bool:
        """Return whether the user may save a version of a kernel."""
        return self.owns(user, kernel) or (self.editors_save and self.may_start(user, kernel))

    def role(self, user: str, item: Dataset | Kernel) -> Role | None:
        """Return the role of a collaborator; None for others, and for datasets."""
        if isinstance(item, Dataset):
            return None
        return self.collaborators().get(f"{item.owner}/{item.slug}", {}).get(user)
