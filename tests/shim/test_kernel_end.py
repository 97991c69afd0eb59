"""The end of a kernel: it does not close what its control channel still needs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.paths import ROOT

# The flush of the control channel comes just before the end of the thread that does it, if that
# ends at all.
KERNEL = """
import sys, threading
sys.path.insert(0, SHIM)
sys.argv = ["kernel", "-f", FILE, *MORE]
from ipykernel import iostream, kernelapp
flush, schedule, waits = iostream.OutStream.flush, iostream.IOPubThread.schedule, []
def late(self):
    if threading.current_thread().name == "Control" and not waits:
        waits.append(0.5)
    flush(self)
def last(self, call):
    if threading.current_thread().name == "Control" and waits:
        self.thread.join(waits[0])
        waits[0] = 0
        if not self.thread.is_alive():
            return
    schedule(self, call)
iostream.OutStream.flush, iostream.IOPubThread.schedule = late, last
kernelapp.launch_new_instance()
"""


PLAIN = """
import sys
sys.path.insert(0, SHIM)
sys.argv = ["kernel", "-f", FILE, *MORE]
from ipykernel import kernelapp
kernelapp.launch_new_instance()
"""
TRACKED = "from multiprocessing import resource_tracker; resource_tracker.ensure_running()"
# ipykernel ends it, and nothing asks for its exit code.
LEFT = "import subprocess; left = subprocess.Popen(['sleep', '600'])"
STRICT = "import warnings; warnings.simplefilter('error')"


def _ends_in_time(folder: Path, *more: str, program: str = KERNEL, cell: str = "") -> bool:
    """Start a kernel, run a cell, ask it to end; return whether it does so without being killed."""
    from jupyter_client.manager import KernelManager

    class Slow(KernelManager):
        def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
            del extra_arguments
            code = program.replace("SHIM", repr(str(ROOT / "nbship/shim")))
            code = code.replace("FILE", repr(self.connection_file)).replace("MORE", repr(more))
            return [sys.executable, "-c", code]

    manager = Slow(connection_file=str(folder / "kernel.json"), shutdown_wait_time=60.0)
    manager.start_kernel(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    client = manager.blocking_client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    if cell:
        client.execute_interactive(cell, timeout=60)
    assert manager.provisioner
    process = manager.provisioner.process  # type: ignore[attr-defined] # it is a local one
    client.shutdown()
    try:
        process.wait(6)
    except subprocess.TimeoutExpired:
        return False
    else:
        return True
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@pytest.mark.parametrize("cell", [TRACKED, LEFT, STRICT])
def test_a_kernel_ends_whatever_the_notebook_has_left(tmp_path: Path, cell: str) -> None:
    """Without the module it waits 14 s: a tracker ignores its signals, a dead child cannot go.

    Or it does not end, because of a warning that is an error.
    """
    packer = "--Session.packer=kernel_messages.pack"
    assert _ends_in_time(tmp_path, packer, program=PLAIN, cell=cell)
    assert not _ends_in_time(tmp_path, program=PLAIN, cell=cell)


def test_a_kernel_ends_though_its_control_channel_is_slow(tmp_path: Path) -> None:
    """Without the module it waits 10 s for a thread that it has ended."""
    assert _ends_in_time(tmp_path, "--Session.packer=kernel_messages.pack")
    assert not _ends_in_time(tmp_path)
