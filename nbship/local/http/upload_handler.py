"""The handler of ``PUT /upload/TOKEN``: it writes a file while it arrives.

When the connection breaks, the bytes received so far stay, and the client can resume. The URL is
the credential, as at the storage service to which Kaggle's clients upload.

Side effects: the network; writes the upload's file.
"""

from contextlib import suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, BinaryIO, cast

from tornado.web import stream_request_body

from nbship.local.http.handler import ApiHandler
from nbship.local.protocol.routes import UPLOAD
from nbship.local.protocol.validation import ApiError, not_found
from nbship.local.storage.uploads import Upload, start_of

if TYPE_CHECKING:
    from tornado.http1connection import HTTP1Connection

_RESUME_INCOMPLETE = 308


@stream_request_body
class UploadHandler(ApiHandler):
    """The handler of uploads."""

    _upload: Upload | None = None
    _file: BinaryIO | None = None
    _error: ApiError | OSError | None = None

    def prepare(self) -> None:
        """Find the upload before its bytes arrive."""
        super().prepare()
        if self.route.name != UPLOAD:
            raise not_found(f"No such page: {self.request.method} {self.path}")
        self.label = "upload"
        try:
            self._begin()
        except ApiError as error:
            # Reported after the body has arrived: a client that is still sending does not read.
            self._error = error

    def _begin(self) -> None:
        uploads = self.registry.uploads
        upload = uploads.find(self.route.fields["token"])
        if upload is None:
            raise not_found("The upload was not found")
        if upload.token in uploads.busy:
            raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "Another request is sending this upload")
        received = uploads.received(upload)
        start = start_of(self.request.headers.get("Content-Range"), upload, received)
        self._upload, self.user = upload, upload.user
        if start is None:
            return
        uploads.busy.add(upload.token)
        # The server refuses more bytes than expected before it writes them.
        connection = cast("HTTP1Connection", self.request.connection)
        connection.set_max_body_size(upload.length - start)
        self._file = uploads.path(upload).open("ab" if start else "wb", buffering=0)

    def data_received(self, chunk: bytes) -> None:
        """Write a part of the file."""
        if self._file is None or self._error:
            return
        try:
            while chunk:  # a nearly full disk writes a part, and then fails
                chunk = chunk[self._file.write(chunk) :]
        except OSError as error:
            self._error = error

    def put(self) -> None:
        """Answer 200 for a complete file, else 308 with the range received so far."""
        self._close()
        if isinstance(self._error, ApiError):
            raise self._error
        if self._error:
            raise ApiError(
                HTTPStatus.INSUFFICIENT_STORAGE, f"The upload was not saved: {self._error.strerror}"
            )
        assert self._upload  # noqa: S101 - for mypy: without an error it was found
        received = self.registry.uploads.received(self._upload)
        if received == self._upload.length:
            self.effect = f"uploaded {self._upload.name}"
            self.send({})
            return
        self.set_status(_RESUME_INCOMPLETE, "Resume Incomplete")
        if received:
            self.set_header("Range", f"bytes=0-{received - 1}")

    def on_finish(self) -> None:
        """Close the file after the answer."""
        self._close()

    def on_connection_close(self) -> None:
        """Close the file when the client closes the connection; keep the received bytes."""
        self._close()

    def _close(self) -> None:
        if self._file and self._upload:
            with suppress(OSError):
                self._file.close()
            self._file = None
            self.registry.uploads.busy.discard(self._upload.token)
