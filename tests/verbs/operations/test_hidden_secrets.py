"""A rehearsal that is interrupted keeps no value of a secret."""

from pathlib import Path

import pytest

from nbship.edges.workspace import sources
from nbship.model.workspace import Context
from nbship.verbs.operations.rehearse import rehearse
from tests.support.polling import until
from tests.support.report import RecordedReport
from tests.support.workspace import HEADER, Workspace

CODE = """
# %%
from kaggle_secrets import UserSecretsClient
UserSecretsClient().get_secret("HF")

# %%
import time
print("now")
time.sleep(600)
"""
EXECUTED = ".nbship/smoke/tiny/executed.ipynb"


class Interrupted(RecordedReport):
    """A report at which the user presses Ctrl-C when a line came and the first cell is saved."""

    def __init__(self, executed: Path) -> None:
        super().__init__()
        self._executed = executed

    def log(self, text: str, written: float | None = None, *, name: str = "") -> None:  # noqa: ARG002
        until(
            lambda: "execute_result" in self._executed.read_text(), "the result of the first cell"
        )
        raise KeyboardInterrupt(text)


def test_after_ctrl_c_no_file_has_the_value(tmp_path: Path) -> None:
    lab = Workspace(tmp_path)
    lab.write(".nbship/local/secrets.json", '{"awa": {"HF": "hf_0123456789"}}')
    header = HEADER.replace("parameters = { COUNT = 1 }", 'secrets = ["HF"]')
    header = header.replace(
        "# [tool.nbship.smoke]", "# enable_internet = true\n# [tool.nbship.smoke]"
    )
    lab.write("src_py/tiny.py", header + CODE)
    workspace = sources.open_workspace(lab.root)
    context = Context(
        workspace, sources.read_catalogue(workspace), Interrupted(lab.root / EXECUTED)
    )
    with pytest.raises(KeyboardInterrupt):
        rehearse(context, "tiny")
    executed = (lab.root / EXECUTED).read_text()
    assert "'[secret]'" in executed
    assert "hf_0123" not in executed
