"""Writing of files: each is the old or the new one, never a half, and only where it may be."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nbship.edges.storage import files, locks
from nbship.errors import WorkspaceError
from tests.support.programs import child

if TYPE_CHECKING:
    import subprocess

OLD, NEW = {"a": b"old", "sub/b": b"old"}, {"a": b"new", "c": b"new"}


def finished(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    return out


def killed(process: "subprocess.Popen[str]") -> None:
    """Kill a program as soon as it has printed a line."""
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    process.kill()
    process.communicate(timeout=60)


def tree(folder: Path) -> dict[str, bytes | str]:
    """Return everything below a folder: files, links by their targets, folders."""
    return {
        str(path.relative_to(folder)): (
            f"-> {path.readlink()}" if path.is_symlink()
            else "folder" if path.is_dir() else path.read_bytes()
        )
        for path in sorted(folder.rglob("*"))
    }  # fmt: skip


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
    files.write_folder(tmp_path / "folder", NEW)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder", "lines"]


def test_a_device_that_is_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(WorkspaceError, match="full: No space left on device"):
        files.append_line(tmp_path / "full", "x\n")


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


# --- folders -----------------------------------------------------------------------------------


@pytest.fixture(params=["linux", "darwin"])
def platform(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run a test as on Linux, which can exchange two folders, and as on other systems."""
    monkeypatch.setattr(sys, "platform", request.param)
    return str(request.param)


@pytest.mark.usefixtures("platform")
def test_a_folder_is_replaced_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "made/folder"
    for content in (OLD, NEW, {}, OLD):
        files.write_folder(folder, content)
        assert {k: v for k, v in tree(folder).items() if v != "folder"} == content
        assert [path.name for path in folder.parent.iterdir()] == ["folder"]


def test_the_exchange_is_one_step_and_falls_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"of-{name}").touch()
    assert files._exchange(tmp_path / "a", tmp_path / "b")  # noqa: SLF001 - tests both ways
    assert sorted(tree(tmp_path)) == ["a", "a/of-b", "b", "b/of-a"]
    assert not files._exchange(tmp_path / "a", tmp_path / "gone")  # noqa: SLF001
    monkeypatch.setattr("ctypes.CDLL", lambda _: object())  # a C library without renameat2
    assert not files._exchange(tmp_path / "a", tmp_path / "b")  # noqa: SLF001
    files.write_folder(tmp_path / "a", NEW)
    assert files.read_folder(tmp_path / "a") == NEW


@pytest.mark.usefixtures("platform")
@pytest.mark.parametrize("name", ["../x", "/x", "", "a\0b"])
def test_a_name_that_leads_out_leaves_the_old_folder(tmp_path: Path, name: str) -> None:
    files.write_folder(tmp_path / "folder", OLD)
    with pytest.raises(WorkspaceError, match="leads out of"):
        files.write_folder(tmp_path / "folder", {"a": b"new", name: b"x"})
    assert files.read_folder(tmp_path / "folder") == {"a": b"old"}
    files.write_folder(tmp_path / "folder", NEW)
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


# Kills a fork of itself before the n-th change of the disk, for each n until none is left.
SWEEP = """
    import os, signal, sys
    from pathlib import Path
    from nbship.edges.storage import files

    top, platform = Path(sys.argv[1]), sys.argv[2]
    old, new = {"a": b"old", "b": b"old"}, {"a": b"new", "c": b"new"}
    CHANGES = {"os.rename", "os.mkdir", "os.remove", "os.rmdir", "shutil.rmtree", "ctypes.dlsym"}

    def write(folder, point):
        left = point

        def hook(event, args):
            nonlocal left
            is_change = event in CHANGES or (event == "open" and args[1] and args[1][0] in "wxa")
            if is_change:
                left -= 1
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.platform = platform
        sys.addaudithook(hook)
        files.write_folder(folder, new)

    point, code = 0, 9
    while code:
        point += 1
        folder = top / str(point) / "folder"
        files.write_folder(folder, old)
        pid = os.fork()
        if not pid:
            write(folder, point)
            os._exit(0)
        code = os.waitpid(pid, 0)[1]
        assert code in (0, 9), code
        left = sorted(path.name for path in folder.parent.iterdir())
        is_there = folder.exists()
        files.heal_folder(folder)
        found = files.read_folder(folder)
        assert found in (old, new), found
        assert not code == 0 or found == new
        assert [path.name for path in folder.parent.iterdir()] == ["folder"]
        assert is_there or platform != "linux"
        files.write_folder(folder, new)
        assert files.read_folder(folder) == new
        assert [path.name for path in folder.parent.iterdir()] == ["folder"]
        print("there" if is_there else "away", *left)
"""


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_kill_9_at_every_step_leaves_the_old_folder_or_the_new(
    tmp_path: Path, platform: str
) -> None:
    states = finished(child(SWEEP, tmp_path, platform)).splitlines()
    assert len(states) > 8
    # Between the two renames of the fallback the folder is missing, until it is healed.
    away = [line for line in states if line.startswith("away")]
    assert away == ([] if platform == "linux" else ["away .new-folder .old-folder"])


def test_healing_where_nothing_is_wrong_changes_nothing(tmp_path: Path) -> None:
    files.heal_folder(tmp_path / "none")
    files.write_folder(tmp_path / "folder", OLD)
    files.heal_folder(tmp_path / "folder")
    assert tree(tmp_path / "folder") == {"a": b"old", "sub": "folder", "sub/b": b"old"}


def test_healing_that_cannot_be_done_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(WorkspaceError, match="cannot write") as error:
        files.write_folder(tmp_path / "file/folder", OLD)
    assert "Not a directory" in error.value.message or "File exists" in error.value.message


def test_a_fresh_folder_is_empty_whatever_was_there(tmp_path: Path) -> None:
    keep = tmp_path / "keep"
    keep.mkdir()
    (keep / "file").touch()
    (tmp_path / "file").touch()
    (tmp_path / "folder/sub").mkdir(parents=True)
    (tmp_path / "folder/link").symlink_to(keep)
    for name in ("file", "folder", "new/below"):
        assert files.fresh_folder(tmp_path / name) == tmp_path / name
        assert list((tmp_path / name).iterdir()) == []
    assert list(keep.iterdir()) == [keep / "file"]


def test_a_log_begins_empty(tmp_path: Path) -> None:
    for text in (b"first", b"2"):
        with files.open_log(tmp_path / "logs/log") as log:
            log.write(text)
    assert (tmp_path / "logs/log").read_bytes() == b"2"
    files.make_folder(tmp_path / "logs")  # is there: fine


def test_links_are_made_with_their_folders_and_never_replaced(tmp_path: Path) -> None:
    files.link(tmp_path / "a/b/link", tmp_path)
    assert (tmp_path / "a/b/link").readlink() == tmp_path
    with pytest.raises(WorkspaceError, match="File exists"):
        files.link(tmp_path / "a/b/link", Path("/"))


# --- reading -----------------------------------------------------------------------------------


def test_what_is_not_there_is_none_and_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x")
    for name in ("none", "file/below"):
        assert files.read_bytes(tmp_path / name) is None
        assert files.read_folder(tmp_path / name) == {}
    assert files.read_bytes(tmp_path / "file") == b"x"
    assert files.read_folder(tmp_path / "file") == {}
    assert files.read_folder(tmp_path) == {"file": b"x"}


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


# --- names from outside ------------------------------------------------------------------------

OUT = "out"  # refused
IN = "in"  # written, inside
EITHER = "either"  # refused by the disk, or written inside
NAMES: list[tuple[str, str]] = [
    ("", OUT),
    (".", OUT),
    ("./", OUT),
    ("./.", OUT),
    ("..", OUT),
    ("../x", OUT),
    ("a/../../x", OUT),
    ("a/..", OUT),
    ("a/../b", OUT),
    ("./../x", OUT),
    ("a/./../../x", OUT),
    (".../x", IN),
    ("..x", IN),
    ("x..", IN),
    (".. /x", IN),
    ("/", OUT),
    ("//", OUT),
    ("/etc/passwd", OUT),
    ("//server/share/x", OUT),
    ("///x", OUT),
    ("/tmp/../x", OUT),  # noqa: S108 - never written
    ("\\x", OUT),
    ("..\\x", OUT),
    ("a\\..\\..\\x", OUT),
    ("\\\\server\\share\\x", OUT),
    ("C:\\x", OUT),
    ("C:/x", OUT),
    ("C:x", OUT),
    ("c:", OUT),
    ("a/C:x", IN),
    ("at 10:30.txt", IN),
    ("~", IN),
    ("~/x", IN),
    ("~root/x", IN),
    ("$HOME/x", IN),
    ("%2e%2e/x", IN),
    ("a\0b", OUT),
    ("\0", OUT),
    ("../\0", OUT),
    ("x/", IN),
    ("x//y", IN),
    ("x/./y", IN),
    ("./x", IN),
    (" ", IN),
    (" x ", IN),
    ("x.", IN),
    ("a\nb", IN),
    ("a\rb\x1b[31m", IN),
    ("-rf", IN),
    ("$(touch x)", IN),
    ("NUL", IN),
    ("CON.txt", IN),
    ("aux/x", IN),
    ("dev/full", IN),
    ("proc/self/mem", IN),
    ("Ɓalli/ɲ.txt", IN),
    ("n\u0301", IN),
    ("\u202egnp.exe", IN),
    ("\uff0e\uff0e/x", IN),
    ("\udc80", IN),
    ("\ud800", OUT),
    ("\ud800/x", OUT),
    ("n" * 250, IN),
    ("n" * 255, EITHER),
    ("n" * 4096, OUT),
    ("n" * 4096 + "/x", OUT),
    ("x/" + "n" * 4096, OUT),
    ("d/" * 3000 + "x", OUT),
    ("link-out/x", OUT),
    ("link-out", OUT),
    ("link-file", OUT),
    ("link-up/x", OUT),
    ("link-in/x", OUT),
    ("link-in", OUT),
    ("sub/link-out/x", OUT),
    ("sub/link-out/a/b", OUT),
    ("loop", OUT),
    ("loop/x", OUT),
    ("dangling", OUT),
    ("dangling/x", OUT),
    ("a-file/x", EITHER),
    ("sub", EITHER),
]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Make a folder with links that lead out of it, and the files behind them."""
    target, outside = tmp_path / "target", tmp_path / "outside"
    for folder in (target / "sub", target / "inner", outside):
        folder.mkdir(parents=True)
    (outside / "file").write_text("mine")
    (target / "a-file").write_text("a file")
    for name, to in {
        "link-out": outside,
        "sub/link-out": outside,
        "link-file": outside / "file",
        "link-up": Path(".."),
        "link-in": Path("inner"),
        "loop": Path("loop"),
        "dangling": outside / "nothing",
    }.items():
        (target / name).symlink_to(to)
    return target


def put(target: Path, name: str) -> tuple[Path | None, str]:
    """Write a file under a name of a server; return its path, or None and the error."""
    try:
        path = files.contained(target, name)
        files.write_file(path, b"theirs")
    except WorkspaceError as error:
        return None, error.message
    return path, ""


@pytest.mark.parametrize(("name", "expected"), NAMES, ids=lambda word: ascii(word)[:30])
def test_nothing_is_ever_written_outside(
    target: Path, monkeypatch: pytest.MonkeyPatch, name: str, expected: str
) -> None:
    monkeypatch.chdir(target)
    before = tree(target.parent)
    path, refusal = put(target, name)
    assert expected in {EITHER, OUT if refusal else IN}, (path, refusal)
    if path:
        assert path.resolve().is_relative_to(target)
        assert path.read_bytes() == b"theirs"
    assert refusal.isprintable()
    assert len(refusal) < 500 or expected == EITHER  # the disk's own words name the whole path
    after = tree(target.parent)
    assert {p: v for p, v in after.items() if not p.startswith("target/")} == {
        p: v for p, v in before.items() if not p.startswith("target/")
    }
    assert before.items() <= after.items()
    if expected == OUT:
        assert after == before


def test_a_contained_name_lies_where_it_says(target: Path) -> None:
    assert files.contained(target, "a/./b/") == target / "a/b"
    assert not (target / "a").exists()  # the call makes no folder


def test_a_target_that_is_a_link_itself_contains_what_lies_there(target: Path) -> None:
    (target.parent / "way").symlink_to(target)
    assert files.contained(target.parent / "way", "x") == target.parent / "way/x"
