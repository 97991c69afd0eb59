"""Output never ends a command: a reader that has gone, a full disk, a poor encoding."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from nbship.edges.process.standard_streams import protect_standard_streams
from tests.support.paths import ROOT

# Writes to both streams, then says on descriptor 3 that it has come to its end.
PROGRAM = """
import os, sys
from nbship.edges.process.standard_streams import protect_standard_streams
protect_standard_streams()
protect_standard_streams()
for stream in (sys.stdout, sys.stderr):
    for text in ("plain", "→ é 日本 \\ud83d", "x" * 100_000):
        print(text, file=stream)
    print("flushed", file=stream, flush=True)
    stream.buffer.write(b"bytes\\n")
    stream.flush()
os.write(3, b"the end")
"""
HEAD = 'exec 3>"$0"; '


def ended(
    tmp_path: Path, redirection: str, program: str = PROGRAM, **environment: str
) -> tuple[int, str]:
    """Run the program from a shell that redirects its output; return its code and its last word."""
    last = tmp_path / "last"
    done = subprocess.run(
        ["bash", "-c", f'{HEAD}"$1" -c "$2" {redirection}', str(last), sys.executable, program],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        check=False,
        timeout=60,
    )
    return done.returncode, last.read_text()


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    "redirection",
    [
        ">out 2>err",
        ">/dev/full 2>/dev/full",
        ">&- 2>&-",
        "<&- >&- 2>&-",
        "> >(true) 2> >(true)",
        ">&- 2>err",
        ">out 2>/dev/full",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1", "cp1252"])
def test_a_program_comes_to_its_end(tmp_path: Path, redirection: str, encoding: str) -> None:
    assert ended(tmp_path, redirection, PYTHONIOENCODING=encoding) == (0, "the end")


@pytest.mark.parametrize("name", ["out", "err"])
@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "→ é 日本 \\ud83d"),
        ("ascii", "\\u2192 \\xe9 \\u65e5\\u672c \\ud83d"),
        ("latin-1", "\\u2192 é \\u65e5\\u672c \\ud83d"),
        ("ascii:replace", "? ? ?? ?"),
    ],
)
def test_a_character_that_the_encoding_lacks_is_escaped(
    tmp_path: Path, name: str, encoding: str, shown: str
) -> None:
    if name == "err" and encoding.endswith(":replace"):
        shown = "\\u2192 \\xe9 \\u65e5\\u672c \\ud83d"  # Python's own choice for this stream
    assert ended(tmp_path, ">out 2>err", PYTHONIOENCODING=encoding) == (0, "the end")
    lines = (tmp_path / name).read_text(encoding=encoding.partition(":")[0]).split("\n")
    assert lines == ["plain", shown, "x" * 100_000, "flushed", "bytes", ""]


def test_a_pipe_that_does_not_block_gets_everything() -> None:
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    program = PROGRAM.replace("os.write(3, b'the end')", "").replace("os.write(3", "os.write(1")
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=writer, stderr=writer, cwd=ROOT
    ) as child:
        os.close(writer)
        with os.fdopen(reader, "rb") as file:
            data = file.read()
    assert child.returncode == 0
    assert data.count(b"x" * 100_000 + b"\nflushed\nbytes\n") == 2


def test_a_terminal_is_still_one() -> None:
    outer, inner = os.openpty()
    program = (
        "import sys\n"
        "from nbship.edges.process.standard_streams import protect_standard_streams\n"
        "protect_standard_streams()\n"
        "print(sys.stdout.isatty(), sys.stdout.fileno(), sys.stdout.name)"
    )
    subprocess.run([sys.executable, "-c", program], stdout=inner, check=True, cwd=ROOT)
    assert os.read(outer, 100) == b"True 1 <stdout>\r\n"
    os.close(outer)
    os.close(inner)


def test_a_stream_that_another_program_has_replaced_stays(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = sys.stdout, sys.stderr
    protect_standard_streams()
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr().out == ""


def test_ctrl_c_after_a_write_does_not_write_the_bytes_again(tmp_path: Path) -> None:
    interrupted = """
import os, sys
from nbship.edges.process.standard_streams import protect_standard_streams
protect_standard_streams()
write = os.write
def write_and_interrupt(descriptor, data):
    os.write = write
    write(descriptor, data)
    raise KeyboardInterrupt
os.write = write_and_interrupt
try:
    sys.stdout.write("once\\n")
    sys.stdout.flush()
except KeyboardInterrupt:
    print("interrupted")
sys.stdout.flush()
os.write(3, b"the end")
"""
    assert ended(tmp_path, ">out 2>err", interrupted) == (0, "the end")
    assert (tmp_path / "out").read_text() == "once\ninterrupted\n"
