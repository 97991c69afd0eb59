"""Tests of ``doit smoke``: it runs the artifact in a copy of Kaggle's layout."""

import json
import shutil
import sys
from pathlib import Path

import pytest

from nbship.model.target import Rung
from tests.support.rehearsals import cell, smoke
from tests.support.rungs import take
from tests.support.wheels import THIS_PYTHON
from tests.support.workspace import HEADER, TINY, Workspace, executed

pytestmark = pytest.mark.unmeasured

COLAB_SKIPPED = """\
# %%
# /// script
# [tool.nbship.colab]
#
# [tool.nbship.smoke]
# skip = "Drive"
# ///
"""
BREAKING = "def greet(count):\n    return 1 / 0\n"


def test_a_passing_rehearsal_is_remembered_for_the_digest(lab: Workspace) -> None:
    result = lab.inside("smoke")
    assert result.code == 0
    assert "| hello" in result.out
    assert executed(lab.doit("smoke")) == set()
    shutil.rmtree(lab.root / "build")
    assert ", outdated" not in lab.inside("status").out  # only the build is gone
    assert lab.inside("smoke").out.endswith("tiny  this artifact has passed before\n")
    lab.replace("src_py/words.py", "hello", "hallo")
    assert executed(lab.doit("smoke")) == {"smoke:tiny"}
    lab.replace("src_py/tiny.py", "COUNT = 1 }", "COUNT = 2 }")
    assert "hallo hallo" in lab.inside("smoke").out


def test_what_ran_is_what_is_shipped(lab: Workspace) -> None:
    lab.inside("smoke")
    ran = (lab.root / ".nbship/smoke/tiny/tiny.ipynb").read_bytes()
    assert ran == lab.artifact("tiny")["tiny.ipynb"]
    executed_cells = json.loads((lab.root / ".nbship/smoke/tiny/executed.ipynb").read_text())[
        "cells"
    ]
    injected = next(c for c in executed_cells if "injected-parameters" in c["metadata"]["tags"])
    assert "COUNT = 1" in "".join(injected["source"])


def test_a_failure_in_a_module_names_its_file_and_line(lab: Workspace) -> None:
    lab.write("src_py/words.py", BREAKING)
    result = lab.inside("smoke")
    assert result.code == 1
    assert result.err.splitlines() == [
        "src_py/words.py:2 in greet: ZeroDivisionError: division by zero (smoke of tiny)",
        "    return 1 / 0",
        "    called from src_py/tiny.py:23 (In [4])",
        "  → The executed notebook: .nbship/smoke/tiny/executed.ipynb",
        "  → The full report: .nbship/smoke/tiny/failure.md",
    ]
    assert (lab.root / ".nbship/smoke/tiny/executed.ipynb").is_file()


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("code", "line", "error"),
    [
        ("x = 1\n\nraise ValueError('no ' + str(x))", "5", "ValueError: no 1"),
        ("def f():\n    return {}['k']\n\nf()", "4 in f", "KeyError: 'k'"),
        ("import json\njson.loads('{')", "4", "JSONDecodeError: Expecting property name"),
        ("import sys\nsys.exit(3)", "4", "SystemExit: 3"),
    ],
)
def test_a_failure_in_a_cell_names_the_line(
    bare: Workspace, code: str, line: str, error: str
) -> None:
    result = smoke(bare, code)
    assert result.code == 1
    assert result.err.startswith(f"src_py/one.py:{line}: {error}"), result.err


def test_a_dead_kernel_names_the_cell_that_was_running(bare: Workspace) -> None:
    result = smoke(bare, "x = 1\n\n# %%\nimport os, signal\nos.kill(os.getpid(), signal.SIGKILL)")
    assert result.code == 1
    assert result.err.startswith("src_py/one.py:6: Kernel died"), result.err


LOSES = """
from pathlib import Path
mark, kernel = Path("MARK"), get_ipython().kernel
send = kernel.session.send
def lossy(stream, message, *more, **named):
    if message == "execute_reply" and not mark.exists():
        mark.touch()
        return None
    return send(stream, message, *more, **named)
kernel.session.send = lossy
"""


def test_an_answer_that_jupyter_lost_is_named_and_the_rehearsal_repeated(
    bare: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel drops one reply, for which nbclient would wait for ever; the mark is outside."""
    monkeypatch.setenv("NBSHIP_SANDBOX", "off")
    result = smoke(bare, LOSES.replace("MARK", str(tmp_path / "mark")) + "print('end')")
    assert result.code == 0, result.all
    assert "its answer was lost in Jupyter, below nbship" in result.out
    assert result.out.count("the rehearsal is repeated once") == 1
    assert result.out.count("| end") == 2


def test_a_group_of_exceptions_is_brought_to_its_line(bare: Workspace) -> None:
    """IPython prints an exception group, but the notebook has no error output of it."""
    group = "def f():\n    raise ExceptionGroup('two', [ValueError('a'), KeyError('b')])\n\n\nf()"
    result = smoke(bare, "y = 2\n\n# %%\n" + group)
    assert result.code == 1
    assert result.err.startswith(
        "src_py/one.py:7 in f: ExceptionGroup: two (2 sub-exceptions): ValueError: a; KeyError: 'b'"
    )


def test_an_error_of_many_lines_and_escapes_is_one_plain_line(bare: Workspace) -> None:
    result = smoke(
        bare, r"raise ValueError('\x1b[31mred\x1b[0m\nsecond \x1b]0;title\x07' + 'x' * 9999)"
    )
    assert result.err.startswith("src_py/one.py:3: ValueError: red second x")
    assert "\x1b" not in result.err
    assert len(result.err.splitlines()) == 5
    assert len(result.err.splitlines()[0]) < 600


def test_what_a_program_prints_is_shown_once(bare: Workspace) -> None:
    # A thread of ipykernel reads what a child prints: what comes after the end of its cell is lost.
    lasts = "os.system('echo from a program; sleep 1')"
    result = smoke(bare, f"import os\n{lasts}\nprint('from python')")
    assert result.out.count("| from a program") == 1
    assert result.out.count("| from python") == 1


def test_a_colab_notebook_is_rehearsed_as_on_colab_and_a_kernel_is_not(bare: Workspace) -> None:
    bare.write("tests/inputs/colab/drive/words.txt", "sannu")
    code = (
        "import os\nassert 'google.colab' in str(get_ipython()), get_ipython()\n"
        "from google.colab import drive, userdata\n"
        "drive.mount('/content/drive')\n"
        "print(open('/content/drive/MyDrive/words.txt').read(), userdata.get('HF_TOKEN'))\n\n"
        "# %%\n%cd /content/drive/MyDrive\n!cat words.txt\n"
        "import sys\nassert 'google.colab' in sys.modules and 'COLAB_RELEASE_TAG' in os.environ"
    )
    header = COLAB_SKIPPED.replace('skip = "Drive"', 'userdata = { HF_TOKEN = "made-up" }')
    result = smoke(bare, code, header)
    assert result.code == 0, result.all
    assert "         | sannu made-up\n" in result.out
    assert "         | /content/drive/MyDrive\n         | sannu" in result.out

    failed = smoke(bare, f"{code}\nraise OSError(os.getcwd())", header)
    assert failed.err.startswith("src_py/one.py:21: OSError: /content/drive/MyDrive (")

    helper = smoke(bare, "import google.colab")
    assert helper.err.startswith("src_py/one.py:3: ModuleNotFoundError: No module named 'google")


def test_a_skipped_rehearsal_is_said_counted_and_no_pass_for_a_push(lab: Workspace) -> None:
    """What it skips would not even start here: the package is not installed."""
    lab.replace("src_py/tiny.py", "# timeout = 60", '# skip = "needs a TPU"')
    lab.replace("src_py/tiny.py", "dependencies = []", 'dependencies = ["nosuchthing"]')
    lab.write("src_py/colab.py", cell("1 / 0", COLAB_SKIPPED))
    lab.commit()
    plain = lab.doit()
    assert plain.code == 0, plain.all
    lines = plain.out.splitlines()
    said = ["smoke    colab  skipped: Drive", "smoke    tiny  skipped: needs a TPU"]
    total = "note     smoke: 2 of 2 skipped: colab, tiny"
    assert [line for line in lines if line.startswith("smoke")] == said
    assert lines[-1] == total
    assert lab.inside("smoke").out.splitlines() == [*said, total]  # each time
    assert lab.inside("smoke", "colab").out.splitlines() == said[:1]
    kept = json.loads((lab.root / ".nbship/smoked/tiny.json").read_text())
    assert kept["skipped"] == "needs a TPU"

    refused = lab.inside("push", "tiny", "-t", "local")
    assert refused.code == 3
    table, flag = "[tool.nbship.smoke]", "(--allow-unsmoked pushes anyway)"
    assert refused.err.splitlines() == [
        "push of tiny to local refused: its rehearsal is skipped: needs a TPU",
        f"  → Remove skip from {table} of its header, and rehearse it. {flag}",
    ]
    lab.replace("src_py/tiny.py", '# skip = "needs a TPU"', "# timeout = 60")
    assert "not installed here: nosuchthing" in lab.inside("smoke", "tiny").err


def test_cells_are_left_out_by_tags_and_a_partial_rehearsal_is_no_pass(bare: Workspace) -> None:
    bare.write(
        "src_py/one.py",
        "# %%\nx = 1\n\n"
        '# %% tags=["only-kaggle"]\nraise ValueError("Kaggle")\n\n'
        "# %%\nprint(x)\n\n"
        '# %% tags=["last"]\n1 / 0\n',
    )
    whole = bare.inside("smoke", "one")
    assert (
        whole.code,
        "note     one: skipped cell 2 (line 5): tagged only-kaggle" in whole.out,
    ) == (
        1,
        True,
    )
    assert whole.err.startswith("src_py/one.py:11: ZeroDivisionError: division by zero")
    assert "in the cell In [3], which begins at line 11" in whole.err
    for last in ("3", ":8"):
        partial = bare.inside("smoke", "one", "--until", last)
        assert (partial.code, partial.err) == (0, "")
        assert "; it ended after cell 3 (line 8)" in partial.out
    result = json.loads((bare.root / ".nbship/smoked/one.json").read_text())
    assert result["partial"] == "it ended after cell 3 (line 8)"
    assert result["left_out"] == ["cell 2 (line 5): tagged only-kaggle"]
    executed = (bare.root / ".nbship/smoke/one/executed.ipynb").read_text()
    assert "skipped: tagged only-kaggle" in executed
    assert bare.inside("smoke", "one").code == 1  # it has not passed


ENVIRONMENT = f"""\
# %%
# /// script
# requires-python = "{THIS_PYTHON}"
# dependencies = ["aardvark"]
#
# [tool.nbship.smoke]
# environment = "uv"
# ///
"""


@pytest.mark.usefixtures("offline_uv")
def test_an_environment_of_uv_has_what_the_header_names_and_nothing_of_nbship(
    bare: Workspace,
) -> None:
    code = "import aardvark, sys\nprint(aardvark.NAME, 'environments' in aardvark.__file__)"
    bare.write("src_py/one.py", cell(code, ENVIRONMENT))
    first = bare.inside("smoke", "one")
    assert (first.code, "| ant bear True" in first.out) == (0, True), first.all
    assert "note     one: uv makes an environment with 1 package" in first.out
    bare.write("src_py/one.py", cell(f"{code}\n1 / 0", ENVIRONMENT))
    again = bare.inside("smoke", "one")
    assert again.err.startswith("src_py/one.py:13: ZeroDivisionError"), again.err
    assert "uv makes" not in again.out
    own = ENVIRONMENT.replace('# [tool.nbship.smoke]\n# environment = "uv"\n', "")
    bare.write("src_py/one.py", cell(code, own))
    assert bare.inside("smoke", "one").err.splitlines() == [
        "src_py/one.py:4: not installed here: aardvark",
        "  → pip install 'aardvark'",
        '  → environment = "uv" in [tool.nbship.smoke] rehearses in an environment of its own.',
    ]


def test_an_unknown_parameter_is_refused_with_the_nearest_known(lab: Workspace) -> None:
    lab.replace("src_py/tiny.py", "{ COUNT = 1 }", "{ COUNTS = 1 }")
    result = lab.inside("smoke")
    assert result.code == 1
    assert result.err == "src_py/tiny.py:10: unknown parameter 'COUNTS'; did you mean 'COUNT'?\n"


def test_a_dependency_that_is_not_installed_is_named_before_anything_runs(lab: Workspace) -> None:
    lab.replace("src_py/tiny.py", "dependencies = []", 'dependencies = ["nosuchthing>=1", "click"]')
    result = lab.inside("smoke")
    assert result.code == 1
    assert result.err.splitlines() == [
        "src_py/tiny.py:3: not installed here: nosuchthing>=1",
        "  → pip install 'nosuchthing>=1'",
        '  → environment = "uv" in [tool.nbship.smoke] rehearses in an environment of its own.',
    ]
    assert not (lab.root / ".nbship/smoke").exists()


def test_another_python_than_the_required_one_is_named(lab: Workspace) -> None:
    lab.replace("src_py/tiny.py", "# dependencies", '# requires-python = ">=4"\n# dependencies')
    assert "requires Python >=4; this is" in lab.inside("smoke").err


def test_a_missing_dataset_is_named_with_its_folder(lab: Workspace) -> None:
    lab.replace(
        "src_py/tiny.py", '# title = "Tiny', '# dataset_sources = ["awa/voices"]\n# title = "Tiny'
    )
    result = lab.inside("smoke")
    assert result.code == 1
    assert result.err.startswith(
        "src_py/tiny.py:5: no inputs for 'awa/voices': tests/inputs/datasets/awa/voices is missing"
    )


def test_inputs_are_mounted_in_both_layouts_and_read_only(lab: Workspace) -> None:
    lab.write("tests/inputs/datasets/awa/voices/a.txt", "one voice")
    lab.write("tests/inputs/notebooks/awa/upstream/b.txt", "from upstream")
    lab.write("tests/inputs/datasets/awa/secret/c.txt", "not declared")
    lab.write(
        "src_py/one.py",
        HEADER.replace(
            "# title",
            '# dataset_sources = ["awa/voices"]\n# kernel_sources = ["awa/upstream"]\n# title',
        ).replace("# parameters = { COUNT = 1 }\n", "")
        + """
# %%
from pathlib import Path

for name in ("datasets/awa/voices/a.txt", "voices/a.txt", "notebooks/awa/upstream/b.txt"):
    print(Path("/kaggle/input", name).read_text())
print(sorted(p.name for p in Path("/kaggle/input").rglob("*.txt")))
try:
    Path("/kaggle/input/voices/new.txt").write_text("x")
except OSError as error:
    print("refused:", error.strerror)
Path("/kaggle/working/out.txt").write_text(str(Path.cwd() == Path("/kaggle/working").resolve()))
print(Path("out.txt").read_text())
""",
    )
    (lab.root / "src_py/tiny.py").unlink()
    result = lab.inside("smoke")
    assert result.code == 0, result.all
    logged = [line.partition("| ")[2] for line in result.out.splitlines() if "| " in line]
    assert logged[:3] == ["one voice", "one voice", "from upstream"]
    assert "c.txt" not in logged[3]
    assert logged[4] == "refused: Read-only file system"
    assert sorted(p.name for p in (lab.root / "tests/inputs").rglob("new.txt")) == []


def test_the_notebook_sees_no_credential_and_a_batch_run(bare: Workspace) -> None:
    canary = "canary-7d1f"
    bare.write("src_py/one.py", cell("import os\nprint(dict(os.environ))"))
    result = bare.doit(
        "smoke:one", KAGGLE_KEY=canary, KAGGLE_API_TOKEN=canary, AWS_SECRET=canary, MY_TOKEN=canary
    )
    assert result.code == 0
    assert "'KAGGLE_KERNEL_RUN_TYPE': 'Batch'" in result.out
    assert canary not in result.all
    assert "KAGGLE_KEY" not in result.out


def test_a_plain_helper_runs_as_a_script_too(lab: Workspace) -> None:
    lab.write("src_py/helper.py", TINY.replace(HEADER, ""))
    assert lab.run(sys.executable, "src_py/helper.py").out == "hello hello hello \n"


@pytest.mark.parametrize("rung", ["sandbox", "shim"])
def test_a_notebook_has_the_secrets_that_it_declares(
    lab: Workspace, rung: Rung, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what is shown nor a file of the rehearsal has the value of a real one."""
    take(rung, monkeypatch)
    lab.write(".nbship/local/secrets.json", '{"awa": {"HF": "hf_0123456789", "W": "other"}}')
    header = HEADER.replace("parameters = { COUNT = 1 }", 'secrets = ["HF", "MINE"]')
    header = header.replace("tiny-kernel", "one-kernel").replace("Tiny Kernel", "One Kernel")
    header = header.replace(
        "# [tool.nbship.smoke]", "# enable_internet = true\n# [tool.nbship.smoke]"
    )
    result = smoke(
        lab,
        "from kaggle_secrets import BackendError, UserSecretsClient\n"
        "client = UserSecretsClient()\n"
        "hf = client.get_secret('HF')\n"
        "print(len(hf), hf, client.get_secret('MINE'))\n"
        "try:\n    client.get_secret('W')\nexcept BackendError as error:\n    print(error)\n"
        "raise ValueError('with ' + hf)",
        header,
    )
    assert result.code == 1
    assert "secrets of one are made up: MINE (a value goes into .nbship/local/" in result.out
    assert "| 13 [secret] made-up-MINE" in result.out
    assert "No user secrets exist for kernel id 0 and label W." in result.out
    assert "ValueError: with [secret]" in result.out + result.err
    kept = [file.read_bytes() for file in lab.root.glob(".nbship/smoke/**/*") if file.is_file()]
    assert kept
    assert not [data for data in kept if b"hf_0123" in data]
    assert "hf_0123" not in result.out + result.err
