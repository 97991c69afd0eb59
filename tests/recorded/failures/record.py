"""The recorder of the failures: ``python -m tests.recorded.failures.record --venvs FOLDER``.

A shape is built like by ``doit build``, and run like on the local Kaggle, under each version of
IPython in its own venv. Missing venvs are created, for which pip needs a network.

Side effects: makes venvs in FOLDER; runs the shapes; writes tests/recorded/failures/recorded/.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from nbship.core.source.reader import read_notebook
from nbship.local.sessions.log import render_array, rendered_events
from nbship.model.notebook import Artifact, Cell, Module
from nbship.model.spec import KaggleSpec, Spec
from nbship.model.workspace import Source
from tests.recorded.failures.recorded import SHAPES, keep_log, keep_what_ran
from tests.recorded.failures.shape import MAIN, Shape
from tests.support.paths import ROOT
from tests.support.usual import make_artifact

PAPERMILL = "papermill==2.6.0"
KERNELS = {
    "ipython-7": ("ipython==7.34.0", "ipykernel==6.17.1", PAPERMILL),  # what Kaggle has
    "ipython-7-ipykernel-5": ("ipython==7.34.0", "ipykernel==5.5.6", PAPERMILL),
    "ipython-8.0": ("ipython==8.0.1", "ipykernel==6.9.2", PAPERMILL),
    "ipython-8.5": ("ipython==8.5.0", "ipykernel==6.17.1", PAPERMILL),
    "ipython-8.37": ("ipython==8.37.0", "ipykernel==6.29.5", PAPERMILL),
    "ipython-9": ("ipython==9.18.1", "ipykernel==7.4.0", "papermill==2.7.0"),
}
WITH_ALL = frozenset({"ipython-7", "ipython-9"})  # the others have the most telling shapes
SCRIPTS = "ipython-9"  # a script knows of no IPython
TIMEOUT = 120


def main() -> int:
    """Record the selected shapes; return 1 if one of them did not fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--venvs", type=Path, required=True)
    parser.add_argument("--only", default="", help="a regular expression of KERNEL/SHAPE")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    wanted = [
        (kernel, name)
        for kernel in KERNELS
        for name, shape in SHAPES.items()
        if _belongs(kernel, shape) and re.search(asked.only, f"{kernel}/{name}")
    ]
    for kernel in {kernel for kernel, _ in wanted}:
        _make_venv(asked.venvs / kernel, KERNELS[kernel])
    for name in {name for _, name in wanted}:
        artifact = build(SHAPES[name])
        keep_what_ran(name, artifact.text, artifact.line_map)
    with ThreadPoolExecutor(asked.jobs) as pool:
        failed = list(pool.map(lambda one: _record(asked.venvs.resolve(), *one), wanted))
    print(f"{sum(failed)} of {len(wanted)} recorded")
    return 0 if all(failed) else 1


def _belongs(kernel: str, shape: Shape) -> bool:
    if shape.is_script:
        return kernel == SCRIPTS
    return kernel in WITH_ALL or shape.everywhere


def build(shape: Shape) -> Artifact:
    """Build a shape without the checks of a build, because it runs under another Python."""
    source = Source(MAIN, shape.source)
    modules = tuple(Module(path, text) for path, text in sorted(shape.modules.items()))
    if shape.is_script:
        notebook = replace(
            read_notebook("main", Source(MAIN, "# %%\n")),
            cells=(Cell("code", shape.source, {}, 1),),
        )
        spec = Spec(kaggle=KaggleSpec("awa/main-kernel", "Main Kernel", kernel_type="script"))
        return make_artifact(notebook, modules, spec)
    return make_artifact(read_notebook("main", source), modules, Spec())


def _make_venv(folder: Path, packages: tuple[str, ...]) -> None:
    if not (folder / "bin" / "papermill").exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = str(folder / "bin" / "pip")
        subprocess.run([pip, "install", "-q", "setuptools", "psutil", *packages], check=True)


def _record(venvs: Path, kernel: str, name: str) -> bool:
    """Run a shape in a session of the local Kaggle; return whether it failed, as it should."""
    shape = SHAPES[name]
    with tempfile.TemporaryDirectory(prefix="failures-") as made:
        folder = Path(made)
        for below in ("home", "world/input", "world/working", "world/temp", "world/src"):
            (folder / below).mkdir(parents=True)
        code = folder / ("world/src/script.py" if shape.is_script else "__notebook__.ipynb")
        code.write_text(build(shape).text, encoding="utf-8")
        environment = {
            "HOME": str(folder / "home"),
            "PATH": f"{venvs / kernel / 'bin'}{os.pathsep}{os.defpath}",
            "PYTHONUTF8": "1",
            "TMPDIR": str(folder.with_name(f"{folder.name}-temp")),
        }
        request = {
            "folder": str(folder),
            "kernel_type": "script" if shape.is_script else "notebook",
            "title": "main",
            "environment": environment,
        }
        (folder / "request.json").write_text(json.dumps(request), encoding="utf-8")
        paths = {"PYTHONPATH": str(ROOT), "TMPDIR": tempfile.gettempdir()}
        with subprocess.Popen(
            [venvs / kernel / "bin" / "python", "-m", "nbship.local.sessions.runner",
             str(folder / "request.json")],
            cwd=folder, env=environment | paths,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as session:  # fmt: skip
            assert session.stdout
            verdict = json.loads(session.stdout.read())["failureMessage"]
        events, _ = rendered_events((folder / "events.jsonl").read_bytes())
        keep_log(kernel, name, _as_on_kaggle(render_array(events), folder, venvs))
    if not verdict:
        print(f"{kernel}/{name} did not fail")
    return bool(verdict)


def _as_on_kaggle(log: str, folder: Path, venvs: Path) -> str:
    """Replace this machine's paths by Kaggle's."""
    for path, on_kaggle in {
        f"{folder}-temp": "/tmp",  # noqa: S108 - as text
        str(folder / "world"): "/kaggle",
        str(venvs): "/venvs",
        sys.base_prefix: "/usr",
    }.items():
        log = log.replace(path, on_kaggle)
    return log


if __name__ == "__main__":
    sys.exit(main())
