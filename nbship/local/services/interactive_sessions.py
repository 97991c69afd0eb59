"""Interactive sessions: CreateKernelSession, and the operation that reports their start.

On Kaggle such a session is a machine with a Jupyter server for an editor. Here it only occupies a
slot: it counts towards the limits and the weekly hours, and ends when it is cancelled or reaches
its longest duration. It runs no code and no Jupyter server.

Facts about Kaggle: the first answer is ``{"name": "operations/create-kernel-session/N",
"metadata": {"kernelSessionId": N}, "done": false}``; N can be cancelled; at a limit the answer is
409. On Kaggle, the response of the finished operation also holds a ``jupyterUrl``.

Side effects: reads and writes the database.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from nbship.local.protocol import validation
from nbship.local.protocol.rpc import Answer, Rpc
from nbship.local.protocol.validation import ApiError, Json, not_found
from nbship.local.services import limits
from nbship.local.sessions.environment import SessionFolders
from nbship.local.storage.database import Kernel

_FIELDS = {
    "slug": validation.STRING,
    "language": validation.one_of("python", "r", "rmarkdown"),
    "kernelType": validation.one_of("notebook", "script"),
    "dockerImage": validation.STRING,
    "machineShape": validation.STRING,
    "enableInternet": validation.BOOLEAN,
}
_PREFIX = "operations/create-kernel-session/"
_NAME = re.compile(rf"{_PREFIX}([0-9]{{1,18}})")


@dataclass(frozen=True, slots=True)
class Interactive:
    """The methods. ``find`` returns the kernel of a user, owner and slug, or raises ApiError."""

    folders: SessionFolders
    find: Callable[[str, str, str], Kernel]

    @property
    def create(self) -> Rpc:
        """The method CreateKernelSession."""
        return Rpc(_FIELDS, self._create, _create_effect)

    @property
    def get_operation(self) -> Rpc:
        """The method GetOperation, of OperationsService."""
        return Rpc({"name": validation.STRING}, self._get_operation)

    def cancel(self, user: str, number: int) -> Json | None:
        """End an interactive session of this user; return None if the number is not of one.

        Raises:
            ApiError: somebody else has started the session.
        """
        slot = self.folders.database.slots.find(number)
        if slot is None:
            return None
        if not self.folders.state_dir.is_same_person(user, slot.starter):
            raise ApiError(HTTPStatus.FORBIDDEN, "Permission 'kernelSessions.cancel' was denied")
        if not slot.is_taken(validation.now()):
            return {"errorMessage": "The session has already ended"}
        self.folders.database.slots.release(number)
        return {}

    def _create(self, user: str, request: Json) -> Json:
        database = self.folders.database
        owner, _, slug = request.get("slug", "").partition("/")
        kernel = self.find(user, owner, slug)
        if not self.folders.rights.may_start(user, kernel):
            raise ApiError(HTTPStatus.FORBIDDEN, "Permission 'kernels.update' was denied")
        if request.get("kernelType", kernel.kernel_type) != kernel.kernel_type:
            raise validation.bad_request(f"{kernel.owner}/{kernel.slug} is a {kernel.kernel_type}")
        accelerator = limits.accelerator_of(request)
        with database.transaction():
            if limit := limits.reached_limit(self.folders, user, accelerator):
                raise ApiError(HTTPStatus.CONFLICT, limit)
            longest = timedelta(seconds=limits.LONGEST[accelerator])
            number = database.slots.take(kernel.id, user, accelerator, longest)
        return {**_operation(number), "done": False}

    def _get_operation(self, user: str, request: Json) -> Json:
        match = _NAME.fullmatch(request.get("name", ""))
        slot = self.folders.database.slots.find(int(match[1])) if match else None
        if slot is None or not self.folders.state_dir.is_same_person(user, slot.starter):
            raise not_found("The operation was not found")
        number = slot.session_id
        return {**_operation(number), "done": True, "response": {"kernelSessionId": number}}


def _operation(number: int) -> Json:
    return {"name": f"{_PREFIX}{number}", "metadata": {"kernelSessionId": number}}


def _create_effect(request: Json, answer: Answer) -> str:
    assert isinstance(answer, dict)  # noqa: S101 - for mypy: _create returns a dict or raises
    return f"session {answer['metadata']['kernelSessionId']} of {request['slug']}".lower()
