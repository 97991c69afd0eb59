"""Support for tests of the Kaggle client: a client, its data, and a clock that never waits."""

from dataclasses import dataclass, field
from typing import Any

from nbship.core.kaggle.retry_policy import Patience
from nbship.edges.kaggle.client import Kaggle
from tests.support.servers import KERNEL, server_at

SAVED = {"ref": f"/{KERNEL}", "url": "https://example.org/code", "versionNumber": 3, "kernelId": 7}
METADATA: dict[str, Any] = {
    "id": KERNEL,
    "id_no": 7,
    "title": "Tiny Kernel",
    "language": "python",
    "kernel_type": "notebook",
    "is_private": True,
    "enable_gpu": True,
    "enable_tpu": False,
    "enable_internet": True,
    "dataset_sources": ["awa/voices"],
    "competition_sources": ["titanic"],
    "kernel_sources": ["awa/upstream"],
    "model_sources": ["awa/m/py/v/1"],
    "keywords": ["speech"],
    "docker_image": "gcr.io/image@sha256:1",
    "docker_image_pinning_type": "original",
    "machine_shape": "NvidiaTeslaT4",
}


@dataclass
class QuickClock:
    """A clock whose time passes only in ``wait``, which returns at once."""

    now: float = 0.0
    waits: list[float] = field(default_factory=list)

    def seconds(self) -> float:
        """Return the time in seconds."""
        return self.now

    def wait(self, duration: float) -> None:
        """Advance the time by a duration, and return at once."""
        self.waits.append(duration)
        self.now += duration


def connect(url: str, patience: Patience | None = None, clock: QuickClock | None = None) -> Kaggle:
    """Return a client that does not wait between two attempts."""
    return Kaggle(server_at(url), patience=patience, clock=clock or QuickClock())
