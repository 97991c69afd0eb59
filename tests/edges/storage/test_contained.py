"""Names from outside: nothing is written outside of the folder that a caller gives."""

from pathlib import Path

import pytest

from nbship.edges.storage import containment, files
from nbship.errors import WorkspaceError
from tests.support.written_files import tree

# --- names from outside ------------------------------------------------------------------------

OUT = "out"  # refused


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


def put(target: Path, name: str) -> tuple[Path | None, str]:
    """Write a file under a name of a server; return its path, or None and the error."""
    try:
        path = containment.contained(target, name)
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
    assert containment.contained(target, "a/./b/") == target / "a/b"
    assert not (target / "a").exists()  # the call makes no folder


def test_a_target_that_is_a_link_itself_contains_what_lies_there(target: Path) -> None:
    (target.parent / "way").symlink_to(target)
    assert containment.contained(target.parent / "way", "x") == target.parent / "way/x"
