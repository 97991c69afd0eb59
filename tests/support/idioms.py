"""What notebooks do with the world around them: each idiom, its code, and its value on Kaggle.

``START`` is the first cell of the notebook that tries them all, in the order of the table. The
value of an idiom is that of its last expression; for an error, the name of its errno or its type.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

IN = "/kaggle/input/datasets/awa/probe"
FILES = {
    "a.csv": "a,b\n1,2\n",
    "sub/words.txt": "sannu\n",
    "sub/deep/b.json": '{"b": 2}',
}
START = """
import ctypes, errno, glob, json, os, pathlib, shutil, socket, sqlite3, subprocess, sys, tempfile
from pathlib import Path
import numpy as np
IN, TABLE = "/kaggle/input/datasets/awa/probe", json.load(open("/kaggle/input/datasets/awa/idioms/table.json"))
def sh(command, **named):
    return subprocess.run(command, shell=True, capture_output=True, text=True, **named).stdout.strip()
def rc(command):
    return subprocess.run(command, shell=True, capture_output=True).returncode
def wrote(path, text="x"):
    Path(path).write_text(text)
    return path
shell = get_ipython()
async def value(code):
    done = await shell.run_cell_async(
        code, store_history=False, transformed_cell=shell.transform_cell(code))
    error = done.error_before_exec or done.error_in_exec
    if isinstance(error, OSError) and error.errno in errno.errorcode:
        return errno.errorcode[error.errno]
    return type(error).__name__ if error else json.loads(json.dumps(done.result, default=str))
"""
PROBE = """
show, found = shell.showtraceback, {}
shell.showtraceback = lambda *arguments, **named: None
for name, code in TABLE.items():
    found[name] = await value(code)
shell.showtraceback = show
print(open("/kaggle/working/found.json", "w").write(json.dumps(found)) > 0)
"""


@dataclass(frozen=True, slots=True)
class Idiom:
    """Code of a notebook, and its value on Kaggle.

    ``limit`` is the row of docs/explanation/limits.md that says why a rung gives another value: the
    sandbox if it is one of IN_SANDBOX, and the shim. ``needs`` is a program that may not be here.
    """

    name: str
    code: str
    value: object
    limit: str = ""
    needs: str = ""


COMPILED = "a library that opens files in C, C++ or Rust"
TEXT = "the text that another program reads"
ARGUMENT = "a shell command that takes the path as a text"
KEPT = "the output of a program that Python keeps"
WRITES = "a program that is not Python writes below `/kaggle/input`"
OPEN = "the network, where `enable_internet` is off"
SHARED = "`/tmp`, and the processes of this machine"
ROOT = "the user, its home and the root folder"
URL = "an argument that has more before `/kaggle/...`"
MACHINE = "not tried in the shim: it changes this machine"
SYSTEM = "a change of a system folder"
OWNER = "a file for another user"
LISTED = "the names in `/kaggle/input`"
IN_SANDBOX = (SYSTEM, OWNER, LISTED)
OF_MACHINE = (SYSTEM, OWNER, MACHINE)  # the shim would change this machine: not tried in it
DEPENDS = (ROOT, OPEN, SHARED, OWNER)  # on the user and the machine, too

_READING = [
    ("open", "open(f'{IN}/a.csv').read()", "a,b\n1,2\n"),
    ("open of the flat layout", "open('/kaggle/input/probe/a.csv').read()", "a,b\n1,2\n"),
    ("open of a relative path", "open('../input/datasets/awa/probe/a.csv').readline()", "a,b\n"),
    ("pathlib", "Path(IN, 'sub/words.txt').read_text()", "sannu\n"),
    ("io.FileIO", "import io; io.FileIO(f'{IN}/a.csv').read(3).decode()", "a,b"),
    ("os.open", "fd = os.open(f'{IN}/a.csv', os.O_RDONLY); os.read(fd, 3).decode()", "a,b"),
    ("posix.open", "import posix; fd = posix.open(f'{IN}/a.csv', 0); os.read(fd, 1).decode()", "a"),
    ("codecs.open", "import codecs; codecs.open(f'{IN}/a.csv', 'r', 'utf-8').read(1)", "a"),
    ("fileinput", "import fileinput; list(fileinput.input([f'{IN}/a.csv']))", ["a,b\n", "1,2\n"]),
    ("linecache", "import linecache; linecache.getline(f'{IN}/a.csv', 2)", "1,2\n"),
    ("csv", "import csv; [*csv.DictReader(open(f'{IN}/a.csv'))]", [{"a": "1", "b": "2"}]),
    ("json", "json.load(open(f'{IN}/sub/deep/b.json'))", {"b": 2}),
    ("yaml, a parser in C", "import yaml; yaml.load(open(f'{IN}/sub/deep/b.json'), "
     "getattr(yaml, 'CSafeLoader', yaml.SafeLoader))", {"b": 2}),
    ("numpy.loadtxt", "np.loadtxt(f'{IN}/a.csv', delimiter=',', skiprows=1).tolist()", [1.0, 2.0]),
    ("numpy.genfromtxt", "np.genfromtxt(f'{IN}/a.csv', delimiter=',')[1].tolist()", [1.0, 2.0]),
    ("numpy.fromfile, in C", "np.fromfile(f'{IN}/a.csv', dtype='u1').size", 8),
    ("numpy.memmap", "int(np.memmap(f'{IN}/a.csv', dtype='u1', mode='r')[0])", 97),
    ("mmap", "import mmap; f = open(f'{IN}/a.csv'); "
     "mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ)[:1].decode()", "a"),
    ("ctypes, fopen of C", "lib = ctypes.CDLL(None); lib.fopen.restype = ctypes.c_void_p; "
     "bool(lib.fopen(f'{IN}/a.csv'.encode(), b'r'))", True, COMPILED),
    ("ctypes, access of C", "ctypes.CDLL(None).access(b'/kaggle/working', 2)", 0, COMPILED),
    ("urllib, file:", "import urllib.request; "
     "urllib.request.urlopen(f'file://{IN}/a.csv').read(3).decode()", "a,b"),
    ("os.sendfile", "with open(f'{IN}/a.csv') as i, open('sent', 'w') as o: "
     "n = os.sendfile(o.fileno(), i.fileno(), 0, 8)\nn", 8),
]  # fmt: skip
_WRITING = [
    ("write to the working folder", "wrote('/kaggle/working/w.txt'); open('w.txt').read()", "x"),
    ("write to /kaggle/temp", "Path(wrote('/kaggle/temp/t')).exists()", True),
    ("write to /kaggle itself", "Path(wrote('/kaggle/mine')).read_text()", "x"),
    ("a new folder in /kaggle", "os.makedirs('/kaggle/tmp/new'); os.path.isdir('/kaggle/tmp')",
     True),
    ("write to an input", "open(f'{IN}/a.csv', 'w')", "EROFS"),
    ("append to an input", "open('/kaggle/input/probe/a.csv', 'a')", "EROFS"),
    ("a new file in /kaggle/input", "open('/kaggle/input/new', 'w')", "EROFS"),
    ("a new folder in an input", "os.mkdir(f'{IN}/new')", "EROFS"),
    ("remove an input", "os.remove(f'{IN}/a.csv')", "EROFS"),
    ("rename an input", "os.rename(f'{IN}/a.csv', f'{IN}/c.csv')", "EROFS"),
    ("rmtree of an input", "shutil.rmtree('/kaggle/input/datasets/awa/probe/sub')", "EROFS"),
    ("chmod of an input", "os.chmod(f'{IN}/a.csv', 0o777)", "EROFS"),
    ("touch of an input", "Path(IN, 'a.csv').touch()", "EROFS"),
    ("truncate of an input", "os.truncate(f'{IN}/a.csv', 0)", "EROFS"),
    ("posix.open to write an input", "import posix; posix.open(f'{IN}/a.csv', os.O_WRONLY)",
     "EROFS"),
    ("io.FileIO to write an input", "import io; io.FileIO(f'{IN}/a.csv', 'w')", "EROFS"),
    ("realpath to write an input", "open(os.path.realpath(f'{IN}/a.csv'), 'w')", "EROFS"),
    ("os.access to write", "os.access(IN, os.W_OK), os.access('/kaggle/working', os.W_OK)",
     [False, True]),
    ("numpy.save", "np.save('/kaggle/working/n', np.arange(3)); np.load('n.npy').tolist()",
     [0, 1, 2]),
    ("numpy.savez", "np.savez('/kaggle/working/z', a=1); np.load('/kaggle/working/z.npz').files",
     ["a"]),
    ("numpy.tofile", "np.arange(3, dtype='u1').tofile('/kaggle/working/f'); Path('f').stat().st_size", 3),
    ("numpy.memmap, written", "np.memmap('/kaggle/working/m', dtype='u1', mode='w+', shape=4).flush(); "
     "os.path.getsize('m')", 4),
    ("sqlite3.connect", "db = sqlite3.connect('/kaggle/working/x.db'); "
     "db.execute('create table t(a)'); db.commit(); os.path.exists('x.db')", True),
    ("sqlite3, ATTACH", "db.execute(\"attach '/kaggle/working/y.db' as y\"); "
     "db.execute('create table y.t(a)'); db.commit(); os.path.exists('y.db')", True, COMPILED),
    ("sqlite3, a URI", "sqlite3.connect('file:/kaggle/working/x.db?mode=ro', uri=True)"
     ".execute('select count(*) from t').fetchone()", [0]),
    ("pickle", "import pickle; pickle.dump({1}, open('/kaggle/working/p', 'wb')); "
     "sorted(pickle.load(open('p', 'rb')))", [1]),
    ("shelve", "import shelve; s = shelve.open('/kaggle/working/s'); s['a'] = 1; s.close(); "
     "len(glob.glob('/kaggle/working/s*')) > 0", True),
    ("gzip", "import gzip; gzip.open('/kaggle/working/g.gz', 'wt').write('a')", 1),
    ("pillow", "from PIL import Image; Image.new('L', (2, 3)).save('/kaggle/working/i.png'); "
     "Image.open('/kaggle/working/i.png').size", [2, 3]),
    ("matplotlib.image, written", "import matplotlib.image as mi; "
     "mi.imsave('/kaggle/working/fig.png', np.zeros((2, 2))); os.path.isfile('fig.png')", True),
    ("matplotlib.image", "mi.imread('/kaggle/working/i.png').shape", [3, 2]),
    ("libzmq, a socket in C++", "import zmq; c = zmq.Context(); s = c.socket(zmq.REP); "
     "s.bind('ipc:///kaggle/temp/zmq'); there = os.path.exists('/kaggle/temp/zmq'); "
     "s.close(); c.term(); there", True, COMPILED),
    ("ruff, a program in Rust", "wrote('/kaggle/working/lint.py', 'import os\\n'); "
     "sh('ruff check --isolated --output-format concise /kaggle/working/lint.py').count('F401')", 1, "",
     "ruff"),
    ("a socket of the file system", "s = socket.socket(socket.AF_UNIX); "
     "s.bind('/kaggle/temp/sock'); os.path.exists('/kaggle/temp/sock')", True, COMPILED),
    ("readline, in C", "import readline; readline.write_history_file('/kaggle/working/hist'); "
     "os.path.exists('hist')", True, COMPILED),
    ("a shared library of its own", "wrote('/kaggle/temp/one.c', 'int one(void) { return 1; }'); "
     "sh('cc -shared -fPIC -o /kaggle/temp/one.so /kaggle/temp/one.c'); "
     "ctypes.CDLL('/kaggle/temp/one.so').one()", 1, "", "cc"),
    ("a program of its own in C", "wrote('/kaggle/temp/two.c', '#include <stdio.h>\\nint main(void) "
     "{ return fopen(\"/kaggle/input/probe/a.csv\", \"r\") ? 7 : 8; }'); "
     "rc('cc -o /kaggle/temp/two /kaggle/temp/two.c && /kaggle/temp/two')", 7, COMPILED, "cc"),
    ("a full disk limit", "import resource; resource.getrlimit(resource.RLIMIT_FSIZE)[0]", -1),
]  # fmt: skip
_WALKS = [
    ("the first cell of Kaggle", "sorted(os.path.join(d, f) for d, _, fs in "
     "os.walk('/kaggle/input/datasets/awa/probe') for f in fs)",
     [f"{IN}/{name}" for name in sorted(FILES)]),
    ("os.walk meets each file once", "sum(len(fs) for _, _, fs in os.walk('/kaggle/input'))", 5),
    ("os.fwalk", "sum(len(fs) for _, _, fs, _ in os.fwalk(IN))", 3),
    ("rglob", "sorted(p.name for p in Path(IN).rglob('*') if p.is_file())",
     ["a.csv", "b.json", "words.txt"]),
    ("glob with **", "glob.glob('/kaggle/input/**/*.json', recursive=True)",
     [f"{IN}/sub/deep/b.json", "/kaggle/input/datasets/awa/idioms/table.json"]),
    ("the names in /kaggle/input", "os.listdir('/kaggle/input')", ["datasets"], LISTED),
    ("glob of the flat layout", "glob.glob('/kaggle/input/probe/*.csv')",
     ["/kaggle/input/probe/a.csv"]),
    ("glob of a relative path", "glob.glob('../input/probe/*.csv')", ["../input/probe/a.csv"]),
    ("listdir", "sorted(os.listdir('/kaggle/input'))", ["datasets", "idioms", "probe"]),
    ("scandir", "sorted(e.path for e in os.scandir(IN))", [f"{IN}/a.csv", f"{IN}/sub"]),
    ("iterdir", "sorted(map(str, Path('/kaggle/input/datasets/awa').iterdir()))",
     ["/kaggle/input/datasets/awa/idioms", IN]),
    ("listdir of /kaggle", "{'input', 'lib', 'src', 'temp', 'usr', 'working'} <= "
     "set(os.listdir('/kaggle'))", True),
    ("/kaggle in the root", "'kaggle' in os.listdir('/')", True, ROOT),
    ("find", "sh(f'find {IN} -type f -name \"*.csv\"')", f"{IN}/a.csv", KEPT),
    ("ls", "!ls $IN/sub > ls.txt\nopen('ls.txt').read().split()", ["deep", "words.txt"]),
    ("ls kept by IPython", "x = !ls /kaggle/input/probe\nx", ["a.csv", "sub"]),
    ("a path kept by IPython", "x = !ls -d /kaggle/input/probe/*\nx",
     ["/kaggle/input/probe/a.csv", "/kaggle/input/probe/sub"]),
    ("a wildcard of the shell", "sh('cat /kaggle/input/*/a.csv')", "a,b\n1,2"),
    ("du", "sh(f'du -b {IN}/a.csv').split()[0]", "8"),
    ("tree by hand", "sorted(p.relative_to('/kaggle/input').parts[0] for p in "
     "Path('/kaggle/input').iterdir())", ["datasets", "idioms", "probe"]),
]  # fmt: skip
_PATHS = [
    ("getcwd", "os.getcwd()", "/kaggle/working"),
    ("Path.cwd", "str(Path.cwd())", "/kaggle/working"),
    ("abspath", "os.path.abspath('out.csv')", "/kaggle/working/out.csv"),
    ("realpath", "os.path.realpath(IN)", IN),
    ("realpath of the flat layout", "os.path.realpath('/kaggle/input/probe')", IN),
    ("resolve", "str(Path('../input/datasets').resolve())", "/kaggle/input/datasets"),
    ("pwd", "!pwd > pwd.txt\nopen('pwd.txt').read()", "/kaggle/working\n", KEPT),
    ("pwd kept by IPython", "x = !pwd\nx", ["/kaggle/working"]),
    ("pwd kept by Python", "sh('pwd')", "/kaggle/working", KEPT),
    ("os.environ PWD", "sh('echo $PWD')", "/kaggle/working", KEPT),
    ("echo of a path", "sh('echo /kaggle/working')", "/kaggle/working", KEPT),
    ("%pwd", "%pwd", "/kaggle/working"),
    ("%cd", "%cd /kaggle/temp\nos.getcwd()", "/kaggle/temp"),
    ("os.chdir", "os.chdir('/kaggle/working'); os.getcwd()", "/kaggle/working"),
    ("isdir", "[os.path.isdir(f'/kaggle/{n}') for n in ('input', 'working', 'temp', 'src', "
     "'lib', 'usr/lib')]", [True] * 6),
    ("exists, no such file", "os.path.exists('/kaggle/input/none')", False),
    ("open, no such file", "open('/kaggle/input/none')", "ENOENT"),
    ("the text of the error", "try:\n    open('/kaggle/input/none')\n"
     "except OSError as error:\n    text = str(error)\ntext",
     "[Errno 2] No such file or directory: '/kaggle/input/none'"),
    ("samefile", "os.path.samefile('.', '/kaggle/working')", True),
    ("relpath", "os.path.relpath('/kaggle/input/x')", "../input/x"),
    ("commonpath", "os.path.commonpath([os.getcwd(), '/kaggle/input'])", "/kaggle"),
    ("is_relative_to", "Path.cwd().is_relative_to('/kaggle')", True),
    ("/proc/self/cwd", "os.readlink('/proc/self/cwd')", "/kaggle/working"),
    ("psutil's cwd", "import psutil; psutil.Process().cwd()", "/kaggle/working"),
    ("disk_usage", "shutil.disk_usage('/kaggle/working').total > 0", True),
    ("statvfs", "os.statvfs('/kaggle/input').f_flag & os.ST_RDONLY", 1, WRITES),
    ("df", "rc('df -h /kaggle/working')", 0),
    ("dir_fd", "fd = os.open('/kaggle/working', 0); os.stat('w.txt', dir_fd=fd).st_size", 1),
    ("dup and /proc/self/fd", "f = open('/kaggle/working/w.txt'); os.readlink(f'/proc/self/fd/{f.fileno()}')", "/kaggle/working/w.txt"),
    ("/dev/fd", "sh('cat <(echo 1)', executable='/bin/bash')", "1"),
]  # fmt: skip
_FILES = [
    ("symlink", "os.symlink('/kaggle/input/probe', '/kaggle/working/link'); "
     "open('link/a.csv').readline()", "a,b\n"),
    ("readlink", "os.readlink('/kaggle/working/link')", "/kaggle/input/probe"),
    ("ln -s", "!ln -s /kaggle/input/probe/a.csv /kaggle/working/ln.csv\n"
     "open('/kaggle/working/ln.csv').readline()", "a,b\n"),
    ("a hard link", "os.link('/kaggle/working/w.txt', '/kaggle/working/h.txt'); "
     "os.stat('h.txt').st_nlink", 2),
    ("a hard link to an input", "os.link(f'{IN}/a.csv', '/kaggle/working/hard')", "EXDEV"),
    ("shutil.copy", "shutil.copy(f'{IN}/a.csv', '/kaggle/working')", "/kaggle/working/a.csv"),
    ("shutil.copy2", "shutil.copy2(f'{IN}/a.csv', '/kaggle/temp')", "/kaggle/temp/a.csv"),
    ("copytree", "shutil.copytree(IN, '/kaggle/working/tree'); "
     "wrote('/kaggle/working/tree/new'); sorted(os.listdir('tree'))", ["a.csv", "new", "sub"]),
    ("copytree of all inputs", "shutil.copytree('/kaggle/input', '/kaggle/temp/all'); "
     "os.path.exists('/kaggle/temp/all/datasets/awa/probe/a.csv')", True),
    ("cp -r", "!cp -r $IN /kaggle/working/cp\nsorted(os.listdir('cp'))", ["a.csv", "sub"]),
    ("cp -a", "rc(f'cp -a {IN} /kaggle/working/cpa')", 0),
    ("cp -p", "rc(f'cp -p {IN}/a.csv /kaggle/working/cpp')", 0),
    ("install", "rc(f'install -m 755 {IN}/a.csv /kaggle/working/inst')", 0),
    ("mv from /tmp", "Path('/tmp/mv').write_text('x'); rc('mv /tmp/mv /kaggle/working/mv')", 0),
    ("shutil.move over mounts", "shutil.move(wrote('/kaggle/temp/mo'), '/kaggle/working/mo')",
     "/kaggle/working/mo"),
    ("rename in the working folder", "os.rename(wrote('r1'), '/kaggle/working/r2'); "
     "os.path.exists('r2')", True),
    ("os.replace", "os.replace(wrote('/kaggle/working/r3'), 'r2'); os.path.exists('r3')", False),
    ("unlink", "os.unlink('/kaggle/working/r2'); os.path.exists('r2')", False),
    ("rmtree", "shutil.rmtree('/kaggle/working/tree'); os.path.exists('tree')", False),
    ("rm -rf", "!rm -rf /kaggle/working/cp /kaggle/working/cpa\nos.path.exists('cp')", False),
    ("mkdir -p", "!mkdir -p /kaggle/working/a/b/c\nos.path.isdir('a/b/c')", True),
    ("chmod", "os.chmod('/kaggle/working/w.txt', 0o600); oct(os.stat('w.txt').st_mode & 0o777)",
     "0o600"),
    ("umask", "u = os.umask(0o022); os.umask(u); u", 0o22),
    ("utime", "os.utime('/kaggle/working/w.txt', (1, 1)); int(os.path.getmtime('w.txt'))", 1),
    ("the owner of a new file", "os.stat(wrote('own')).st_uid, Path('own').owner()",
     [0, "root"], ROOT),
    ("the owner of an input", "os.stat(f'{IN}/a.csv').st_uid == os.getuid()", True),
    ("chown to oneself", "os.chown('own', os.getuid(), os.getgid())", None),
    ("a name of other letters", "wrote('/kaggle/working/ŋaŋ é.txt'); os.path.exists('ŋaŋ é.txt')",
     True),
    ("a name with blanks", "wrote('/kaggle/working/a b.txt')\n!cat '/kaggle/working/a b.txt' > ab\n"
     "open('ab').read()", "x"),
    ("a FIFO", "os.mkfifo('/kaggle/temp/fifo'); os.path.exists('/kaggle/temp/fifo')", True),
    ("a lock", "import fcntl; fcntl.flock(open('/kaggle/working/lock', 'w'), fcntl.LOCK_EX)",
     None),
    ("a sparse file", "f = open('/kaggle/temp/sparse', 'wb'); f.truncate(1 << 40)", 1 << 40),
    ("xattr", "os.listxattr('/kaggle/working/w.txt')", []),
]  # fmt: skip
_ARCHIVES = [
    ("zipfile", "import zipfile; z = zipfile.ZipFile('/kaggle/working/z.zip', 'w'); "
     "z.write(f'{IN}/a.csv', 'a.csv'); z.close(); zipfile.ZipFile('z.zip').namelist()", ["a.csv"]),
    ("extractall of a zip", "zipfile.ZipFile('/kaggle/working/z.zip').extractall('/kaggle/temp/z'); "
     "os.listdir('/kaggle/temp/z')", ["a.csv"]),
    ("unzip", "rc('unzip -o -q /kaggle/working/z.zip -d /kaggle/temp/uz')", 0, "", "unzip"),
    ("zip -r", "rc('zip -qr /kaggle/working/zr.zip /kaggle/input/probe/')", 0, "", "zip"),
    ("make_archive", "shutil.make_archive('/kaggle/working/arch', 'zip', IN)",
     "/kaggle/working/arch.zip"),
    ("unpack_archive", "shutil.unpack_archive('/kaggle/working/arch.zip', '/kaggle/temp/un'); "
     "sorted(os.listdir('/kaggle/temp/un'))", ["a.csv", "sub"]),
    ("tar of an input", "rc(f'tar -czf /kaggle/working/t.tgz -C {IN} .')", 0),
    ("tar of another owner, as root", "import tarfile, io\n"
     "t = tarfile.open('/kaggle/working/o.tar', 'w'); i = tarfile.TarInfo('o'); "
     "i.uid = i.gid = 1000; i.size = 1\nt.addfile(i, io.BytesIO(b'x')); t.close()\n"
     "rc('mkdir -p /kaggle/temp/o && tar -xf /kaggle/working/o.tar -C /kaggle/temp/o')", 0),
    ("tarfile of another owner, as root",
     "tarfile.open('/kaggle/working/o.tar').extractall('/kaggle/temp/o2'); "
     "os.listdir('/kaggle/temp/o2')", ["o"]),
    ("gzip of a copy", "rc('gzip -k /kaggle/working/a.csv')", 0),
    ("gunzip -c of a file", "sh('gunzip -c /kaggle/working/a.csv.gz')", "a,b\n1,2"),
    ("split and cat", "rc('split -b 4 /kaggle/working/a.csv /kaggle/temp/part- && "
     "cat /kaggle/temp/part-* | cmp - /kaggle/working/a.csv')", 0),
]  # fmt: skip
_SHELLS = [
    ("! and a pipe", "!cat $IN/a.csv | head -1 > one\nopen('one').read()", "a,b\n"),
    ("! with braces", "p = IN\nx = !cat {p}/a.csv\nx", ["a,b", "1,2"]),
    ("!! ", "!!cat /kaggle/input/probe/a.csv", ["a,b", "1,2"]),
    ("%%bash", "%%bash\ncat /kaggle/input/probe/a.csv > /kaggle/working/bash.out",
     None),
    ("what %%bash wrote", "open('bash.out').read()", "a,b\n1,2\n"),
    ("%%sh with a loop", "%%sh\nfor f in /kaggle/input/probe/*; do echo $f; done | wc -l > n",
     None),
    ("what %%sh wrote", "open('n').read().strip()", "2"),
    ("%%bash, cd", "%%bash\ncd /kaggle/temp && echo 1 > there", None),
    ("what it wrote there", "open('/kaggle/temp/there').read()", "1\n"),
    ("%%python", "%%python\nopen('/kaggle/working/py', 'w').write(open("
     "'/kaggle/input/probe/a.csv').read())", None),
    ("what %%python wrote", "open('py').read()", "a,b\n1,2\n"),
    ("%%writefile", "%%writefile /kaggle/working/mod_of_mine.py\nWHERE = __file__", None),
    ("a module of its own", "import mod_of_mine; mod_of_mine.WHERE",
     "/kaggle/working/mod_of_mine.py"),
    ("%run", "%run /kaggle/working/mod_of_mine.py\nWHERE", "/kaggle/working/mod_of_mine.py"),
    ("!python", "x = !python /kaggle/working/mod_of_mine.py && echo done\nx", ["done"]),
    ("python -m", "sh('python -m mod_of_mine && echo done')", "done"),
    ("a script of its own", "wrote('/kaggle/working/s.sh', 'cat /kaggle/input/probe/a.csv\\n'); "
     "sh('sh /kaggle/working/s.sh')", "a,b\n1,2", TEXT),
    ("a script from standard input", "subprocess.run(['sh'], input='cat /kaggle/input/probe/a.csv',"
     " capture_output=True, text=True).stdout", "a,b\n1,2\n", TEXT),
    ("a shebang", "Path(wrote('/kaggle/working/sb', '#!/bin/sh\\necho 5\\n')).chmod(0o755); "
     "sh('/kaggle/working/sb')", "5"),
    ("a shebang of Python", "Path(wrote('/kaggle/working/pb', '#!/usr/bin/env python\\n"
     "print(open(\"/kaggle/input/probe/a.csv\").readline())')).chmod(0o755); sh('./pb')", "a,b"),
    ("grep", "sh(f'grep -c 1 {IN}/a.csv')", "1"),
    ("awk", "sh(f\"awk -F, 'NR==2 {{ print $2 }}' {IN}/a.csv\")", "2"),
    ("sed -i", "!sed -i s/x/y/ /kaggle/working/w.txt\nopen('w.txt').read()", "y"),
    ("xargs", "sh('ls /kaggle/input/probe/*.csv | xargs cat')", "a,b\n1,2"),
    ("an option with =", "sh('dd if=/kaggle/input/probe/a.csv count=1 2> /dev/null')", "a,b\n1,2"),
    ("a redirection without a blank", "sh('cat</kaggle/input/probe/a.csv')", "a,b\n1,2"),
    ("a variable of the shell", "sh('D=/kaggle/input/probe; cat $D/a.csv')", "a,b\n1,2"),
    ("a variable of the environment", "sh('cat $D/a.csv', env={**os.environ, 'D': IN})",
     "a,b\n1,2", TEXT),
    ("grep for a path", "wrote('paths', '/kaggle/input/x'); sh('grep -c /kaggle/input paths')",
     "1", ARGUMENT),
    ("_exit_code", "!false\n_exit_code", 1),
    ("os.system", "os.system('test -f /kaggle/input/probe/a.csv')", 0),
    ("os.popen", "os.popen('cat /kaggle/input/probe/a.csv').read()", "a,b\n1,2\n"),
    ("a terminal of !", "!test -t 1 && echo 1 > tty\nos.path.exists('tty')", True),
    ("stdin of a program", "sh('cat', stdin=open(f'{IN}/a.csv'))", "a,b\n1,2"),
    ("curl file:", "sh('curl -s file:///kaggle/input/probe/a.csv')", "a,b\n1,2", URL, "curl"),
    ("perl", "sh(\"perl -ne 'print' /kaggle/input/probe/a.csv\")", "a,b\n1,2", "", "perl"),
    ("%env", "%env PROBE=1\nos.environ['PROBE']", "1"),
    ("%%capture", "%%capture out\nprint(1)", None),
    ("what was captured", "out.stdout", "1\n"),
    ("%%time", "%%time\nx = 7", None),
    ("the name of %%time", "x", 7),
    ("top-level await", "import asyncio; await asyncio.sleep(0, 'x')", "x"),
    ("nohup &", "sh('nohup sleep 0 > /dev/null 2>&1 & echo 1')", "1"),
]  # fmt: skip
_PROCESSES = [
    ("check_output", "subprocess.check_output(['cat', f'{IN}/a.csv'], text=True)", "a,b\n1,2\n"),
    ("Popen with cwd", "subprocess.run(['ls'], cwd=IN, capture_output=True, text=True)"
     ".stdout.split()", ["a.csv", "sub"]),
    ("sys.executable", "subprocess.check_output([sys.executable, '-c', "
     "'import os; print(os.getcwd(), os.listdir(\"/kaggle/input/probe\"))'], text=True)"
     ".startswith('/kaggle/working [')", True),
    ("sys.executable -I", "subprocess.check_output([sys.executable, '-I', '-c', "
     "'print(open(\"/kaggle/input/probe/a.csv\").read(3))'], text=True)", "a,b\n"),
    ("an empty environment", "subprocess.run(['/bin/cat', '/kaggle/input/probe/a.csv'], env={}, "
     "capture_output=True, text=True).stdout", "a,b\n1,2\n"),
    ("os.posix_spawn", "p = os.posix_spawn('/bin/cat', ['cat', f'{IN}/a.csv'], os.environ); "
     "os.waitpid(p, 0)[1]", 0),
    ("fork", "p = os.fork()\nif not p:\n    os._exit(3 if os.path.exists(IN) else 4)\n"
     "os.waitstatus_to_exitcode(os.waitpid(p, 0)[1])", 3),
    ("fork and exec", "p = os.fork()\nif not p:\n"
     "    os.execv('/bin/test', ['test', '-f', f'{IN}/a.csv'])\n"
     "os.waitstatus_to_exitcode(os.waitpid(p, 0)[1])", 0),
    ("multiprocessing, fork", "import multiprocessing as mp; "
     "mp.get_context('fork').Pool(2).map(os.path.exists, [IN, '/kaggle/none'])", [True, False]),
    ("multiprocessing, spawn", "mp.get_context('spawn').Pool(1).map(os.path.exists, [IN])",
     [True]),
    ("ProcessPoolExecutor", "from concurrent.futures import ProcessPoolExecutor as P; "
     "[*P(1, mp.get_context('fork')).map(os.path.getsize, [f'{IN}/a.csv'])]", [8]),
    ("threads", "from concurrent.futures import ThreadPoolExecutor as T; "
     "[*T(2).map(os.path.exists, [IN])]", [True]),
    ("shared memory", "from multiprocessing import shared_memory as sm; "
     "m = sm.SharedMemory(create=True, size=8); m.buf[0] = 5; v = m.buf[0]; m.close(); m.unlink(); v", 5),
    ("a semaphore", "mp.get_context('fork').Semaphore(1).acquire()", True),
    ("/dev/shm", "Path(wrote('/dev/shm/nbship-probe')).unlink()", None),  # noqa: S108 - it is cleared
    ("/dev/null", "open('/dev/null', 'w').write('x')", 1),
    ("/dev/urandom", "len(open('/dev/urandom', 'rb').read(4))", 4),
    ("a pseudo terminal", "import pty; m, s = pty.openpty(); os.isatty(s)", True),
    ("a signal handler", "import signal; got = []; "
     "signal.signal(signal.SIGUSR1, lambda *a: got.append(1)); "
     "signal.raise_signal(signal.SIGUSR1); got", [1]),
    ("an alarm", "signal.signal(signal.SIGALRM, lambda *a: got.append(2)); "
     "signal.setitimer(signal.ITIMER_REAL, 0.01); signal.pause(); got", [1, 2]),
    ("kill of a child", "p = subprocess.Popen(['sleep', '60']); p.kill(); p.wait()", -9),
    ("terminate of a group", "p = subprocess.Popen(['sleep', '60'], start_new_session=True); "
     "os.killpg(p.pid, 15); p.wait()", -15),
    ("a timeout", "subprocess.run(['sleep', '60'], timeout=0.05)", "TimeoutExpired"),
    ("cpu_count", "os.cpu_count() >= len(os.sched_getaffinity(0)) > 0", True),
    ("nproc", "int(sh('nproc')) > 0", True),
    ("memory of the machine", "psutil.virtual_memory().total > 1 << 28", True),
    ("/proc/meminfo", "open('/proc/meminfo').read(8)", "MemTotal"),
    ("/proc/cpuinfo", "len(open('/proc/cpuinfo').read()) > 0", True),
    ("psutil.Process", "psutil.Process().parent() is not None", True),
    ("processes of others", "len(psutil.pids()) < 25", True, SHARED),
    ("resource limits", "resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 256", True),
    ("nice", "os.nice(1) > 0", True),
    ("nvidia-smi, without a GPU", "rc('nvidia-smi') in (0, 127)", True),
    ("asyncio subprocess", "p = await asyncio.create_subprocess_exec('cat', f'{IN}/a.csv', "
     "stdout=-1); (await p.communicate())[0].decode()", "a,b\n1,2\n"),
]  # fmt: skip
_WORLD = [
    ("getuser", "import getpass; getpass.getuser()", "root", ROOT),
    ("pwd.getpwuid", "import pwd; pwd.getpwuid(os.getuid()).pw_name", "root", ROOT),
    ("whoami", "sh('whoami')", "root", ROOT),
    ("id -u", "sh('id -u'), sh('id -g')", ["0", "0"], ROOT),
    ("Path.home", "str(Path.home())", "/root", ROOT),
    ("expanduser", "os.path.expanduser('~/x')", "/root/x", ROOT),
    ("the shell's ~", "sh('echo ~')", "/root", ROOT),
    ("a file in the home", "Path(wrote(os.path.expanduser('~/.netrc'))).exists()", True),
    ("the home is empty", "os.path.exists(os.path.expanduser('~/.ssh'))", False),
    ("~/.kaggle", "os.path.exists(os.path.expanduser('~/.kaggle/kaggle.json'))", False),
    ("gettempdir", "tempfile.gettempdir()", "/tmp", SHARED),  # noqa: S108 - Kaggle's
    ("mkdtemp in /kaggle/temp", "tempfile.mkdtemp(dir='/kaggle/temp').startswith('/kaggle/temp/')",
     True),
    ("NamedTemporaryFile", "tempfile.NamedTemporaryFile().write(b'x')", 1),
    ("/tmp", "Path(wrote('/tmp/nbship-probe')).unlink()", None),  # noqa: S108 - Kaggle's
    ("/var/tmp", "os.access('/var/tmp', os.W_OK)", True),  # noqa: S108 - as there
    ("a batch run", "os.environ['KAGGLE_KERNEL_RUN_TYPE']", "Batch"),
    ("in Kaggle?", "'KAGGLE_URL_BASE' in os.environ, 'KAGGLE_DATA_PROXY_TOKEN' in os.environ, "
     "os.path.exists('/kaggle/input')", [True, True, True]),
    ("in Colab?", "'google.colab' in sys.modules, 'COLAB_GPU' in os.environ", [False, False]),
    ("no rerun", "'KAGGLE_IS_COMPETITION_RERUN' in os.environ", False),
    ("HOME", "os.environ['HOME']", "/root", ROOT),
    ("the time zone", "import time; time.tzname[0]", "UTC"),
    ("date", "sh('date +%Z')", "UTC"),
    ("the encoding of files", "import locale; locale.getpreferredencoding().lower()", "utf-8"),
    ("the encoding of names", "sys.getfilesystemencoding(), sys.stdout.encoding",
     ["utf-8", "UTF-8"]),
    ("letters of the shell", "sh('printf ŋ')", "ŋ"),
    ("__name__", "__name__", "__main__"),
    ("__file__", "__file__", "NameError"),
    ("sys.argv of a kernel", "len(sys.argv) > 1", True),
    ("get_ipython", "type(get_ipython()).__name__", "ZMQInteractiveShell"),
    ("a path in sys.path", "sys.path.append('/kaggle/input/probe/sub'); "
     "sys.path[-1]", "/kaggle/input/probe/sub"),
    ("loopback", "s = socket.create_server(('127.0.0.1', 0)); "
     "socket.create_connection(s.getsockname(), 5).close()", None),
    ("localhost", "socket.gethostbyname('localhost')", "127.0.0.1"),
    ("the network is off", "socket.create_connection(('192.0.2.1', 80), 5)", "ENETUNREACH"),
    ("a name on the network", "socket.getaddrinfo('example.org', 80)", "gaierror"),
    ("routes to a network", "len(open('/proc/net/route').readlines())", 1, OPEN),
    ("http on loopback", "import http.server, threading, urllib.request\n"
     "h = http.server.HTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
     "threading.Thread(target=h.serve_forever, daemon=True).start()\n"
     "urllib.request.urlopen(f'http://127.0.0.1:{h.server_port}/w.txt').read().decode()", "y"),
    ("git init", "!git init -q /kaggle/working/repo\nos.path.isdir('repo/.git')", True),
    ("git config", "rc('git config --global user.name Awa; git config --global user.email a@b.c')",
     0),
    ("git commit", "rc('cd repo && echo 1 > f && git add f && git commit -q -m one')", 0),
    ("git clone", "rc('git clone -q /kaggle/working/repo /kaggle/temp/clone')", 0),
    ("git checkout -b", "rc('git -C repo checkout -q -b other')", 0),
    ("git status without a repository", "rc('git -C /kaggle/working status')", 128),
    ("pip without the network", "rc('pip install -q --retries 0 --timeout 1 nosuchthing')", 1),
    ("pip from an input", "x = !pip install -q --no-index --no-deps "
     "--disable-pip-version-check --root-user-action ignore "
     "/kaggle/input/datasets/awa/idioms/mine-1-py3-none-any.whl\n"
     "import mine; mine.ONE", 1),
    ("a package of the world's Python", "subprocess.check_output([sys.executable, '-c', "
     "'import mine; print(mine.ONE)'], text=True)", "1\n"),
    ("a shell writes to an input", "rc(f'echo x > {IN}/new')", 2, WRITES),
    ("a shell removes an input", "rc(f'rm -f {IN}/sub/deep/b.json')", 1, WRITES),
    ("the usual folders", "[d for d in ('/home', '/media', '/mnt', '/opt', '/run', '/srv', "
     "'/usr/local/bin', '/var/lib', '/var/log') if not os.path.isdir(d)]", [], ROOT),
    ("a new folder in the root", "os.mkdir('/data'); Path(wrote('/data/x')).exists()", True, MACHINE),
    ("a file in /var/log", "Path(wrote('/var/log/mine.log')).exists()", True, MACHINE),
    ("a program of its own in /usr/local/bin", "wrote('/usr/local/bin/mine') > ''", True, SYSTEM),
    ("a new file in /etc", "wrote('/etc/mine.conf') > ''", True, SYSTEM),
    ("another owner", "os.chown('own', 1000, 1000)", None, OWNER),
    ("cp -a of another owner", "rc('cp -a /etc/passwd /kaggle/temp/passwd')", 0, OWNER),
    ("rsync -a", "rc('rsync -a /kaggle/input/probe/ /kaggle/temp/rs/')", 0, "", "rsync"),
    ("the prefix of Python", "sh('python -c \"import sys; print(sys.prefix)\"') == sys.prefix", True),
]  # fmt: skip
_PARTS: Sequence[Sequence[Any]] = (
    _READING, _WRITING, _WALKS, _PATHS, _FILES, _ARCHIVES, _SHELLS, _PROCESSES, _WORLD,
)  # fmt: skip
IDIOMS = tuple(Idiom(*row) for rows in _PARTS for row in rows)


def table(idioms: tuple[Idiom, ...]) -> str:
    """Return the code of each idiom by its name, as JSON."""
    return json.dumps({idiom.name: idiom.code for idiom in idioms})
