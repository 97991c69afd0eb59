"""The methods of datasets.DatasetApiService: create datasets and versions, and report their status.

Side effects: writes datasets, and deletes the uploads that they use.
"""

import asyncio
import re
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from nbship.local.protocol import validation
from nbship.local.protocol.rpc import Answer, Rpc
from nbship.local.protocol.validation import ApiError, FieldType, Json, bad_request, not_found
from nbship.local.sessions.environment import SessionFolders
from nbship.local.storage import unpack
from nbship.local.storage.dataset_store import Dataset, DatasetVersion
from nbship.local.storage.unpack import Budget, UnpackError
from nbship.local.storage.uploads import Upload, Uploads

_NAMED = {"ownerSlug": validation.STRING, "datasetSlug": validation.STRING}
_ANY_VALUE = FieldType("anything", lambda _: True)
_CONTENT = {
    "files": validation.list_of(
        validation.object_of(
            {
                "token": validation.STRING,
                "description": validation.STRING,
                "columns": validation.list_of(_ANY_VALUE),
            }
        )
    ),
    "subtitle": validation.STRING,
    "description": validation.STRING,
    "categoryIds": validation.STRINGS,
}
_VERSION = {**_CONTENT, "versionNotes": validation.STRING, "deleteOldVersions": validation.BOOLEAN}
_CREATE = {
    **_CONTENT,
    **dict.fromkeys(("ownerSlug", "slug", "title", "licenseName"), validation.STRING),
    "isPrivate": validation.BOOLEAN,
}
_LENGTHS = range(6, 51)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Datasets:
    """The dataset service."""

    def __init__(self, folders: SessionFolders, uploads: Uploads) -> None:
        self._folders = folders
        self._uploads = uploads
        self._store = folders.store
        self._lock = asyncio.Lock()
        self.methods = {
            "GetDatasetStatus": Rpc(_NAMED, self._get_status),
            "GetDataset": Rpc(_NAMED, self._get),
            "CreateDataset": Rpc(_CREATE, self._create, _effect),
            "CreateDatasetVersion": Rpc(
                {**_NAMED, "body": validation.object_of(_VERSION)}, self._create_version, _effect
            ),
        }

    def _get_status(self, user: str, request: Json) -> Json:
        owner, slug = request.get("ownerSlug", ""), request.get("datasetSlug", "")
        dataset = self._store.find(owner, slug)
        if dataset is None and self._folders.mount(user, "datasetDataSources", f"{owner}/{slug}"):
            return {"status": "READY"}  # from the inputs folder
        version = self._find(user, owner, slug).latest
        return {"status": "READY" if version.is_ready(validation.now()) else "BLOBS_RECEIVED"}

    def _get(self, user: str, request: Json) -> Json:
        dataset = self._find(user, request.get("ownerSlug", ""), request.get("datasetSlug", ""))
        return {
            "ref": f"{dataset.owner}/{dataset.slug}",
            "title": dataset.title,
            "ownerRef": dataset.owner,
            "licenseName": dataset.license,
            "isPrivate": dataset.is_private,
            "currentVersionNumber": dataset.latest.number,
            "url": _url(dataset),
        }

    def _find(self, user: str, owner: str, slug: str) -> Dataset:
        dataset = self._store.find(owner, slug)
        if dataset and (not dataset.is_private or self._is_same(user, dataset.owner)):
            return dataset
        # As on Kaggle, even if the dataset does not exist.
        if not self._is_same(user, owner.lower()):
            raise ApiError(HTTPStatus.FORBIDDEN, "Permission 'datasets.get' was denied")
        raise not_found(f"Dataset {owner}/{slug} was not found")

    def _is_same(self, user: str, owner: str) -> bool:
        return self._folders.state_dir.is_same_person(user, owner)

    async def _create(self, user: str, request: Json) -> Json:
        owner, slug = request.get("ownerSlug", "").lower(), request.get("slug", "")
        title = request.get("title", "")
        if not owner or not self._is_same(user, owner):
            raise ApiError(HTTPStatus.FORBIDDEN, "Permission 'datasets.create' was denied")
        if len(slug) not in _LENGTHS or len(title) not in _LENGTHS:
            raise bad_request("The slug and the title must be between 6 and 50 characters")
        if not _SLUG.fullmatch(slug):
            raise bad_request("The slug must consist of lower-case letters, digits and hyphens")
        if not request.get("licenseName"):
            raise bad_request("'licenseName' is required")
        dataset = Dataset(owner, slug, title, request["licenseName"],
                          request.get("isPrivate", False))  # fmt: skip
        async with self._lock:
            for other in self._store.owned(owner):
                if other.slug == slug or other.title.casefold() == title.casefold():
                    return _error(f'The requested title "{title}" is already in use by a'
                                    " dataset. Please choose another title.")  # fmt: skip
            return await self._add(user, dataset, request)

    async def _create_version(self, user: str, request: Json) -> Json:
        owner, slug = request.get("ownerSlug", ""), request.get("datasetSlug", "")
        async with self._lock:
            dataset = self._find(user, owner, slug)
            if not self._is_same(user, dataset.owner):
                raise ApiError(HTTPStatus.FORBIDDEN, "Permission 'datasets.update' was denied")
            return await self._add(user, dataset, request.get("body", {}))

    async def _add(self, user: str, dataset: Dataset, content: Json) -> Json:
        """Add a version with the uploaded files."""
        uploads = self._uploaded(user, content.get("files", []))
        number = dataset.latest.number + 1 if dataset.versions else 1
        delay = self._folders.quirks.dataset_delay
        ready = (validation.now() + timedelta(seconds=delay)).isoformat() if delay else ""
        version = DatasetVersion(number, content.get("versionNotes", ""), ready)
        alone = content.get("deleteOldVersions", False)

        def fill(folder: Path) -> None:
            budget = Budget()
            for upload in uploads:
                unpack.put(self._uploads.path(upload), upload.name, folder, budget)

        try:
            await asyncio.to_thread(self._store.add, dataset, version, fill, alone=alone)
        except UnpackError as error:
            return _error(f"The files cannot be used: {error}")
        self._uploads.forget(uploads)
        return {
            "ref": f"/{dataset.owner}/{dataset.slug}",
            "url": _url(dataset),
            "status": "ok",
            "error": "",
        }

    def _uploaded(self, user: str, files: Sequence[dict[str, Any]]) -> list[Upload]:
        """Return the uploads of a request's files.

        Raises:
            ApiError: a file was not uploaded by this user, or not completely.
        """
        if not files:
            raise bad_request("A dataset needs at least one file")
        uploads = []
        for file in files:
            upload = self._uploads.find(file.get("token") or "")
            if upload is None or upload.user != user:
                raise bad_request("A file was not uploaded")
            if self._uploads.received(upload) != upload.length:
                raise bad_request(f"{upload.name} was not uploaded completely")
            uploads.append(upload)
        return uploads


def _url(dataset: Dataset) -> str:
    return f"https://www.kaggle.com/datasets/{dataset.owner}/{dataset.slug}"


def _error(message: str) -> Json:
    return {"ref": "", "url": "", "status": "error", "error": message}


def _effect(_: Json, answer: Answer) -> str:
    if not isinstance(answer, dict) or answer["status"] != "ok":
        return ""
    return f"dataset {answer['ref'].lstrip('/')}"
