"""The repository of a voice lab before it has nbship: notebooks, metadata and outputs in git."""

import json
from pathlib import Path
from typing import Any

from tests.support.workspace import Workspace

TRAINER = "ous-sow/sahel-kaggle-master-trainer"
_PYTHON = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
_FILES = {
    "README.md": "# The lab\n",
    ".gitignore": "data/\n",
    ".gitattributes": "*.ipynb filter=nbstripout\n",
    "Makefile": "push:\n\tkaggle kernels push -p notebooks/trainer\n",
}


def old_notebook(*cells: tuple[str, str], minor: int = 5, **metadata: Any) -> str:
    """Return an .ipynb of code cells, each with what it printed."""
    made = [
        {
            "cell_type": "code", "execution_count": number, "metadata": {},
            "outputs": [{"name": "stdout", "output_type": "stream", "text": [f"{printed}\n"]}],
            "source": source.splitlines(keepends=True),
            **({"id": f"cell-{number}"} if minor >= 5 else {}),
        }
        for number, (source, printed) in enumerate(cells, 1)
    ]  # fmt: skip
    content = {
        "cells": made, "metadata": {**_PYTHON, **metadata}, "nbformat": 4, "nbformat_minor": minor,
    }  # fmt: skip
    return json.dumps(content, indent=1) + "\n"


def old_lab(root: Path) -> Workspace:
    """Return the lab's repository, as its members describe it."""
    lab = Workspace(root)
    root.mkdir(parents=True)
    lab.git("init", "-q", "-b", "main")
    for path, text in _FILES.items():
        lab.write(path, text)
    trainer = old_notebook(
        ("import os\n\nEPOCHS = 3\nprint('epochs', EPOCHS)", "epochs 3"),
        ("%matplotlib inline\nprint(len(list(os.walk('/kaggle/input'))) > 0)", "True"),
        ("open('model.txt', 'w').write('x')\nprint('done')", "done"),
    )
    for name, kernel, more in (
        ("trainer", TRAINER, {"machine_shape": "NvidiaTeslaT4"}),
        ("train_fula", "ous-sow/sahel-train-fula", {"kernel_sources": [TRAINER], "id_no": 1234}),
    ):
        metadata = {
            "id": kernel, "title": kernel.partition("/")[2].replace("-", " ").title(),
            "code_file": f"{name}.ipynb", "language": "python", "kernel_type": "notebook",
            "is_private": "true", "enable_gpu": "true", "enable_internet": "true", **more,
        }  # fmt: skip
        lab.write(f"notebooks/{name}/{name}.ipynb", trainer)
        lab.write(f"notebooks/{name}/kernel-metadata.json", json.dumps(metadata, indent=2))
    colab = old_notebook(
        ("from google.colab import drive\n\ndrive.mount('/content/drive')", "Mounted"),
        minor=4, accelerator="GPU", colab={"provenance": [], "gpuType": "T4"},
    )  # fmt: skip
    lab.write("notebooks/train_colab/train_colab.ipynb", colab)
    lab.write("notebooks/helper/helper.ipynb", old_notebook(("print('helper')", "helper")))
    lab.commit()
    return lab
