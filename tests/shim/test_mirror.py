"""The mirror of a sample: what is copied, what is linked, and what is left out."""

import os
import resource
import socket
import stat
from pathlib import Path

import pytest

from nbship.shim._launch.mirror import Mirrored, mirror


def test_small_files_are_copied_first_and_large_ones_are_links(tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    (sample / "a/b").mkdir(parents=True)
    (sample / "empty").mkdir()
    (sample / "a/large").write_bytes(bytes(60))
    (sample / "a/b/small").write_bytes(b"x" * 30)
    (sample / "middle").write_bytes(b"y" * 50)
    (sample / "run.sh").write_bytes(b"")
    (sample / "run.sh").chmod(0o555)
    os.utime(sample / "middle", (1, 2))

    made = mirror(str(sample), str(tmp_path / "there/input/s"), limit=100)

    there = tmp_path / "there/input/s"
    assert made == Mirrored(copied=80, linked=("a/large",))
    assert sorted(path.relative_to(there).as_posix() for path in there.rglob("*")) == [
        "a", "a/b", "a/b/small", "a/large", "empty", "middle", "run.sh",
    ]  # fmt: skip
    assert (there / "a/large").readlink() == sample / "a/large"
    assert (there / "middle").read_bytes() == b"y" * 50
    assert (there / "middle").stat().st_mtime == 2
    assert (there / "middle").stat().st_nlink == 1
    # Its owner may write a copy: cp keeps the mode, and root on Kaggle may write what it copies.
    assert stat.S_IMODE((there / "run.sh").stat().st_mode) == 0o755
    (there / "middle").write_bytes(b"changed")
    assert (sample / "middle").read_bytes() == b"y" * 50


def test_the_next_sample_gets_what_is_left_of_the_limit(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one/f").write_bytes(bytes(10))
    first = mirror(str(tmp_path / "one"), str(tmp_path / "w/first"), limit=15)
    second = mirror(str(tmp_path / "one"), str(tmp_path / "w/second"), limit=15 - first.copied)
    assert (first.linked, second.linked) == ((), ("f",))


def test_a_file_that_cannot_be_copied_whole_is_a_link(tmp_path: Path) -> None:
    """A disk that is full ends no rehearsal, and leaves no half of a file."""
    (tmp_path / "sample").mkdir()
    (tmp_path / "sample/f").write_bytes(bytes(100_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        made = mirror(str(tmp_path / "sample"), str(tmp_path / "there"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert made == Mirrored(copied=0, linked=("f",))
    assert (tmp_path / "there/f").read_bytes() == bytes(100_000)


def test_links_stay_in_the_sample_or_are_left_out(tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    (sample / "deep/er").mkdir(parents=True)
    (sample / "deep/f").write_text("one", encoding="utf-8")
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    for path, target in {
        "inside": "deep/f",
        "deep/er/up": "../../deep",
        "deep/er/absolute": str(sample / "deep/f"),
        "top": ".",
        "out": "../secret",
        "out-absolute": str(tmp_path / "secret"),
        "out-folder": "..",
        "through": "out",
        "nothing": "none",
        "circle": "circle",
    }.items():
        (sample / path).symlink_to(target)

    made = mirror(str(sample), str(tmp_path / "there"))

    there = tmp_path / "there"
    assert made.left_out == {
        "out": "the link leads out of the sample",
        "out-absolute": "the link leads out of the sample",
        "out-folder": "the link leads out of the sample",
        "through": "the link leads out of the sample",
        "nothing": "the link leads to nothing",
        "circle": "the link leads in a circle",
    }
    assert sorted(path.name for path in there.iterdir()) == ["deep", "inside", "top"]
    for path in ("inside", "deep/er/up/f", "deep/er/absolute", "top/top/deep/f"):
        assert (there / path).resolve() == there / "deep/f"
        assert (there / path).read_text(encoding="utf-8") == "one"


def test_what_no_dataset_has_is_left_out_and_blocks_nothing(tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    sample.mkdir()
    os.mkfifo(sample / "fifo")
    (sample / "f").write_text("one", encoding="utf-8")
    (sample / "to-fifo").symlink_to("fifo")
    (sample / "null").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(sample / "socket"))
        made = mirror(str(sample), str(tmp_path / "there"))
    assert made.left_out == {
        "fifo": "it is neither a file nor a folder",
        "socket": "it is neither a file nor a folder",
        "null": "the link leads out of the sample",
    }
    assert (tmp_path / "there/f").read_text(encoding="utf-8") == "one"


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    (sample / "closed").mkdir(parents=True)
    (sample / "secret").write_text("x", encoding="utf-8")
    (sample / "secret").chmod(0)
    (sample / "closed").chmod(0)
    try:
        made = mirror(str(sample), str(tmp_path / "there"))
    finally:
        (sample / "closed").chmod(0o700)
    assert made.left_out == {"secret": "it cannot be read", "closed": "it cannot be read"}


def test_a_sample_that_is_gone_or_a_target_that_is_there_is_told(tmp_path: Path) -> None:
    assert mirror(str(tmp_path / "none"), str(tmp_path / "one")).left_out == {
        ".": "it is not there"
    }
    with pytest.raises(FileExistsError):
        mirror(str(tmp_path), str(tmp_path / "one"))


def test_odd_names_are_kept(tmp_path: Path) -> None:
    sample = tmp_path / "sample"
    sample.mkdir()
    names = [b"a b", b"new\nline", b"\xff\xfe", "naïve".encode()]
    for name in names:
        (sample / os.fsdecode(name)).write_bytes(name)
    made = mirror(str(sample), str(tmp_path / "there"))
    assert made.left_out == {}
    found = (tmp_path / "there").iterdir()
    assert sorted(os.fsencode(path.name) for path in found) == sorted(names)
