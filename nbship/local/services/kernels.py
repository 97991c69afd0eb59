"""The methods of kernels.KernelsApiService, each a function from a request to an answer.

Side effects: methods that save, delete or cancel change the database and the queue of sessions.
"""

import shutil
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from itertools import starmap
from urllib.parse import quote

from nbship.local.protocol import validation
from nbship.local.protocol.rpc import Answer, Archive, Redirect, Rpc
from nbship.local.protocol.validation import ApiError, Json, not_found
from nbship.local.services import list_kernels, save_kernel
from nbship.local.services.interactive_sessions import Interactive
from nbship.local.services.list_kernels import PAGE, is_listed, page
from nbship.local.sessions.environment import SessionFolders
from nbship.local.sessions.outputs import finished_log, output_file, output_files, output_types
from nbship.local.sessions.queue import Runs
from nbship.local.storage.database import Database, Kernel, Status, Version

_KERNEL = {"userName": validation.STRING, "kernelSlug": validation.STRING}
_VERSION = {**_KERNEL, "versionLabel": validation.STRING}
_SESSION = {"kernelSessionId": validation.INTEGER}
_TOPICS = {
    **dict.fromkeys(("ownerSlug", "kernelSlug", "sortBy", "searchQuery"), validation.STRING),
    **PAGE,
}
_DOWNLOAD = {
    "ownerSlug": validation.STRING,
    "kernelSlug": validation.STRING,
    "filePath": validation.STRING,
    "versionNumber": validation.INTEGER,
}


class Kernels:
    """The kernel service."""

    def __init__(self, folders: SessionFolders, runs: Runs) -> None:
        self._folders = folders
        self._runs = runs
        self._database = folders.database
        self._state_dir = folders.state_dir
        self.accepts_saves = True
        self.interactive = Interactive(folders, self._find)
        self.list_topics = Rpc(_TOPICS, self._list_topics)
        self.methods = {
            "SaveKernel": Rpc(save_kernel.FIELDS, self._save_kernel, _save_effect),
            "GetKernel": Rpc(_VERSION, self._get_kernel),
            "GetKernelSessionStatus": Rpc(_VERSION, self._get_status),
            "ListKernelSessionOutput": Rpc({**_VERSION, **PAGE}, self._list_output),
            "ListKernelFiles": Rpc({**_VERSION, **PAGE}, self._list_files),
            "ListKernels": Rpc(list_kernels.FIELDS, self._list_kernels),
            "DeleteKernel": Rpc(_KERNEL, self._delete_kernel, _delete_effect),
            "CancelKernelSession": Rpc(_SESSION, self._cancel_session, _cancel_effect),
            "CreateKernelSession": self.interactive.create,
            "DownloadKernelOutput": Rpc(_DOWNLOAD, self._download),
            "DownloadKernelOutputZip": Rpc(_SESSION, self._download_zip),
            "GetAcceleratorQuotaStatistics": Rpc({}, self._get_quota),
        }

    def with_database(self, database: Database) -> "Kernels":
        """Return the same service over another database."""
        return Kernels(replace(self._folders, database=database), self._runs)

    @property
    def unfinished_sessions(self) -> int:
        """The number of sessions that wait or run."""
        return self._runs.unfinished

    def find_version(
        self, user: str, owner: str, slug: str, label: str | None, at: datetime | None = None
    ) -> Version:
        """Return a version that the user may read; without a label, the latest.

        Raises:
            ApiError: it did not exist at the moment ``at``, or the user may not read it.
        """
        kernel = self._find(user, owner, slug)
        version = self._database.version(kernel.id, validation.version_number(label), at)
        if version is None:
            raise not_found(f"Version '{label or 'latest'}' of {owner}/{slug} was not found")
        return version

    def find_session(
        self, user: str, owner: str, slug: str, label: str | None, at: datetime | None = None
    ) -> Version:
        """Return a version that has a session; without a label, the latest.

        Raises:
            ApiError: it does not exist, has no session, or the user may not read it.
        """
        version = self.find_version(user, owner, slug, label, at)
        if version.status is None:
            raise not_found(f"Version {version.number} of {owner}/{slug} was saved without a run")
        return version

    def session(self, user: str, number: int) -> Version:
        """Return the version of a session that the user may read.

        Raises:
            ApiError: there is none with this number.
        """
        version = self._database.session(number)
        kernel = self._database.kernel_by_id(version.kernel_id) if version else None
        if not version or not kernel or not self._folders.rights.may_read(user, kernel):
            raise not_found("The session was not found")
        return version

    def _find(self, user: str, owner: str, slug: str) -> Kernel:
        kernel = self._database.kernel(owner.lower(), slug.lower())
        if kernel and self._folders.rights.may_read(user, kernel):
            return kernel
        # As on Kaggle, even if the kernel does not exist.
        if not self._state_dir.is_same_person(user, owner.lower()):
            raise _denied("kernels.get")
        raise not_found(f"Notebook {owner}/{slug} was not found")

    def _save_kernel(self, user: str, request: Json) -> Json:
        if not self.accepts_saves:
            raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "The local Kaggle is stopping")
        saved = save_kernel.save_kernel(self._folders, user, request)
        if saved.session_id is not None:
            self._runs.submit(saved.session_id)
        return saved.answer

    def _get_kernel(self, user: str, request: Json) -> Json:
        if "/" in request.get("kernelSlug", ""):
            raise _denied("kernels.get")
        version = self.find_version(user, *_version_fields(request))
        kernel = self._find(user, version.owner, version.slug)
        blob = {
            "source": version.text,
            "language": version.settings["language"],
            "kernelType": kernel.kernel_type,
            "slug": kernel.slug,
        }
        return {"metadata": self._metadata(kernel, version), "blob": blob}

    def _metadata(self, kernel: Kernel, version: Version) -> Json:
        latest = self._database.version(kernel.id) or version
        return {
            "id": kernel.id,
            "ref": f"{kernel.owner}/{kernel.slug}",
            "title": kernel.title,
            "author": kernel.owner,
            "slug": kernel.slug,
            "lastRunTime": validation.timestamp(latest.started or latest.created),
            "kernelType": kernel.kernel_type,
            "isPrivate": kernel.is_private,
            "totalVotes": 0,
            "currentVersionNumber": latest.number,
            **version.settings,
        }

    def _get_status(self, user: str, request: Json) -> Json:
        quirks = self._folders.quirks
        moment = validation.now() - timedelta(seconds=quirks.lag) if quirks.lag else None
        version = self.find_session(user, *_version_fields(request), moment)
        status = version.status_at(moment) if moment else version.status
        if status is Status.QUEUED and quirks.queued_as_nothing:
            return {}
        answer: Json = {"status": status}
        if version.failure_message and status == version.status:
            answer["failureMessage"] = version.failure_message
        return answer

    def _list_output(self, user: str, request: Json) -> Json:
        version = self.find_session(user, *_version_fields(request))
        if version.status and version.status.is_active:
            return {"files": [], "log": "", "nextPageToken": ""}
        folder = self._state_dir.run_folder(version)
        files, token = page(output_files(folder), request)
        return {
            "files": [
                {"fileName": file.name, "url": self._file_url(version, file.name)} for file in files
            ],
            "log": finished_log(folder),
            "nextPageToken": token,
        }

    def _file_url(self, version: Version, name: str) -> str:
        return f"{self._folders.url}/kf/{version.session_id}/{version.token}/{quote(name)}"

    def _download(self, user: str, request: Json) -> Answer:
        number, name = request.get("versionNumber"), request.get("filePath", "")
        label = f"v{number}" if number else None
        owner, slug = request.get("ownerSlug", ""), request.get("kernelSlug", "")
        version = self.find_session(user, owner, slug, label)
        if not name or output_file(self._state_dir.run_folder(version), name) is None:
            raise not_found("No such file")
        return Redirect(self._file_url(version, name))

    def _download_zip(self, user: str, request: Json) -> Answer:
        version = self.session(user, request.get("kernelSessionId", 0))
        if version.status is None:
            raise not_found("The session was not found")
        if version.status.is_active:
            raise not_found("The session has not ended: there is no output yet")
        name = f"{version.slug}-v{version.number}.zip"
        return Archive(name, self._state_dir.run_folder(version))

    def _list_files(self, user: str, request: Json) -> Json:
        version = self.find_session(user, *_version_fields(request))
        active = version.status and version.status.is_active
        all_files = [] if active else output_files(self._state_dir.run_folder(version))
        files, token = page(all_files, request)
        return {
            "files": [
                {
                    "name": file.name,
                    "size": file.size,
                    "creationDate": validation.spoken_date(file.modified),
                }
                for file in files
            ],
            "nextPageToken": token,
        }

    def _list_kernels(self, user: str, request: Json) -> Json:
        matches = []
        for kernel in self._database.kernels():
            version = self._database.version(kernel.id)
            if not version or not self._folders.rights.may_read(user, kernel):
                continue
            role = self._folders.rights.role(user, kernel)
            is_wanted = is_listed(kernel, version, user, role, request)
            if is_wanted and self._has_output(kernel, request):
                matches.append((kernel, version))
        # Without votes and comments, all other orders of Kaggle are equal to the date of the run.
        created = request.get("sortBy") == "DATE_CREATED"
        matches.sort(key=lambda pair: pair[0].id if created else pair[1].session_id, reverse=True)
        listed, token = page(matches, request)
        return {"kernels": list(starmap(self._metadata, listed)), "nextPageToken": token}

    def _list_topics(self, user: str, request: Json) -> Json:
        """Answer with no topic: the local Kaggle has no discussions."""
        self._find(user, request.get("ownerSlug", ""), request.get("kernelSlug", ""))
        return {"topics": [], "totalCount": 0, "nextPageToken": ""}

    def _has_output(self, kernel: Kernel, request: Json) -> bool:
        """Return whether the latest complete run has left output of the type that is asked for."""
        wanted = request.get("outputType") or "all"
        if wanted == "all":
            return True
        if wanted == "notebook":
            return kernel.kernel_type == "notebook"
        version = self._database.latest_complete(kernel.id)
        return version is not None and wanted in output_types(self._state_dir.run_folder(version))

    async def _delete_kernel(self, user: str, request: Json) -> Json:
        owner, slug, _ = _version_fields(request)
        kernel = self._find(user, owner, slug)
        if not self._folders.rights.owns(user, kernel):
            raise _denied("kernels.delete")
        while active := self._database.active(kernel.id):
            for version in active:
                await self._runs.cancel(version.session_id)
        self._database.delete_kernel(kernel.id)
        shutil.rmtree(self._state_dir.kernel_folder(kernel.owner, kernel.slug), ignore_errors=True)
        return {}

    def _cancel_session(self, user: str, request: Json) -> Json:
        number = request.get("kernelSessionId", 0)
        ended = self.interactive.cancel(user, number)
        if ended is not None:
            return ended
        version = self._database.session(number)
        if version is None:
            raise not_found("The session was not found")
        if not self._state_dir.is_same_person(user, version.starter):
            raise _denied("kernelSessions.cancel")
        if version.status is None or not version.status.is_active:
            return {"errorMessage": "The session has already ended"}
        self._runs.request_cancel(version.session_id)
        return {}

    def _get_quota(self, user: str, _request: Json) -> Json:
        start, refresh = validation.quota_week(validation.now())
        quotas = {}
        for accelerator, hours in self._folders.quirks.hours.items():
            used = self._database.time_used(user, accelerator, start)
            quotas[f"{accelerator.lower()}Quota"] = {
                "timeUsed": validation.duration(used),
                "timeReserved": validation.duration(timedelta()),
                "totalTimeAllowed": validation.duration(timedelta(hours=hours)),
                "minimumTimeAllowed": validation.duration(timedelta(hours=hours)),
                "isPayToScaleEnabled": False,
                "hasEverRun": used > timedelta(),
            }
        return {"quotaRefreshTime": validation.timestamp(refresh), **quotas}


def _save_effect(_: Json, answer: Answer) -> str:
    if not isinstance(answer, dict) or "versionNumber" not in answer:
        return ""
    return f"saved {answer['ref'].lstrip('/')} {answer['versionNumber']}"


def _delete_effect(request: Json, _: Answer) -> str:
    return f"deleted {request['userName']}/{request['kernelSlug']}".lower()


def _cancel_effect(request: Json, answer: Answer) -> str:
    return "" if answer else f"cancelled {request['kernelSessionId']}"


def _denied(permission: str) -> ApiError:
    return ApiError(HTTPStatus.FORBIDDEN, f"Permission '{permission}' was denied")


def _version_fields(request: Json) -> tuple[str, str, str | None]:
    return (
        request.get("userName", ""),
        request.get("kernelSlug", ""),
        request.get("versionLabel"),
    )
