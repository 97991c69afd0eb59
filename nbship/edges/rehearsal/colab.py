"""The rehearsal of a Colab notebook: the variables and facts with which shim/google_colab works.

Side effects: writes one file in the folder of the rehearsal.

A notebook finds out by its variables and folders where it runs: it has none of Kaggle's. The
samples are those below ``colab/`` in the folder of the inputs: ``colab/drive`` for Google Drive,
and ``colab/upload`` for ``files.upload()``.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from nbship.edges.rehearsal.kaggle_layout import KaggleFolders
from nbship.edges.storage import files
from nbship.model.workspace import Workspace

KERNEL_ARGUMENTS = ("--ext=kernel_colab",)  # of ipykernel: an extension in the shim
_FACTS = "colab.json"


def as_on_colab(
    environment: Mapping[str, str],
    folders: KaggleFolders,
    workspace: Workspace,
    userdata: Mapping[str, str],
    seen: tuple[Path, Path],
) -> dict[str, str]:
    """Return the environment of a rehearsed Colab notebook; ``userdata`` are its secrets.

    ``seen`` are the folder of the rehearsal and the working folder, as the notebook sees them.
    """
    samples = workspace.inputs / "colab"
    folder, content = seen
    facts = {
        "userdata": dict(userdata),
        "world": str(folder),
        "drive": f"{folder}/drive",
        "content": str(content),
        "content_shown": folders.working.relative_to(workspace.root).as_posix(),
        "samples": str(samples),
        "samples_shown": samples.relative_to(workspace.root).as_posix(),
    }
    files.write_cache(folders.folder / _FACTS, json.dumps(facts).encode())
    return {
        **environment,
        "COLAB_RELEASE_TAG": "release-colab",
        "NBSHIP_COLAB": f"{folder}/{_FACTS}",
    }
