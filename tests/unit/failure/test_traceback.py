"""The frames of Python and of all versions of IPython, in a traceback and in a log."""

import pytest

from nbship.core.failure.traceback import RawFrame, is_link, parse_errors
from tests.support.failures import DIVISION, Found, at, brought, logged, ran

RULE = "-" * 75
IPYTHON_7 = """\
---------------------------------------------------------------------------
ZeroDivisionError                         Traceback (most recent call last)
/tmp/ipykernel_17/2406515221.py in <cell line: 0>()
      1 x = 1
----> 2 train(0)

/tmp/ipykernel_17/4056115492.py in train(x)
      1 def train(x):
----> 2     return 1 / x

ZeroDivisionError: division by zero
"""
TRAIN = ("def train(x):\n    return 1 / x", "x = 1\ntrain(0)")


def reported(count: int, traceback: str) -> str:
    """Return what papermill writes into a log on Kaggle around a cell's traceback."""
    return (
        "0.00s - Debugger warning: It seems that frozen modules are being used\n"
        "Traceback (most recent call last):\n"
        '  File "<string>", line 1, in <module>\n'
        '  File "/usr/local/lib/python3.12/dist-packages/papermill/execute.py", line 131, in '
        "execute_notebook\n    raise_for_execution_errors(nb, output_path)\n"
        "papermill.exceptions.PapermillExecutionError: \n"
        f"{'-' * 75}\n"
        f'Exception encountered at "In [{count}]":\n'
        f"{traceback}\n\n"
        "/usr/local/lib/python3.12/dist-packages/mistune.py:435: SyntaxWarning: invalid escape\n"
        "  cells[i][c] = re.sub('x', '|', cell)\n"
        "[NbConvertApp] Converting notebook __notebook__.ipynb to notebook\n"
        "[NbConvertApp] Writing 20749 bytes to __notebook__.ipynb\n"
    )


def test_ipython_7_says_the_line_after_its_frame_and_not_the_cell() -> None:
    assert logged(reported(2, IPYTHON_7), ran(*TRAIN)) == at(DIVISION, 101, "train")


def test_ipython_7_at_the_top_of_a_cell_is_the_cell_that_papermill_names() -> None:
    for frame in ("<cell line: 0>()", "<module>"):
        text = f"{RULE}\n/tmp/ipykernel_17/9.py in {frame}\n----> 2 train(0)\n\nNameError: n\n"
        assert logged(reported(2, text), ran(*TRAIN)) == at("NameError: n", 201)
        assert brought(text, ran(*TRAIN)) == Found("NameError: n")


def test_ipython_7_gives_a_syntax_error_no_function() -> None:
    text = '  File "/tmp/ipykernel_17/9.py", line 2\n    y = = 2\nSyntaxError: invalid syntax\n'
    assert logged(reported(2, text), ran(*TRAIN)) == at("SyntaxError: invalid syntax", 201)


def test_ipython_7_prefers_the_failing_cell_where_two_have_the_same_line() -> None:
    text = (
        f"{RULE}\n/tmp/ipykernel_17/9.py in f()\n      1 def f():\n----> 2     1 / 0\n\n{DIVISION}"
    )
    twice = ran("def f():\n    1 / 0", "def f():\n    1 / 0\nf()")
    assert logged(reported(2, text), twice) == at(DIVISION, 201, "f")
    assert brought(text, twice) == at(DIVISION, 101, "f")


def test_ipython_7_in_a_function_whose_line_no_cell_has_is_nowhere() -> None:
    for arrow in ("----> 2     2 / 0\n", "----> 9     1 / 0\n", "----> 2\n", ""):
        text = f"{RULE}\n/tmp/ipykernel_17/9.py in f()\n{arrow}\n{DIVISION}\n"
        assert brought(text, ran("def f():\n    1 / 0\nf()")) == Found(DIVISION)


def test_ipython_7_keeps_our_line_apart_from_that_of_a_library_below() -> None:
    text = """\
Error                                     Traceback (most recent call last)
/tmp/ipykernel_17/9.py in f(p)
      1 def f(p):
----> 2     return json.loads(p)

/usr/lib/python3.8/json/__init__.py in loads(s, cls)
    356     if (cls is None and object_hook is None):
--> 357         return _default_decoder.decode(s)

JSONDecodeError: Expecting value: line 1 column 1 (char 0)
"""
    cells = ran("def f(p):\n    return json.loads(p)", "f('x')")
    assert logged(reported(2, text), cells) == at(
        "JSONDecodeError: Expecting value: line 1 column 1 (char 0)", 101, "f"
    )


def test_ipython_7_names_the_files_of_bundled_modules() -> None:
    text = """\
Error                                     Traceback (most recent call last)
/tmp/ipykernel_17/9.py in <module>
----> 1 read('x')

/tmp/nbship-k2_x9/src_py/sahel/audio.py in read(p)
      4     x = 1
----> 5     return json.loads(p)

/usr/lib/python3.8/json/__init__.py in loads(s, cls)
--> 357         return _default_decoder.decode(s)

ValueError: odd
"""
    found = logged(reported(1, text), ran("read('x')"))
    assert found == at("ValueError: odd", 5, "read", "src_py/sahel/audio.py")


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        pytest.param(
            "Input In [2], in <cell line: 2>()\n      1 x = 1\n----> 2 train(0)\n\n"
            f"Input In [1], in train(x)\n----> 2     return 1 / x\n\n{DIVISION}\n",
            at(DIVISION, 101, "train"),
            id="IPython 8.0",
        ),
        pytest.param(
            f"Input In [2], in <module>\n      1 x = 1\n----> 2 train(0)\n\n{DIVISION}\n",
            at(DIVISION, 201),
            id="IPython 8.0, at the top",
        ),
        pytest.param(
            "  Input In [2]\n    y = = 2\n        ^\nSyntaxError: invalid syntax\n",
            at("SyntaxError: invalid syntax", 200),
            id="IPython 8.0, a syntax error without a line",
        ),
        pytest.param(
            "Cell In[2], line 2\n      1 x = 1\n----> 2 train(0)\n\n"
            f"Cell In[1], line 2, in train(x)\n----> 2     return 1 / x\n\n{DIVISION}\n",
            at(DIVISION, 101, "train"),
            id="IPython 8 and 9",
        ),
        pytest.param(
            "Cell In [2], line 1\n----> 1 x\n\nNameError: name 'x' is not defined\n",
            at("NameError: name 'x' is not defined", 200),
            id="IPython 8.5",
        ),
        pytest.param(
            "Traceback (most recent call last):\n"
            '  File "/tmp/nbship-a_b/src_py/sahel/audio.py", line 12, in read\n    x\n'
            '  File "/usr/lib/python3.12/json/decoder.py", line 3, in raw_decode\n'
            "sahel.audio.VoiceError: none\n",
            at("sahel.audio.VoiceError: none", 12, "read", "src_py/sahel/audio.py"),
            id="Python",
        ),
        pytest.param(
            "File /tmp/nbship-a_b/src_py/sahel/audio.py:12, in Clip.read(self, p)\n"
            "---> 12 x\n\nOSError",
            at("OSError", 12, "Clip.read", "src_py/sahel/audio.py"),
            id="IPython 8 and 9, a bundled module",
        ),
        pytest.param("SystemExit: 2\n", Found("SystemExit: 2"), id="an exit has no frame"),
        pytest.param(
            "Cell In[9], line 1\n----> 1 x\n\nNameError: x\n",
            Found("NameError: x"),
            id="a cell that is not there",
        ),
        pytest.param(
            "ok\n/tmp/nbship-a_b/src_py/sahel/audio.py:12: UserWarning: slow\n  warn('slow')\n",
            Found("the run failed without an error message"),
            id="a warning is no frame",
        ),
        pytest.param("", Found("the run failed without an error message"), id="nothing"),
    ],
)  # fmt: skip
def test_a_frame_of_any_version_is_brought_back(text: str, failure: Found) -> None:
    assert brought(text, ran(*TRAIN)) == failure


@pytest.mark.parametrize(
    "text",
    [
        "An exception has occurred, use %tb to see the full traceback.\n\nSystemExit: 2\n",
        "Cell In[9], line 1\n----> 1 x\n\nSystemExit: 2\n",
        "-----\n/tmp/ipykernel_17/9.py in f()\n----> 2     2 / 0\n\nSystemExit: 2\n",
    ],
)
def test_without_a_frame_of_ours_it_is_the_beginning_of_the_failing_cell(text: str) -> None:
    assert logged(reported(2, text), ran(*TRAIN)) == at("SystemExit: 2", 200)
    assert brought(text, ran(*TRAIN), cell=0) == at("SystemExit: 2", 100)
    assert brought(text, ran(*TRAIN)) == Found("SystemExit: 2")


def test_a_cell_that_is_not_there_has_no_line() -> None:
    assert brought("SystemExit: 2\n", ran(*TRAIN), cell=0).line == 100
    assert brought("SystemExit: 2\n", ran(*TRAIN), cell=7).line is None
    assert logged(reported(9, "SystemExit: 2\n"), ran(*TRAIN)).line is None


def test_an_error_of_its_own_name_is_known_by_the_heading() -> None:
    heading = "Stopped                                   Traceback (most recent call last)"
    text = f"{heading}\nCell In[1], line 1\n\nStopped: here\n"
    assert logged(reported(1, text), ran("x")) == at("Stopped: here", 100)


def test_the_error_given_is_told_and_not_what_the_text_ends_with() -> None:
    assert brought(IPYTHON_7, ran(*TRAIN), error="E: own words").error == "E: own words"
    assert brought("", ran(), error="the kernel died") == Found("the kernel died")


def test_colours_do_not_hide_a_frame() -> None:
    text = (
        "\x1b[36mCell\x1b[39m\x1b[36m \x1b[39m\x1b[32mIn[1]\x1b[39m\x1b[32m, line 2\x1b[39m, in "
        "\x1b[36mtrain\x1b[39m\x1b[34m(x)\x1b[39m\n"
        "\x1b[32m----> \x1b[39m\x1b[32m2\x1b[39m     \x1b[38;5;28;01mreturn\x1b[39;00m 1/x\n\n"
        "\x1b[31mZeroDivisionError\x1b[39m: division by zero"
    )
    assert brought(text, ran(*TRAIN)) == at(DIVISION, 101, "train")


FOLDER = "/tmp/nbship-a_b/src_py/sahel"  # noqa: S108 (of a traceback)
KERNEL = "/tmp/ipykernel_17/405.py"  # noqa: S108


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ("Cell In[5], line 3, in train(x)", RawFrame(count=5, line=3, function="train")),
        ("Cell In [5], line 3", RawFrame(count=5, line=3)),
        ("In[5], line 3, in <module>", RawFrame(count=5, line=3)),
        ("Input In [5], in <cell line: 3>()", RawFrame(count=5)),
        ("Input In [5], in f(x)", RawFrame(count=5, function="f")),
        ("  Input In [5]", RawFrame(count=5, is_python=True)),
        (f"{KERNEL} in train(x)", RawFrame(number=405, function="train")),
        (f"{KERNEL}:7, in train(x)", RawFrame(number=405, line=7, function="train")),
        (f'  File "{KERNEL}", line 7, in train',
         RawFrame(number=405, line=7, function="train", is_python=True)),
        ("<ipython-input-5-4f1d> in train(x)", RawFrame(count=5, function="train")),
        ("<ipython-input-5-4f1d>:7, in train(x)", RawFrame(count=5, line=7, function="train")),
        ('  File "<ipython-input-5-4f1d>", line 7',
         RawFrame(count=5, line=7, is_python=True)),
        ("File <timed exec>:3", RawFrame(magic=True, line=3)),
        ("File <timed eval>:3, in f()", RawFrame(magic=True, line=3, function="f")),
        ('  File "<timed exec>", line 3, in f',
         RawFrame(magic=True, line=3, function="f", is_python=True)),
        (f"File {FOLDER}/audio.py:12, in read(p)",
         RawFrame(path="sahel/audio.py", folder="src_py", line=12, function="read")),
        (f"{FOLDER}/audio.py in read(p)",
         RawFrame(path="sahel/audio.py", folder="src_py", function="read")),
        (f'  File "{FOLDER}/audio.py", line 12, in <lambda>',
         RawFrame(
             path="sahel/audio.py", folder="src_py", line=12, function="<lambda>", is_python=True)),
        ('  File "/kaggle/src/script.py", line 7, in async-def-wrapper',
         RawFrame(is_script=True, line=7, is_python=True)),
    ],
)  # fmt: skip
def test_each_form_of_a_frame(line: str, frame: RawFrame) -> None:
    (crash,) = parse_errors([line, "", "ValueError: no"])
    assert (crash.frames, crash.error) == ([frame], "ValueError: no")


@pytest.mark.parametrize(
    "line",
    [
        f"{FOLDER}/audio.py:12: UserWarning: slow",
        "/tmp/other-a_b/src_py/sahel/audio.py in read(p)",  # noqa: S108
        f"{FOLDER}/../audio.py in read(p)",
        "Cell In[x], line 3",
        "a Cell In[5], line 3",
    ],
)
def test_what_is_no_frame_of_ours(line: str) -> None:
    assert [crash.frames for crash in parse_errors([line, "", "ValueError: no"])] == [[]]


def test_a_line_is_looked_at_up_to_4000_signs() -> None:
    (crash,) = parse_errors([f"ValueError: {'x' * 5000}"])
    assert len(crash.error) == 4000


def test_an_error_of_its_own_name_is_known_below_the_heading_of_python() -> None:
    (crash,) = parse_errors(["Traceback (most recent call last):", "Stopped: here"])
    assert crash.error == "Stopped: here"
    assert parse_errors(["Stopped: here"]) == []


@pytest.mark.parametrize("line", ["  | {}", "    | {}", "{}", " {} "])
def test_a_link_may_stand_in_a_group(line: str) -> None:
    for link in (
        "During handling of the above exception, another exception occurred:",
        "The above exception was the direct cause of the following exception:",
    ):
        assert is_link(line.format(link))
        assert not is_link(line.format(link[:-1]))


def test_a_frame_that_a_message_quotes_is_read_where_there_is_no_other() -> None:
    (crash,) = parse_errors(["RuntimeError: in the child:", f"File {FOLDER}/audio.py:12  "])
    assert crash.frames == [RawFrame(path="sahel/audio.py", folder="src_py", line=12)]


CHAIN = "During handling of the above exception, another exception occurred:"
BEGINS = "Traceback (most recent call last):"


@pytest.mark.parametrize(("blank", "errors"), [(0, 2), (1, 2), (2, 2), (3, 1)])
def test_the_next_error_of_a_chain_begins_soon_after_the_link(blank: int, errors: int) -> None:
    lines = [BEGINS, "KeyError: 3", "", CHAIN, *[""] * blank, BEGINS, "ValueError: x"]
    assert len(parse_errors(lines)) == errors


def test_the_frames_of_a_worker_belong_to_the_error_that_the_pool_raises_for_it() -> None:
    def frame(line: int) -> str:
        return f'  File "{FOLDER}/audio.py", line {line}, in f'

    lines = [
        "multiprocessing.pool.RemoteTraceback: ", '"""', BEGINS, frame(1), "KeyError: 3", '"""', "",
        "The above exception was the direct cause of the following exception:", "",
        BEGINS, frame(2), "KeyError: 3", "", CHAIN, "", BEGINS, frame(3), "ValueError: x",
    ]  # fmt: skip
    found = [(crash.error, [frame.line for frame in crash.frames]) for crash in parse_errors(lines)]
    assert found == [("KeyError: 3", [2, 1]), ("ValueError: x", [3])]


def test_of_a_long_line_the_beginning_is_read() -> None:
    (crash,) = parse_errors([BEGINS, "ValueError: " + "x" * 5000, "y" * 5000])
    assert crash.error == "ValueError: " + "x" * (4000 - len("ValueError: "))
    assert crash.below == ["y" * 4000]


def test_a_group_has_the_errors_in_it_with_their_frames() -> None:
    def frame(line: int) -> str:
        return f'  File "{FOLDER}/audio.py", line {line}, in f'

    (group,) = parse_errors([
        f"  + Exception Group {BEGINS}", f"  | {frame(1)}",
        "  | ExceptionGroup: all (3 sub-exceptions)",
        "  +-+---------------- 1 ----------------", f"    | {BEGINS}", f"    | {frame(2)}",
        "    | ValueError: one",
        "    +---------------- 2 ----------------", "    | KeyError: 2",
        "    +---------------- ... ----------------", "    | and 1 more exception",
        "    +------------------------------------",
    ])  # fmt: skip
    assert (group.error, [frame.line for frame in group.frames]) == (
        "ExceptionGroup: all (3 sub-exceptions)", [1],
    )  # fmt: skip
    found = [(part.error, [frame.line for frame in part.frames]) for part in group.parts]
    assert found == [("ValueError: one", [2]), ("KeyError: 2", [])]
