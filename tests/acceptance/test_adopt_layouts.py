"""Layouts of real repositories, rebuilt in small: each is adopted, or a line says what to do."""

import json
from pathlib import Path

import pytest

from tests.support.old_lab import old_notebook
from tests.support.workspace import Workspace

pytestmark = pytest.mark.usefixtures("quick_imports")
NOTEBOOK = old_notebook(("print('n')", "n"))
PERCENT = '"""Train a model."""\nimport os\n\n# %% Load the data\nprint(os.sep)\n'


def metadata(code: str, **more: object) -> str:
    found = {"id": f"awa/{code.partition('.')[0].replace('_', '-')}-kernel", "code_file": code,
             "title": f"{code.partition('.')[0].replace('_', ' ').title()} Kernel",
             "enable_internet": "false", **more}  # fmt: skip
    return json.dumps(found)


# Each: the files, the arguments, the exit code, the sources that are made, and what is said.
LAYOUTS: dict[str, tuple[dict[str, str], list[str], int, list[str], list[str]]] = {
    "experiments with two kernels each": (
        {
            "experiments/exp1/exp1_train.py": PERCENT,
            "experiments/exp1/exp1_infer.py": PERCENT,
            "experiments/exp1/kernel-metadata.json": metadata("exp1_train.py"),
            "experiments/exp1/kernel-metadata.infer.json": metadata("exp1_infer.py"),
            "Makefile": "push:\n\tkaggle kernels push -p kaggle/train\n",
        },
        [], 0, ["src_py/exp1_infer.py", "src_py/exp1_train.py"], ["→ doit push:NAME"],
    ),
    "an example of metadata beside a pair": (
        {
            "kaggle/lek2.py": "# %%\nprint('n')\n", "kaggle/lek2.ipynb": NOTEBOOK,
            "kaggle/kernel-metadata.example.json": metadata(
                "lek2.ipynb", id="YOUR_USERNAME/lek2-run"
            ),
        },
        ["--owner", "awa"], 0, ["src_py/lek2.py"], ["the kernel awa/lek2-run"],
    ),
    "percent without markdown markers": (
        {"notebooks/01_train.py": PERCENT, "notebooks/01_train.ipynb": NOTEBOOK},
        [], 0, ["src_py/01_train.py"], ["the source decides"],
    ),
    "builder scripts with two metadata files": (
        {
            "build_notebook.py": "nb = nbf.new_notebook()\nnbf.write(nb, 'train.ipynb')\n",
            "train.ipynb": NOTEBOOK, "beam.ipynb": NOTEBOOK,
            "train-kernel-metadata.json": metadata("train.ipynb"),
            "kernel-metadata.json": metadata("beam.ipynb"),
        },
        [], 0, ["src_py/beam.py", "src_py/train.py"], ["build_notebook.py writes notebooks"],
    ),
    "a script with a payload that a packager fills in": (
        {
            "kaggle/runner.py": 'PAYLOAD = ""\n\nprint(len(PAYLOAD))\n',
            "kaggle/kernel-metadata.json": metadata("runner.py", kernel_type="script"),
        },
        [], 0, ["src_py/runner.py"], ["the kernel awa/runner-kernel"],
    ),
    "cells that write modules": (
        {
            "work.ipynb": old_notebook(("%%writefile train.py\nx = 1", ""), ("!ls", "")),
            "kernel-metadata.json": metadata("work.ipynb"),
        },
        [], 0, ["src_py/work.py"], ["cell 1 writes code"],
    ),
    "modules in src": (
        {
            "src/features/__init__.py": "", "src/features/io.py": "from . import names\n",
            "src/features/names.py": "X = 1\n",
            "notebooks/solve.ipynb": old_notebook(
                ("import sys\nsys.path.append('../src')\nfrom features.io import names", "")
            ),
            "notebooks/kernel-metadata.json": metadata("solve.ipynb"),
        },
        [], 0, ["src/solve.py"], ["the kernel awa/solve-kernel"],
    ),
    "a template that a program fills in": (
        {
            "template.ipynb": old_notebook(("CODE = '__CODE_ZIP_B64__'", "")),
            "kernel-metadata.json": metadata("template.ipynb", dataset_sources=["TODO/data"]),
        },
        [], 1, ["src_py/template.py"], ["--set 'TODO=VALUE'"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_of_a_real_repository_is_adopted(tmp_path: Path, layout: str) -> None:
    files, arguments, code, sources, said = LAYOUTS[layout]
    old = Workspace(tmp_path)
    old.git("init", "-q")
    for path, text in files.items():
        old.write(path, text)
    old.commit()
    result = old.inside("adopt", *arguments)
    assert result.code == code, result.all
    for words in said:
        assert words in result.all
    assert f"{len(sources)} of {len(sources)} adopted notebooks build" in result.out
    assert (
        sorted(old.git("ls-files", "--others", "--exclude-standard", "src_py", "src").out.split())
        == sources
    )
    assert old.inside("build").code == 0
    assert all(
        (old.root / path).read_text() == text
        for path, text in files.items()
        if path.startswith("src/")
    )
