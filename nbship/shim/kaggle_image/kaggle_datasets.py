"""The addresses of datasets in Google Cloud Storage, which TPUs read.

The names are those of ``patches/kaggle_datasets.py`` of https://github.com/Kaggle/docker-python. A
rehearsal has no such storage: the server answers with an error, except that a machine with a TPU
(``ISTPUVM``) reads /kaggle/input.
"""

from __future__ import annotations

import os
import sys

from kaggle_web_client import KaggleWebClient

_INPUT = "/kaggle/input"


class KaggleDatasets:
    """A client for the addresses of datasets."""

    GET_GCS_PATH_ENDPOINT = "/requests/CopyDatasetVersionToKnownGcsBucketRequest"
    TIMEOUT_SECS = 600
    AUTO_ML = 1
    TPU = 2

    def __init__(self) -> None:
        self.web_client = KaggleWebClient()
        self.has_tpu = "TPU_NAME" in os.environ
        self.has_tpuvm = "ISTPUVM" in os.environ

    def get_gcs_path(self, dataset_dir: str | None = None) -> str:
        """Return the address of a dataset, or its folder where the machine has a TPU."""
        if self.has_tpuvm:
            path = os.path.join(_INPUT, dataset_dir or self._only_dataset())
            sys.stderr.write(
                "get_gcs_path is not required on TPU VMs which can directly use Kaggle datasets, "
                f"using path: {path}\n"
            )
            return path
        kind = self.TPU if self.has_tpu else self.AUTO_ML
        request = {"MountSlug": dataset_dir, "IntegrationType": kind}
        answer = self.web_client.make_post_request(
            request, self.GET_GCS_PATH_ENDPOINT, self.TIMEOUT_SECS
        )
        return str(answer["destinationBucket"])

    @staticmethod
    def _only_dataset() -> str:
        names = [name for name in os.listdir(_INPUT) if os.path.isdir(os.path.join(_INPUT, name))]
        if len(names) != 1:
            raise Exception(  # noqa: TRY002 - the class that Kaggle's module raises
                "Could not infer dataset_dir. dataset_dir can only be inferred if there is exactly "
                "1 Kaggle dataset attached."
            )
        return names[0]
