"""The files that keep both sides of a rescue."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from nbship.core.drift.examine import DriftFacts
from nbship.core.metadata.kernel_metadata import as_kernel_metadata
from nbship.model.layout import NOTEBOOK_SUFFIX

OURS = "ours"


def sides(facts: DriftFacts, source: bytes) -> Mapping[str, bytes]:
    """Return the source as it is, and the versions on the service, by the name of each file."""
    suffix = PurePosixPath(facts.source.path).suffix
    is_script = facts.theirs.settings.get("kernel_type") == "script"
    found = {f"{OURS}{suffix}": source}
    for version in filter(None, (facts.theirs, facts.base)):
        name = f"version-{version.number}"
        found[f"{name}{suffix if is_script else NOTEBOOK_SUFFIX}"] = _bytes(version.text)
        found[f"{name}.json"] = _bytes(as_kernel_metadata(version.settings))
    return found


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")
