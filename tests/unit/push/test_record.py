"""The journal: the last line of an id is its state, and damaged lines are skipped."""

import json
from dataclasses import asdict, fields, replace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.push.record import (
    complete_versions,
    fetched_before,
    fold_journal,
    has_all,
    id_of,
    image_of_good_run,
    kernels_read,
    latest,
    latest_fetched,
    may_be,
    read_journal,
    record_line,
    run_record,
    unseen,
    unsettled,
)
from nbship.model.push import Record, RecordState
from nbship.model.run import FetchedFile
from nbship.model.workspace import Origin

RECORD = Record(
    id="r1",
    state="intended",
    at="2026-11-23T08:00:00Z",
    name="trainer",
    target="main",
    server="https://www.kaggle.com",
    kernel="ous-sow/trainer",
    digest="d1",
    cells="c1",
    commit="c0ffee",
    base_version=3,
    overrides=("--allow-dirty",),
    line_map=(None, Origin("src_py/trainer.py", 5)),
)
STATES = get_args(RecordState)
STEPS = st.lists(
    st.builds(
        lambda id_, state, message: replace(RECORD, id=id_, state=state, message=message),
        st.sampled_from(["r1", "r2", "r3"]),
        st.sampled_from(STATES),
        st.text(max_size=5),
    ),
    max_size=12,
)


def line(**changes: Any) -> str:
    return json.dumps({**asdict(RECORD), **changes})


@pytest.mark.parametrize("state", STATES)
def test_a_record_reads_back_as_it_was_written(state: RecordState) -> None:
    whole = replace(
        RECORD, state=state, commit=None, version=4, url="https://x", message="ɓ\n",
        folder="runs/x",
        metadata={"id": "awa/x", "id_no": None, "kernel_sources": ["awa/prep"], "is_private": True},
        parameters={"EPOCHS": "3"}, inputs={"awa/prep": 2}, seconds=61.5, session=352993764,
        image="gcr.io/x", runtime="Python 3.12.11", accelerator="2 x T4", rehearsed="Python 3.11.7",
    )  # fmt: skip
    assert fold_journal([record_line(whole)]) == (whole,)


def test_a_record_is_one_line() -> None:
    written = record_line(replace(RECORD, message="one\ntwo\r\u2028three"))
    assert written.count("\n") == 1
    assert written.endswith("}\n")


def test_a_record_is_read_by_people_too() -> None:
    whole = replace(RECORD, message="Ɓalli é", name="ɓ")
    assert '"name": "ɓ"' in record_line(whole)
    assert '"message": "Ɓalli é"' in record_line(whole)


@given(STEPS)
def test_the_last_line_of_each_id_is_its_state_and_the_first_its_place(steps: list[Record]) -> None:
    folded = fold_journal(record_line(step) for step in steps)
    assert {record.id: record for record in folded} == {step.id: step for step in steps}
    assert [record.id for record in folded] == list(dict.fromkeys(step.id for step in steps))


@given(STEPS, st.lists(st.binary(max_size=30), min_size=1), st.integers(1, 300))
def test_torn_and_foreign_lines_are_passed_over(
    steps: list[Record], foreign: list[bytes], cut: int
) -> None:
    lines = [record_line(step) for step in steps]
    noise = [data.decode(errors="replace") for data in foreign]
    torn = record_line(replace(RECORD, id="torn"))[:cut]
    assert fold_journal([*noise, *lines, *noise, torn]) == fold_journal(lines)


def test_the_damaged_lines_that_may_have_said_more_are_numbered() -> None:
    lines = [line(), "", '{"id": "torn', " ", "noise", line(state="dreamt")]
    assert read_journal(lines) == ((RECORD,), (3, 5, 6))
    assert read_journal([*lines, line(state="pushed")]) == (
        (replace(RECORD, state="pushed"),),
        (3, 5),
    )
    assert read_journal([]) == ((), ())


@pytest.mark.parametrize(
    "text", ["", "\n", "null", "3", '"state"', "[]", "{}", "[" * 100_000, line()[:-1]]
)
def test_what_is_no_record_is_passed_over(text: str) -> None:
    assert fold_journal([text]) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"state": "dreamt"},
        {"state": ["intended"]},
        {"id": {}},
        {"id": None},
        {"kernel": 3},
        {"version": "4"},
        {"base_version": None},
        {"line_map": 3},
        {"line_map": [3]},
        {"line_map": [{"path": "a"}]},
        {"line_map": [{"path": "a", "line": "1"}]},
        {"line_map": [{"path": "a", "line": 1}, {"path": "a", "line": "2"}]},
        {"overrides": [3]},
    ],
)
def test_a_record_with_an_odd_value_is_passed_over(change: dict[str, Any]) -> None:
    assert fold_journal([line(**change), line(id="good")]) == (replace(RECORD, id="good"),)


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": 3},
        {"metadata": None, "parameters": [1], "inputs": "x"},
        {"parameters": {"EPOCHS": 3}, "inputs": {"awa/prep": "2"}},
        {"seconds": "3"},
        {"seconds": -1},
        {"seconds": float("nan")},
        {"seconds": 10**12},
        {"session": "12", "image": None},
        {"session": True, "runtime": 3},
        {"session": 0, "accelerator": ["T4"], "rehearsed": {}},
    ],
)
def test_a_damaged_description_costs_the_record_nothing_else(change: dict[str, Any]) -> None:
    assert fold_journal([line(**change)]) == (RECORD,)


def test_a_whole_number_of_seconds_is_read() -> None:
    assert fold_journal([line(seconds=0)]) == (replace(RECORD, seconds=0),)


def test_a_key_of_a_newer_nbship_is_left_alone() -> None:
    assert fold_journal([line(weather="harmattan")]) == (RECORD,)


def test_a_record_of_an_older_nbship_has_defaults_for_what_came_later() -> None:
    later = {"folder", "message", "metadata", "parameters", "inputs", "seconds", "session", "image"}
    old = {key: value for key, value in asdict(RECORD).items() if key not in later}
    assert fold_journal([json.dumps(old)]) == (RECORD,)


@pytest.mark.parametrize("key", [f.name for f in fields(Record)][:13])
def test_a_record_without_a_needed_key_is_passed_over(key: str) -> None:
    entries = {name: value for name, value in asdict(RECORD).items() if name != key}
    assert fold_journal([json.dumps(entries)]) == ()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (record_line(RECORD).encode(), "r1"),
        (b'{"id": "r2", "of": "a newer nbship"}', "r2"),
        (b"", None),
        (b"\xff", None),
        (b"{}", None),
        (b"[]", None),
        (b"null", None),
    ],
)
def test_a_runs_folder_names_its_record(data: bytes, expected: str | None) -> None:
    assert id_of(data) == expected


def test_the_latest_is_the_last_push_that_made_a_version_of_that_kernel_on_that_server() -> None:
    records = [
        replace(RECORD, id="oldest", version=9),
        replace(RECORD, id="old", version=10),
        replace(RECORD, id="new", version=4),  # the kernel was deleted and made again
        replace(RECORD, id="without a version"),
        replace(RECORD, id="other kernel", version=11, kernel="ous-sow/other"),
        replace(RECORD, id="other server", version=12, server="http://127.0.0.1:8000"),
    ]
    found = latest(records, kernel=RECORD.kernel, server=RECORD.server)
    assert found is not None
    assert found.id == "new"
    assert latest(records, kernel="ous-sow/nobody", server=RECORD.server) is None


def test_unsettled_are_intended_and_unknown_of_that_kernel_on_that_server() -> None:
    records = [
        *(replace(RECORD, id=state, state=state) for state in STATES),
        replace(RECORD, id="other kernel", kernel="ous-sow/other"),
        replace(RECORD, id="other server", server="http://127.0.0.1:8000"),
    ]
    found = unsettled(records, kernel=RECORD.kernel, server=RECORD.server)
    assert [record.id for record in found] == ["intended", "unknown"]


def _push(number: int, version: int | None = None, base: int = 0, **more: Any) -> Record:
    return replace(RECORD, id=f"r{number}", version=version, base_version=base, **more)


@pytest.mark.parametrize(
    ("others", "base", "newest", "expected"),
    [
        ([], 0, 0, ()),
        ([], 0, 2, (2, 1)),
        ([], 2, 2, ()),
        ([], 3, 2, ()),
        ([_push(1, 3)], 2, 4, (4,)),  # the base was read too old: version 3 is another push's
        ([_push(1, 3), _push(2, 4)], 2, 4, ()),
        ([_push(1, 3), _push(2)], 2, 4, (4,)),  # one whose version nobody knows claims none
        ([_push(1, 3), _push(2, 5)], 2, 4, (4, 3)),  # version 5 is gone: the numbers began anew
        ([_push(1, 3)], 0, 1, (1,)),  # deleted and made anew
        ([_push(1, 3)], 0, 3, (2, 1)),
        ([_push(1, 3, kernel="awa/other")], 2, 3, (3,)),
        ([_push(1, 3, server="elsewhere")], 2, 3, (3,)),
        ([_push(0, 3)], 2, 3, (3,)),  # it is the same push
    ],
)
def test_which_versions_an_unanswered_push_may_have_made(
    others: list[Record], base: int, newest: int, expected: tuple[int, ...]
) -> None:
    assert may_be(others, _push(0, base=base), newest) == expected


def test_of_a_billion_versions_the_newest_are_looked_at() -> None:
    assert may_be([], _push(0), 10**9) == tuple(range(10**9, 10**9 - 50, -1))


@pytest.mark.parametrize(
    ("others", "base", "version", "expected"),
    [
        ([], 3, 4, ()),
        ([], 3, 6, (4, 5)),
        ([], 0, 2, (1,)),
        ([_push(1, version=4)], 3, 6, (5,)),  # an earlier push of this clone, settled late
        ([_push(1, version=4, kernel="other/kernel")], 3, 6, (4, 5)),
        ([_push(1, version=4, server="http://127.0.0.1")], 3, 6, (4, 5)),
        ([], 3, 1, ()),  # the kernel was deleted and made again
        ([], 3, None, ()),
        ([], 3, 100, tuple(range(50, 100))),
    ],
)
def test_the_versions_that_others_made_while_a_push_was_sent(
    others: list[Record], base: int, version: int | None, expected: tuple[int, ...]
) -> None:
    pushed = _push(0, base=base, version=version)
    assert unseen([*others, pushed], pushed) == expected


FETCHED = (FetchedFile("a/Ɓ.txt", 3, "0" * 64), FetchedFile("b", 0, "1" * 64))


def test_the_files_of_a_run_folder_are_read_back_as_they_were_recorded() -> None:
    data = run_record(RECORD, FETCHED, is_whole=True)
    assert fetched_before(data) == FETCHED
    assert id_of(data) == RECORD.id


def test_a_run_folders_record_is_read_by_people_too_whatever_the_names() -> None:
    fetched = (FetchedFile("é\ud800", 3, "0" * 64),)
    data = run_record(RECORD, fetched, is_whole=True)
    assert data.startswith(b'{\n "id": "r1",\n "state": "intended",\n')
    assert data.endswith(b'"\n  }\n ],\n "whole": true\n}\n')
    assert '\n   "name": "é?",\n'.encode() in data
    assert fetched_before(data) == (FetchedFile("é?", 3, "0" * 64),)


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"files": 5}', b'{"files": [5]}', b'{"files": [{"name": "a"}]}',
     b'{"files": [{"name": "a", "size": "x", "sha256": ""}]}', b"[" * 100_000],
)  # fmt: skip
def test_a_record_that_makes_no_sense_has_no_files(data: bytes) -> None:
    assert fetched_before(data) == ()


def test_the_last_fetched_run_is_complete_and_of_this_kernel() -> None:
    done = replace(RECORD, state="complete", folder="runs/a")
    other = replace(done, id="r2", kernel="ous-sow/other")
    records = [done, other, replace(done, id="r3", state="error"), replace(done, folder=None)]
    assert latest_fetched(records, kernel="ous-sow/trainer") == done
    assert latest_fetched(records, kernel="ous-sow/x") is None


def test_of_each_kernel_the_last_complete_version_counts() -> None:
    prep = replace(RECORD, kernel="awa/prep", state="complete", version=1)
    records = [
        prep,
        replace(prep, version=2),
        replace(prep, version=3, state="error"),
        replace(prep, version=4, server="elsewhere"),
        replace(prep, version=None),
    ]
    assert complete_versions(records) == {
        (RECORD.server, "awa/prep"): 2,
        ("elsewhere", "awa/prep"): 4,
    }


@pytest.mark.parametrize(
    ("listed", "read"), [(["a/b", 5, "a/c"], ["a/b", "a/c"]), ("a/b", []), (None, [])]
)
def test_the_kernels_that_a_damaged_record_reads_are_those_that_are_ids(
    listed: object, read: list[str]
) -> None:
    assert kernels_read({"kernel_sources": listed}) == read
    assert kernels_read({}) == []


def test_the_image_of_a_good_run_has_its_digest() -> None:
    image = "gcr.io/kaggle-images/python@sha256:" + "0a" * 32
    good = replace(RECORD, state="complete", image=image)
    other = image.replace("0a", "1b")
    assert image_of_good_run([good], "trainer") == image
    assert image_of_good_run([good, replace(good, image=other)], "trainer") == other
    for worse in (
        replace(good, image=other, state="error"),
        replace(good, image=other, state="cancelled"),
        replace(good, image=other, name="other"),
        replace(good, image=""),
        replace(good, image="gcr.io/kaggle-images/python"),
        replace(good, image=other[:-1]),
        replace(good, image=other + "0"),
        replace(good, image=f"x {other}"),
    ):
        assert image_of_good_run([good, worse], "trainer") == image
        assert image_of_good_run([worse], "trainer") == ""


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_run_record_says_whether_all_outputs_are_there(*, is_whole: bool) -> None:
    assert has_all(run_record(RECORD, (), is_whole=is_whole)) is is_whole


@pytest.mark.parametrize(
    ("data", "expected"), [(b"{}", True), (b"{", False), (b"[]", False), (b"[" * 9999, False)]
)
def test_what_an_older_or_a_damaged_run_record_says(data: bytes, *, expected: bool) -> None:
    assert has_all(data) is expected
