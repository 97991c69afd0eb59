"""PUT /upload/TOKEN: takes a file as it comes, and keeps what came when it breaks off.

The address is the credential, as with the storage that Kaggle's clients send their files to.

Side effects: the network; the upload's file.
"""

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO, cast

from tornado.web import stream_request_body

from nbship.local.http.handler import ApiHandler
from nbship.local.protocol.routes import UPLOAD
from nbship.local.protocol.validation import ApiError, not_found
from nbship.local.storage.uploads import Upload, begin_at

if TYPE_CHECKING:
    from tornado.http1connection import HTTP1Connection

_RESUME_INCOMPLETE = 308


@stream_request_body
class UploadHandler(ApiHandler):
    """The gate for files on their way up."""

    _upload: Upload | None = None
    _file: BinaryIO | None = None
    _trouble: ApiError | OSError | None = None

    def prepare(self) -> None:
        """Find the upload, before its bytes come."""
        super().prepare()
        if self.route.name != UPLOAD:
            raise not_found(f"No such page: {self.request.method} {self.path}")
        self.label = "upload"
        try:
            self._begin()
        except ApiError as error:
            # Said when the body is here: who is still sending would not hear it.
            self._trouble = error

    def _begin(self) -> None:
        uploads = self.registry.uploads
        upload = uploads.find(self.route.fields["token"])
        if upload is None:
            raise not_found("The upload was not found")
        if upload.token in uploads.busy:
            raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "The upload is under way elsewhere")
        received = uploads.received(upload)
        start = begin_at(self.request.headers.get("Content-Range"), upload, received)
        self._upload, self.user = upload, upload.user
        if start is None:
            return
        uploads.busy.add(upload.token)
        # More than is awaited is refused before it is kept.
        connection = cast("HTTP1Connection", self.request.connection)
        connection.set_max_body_size(upload.length - start)
        self._file = uploads.path(upload).open("ab" if start else "wb", buffering=0)

    def data_received(self, chunk: bytes) -> None:
        """Keep a part of the file."""
        if self._file is None or self._trouble:
            return
        try:
            while chunk:  # a disk that fills up takes a part, and refuses the rest
                chunk = chunk[self._file.write(chunk) :]
        except OSError as error:
            self._trouble = error

    def put(self) -> None:
        """Say how far the file has come."""
        self._close()
        if isinstance(self._trouble, ApiError):
            raise self._trouble
        if self._trouble:
            raise ApiError(HTTPStatus.INSUFFICIENT_STORAGE, f"Not kept: {self._trouble.strerror}")
        assert self._upload  # noqa: S101 - for mypy: without trouble it was found
        received = self.registry.uploads.received(self._upload)
        if received == self._upload.length:
            self.effect = f"uploaded {self._upload.name}"
            self.send({})
            return
        self.set_status(_RESUME_INCOMPLETE, "Resume Incomplete")
        if received:
            self.set_header("Range", f"bytes=0-{received - 1}")

    def on_finish(self) -> None:
        """Let go of the file, however it ended."""
        self._close()

    def on_connection_close(self) -> None:
        """Keep what has come from somebody who is gone."""
        self._close()

    def _close(self) -> None:
        if self._file and self._upload:
            with suppress(OSError):
                self._file.close()
            self._file = None
            self.registry.uploads.busy.discard(self._upload.token)
