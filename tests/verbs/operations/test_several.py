"""Tests of work on several notebooks at the same time."""

import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.errors import Interrupted, NbshipError, SmokeError
from nbship.model.workspace import Context
from nbship.verbs.operations.several.work import Work, do_at_once
from tests.support.report import RecordedReport

NAMES = ("a", "b", "c", "d", "e")
CONTEXT = Context(cast("Any", None), cast("Any", None), RecordedReport())

graphs = st.fixed_dictionaries(
    {name: st.lists(st.sampled_from(NAMES), unique=True, max_size=2).map(tuple) for name in NAMES}
)


@given(graphs, st.integers(1, 6), st.sets(st.sampled_from(NAMES)), st.sets(st.sampled_from(NAMES)))
def test_each_is_done_once_after_those_above_it(
    above: dict[str, tuple[str, ...]], jobs: int, failing: set[str], unprepared: set[str]
) -> None:
    """Also where some fail, and where some wait for one another; never more than there is room."""
    active: set[str] = set()
    most, ended, told = 0, list[str](), dict[str, object]()
    lock = threading.Lock()

    def prepare(context: Context, name: str) -> Callable[[], str]:
        assert context.stop >= 0
        if name in unprepared:
            raise NbshipError(name)
        if not _is_in_circle(above, name):
            assert set(above[name]) <= {*ended, *unprepared}, name
        with lock:
            active.add(name)
        return partial(do, name)

    def do(name: str) -> str:
        nonlocal most
        with lock:
            most = max(most, len(active))
            active.remove(name)
            ended.append(name)
        if name in failing:
            raise SmokeError(name)
        return name

    def tell(name: str, result: str | NbshipError) -> None:
        assert name not in told
        told[name] = result

    do_at_once(CONTEXT, above, Work(prepare, tell, lambda number: number < jobs))
    assert set(told) == set(NAMES)
    assert most <= jobs
    for name, result in told.items():
        is_error = name in failing or name in unprepared
        assert isinstance(result, NbshipError) if is_error else result == name


def _is_in_circle(above: dict[str, tuple[str, ...]], name: str) -> bool:
    """Return whether a notebook waits for itself, or for one that does."""
    seen, todo = set[str](), [name]
    while todo:
        for each in above[todo.pop()]:
            if each in seen or each == name:
                return True
            seen.add(each)
            todo.append(each)
    return False


def test_after_ctrl_c_the_threads_end_before_the_command_does() -> None:
    """They read the sign, and report nothing any more."""
    ended = list[str]()
    has_begun = threading.Barrier(3)

    def prepare(context: Context, name: str) -> Callable[[], None]:
        return partial(wait, context, name)

    def wait(context: Context, name: str) -> None:
        has_begun.wait(60)
        assert os.read(context.stop, 0) == b""
        _until_readable(context.stop)
        with pytest.raises(Interrupted):
            context.report.more("late")
        ended.append(name)

    def has_room(active: int) -> bool:
        if active == 2:
            has_begun.wait(60)
            raise KeyboardInterrupt
        return True

    work = Work(prepare, lambda *_: None, has_room)
    with pytest.raises(KeyboardInterrupt):
        do_at_once(CONTEXT, {"a": (), "b": (), "c": ()}, work)
    assert sorted(ended) == ["a", "b"]


def _until_readable(descriptor: int) -> None:
    import select

    assert select.select([descriptor], [], [], 60)[0]


def test_an_error_that_is_none_of_ours_ends_the_command() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    work = Work(lambda *_: fail, lambda *_: None, lambda _: True)
    with pytest.raises(ZeroDivisionError):
        do_at_once(CONTEXT, {"a": (), "b": ()}, work)
