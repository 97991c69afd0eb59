"""A rehearsal as it is sent to a worker: bytes, and nothing of this machine that is secret."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field

from nbship.edges.cluster.parcel import Parcel
from nbship.model.notebook import Built
from nbship.model.workspace import Entry


@dataclass(frozen=True, slots=True)
class Content:
    """What a rehearsal needs: the artifact, the texts of its sources, and what is mounted.

    ``mounts`` are folders by their paths below ``/kaggle``.
    """

    built: Built
    entry: Entry
    settings: bytes  # the workspace's pyproject.toml
    texts: Parcel
    mounts: Mapping[str, Parcel]
    until: str


@dataclass(frozen=True, slots=True)
class Job:
    """A content as bytes: the logs and pages of a cluster show arguments, and find nothing here."""

    name: str
    digest: str  # of the rehearsal
    versions: Mapping[str, str]
    content: bytes = field(repr=False)

    def open(self) -> Content:
        """Return the content; a worker trusts its client, whose code it runs anyway."""
        content = pickle.loads(self.content)  # noqa: S301
        if not isinstance(content, Content):
            raise TypeError
        return content


def sealed(content: Content, versions: Mapping[str, str]) -> Job:
    """Return a content as a job."""
    artifact = content.built.artifact
    return Job(artifact.name, artifact.rehearsal, versions, pickle.dumps(content))
