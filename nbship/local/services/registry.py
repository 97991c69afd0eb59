"""The container of the services and the state that request handlers use. Plain data."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from nbship.local.protocol.routes import (
    ACCOUNTS,
    BLOBS,
    DATASETS,
    DISCUSSIONS,
    KERNELS,
    OAUTH,
    OPERATIONS,
)
from nbship.local.protocol.rpc import Rpc
from nbship.local.services.datasets import Datasets
from nbship.local.services.kernels import Kernels
from nbship.local.services.users import GENERATE, INTROSPECT, Users
from nbship.local.storage import uploads
from nbship.local.storage.database import Database
from nbship.local.storage.state_dir import StateDir
from nbship.local.storage.uploads import Uploads

DRAIN_TIMEOUT = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Registry:
    """The services, the state folder and the database."""

    state_dir: StateDir
    database: Database
    kernels: Kernels
    users: Users
    uploads: Uploads
    datasets: Datasets
    pid: int
    # One for each open log stream; done when the end of the log has been sent.
    log_streams: set[asyncio.Future[None]] = field(default_factory=set)
    has_lifeline: bool = False  # the server ends with the command that started it

    @property
    def methods(self) -> Mapping[str, Rpc]:
        """Every method of the API, by its RPC name."""
        return {
            **{f"{KERNELS}/{name}": rpc for name, rpc in self.kernels.methods.items()},
            **{f"{DATASETS}/{name}": rpc for name, rpc in self.datasets.methods.items()},
            f"{OPERATIONS}/GetOperation": self.kernels.interactive.get_operation,
            f"{DISCUSSIONS}/ListKernelTopics": self.kernels.list_topics,
            f"{BLOBS}/StartBlobUpload": Rpc(uploads.FIELDS, self.uploads.start),
            f"{OAUTH}/IntrospectToken": Rpc(
                INTROSPECT, self.users.introspect, is_public=True
            ),
            f"{ACCOUNTS}/GenerateAccessToken": Rpc(
                GENERATE, self.users.generate, is_public=True
            ),
        }  # fmt: skip

    def with_database(self, database: Database) -> "Registry":
        """Return the same services over another database."""
        return replace(self, database=database, kernels=self.kernels.with_database(database))

    async def drain(self) -> None:
        """Wait until the open log streams have sent their end, for at most one second."""
        if self.log_streams:
            await asyncio.wait(self.log_streams, timeout=DRAIN_TIMEOUT)
