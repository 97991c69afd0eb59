"""What an editor says when it starts a kernel: the notebook, the arguments, the connection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.workspace.editor_start import needs_files, split_arguments, told_name
from nbship.model.layout import Layout

LAYOUT = Layout(sources="code/src", notebooks="nb")
# VS Code puts the ports on the command line, and names a file that need not exist.
PORTS = ("--ip=127.0.0.1", "--stdin=9003", "--control=9001", '--Session.key=b"a=b"', "--iopub=9004")


@pytest.mark.parametrize(
    ("folder", "session", "name"),
    [
        ("nb", "/home/awa/lab/nb/trainer.ipynb", "trainer"),  # JupyterLab
        ("nb", "nb/trainer.ipynb", "trainer"),
        ("nb/tts", "RTC:nb/tts/a b.ipynb", "tts/a b"),
        ("code/src/tts", "code/src/tts/trainer.py", "tts/trainer"),  # jupytext opens a source
        ("code/src", "plots.R", "plots"),
        ("nb", "/home/awa/lab/nb/", ""),  # a session without a name
        ("nb", "", ""),
        ("nb", "/home/awa/lab/nb/console-1-a3", ""),
        ("nb", "trainer.txt", ""),
        (".", "/home/awa/lab/trainer.ipynb", ""),
        ("build/trainer", "trainer.ipynb", ""),
        ("nbs", "trainer.ipynb", ""),
    ],
)
def test_a_notebook_is_told_by_its_folder_and_its_file(
    folder: str, session: str, name: str
) -> None:
    assert told_name(LAYOUT, folder, session) == name


@given(st.lists(st.sampled_from(PORTS)), st.lists(st.sampled_from(PORTS)))
def test_the_connection_file_is_found_in_each_form_and_the_rest_stays(
    before: list[str], after: list[str]
) -> None:
    rest = (*before, *after)
    assert split_arguments(rest) == ("", rest)
    for words in (["-f", "/a=b"], ["--f", "/a=b"], ["--f=/a=b"],
                  ["--IPKernelApp.connection_file=/a=b"]):  # fmt: skip
        assert split_arguments([*before, *words, *after]) == ("/a=b", rest)
    assert split_arguments([*before, "-f"]) == ("", tuple(before))


@pytest.mark.parametrize(
    ("data", "is_in_files"),
    [
        (None, False),
        (b"", False),
        (b"{", False),
        (b"[1]", False),
        (b"[" * 100_000, False),
        (b'{"transport": "tcp", "ip": "127.0.0.1"}', False),
        (b'{"transport": "ipc", "ip": "/home/awa/runtime/kernel-1-ipc"}', True),
        (b'{"transport": "ipc"}', True),
        (b'{"transport": "ipc", "ip": "@ab12"}', False),
    ],
)
def test_only_sockets_that_are_files_cannot_be_reached_from_a_sandbox(
    data: bytes | None, *, is_in_files: bool
) -> None:
    assert needs_files(data) is is_in_files
