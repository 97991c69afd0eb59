"""The methods of kernels.KernelsApiService, each a function from a request to an answer.

Side effects: the database and the queue of runs, as each method's name says.
"""

import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from http import HTTPStatus
from itertools import starmap
from typing import TypeVar
from urllib.parse import quote

from nbship.local import save, wire
from nbship.local.outputs import finished_log, output_files
from nbship.local.runs import Runs
from nbship.local.state import Kernel, State, Version
from nbship.local.wire import ApiError, Json, Kind, bad_request, not_found
from nbship.local.world import Worlds

Item = TypeVar("Item")
Answer = Json | Awaitable[Json]

_KERNEL = {"userName": wire.STRING, "kernelSlug": wire.STRING}
_VERSION = {**_KERNEL, "versionLabel": wire.STRING}
_PAGE = {"pageSize": wire.INTEGER, "pageToken": wire.STRING}
_LIST = {
    **dict.fromkeys(("competition", "dataset", "parentKernel", "search", "user"), wire.STRING),
    **_PAGE,
    "page": wire.INTEGER,
    "group": wire.one_of("KERNELS_LIST_VIEW_TYPE_UNSPECIFIED", "PROFILE", "EVERYONE"),
    "kernelType": wire.one_of("all", "notebook", "script"),
    "language": wire.one_of("all", "python", "r"),
    "outputType": wire.one_of("all"),
    "sortBy": wire.one_of("HOTNESS", "DATE_CREATED", "DATE_RUN", "RELEVANCE"),
}
_DEFAULT_PAGE_SIZE = 20
_MAX_PAGE_SIZE = 200
_QUOTA_HOURS = {"GPU": 30, "TPU": 20}


@dataclass(frozen=True, slots=True)
class Rpc:
    """One method: its request's fields, what answers for a user, and what it then has done."""

    fields: Mapping[str, Kind]
    answer: Callable[[str, Json], Answer]
    effect: Callable[[Json, Json], str] = lambda _request, _answer: ""


class Kernels:
    """The service."""

    def __init__(self, worlds: Worlds, runs: Runs) -> None:
        self._worlds = worlds
        self._runs = runs
        self._state = worlds.state
        self._home = worlds.home
        self.accepts_saves = True
        self.methods = {
            "SaveKernel": Rpc(save.FIELDS, self._save_kernel, _saved),
            "GetKernel": Rpc(_VERSION, self._get_kernel),
            "GetKernelSessionStatus": Rpc(_VERSION, self._get_status),
            "ListKernelSessionOutput": Rpc({**_VERSION, **_PAGE}, self._list_output),
            "ListKernelFiles": Rpc({**_VERSION, **_PAGE}, self._list_files),
            "ListKernels": Rpc(_LIST, self._list_kernels),
            "DeleteKernel": Rpc(_KERNEL, self._delete_kernel, _deleted),
            "CancelKernelSession": Rpc(
                {"kernelSessionId": wire.INTEGER}, self._cancel_session, _cancelled
            ),
            "GetAcceleratorQuotaStatistics": Rpc({}, self._get_quota),
        }

    def over(self, state: State) -> "Kernels":
        """Return the same service over another memory."""
        return Kernels(replace(self._worlds, state=state), self._runs)

    def find_version(self, user: str, owner: str, slug: str, label: str | None) -> Version:
        """Find a version that the user may read; without a label, the latest."""
        kernel = self._find(user, owner, slug)
        version = self._state.version(kernel.id, wire.version_number(label))
        if version is None:
            raise not_found(f"Version '{label}' of {owner}/{slug} was not found")
        return version

    def find_session(self, user: str, owner: str, slug: str, label: str | None) -> Version:
        """Find a version that was run, or is to be."""
        version = self.find_version(user, owner, slug, label)
        if version.status is None:
            raise not_found(f"Version {version.number} of {owner}/{slug} was saved without a run")
        return version

    def _find(self, user: str, owner: str, slug: str) -> Kernel:
        kernel = self._state.kernel(owner.lower(), slug.lower())
        if kernel and (kernel.owner == user or not kernel.is_private):
            return kernel
        if owner.lower() != user:  # whether it exists is not for everyone to know
            raise _denied("get")
        raise not_found(f"Notebook {owner}/{slug} was not found")

    def _save_kernel(self, user: str, request: Json) -> Json:
        if not self.accepts_saves:
            raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "The local Kaggle is ending")
        saved = save.save_kernel(self._worlds, user, request)
        if saved.session_id is not None:
            self._runs.submit(saved.session_id)
        return saved.answer

    def _get_kernel(self, user: str, request: Json) -> Json:
        if "/" in request.get("kernelSlug", ""):
            raise _denied("get")
        version = self.find_version(user, *_named(request))
        kernel = self._find(user, version.owner, version.slug)
        blob = {
            "source": version.text,
            "language": version.settings["language"],
            "kernelType": kernel.kernel_type,
            "slug": kernel.slug,
        }
        return {"metadata": self._metadata(kernel, version), "blob": blob}

    def _metadata(self, kernel: Kernel, version: Version) -> Json:
        latest = self._state.version(kernel.id) or version
        return {
            "id": kernel.id,
            "ref": f"{kernel.owner}/{kernel.slug}",
            "title": kernel.title,
            "author": kernel.owner,
            "slug": kernel.slug,
            "lastRunTime": wire.timestamp(latest.started or latest.created),
            "kernelType": kernel.kernel_type,
            "isPrivate": kernel.is_private,
            "totalVotes": 0,
            "currentVersionNumber": latest.number,
            **version.settings,
        }

    def _get_status(self, user: str, request: Json) -> Json:
        version = self.find_session(user, *_named(request))
        answer: Json = {"status": version.status}
        if version.failure_message:
            answer["failureMessage"] = version.failure_message
        return answer

    def _list_output(self, user: str, request: Json) -> Json:
        version = self.find_session(user, *_named(request))
        if version.status and version.status.is_active:
            return {"files": [], "log": "", "nextPageToken": ""}
        folder = self._home.run_folder(version)
        files, token = _page(output_files(folder), request)
        below = f"{self._worlds.url}/kf/{version.session_id}/{version.token}"
        return {
            "files": [
                {"fileName": file.name, "url": f"{below}/{quote(file.name)}"} for file in files
            ],
            "log": finished_log(folder),
            "nextPageToken": token,
        }

    def _list_files(self, user: str, request: Json) -> Json:
        version = self.find_session(user, *_named(request))
        active = version.status and version.status.is_active
        found = [] if active else output_files(self._home.run_folder(version))
        files, token = _page(found, request)
        return {
            "files": [
                {
                    "name": file.name,
                    "size": file.size,
                    "creationDate": wire.spoken_date(file.modified),
                }
                for file in files
            ],
            "nextPageToken": token,
        }

    def _list_kernels(self, user: str, request: Json) -> Json:
        found = []
        for kernel in self._state.kernels():
            version = self._state.version(kernel.id)
            if version and _is_listed(kernel, version, user, request):
                found.append((kernel, version))
        # All orders that Kaggle offers come down to this one here, where nobody votes.
        created = request.get("sortBy") == "DATE_CREATED"
        found.sort(key=lambda pair: pair[0].id if created else pair[1].session_id, reverse=True)
        listed, token = _page(found, request)
        return {"kernels": list(starmap(self._metadata, listed)), "nextPageToken": token}

    async def _delete_kernel(self, user: str, request: Json) -> Json:
        owner, slug, _ = _named(request)
        kernel = self._find(user, owner, slug)
        if kernel.owner != user:
            raise _denied("delete")
        while active := self._state.active(kernel.id):
            for version in active:
                await self._runs.cancel(version.session_id)
        self._state.delete_kernel(kernel.id)
        shutil.rmtree(self._home.kernel_folder(kernel.owner, kernel.slug), ignore_errors=True)
        return {}

    async def _cancel_session(self, user: str, request: Json) -> Json:
        version = self._state.session(request.get("kernelSessionId", 0))
        if version is None or version.owner != user:
            raise not_found("The session was not found")
        if version.status is None or not version.status.is_active:
            return {"errorMessage": "The session has already ended"}
        await self._runs.cancel(version.session_id)
        return {}

    def _get_quota(self, user: str, _request: Json) -> Json:
        start, refresh = wire.quota_week(wire.now())
        quotas = {}
        for accelerator, hours in _QUOTA_HOURS.items():
            used = self._state.time_used(user, accelerator, start)
            quotas[f"{accelerator.lower()}Quota"] = {
                "timeUsed": wire.duration(used),
                "timeReserved": wire.duration(timedelta()),
                "totalTimeAllowed": wire.duration(timedelta(hours=hours)),
                "minimumTimeAllowed": wire.duration(timedelta(hours=hours)),
                "isPayToScaleEnabled": False,
                "hasEverRun": used > timedelta(),
            }
        return {"quotaRefreshTime": wire.timestamp(refresh), **quotas}


def _saved(_: Json, answer: Json) -> str:
    if "versionNumber" not in answer:
        return ""
    return f"saved {answer['ref'].lstrip('/')} {answer['versionNumber']}"


def _deleted(request: Json, _: Json) -> str:
    return f"deleted {request['userName']}/{request['kernelSlug']}".lower()


def _cancelled(request: Json, answer: Json) -> str:
    return "" if answer else f"cancelled {request['kernelSessionId']}"


def _denied(action: str) -> ApiError:
    return ApiError(HTTPStatus.FORBIDDEN, f"Permission 'kernels.{action}' was denied")


def _named(request: Json) -> tuple[str, str, str | None]:
    return (
        request.get("userName", ""),
        request.get("kernelSlug", ""),
        request.get("versionLabel"),
    )


def _is_listed(kernel: Kernel, version: Version, user: str, request: Json) -> bool:
    if kernel.owner != user and (request.get("group") == "PROFILE" or kernel.is_private):
        return False
    wanted = {
        "user": kernel.owner,
        "kernelType": kernel.kernel_type,
        "language": version.settings["language"],
    }
    return (
        request.get("search", "").casefold() in kernel.title.casefold()
        and all(request.get(field) in (None, "", "all", has) for field, has in wanted.items())
        and all(_has_source(version, request.get(field, ""), field) for field in _SOURCE_OF)
    )


_SOURCE_OF = {
    "competition": "competitionDataSources",
    "dataset": "datasetDataSources",
    "parentKernel": "kernelDataSources",
}


def _has_source(version: Version, source: str, field: str) -> bool:
    return not source or source in version.settings[_SOURCE_OF[field]]


def _page(items: Sequence[Item], request: Json) -> tuple[Sequence[Item], str]:
    """Return the part of a list that is asked for, and the token of the next."""
    size = min(request.get("pageSize") or _DEFAULT_PAGE_SIZE, _MAX_PAGE_SIZE)
    token = request.get("pageToken") or str((request.get("page", 1) - 1) * size)
    if size < 1 or not token.isdecimal():
        raise bad_request("The page is not one that was offered")
    start = int(token)
    end = start + size
    return items[start:end], str(end) if end < len(items) else ""
