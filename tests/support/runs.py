"""Support for tests of a watched run: its workspace, its record, and a clock without pauses."""

import time
from pathlib import Path

import pytest

from nbship.core.run.watch_policy import Limits
from nbship.edges import clock
from nbship.edges.kaggle.session import AnswerLimits
from nbship.edges.workspace import sources
from nbship.model.workspace import Context
from tests.support.report import RecordedReport

ANSWERS = AnswerLimits(read=0.15, log_silence=0.15)  # seconds without a byte
# Fewer requests than by default, with the same outcomes.
LIMITS = Limits(poll=10.0, offline=120.0, lag=15.0, stuck=200.0, endless=600.0, asleep=1e9)
SECRET = "the-key-of-the-local-kaggle"  # noqa: S105 - made up
SOURCE = """# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/tiny-kernel"
# title = "Tiny Kernel"
# ///

# %%
print(1)
"""
RECORD = (
    '{"id": "abc", "state": "pushed", "at": "2026-11-25T01:00:00+00:00", "name": "tiny", '
    '"target": "local", "server": "local", "kernel": "awa/tiny-kernel", "digest": "", "cells": "", '
    '"commit": null, "base_version": 0, "overrides": [], "line_map": [], "version": 1}\n'
)


def quicken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the clock by one whose pauses take no time."""
    skipped = [0.0]

    def wait(seconds: float) -> None:
        skipped[0] += seconds

    monkeypatch.setattr(clock, "wait", wait)
    monkeypatch.setattr(clock, "seconds", lambda: time.monotonic() + skipped[0])


def lay_out(lab: Path) -> None:
    """Write a workspace from which version 1 was pushed."""
    for path, text in {"src_py/tiny.py": SOURCE, "runs/journal.jsonl": RECORD}.items():
        (lab / path).parent.mkdir(parents=True)
        (lab / path).write_text(text)


def context_of(lab: Path) -> tuple[Context, RecordedReport]:
    """Open the workspace, and return its context with a report that keeps the lines."""
    workspace, report = sources.open_workspace(lab), RecordedReport()
    return Context(workspace, sources.read_catalogue(workspace), report), report
