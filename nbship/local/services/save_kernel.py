"""The method SaveKernel: it validates a request and saves a version of a new or existing kernel.

Side effects: writes to the database. The caller submits the session to the queue.
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
from nbship.local.storage.database import Database, Draft, Kernel, Status
from nbship.local.storage.tags import GPU

_QUICK_SAVE = "QUICK_SAVE"
FIELDS = {
    "id": INTEGER,
    "slug": STRING,
    "newTitle": STRING,
    "text": STRING,
    "language": one_of("python", "r", "rmarkdown"),
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
    """The answer, and the number of the session to run, or None."""

    answer: Json
    session_id: int | None = None


def save_kernel(folders: SessionFolders, user: str, request: Json) -> Saved:
    """Save a version of a kernel atomically.

    Raises:
        ApiError: the request is invalid, or the title belongs to another kernel.
    """
    database = folders.database
    with database.transaction():
        owner, kernel = _find(database, request)
        if not _may_save(folders, user, owner, kernel):
            return Saved(_NOT_FOUND)
        _check_code(request, kernel)
        accelerator = limits.accelerator_of(request)
        if _runs(request) and (limit := limits.reached_limit(folders, user, accelerator)):
            return Saved({"error": limit})
        kernel = _create_or_update(database, owner, request, kernel)
        longest = limits.LONGEST[accelerator]
        sources, invalid = _sources(folders, user, request)
        tags, invalid["invalidTags"] = folders.tags.partition(request.get("categoryIds", []))
        if accelerator == "GPU":
            tags = [*filter(GPU.__ne__, tags), GPU]
        draft = Draft(
            text=request["text"],
            settings={**_settings(request), **sources, "categoryIds": tags},
            accelerator=accelerator,
            timeout=min(request.get("sessionTimeoutSeconds", longest), longest),
            token=secrets.token_urlsafe(24),
            status=Status.QUEUED if _runs(request) else None,
            starter=user,
        )
        version = database.add_version(kernel.id, draft)
    answer = {
        "ref": f"/{kernel.owner}/{kernel.slug}",
        "url": f"https://www.kaggle.com/code/{kernel.owner}/{kernel.slug}",
        "versionNumber": version.number,
        "kernelId": kernel.id,
        **invalid,
    }
    return Saved(answer, version.session_id if version.status else None)


def _find(database: Database, request: Json) -> tuple[str, Kernel | None]:
    """Return the owner's name, and the kernel if it exists. The id has precedence over the slug."""
    if "id" in request:
        kernel = database.kernel_by_id(request["id"])
        return (kernel.owner, kernel) if kernel else ("", None)
    owner, _, slug = request.get("slug", "").lower().partition("/")
    return owner, database.kernel(owner, slug)


def _may_save(folders: SessionFolders, user: str, owner: str, kernel: Kernel | None) -> bool:
    """Return whether a user may save a version of a kernel, or create one for the owner."""
    if kernel:
        return folders.rights.may_save(user, kernel)
    return bool(owner) and folders.state_dir.is_same_person(user, owner)


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
        raise bad_request("The local Kaggle runs scripts in Python only")


def _check_notebook(text: str) -> None:
    try:
        notebook = json.loads(text)
    except (ValueError, RecursionError):
        notebook = None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise bad_request("The source is not a notebook: it must be JSON with a list of cells")


def _create_or_update(
    database: Database, owner: str, request: Json, kernel: Kernel | None
) -> Kernel:
    """Return the kernel; a new one gets the slug of its title.

    Raises:
        ApiError: the title is invalid or belongs to another kernel.
    """
    title = request.get("newTitle") or (kernel.title if kernel else "")
    slug = kernel.slug if kernel else slugify(title)
    if len(title) not in _TITLE_LENGTH or not slug:
        raise bad_request(_title_error(title))
    for other in database.kernels(owner):
        if other != kernel and (other.slug == slug or other.title.casefold() == title.casefold()):
            raise ApiError(HTTPStatus.CONFLICT, _TITLE_TAKEN)
    is_private = request.get("isPrivate", kernel.is_private if kernel else True)
    if kernel is None:
        return database.create_kernel(
            owner, slug, title, request["kernelType"], is_private=is_private
        )
    database.update_kernel(kernel.id, title, is_private=is_private)
    return kernel


def _title_error(title: str) -> str:
    if not title:
        return "A new notebook needs a title"
    if len(title) >= _TITLE_LENGTH.stop:
        return "The title cannot exceed 50 characters"
    if len(title) < _TITLE_LENGTH.start:
        return "The title must be at least 5 characters"
    return "The title must contain letters or digits"


def _settings(request: Json) -> Json:
    """Return the settings that GetKernel reports for a version, except its sources and tags."""
    return {
        "language": request["language"],
        "enableGpu": request.get("enableGpu", False),
        "enableTpu": request.get("enableTpu", False),
        "enableInternet": request.get("enableInternet", False),
        "dockerImage": request.get("dockerImage", ""),
        "machineShape": request.get("machineShape", ""),
    }


def _sources(folders: SessionFolders, user: str, request: Json) -> tuple[Json, Json]:
    """Return the sources that exist, and those that do not; a run starts without the latter."""
    valid: Json = {}
    invalid: Json = {}
    for field, invalid_field in SOURCES.items():
        sources = request.get(field, [])
        valid[field] = [source for source in sources if folders.is_source(user, field, source)]
        invalid[invalid_field] = [source for source in sources if source not in valid[field]]
    return valid, invalid
