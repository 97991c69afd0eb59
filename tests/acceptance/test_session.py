"""The session line of a run, from the artifact to the record, and what a run's session is for."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbship.core.artifact.session import session_code
from nbship.core.run.session_line import session_in
from nbship.model.run import LogEvent
from nbship.testing import Control
from tests.support.local_kaggle import Server
from tests.support.polling import until
from tests.support.workspace import SCRIPT_HEADER, Workspace

pytestmark = pytest.mark.unmeasured

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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "server", ("--saving", "0.3")).start()
    yield server
    server.stop()


def env(server: Server, user: str = "awa") -> dict[str, str]:
    return {
        "KAGGLE_API_ENVIRONMENT": "LOCALHOST", "http_proxy": server.url, "KAGGLE_USERNAME": user,
        "KAGGLE_KEY": server.key,
    }  # fmt: skip


def written(lab: Workspace, code: str, keys: str = "") -> None:
    """Write a script and commit it: there is no kernel of Jupyter's to wait for."""
    header = SCRIPT_HEADER.replace("# id", f"{keys}# id")
    lab.write("src_py/tiny.py", f"{header}\n# %%\n{code}")
    lab.commit()


def test_the_record_has_what_the_run_told_and_what_is_odd_is_said(
    lab: Workspace, server: Server
) -> None:
    written(lab, "print('own')\n", '# machine_shape = "NvidiaTeslaT4"\n')
    assert lab.inside("smoke", "tiny").code == 0
    result = lab.root / ".nbship/smoked/tiny.json"
    here = "{}.{}".format(*sys.version_info[:2])
    assert f'"runtime": "Python {here}.' in result.read_text()
    result.write_text(result.read_text().replace(f'"Python {here}.', '"Python 3.6.'))
    shipped = lab.inside("ship", "tiny", **env(server))
    assert shipped.code == 0, shipped.all
    assert "the run has found none; NvidiaTeslaT4 was asked for" in shipped.out
    assert f"the run has Python {here}; its rehearsal had Python 3.6" in shipped.out
    assert shipped.out.count("nbship: session 1, image gcr.io/kaggle-images/python, Py") == 1
    record = lab.journal()[-1]
    assert (record["session"], record["image"], record["accelerator"]) == (
        1, "gcr.io/kaggle-images/python", "none",
    )  # fmt: skip
    assert record["runtime"].startswith(f"Python {here}.")
    assert record["rehearsed"].startswith("Python 3.6.")
    assert json.loads((lab.root / record["folder"] / "_nbship/record.json").read_text())["session"]
    shown = lab.inside("runs", "show", "tiny-v1").out
    assert "session " in shown
    assert "accelerator " in shown


def test_without_the_line_the_record_has_no_session(lab: Workspace, server: Server) -> None:
    written(lab, "print('nbship: session 7')\n", "")
    lab.replace("src_py/tiny.py", "# ///\n", "# [tool.nbship.session]\n# line = false\n# ///\n")
    lab.commit()
    shipped = lab.inside("ship", "tiny", "--allow-unsmoked", **env(server))
    assert shipped.code == 0, shipped.all
    assert "image" not in shipped.out
    assert lab.journal()[-1]["session"] is None


def ended(server: Server) -> bool:
    named = {"userName": "awa", "kernelSlug": "tiny-kernel"}
    return bool(server.call("GetKernelSessionStatus", "awa", **named)["status"] == "COMPLETE")


def test_a_complete_run_that_the_service_calls_cancelled_is_complete(
    lab: Workspace, tmp_path: Path
) -> None:
    server = Server(tmp_path / "server", ("--faults",)).start()
    control = Control(server.url)
    pushed = lab.inside("push", "tiny", "--allow-unsmoked", **env(server))
    assert pushed.code == 0, pushed.all
    until(lambda: ended(server), "the end")
    control.set_faults({
        "call": "GetKernelSessionStatus", "action": "junk", "times": -1,
        "body": '{"status": "CANCEL_ACKNOWLEDGED"}',
    })  # fmt: skip
    watched = lab.inside("watch", "tiny", **env(server))
    assert watched.code == 0, watched.all
    assert "calls the run cancelled; its log shows that it was complete" in watched.out
    record = lab.journal()[-1]
    assert record["state"] == "complete"
    assert (lab.root / record["folder"] / "greeting.txt").exists()
    assert server.stop() == 0
