"""The shim below libraries: numpy, imports, modules in C, databases; and what its start costs."""

import contextlib
import importlib.util
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.support.shim_world import check, lines, run


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
    assert lines(kaggle_root, code) == [
        "[0, 1, 2]", "[0, 1, 2]", "[1.0, 1.0]", "[1.0, 1.0]", "[0, 1]", "True", "sannu",
    ]  # fmt: skip


def test_modules_are_imported_from_inputs_and_the_working_folder(kaggle_root: Path) -> None:
    (kaggle_root / "input/voices/voice.py").write_text("FILE = __file__", encoding="utf-8")
    (kaggle_root / "working/own.py").write_text("FILE = __file__", encoding="utf-8")
    check(
        kaggle_root,
        {
            "sys.path.append('/kaggle/input/voices')": "None",
            "__import__('voice').FILE": "/kaggle/input/voices/voice.py",
            "__import__('own').FILE": "/kaggle/working/own.py",
            "os.path.exists('/kaggle/input/voices/__pycache__')": "False",
        },
    )


def test_libraries_in_c_are_loaded_from_inputs(kaggle_root: Path) -> None:
    spec = importlib.util.find_spec("_bz2")
    assert spec is not None
    if not spec.has_location:
        pytest.skip("this Python has no module in C as a file of its own")
    library = Path(str(spec.origin))
    there = f"/kaggle/input/voices/{library.name}"
    shutil.copy(library, kaggle_root / "input/voices")
    check(
        kaggle_root,
        {
            "sys.modules.pop('_bz2') and sys.path.insert(0, '/kaggle/input/voices')": "None",
            "__import__('_bz2').__spec__.origin": there,
            f"type(__import__('ctypes').PyDLL({there!r})).__name__": "PyDLL",
            f"__import__('ctypes').CDLL({there!r}).PyInit__bz2 is not None": "True",
        },
        "import _bz2",
    )


def test_databases_are_opened_and_those_of_inputs_only_read(kaggle_root: Path) -> None:
    for name in ("a b?%#.db", "plain.db"):
        with contextlib.closing(sqlite3.connect(kaggle_root / "input/voices" / name)) as made:
            made.execute("create table t(x)")
            made.execute("insert into t values (7)")
            made.commit()
    start = (
        "import sqlite3\n"
        "def get(*args, **more):\n"
        "    return sqlite3.connect(*args, **more).execute('select x from t').fetchall()\n"
        "def put(path, **more):\n"
        "    with sqlite3.connect(path, **more) as database:\n"
        "        try: return database.execute('create table n(x)').fetchall()\n"
        "        except sqlite3.Error as error: return error\n"
    )
    check(
        kaggle_root,
        {
            "get('/kaggle/input/voices/a b?%#.db')": "[(7,)]",
            "get(pathlib.Path('../input/voices/plain.db'))": "[(7,)]",
            "get('file:/kaggle/input/voices/plain.db?immutable=1', uri=True)": "[(7,)]",
            "get('file:///kaggle/input/voices/plain.db', 5, 0, None, True, sqlite3.Connection, 1, "
            "True)": "[(7,)]",
            "put('/kaggle/input/voices/plain.db')": "attempt to write a readonly database",
            "put('file:/kaggle/input/voices/plain.db?mode=rw', uri=True)": (
                "attempt to write a readonly database"
            ),
            "put('/kaggle/working/own.db'), os.path.getsize('own.db') > 0": "([], True)",
            "put('file:/kaggle/working/uri.db?mode=rwc', uri=True), os.listdir().count('uri.db')": (
                "([], 1)"
            ),
            "put(':memory:')": "[]",
        },
        start,
    )


def test_without_the_variables_nothing_is_replaced(kaggle_root: Path) -> None:
    code = (
        "import os, sys, _io; print('sitecustomize' in sys.modules, os.stat.__module__, *(hasattr("
    )
    code += "f, '__wrapped__') for f in (os.stat, open, os.system, _io.open)))"
    assert lines(kaggle_root, code, KAGGLE_WORLD="") == ["True posix False False False False"]
    assert lines(kaggle_root, code) == ["True posix True True True True"]


def test_a_module_that_was_imported_before_the_shim_opens_the_same_files(kaggle_root: Path) -> None:
    """A file of the kind .pth imports modules before sitecustomize."""
    code = (
        "import linecache, sqlite3, subprocess, sys, tarfile, tokenize\n"
        "taken = [tokenize._builtin_open]\n"
        "import site; site.execsitecustomize()\n"
        "print(taken[0] is open, tokenize._builtin_open is open, tarfile.bltn_open is open)\n"
        "print(linecache.getlines('/kaggle/input/voices/a.txt'))\n"
        "print(subprocess.check_output(['cat', '/kaggle/input/voices/a.txt']))\n"
        "sqlite3.connect('/kaggle/working/a.db').execute('create table t(x)')\n"
        "print(__import__('os').listdir())\n"
    )
    done = run(kaggle_root, "-S", "-c", code)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "False True True", "['sannu\\n']", "b'sannu'", "['a.db']",
    ]  # fmt: skip


# Functions of posix and io with an argument that may be a path, but is none or does not reach it.
_NO_PATH = {
    "copy_file_range", "fspath", "get_terminal_size", "lockf", "register_at_fork", "splice",
}  # fmt: skip


def test_every_function_that_takes_a_path_is_replaced(kaggle_root: Path) -> None:
    """Code that calls one that is not replaced reads and writes another file than Kaggle's."""
    code = (
        "import inspect, io, posix\n"
        "names = {'path', 'src', 'dst', 'file', 'filename', 'args', 'argv', 'command'}\n"
        "for module in (io, posix):\n"
        "    for name, found in list(vars(module).items()):\n"
        "        if name.startswith('_') or not callable(found) or hasattr(found, '__wrapped__'):\n"
        "            continue\n"
        "        if isinstance(found, type) and found is not io.FileIO: continue\n"
        "        try: found = inspect.signature(found).parameters.keys()\n"
        "        except ValueError: found = names\n"
        "        if names & found: print(name)\n"
    )
    missing = set(lines(kaggle_root, code)) - _NO_PATH
    assert missing == {"FileIO", "chroot"}  # a class in place of another one; for root alone


def test_a_start_loads_no_module_of_the_standard_library_but_what_is_loaded(
    kaggle_root: Path,
) -> None:
    """Each Python process of a notebook pays for what the shim imports at its start."""
    code = "import sys; print(*sorted(sys.modules))"
    plain = run(kaggle_root, "-S", "-c", f"import site; site.execsitecustomize(); {code}")
    bare = run(kaggle_root, "-S", "-c", f"import site; {code}")
    assert plain.stderr == bare.stderr == ""
    new = set(plain.stdout.split()) - set(bare.stdout.split())
    new = {name.partition(".")[0] for name in new}
    assert new - {"__future__", "errno"} == {"kaggle_world", "sitecustomize"}
