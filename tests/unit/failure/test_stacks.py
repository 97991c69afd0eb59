"""The stacks of a kernel tell where the notebook hangs, or that none of its code runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.failure.ipykernel_hash import cell_number
from nbship.core.failure.locate import locate
from nbship.core.failure.stacks import Hang, hang_of
from tests.support.failures import TRAINER, ran

CELL = "import time\ndef wait():\n    time.sleep(600)\nwait()"
IDLE = """\
Thread 0x00007f01 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 324 in wait
  File "/usr/lib/python3.11/threading.py", line 982 in run

Current thread 0x00007f02 (most recent call first):
  File "/usr/lib/python3.11/selectors.py", line 468 in select
  File "/usr/lib/python3.11/asyncio/base_events.py", line 1884 in _run_once
"""


def busy(*inner: str) -> str:
    cell = f"/tmp/ipykernel_17/{cell_number(CELL)}.py"  # noqa: S108 - the name that ipykernel gives
    frames = [*inner, f'  File "{cell}", line 3 in wait', f'  File "{cell}", line 4 in <module>']
    more = '  File "/usr/lib/IPython/core/interactiveshell.py", line 3577 in run_code'
    head = "Current thread 0x00007f02 (most recent call first):"
    return "\n".join([IDLE, head, *frames, more, ""])


def test_the_line_at_which_a_notebook_waits_is_found() -> None:
    hang = hang_of(busy())
    assert hang.library == ""
    assert hang.traceback.split("\n")[0] == "Traceback (most recent call last):"
    assert len(hang.traceback.split("\n")) == 4
    failure = locate(hang.traceback, ran("x = 1", CELL), error="not finished", cell=1)
    assert [(frame.path, frame.line, frame.function) for frame in failure.frames] == [
        (TRAINER, 203, None),
        (TRAINER, 202, "wait"),
    ]


def test_the_library_in_which_it_waits_is_named() -> None:
    hang = hang_of(
        busy('  File "/usr/lib/python3/dist-packages/zmq/sugar/socket.py", line 8 in recv')
    )
    assert hang.library == "recv in sugar/socket.py"


def test_the_thread_of_the_notebook_is_found_wherever_it_stands() -> None:
    assert hang_of(busy()) == hang_of(f"{busy()}\n{IDLE}") != Hang()


@pytest.mark.parametrize(
    ("path", "is_ours"),
    [
        ("/content/ipykernel_17/405.py", True),
        ("/kaggle/working/nbship-0a1b/lab/x.py", True),
        ("/usr/lib/nbship-0a1b.py", False),
        ("/usr/lib/ipykernel_17/x.py", False),
    ],
)
def test_code_of_the_notebook_is_in_its_cells_and_in_its_bundle(
    path: str, *, is_ours: bool
) -> None:
    head = "Thread 0x00007f01 (most recent call first):"
    hang = hang_of(f'{head}\n  File "{path}", line 3 in wait\n')
    line = f'Traceback (most recent call last):\n  File "{path}", line 3, in wait'
    assert hang == (Hang(line) if is_ours else Hang())


def test_a_kernel_that_runs_nothing_of_the_notebook_is_told() -> None:
    assert hang_of(IDLE) == hang_of("") == Hang("", "")


@given(
    st.text(
        'Threadx0 (most recent call first):\n  File "/ipykernel_1/2.py", line 3 in f', max_size=200
    )
)
def test_any_text_is_read(text: str) -> None:
    hang_of(text)
