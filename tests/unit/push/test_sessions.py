"""Which runs of earlier pushes may go on, by the journal."""

from dataclasses import replace

import pytest

from nbship.core.push.sessions import AT_ONCE, earlier_run, may_go_on
from nbship.model.push import Record, RecordState

PUSH = Record(
    id="r1", state="pushed", at="", name="trainer", target="main", server="kaggle",
    kernel="awa/trainer", digest="", cells="", commit=None, base_version=0, overrides=(),
    line_map=(), version=1, user="awa",
)  # fmt: skip


def of(kernel: str, version: int = 1, **changes: object) -> Record:
    return replace(PUSH, kernel=kernel, version=version, **changes)  # type: ignore[arg-type]


def test_kaggle_takes_so_many_runs_at_once() -> None:
    assert AT_ONCE == {"CPU": 5, "GPU": 2, "TPU": 1}


def test_the_last_push_of_each_kernel_may_go_on_the_newest_first() -> None:
    pushes = [of("a/one"), of("a/two"), of("a/one", 2), of("a/three", state="complete")]
    found = may_go_on(pushes, server="kaggle", user="awa")
    assert [(push.kernel, push.version) for push in found] == [("a/two", 1), ("a/one", 2)]


@pytest.mark.parametrize(
    "state", ["intended", "refused", "failed", "unknown", "complete", "error", "cancelled"]
)
def test_a_push_that_has_ended_or_made_nothing_does_not_go_on(state: RecordState) -> None:
    assert may_go_on([of("a/one", state=state)], server="kaggle", user="awa") == ()


@pytest.mark.parametrize(
    "changes", [{"server": "local"}, {"user": "ous"}, {"runs": False}, {"version": None}]
)
def test_what_takes_no_session_of_this_user_does_not_count(changes: dict[str, object]) -> None:
    assert may_go_on([PUSH], server="kaggle", user="awa") == (PUSH,)
    assert may_go_on([replace(PUSH, **changes)], server="kaggle", user="awa") == ()  # type: ignore[arg-type]


def test_a_push_that_made_no_version_hides_no_run() -> None:
    assert may_go_on(
        [PUSH, of("awa/trainer", 0, state="refused")], server="kaggle", user="awa"
    ) == (PUSH,)


@pytest.mark.parametrize(
    ("pushes", "version", "expected"),
    [
        ([], 1, None),
        ([(1, "pushed", True)], 1, None),  # its own state is that of the kernel
        ([(1, "pushed", True), (2, "pushed", False)], 2, 1),
        ([(2, "pushed", False), (1, "pushed", True)], 2, 1),
        ([(1, "pushed", True), (2, "pushed", False)], 3, 1),  # made elsewhere
        ([(1, "complete", True)], 3, None),
        ([(1, "pushed", True), (2, "pushed", True), (3, "pushed", False)], 3, 2),
        ([(1, "pushed", True), (2, "complete", True), (3, "pushed", False)], 3, None),
        ([(1, "pushed", True), (2, "pushed", False), (3, "pushed", False)], 3, 1),
        ([(3, "pushed", True), (2, "pushed", False)], 2, None),  # deleted and made again
        ([(1, "pushed", False), (2, "pushed", False)], 2, None),
        ([(0, "unknown", True), (2, "pushed", False)], 2, None),
    ],
)
def test_a_run_goes_on_beside_a_later_version(
    pushes: list[tuple[int, RecordState, bool]], version: int, expected: int | None
) -> None:
    made = [of("a/one", number, state=state, runs=runs) for number, state, runs in pushes]
    found = earlier_run(made, version)
    assert (found.version if found else None) == expected


def test_a_push_without_a_version_started_no_run() -> None:
    refused = replace(PUSH, id="r0", version=None, state="refused")
    saved = replace(PUSH, id="r2", version=2, runs=False)
    assert earlier_run([refused, PUSH, saved], 2) == PUSH
    assert earlier_run([refused, saved], 2) is None
