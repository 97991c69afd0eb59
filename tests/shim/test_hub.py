"""kagglehub in a run: it finds what is mounted, by the names that it gives to sources."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from nbship.shim.kaggle_world import hub

VOICES = {"OwnerSlug": "Awa", "DatasetSlug": "voices"}
ATTACH = "AttachDatasourceUsingJwtRequest"


class BackendError(Exception):
    """The error of kagglehub."""


class Client:
    """The client of Kaggle's service, which is not there."""

    def post(self, request_name: str, data: Any, timeout: float = 1) -> Any:  # noqa: ARG002
        return f"asked for {request_name}"


@pytest.fixture
def client(tmp_path: Path) -> Client:
    for mount in (
        "datasets/awa/voices", "competitions/titanic", "notebooks/awa/one",
        "models/google/gemma/pytorch/2b/9", "models/google/gemma/pytorch/2b/10",
    ):  # fmt: skip
        (tmp_path / mount).mkdir(parents=True)
    kind = type("KaggleJwtClient", (Client,), {})
    hub.answer_here(SimpleNamespace(KaggleJwtClient=kind, BackendError=BackendError), str(tmp_path))
    answering: Client = kind()
    return answering


def gemma(**more: str) -> dict[str, Any]:
    names = {"OwnerSlug": "google", "ModelSlug": "gemma", "Framework": "PyTorch"}
    return {"modelRef": {**names, "InstanceSlug": "2b", **more}}


@pytest.mark.parametrize(
    ("data", "path", "version"),
    [
        (
            {"datasetRef": {"OwnerSlug": "Awa", "DatasetSlug": "voices"}},
            "datasets/awa/voices",
            None,
        ),
        (
            {"datasetRef": {**VOICES, "VersionNumber": "3"}},
            "datasets/awa/voices",
            3,
        ),
        ({"competitionRef": {"CompetitionSlug": "titanic"}}, "competitions/titanic", None),
        ({"kernelRef": {"OwnerSlug": "awa", "KernelSlug": "one"}}, "notebooks/awa/one", None),
        (gemma(), "models/google/gemma/pytorch/2b/10", 10),
        (gemma(VersionNumber="9"), "models/google/gemma/pytorch/2b/9", 9),
    ],
)
def test_a_mounted_source_is_found(
    client: Client, data: object, path: str, version: int | None
) -> None:
    found = client.post(ATTACH, data, timeout=5)
    assert found == {"mountSlug": path, "versionNumber": version}


@pytest.mark.parametrize(
    "data",
    [
        {"datasetRef": {"OwnerSlug": "awa", "DatasetSlug": "other"}},
        gemma(VersionNumber="3"),
        gemma(InstanceSlug="7b"),
        {"packageRef": {}},
        {},
    ],
)
def test_what_is_not_mounted_is_refused(client: Client, data: object) -> None:
    with pytest.raises(BackendError, match="is not mounted: name it in the notebook's metadata"):
        client.post(ATTACH, data)


def test_another_request_goes_to_kaggle(client: Client) -> None:
    assert client.post("Other", {}) == "asked for Other"
