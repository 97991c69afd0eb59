"""The runs of a clone: which one a word means, and what is told of one and of two."""

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.overview.metrics import Metrics
from nbship.core.overview.run_text import (
    diff_json,
    diff_text,
    list_json,
    list_text,
    show_json,
    show_text,
)
from nbship.core.overview.runs import find_run, run_name, runs_of
from nbship.errors import WorkspaceError
from nbship.model.push import Record, RecordState
from tests.unit.push.test_record import RECORD

METADATA = {
    "id": "ous-sow/trainer", "title": "Trainer", "code_file": "trainer.ipynb", "keywords": [],
    "dataset_sources": ["awa/fula", "awa/old"], "kernel_sources": ["awa/prep"], "is_private": True,
    "docker_image": "gcr.io/x", "id_no": None, "competition_sources": ["titanic"],
    "model_sources": ["a/b/c/d/1"],
}  # fmt: skip
ONE = replace(
    RECORD, id="aaaa11", state="complete", name="tts/trainer", version=1, seconds=700.0,
    folder="runs/2026-11-23/tts.trainer-v1", metadata=METADATA, parameters={"EPOCHS": "3"},
    inputs={"awa/prep": 2}, url="https://x/1",
)  # fmt: skip
TWO = replace(
    ONE, id="aaaa22", state="error", version=2, folder="runs/2026-11-24/tts.trainer-v2",
    metadata={**METADATA, "docker_image": None, "dataset_sources": ["awa/fula"]},
    parameters={"EPOCHS": "5", "SEED": "1"}, inputs={"awa/prep": 3}, url="https://x/2",
)  # fmt: skip
LOCAL = replace(ONE, id="bbbb33", target="local", server="local", folder=None)
PLOTS = replace(ONE, id="cccc44", name="plots", version=None, state="unknown", folder=None)
OTHER = replace(ONE, id="dddd55", name="asr/trainer", version=7, folder=None)
ALL = (ONE, TWO, LOCAL, PLOTS, OTHER)
NONE = (Metrics(), Metrics())


def test_runs_are_listed_newest_first_and_by_name() -> None:
    assert runs_of(ALL) == (OTHER, PLOTS, LOCAL, TWO, ONE)
    assert runs_of(ALL, ["plots", "tts/trainer"]) == (PLOTS, LOCAL, TWO, ONE)
    assert runs_of([ONE], ["trainer"]) == (ONE,)
    assert runs_of(()) == ()


@pytest.mark.parametrize(
    ("records", "word", "message"),
    [
        (ALL, "trainer", "runs: 'trainer' may be tts/trainer, asr/trainer"),
        (ALL, "plot", "runs: nothing was pushed from here as 'plot'; did you mean 'plots'?"),
        ((), "plot", "runs: nothing was pushed from here as 'plot'"),
    ],
)
def test_a_name_without_runs_is_refused(
    records: tuple[Record, ...], word: str, message: str
) -> None:
    with pytest.raises(WorkspaceError) as error:
        runs_of(records, [word])
    assert error.value.message == message


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("aaaa11", ONE), ("aaaa2", TWO), ("cccc", PLOTS), ("tts/trainer-v2", TWO),
        ("trainer-v2", TWO), ("trainer-v7", OTHER), ("asr/trainer-v7", OTHER),
        ("runs/2026-11-23/tts.trainer-v1", ONE), ("runs/2026-11-23/tts.trainer-v1/", ONE),
        ("tts.trainer-v2", TWO),
    ],
)  # fmt: skip
def test_a_word_means_a_run(word: str, found: Record) -> None:
    assert find_run(ALL, word) == found


@pytest.mark.parametrize(
    ("records", "word", "message", "hint"),
    [
        (ALL, "trainer-v1", "runs: 'trainer-v1' may be aaaa11 (main), bbbb33 (local)",
         "Write one of these ids."),
        (ALL, "aaaa", "runs: 'aaaa' may be aaaa11 (main), aaaa22 (main)",
         "Write one of these ids."),
        (ALL, "aaa", "runs: no run 'aaa'; known: asr/trainer-v7, tts/trainer-v1, tts/trainer-v2",
         "List them: nbship runs"),
        (ALL, "tts/trainer-v3", "", "List them: nbship runs"),
        (ALL, "plots-v1", "", "List them: nbship runs"),
        ((), "aaaa", "runs: no run 'aaaa'", "List them: nbship runs"),
    ],
)  # fmt: skip
def test_a_word_that_means_none_or_several_is_refused(
    records: tuple[Record, ...], word: str, message: str, hint: str
) -> None:
    with pytest.raises(WorkspaceError) as error:
        find_run(records, word)
    assert not message or error.value.message == message
    assert error.value.hint == hint


def test_a_list_has_a_row_for_each_run() -> None:
    saved = replace(ONE, state="pushed", runs=False, seconds=None, commit=None)
    assert list(list_text([TWO, saved, PLOTS])) == [
        ("run             id      pushed (UTC)      target  by  state    time    commit", "plain"),
        ("tts/trainer-v2  aaaa22  2026-11-23 08:00  main        error    11 min  c0ffee", "error"),
        ("tts/trainer-v1  aaaa11  2026-11-23 08:00  main        not run", "plain"),
        ("plots           cccc44  2026-11-23 08:00  main        unknown  11 min  c0ffee",
         "warning"),
    ]  # fmt: skip
    assert list(list_text([])) == []


@pytest.mark.parametrize(
    ("state", "meaning"),
    [
        ("complete", "passed"), ("error", "error"), ("cancelled", "warning"),
        ("refused", "warning"), ("failed", "warning"), ("unknown", "warning"),
        ("intended", "warning"), ("pushed", "plain"),
    ],
)  # fmt: skip
def test_a_run_has_the_colour_of_its_state(state: RecordState, meaning: str) -> None:
    assert list(list_text([replace(ONE, state=state)]))[1][1] == meaning


def test_a_long_value_is_cut() -> None:
    long = replace(RECORD, message="x" * 120, url="y" * 121)
    told = dict(line.split(maxsplit=1) for line in show_text(long, Metrics()))
    assert (told["message"], told["address"]) == ("x" * 120, "y" * 119 + "…")


def test_one_run_is_told_by_its_keys() -> None:
    metrics = Metrics({"wer": 0.314159265, "eval.loss": math.nan})
    assert [tuple(line.split(maxsplit=1)) for line in show_text(ONE, metrics)] == [
        ("run", "tts/trainer-v1"),
        ("id", "aaaa11"),
        ("state", "complete"),
        ("kernel", "ous-sow/trainer"),
        ("version", "1"),
        ("address", "https://x/1"),
        ("target", "main"),
        ("server", "https://www.kaggle.com"),
        ("pushed", "2026-11-23 08:00 UTC"),
        ("time", "11 min"),
        ("commit", "c0ffee"),
        ("digest", "d1"),
        ("overrides", "--allow-dirty"),
        ("image", "gcr.io/x"),
        ("outputs", "runs/2026-11-23/tts.trainer-v1"),
        ("parameters.EPOCHS", "3"),
        ("inputs.a/b/c/d/1", "model"),
        ("inputs.awa/fula", "dataset"),
        ("inputs.awa/old", "dataset"),
        ("inputs.awa/prep", "kernel v2"),
        ("inputs.titanic", "competition"),
        ("metadata.is_private", "true"),
        ("metadata.title", "Trainer"),
        ("metrics.wer", "0.314159"),
        ("metrics.eval.loss", "nan"),
    ]


def test_what_a_run_told_of_itself_counts_before_what_was_asked_for() -> None:
    told = replace(
        ONE, session=12, image="gcr.io/y@sha256:1", runtime="Python 3.12.11",
        rehearsed="Python 3.11.7", accelerator="none",
    )  # fmt: skip
    lines = [line.split(maxsplit=1) for line in show_text(told, Metrics())]
    assert lines[13:18] == [
        ["session", "12"],
        ["image", "gcr.io/y@sha256:1"],
        ["runtime", "Python 3.12.11"],
        ["rehearsed", "Python 3.11.7"],
        ["accelerator", "none"],
    ]
    again = replace(told, id="eeee", session=13, accelerator="Tesla T4")
    assert [line.split() for line in diff_text((told, again), NONE)][1:] == [
        ["accelerator", "none", "Tesla", "T4"]
    ]


def test_an_old_record_is_told_without_what_it_does_not_have() -> None:
    told = [line.split()[0] for line in show_text(replace(RECORD, at="", url=""), Metrics())]
    assert told == [
        "run", "id", "state", "kernel", "target", "server", "commit", "digest", "overrides"
    ]  # fmt: skip


def test_of_two_runs_what_differs_is_told_and_all_numbers() -> None:
    metrics = Metrics({"wer": 0.5, "old": 1}), Metrics({"wer": 0.25, "steps": 7})
    assert list(diff_text((ONE, TWO), metrics)) == [
        "                   tts/trainer-v1  tts/trainer-v2  difference",
        "state              complete        error",
        "image              gcr.io/x",
        "parameters.EPOCHS  3               5",
        "inputs.awa/old     dataset",
        "inputs.awa/prep    kernel v2       kernel v3",
        "parameters.SEED                    1",
        "metrics.wer        0.5             0.25            -0.25",
        "metrics.old        1",
        "metrics.steps                      7",
    ]


def test_runs_of_one_name_are_told_apart_by_their_ids() -> None:
    assert next(diff_text((ONE, LOCAL), NONE)).split() == [
        "tts/trainer-v1", "(aaaa11)", "tts/trainer-v1", "(bbbb33)", "difference"
    ]  # fmt: skip
    again = replace(ONE, id="eeee", at="2026-11-25T08:00:00Z", url="https://x/9", message="m")
    assert list(diff_text((ONE, again), NONE)) == [
        "tts/trainer-v1 (aaaa11) and tts/trainer-v1 (eeee) do not differ"
    ]


def test_the_json_of_a_run_is_its_record() -> None:
    [entry] = json.loads(list_json([ONE]))["runs"]
    assert entry["run"] == "tts/trainer-v1"
    assert entry["metadata"] == METADATA
    assert entry["seconds"] == 700.0
    assert not {"line_map", "cells"} & entry.keys()
    metrics = Metrics({"a": math.inf, "b": 2}, "metrics.json: 1 value is left out")
    shown = json.loads(show_json(ONE, metrics))
    assert shown["run"] == entry
    assert shown["metrics"] == {
        "numbers": {"a": "Infinity", "b": 2}, "problem": "metrics.json: 1 value is left out"
    }  # fmt: skip
    compared = json.loads(diff_json((ONE, TWO), (metrics, Metrics({"b": 5}))))
    assert [run["id"] for run in compared["runs"]] == ["aaaa11", "aaaa22"]
    assert compared["differences"][0] == {"key": "state", "values": ["complete", "error"]}
    assert compared["metrics"] == [
        {"name": "a", "values": ["Infinity", None], "difference": None},
        {"name": "b", "values": [2, 5], "difference": 3},
    ]
    assert {shown["format"], compared["format"]} == {1}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    st.dictionaries(st.text() | st.just("kernel_sources"), VALUES),
    st.dictionaries(st.text(), st.text()),
    st.text(),
)
def test_whatever_a_record_says_each_line_is_one(
    metadata: dict[str, Any], parameters: dict[str, str], text: str
) -> None:
    odd = replace(
        ONE, metadata=metadata, parameters=parameters, message=text, url=text, folder=text, at=text
    )
    for line in (*show_text(odd, Metrics()), *diff_text((ONE, odd), NONE)):
        assert len(f"{line}.".splitlines()) == 1
    json.loads(list_json([odd]))
    assert run_name(odd) == "tts/trainer-v1"
