"""The layout of a workspace: each path is in its folder, and different names never share a lock."""

from collections.abc import Callable
from pathlib import PurePosixPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbship.digest import sha256
from nbship.model.layout import STATE, Layout

LAYOUT = Layout()
MOST_BYTES = 255  # of a file's name on common file systems
VERBS = ("build", "smoke", "sync", "push", "outputs")
LONG = "x" * 300
LONG_DIGEST = sha256(LONG.encode())

# Names as they are, and names made of the characters and the lengths that a lock must escape.
PARTS = st.text(st.sampled_from("aA.%/25F é-\udcff"), min_size=1, max_size=8)
NAMES = PARTS | st.builds(lambda part, times: part * times, PARTS, st.integers(20, 60))


@given(NAMES, NAMES, st.sampled_from(VERBS), st.sampled_from(VERBS))
@example("a/b", "a.b", "push", "push")
@example("a/b", "a%2Fb", "push", "push")
@example("a%", "a%25", "push", "push")
@example("a%2F", "a%252F", "push", "push")
@example("a", "a.build", "push", "build")
@example(LONG, f"{LONG}y", "push", "push")
@example("/".join(["x" * 100] * 3), ".".join(["x" * 100] * 3), "push", "push")
@example(LONG, f"%{LONG_DIGEST}", "push", "push")
@example(LONG, f"%{LONG_DIGEST[2:]}", "push", "push")
def test_different_names_or_verbs_never_share_a_lock(
    one: str, other: str, verb: str, another: str
) -> None:
    is_same = LAYOUT.lock(verb, one) == LAYOUT.lock(another, other)
    assert is_same == ((one, verb) == (other, another))
    assert (LAYOUT.merge(one) == LAYOUT.merge(other)) == (one == other)


def test_a_name_cannot_be_written_like_the_digest_of_a_long_name() -> None:
    """A short name escapes "%" as "%25": what follows "%" in a long name's lock is no "2"."""
    part = LAYOUT.lock("push", LONG).rpartition("/")[2]
    assert part.startswith("%")
    assert not part.startswith("%2")
    assert part.endswith(f"{LONG_DIGEST}.push")


@given(NAMES, st.sampled_from(VERBS))
@example("..", "sync")
@example(".", "sync")
def test_a_lock_is_one_file_with_a_name_that_every_file_system_accepts(
    name: str, verb: str
) -> None:
    for path in (LAYOUT.lock(verb, name), LAYOUT.merge(name)):
        parent, _, last = path.rpartition("/")
        assert parent in {".nbship/locks", ".nbship/merge"}
        assert last not in {".", ".."}
        assert 0 < len(last.encode(errors="surrogateescape")) < MOST_BYTES


BY_NAME: tuple[tuple[Callable[[Layout, str], str], str, str], ...] = (
    (lambda layout, name: layout.source(name), LAYOUT.sources, "src_py/fula/tts.py"),
    (lambda layout, name: layout.source(name, ".R"), LAYOUT.sources, "src_py/fula/tts.R"),
    (Layout.notebook, LAYOUT.notebooks, "notebooks/fula/tts.ipynb"),
    (Layout.artifact, LAYOUT.build, "build/fula/tts"),
    (Layout.manifest, STATE, ".nbship/build/fula/tts.json"),
    (Layout.smoke_result, STATE, ".nbship/smoked/fula/tts.json"),
    (Layout.rehearsal, STATE, ".nbship/smoke/fula/tts"),
    (Layout.sync_state, STATE, ".nbship/sync/fula/tts.json"),
    (Layout.kept_notebook, STATE, ".nbship/sync/fula/tts.ipynb"),
    (Layout.merge, STATE, ".nbship/merge/fula%2Ftts"),
    (lambda layout, name: layout.lock("push", name), STATE, ".nbship/locks/fula%2Ftts.push"),
    (lambda layout, name: layout.run_folder("2026-11-25", name, 3), LAYOUT.runs,
     "runs/2026-11-25/fula.tts-v3"),
)  # fmt: skip


@pytest.mark.parametrize(("path_of", "folder", "expected"), BY_NAME)
def test_each_path_of_a_notebook_is_in_its_folder(
    path_of: Callable[[Layout, str], str], folder: str, expected: str
) -> None:
    path = path_of(LAYOUT, "fula/tts")
    assert path == expected
    assert PurePosixPath(folder) in PurePosixPath(path).parents


def test_each_path_of_the_workspace_is_in_its_folder() -> None:
    assert LAYOUT.journal == "runs/journal.jsonl"
    assert LAYOUT.cache == ".nbship/cache"
    assert LAYOUT.stat_cache == ".nbship/memory.json"
    assert LAYOUT.doit_database == ".nbship/doit.json"
    assert LAYOUT.local_kaggle == ".nbship/local"
    assert LAYOUT.local_kaggle_log == ".nbship/local.log"


@pytest.mark.parametrize("path_of", [path_of for path_of, _, _ in BY_NAME])
def test_another_layout_moves_every_path(path_of: Callable[[Layout, str], str]) -> None:
    moved = Layout("a/src", "a/nb", "a/build", "a/runs", "a/state")
    assert path_of(moved, "x").startswith("a/")
    for path in (moved.journal, moved.cache, moved.stat_cache, moved.doit_database,
                 moved.local_kaggle, moved.local_kaggle_log):  # fmt: skip
        assert path.startswith("a/")


def test_runs_of_names_that_differ_by_a_dot_share_a_folder() -> None:
    """The caller compares the record in the folder; the name stays readable."""
    assert LAYOUT.run_folder("d", "a/b", 1) == LAYOUT.run_folder("d", "a.b", 1)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("kaggle/src/a.py", "a"),
        ("kaggle/src/fula/tts.R", "fula/tts"),
        ("kaggle/src/a.b.r", "a.b"),
        ("src/a.py", "src/a"),
    ],
)
def test_the_name_of_a_source_is_its_path_in_the_folder_of_the_sources(
    path: str, name: str
) -> None:
    assert Layout(sources="kaggle/src").name_of(path) == name
