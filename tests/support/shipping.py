"""Kernels that read each other's outputs, and a ship of them that a test follows line by line."""

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from nbship.local.sessions.runner import WORKING
from tests.support.polling import until
from tests.support.workspace import TIMEOUT, Workspace, program

HEADER = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/{name}-kernel"
# title = "{title} Kernel"
# kernel_type = "script"
# kernel_sources = [{reads}]
# ///

# %%
import os
from pathlib import Path

READS = [{reads}]
IS_REHEARSAL = "rehearsal" in os.environ["KAGGLE_CONTAINER_NAME"]
found = ["".join(p.read_text() for p in Path("/kaggle/input/notebooks").glob(f"{{each}}/*.txt"))
         for each in READS]
"""
WRITES = """
print("read:", *found, flush=True)
Path("{name}.txt").write_text("{name}(" + ",".join(found) + ")")
"""
FAILS = "\nassert IS_REHEARSAL, 'not on Kaggle'\n"
WAITS = """
if not IS_REHEARSAL:
    os.mkfifo("gate")
    print("waits", flush=True)
    open("gate").read()
    os.remove("gate")
"""


def kernel(lab: Workspace, name: str, *reads: str, code: str = "") -> None:
    """Write a script that reads the outputs of others, and writes one file that names all."""
    ids = ", ".join(f'"awa/{each}-kernel"' for each in reads)
    head = HEADER.format(name=name, title=name.title(), reads=ids)
    lab.write(f"src_py/{name}.py", head + code + WRITES.format(name=name))


def versions(lab: Workspace, state: str = "complete") -> list[tuple[str, int]]:
    """Return the kernels and versions that were in a state, in order, each once."""
    found = [(each["name"], each["version"]) for each in lab.journal() if each["state"] == state]
    return list(dict.fromkeys(found))


def gates(lab: Workspace) -> list[Path]:
    """Return the gates at which runs wait."""
    return sorted((lab.root / ".nbship/local/runs").glob(f"*/*/*/{WORKING}/gate"))


def let_go(gate: Path) -> bool:
    """Let the run at a gate go on, if it waits there already."""
    try:
        os.close(os.open(gate, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


@dataclass
class Begun:
    """A command at work, and the lines that it has printed so far, read by a thread."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)
    reader: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        self.lines.extend(self.process.stdout)

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def _has_or_ended(self, text: str) -> bool:
        return text in self.text or self.process.poll() is not None

    def until(self, *texts: str) -> None:
        """Wait until each of the texts has come."""
        for text in texts:
            until(partial(self._has_or_ended, text), text)
            assert text in self.text, self.text

    def end(self) -> str:
        """Wait for the end; return all that was printed."""
        self.process.wait(TIMEOUT)
        self.reader.join(TIMEOUT)
        return self.text


@contextmanager
def begun(lab: Workspace, *command: str, **env: str) -> Iterator[Begun]:
    """Start a command; both of its streams are read as one."""
    process = subprocess.Popen(
        [program(command[0]), *command[1:]], cwd=lab.root, env={**os.environ, **env}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    going = Begun(process)
    try:
        yield going
    finally:
        process.kill()
        going.end()
        assert process.stdout
        process.stdout.close()
