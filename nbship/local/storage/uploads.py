"""Uploads: started with StartBlobUpload, sent with PUT, resumable at the last received byte.

``uploads/TOKEN.json`` in the state folder describes the expected file; ``TOKEN`` beside it holds
the bytes received so far.

Side effects: creates, reads and removes these files.
"""

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from nbship.local.protocol import validation
from nbship.local.protocol.validation import Json, bad_request
from nbship.local.storage.json_files import read_json
from nbship.local.storage.unpack import is_name

FIELDS = {
    "type": validation.one_of("DATASET"),
    "name": validation.STRING,
    "contentType": validation.STRING,
    "contentLength": validation.INTEGER,
    "lastModifiedEpochSeconds": validation.INTEGER,
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_RANGE = re.compile(r"bytes (?:\*|([0-9]{1,18})-([0-9]{1,18}))/([0-9]{1,18})")
_LARGEST = 2 * 1024**3  # bytes of one file


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that a user uploads; ``length`` is in bytes."""

    token: str
    user: str
    name: str
    length: int


class Uploads:
    """All uploads that no dataset version has used yet."""

    def __init__(self, folder: Path, url: str, *, most_at_once: int = 1000) -> None:
        """Begin with the uploads in a folder; a user may have ``most_at_once`` unfinished ones."""
        self._most_at_once = most_at_once
        self._folder = folder
        self._url = url
        self.busy: set[str] = set()  # the tokens of the uploads that a request is sending now

    def start(self, user: str, request: Json) -> Json:
        """Answer StartBlobUpload: the URL for the file, and the token that names it."""
        name, length = request.get("name", ""), request.get("contentLength", 0)
        if not is_name(name):
            raise bad_request("'name' must be a file name")
        if length not in range(_LARGEST + 1):
            raise bad_request(f"'contentLength' must be at most {_LARGEST} bytes")
        if "type" not in request:
            raise bad_request("'type' is required")
        self._folder.mkdir(parents=True, exist_ok=True)
        if (
            sum(self._belongs_to(user, path) for path in self._folder.glob("*.json"))
            >= self._most_at_once
        ):
            raise bad_request(f"{self._most_at_once} uploads are unfinished; delete {self._folder}")
        upload = Upload(secrets.token_urlsafe(24), user, name, length)
        self.path(upload).touch()
        self._description(upload.token).write_text(json.dumps(asdict(upload)), encoding="utf-8")
        return {"token": upload.token, "createUrl": f"{self._url}/upload/{upload.token}"}

    def find(self, token: str) -> Upload | None:
        """Return an upload that was started and not used yet, or None."""
        if not _TOKEN.fullmatch(token):
            return None
        try:
            return Upload(**read_json(self._description(token)))
        except (FileNotFoundError, ValueError, TypeError):  # a crash can leave a part of it
            return None

    def path(self, upload: Upload) -> Path:
        """Return the file that holds the bytes received so far."""
        return self._folder / upload.token

    def received(self, upload: Upload) -> int:
        """Return the number of bytes received so far."""
        return self.path(upload).stat().st_size

    def forget(self, uploads: Iterable[Upload]) -> None:
        """Delete uploads that a dataset version now holds."""
        for upload in uploads:
            self._description(upload.token).unlink(missing_ok=True)
            self.path(upload).unlink(missing_ok=True)

    def _description(self, token: str) -> Path:
        return self._folder / f"{token}.json"

    def _belongs_to(self, user: str, description: Path) -> bool:
        upload = self.find(description.stem)
        return upload is not None and upload.user == user


def start_of(content_range: str | None, upload: Upload, received: int) -> int | None:
    """Return the byte at which a PUT begins; None if it only queries the upload's progress.

    Raises:
        ApiError: the range is not the missing part of the file.
    """
    if content_range is None:
        return 0
    match = _RANGE.fullmatch(content_range)
    if match is None or int(match[3]) != upload.length:
        raise bad_request("The Content-Range does not match this upload")
    if match[1] is None:
        return None
    if int(match[1]) != received or int(match[2]) != upload.length - 1:
        raise bad_request(f"The part from byte {received} to the end is expected")
    return received
