"""Writing of files: each is the old or the new one, never a half, and only where it may be."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbship.edges.storage import files, locks, only_writer
from nbship.errors import WorkspaceError
from tests.support.programs import child
from tests.support.written_files import finished, tree

if TYPE_CHECKING:
    import subprocess


def killed(process: "subprocess.Popen[str]") -> None:
    """Kill a program as soon as it has printed a line."""
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.kill()
    process.communicate(timeout=60)


# --- files -------------------------------------------------------------------------------------


def test_a_file_is_replaced_and_its_folders_are_made(tmp_path: Path) -> None:
    path = tmp_path / "a/b/file"
    files.write_file(path, b"one")
    files.write_file(path, b"two")
    assert tree(tmp_path) == {"a": "folder", "a/b": "folder", "a/b/file": b"two"}


@pytest.mark.parametrize("before", [None, b"old"])
@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (ValueError("broken"), ValueError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (OSError(5, "Input/output error"), WorkspaceError),
    ],
)
def test_what_breaks_in_the_middle_leaves_the_old_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    before: bytes | None,
    error: BaseException,
    raised: type[BaseException],
) -> None:
    def breaking(_: int) -> None:
        raise error

    path = tmp_path / "file"
    if before:
        path.write_bytes(before)
    monkeypatch.setattr("os.fsync", breaking)
    with pytest.raises(raised):
        files.write_file(path, b"half")
    assert tree(tmp_path) == ({"file": before} if before else {})


FULL_DISK = """
    import resource, signal, sys
    from pathlib import Path
    from nbship.edges.storage import files
    from nbship.errors import WorkspaceError

    folder = Path(sys.argv[1])
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    big = b"n" * 3000
    acts = [
        lambda: files.write_file(folder / "file", big),
        lambda: files.append_line(folder / "lines", "l" * 3000 + "\\n"),
        lambda: files.write_folder(folder / "folder", {"a": b"new", "b": big}),
    ]
    for act in acts:
        try:
            act()
        except WorkspaceError as error:
            print(error.message)
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)
"""


def test_a_full_disk_leaves_what_was_there(tmp_path: Path) -> None:
    """A limit on the size of files imitates a disk that is full after 1,000 bytes."""
    for name in ("file", "folder/a"):
        files.write_file(tmp_path / name, b"old")
    files.append_line(tmp_path / "lines", "first\n")

    messages = finished(child(FULL_DISK, tmp_path)).splitlines()

    assert len(messages) == 3
    for line, name in zip(messages, ("file", "lines", "folder/b"), strict=True):
        assert line.startswith(f"cannot write {tmp_path}/") or name == "folder/b", line
        assert line.endswith((f"/{name}: File too large", f"{name[-1]}: File too large")), line
    assert (tmp_path / "file").read_bytes() == b"old"
    assert files.read_folder(tmp_path / "folder") == {"a": b"old"}
    # The next line completes the torn one, so that only that one is damaged.
    files.append_line(tmp_path / "lines", "third\n")
    lines = (tmp_path / "lines").read_text().split("\n")
    assert (lines[0], lines[-2:]) == ("first", ["third", ""])
    files.write_folder(tmp_path / "folder", {"a": b"a"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder", "lines"]


def test_a_device_that_is_full_is_told_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WorkspaceError, match="full: No space left on device") as error:
        files.append_line(tmp_path / "full", "x\n")
    assert error.value.hint == files.MAKE_ROOM


@pytest.mark.parametrize(
    "act",
    [
        lambda path: files.write_file(path, b"x"),
        lambda path: files.append_line(path, "x\n"),
        lambda path: files.write_folder(path, {}),
        files.fresh_folder,
        files.make_folder,
        files.open_log,
        lambda path: files.link(path, Path("x")),
        lambda path: locks.locked(path).__enter__(),
    ],
)
def test_where_nothing_can_be_written_the_path_is_named(
    tmp_path: Path, act: Callable[[Path], object]
) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(WorkspaceError) as error:
        act(tmp_path / "file/below")
    assert str(tmp_path / "file") in error.value.message
    assert "Not a directory" in error.value.message or "File exists" in error.value.message


def test_a_folder_in_the_way_of_a_file_stays(tmp_path: Path) -> None:
    (tmp_path / "x/y").mkdir(parents=True)
    with pytest.raises(WorkspaceError, match="Is a directory"):
        files.write_file(tmp_path / "x", b"1")
    assert tree(tmp_path) == {"x": "folder", "x/y": "folder"}


KILLED_WRITE = """
    import os, sys
    from pathlib import Path
    from nbship.edges.storage import files

    def wait(descriptor):
        print("ready", flush=True)
        sys.stdin.read()

    os.fsync = wait
    files.write_file(Path(sys.argv[1]), b"half" * 100_000)
"""


def test_kill_9_in_the_middle_of_a_write_is_cleared_by_the_next(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    killed(child(KILLED_WRITE, path))
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 2
    files.write_file(path, b"new")
    assert tree(tmp_path) == {"file": b"new"}


def test_a_link_where_the_new_file_grows_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"mine")
    (tmp_path / "target").mkdir()
    (tmp_path / "target/.new-file").symlink_to(tmp_path / "outside")
    files.write_file(tmp_path / "target/file", b"theirs")
    assert tree(tmp_path) == {
        "outside": b"mine",
        "target": "folder",
        "target/file": b"theirs",
    }


REPLACE = """
    import sys
    from pathlib import Path
    from nbship.edges.storage import files

    path, text = Path(sys.argv[1]), sys.argv[2].encode() * 50_000
    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(300):
        files.write_cache(path, text[number:])
        read = path.read_bytes()
        assert len(set(read)) == 1 and len(read) > 49_000, read[:9]
"""


def test_writers_of_the_same_file_never_meet(tmp_path: Path) -> None:
    """Each write succeeds, and the file is always whole, also after the kill of a writer."""
    path = tmp_path / "file"
    killed(child(KILLED_WRITE, path))
    writers = [child(REPLACE, path, name) for name in "abcd"]
    for writer in writers:
        assert writer.stdout
        writer.stdout.readline()
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        finished(writer)
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


def test_a_writer_that_does_not_end_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(only_writer, "_PATIENCE", 0.1)
    path = tmp_path / "file"
    stopped = child(KILLED_WRITE, path)
    assert stopped.stdout
    stopped.stdout.readline()
    with pytest.raises(WorkspaceError, match="file: another process does not end its write"):
        files.write_file(path, b"new")
    stopped.communicate("", timeout=60)
    assert path.read_bytes() == b"half" * 100_000


# --- lines -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"line\n"),
        (b"whole\n", b"whole\nline\n"),
        (b'whole\n{"to', b'whole\n{"to\nline\n'),
        (b"torn", b"torn\nline\n"),
        (b"\n", b"\nline\n"),
    ],
)
def test_a_line_goes_behind_what_is_there(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "j/lines"
    if before:
        path.parent.mkdir()
        path.write_bytes(before)
    files.append_line(path, "line\n")
    assert path.read_bytes() == after


APPEND = """
    import sys
    from pathlib import Path
    from nbship.edges.storage import files

    print("ready", flush=True)
    sys.stdin.readline()
    for number in range(200):
        files.append_line(Path(sys.argv[1]), f"{sys.argv[2]} {number} {'x' * number}\\n")
"""


def test_two_writers_of_lines_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    writers = [child(APPEND, path, name) for name in "ab"]
    for writer in writers:
        assert writer.stdout
        writer.stdout.readline()
    for writer in writers:
        assert writer.stdin
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        finished(writer)
    lines = path.read_text().splitlines()
    for name in "ab":
        mine = [line for line in lines if line.startswith(name)]
        assert mine == [f"{name} {number} {'x' * number}" for number in range(200)]
    assert len(lines) == 400


# --- reading -----------------------------------------------------------------------------------


def test_what_is_not_there_is_none_and_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for name in ("none", "file/below"):
        assert files.read_bytes(tmp_path / name) is None
        assert files.read_folder(tmp_path / name) == {}
    assert files.read_bytes(tmp_path / "file") == b"x"
    assert files.read_folder(tmp_path / "file") == {}
    assert files.read_folder(tmp_path) == {"file": b"x"}


def test_a_link_is_read_unless_the_reader_follows_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"word")
    (tmp_path / "link").symlink_to("file")
    assert files.read_bytes(tmp_path / "link") == b"word"
    assert files.read_bytes(tmp_path / "file", most=2, follows=False) == b"wo"
    assert files.read_bytes(tmp_path / "none", follows=False) is None
    with pytest.raises(WorkspaceError, match=r"it is a link$"):
        files.read_bytes(tmp_path / "link", follows=False)


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "loop", "nowhere", "name", "memory"])
def test_what_cannot_be_read_is_told_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "it"
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "name":
        path = tmp_path / ("n" * 300)
    else:
        target = {"device": "/dev/zero", "loop": "it", "memory": "/proc/self/mem"}.get(kind, kind)
        path.symlink_to(target)
    with pytest.raises(WorkspaceError, match=f"cannot read {path}: "):
        files.read_bytes(path)
    if kind == "memory":
        with pytest.raises(WorkspaceError, match=f"cannot read {path}: "):
            files.read_folder(tmp_path)
    else:
        assert files.read_folder(tmp_path) == {}
