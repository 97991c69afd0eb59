"""SaveKernel: what makes a new kernel or a new version of one, and everything that refuses it.

Side effects: the database; a run, once the version is saved.
"""

import json
import secrets
from dataclasses import dataclass
from http import HTTPStatus

from slugify import slugify

from nbship.local.protocol.validation import (
    BOOLEAN,
    INTEGER,
    STRING,
    STRINGS,
    ApiError,
    Json,
    bad_request,
    one_of,
)
from nbship.local.services import limits
from nbship.local.sessions.environment import SOURCES, SessionFolders
from nbship.local.storage.database import Draft, Kernel, State, Status
from nbship.local.storage.tags import GPU

_QUICK_SAVE = "QUICK_SAVE"
FIELDS = {
    "id": INTEGER,
    "slug": STRING,
    "newTitle": STRING,
    "text": STRING,
    "language": one_of("python", "r"),
    "kernelType": one_of("notebook", "script"),
    **dict.fromkeys(SOURCES, STRINGS),
    "categoryIds": STRINGS,
    "isPrivate": BOOLEAN,
    "enableGpu": BOOLEAN,
    "enableTpu": BOOLEAN,
    "enableInternet": BOOLEAN,
    "dockerImagePinningType": one_of("original", "latest"),
    "sessionTimeoutSeconds": INTEGER,
    "priority": INTEGER,
    "dockerImage": STRING,
    "kernelExecutionType": one_of(
        "KERNEL_EXECUTION_TYPE_UNSPECIFIED", "SAVE_AND_RUN_ALL", _QUICK_SAVE
    ),
    "machineShape": STRING,
}

_MAX_TEXT = 1_000_000
_TITLE_LENGTH = range(5, 51)
_NOT_FOUND = {"error": "Notebook not found"}
_TITLE_TAKEN = "The requested title is already in use by a notebook. Please choose another title."


@dataclass(frozen=True, slots=True)
class Saved:
    """The answer, and the session to run, if there is one."""

    answer: Json
    session_id: int | None = None


def save_kernel(worlds: SessionFolders, user: str, request: Json) -> Saved:
    """Save a version of a kernel, all or nothing."""
    state = worlds.state
    with state.transaction():
        owner, kernel = _find(state, user, request)
        if owner != user:
            return Saved(_NOT_FOUND)
        _check_code(request, kernel)
        accelerator = limits.accelerator_of(request)
        if _runs(request) and (reached := limits.reached(worlds, user, accelerator)):
            return Saved({"error": reached})
        kernel = _named(state, user, request, kernel)
        longest = limits.LONGEST[accelerator]
        sources, invalid = _sources(worlds, user, request)
        tags, invalid["invalidTags"] = worlds.tags.sorted_out(request.get("categoryIds", []))
        if accelerator == "GPU":
            tags = [*filter(GPU.__ne__, tags), GPU]
        draft = Draft(
            text=request["text"],
            settings={**_settings(request), **sources, "categoryIds": tags},
            accelerator=accelerator,
            timeout=min(request.get("sessionTimeoutSeconds", longest), longest),
            token=secrets.token_urlsafe(24),
            status=Status.QUEUED if _runs(request) else None,
        )
        version = state.add_version(kernel.id, draft)
    answer = {
        "ref": f"/{kernel.owner}/{kernel.slug}",
        "url": f"https://www.kaggle.com/code/{kernel.owner}/{kernel.slug}",
        "versionNumber": version.number,
        "kernelId": kernel.id,
        **invalid,
    }
    return Saved(answer, version.session_id if version.status else None)


def _find(state: State, user: str, request: Json) -> tuple[str, Kernel | None]:
    """Return whose kernel is meant, and the kernel if it is there. The id wins over the slug."""
    if "id" in request:
        kernel = state.kernel_by_id(request["id"])
        return (kernel.owner, kernel) if kernel else ("", None)
    owner, _, slug = request.get("slug", "").lower().partition("/")
    return owner, state.kernel(user, slug) if owner == user else None


def _runs(request: Json) -> bool:
    return request.get("kernelExecutionType") != _QUICK_SAVE


def _check_code(request: Json, kernel: Kernel | None) -> None:
    for field in ("text", "language", "kernelType"):
        if field not in request:
            raise bad_request(f"'{field}' is required")
    kernel_type = request["kernelType"]
    if kernel and kernel.kernel_type != kernel_type:
        raise bad_request(
            f"The type of a kernel cannot change: {kernel.owner}/{kernel.slug}"
            f" is a {kernel.kernel_type}"
        )
    if len(request["text"].encode()) > _MAX_TEXT:
        raise bad_request("The kernel source must be less than 1 megabytes")
    if request.get("sessionTimeoutSeconds", 1) < 1:
        raise bad_request("'sessionTimeoutSeconds' must be at least 1")
    if kernel_type == "notebook":
        _check_notebook(request["text"])
    elif request["language"] != "python":
        raise bad_request("Only scripts in Python run here yet")


def _check_notebook(text: str) -> None:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        notebook = None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise bad_request("The source is not a notebook: JSON with cells is expected")


def _named(state: State, user: str, request: Json, kernel: Kernel | None) -> Kernel:
    """Return the kernel to save to: made if it is new, under the slug of its title."""
    title = request.get("newTitle") or (kernel.title if kernel else "")
    slug = kernel.slug if kernel else slugify(title)
    if len(title) not in _TITLE_LENGTH or not slug:
        raise bad_request(_title_trouble(title))
    for other in state.kernels(user):
        if other != kernel and (other.slug == slug or other.title.casefold() == title.casefold()):
            raise ApiError(HTTPStatus.CONFLICT, _TITLE_TAKEN)
    is_private = request.get("isPrivate", kernel.is_private if kernel else True)
    if kernel is None:
        return state.create_kernel(user, slug, title, request["kernelType"], is_private=is_private)
    state.update_kernel(kernel.id, title, is_private=is_private)
    return kernel


def _title_trouble(title: str) -> str:
    if not title:
        return "A new notebook needs a title"
    if len(title) >= _TITLE_LENGTH.stop:
        return "The title cannot exceed 50 characters"
    if len(title) < _TITLE_LENGTH.start:
        return "The title must be at least 5 characters"
    return "The title must hold letters or digits"


def _settings(request: Json) -> Json:
    """Return what GetKernel gives back of a version, next to its sources and tags."""
    return {
        "language": request["language"],
        "enableGpu": request.get("enableGpu", False),
        "enableTpu": request.get("enableTpu", False),
        "enableInternet": request.get("enableInternet", False),
        "dockerImage": request.get("dockerImage", ""),
        "machineShape": request.get("machineShape", ""),
    }


def _sources(worlds: SessionFolders, user: str, request: Json) -> tuple[Json, Json]:
    """Return the sources that are there, and those that are not: a run starts without these."""
    valid: Json = {}
    invalid: Json = {}
    for field, invalid_field in SOURCES.items():
        asked = request.get(field, [])
        valid[field] = [source for source in asked if worlds.mount(user, field, source)]
        invalid[invalid_field] = [source for source in asked if source not in valid[field]]
    return valid, invalid
