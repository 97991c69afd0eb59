"""The method ListKernels: which kernels a user sees; and the paging of all lists. Pure."""

from collections.abc import Sequence
from typing import TypeVar

from nbship.local.protocol import validation
from nbship.local.protocol.validation import Json, bad_request
from nbship.local.storage.database import Kernel, Version
from nbship.local.storage.rights import Role

Item = TypeVar("Item")

PAGE = {"pageSize": validation.INTEGER, "pageToken": validation.STRING}
FIELDS = {
    **dict.fromkeys(
        ("competition", "dataset", "parentKernel", "search", "user"), validation.STRING
    ),
    **PAGE,
    "page": validation.INTEGER,
    "group": validation.one_of(
        "KERNELS_LIST_VIEW_TYPE_UNSPECIFIED", "PROFILE", "UPVOTED", "EVERYONE", "COLLABORATION",
        "FORK", "BOOKMARKED", "RECENTLY_VIEWED", "PUBLIC_AND_USERS_PRIVATE",
    ),
    "kernelType": validation.one_of("all", "notebook", "script"),
    "language": validation.one_of("all", "python", "r", "sqlite", "julia"),
    "outputType": validation.one_of("all", "visualization", "data", "notebook"),
    "sortBy": validation.one_of(
        "HOTNESS", "COMMENT_COUNT", "DATE_CREATED", "DATE_RUN", "RELEVANCE", "SCORE_ASCENDING",
        "SCORE_DESCENDING", "VIEW_COUNT", "VOTE_COUNT",
    ),
}  # fmt: skip
# The local Kaggle has no votes, forks and bookmarks: these views are empty.
_EMPTY = {"UPVOTED", "FORK", "BOOKMARKED", "RECENTLY_VIEWED"}
_SOURCE_OF = {
    "competition": "competitionDataSources",
    "dataset": "datasetDataSources",
    "parentKernel": "kernelDataSources",
}
_DEFAULT_PAGE_SIZE = 20
_MAX_PAGE_SIZE = 200


def is_listed(
    kernel: Kernel, version: Version, user: str, role: Role | None, request: Json
) -> bool:
    """Return whether a user's request lists a kernel that the user may read.

    ``version`` is its latest one, ``role`` that of a collaborator. The type of its output is not
    looked at.
    """
    group = request.get("group")
    if (group == "PROFILE" and kernel.owner != user) or (group == "COLLABORATION" and not role):
        return False
    values = {
        "user": kernel.owner,
        "kernelType": kernel.kernel_type,
        "language": version.settings["language"],
    }
    return (
        group not in _EMPTY
        and request.get("search", "").casefold() in kernel.title.casefold()
        and all(
            request.get(field, "").casefold() in ("", "all", value)
            for field, value in values.items()
        )
        and all(_has_source(version, request.get(field, ""), field) for field in _SOURCE_OF)
    )


def _has_source(version: Version, source: str, field: str) -> bool:
    """Return whether a version reads a source, in any version of it."""
    wanted = source.casefold()
    return not wanted or any(
        f"{named.casefold()}/".startswith(f"{wanted}/")
        for named in version.settings[_SOURCE_OF[field]]
    )


def page(items: Sequence[Item], request: Json) -> tuple[Sequence[Item], str]:
    """Return the requested page of a list, and the token of the next page or an empty text.

    Raises:
        ApiError: the page or its size is invalid.
    """
    size = min(request.get("pageSize") or _DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE)
    token = request.get("pageToken") or str((request.get("page", 1) - 1) * size)
    if size < 1 or not token.isdecimal():
        raise bad_request("The page is invalid")
    start = int(token)
    end = start + size
    return items[start:end], str(end) if end < len(items) else ""
