"""What a person sees on a terminal: the live line, colours, long output cut to its ends, Ctrl-C."""

import pytest

from tests.support.screen import CTRL_C, on_terminal
from tests.support.workspace import Workspace, program

FLOOD = """# %%
for number in range(3000):
    print("line", number)

# %%
import time
open("reached", "w").close()
while True:
    time.sleep(0.1)
"""
FAILS = """# %%
import time
time.sleep(1.2)
print("seen")

# %%
1 / 0
"""


def test_a_failing_smoke_shows_the_line_in_red_and_leaves_no_live_line(bare: Workspace) -> None:
    bare.write("src_py/fails.py", FAILS)
    with on_terminal([program("nbship"), "smoke", "fails"], bare.root, 80) as shown:
        shown.wait(lambda text: "cell 1/2" in text)
        assert shown.end() == 1
    error = "src_py/fails.py:7: ZeroDivisionError: division by zero (smoke of fails)"
    assert f"\x1b[31m{error}\x1b[0m" in shown.written
    assert "\x1b[2m         | seen\x1b[0m" in shown.written
    assert shown.lines[:2] == ["         | seen", error]
    assert not any("cell 1/2" in line for line in shown.lines)


@pytest.mark.parametrize("columns", [20, 200])
def test_ctrl_c_in_a_flood_leaves_only_lines(bare: Workspace, columns: int) -> None:
    bare.write("src_py/flood.py", FLOOD)
    with on_terminal([program("nbship"), "smoke", "flood"], bare.root, columns) as shown:
        shown.wait(lambda text: "cell 2/2" in text)
        shown.type(CTRL_C)
        assert shown.end() == 130
    log = (bare.root / ".nbship/smoke/flood/log.txt").read_text()
    assert log == "".join(f"line {number}\n" for number in range(3000))
    lines = [line.removeprefix("         | ") for line in "\n".join(shown.lines).splitlines()]
    assert not any("cell 2/2" in line for line in lines)
    if columns == 200:
        assert lines == [
            *(f"line {number}" for number in range(20)),
            "… 2,960 lines more in .nbship/smoke/flood/log.txt",
            *(f"line {number}" for number in range(2980, 3000)),
            "interrupted: finished work is kept; run the command again",
        ]


def test_a_terminal_without_colour_gets_none(bare: Workspace) -> None:
    bare.write("src_py/bad.py", "# %%\nx = \n")
    for env in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        with on_terminal([program("nbship"), "check"], bare.root, 80, **env) as shown:
            assert shown.end() == 1
        assert "\x1b" not in shown.written
