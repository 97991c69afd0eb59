"""``kagglehub`` in a run: what is mounted below /kaggle/input is found as on Kaggle.

There, kagglehub asks a service of Kaggle to mount a source, and gets the path of the mount. A
rehearsal has no such service, so this module answers: with the mounts that the notebook's metadata
declares.

Side effects: replaces a method of kagglehub until the process ends.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False  # that of typing costs its import, in each process of a notebook
if TYPE_CHECKING:
    from typing import Any

_INPUT = "/kaggle/input"
_ATTACH = "AttachDatasourceUsingJwtRequest"
# The kinds of sources: the folder of their mounts, and the parts of the request that name one.
_KINDS = {
    "competitionRef": ("competitions", ("CompetitionSlug",)),
    "datasetRef": ("datasets", ("OwnerSlug", "DatasetSlug")),
    "kernelRef": ("notebooks", ("OwnerSlug", "KernelSlug")),
    "modelRef": ("models", ("OwnerSlug", "ModelSlug", "Framework", "InstanceSlug")),
}


def answer_here(clients: Any, top: str = _INPUT) -> None:
    """Let kagglehub find the mounts below ``top``; ``clients`` is its module of this name."""
    kind = clients.KaggleJwtClient
    post = kind.post

    def answered(self: Any, request_name: str, data: Any, *args: Any, **kwargs: Any) -> Any:
        if request_name != _ATTACH:
            return post(self, request_name, data, *args, **kwargs)
        found = _mount(top, data)
        if found is None:
            raise clients.BackendError(
                f"{data} is not mounted: name it in the notebook's metadata. On Kaggle it may be "
                "attached while the notebook runs, a rehearsal has what the metadata declares."
            )
        return found

    kind.post = answered


def _mount(top: str, data: Any) -> dict[str, Any] | None:
    """Return where a source is mounted and its version, None if it is not mounted."""
    kind = next(filter(_KINDS.__contains__, data), None)
    if kind is None:
        return None
    folder, parts = _KINDS[kind]
    reference = data[kind]
    names = [folder, *(reference[part] for part in parts)]
    version = reference.get("VersionNumber")
    if folder == "models":  # each version has a folder
        versions = _listed(os.path.join(top, _found(top, names) or "no such folder"))
        version = version or max(versions, key=_number, default="")
        names.append(str(version))
    path = _found(top, names)
    return {"mountSlug": path, "versionNumber": _number(version) or None} if path else None


def _found(top: str, names: list[str]) -> str:
    """Return the path of a mount, "" if there is none.

    kagglehub writes some names with capitals.
    """
    path = ""
    for name in names:
        same = [each for each in _listed(os.path.join(top, path)) if each.lower() == name.lower()]
        if not same:
            return ""
        path = os.path.join(path, name if name in same else same[0])
    return path


def _listed(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _number(text: Any) -> int:
    return int(text) if str(text).isdecimal() else 0
