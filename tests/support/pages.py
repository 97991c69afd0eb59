"""Pages of the documentation, played: their files are written, their commands run in a folder.

A block with a ``title`` is a file with this path; a diff with a title changes one. A ``bash`` block
runs, and a ``text`` block below it shows what it prints. A comment above a block says otherwise:

    <!-- exit code 1 -->        the block ends with this code, not with 0
    <!-- not played: why -->    no test runs the block
    <!-- another terminal -->   a server, which runs until the page ends
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT

DOCS = ROOT / "docs"
PAGES = {str(path.relative_to(ROOT)): path for path in sorted(DOCS.rglob("*.md"))}
PAGES["README.md"] = ROOT / "README.md"
_TIMEOUT = 300
_SERVER = "another terminal"
_NOT_PLAYED = "not played"
_BLOCK = re.compile(
    r"""(?:^<!--[ ](?P<remark>[^>]+?)[ ]-->\n+)?
        ^```(?P<language>\w+)(?:[ ]title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$""",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
_PLACE = re.compile(r"^<!-- played in: (.+) -->$", re.MULTILINE)
# What differs from one run to the next, and what takes its place in a comparison.
_CHANGING = (
    (re.compile(r"\b\d+(\.\d+)? s\b"), "N s"),
    (re.compile(r"\b\d{4}-\d\d-\d\d\b"), "DATE"),
    (re.compile(r"\((sandbox|shim)\)"), "(RUNG)"),
    (re.compile(r"\b[0-9a-f]{7,12}\b"), "DIGEST"),
    (re.compile(r"\b[\d,]+ bytes\b"), "N bytes"),
    (re.compile(r"\bPython [\d.]+, accelerator .*"), "the machine"),
)
_ANY_LINES = "…"  # alone on a line


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page; ``remark`` is the comment above it."""

    language: str
    text: str
    title: str = ""
    remark: str = ""

    @property
    def code(self) -> int:
        """The exit code that the page announces."""
        found = re.fullmatch(r"exit code (\d+)", self.remark)
        return int(found[1]) if found else 0

    @property
    def is_server(self) -> bool:
        """Whether the block runs until the page ends."""
        return self.remark == _SERVER

    @property
    def is_played(self) -> bool:
        """Whether a test runs the block."""
        return self.language == "bash" and not self.remark.startswith(_NOT_PLAYED)


@dataclass(frozen=True, slots=True)
class Printed:
    """The lines of both streams that commands have printed, without what changes at each run."""

    out: tuple[str, ...]
    err: tuple[str, ...]


def blocks(text: str) -> list[Block]:
    """Return the fenced blocks of a page."""
    found = (match.groupdict("") for match in _BLOCK.finditer(text))
    return [Block(each["language"], each["text"], each["title"], each["remark"]) for each in found]


def place_of(text: str) -> str:
    """Return where a page is played, "" where it does not say so."""
    found = _PLACE.search(text)
    return found[1] if found else ""


def play(text: str, folder: Path) -> None:
    """Write the files of a page into a folder, and run its commands there, in their order.

    Raises:
        AssertionError: a command ends with another code, or prints something else, than the page
            says; a change does not fit its file.
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {**os.environ, "PATH": path}  # first the programs that are installed beside this Python
    printed: Printed | None = None
    servers: list[subprocess.Popen[str]] = []
    try:
        for block in blocks(text):
            if block.title:
                _write(folder / block.title, block)
            elif block.is_played and block.is_server:
                servers.append(_serve(block, folder, env))
            elif block.is_played:
                printed = _run(block, folder, env)
            elif block.language == "text" and printed:
                _compare(block.text, printed)
            else:
                printed = None
    finally:
        for server in servers:
            _end(server)


def _write(file: Path, block: Block) -> None:
    if block.language != "diff":
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(block.text, encoding="utf-8")
        return
    lines = block.text.splitlines(keepends=True)
    old = "".join(line[1:] for line in lines if line[0] in " -")
    new = "".join(line[1:] for line in lines if line[0] in " +")
    before = file.read_text(encoding="utf-8")
    assert before.count(old) == 1, f"{file} must have these lines once:\n{old}"
    file.write_text(before.replace(old, new), encoding="utf-8")


def _run(block: Block, folder: Path, env: Mapping[str, str]) -> Printed:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text], cwd=folder, env=env, text=True,
        stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT, check=False,
    )  # fmt: skip
    assert done.returncode == block.code, f"{block.text}\n{done.stdout}\n{done.stderr}"
    return Printed(tuple(_steady(done.stdout)), tuple(_steady(done.stderr)))


def _serve(block: Block, folder: Path, env: Mapping[str, str]) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        ["bash", "-c", f"exec {block.text}"], cwd=folder, env=env, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout
    assert "serving" in process.stdout.readline()
    return process


def _end(server: subprocess.Popen[str]) -> None:
    server.send_signal(signal.SIGINT)
    server.wait(60)
    if server.stdout:
        server.stdout.close()


def _compare(shown: str, printed: Printed) -> None:
    """Compare what a page shows with what was printed; ``…`` stands for any lines.

    A page shows both streams as a terminal mixes them: the lines of each are compared.
    """
    lines = tuple(_steady(shown))
    errors = [line for line in lines if line == _ANY_LINES or line in printed.err]
    rest = [line for line in lines if line == _ANY_LINES or line not in printed.err]
    for expected, found in ((rest, printed.out), (errors, printed.err)):
        pattern = "".join(
            r"(?:.*\n)*?" if line == _ANY_LINES else f"{re.escape(line)}\n" for line in expected
        )
        text = "".join(f"{line}\n" for line in found)
        assert re.fullmatch(pattern, text), f"the page shows:\n{shown}\nit prints:\n{text}"


def _steady(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for changing, steady in _CHANGING:
            line = changing.sub(steady, line)  # noqa: PLW2901 - one change after the other
        yield line.rstrip()
