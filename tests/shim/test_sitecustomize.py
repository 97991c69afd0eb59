"""The shim translates /kaggle to a folder and refuses to write below /kaggle/input.

Most tests run code in a new process, where Python loads the shim at start. The ``KaggleRoot`` class
is tested in this process, without replacing any function.
"""

import builtins
import errno
import importlib.util
import io
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support.paths import ROOT

SHIM = ROOT / "nbship" / "shim"


@pytest.fixture
def kaggle_root(tmp_path: Path) -> Path:
    """Create a folder that replaces /kaggle, with one input."""
    for folder in ("input/voices", "working", "temp"):
        (tmp_path / "kaggle" / folder).mkdir(parents=True)
    (tmp_path / "kaggle/input/voices/a.txt").write_text("sannu", encoding="utf-8")
    return tmp_path / "kaggle"


def run(kaggle_root: Path, code: str, *, shim: bool = True) -> list[str]:
    """Run code in a new process as a rehearsal starts it; return the lines of its output."""
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(SHIM), "TMPDIR": str(kaggle_root / "temp")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=kaggle_root / "working",
        env=env | ({"KAGGLE_WORLD": str(kaggle_root)} if shim else {}),
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


def eval_all(kaggle_root: Path, expressions: list[str], start: str = "") -> list[str]:
    """Evaluate expressions in one process; return each value, or the name of its error number."""
    code = (
        "import glob, io, os, pathlib, shutil, subprocess, sys, zipfile\n"
        f"{start}\n"
        "def show(text):\n"
        "    try:\n"
        "        print(eval(text))\n"
        "    except OSError as error:\n"
        "        import errno\n"
        "        print(errno.errorcode.get(error.errno, error))\n"
        f"for text in {expressions!r}:\n"
        "    show(text)\n"
    )
    return run(kaggle_root, code)


def each(kaggle_root: Path, table: dict[str, str]) -> None:
    """Check the value of each expression of a table, in one process."""
    assert dict(zip(table, eval_all(kaggle_root, list(table)), strict=True)) == table


# --- inside the notebook's process ---


def test_paths_to_read_are_translated(kaggle_root: Path) -> None:
    each(
        kaggle_root,
        {
            "open('/kaggle/input/voices/a.txt').read()": "sannu",
            "open(file='/kaggle/input/voices/a.txt', mode='rb').read()": "b'sannu'",
            "open(b'/kaggle/input/voices/a.txt').read()": "sannu",
            "io.open('/kaggle/input/voices/a.txt').read()": "sannu",
            "open(os.open('/kaggle/input/voices/a.txt', os.O_RDONLY)).read()": "sannu",
            "open(os.open(path='/kaggle/input/voices/a.txt', flags=os.O_RDONLY)).read()": "sannu",
            "os.listdir('/kaggle/input')": "['voices']",
            "os.listdir(b'/kaggle/input')": "[b'voices']",
            "os.listdir(path='/kaggle/input')": "['voices']",
            "os.listdir()": "[]",
            "[entry.name for entry in os.scandir('/kaggle/input')]": "['voices']",
            "[(e.path, os.fspath(e), e.is_dir()) for e in os.scandir('/kaggle/input')]": (
                "[('/kaggle/input/voices', '/kaggle/input/voices', True)]"
            ),
            "[open(e).read() for e in os.scandir('/kaggle/input/voices')]": "['sannu']",
            "list(os.walk('/kaggle/input'))": "[('/kaggle/input', ['voices'], []), "
            "('/kaggle/input/voices', [], ['a.txt'])]",
            "os.path.exists('/kaggle/input/voices')": "True",
            "os.path.isfile('/kaggle/input/voices/a.txt')": "True",
            "os.path.isdir('/kaggle/working')": "True",
            "os.path.getsize('/kaggle/input/voices/a.txt')": "5",
            "os.access('/kaggle/input/voices/a.txt', os.R_OK)": "True",
            "os.stat('/kaggle').st_mode == os.lstat('/kaggle').st_mode": "True",
            "os.stat(0).st_size >= 0": "True",
            "pathlib.Path('/kaggle/input/voices/a.txt').read_text()": "sannu",
            "pathlib.Path('/kaggle/input/voices/a.txt').exists()": "True",
            "sorted(pathlib.Path('/kaggle/input').rglob('*'))": "[PosixPath('/kaggle/input/voices"
            "'), PosixPath('/kaggle/input/voices/a.txt')]",
            "glob.glob('/kaggle/input/*/*.txt')": "['/kaggle/input/voices/a.txt']",
            "open('/kaggle/input/none')": "ENOENT",
            "open('/kaggle/working/../input/voices/a.txt').read()": "sannu",
            "open('/kaggle//input/./voices/a.txt').read()": "sannu",
            "open('../input/voices/a.txt').read()": "sannu",
            "os.path.exists('/kagglex')": "False",
            "os.path.exists('/kaggle/../kaggle_of_nobody')": "False",
        },
    )


def test_paths_to_write_are_translated(kaggle_root: Path) -> None:
    each(
        kaggle_root,
        {
            "open('/kaggle/working/a.txt', 'w').write('one')": "3",
            "open('a.txt').read()": "one",
            "pathlib.Path('/kaggle/working/b.txt').write_text('two')": "3",
            "os.mkdir('/kaggle/working/made')": "None",
            "os.mkdir(path='/kaggle/working/made too')": "None",
            "os.makedirs('/kaggle/temp/x/y', exist_ok=True)": "None",
            "os.path.isdir(os.environ['TMPDIR'] + '/x/y')": "True",
            "pathlib.Path('/kaggle/working/p/q').mkdir(parents=True)": "None",
            "os.rename('/kaggle/working/a.txt', '/kaggle/working/made/c.txt')": "None",
            "os.replace(src='/kaggle/working/b.txt', dst='/kaggle/working/made/d.txt')": "None",
            "sorted(os.listdir('made'))": "['c.txt', 'd.txt']",
            "shutil.copy('/kaggle/input/voices/a.txt', '/kaggle/working')": "/kaggle/working/a.txt",
            "shutil.copyfile('/kaggle/input/voices/a.txt', '/kaggle/temp/b')": "/kaggle/temp/b",
            "os.makedirs('/kaggle/working/copy/deep')": "None",
            "shutil.disk_usage('/kaggle/working').free > 0": "True",
            "shutil.move('/kaggle/working/copy', '/kaggle/working/moved')": "/kaggle/working/moved",
            "os.symlink('/kaggle/input/voices', '/kaggle/working/link')": "None",
            "os.listdir('/kaggle/working/link')": "['a.txt']",
            "os.unlink('/kaggle/working/link')": "None",
            "os.chdir('/kaggle/working/made')": "None",
            "sorted(os.listdir('.'))": "['c.txt', 'd.txt']",
            "os.remove(b'/kaggle/working/made/c.txt')": "None",
            "os.utime('/kaggle/working/made/d.txt', (1, 1))": "None",
            "os.stat('d.txt').st_mtime": "1.0",
            "os.chmod('/kaggle/working/made/d.txt', 0o600)": "None",
            "os.truncate('/kaggle/working/made/d.txt', 1)": "None",
            "open('d.txt').read()": "t",
            "os.rmdir('/kaggle/working/made too')": "None",
            "os.path.exists('/kaggle/working/made too')": "False",
            "shutil.rmtree('/kaggle/working/p')": "None",
            "os.path.exists('/kaggle/working/p')": "False",
        },
    )
    assert (kaggle_root / "working/moved/deep").is_dir()


def test_copies_with_attributes_are_translated(kaggle_root: Path) -> None:
    each(
        kaggle_root,
        {
            "shutil.copy2('/kaggle/input/voices/a.txt', '/kaggle/temp')": "/kaggle/temp/a.txt",
            "shutil.copytree('/kaggle/input/voices', '/kaggle/working/co')": "/kaggle/working/co",
            "os.listdir('/kaggle/working/co')": "['a.txt']",
        },
    )


READ_ONLY = [
    "open('/kaggle/input/new', 'w')",
    "open('/kaggle/input/voices/a.txt', 'a')",
    "open('/kaggle/input/new', mode='x')",
    "open('/kaggle/input/voices/a.txt', 'r+')",
    "open(b'/kaggle/input/new', 'wb')",
    "open(pathlib.Path('/kaggle/input/new'), 'w')",
    "open('/kaggle/working/../input/new', 'w')",
    "open('/kaggle/input', 'w')",
    "os.open('/kaggle/input/voices/a.txt', os.O_WRONLY)",
    "os.open('/kaggle/input/voices/a.txt', os.O_RDWR)",
    "os.open('/kaggle/input/new', os.O_CREAT)",
    "os.open('/kaggle/input/voices/a.txt', os.O_TRUNC)",
    "pathlib.Path('/kaggle/input/new').write_text('x')",
    "pathlib.Path('/kaggle/input/new').touch()",
    "pathlib.Path('/kaggle/input/voices/a.txt').unlink()",
    "os.mkdir('/kaggle/input/new')",
    "os.mkdir(b'/kaggle/input/new')",
    "os.makedirs('/kaggle/input/new/er')",
    "os.remove('/kaggle/input/voices/a.txt')",
    "os.unlink('/kaggle/input/voices/a.txt')",
    "os.rmdir('/kaggle/input/voices')",
    "os.rename('/kaggle/input/voices', '/kaggle/working/voices')",
    "os.rename('/kaggle/working', '/kaggle/input/working')",
    "os.replace('/kaggle/input/voices/a.txt', '/kaggle/working/a.txt')",
    "os.symlink('/kaggle/working', '/kaggle/input/link')",
    "os.link('/kaggle/working/own', '/kaggle/input/link')",
    "os.chmod('/kaggle/input/voices/a.txt', 0o600)",
    "os.utime('/kaggle/input/voices/a.txt')",
    "os.truncate('/kaggle/input/voices/a.txt', 0)",
    "shutil.copy('/kaggle/working/own', '/kaggle/input/voices')",
    "shutil.move('/kaggle/working/own', '/kaggle/input/voices/')",
    "zipfile.ZipFile('/kaggle/input/new.zip', 'w')",
]


def test_the_input_is_read_only_as_on_kaggle(kaggle_root: Path) -> None:
    (kaggle_root / "working/own").write_text("mine", encoding="utf-8")
    results = eval_all(kaggle_root, READ_ONLY)
    assert dict(zip(READ_ONLY, results, strict=True)) == dict.fromkeys(READ_ONLY, "EROFS")
    files = sorted(path.relative_to(kaggle_root).as_posix() for path in kaggle_root.rglob("*"))
    assert files == [
        "input", "input/voices", "input/voices/a.txt", "temp", "working", "working/own",
    ]  # fmt: skip
    assert (kaggle_root / "input/voices/a.txt").read_text(encoding="utf-8") == "sannu"


def test_nothing_can_be_written_beside_a_script(kaggle_root: Path) -> None:
    (kaggle_root / "src").mkdir()
    (kaggle_root / "src/script.py").write_text("1", encoding="utf-8")
    code = [
        "open('/kaggle/src/new', 'w')",
        "os.remove('../src/script.py')",
        f"open({str(kaggle_root / 'src/new')!r}, 'w')",
        "open('/kaggle/src/script.py').read()",
    ]
    assert eval_all(kaggle_root, code) == ["EROFS", "EROFS", "EROFS", "1"]


def test_rmtree_takes_nothing_from_the_input(kaggle_root: Path) -> None:
    assert eval_all(kaggle_root, ["shutil.rmtree('/kaggle/input/voices')"]) == ["EROFS"]
    assert (kaggle_root / "input/voices/a.txt").is_file()


def test_the_error_names_the_path_that_the_notebook_wrote(kaggle_root: Path) -> None:
    code = "try: open('/kaggle/input/x/../new', 'w')\nexcept OSError as error: print(error)"
    assert run(kaggle_root, code) == ["[Errno 30] Read-only file system: '/kaggle/input/new'"]


def test_links_to_an_input_are_allowed(kaggle_root: Path) -> None:
    table = {
        "os.link('/kaggle/input/voices/a.txt', '/kaggle/working/hard')": "None",
        "open('/kaggle/working/hard').read()": "sannu",
        "os.symlink('/kaggle/input/voices/a.txt', '/kaggle/working/soft')": "None",
        "open('/kaggle/working/soft').read()": "sannu",
        "os.readlink('/kaggle/working/soft') == os.environ['KAGGLE_WORLD'] + "
        "'/input/voices/a.txt'": "True",
    }
    each(kaggle_root, table)


def test_functions_keep_their_support_of_descriptors(kaggle_root: Path) -> None:
    """Code looks up functions in os.supports_fd and the like by identity."""
    (kaggle_root / "working/deep/er").mkdir(parents=True)
    (kaggle_root / "working/deep/er/a").write_text("x", encoding="utf-8")
    each(
        kaggle_root,
        {
            "os.stat in os.supports_follow_symlinks": "True",
            "os.listdir in os.supports_fd and os.scandir in os.supports_fd": "True",
            "os.access in os.supports_effective_ids": "True",
            "shutil.rmtree('/kaggle/working/deep')": "None",
            "os.listdir('/kaggle/working')": "[]",
            "os.mkdir('x', dir_fd=os.open('/kaggle/working', os.O_RDONLY))": "None",
            "os.listdir(os.open('/kaggle/working', os.O_RDONLY))": "['x']",
        },
    )


def test_arrays_and_archives_are_saved_and_loaded(kaggle_root: Path) -> None:
    code = """
import numpy, zipfile
numpy.save('/kaggle/working/a.npy', numpy.arange(3))
print(numpy.load('/kaggle/working/a.npy').tolist())
print(numpy.load('/kaggle/working/a.npy', mmap_mode='r').tolist())
numpy.savez('/kaggle/working/b.npz', x=numpy.ones(2))
print(numpy.load('/kaggle/working/b.npz')['x'].tolist())
numpy.savetxt('/kaggle/working/c.csv', numpy.ones(2))
print(numpy.loadtxt('/kaggle/working/c.csv').tolist())
numpy.arange(2).tofile('/kaggle/working/d.bin')
print(numpy.fromfile('/kaggle/working/d.bin', dtype=int).tolist())
with zipfile.ZipFile('/kaggle/working/e.zip', 'w') as archive:
    archive.write('/kaggle/input/voices/a.txt', 'a.txt')
print(zipfile.is_zipfile('/kaggle/working/e.zip'))
zipfile.ZipFile('/kaggle/working/e.zip').extractall('/kaggle/temp/out')
print(open('/kaggle/temp/out/a.txt').read())
"""
    assert run(kaggle_root, code) == [
        "[0, 1, 2]", "[0, 1, 2]", "[1.0, 1.0]", "[1.0, 1.0]", "[0, 1]", "True", "sannu",
    ]  # fmt: skip


def test_a_process_of_the_notebook_translates_too(kaggle_root: Path) -> None:
    inner = "print(open('/kaggle/input/voices/a.txt').read())"
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {inner!r}], check=True)"
    assert run(kaggle_root, code) == ["sannu"]


def test_without_the_variable_nothing_is_replaced(kaggle_root: Path) -> None:
    code = "import os, sys; print('sitecustomize' in sys.modules, os.stat.__module__, hasattr("
    code += "os.stat, '__wrapped__'), hasattr(open, '__wrapped__'))"
    assert run(kaggle_root, code, shim=False) == ["True posix False False"]
    assert run(kaggle_root, code) == ["True posix True True"]


# --- the KaggleRoot class ---


@pytest.fixture
def shim(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Load the module by its path without the variable, so that it replaces nothing."""
    monkeypatch.delenv("KAGGLE_WORLD", raising=False)
    return load()


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location(
        "nbship.shim.sitecustomize", SHIM / "sitecustomize.py"
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("path", "real"),
    [
        ("/kaggle", "/w"),
        ("/kaggle/", "/w"),
        ("/kaggle/working/a", "/w/working/a"),
        (b"/kaggle/working/a", b"/w/working/a"),
        (Path("/kaggle/working/a"), "/w/working/a"),
        ("/kaggle/working/../input/x", "/w/input/x"),
        ("/kaggle//input/./x/", "/w/input/x"),
        ("/kaggle/../etc/passwd", "/kaggle/../etc/passwd"),
        ("/kagglex", "/kagglex"),
        ("/kagglex/../kaggle/a", "/w/a"),
        ("kaggle/a", "kaggle/a"),
        ("/tmp/kaggle", "/tmp/kaggle"),  # noqa: S108 - only a text
        ("", ""),
        (3, 3),
        (None, None),
    ],
)
def test_only_a_path_below_kaggle_is_translated(shim: ModuleType, path: Any, real: Any) -> None:
    assert shim.KaggleRoot("/w").translate(path) == real


def called(*args: Any, **kwargs: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Replace a function of os: return the arguments of the call."""
    return args, kwargs


def test_a_reader_takes_its_path_by_position_by_name_or_not_at_all(shim: ModuleType) -> None:
    wrapped = shim.KaggleRoot("/w").reader(called)
    assert wrapped("/kaggle/a", 1) == (("/w/a", 1), {})
    assert wrapped(path="/kaggle/a") == ((), {"path": "/w/a"})
    assert wrapped() == ((), {})
    assert wrapped.__name__ == "called"


@pytest.mark.parametrize(
    ("wrap", "args", "real"),
    [
        ("writer", ("/kaggle/working/a", 1), ("/w/working/a", 1)),
        ("pair_writer", ("/kaggle/input/a", "/kaggle/b"), ("/w/input/a", "/w/b")),
        ("opener", ("/kaggle/input/a",), ("/w/input/a", "r")),
        ("opener", ("/kaggle/a", "w", 1), ("/w/a", "w", 1)),
        ("os_opener", ("/kaggle/input/a", os.O_RDONLY), ("/w/input/a", os.O_RDONLY)),
        ("os_opener", ("/kaggle/a", os.O_CREAT, 0o600), ("/w/a", os.O_CREAT, 0o600)),
    ],
)
def test_an_allowed_call_gets_the_real_path(
    shim: ModuleType, wrap: str, args: tuple[Any, ...], real: tuple[Any, ...]
) -> None:
    assert getattr(shim.KaggleRoot("/w"), wrap)(called)(*args, more=1) == (real, {"more": 1})


def rename(*_: Any) -> None:
    """Replace a function that removes its first path."""
    pytest.fail("the real function was called")


@pytest.mark.parametrize(
    ("wrap", "function", "args"),
    [
        ("writer", rename, ("/kaggle/input",)),
        ("writer", rename, (b"/kaggle/input/a",)),
        ("pair_writer", rename, ("/kaggle/input/a", "/kaggle/b")),
        ("pair_writer", rename, ("/kaggle/a", "/kaggle/input/b")),
        ("opener", rename, ("/kaggle/input/a", "r+")),
        ("os_opener", rename, ("/kaggle/working/../input/a", os.O_RDWR)),
    ],
)
def test_a_write_below_the_input_never_calls_the_real_function(
    shim: ModuleType, wrap: str, function: Callable[..., None], args: tuple[Any, ...]
) -> None:
    with pytest.raises(OSError, match="Read-only file system") as caught:
        getattr(shim.KaggleRoot("/w"), wrap)(function)(*args)
    assert caught.value.errno == errno.EROFS


@pytest.mark.parametrize("is_set", [True, False])
def test_functions_are_replaced_if_the_variable_is_set(
    monkeypatch: pytest.MonkeyPatch, kaggle_root: Path, *, is_set: bool
) -> None:
    real_stat, real_open = os.stat, io.open
    monkeypatch.setattr(builtins, "open", open)
    monkeypatch.setattr(io, "open", io.open)
    names = {name for name in dir(os) if callable(getattr(os, name)) and name.islower()}
    for name in names:
        monkeypatch.setattr(os, name, getattr(os, name))
    for name in ("dir_fd", "effective_ids", "fd", "follow_symlinks"):
        monkeypatch.setattr(os, f"supports_{name}", set(getattr(os, f"supports_{name}")))
    monkeypatch.delattr(os, "mkfifo")  # as on a system without it
    monkeypatch.delenv("KAGGLE_WORLD", raising=False)
    if is_set:
        monkeypatch.setenv("KAGGLE_WORLD", str(kaggle_root))

    load()

    try:
        assert (os.stat is not real_stat) == is_set
        assert (io.open is not real_open) == is_set
        assert os.path.exists("/kaggle/input/voices/a.txt") == is_set  # noqa: PTH110 - by os.stat
        assert not hasattr(os, "mkfifo")
        assert os.stat in os.supports_fd
    finally:
        monkeypatch.undo()
    assert os.stat is real_stat
    assert builtins.open is io.open is real_open


def test_a_relative_path_into_the_input_is_refused_too(kaggle_root: Path) -> None:
    """The working folder is real, so relative paths reach the real input folder."""
    code = [
        "os.chdir('/kaggle/working') or os.getcwd().endswith('/working')",
        "open('../input/voices/new.txt', 'w')",
        "os.remove('../input/voices/a.txt')",
        "open('../temp/new.txt', 'w').write('x')",
    ]
    assert eval_all(kaggle_root, code) == ["True", "EROFS", "EROFS", "1"]
    assert (kaggle_root / "input/voices/a.txt").is_file()
