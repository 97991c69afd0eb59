"""The functions of Python that take paths, in a process that loads the shim at its start.

What is read-only on Kaggle is refused with the number of the error that a read-only mount gives.
"""

from pathlib import Path

import pytest

from nbship.shim._launch.mirror import mirror
from tests.support.shim_world import check, lines, make_world, values


def test_paths_to_read_are_translated(kaggle_root: Path) -> None:
    check(
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
    check(
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
    check(
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
    "os.rename('/kaggle/input/voices', '/kaggle/input/other')",
    "os.symlink('/kaggle/working', '/kaggle/input/link')",
    "os.link('/kaggle/working/own', '/kaggle/input/link')",
    "os.mkfifo('/kaggle/input/fifo')",
    "os.chown('/kaggle/input/voices/a.txt', 0, 0)",
    "os.open('a.txt', os.O_WRONLY, dir_fd=os.open('/kaggle/input/voices', os.O_RDONLY))",
    "os.unlink('a.txt', dir_fd=os.open('/kaggle/input/voices', os.O_RDONLY))",
    "os.chmod(os.open('/kaggle/input/voices/a.txt', os.O_RDONLY), 0o600)",
    "io.FileIO('/kaggle/input/voices/a.txt', 'w')",
    "io.FileIO(pathlib.Path('/kaggle/input/new'), 'x')",
    "__import__('_io').open('/kaggle/input/voices/a.txt', 'a')",
    "__import__('_io').FileIO('/kaggle/input/voices/a.txt', 'r+')",
    "__import__('posix').open('/kaggle/input/voices/a.txt', os.O_WRONLY)",
    "__import__('posix').unlink('/kaggle/input/voices/a.txt')",
    "open(os.path.realpath('/kaggle/input/voices/a.txt'), 'w')",
    "os.symlink('/kaggle/input/voices/a.txt', 'soft') or open('soft', 'w')",
    "os.symlink('../input', 'folder') or open('folder/voices/a.txt', 'r+')",
    "os.truncate('soft', 0)",
    "tempfile.TemporaryFile(dir='/kaggle/input')",
    "open('../input/voices/new.txt', 'w')",
    "os.remove('../input/voices/a.txt')",
    "open('/kaggle/src/new', 'w')",
    "os.remove('../src/script.py')",
    "open(os.environ['KAGGLE_WORLD'] + '/src/new', 'w')",
    "shutil.rmtree('/kaggle/input/voices')",
    "os.chmod('/kaggle/input/voices/a.txt', 0o600)",
    "os.utime('/kaggle/input/voices/a.txt')",
    "os.truncate('/kaggle/input/voices/a.txt', 0)",
    "shutil.copy('/kaggle/working/own', '/kaggle/input/voices')",
    "shutil.move('/kaggle/working/own', '/kaggle/input/voices/')",
    "zipfile.ZipFile('/kaggle/input/new.zip', 'w')",
]


def test_the_input_is_read_only_as_on_kaggle(kaggle_root: Path) -> None:
    (kaggle_root / "working/own").write_text("mine", encoding="utf-8")
    (kaggle_root / "src/script.py").write_text("1", encoding="utf-8")
    check(kaggle_root, dict.fromkeys(READ_ONLY, "EROFS"))
    files = sorted(path.relative_to(kaggle_root).as_posix() for path in kaggle_root.rglob("*"))
    assert files == [
        "input", "input/voices", "input/voices/a.txt", "src", "src/script.py", "temp", "working",
        "working/folder", "working/own", "working/soft",
    ]  # fmt: skip
    assert (kaggle_root / "input/voices/a.txt").read_text(encoding="utf-8") == "sannu"


def test_what_fails_for_another_reason_fails_for_that_one(kaggle_root: Path) -> None:
    """The kernel looks at the path and at the mounts before it looks whether it may write."""
    (kaggle_root / "working/own").write_text("mine", encoding="utf-8")
    file = "/kaggle/input/voices/a.txt"
    table = {
        f"os.rename({file!r}, '/kaggle/working/a.txt')": "EXDEV",
        f"os.replace('/kaggle/working/own', {file!r})": "EXDEV",
        "os.rename('/kaggle/input/none', '/kaggle/working/a.txt')": "EXDEV",
        "os.rename('/kaggle/input/none/x', '/kaggle/working/a.txt')": "ENOENT",
        f"os.link({file!r}, '/kaggle/working/hard')": "EXDEV",
        "os.link('/kaggle/input/none', '/kaggle/working/hard')": "ENOENT",
        "open('/kaggle/input', 'w')": "EISDIR",
        f"open({file!r}, 'x')": "EEXIST",
        "open('/kaggle/input/none', 'r+')": "ENOENT",
        "open('/kaggle/input/none/x', 'w')": "ENOENT",
        "os.mkdir('/kaggle/input/voices')": "EEXIST",
        "os.makedirs('/kaggle/input/voices', exist_ok=True)": "None",
        "os.mkdir('/kaggle/input/none/x')": "ENOENT",
        "os.chmod('/kaggle/input/none', 0o600)": "ENOENT",
        "os.utime('/kaggle/input/none')": "ENOENT",
        "os.unlink('/kaggle/input/none/x')": "ENOENT",
        f"os.close(os.open({file!r}, os.O_RDONLY | os.O_CREAT))": "None",
        f"os.access({file!r}, os.W_OK), os.access({file!r}, os.R_OK)": "(False, True)",
        "os.access('/kaggle/working', os.W_OK)": "True",
        # shutil copies what it cannot rename, and cannot remove it then.
        f"shutil.move({file!r}, '/kaggle/working/moved')": "EROFS",
        "os.path.getsize('moved')": "5",
        "os.symlink('/kaggle/input/voices/a.txt', 'soft')": "None",
        "os.unlink('soft')": "None",
        "open('../temp/new.txt', 'w').write('x')": "1",
    }
    check(kaggle_root, table)
    assert (kaggle_root / "input/voices/a.txt").read_text(encoding="utf-8") == "sannu"


def test_an_error_names_the_path_that_the_notebook_wrote(kaggle_root: Path) -> None:
    calls = [
        "open('/kaggle/input/x/../new', 'w')", "open('/kaggle/input/none')",
        "os.listdir('/kaggle/no')",
        "pathlib.Path('/kaggle/no').stat()", "os.rename('/kaggle/no', '/kaggle/working/b')",
        "io.FileIO('/kaggle/no')", "subprocess.run(['/kaggle/no'])", "os.open('/kaggle/no', 0)",
        "subprocess.run(['true'], cwd='/kaggle/no')", "os.lstat('/kaggle/no')",
    ]  # fmt: skip
    code = (
        "import io, os, pathlib, subprocess\n"
        f"for call in {calls!r}:\n"
        "    try: eval(call)\n"
        "    except OSError as error: print(error)\n"
    )
    none = "[Errno 2] No such file or directory: "
    assert lines(kaggle_root, code) == [
        "[Errno 30] Read-only file system: '/kaggle/input/x/../new'",
        f"{none}'/kaggle/input/none'",
        f"{none}'/kaggle/no'",
        f"{none}'/kaggle/no'",
        f"{none}'/kaggle/no' -> '/kaggle/working/b'",
        *[f"{none}'/kaggle/no'"] * 5,
    ]


def test_a_file_and_the_working_folder_have_their_names_on_kaggle(kaggle_root: Path) -> None:
    check(
        kaggle_root,
        {
            "os.getcwd(), os.getcwdb(), str(pathlib.Path.cwd())": (
                "('/kaggle/working', b'/kaggle/working', '/kaggle/working')"
            ),
            "os.path.abspath('x'), os.path.realpath('x')": (
                "('/kaggle/working/x', '/kaggle/working/x')"
            ),
            "pathlib.Path('../input/voices').resolve(), pathlib.Path('x').absolute()": (
                "(PosixPath('/kaggle/input/voices'), PosixPath('/kaggle/working/x'))"
            ),
            "os.path.relpath('/kaggle/input/voices')": "../input/voices",
            "os.chdir('/kaggle/input/voices'), os.getcwd(), os.listdir(), open('a.txt').read()": (
                "(None, '/kaggle/input/voices', ['a.txt'], 'sannu')"
            ),
            "[entry.path for entry in os.scandir()]": "['./a.txt']",
            "os.chdir('../../working')": "None",
            "open('/kaggle/working/t', 'w').name, open('/kaggle/working/t', 'rb').name": (
                "('/kaggle/working/t', '/kaggle/working/t')"
            ),
            "io.FileIO('/kaggle/working/t').name": "/kaggle/working/t",
            "io.open_code('/kaggle/working/t').name": "/kaggle/working/t",
            "isinstance(open('t', 'rb').raw, io.FileIO), isinstance(open('t'), io.FileIO)": (
                "(True, False)"
            ),
            "issubclass(type('Mine', (io.FileIO,), {}), io.FileIO), io.FileIO": (
                "(True, <class '_io.FileIO'>)"
            ),
            "tempfile.NamedTemporaryFile(dir='/kaggle/working').name[:16]": "/kaggle/working/",
            "os.symlink('/kaggle/input/voices/a.txt', 'soft')": "None",
            "os.readlink('soft'), os.readlink(b'/kaggle/working/soft')": (
                "('/kaggle/input/voices/a.txt', b'/kaggle/input/voices/a.txt')"
            ),
            "os.path.realpath('soft')": "/kaggle/input/voices/a.txt",
            "os.readlink('t')": "EINVAL",
            "open('soft', opener=lambda path, flags: os.open(path, flags)).read()": "sannu",
            "open('/kaggle/input/voices/a.txt', 'r', -1, None, None, None, True, None).read()": (
                "sannu"
            ),
        },
    )


@pytest.fixture
def mirrored(tmp_path: Path) -> Path:
    """Create a world with a sample in both layouts, of which one file is a link."""
    sample = tmp_path / "sample"
    (sample / "sub").mkdir(parents=True)
    (sample / "sub/b.csv").write_text("x", encoding="utf-8")
    (sample / "large.bin").write_bytes(bytes(1000))
    kaggle = make_world(tmp_path)
    mirror(str(sample), str(kaggle / "input/datasets/ada/ds"), limit=100)
    (kaggle / "input/ds").symlink_to("datasets/ada/ds")
    (kaggle / "input/voices/a.txt").unlink()
    (kaggle / "input/voices").rmdir()
    return kaggle


def test_a_walk_finds_each_file_of_a_sample_once(mirrored: Path) -> None:
    top = "/kaggle/input/datasets/ada/ds"
    files = [f"{top}/large.bin", f"{top}/sub/b.csv"]
    start = "def files(walk): return sorted(f'{at[0]}/{name}' for at in walk for name in at[2])"
    check(
        mirrored,
        {
            "files(os.walk('/kaggle/input'))": str(files),
            "files(os.fwalk('/kaggle/input'))": str(files),
            "sorted(str(p) for p in pathlib.Path('/kaggle/input').rglob('*') if p.is_file())": (
                str(files)
            ),
            "os.chdir('/kaggle/input'), files(os.walk('.'))": str(
                (None, ["./datasets/ada/ds/large.bin", "./datasets/ada/ds/sub/b.csv"])
            ),
            "[(e.name, e.is_symlink(), e.is_file(follow_symlinks=False), "
            "e.stat(follow_symlinks=False).st_size) for e in os.scandir('datasets/ada/ds') if "
            "not e.is_dir()]": "[('large.bin', False, True, 1000)]",
            "subprocess.getoutput('find /kaggle/input/ -name b.csv | wc -l')": "1",
        },
        start,
    )
    search = "sorted(glob.glob('/kaggle/input/**/*.*', recursive=True))"
    assert values(mirrored, [search]) == [str(files)]  # not twice, as without the shim


def test_a_large_file_of_a_sample_is_no_link_and_cannot_be_written(mirrored: Path) -> None:
    file = "/kaggle/input/datasets/ada/ds/large.bin"
    check(
        mirrored,
        {
            f"os.path.islink({file!r}), pathlib.Path({file!r}).is_symlink()": "(False, False)",
            f"os.readlink({file!r})": "EINVAL",
            f"os.lstat({file!r}).st_size, os.stat({file!r}, follow_symlinks=False).st_size": (
                "(1000, 1000)"
            ),
            f"os.path.realpath({file!r})": file,
            "pathlib.Path('/kaggle/input/ds/large.bin').resolve()": file,
            f"open(os.path.realpath({file!r}), 'r+')": "EROFS",
            f"open(os.open({file!r}, os.O_RDWR), 'w')": "EROFS",
            f"os.link({file!r}, 'hard')": "EXDEV",
            "os.path.islink('/kaggle/input/ds'), os.readlink('/kaggle/input/ds')": (
                "(True, 'datasets/ada/ds')"
            ),
            "shutil.copytree('/kaggle/input/ds', 'copy', symlinks=True)": "copy",
            f"open('copy/large.bin', 'w').write('x'), os.path.getsize({file!r})": "(1, 1000)",
        },
    )
    assert len((mirrored.parent / "sample/large.bin").read_bytes()) == 1000


def test_functions_keep_their_support_of_descriptors(kaggle_root: Path) -> None:
    """Code looks up functions in os.supports_fd and the like by identity."""
    (kaggle_root / "working/deep/er").mkdir(parents=True)
    (kaggle_root / "working/deep/er/a").write_text("x", encoding="utf-8")
    check(
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
