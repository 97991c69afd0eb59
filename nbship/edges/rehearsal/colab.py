"""The rehearsal of a Colab notebook: the variables and facts with which shim/google_colab works.

Side effects: writes one file in the folder of the rehearsal.

A notebook finds out by its variables and folders where it runs, so that the variable that marks
Kaggle is not set. The samples are those below ``colab/`` in the folder of the inputs:
``colab/drive`` for Google Drive, and ``colab/upload`` for ``files.upload()``.
"""

import json
from collections.abc import Mapping

from nbship.edges.rehearsal.kaggle_layout import KaggleFolders
from nbship.edges.storage import files
from nbship.model.workspace import Workspace

KERNEL_ARGUMENTS = ("--ext=kernel_colab",)  # of ipykernel: an extension in the shim
_FACTS = "colab.json"
_OF_KAGGLE = "KAGGLE_KERNEL_RUN_TYPE"


def as_on_colab(
    environment: Mapping[str, str],
    folders: KaggleFolders,
    workspace: Workspace,
    userdata: Mapping[str, str],
) -> dict[str, str]:
    """Return the environment of a rehearsed Colab notebook; ``userdata`` are its secrets."""
    world, samples = folders.root.parent, workspace.inputs / "colab"
    facts = {
        "userdata": dict(userdata),
        "world": str(world),
        "drive": str(world / "drive"),
        "content": str(folders.working),
        "content_shown": folders.working.relative_to(workspace.root).as_posix(),
        "samples": str(samples),
        "samples_shown": samples.relative_to(workspace.root).as_posix(),
    }
    files.write_file(world / _FACTS, json.dumps(facts).encode())
    there = {name: value for name, value in environment.items() if name != _OF_KAGGLE}
    return there | {"COLAB_RELEASE_TAG": "release-colab", "NBSHIP_COLAB": str(world / _FACTS)}
