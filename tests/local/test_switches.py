"""``nbship local`` passes each of its switches to the server."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import requests

from tests.support.local_kaggle import DEADLINE, environment


def test_every_switch_arrives(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.nbship]\n")
    (tmp_path / "src_py").mkdir()
    switches = (
        "--faults", "--queued-as-nothing", "--lag", "1000", "--dataset-delay", "1.5",
        "--saving", "2", "--gpu-hours", "2.5", "--tpu-hours", "0", "--no-editor-saves",
    )  # fmt: skip
    process = subprocess.Popen(
        [str(Path(sys.executable).with_name("nbship")), "local", *switches],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with process, requests.Session() as session:
        session.trust_env = False
        assert process.stdout
        url = process.stdout.readline().split()[4]
        key = json.loads((tmp_path / ".nbship/local/credentials.json").read_text())["key"]
        assert session.get(f"{url}/control/log", timeout=DEADLINE).json() == {"entries": []}
        quota = session.get(
            f"{url}/api/v1/kernels/quota", auth=("alice", key), timeout=DEADLINE
        ).json()
        assert quota["gpuQuota"]["totalTimeAllowed"] == "9000s"
        assert quota["tpuQuota"]["totalTimeAllowed"] == "0s"
        shared = {"slug": "alice/shared", "newTitle": "Shared", "text": "pass"}
        saves = {**shared, "language": "python", "kernelType": "script"}
        (tmp_path / ".nbship/local/collaborators.json").write_text(
            '{"alice/shared": {"bob": "editor"}}'
        )
        answers = [
            session.post(
                f"{url}/api/v1/kernels/push", json=saves, auth=(user, key), timeout=DEADLINE
            ).json()
            for user in ("alice", "bob")
        ]
        assert answers[0]["versionNumber"] == 1
        assert answers[1] == {"error": "Notebook not found"}
        process.send_signal(signal.SIGINT)
    assert process.returncode == 0
