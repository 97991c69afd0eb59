"""The datasets of the service: whether a dataset can be used, and its latest version.

Side effects: sends requests. Only a kernel with datasets pays for the import of this module.
"""

from typing import Any

from nbship.lazy import isolated
from nbship.model.run import DatasetState

with isolated("kagglesdk"):
    from kagglesdk.datasets.services.dataset_api_service import DatasetApiClient
    from kagglesdk.datasets.types import dataset_api_service as api

# Kaggle's states of a new version, from kagglesdk/datasets/types/dataset_enums.py; those that are
# not here are steps on the way to READY.
_STATES: dict[str, DatasetState] = {
    "READY": "ready",
    "REPROCESSING": "reprocessing",
    "FAILED": "failed",
    "DELETED": "deleted",
}


def state(http: Any, dataset: str) -> DatasetState:
    """Ask for the state of a dataset's latest version."""
    request = api.ApiGetDatasetStatusRequest()
    request.owner_slug, request.dataset_slug = dataset.split("/")[:2]
    answer = DatasetApiClient(http).get_dataset_status(request)
    return _STATES.get(answer.status.name, "processing")


def version(http: Any, dataset: str) -> int | None:
    """Ask for the number of a dataset's latest version; None if the answer has none.

    Raises:
        TypeError: the answer has something else.
    """
    request = api.ApiGetDatasetRequest()
    request.owner_slug, request.dataset_slug = dataset.split("/")[:2]
    number = DatasetApiClient(http).get_dataset(request).current_version_number
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise TypeError(f"{number!r} is not the number of a version")
    return number or None  # kagglesdk reads a missing number as 0
