"""All that an answer can be made from, in one place. Plain data."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nbship.local.protocol.routes import ACCOUNTS, BLOBS, DATASETS, KERNELS, OAUTH, OPERATIONS
from nbship.local.protocol.rpc import Rpc
from nbship.local.services.datasets import Datasets
from nbship.local.services.kernels import Kernels
from nbship.local.services.users import GENERATE, INTROSPECT, Users
from nbship.local.storage import uploads
from nbship.local.storage.database import State
from nbship.local.storage.state_dir import Home
from nbship.local.storage.uploads import Uploads

DRAIN_TIMEOUT = 1.0


@dataclass(frozen=True, slots=True)
class Registry:
    """The services and what they stand on."""

    home: Home
    state: State
    kernels: Kernels
    users: Users
    uploads: Uploads
    datasets: Datasets
    pid: int
    # Each is done when someone who follows a log has heard of its end.
    following: set[asyncio.Future[None]] = field(default_factory=set)
    has_lifeline: bool = False  # it ends with the command that started it

    @property
    def methods(self) -> Mapping[str, Rpc]:
        """Every method that is served, by its full name."""
        return {
            **{f"{KERNELS}/{name}": rpc for name, rpc in self.kernels.methods.items()},
            **{f"{DATASETS}/{name}": rpc for name, rpc in self.datasets.methods.items()},
            f"{OPERATIONS}/GetOperation": self.kernels.interactive.get_operation,
            f"{BLOBS}/StartBlobUpload": Rpc(uploads.FIELDS, self.uploads.start),
            f"{OAUTH}/IntrospectToken": Rpc(
                INTROSPECT, self.users.introspect, is_for_anyone=True
            ),
            f"{ACCOUNTS}/GenerateAccessToken": Rpc(
                GENERATE, self.users.generate, is_for_anyone=True
            ),
        }  # fmt: skip

    def as_of(self, state: State) -> "Registry":
        """Return the same registry with another memory."""
        return replace(self, state=state, kernels=self.kernels.over(state))

    async def drain(self) -> None:
        """Give those who follow a log the time to hear of its end."""
        if self.following:
            await asyncio.wait(self.following, timeout=DRAIN_TIMEOUT)
