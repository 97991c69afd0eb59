"""The editor of Kaggle's web page: another client, which reads a kernel and saves a version."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

Json = dict[str, Any]
_SETTINGS = (
    "enableGpu", "enableTpu", "enableInternet", "datasetDataSources", "competitionDataSources",
    "kernelDataSources", "modelDataSources", "categoryIds", "isPrivate", "machineShape", "language",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class WebPage:
    """The page of one kernel on a local Kaggle, opened by a user: by its owner for ""."""

    url: str
    kernel: str
    key: str
    user: str = ""

    def read(self, version: int | None = None) -> Json:
        """Return a version, the latest one by default: its settings and its code."""
        owner, _, slug = self.kernel.partition("/")
        label = {} if version is None else {"versionLabel": f"v{version}"}
        return self.call("GetKernel", userName=owner, kernelSlug=slug, **label)

    def cells(self, version: int | None = None) -> list[Json]:
        """Return the cells of a version of a notebook."""
        return list(json.loads(self.read(version)["blob"]["source"])["cells"])

    def edit(self, change: Callable[[list[Json]], object], **settings: object) -> int:
        """Change the cells of a notebook and some settings, save it, and return the version."""
        content = json.loads(self.read()["blob"]["source"])
        change(content["cells"])
        return self.save(json.dumps(content), **settings)

    def save(self, text: str, **settings: object) -> int:
        """Save this text, usually without a run, with the settings that the latest version has."""
        found = self.read()
        request = {name: found["metadata"][name] for name in _SETTINGS if name in found["metadata"]}
        answer = self.call(
            "SaveKernel",
            slug=self.kernel,
            newTitle=found["metadata"]["title"],
            text=text,
            kernelType=found["blob"]["kernelType"],
            **{"kernelExecutionType": "QUICK_SAVE", **request, **settings},
        )
        return int(answer["versionNumber"])

    def call(self, method: str, **request: object) -> Json:
        """Ask the service of kernels."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.post(
                f"{self.url}/api/v1/kernels.KernelsApiService/{method}",
                json=request,
                auth=(self.user or self.kernel.partition("/")[0], self.key),
                timeout=30,
            )
        answer.raise_for_status()
        return dict(answer.json())
