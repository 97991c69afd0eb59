"""Interactive sessions: CreateKernelSession, and the operation by which their start is followed.

On Kaggle such a session is a machine with a Jupyter of its own, which an editor then speaks to.
Here it is a place that is taken: it counts towards the limits and the week's hours, and ends when
it is cancelled or its time is over. Nothing runs in it, and there is no Jupyter to speak to.

What is known of Kaggle: the first answer is ``{"name": "operations/create-kernel-session/N",
"metadata": {"kernelSessionId": N}, "done": false}``, N can be cancelled, and a session that cannot
be had is a 409. Its response, once done, also has a ``jupyterUrl`` there.

Side effects: the database.
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
    """The calls; ``find`` finds a kernel that a user may read, or refuses."""

    worlds: SessionFolders
    find: Callable[[str, str, str], Kernel]

    @property
    def create(self) -> Rpc:
        """CreateKernelSession."""
        return Rpc(_FIELDS, self._create, _created)

    @property
    def get_operation(self) -> Rpc:
        """GetOperation, of the service for operations."""
        return Rpc({"name": validation.STRING}, self._get_operation)

    def cancel(self, user: str, number: int) -> Json | None:
        """End a session, if there is one of this number."""
        place = self.worlds.state.places.find(number)
        if place is None or place.owner != user:
            return None
        if not place.is_taken(validation.now()):
            return {"errorMessage": "The session has already ended"}
        self.worlds.state.places.leave(number)
        return {}

    def _create(self, user: str, request: Json) -> Json:
        state = self.worlds.state
        owner, _, slug = request.get("slug", "").partition("/")
        kernel = self.find(user, owner, slug)
        if kernel.owner != user:
            raise ApiError(HTTPStatus.FORBIDDEN, "Permission 'kernels.update' was denied")
        if request.get("kernelType", kernel.kernel_type) != kernel.kernel_type:
            raise validation.bad_request(f"{kernel.owner}/{kernel.slug} is a {kernel.kernel_type}")
        accelerator = limits.accelerator_of(request)
        with state.transaction():
            if why := limits.reached(self.worlds, user, accelerator):
                raise ApiError(HTTPStatus.CONFLICT, why)
            longest = timedelta(seconds=limits.LONGEST[accelerator])
            number = state.places.take(kernel.id, accelerator, longest)
        return {**_operation(number), "done": False}

    def _get_operation(self, user: str, request: Json) -> Json:
        match = _NAME.fullmatch(request.get("name", ""))
        place = self.worlds.state.places.find(int(match[1])) if match else None
        if place is None or place.owner != user:
            raise not_found("The operation was not found")
        number = place.session_id
        return {**_operation(number), "done": True, "response": {"kernelSessionId": number}}


def _operation(number: int) -> Json:
    return {"name": f"{_PREFIX}{number}", "metadata": {"kernelSessionId": number}}


def _created(request: Json, answer: Answer) -> str:
    assert isinstance(answer, dict)  # noqa: S101 - for mypy: anything else was raised
    return f"session {answer['metadata']['kernelSessionId']} of {request['slug']}".lower()
