"""The conformance transcript: commands of the stock command line with their expected output.

``python -m tests.support.conformance`` records the transcript again, from a local Kaggle. Each line
that starts with ``$`` is a command; its output follows, with varying parts replaced. The transcript
shows what is known of Kaggle from its sources; it has never been run against Kaggle itself.
"""

import json
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.local_kaggle import Server, notebook, stock_environment

TRANSCRIPT = Path(__file__).with_name("transcript.txt")
REAL = "NBSHIP_REAL_KAGGLE"  # 1: run it against kaggle.com, where it creates and deletes one kernel
CREDENTIALS = ("KAGGLE_USERNAME", "KAGGLE_KEY", "KAGGLE_API_TOKEN")
_KAGGLE = Path(sys.executable).with_name("kaggle")
_SLUG = "nbship-conformance"
_CALL = 120.0  # seconds for a command, which can follow a whole run
_WHOLE = 1200.0  # seconds for a run on Kaggle, including the queue
_PAUSE = 15.0
_CELLS = (
    "import os, sys\nprint('one <b> \u00e9')\nprint('no newline', end='')",
    "print('to stderr', file=sys.stderr)",
    "os.makedirs('sub'); open('sub/b c.txt', 'w').write('deep')",
    "open('/kaggle/working/a.txt', 'w').write('x' * 100)",
)
_SUBSTITUTES = (
    (r"http://localhost/api(?=/v1)|https://api\.kaggle\.com(?=/v1)", "SERVER"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z?", "DATE"),
    (r"\d{1,2}:\d\d [ap]m, \w+ \d+ \w+ \d+ UTC", "DATE"),
    (r"Writing \d+ bytes", "Writing N bytes"),
    (r'"time":[0-9.]+', '"time":T'),
    (r"\d+\.\d\dh", "N.NNh"),
    (r'"id_no": \d+', '"id_no": N'),
    (r" {3,}", "  "),  # the width of a table depends on the names
    (r"-{4,}", "----"),
)
# Lines that only Kaggle's image prints.
_NOISE = re.compile(r"B/s\]$|frozen modules|Debugger warning|mistune|nbconvert|SyntaxWarning|^\s*$")


@dataclass(frozen=True)
class Client:
    """The stock command line for one user, connected to one Kaggle server."""

    folder: Path
    user: str
    settings: Mapping[str, str] = field(repr=False)  # holds a credential
    pause: float = 0.0

    def run(self, command: str) -> str:
        """Run one command of the transcript, and return its normalised output."""
        deadline = time.monotonic() + _WHOLE
        while True:
            output = self._output(command)
            is_early = "404" in output if "logs -f" in command else _is_active(command, output)
            if not is_early or _names_no_kernel(command) or time.monotonic() > deadline:
                output = output.replace(self.user, "USER").replace(str(self.folder), "FOLDER")
                return _normalised(output)
            time.sleep(self.pause)

    def _output(self, command: str) -> str:
        if command.startswith("cat "):
            return (self.folder / command.removeprefix("cat ")).read_text("utf-8")
        program, *arguments = shlex.split(command.replace("USER", self.user))
        assert program == "kaggle"
        done = subprocess.run(
            [str(_KAGGLE), *arguments],
            cwd=self.folder,
            env={**stock_environment(PYTHONUTF8="1", COLUMNS="200"), **self.settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            timeout=_CALL,
            check=False,
        )
        return f"{done.stdout}[exit code {done.returncode}]\n" if done.returncode else done.stdout


def _is_active(command: str, output: str) -> bool:
    return "kernels status" in command and re.search(r"QUEUED|RUNNING", output) is not None


def _names_no_kernel(command: str) -> bool:
    return "no-such-kernel" in command


def _normalised(output: str) -> str:
    for pattern, substitute in _SUBSTITUTES:
        output = re.sub(pattern, substitute, output)
    lines = [line.split("\r")[-1].rstrip() for line in output.splitlines()]
    return "".join(f"{line}\n" for line in lines if not _NOISE.search(line) or "App]" in line)


def real_client(variables: Mapping[str, str], folder: Path) -> Client | None:
    """Return a client of the real Kaggle, or None unless the variables request it with a token."""
    if variables.get(REAL) != "1":
        return None
    settings = {name: variables[name] for name in CREDENTIALS if variables.get(name)}
    if "KAGGLE_USERNAME" not in settings or len(settings) == 1:
        return None
    return Client(folder, settings["KAGGLE_USERNAME"], {**settings, "HOME": str(folder)}, _PAUSE)


def local_client(server: Server, folder: Path, user: str = "alice") -> Client:
    """Return a client of the local Kaggle."""
    settings = {
        "HOME": str(folder),
        "KAGGLE_API_ENVIRONMENT": "LOCALHOST",
        "http_proxy": server.url,
        "HTTP_PROXY": server.url,
        "https_proxy": "http://127.0.0.1:9",  # a closed port, so that no request reaches Kaggle
        "HTTPS_PROXY": "http://127.0.0.1:9",
        "KAGGLE_USERNAME": user,
        "KAGGLE_KEY": server.key,
    }
    return Client(folder, user, settings)


def prepare(client: Client) -> None:
    """Create the folders that the transcript pushes."""
    metadata = {
        "id": f"{client.user}/{_SLUG}",
        "title": "Nbship Conformance",
        "code_file": "code.ipynb",
        "language": "python",
        "kernel_type": "notebook",
        "is_private": True,
        "enable_gpu": False,
        "enable_internet": False,
        "keywords": ["nlp", "nbship-no-such-tag"],
        "dataset_sources": ["nbship-nobody/no-such-dataset"],
    }
    for name, changed in (
        ("good", {}),
        ("long-title", {"title": "Nbship Conformance " + "x" * 40}),
        ("not-mine", {"id": "nbship-nobody/nbship-conformance"}),
    ):
        folder = client.folder / name
        folder.mkdir()
        text = json.dumps({**metadata, **changed})
        (folder / "kernel-metadata.json").write_text(text, encoding="utf-8")
        (folder / "code.ipynb").write_text(notebook(*_CELLS), encoding="utf-8")


def recorded() -> dict[str, str]:
    """Return the commands of the transcript with their output."""
    parts = TRANSCRIPT.read_text("utf-8").removeprefix("$ ").split("\n$ ")
    pairs = (part.partition("\n") for part in parts)
    return {command: answer.strip("\n") for command, _, answer in pairs}


def played(client: Client, commands: Iterable[str]) -> dict[str, str]:
    """Run commands one after the other, and return them with their output."""
    return {command: client.run(command).strip("\n") for command in commands}


def main() -> None:
    """Record the transcript again."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        server = Server(folder).start()
        client = local_client(server, folder / "user")
        client.folder.mkdir()
        prepare(client)
        answers = played(client, recorded()).items()
        text = "\n".join(f"$ {command}\n{answer}\n" for command, answer in answers)
        TRANSCRIPT.write_text(text, encoding="utf-8")
        server.stop()


if __name__ == "__main__":
    main()
