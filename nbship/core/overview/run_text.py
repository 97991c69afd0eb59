"""Runs told: a list of them, one by its keys, two side by side; for people, and as JSON."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from nbship.core.overview.metrics import Metrics, Number, as_value, difference, number_text
from nbship.core.overview.runs import run_name
from nbship.core.overview.times import short
from nbship.core.run.watch_policy import duration
from nbship.core.terminal.table import aligned
from nbship.diagnostics import shown_name
from nbship.model.push import Record, RecordState
from nbship.model.workspace import Meaning

FORMAT = 1  # of the JSON
_HEAD = ("run", "id", "pushed (UTC)", "target", "by", "state", "time", "commit")
_COMMIT = 7  # digits of a commit
_LONGEST = 120  # characters of a value; the name of an image with its digest has 105
_SOURCES = {  # keys of the metadata with the inputs, and what an input of each is
    "dataset_sources": "dataset",
    "competition_sources": "competition",
    "kernel_sources": "kernel",
    "model_sources": "model",
}
_IMAGE = "docker_image"
_ELSEWHERE = {*_SOURCES, _IMAGE, "id", "code_file"}  # keys of the metadata that are told otherwise
_NOT_IN_JSON = ("line_map", "cells")  # of a record
_OF_ONE_RUN = frozenset({"id", "pushed", "version", "address", "outputs", "message", "session"})
_METRICS = "metrics."
_MEANINGS: Mapping[RecordState, Meaning] = {
    "error": "error", "refused": "warning", "failed": "warning", "unknown": "warning",
    "intended": "warning", "cancelled": "warning", "complete": "passed",
}  # fmt: skip


def list_text(runs: Sequence[Record]) -> Iterator[tuple[str, Meaning]]:
    """Yield the lines of a list of runs with their meanings."""
    if runs:
        cells = [_HEAD, *map(_cells, runs)]
        meanings: list[Meaning] = ["plain", *(_MEANINGS.get(run.state, "plain") for run in runs)]
        yield from zip(aligned(cells), meanings, strict=True)


def show_text(run: Record, metrics: Metrics) -> Iterator[str]:
    """Yield the lines about one run: each key with its value, the numbers last."""
    rows = {key: value for key, value in _values(run).items() if value}
    rows |= {f"{_METRICS}{name}": number_text(each) for name, each in metrics.numbers.items()}
    yield from aligned([("run", shown_name(run_name(run))), *rows.items()])


def diff_text(runs: tuple[Record, Record], metrics: tuple[Metrics, Metrics]) -> Iterator[str]:
    """Yield the lines about two runs: the keys that differ, and all numbers side by side."""
    names = [_short_name(run, runs) for run in runs]
    rows = [("", *names, "difference")]
    rows += [(key, *values, "") for key, values in _differences(runs)]
    rows += [
        (f"{_METRICS}{name}", *map(number_text, values), _grown(difference(*values)))
        for name, values in _numbers(metrics)
    ]
    if len(rows) > 1:
        yield from aligned(rows)
    else:
        yield f"{names[0]} and {names[1]} do not differ"


def list_json(runs: Iterable[Record]) -> str:
    """Return runs as JSON: their records, as the journal has them."""
    return _json({"runs": [_entry(run) for run in runs]})


def show_json(run: Record, metrics: Metrics) -> str:
    """Return one run as JSON: its record, and its numbers."""
    return _json({"run": _entry(run), "metrics": _metrics(metrics)})


def diff_json(runs: tuple[Record, Record], metrics: tuple[Metrics, Metrics]) -> str:
    """Return two runs as JSON: the keys that differ, and all numbers with their differences."""
    return _json({
        "runs": [_entry(run) for run in runs],
        "differences": [
            {"key": key, "values": list(values)} for key, values in _differences(runs)
        ],
        "metrics": [
            {"name": name, "values": list(map(as_value, values)),
             "difference": as_value(difference(*values))}
            for name, values in _numbers(metrics)
        ],
    })  # fmt: skip


def _cells(run: Record) -> tuple[str, ...]:
    took = "" if run.seconds is None else duration(run.seconds)
    commit, at = (run.commit or "")[:_COMMIT], short(run.at)
    cells = (run_name(run), run.id, at, run.target, run.person, _state(run), took, commit)
    return tuple(map(shown_name, cells))


def _state(run: Record) -> str:
    """Return the state; of a version without a run, that it has none; and whether it is dropped."""
    state = run.state if run.runs or run.state != "pushed" else "not run"
    return f"{state}, dropped" if run.dropped else state


def _values(run: Record) -> dict[str, str]:
    """Return what a run can be compared by, key by key; a value is one line, "" for none."""
    metadata = {key: value for key, value in run.metadata.items() if key not in _ELSEWHERE}
    values: dict[str, str] = {
        "id": run.id,
        "state": _state(run),
        "message": run.message,
        "kernel": run.kernel,
        "version": str(run.version or ""),
        "address": run.url,
        "target": run.target,
        "server": run.server,
        "pushed": f"{short(run.at)} UTC" if run.at else "",
        "by": run.person,
        "user": run.user,
        "time": "" if run.seconds is None else duration(run.seconds),
        "commit": run.commit or "",
        "digest": run.digest,
        "overrides": " ".join(run.overrides),
        "session": str(run.session or ""),
        "image": run.image or str(run.metadata.get(_IMAGE) or ""),
        "runtime": run.runtime,
        "rehearsed": run.rehearsed,
        "accelerator": run.accelerator,
        "outputs": run.folder or "",
        **{f"parameters.{name}": value for name, value in sorted(run.parameters.items())},
        **{f"inputs.{name}": value for name, value in sorted(_inputs(run).items())},
        **{f"metadata.{key}": _text(value) for key, value in sorted(metadata.items())},
    }
    return {shown_name(key): _one_line(value) for key, value in values.items()}


def _inputs(run: Record) -> dict[str, str]:
    """Return by id what each input of a run is, and its version where it is known."""
    found: dict[str, str] = {}
    for key, kind in _SOURCES.items():
        listed = run.metadata.get(key)
        for each in listed if isinstance(listed, list | tuple) else ():
            version = run.inputs.get(each) if isinstance(each, str) else None
            found[str(each)] = f"{kind} v{version}" if version else kind
    return found


def _text(value: Any) -> str:
    """Return a value of the metadata; "" for none."""
    if isinstance(value, str):
        return value
    return "" if value in (None, [], ()) else json.dumps(value, ensure_ascii=False)


def _one_line(text: str) -> str:
    plain = shown_name(text)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _differences(runs: tuple[Record, Record]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the keys whose values differ, in the order of the first run, then of the second."""
    before, after = map(_values, runs)
    for key in dict.fromkeys((*before, *after)):
        values = before.get(key, ""), after.get(key, "")
        if key not in _OF_ONE_RUN and values[0] != values[1]:
            yield key, values


def _numbers(
    metrics: tuple[Metrics, Metrics],
) -> Iterator[tuple[str, tuple[Number | None, Number | None]]]:
    before, after = (each.numbers for each in metrics)
    for name in dict.fromkeys((*before, *after)):
        yield name, (before.get(name), after.get(name))


def _grown(number: float | None) -> str:
    return "" if number is None else f"{number:+.6g}"


def _short_name(run: Record, runs: tuple[Record, Record]) -> str:
    """Return the name of a run, with its id where both runs have the same one."""
    name = shown_name(run_name(run))
    return name if len({run_name(each) for each in runs}) > 1 else f"{name} ({run.id})"


def _entry(run: Record) -> dict[str, Any]:
    record = {key: each for key, each in asdict(run).items() if key not in _NOT_IN_JSON}
    return {"run": run_name(run), **record}


def _metrics(metrics: Metrics) -> dict[str, Any]:
    return {
        "numbers": {name: as_value(each) for name, each in metrics.numbers.items()},
        "problem": metrics.problem,
    }


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps({"format": FORMAT, **content}, indent=1, ensure_ascii=False)
