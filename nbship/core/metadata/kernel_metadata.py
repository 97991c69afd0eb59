"""kernel-metadata.json: every key is always written, so that no default of Kaggle's applies.

The keys: docs/kernels_metadata.md of the kaggle command line. Its documentation and its code
disagree on the default of ``enable_internet``, for example.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from nbship.model.spec import KaggleSpec
from nbship.model.workspace import METADATA_FILE

FILE_NAME = METADATA_FILE


def render_kernel_metadata(spec: KaggleSpec, code_file: str) -> str:
    """Return the text of kernel-metadata.json for the notebook or script in ``code_file``."""
    return as_kernel_metadata(asdict(spec) | {"code_file": code_file})


def as_kernel_metadata(keys: Mapping[str, Any]) -> str:
    """Return the text of kernel-metadata.json with these keys."""
    return json.dumps(dict(keys), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
