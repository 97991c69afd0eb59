"""The session line of a run, from the artifact to the record, and what a run's session is for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nbship.core.artifact.session import session_code
from nbship.core.run.session_line import session_in
from nbship.model.run import LogEvent

NAME = "kaggle_QLKaLNVAIohcv9mw-352993764-webtier"
GPUS = "/proc/driver/nvidia/gpus"
LANGUAGES = [
    pytest.param("a.py", (sys.executable, "-c"), id="python"),
    pytest.param(
        "a.R",
        ("Rscript", "-e"),
        marks=pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed"),
        id="r",
    ),
]


def printed(code: str, command: tuple[str, ...], **more: str) -> str:
    done = subprocess.run(
        [*command, code], env={**os.environ, "KAGGLE_CONTAINER_NAME": NAME, **more},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(("path", "command"), LANGUAGES)
def test_both_languages_print_the_same_line(
    tmp_path: Path, path: str, command: tuple[str, ...]
) -> None:
    for number in ("0", "1"):
        (tmp_path / number).mkdir()
        (tmp_path / number / "information").write_text("Model: \t\t Tesla T4\nIRQ:   \t\t 41\n")
    code = session_code(path).replace(GPUS, str(tmp_path))
    facts = session_in([LogEvent("stdout", 1.0, printed(code, command, KAGGLE_DOCKER_IMAGE="i"))])
    assert facts
    assert (facts.session, facts.image, facts.accelerator) == (352993764, "i", "2 x Tesla T4")
    code = session_code(path).replace(GPUS, "/no").replace("/dev/nvidia[", "/no[")
    assert printed(code, command).endswith(", accelerator none\n")
    for name in ("", "kaggle_rehearsal00000000-0-webtier", "jupyter"):
        assert printed(code, command, KAGGLE_CONTAINER_NAME=name) == ""


@pytest.mark.parametrize(
    ("answer", "accelerator"),
    [
        ("echo NVIDIA L4; echo NVIDIA A100; echo a warning >&2", "NVIDIA A100, NVIDIA L4"),
        ("echo NVIDIA-SMI has failed; exit 9", "unknown"),
        ("exit 0", "none"),
    ],
)
def test_a_gpu_without_an_entry_is_asked_for(tmp_path: Path, answer: str, accelerator: str) -> None:
    (tmp_path / "nvidia0").touch()
    tool = tmp_path / "nvidia-smi"
    tool.write_text(f"#!/bin/sh\n{answer}\n")
    tool.chmod(0o755)
    code = session_code("a.py").replace(GPUS, "/no").replace("/dev/nvidia[", f"{tmp_path}/nvidia[")
    out = printed(code, (sys.executable, "-c"), PATH=f"{tmp_path}:/bin:/usr/bin")
    assert out.endswith(f", accelerator {accelerator}\n")
