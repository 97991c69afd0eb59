"""Files on their way up: begun with a call, sent with PUT, resumed where they broke off.

``HOME/uploads/TOKEN.json`` says what is awaited, ``TOKEN`` beside it holds what has come so far.

Side effects: these files.
"""

import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from nbship.local.protocol import validation
from nbship.local.protocol.validation import Json, bad_request
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
_MOST_AT_ONCE = 1000  # of one user


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that somebody sends."""

    token: str
    user: str
    name: str
    length: int


class Uploads:
    """All files on their way up."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url
        self.busy: set[str] = set()  # the tokens of those that come just now

    def start(self, user: str, request: Json) -> Json:
        """Answer StartBlobUpload: where to send the file, and the token that then stands for it."""
        name, length = request.get("name", ""), request.get("contentLength", 0)
        if not is_name(name):
            raise bad_request("'name' must be the name of a file")
        if length not in range(_LARGEST + 1):
            raise bad_request(f"'contentLength' must be at most {_LARGEST} bytes")
        if "type" not in request:
            raise bad_request("'type' is required")
        self._folder.mkdir(parents=True, exist_ok=True)
        if sum(self._of(user, path) for path in self._folder.glob("*.json")) >= _MOST_AT_ONCE:
            raise bad_request(f"{_MOST_AT_ONCE} uploads are unfinished; remove {self._folder}")
        upload = Upload(secrets.token_urlsafe(24), user, name, length)
        self.path(upload).touch()
        self._note(upload.token).write_text(json.dumps(asdict(upload)), encoding="utf-8")
        return {"token": upload.token, "createUrl": f"{self._url}/upload/{upload.token}"}

    def find(self, token: str) -> Upload | None:
        """Find an upload that was begun and not used yet."""
        if not _TOKEN.fullmatch(token):
            return None
        try:
            return Upload(**json.loads(self._note(token).read_bytes()))
        except (FileNotFoundError, ValueError):  # a crash may have left half a note
            return None

    def path(self, upload: Upload) -> Path:
        """Return the file that holds what has come so far."""
        return self._folder / upload.token

    def received(self, upload: Upload) -> int:
        """Return how many bytes have come so far."""
        return self.path(upload).stat().st_size

    def forget(self, uploads: Iterable[Upload]) -> None:
        """Remove uploads that were put to use."""
        for upload in uploads:
            self._note(upload.token).unlink(missing_ok=True)
            self.path(upload).unlink(missing_ok=True)

    def _note(self, token: str) -> Path:
        return self._folder / f"{token}.json"

    def _of(self, user: str, note: Path) -> bool:
        upload = self.find(note.stem)
        return upload is not None and upload.user == user


def begin_at(content_range: str | None, upload: Upload, received: int) -> int | None:
    """Return at which byte a PUT begins; None if it only asks how far the file has come.

    Raises:
        ApiError: it is not the part that is missing.
    """
    if content_range is None:
        return 0
    match = _RANGE.fullmatch(content_range)
    if match is None or int(match[3]) != upload.length:
        raise bad_request("The Content-Range is not one of this upload")
    if match[1] is None:
        return None
    if int(match[1]) != received or int(match[2]) != upload.length - 1:
        raise bad_request(f"The part from byte {received} on is awaited")
    return received
