"""Small notebooks in the style of Kaggle's, and the files that they find: passing and failing ones.

Each says how it ends on Kaggle; ``worlds`` proves that in a plain Kaggle, and compares.
"""

import gzip
import io
import sqlite3
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.idioms import COMPILED, KEPT, TEXT, WRITES
from tests.support.idioms import ROOT as HOME
from tests.support.wheels import write_wheel


@dataclass(frozen=True, slots=True)
class Case:
    """A notebook, the files of its inputs, and how it ends on Kaggle.

    ``files`` are texts or bytes by their paths below /kaggle/input. ``error`` is the type of the
    exception that ends it. ``limit`` is the row of docs/explanation/limits.md that says why the
    shim differs. ``is_flat`` lets the plain Kaggle have the layout of older sessions. ``varies``
    are outputs that differ from run to run; with ``is_random`` its prints do, too.
    """

    name: str
    cells: tuple[str, ...] = ()
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    error: str = ""
    limit: str = ""
    is_flat: bool = False
    network: bool = False
    secrets: tuple[str, ...] = ()
    installs: bool = False
    varies: tuple[str, ...] = ()
    is_random: bool = False
    tags: Mapping[int, str] = field(default_factory=dict)  # by the index of a cell
    path: Path | None = None  # a notebook that is there already
    edits: tuple[tuple[str, str], ...] = ()  # changes of its text
    needs: tuple[str, ...] = ()  # modules


def joined(name: str, cases: Sequence[Case]) -> Case:
    """Return one notebook with the cells and the files of several cases."""
    files: dict[str, str | bytes] = {}
    for case in cases:
        files |= case.files
    return Case(
        name,
        tuple(cell for case in cases for cell in case.cells),
        files,
        varies=tuple(path for case in cases for path in case.varies),
    )


def _zip() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr(zipfile.ZipInfo("images/0.txt"), "0" * 64)
        archive.writestr(zipfile.ZipInfo("images/1.txt"), "1" * 64)
    return data.getvalue()


def _database() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "db")
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE words (word TEXT, many INTEGER)")
            connection.execute("INSERT INTO words VALUES ('sannu', 3), ('aleeko', 5)")
        connection.close()
        return path.read_bytes()


def _wheel() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_wheel(Path(folder), "mine", {"mine.py": "ONE = 1\n"})
        return next(Path(folder).iterdir()).read_bytes()


_TRAIN = "PassengerId,Survived,Age,Sex\n1,0,22,male\n2,1,38,female\n3,1,26,female\n4,0,35,male\n"
_TEST = "PassengerId,Age,Sex\n5,31,male\n6,27,female\n"
TITANIC = {"competitions/titanic/train.csv": _TRAIN, "competitions/titanic/test.csv": _TEST}
_VOICES = {
    "datasets/awa/voices/audio/a.txt": "sannu\n",
    "datasets/awa/voices/audio/b.txt": "aleeko\n",
    "datasets/awa/voices/labels.csv": "file,label\na.txt,1\nb.txt,0\n",
}
_WALK = """\
# This Python 3 environment comes with many helpful analytics libraries installed
import os
for dirname, _, filenames in os.walk('/kaggle/input'):
    for filename in filenames:
        print(os.path.join(dirname, filename))
"""
_PANDAS = ("pandas",)
NOTEBOOKS = (
    Case("first-cell", (_WALK,), TITANIC | _VOICES),
    Case("first-cell-flat", (_WALK, "open('/kaggle/input/voices/labels.csv').readlines()"), _VOICES,
         is_flat=True),
    Case("titanic", (
        "import pandas as pd\nBASE = '/kaggle/input/competitions/titanic'\n"
        "train, test = pd.read_csv(f'{BASE}/train.csv'), pd.read_csv(f'{BASE}/test.csv')\ntrain.head()",
        "rate = train.groupby('Sex')['Survived'].mean()\nprint(rate.to_dict())",
        "test['Survived'] = test['Sex'].map(rate).round().astype(int)\n"
        "test[['PassengerId', 'Survived']].to_csv('submission.csv', index=False)",
        "!ls /kaggle/working && head -2 submission.csv",
    ), TITANIC, needs=_PANDAS),
    Case("flat-relative", (
        "import pandas as pd\ntrain = pd.read_csv('../input/titanic/train.csv')\ntrain.describe()",
        "import os\nprint(sorted(os.listdir('../input/titanic')))",
        "train.to_csv('../working/copy.csv', index=False)\npd.read_csv('/kaggle/working/copy.csv').shape",
    ), TITANIC, is_flat=True, needs=_PANDAS),
    Case("parquet", (
        "import pandas as pd\ndf = pd.read_csv('/kaggle/input/datasets/awa/voices/labels.csv')",
        "df.to_parquet('/kaggle/working/labels.parquet')",
        "import pyarrow.parquet as pq\nprint(pq.read_table('/kaggle/working/labels.parquet').num_rows)",
        "pd.read_parquet('labels.parquet')",
    ), _VOICES, limit=COMPILED, needs=("pandas", "pyarrow"), varies=("labels.parquet",)),
    Case("arrow-csv", (
        "from pyarrow import csv, feather\n"
        "table = csv.read_csv('/kaggle/input/datasets/awa/voices/labels.csv')\nprint(table.num_rows)",
        "feather.write_feather(table, '/kaggle/working/labels.feather')",
    ), _VOICES, limit=COMPILED, needs=("pyarrow",)),
    Case("csv-module", (
        "import csv\nfrom collections import Counter\n"
        "with open('/kaggle/input/competitions/titanic/train.csv', newline='') as f:\n"
        "    rows = list(csv.DictReader(f))\nCounter(row['Sex'] for row in rows)",
        "with open('counts.csv', 'w', newline='') as f:\n"
        "    csv.writer(f).writerows(sorted(Counter(row['Sex'] for row in rows).items()))",
        "print(open('/kaggle/working/counts.csv').read())",
    ), TITANIC),
    Case("globs", (
        "from glob import glob\nfiles = sorted(glob('/kaggle/input/datasets/*/*/audio/*.txt'))\nfiles",
        "texts = {f.split('/')[-1]: open(f).read().strip() for f in files}\nprint(texts)",
        "assert len(files) == 2",
    ), _VOICES),
    Case("glob-everywhere", (
        "import glob\nfiles = glob.glob('/kaggle/input/**/*.txt', recursive=True)\nprint(sorted(files))",
        "assert len(files) == 2, files",
        "len(glob.glob('../input/**/*.csv', recursive=True)), len(list(glob.iglob('/kaggle/**/audio/*', recursive=True)))",
    ), _VOICES),
    Case("glob-flat", (
        "from glob import glob\nfiles = sorted(glob('/kaggle/input/voices/**/*.txt', recursive=True))\nfiles",
        "sorted(glob('../input/*/audio/*.txt'))",
        "assert len(files) == 2",
    ), _VOICES, is_flat=True),
    Case("pathlib", (
        "from pathlib import Path\nroot = Path('/kaggle/input')\nsorted(root.rglob('*.txt'))",
        "data = root / 'datasets' / 'awa' / 'voices'\n"
        "print([p.relative_to(data).as_posix() for p in sorted(data.glob('**/*')) if p.is_file()])",
        "print(Path.cwd(), (data / '../voices/labels.csv').resolve(), (data / 'labels.csv').stat().st_size)",
        "out = Path('out/texts')\nout.mkdir(parents=True)\n"
        "for p in data.rglob('*.txt'):\n    (out / p.name).write_text(p.read_text().upper())",
    ), _VOICES),
    Case("shell-and-back", (
        "import json\njson.dump({'score': 1}, open('/kaggle/working/score.json', 'w'))",
        "files = !ls /kaggle/working\nprint(list(files))\nassert files == ['score.json'], files",
        "!cp /kaggle/input/datasets/awa/voices/labels.csv . && cat labels.csv",
        "!du -b --apparent-size labels.csv; pwd; find /kaggle/working -type f | sort",
        "where = '/kaggle/input/datasets/awa/voices'\n!wc -l {where}/labels.csv\n!ls $where/audio",
    ), _VOICES),
    Case("subprocess", (
        "import subprocess\nsubprocess.run(['cp', '-r', '/kaggle/input/datasets/awa/voices/audio', '/kaggle/working/audio'], check=True)",
        "print(subprocess.check_output(['cat', '/kaggle/input/datasets/awa/voices/labels.csv'], text=True))",
        "subprocess.run('sort /kaggle/working/audio/*.txt > sorted.txt', shell=True, check=True)",
        "print(subprocess.run(['ls'], cwd='/kaggle/working', capture_output=True, text=True).stdout)",
    ), _VOICES),
    Case("subprocess-paths", (
        "import subprocess\nout = subprocess.check_output(['find', '/kaggle/input/datasets/awa/voices', '-name', '*.csv'], text=True)",
        "assert out.strip() == '/kaggle/input/datasets/awa/voices/labels.csv', out",
    ), _VOICES, limit=KEPT),
    Case("sqlite", (
        "import sqlite3\ndb = sqlite3.connect('/kaggle/input/datasets/awa/words/words.db')",
        "print(db.execute('SELECT * FROM words ORDER BY word').fetchall())",
        "out = sqlite3.connect('/kaggle/working/out.db')\nout.execute('CREATE TABLE t (a)')\n"
        "out.execute('INSERT INTO t VALUES (1)')\nout.commit()\nout.close()",
        "sqlite3.connect('file:/kaggle/input/datasets/awa/words/words.db?mode=ro', uri=True)"
        ".execute('SELECT sum(many) FROM words').fetchone()",
        "db.execute('DELETE FROM words')",
    ), {"datasets/awa/words/words.db": _database()}, "OperationalError", varies=("out.db",)),
    Case("archives", (
        "import zipfile\nwith zipfile.ZipFile('/kaggle/input/competitions/digits/train.zip') as z:\n"
        "    z.extractall('/kaggle/temp/train')\n    print(z.namelist())",
        "import os, shutil\nprint(sorted(os.listdir('/kaggle/temp/train/images')))",
        "shutil.make_archive('/kaggle/working/images', 'gztar', '/kaggle/temp/train')",
        "!python -m zipfile -l /kaggle/input/competitions/digits/train.zip | tail -1 | cut -c1-12",
    ), {"competitions/digits/train.zip": _zip()}, varies=("images.tar.gz",)),
    Case("compressed", (
        "import gzip, pandas as pd\ndf = pd.read_csv('/kaggle/input/datasets/awa/big/train.csv.gz')\ndf",
        "with gzip.open('../input/datasets/awa/big/train.csv.gz', 'rt') as f:\n    print(f.readline())",
        "df.to_pickle('df.pkl')\npd.read_pickle('/kaggle/working/df.pkl').equals(df)",
    ), {"datasets/awa/big/train.csv.gz": gzip.compress(_TRAIN.encode(), mtime=0)}, needs=_PANDAS,
        varies=("df.pkl",)),
    Case("savefig", (
        "import os\nimport matplotlib.pyplot as plt\nos.makedirs('/kaggle/working/figures', exist_ok=True)",
        "plt.plot([1, 2, 3])\nplt.title('loss')\nplt.savefig('/kaggle/working/figures/loss.png')\nplt.show()",
        "img = plt.imread('/kaggle/working/figures/loss.png')\nprint(img.ndim)",
    ), needs=("matplotlib",)),
    Case("numpy-files", (
        "import numpy as np\na = np.arange(6).reshape(2, 3)\nnp.save('/kaggle/working/a.npy', a)\n"
        "np.savez('/kaggle/working/b.npz', a=a)\nnp.savetxt('c.txt', a, fmt='%d')",
        "print(np.load('a.npy').sum(), np.load('/kaggle/working/b.npz')['a'].shape, np.loadtxt('/kaggle/working/c.txt'))",
        "m = np.memmap('/kaggle/temp/m.dat', dtype='float32', mode='w+', shape=(2, 2))\nm[:] = 1\nm.flush()\n"
        "np.fromfile('/kaggle/temp/m.dat', dtype='float32')",
    ), needs=("numpy",), varies=("b.npz",)),
    Case("writefile", (
        "%%writefile helper.py\ndef double(x):\n    return 2 * x\n\nif __name__ == '__main__':\n"
        "    import sys\n    print(sys.argv[1:], __file__)",
        "from helper import double\ndouble(21)",
        "!python helper.py --data /kaggle/input/competitions/titanic",
        "%run helper.py --epochs 1",
        "import helper, inspect\nprint(inspect.getsourcefile(helper), helper.__file__)",
    ), TITANIC),
    Case("training-script", (
        "%%writefile /kaggle/working/train.py\nimport argparse, json, os\np = argparse.ArgumentParser()\n"
        "p.add_argument('--data')\np.add_argument('--out')\na = p.parse_args()\nos.makedirs(a.out)\n"
        "rows = sum(1 for _ in open(os.path.join(a.data, 'train.csv')))\n"
        "json.dump({'rows': rows, 'data': a.data, 'here': os.getcwd()}, open(os.path.join(a.out, 'm.json'), 'w'))",
        "!python train.py --data /kaggle/input/competitions/titanic --out=/kaggle/working/model",
        "print(open('/kaggle/working/model/m.json').read())",
    ), TITANIC),
    Case("bash-cell", (
        "%%bash\nset -eu\ncat /kaggle/input/datasets/awa/voices/audio/*.txt | wc -l > /kaggle/working/lines.txt\n"
        "for f in /kaggle/input/datasets/awa/voices/audio/*; do basename $f; done\npwd",
        "print(open('lines.txt').read())",
        "%%bash --out listing\nls /kaggle/working",
        "print(listing)",
    ), _VOICES),
    Case("bash-cell-fails", (
        "print('before')",
        "%%bash\ncat /kaggle/input/datasets/awa/voices/nothing.txt\n",
    ), _VOICES, "CalledProcessError"),
    Case("shell-script", (
        "!bash /kaggle/input/datasets/awa/tools/run.sh",
        "print(open('/kaggle/working/made.txt').read())",
    ), {"datasets/awa/tools/run.sh": "echo made > /kaggle/working/made.txt\n"}, limit=TEXT),
    Case("pools", (
        "%%writefile work.py\ndef length(path):\n    return len(open(path).read())",
        "from multiprocessing import Pool\nfrom glob import glob\nfrom work import length",
        "with Pool(2) as pool:\n    print(pool.map(length, sorted(glob('/kaggle/input/datasets/awa/voices/audio/*'))))",
        "from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(2) as pool:\n    print(sum(pool.map(length, glob('/kaggle/input/datasets/*/*/audio/*'))))",
        "import multiprocessing as mp\nctx = mp.get_context('spawn')\n"
        "with ctx.Pool(1) as pool:\n    print(pool.map(length, ['/kaggle/input/datasets/awa/voices/labels.csv']))",
    ), _VOICES),
    Case("change-folder", (
        "import os\nos.chdir('/kaggle/temp')\nopen('scratch.txt', 'w').write('x')\nprint(os.getcwd())",
        "%cd /kaggle/input/datasets/awa/voices\n%ls audio",
        "print(sorted(os.listdir()), open('../voices/labels.csv').readline())",
        "os.chdir('/kaggle/working')\nprint(os.path.exists('scratch.txt'), os.path.abspath('x'), os.path.relpath('/kaggle/input'))",
    ), _VOICES),
    Case("models", (
        "import json\nM = '/kaggle/input/models/awa/tiny/pytorch/base/1'\nconfig = json.load(open(f'{M}/config.json'))\nconfig",
        "import os\nprint(os.path.getsize(f'{M}/model.safetensors'), os.listdir('/kaggle/input/models/awa/tiny'))",
    ), {"models/awa/tiny/pytorch/base/1/config.json": '{"hidden": 8}',
        "models/awa/tiny/pytorch/base/1/model.safetensors": b"\0" * 64}),
    Case("kernel-output", (
        "import pandas as pd\nfeatures = pd.read_csv('/kaggle/input/notebooks/awa/make-features/features.csv')\nfeatures",
        "(features * 2).to_csv('doubled.csv')",
    ), {"notebooks/awa/make-features/features.csv": "a,b\n1,2\n3,4\n"}, needs=_PANDAS),
    Case("module-in-a-dataset", (
        "import sys\nsys.path.append('/kaggle/input/datasets/awa/library/src')\nimport mine\nprint(mine.ONE, mine.__file__)",
        "import importlib.resources, mine.data\nprint(importlib.resources.files('mine.data').joinpath('words.txt').read_text())",
    ), {"datasets/awa/library/src/mine/__init__.py": "ONE = 1\n",
        "datasets/awa/library/src/mine/data/__init__.py": "",
        "datasets/awa/library/src/mine/data/words.txt": "sannu\n"}),
    Case("copy-then-change", (
        "import shutil\nshutil.copytree('/kaggle/input/datasets/awa/voices', '/kaggle/working/voices')",
        "with open('/kaggle/working/voices/labels.csv', 'a') as f:\n    f.write('c.txt,1\\n')",
        "!cp -r /kaggle/input/datasets/awa/voices/audio more && echo x >> more/a.txt && cat more/a.txt",
        "import os\nos.remove('voices/audio/a.txt')\nprint(sorted(os.listdir('voices/audio')))",
    ), _VOICES),
    Case("environment", (
        "import os\nIN_KAGGLE = os.environ.get('KAGGLE_KERNEL_RUN_TYPE', '') != ''\nprint(IN_KAGGLE, os.environ['KAGGLE_KERNEL_RUN_TYPE'])",
        "DATA = '/kaggle/input/competitions/titanic' if os.path.exists('/kaggle/input') else 'data'\n"
        "print(DATA, os.path.isdir(DATA), os.environ['HOME'], os.path.expanduser('~/x'))",
        "%env SEED=7\nprint(os.getenv('SEED'))\n!echo $SEED",
    ), TITANIC, limit=HOME),
    Case("own-links", (
        "import os\nos.symlink('/kaggle/input/datasets/awa/voices', 'data')\nprint(sorted(os.listdir('data')))",
        "print(os.readlink('data'), os.path.realpath('data/labels.csv'), os.path.islink('data'))",
        "!ln -s /kaggle/input/datasets/awa/voices/audio audio && cat audio/a.txt",
    ), _VOICES),
    Case("log-file", (
        "import logging\nlogging.basicConfig(filename='/kaggle/working/train.log', format='%(message)s', level='INFO', force=True)\n"
        "logging.info('epoch 1')",
        "print(open('train.log').read())",
    )),
    Case("temporary", (
        "import tempfile, os\nwith tempfile.TemporaryDirectory() as d:\n    open(os.path.join(d, 'x'), 'w').write('1')\n    print(os.listdir(d))",
        "open('/tmp/nbship-worlds.txt', 'w').write('here')\n!cat /tmp/nbship-worlds.txt && rm /tmp/nbship-worlds.txt",
    )),
    Case("async-and-display", (
        "import asyncio\nawait asyncio.sleep(0)\nasyncio.get_running_loop().is_running()",
        "from IPython.display import HTML, Markdown, display\ndisplay(HTML('<b>x</b>'))\nMarkdown('# y')",
        "%%capture timing\nimport warnings\n%time warnings.warn('old')",
        "%%capture out\nprint('hidden')",
        "print(out.stdout)",
    )),
    Case("names-with-accents", (
        "import os, shutil\nprint(sorted(os.listdir('/kaggle/input/datasets/awa/hausa')))",
        "print(open('/kaggle/input/datasets/awa/hausa/ƙwarai da gaske.txt', encoding='utf-8').read())",
        "shutil.copy('/kaggle/input/datasets/awa/hausa/ƙwarai da gaske.txt', 'ɗan.txt')",
        "!ls '/kaggle/input/datasets/awa/hausa' && cat /kaggle/input/datasets/awa/hausa/ƙwarai*",
    ), {"datasets/awa/hausa/ƙwarai da gaske.txt": "ɓa\n"}),
    Case("offline-wheel", (
        "!pip install --no-index --find-links=/kaggle/input/datasets/awa/wheels mine -q",
        "import mine\nprint(mine.ONE)",
    ), {"datasets/awa/wheels/mine-1.0-py3-none-any.whl": _wheel()},
        installs=True),
    Case("secret", (
        "from kaggle_secrets import UserSecretsClient\ntoken = UserSecretsClient().get_secret('HF_TOKEN')\nprint(bool(token))",
    ), network=True, secrets=("HF_TOKEN",)),
    Case("secret-that-is-not-attached", (
        "from kaggle_secrets import UserSecretsClient\nUserSecretsClient().get_secret('WANDB')",
    ), error="BackendError", network=True, secrets=("HF_TOKEN",)),
    Case("exit-zero", ("print('all done')", "import sys\nsys.exit(0)", "open('never.txt', 'w')")),
    Case("error-that-is-expected", ("1 / 0", "open('after.txt', 'w').write('x')"),
         error="ZeroDivisionError", tags={0: "raises-exception"}),
    Case("package-that-is-missing", (
        "try:\n    import polars_that_nobody_has\nexcept ImportError:\n    !pip install polars-that-nobody-has -q 2> /dev/null",
        "import polars_that_nobody_has",
    ), error="ModuleNotFoundError", installs=True),
    Case("unpinned-import", ("import numpy as np", "from segmentation_models_nobody_has import Unet\n"),
         error="ModuleNotFoundError"),
    Case("no-network", (
        "import urllib.request\nurllib.request.urlopen('https://raw.githubusercontent.com/awa/data/main/a.csv', timeout=5)",
    ), error="URLError"),
    Case("no-network-shell", (
        "!git clone -q https://github.com/awa/voice-nets.git 2> /dev/null\n%cd voice-nets",
        "from voice_nets import net",
    ), error="ModuleNotFoundError"),
    Case("typo-in-a-name", (
        "import pandas as pd\npd.read_csv('/kaggle/input/competitions/titanic/Train.csv')",
    ), TITANIC, "FileNotFoundError", needs=_PANDAS),
    Case("typo-in-a-folder", ("open('/kaggle/input/datasets/awa/voice/labels.csv')",), _VOICES, "FileNotFoundError"),
    Case("only-in-a-sub-folder", (
        "for name in ('b.txt', 'a.txt'):\n    print(open(f'/kaggle/input/datasets/awa/voices/{name}').read())",
    ), _VOICES, "FileNotFoundError"),
    Case("write-to-an-input", (
        "import pandas as pd\ndf = pd.read_csv('/kaggle/input/datasets/awa/voices/labels.csv')",
        "df.to_csv('/kaggle/input/datasets/awa/voices/fixed.csv')",
    ), _VOICES, "OSError", needs=_PANDAS),
    Case("write-to-input", ("open('/kaggle/input/made.txt', 'w')",), _VOICES, "OSError"),
    Case("move-an-input", (
        "import shutil\nshutil.move('/kaggle/input/datasets/awa/voices/labels.csv', '/kaggle/working/')",
    ), _VOICES, "OSError"),
    Case("shell-writes-to-an-input", (
        "!touch /kaggle/input/datasets/awa/voices/new.txt",
        "assert 'new.txt' in __import__('os').listdir('/kaggle/input/datasets/awa/voices')",
    ), _VOICES, "AssertionError", limit=WRITES),
    Case("make-a-folder-in-an-input", (
        "from pathlib import Path\nPath('/kaggle/input/datasets/awa/voices/cache').mkdir()",
    ), _VOICES, "OSError"),
    Case("no-such-folder", (
        "import pandas as pd\npd.DataFrame({'a': [1]}).to_csv('results/out.csv')",
    ), error="OSError", needs=_PANDAS),
    Case("no-such-folder-for-a-picture", (
        "import matplotlib.pyplot as plt\nplt.plot([1])\nplt.savefig('/kaggle/working/figures/a.png')",
    ), error="FileNotFoundError", needs=("matplotlib",)),
    Case("script-that-fails", (
        "%%writefile bad.py\nraise SystemExit(3)",
        "import subprocess, sys\nsubprocess.run([sys.executable, 'bad.py'], check=True, cwd='/kaggle/working')",
    ), error="CalledProcessError"),
    Case("shell-that-fails-goes-on", (
        "!cp /kaggle/input/datasets/awa/voices/nothing.txt .",
        "print(open('nothing.txt').read())",
    ), _VOICES, "FileNotFoundError"),
    Case("exit-one", ("open('before.txt', 'w').write('x')", "import sys\nsys.exit(1)"), error="SystemExit"),
    Case("no-file-name", ("import os\nHERE = os.path.dirname(os.path.abspath(__file__))",), error="NameError"),
    Case("input-of-a-person", ("name = input('Name: ')",), error="StdinNotImplementedError"),
    Case("kernel-dies", ("open('/kaggle/working/early.txt', 'w').write('x')", "import os\nos._exit(1)"),
         error="Kernel died"),
    Case("no-such-magic", ("%no_such_magic 1",), error="UsageError"),
    Case("assertion-in-a-function", (
        "def load(path):\n    rows = open(path).read().splitlines()\n    assert len(rows) > 9, f'{path} is short'\n    return rows",
        "x = 1\n\nload('/kaggle/input/competitions/titanic/test.csv')\n",
    ), TITANIC, "AssertionError"),
    Case("chained", (
        "try:\n    open('/kaggle/input/competitions/titanic/x')\nexcept OSError as e:\n"
        "    raise RuntimeError(f'no data in {e.filename}') from e",
    ), TITANIC, "RuntimeError"),
)  # fmt: skip
