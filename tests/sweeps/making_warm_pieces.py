"""The pieces of which the sweep of warm kernels makes notebooks: source text, by name."""

from collections.abc import Mapping

# The pieces that run to their end, by their names. A line ``# %%`` divides cells.
PIECES: Mapping[str, str] = {
    # What is printed and shown.
    "prints": "for i in range(NUMBER % 50 + 1):\n    print(i, 'é' * i)\nprint('no end', end='')",
    "streams": (
        "import os, sys\nprint('out', flush=True)\nprint('err', file=sys.stderr, flush=True)\n"
        # ipykernel reads it in a thread: what it reads after the end of the cell is lost.
        "# %%\nimport time\nos.write(1, b'to descriptor 1\\n')\ntime.sleep(0.5)\n"
        "# %%\nos.write(2, b'to descriptor 2\\n')\ntime.sleep(0.5)\n"
        "# %%\nprint(sys.stdout.isatty(), sys.stdout.encoding, sys.stdin.isatty())"
    ),
    "long": "print('x' * 300_000)\nfor i in range(2000):\n    print(i)",
    "warnings": (
        "import warnings\nwarnings.warn('a', UserWarning)\nwarnings.warn('d', DeprecationWarning)\n"
        "# %%\nfor _ in range(2):\n    warnings.warn('r', RuntimeWarning)\n"
        "# %%\nwarnings.simplefilter('error')\ntry:\n    warnings.warn('e')\n"
        "except UserWarning as error:\n    print(repr(error))\nwarnings.resetwarnings()"
    ),
    "filters": (
        "import warnings\n"
        "print([(f[0], f[1] and f[1].pattern, f[2].__name__, f[3], f[4])"
        " for f in warnings.filters if f[2].__module__ == 'builtins'"
        " and 'numpy' not in str(f[1])])"  # a library of a later cell is there from the first on
    ),
    "display": (
        "from IPython.display import HTML, Markdown, clear_output, display, update_display\n"
        "display(HTML('<b>NUMBER</b>'), Markdown('*x*'))\nh = display('first', display_id='d')\n"
        "h.update('second')\n# %%\nprint('gone')\nclear_output()\nprint('stays')\n"
        "# %%\n{'a': {NUMBER, 1}, 'b': [None] * 3}\n# %%\nclass Shown:\n"
        "    def _repr_html_(self):\n        return '<i>x</i>'\nShown()"
    ),
    "history": "In[-1][:5], len(Out) >= 0, _ is not None\n# %%\n1 + NUMBER\n# %%\n_ + 1",
    # Libraries.
    "numpy": (
        "import numpy as np\nrng = np.random.default_rng(NUMBER)\nx = rng.normal(size=(50, 50))\n"
        "np.random.seed(NUMBER)\nprint(np.random.rand(3), (x @ x.T).trace().round(6))\n"
        "# %%\nnp.linalg.eigvalsh(x + x.T)[:3].round(6)\n# %%\nnp.array([1.0]) / 0\n"
        "# %%\nprint(np.geterr(), np.get_printoptions()['precision'])"
    ),
    "wide": (
        "import numpy as np\na = np.ones((700, 700))\nprint((a @ a).sum())\n"
        "print(len(__import__('os').listdir('/proc/self/task')) > 1)"
    ),
    "pandas": (
        "import numpy as np\nimport pandas as pd\n"
        "df = pd.DataFrame({'a': range(5), 'b': list('vwxyz')})\ndf\n"
        "# %%\nprint(df.describe(), pd.get_option('display.max_rows'))\n"
        "# %%\ndf.to_csv('frame.csv')\npd.read_csv('frame.csv').groupby('b').sum()"
    ),
    "figure": (
        "import matplotlib.pyplot as plt\nplt.plot([1, NUMBER % 9, 2])\nplt.title('t')\nplt.show()\n"
        "# %%\nfig, ax = plt.subplots()\nax.bar([1, 2], [3, NUMBER % 5])\nfig.savefig('figure.png')\n"
        "# %%\nimport matplotlib\nprint(matplotlib.get_backend(), plt.get_fignums(),"
        " matplotlib.rcParams['figure.dpi'])"
    ),
    "inline": (
        "# %matplotlib inline\nimport matplotlib.pyplot as plt\nplt.style.use('ggplot')\n"
        "plt.rcParams['figure.figsize'] = (3, 2)\nplt.scatter([1, 2], [NUMBER % 7, 1]);\n"
        "# %%\nplt.figure()\nplt.hist([1, 1, 2])\nNone\n"
        "# %%\n# %config InlineBackend.figure_format = 'svg'\nplt.plot([1]);\nplt.close('all')"
    ),
    "agg": (
        "import matplotlib\nmatplotlib.use('Agg')\nimport matplotlib.pyplot as plt\n"
        "plt.plot([1, 2])\nplt.savefig('agg.png')\nprint(matplotlib.get_backend())\nplt.show()"
    ),
    "rc-file": (
        "from pathlib import Path\nPath('matplotlibrc').write_text('lines.linewidth: 7')\n"
        "import matplotlib\nprint(matplotlib.rcParams['lines.linewidth'],"
        " matplotlib.matplotlib_fname().endswith('working/matplotlibrc'))"
    ),
    "widgets": (
        "try:\n    import ipywidgets\n    print(ipywidgets.IntSlider(3).value)\n"
        "except ImportError as error:\n    print(error)"
    ),
    "comm": (
        "from comm import create_comm\ncomm = create_comm(target_name='t', data={'n': NUMBER})\n"
        "comm.send({'x': 1})\ncomm.close()\nprint(type(comm).__module__)"
    ),
    "absent": (
        "for name in ('torch', 'tensorflow', 'not_there_NUMBER'):\n    try:\n"
        "        __import__(name)\n    except ImportError as error:\n"
        "        print(type(error).__name__, error)"
    ),
    # Randomness.
    "seeded": "import random\nrandom.seed(NUMBER)\nprint([random.randrange(99) for _ in range(9)])",
    "chance": (
        "import random, secrets, tempfile, uuid\nimport numpy as np\nfrom pathlib import Path\n"
        "Path('/kaggle/working/random.txt').write_text(' '.join(map(str, (\n"
        "    random.random(), np.random.rand(), np.random.default_rng().random(), uuid.uuid4(),\n"
        "    uuid.uuid1(), secrets.token_hex(), tempfile.mktemp(), random.SystemRandom().random(),\n"
        "    np.random.RandomState().rand(), random.Random().random()))))\nNone"
    ),
    # Processes and threads.
    "threads": (
        "import threading\nfrom concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(3) as pool:\n    print(list(pool.map(lambda x: x * x, range(9))))\n"
        "print(threading.current_thread() is threading.main_thread(),"
        " threading.main_thread().ident == threading.get_ident())\n"
        "# %%\nthreading.Thread(target=print, args=('from a thread',)).start()\n"
        "import time; time.sleep(0.2)"
    ),
    # A plain kernel has one that looks whether its parent has ended.
    "thread-names": "import threading\nprint(sorted(t.name for t in threading.enumerate()"
    " if t.name != 'Thread-1'))",
    "daemon": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(600,), daemon=True).start()"
    ),
    "late-thread": (
        "import threading, time\ndef late():\n    time.sleep(0.3)\n"
        "    open('/kaggle/working/late.txt', 'w').write('late')\n"
        "threading.Thread(target=late).start()"
    ),
    "pool-fork": (
        "import multiprocessing\ndef double(x):\n    return 2 * x\n"
        "with multiprocessing.get_context('fork').Pool(2) as pool:\n"
        "    print(pool.map(double, range(5)))"
    ),
    "pool-spawn": (
        "from pathlib import Path\nPath('in_the_pool.py').write_text("
        "'import os, sys\\ndef double(x):\\n    return 2 * x, os.getcwd()\\n')\n"
        "import multiprocessing, in_the_pool\n"
        "with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "    print(pool.map(in_the_pool.double, range(3)))"
    ),
    "executor": (
        "from concurrent.futures import ProcessPoolExecutor\n"
        "with ProcessPoolExecutor(2) as pool:\n    print(list(pool.map(abs, [-1, 2, -3])))"
    ),
    "manager": (
        "import multiprocessing\nwith multiprocessing.Manager() as manager:\n"
        "    shared = manager.dict(a=1)\n    shared['b'] = NUMBER\n    print(dict(shared))"
    ),
    "shared": (
        "from multiprocessing import shared_memory\n"
        "memory = shared_memory.SharedMemory('same', create=True, size=64)\n"
        "memory.buf[:2] = b'ab'\nprint(bytes(memory.buf[:2]))\nmemory.close()\nmemory.unlink()\n"
        "# %%\nimport os\nopen('/dev/shm/NUMBER', 'w').close()\nprint(sorted(os.listdir('/dev/shm')))"
    ),
    "left": (
        "import subprocess, sys\nsubprocess.Popen([sys.executable, '-c',"
        " 'import time; time.sleep(600)'], start_new_session=True)\n"
        "subprocess.Popen(['sh', '-c', 'sleep 600 & sleep 600'])\nprint('left')"
    ),
    "programs": (
        "import subprocess, sys\nprint(subprocess.run(['sh', '-c', 'echo a; echo b >&2; exit 3'],"
        " capture_output=True))\nprint(subprocess.check_output([sys.executable, '-c',"
        " 'import os, sys; print(os.getcwd(), sys.path[0], len(sys.argv))'], text=True))"
    ),
    "fork": (
        "import os\npid = os.fork()\nif not pid:\n    os._exit(7)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    ),
    "children": "import os\ntry:\n    os.waitpid(-1, os.WNOHANG)\nexcept OSError as e:\n    print(e)",
    "descriptors": (
        "import os\nprint(sorted({os.readlink(f'/proc/self/fd/{fd}').partition(':')[0]"
        " for fd in os.listdir('/proc/self/fd') if os.path.lexists(f'/proc/self/fd/{fd}')}"
        " - {'/dev/null', 'socket', 'pipe', 'anon_inode'} - {f'/proc/{os.getpid()}/fd'}))"
    ),
    "processes": (
        "import os\nprint(sum(name.isdigit() for name in os.listdir('/proc')),"
        " os.getsid(0) == os.getpid(), os.getpgid(0) == os.getpid())"
    ),
    # Signals, limits, the state of the interpreter.
    "signals": (
        "import signal\nprint({s.name: getattr(signal.getsignal(s), '__name__', signal.getsignal(s))"
        " for s in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD, signal.SIGPIPE, signal.SIGALRM)})\n"
        "print(signal.pthread_sigmask(signal.SIG_BLOCK, []), signal.getitimer(signal.ITIMER_REAL))\n"
        "# %%\ndef ring(*_):\n    print('rings')\nsignal.signal(signal.SIGALRM, ring)\n"
        "signal.setitimer(signal.ITIMER_REAL, 0.05)\nsignal.pause()\n"
        "# %%\nsignal.signal(signal.SIGALRM, signal.SIG_DFL)"
    ),
    "limits": (
        "import resource\nprint([resource.getrlimit(x) for x in (resource.RLIMIT_NOFILE,"
        " resource.RLIMIT_AS, resource.RLIMIT_CORE, resource.RLIMIT_STACK)])"
    ),
    "recursion": (
        "import sys\nprint(sys.getrecursionlimit())\nsys.setrecursionlimit(2000)\n"
        "def deep(n):\n    return n and deep(n - 1)\nprint(deep(1500))\n"
        "# %%\ntry:\n    deep(5000)\nexcept RecursionError as error:\n    print(error)"
    ),
    "interpreter": (
        "import gc, sys\nprint(gc.isenabled(), gc.get_threshold(), gc.get_debug(), gc.callbacks)\n"
        "print(sys.flags, sys.getswitchinterval(), sys.dont_write_bytecode, sys.tracebacklimit"
        " if hasattr(sys, 'tracebacklimit') else None)\nprint(sys.gettrace(), sys.getprofile(),"
        " sys.excepthook.__module__, sys.displayhook is not sys.__displayhook__)\n"
        "# %%\nprint(sys.path, sys.argv[0], len(sys.argv), sys.executable, sys.prefix, __name__)\n"
        "print([type(f).__name__ if not isinstance(f, type) else f.__name__ for f in sys.meta_path],"
        " len(sys.path_hooks), sys.warnoptions, sys.pycache_prefix)"
    ),
    "collector": (
        "import gc, weakref\nclass Node:\n    pass\na = Node()\na.own = a\n"
        "weakref.finalize(a, print, 'collected')\ndel a\ngc.collect() >= 0\n"
        "# %%\ngc.disable()\nprint(gc.isenabled())\ngc.enable()"
    ),
    "modules": (
        "import sys\nprint(sorted(name for name in ('attr', 'click', 'jsonschema', 'nbclient',"
        " 'nbformat', 'nbship', 'papermill', 'requests', 'tenacity', 'tqdm', 'urllib3',"
        " 'forks', 'namespaces', 'zygote', 'launcher') if name in sys.modules))\n"
        "print(sys.modules['__main__'].__name__, hasattr(sys.modules['__main__'], '__file__'))"
    ),
    "reimports": (
        "import attr, click, jsonschema, nbformat, requests, tqdm, urllib3, yaml, rpds\n"
        "print(yaml.safe_load('a: [1, 2]'), attr.s, requests.Session().max_redirects)\n"
        "print(rpds.HashTrieMap({'a': 1})['a'], yaml.__with_libyaml__)\n"
        "jsonschema.validate(1, {'type': 'integer'})\n"
        "print(nbformat.v4.new_notebook()['nbformat'])"
    ),
    "local-names": (
        "from pathlib import Path\nfor name in ('tenacity', 'requests', 'entrypoints'):\n"
        "    Path(f'/kaggle/working/{name}.py').write_text('MINE = True')\n"
        "import sys\nsys.path.insert(0, '/kaggle/working')\n"
        "import entrypoints, requests, tenacity\n"
        "print(*(getattr(m, 'MINE', m.__file__) for m in (entrypoints, requests, tenacity)))"
    ),
    "progress": (
        "import os\nos.environ['TQDM_DISABLE'] = '1'\ntry:\n    from tqdm import tqdm\n"
        "    print(list(tqdm(range(3))))\nexcept ImportError as error:\n    print(error)"
    ),
    "reload": (
        "from pathlib import Path\nPath('again.py').write_text('X = 1')\nimport again\nprint(again.X)\n"
        "# %%\nimport importlib\nPath('again.py').write_text('XX = 22')\n"
        "importlib.invalidate_caches()\nimportlib.reload(again)\nprint(again.XX, again.X)\n"
        "# %%\n# %load_ext autoreload\n# %autoreload 2\n"
        "# %%\nimport json\nprint(importlib.reload(json).dumps([1]))"
    ),
    "bundled": "import words\nprint(words.greet(NUMBER), words.__file__.endswith('words.py'))",
    "source": (
        "import inspect\ndef f(x):\n    # a comment\n    return x\nprint(inspect.getsource(f))\n"
        "import words\nprint(inspect.getsource(words.greet))"
    ),
    "pickled": (
        "import pickle\nclass Thing:\n    def __init__(self, x):\n        self.x = x\n"
        "print(pickle.loads(pickle.dumps(Thing(NUMBER))).x, Thing.__module__)\n"
        "# %%\nimport copy, __main__\nprint(copy.deepcopy(Thing(1)).x, __main__.Thing is Thing)"
    ),
    "logging": (
        "import logging\nlogging.warning('w')\nlogging.getLogger('a.b').error('e')\n"
        "print(logging.root.handlers and 'handled', logging.root.level, logging.raiseExceptions)\n"
        "# %%\nlogging.basicConfig(level=logging.INFO, format='%(levelname)s:%(message)s',"
        " force=True)\nlogging.info('n %s', NUMBER)\nlogging.getLogger('x').debug('no')"
    ),
    "logging-first": (
        "import logging\nlogging.basicConfig(level=logging.INFO, format='%(name)s|%(message)s')\n"
        "logging.getLogger('mine').info('told')"
    ),
    "surroundings": (
        "import locale, os, time\nprint(locale.getlocale(), locale.setlocale(locale.LC_ALL))\n"
        "print(time.tzname, time.strftime('%Z'))\nprint(os.getcwd(), os.umask(0o22), os.nice(0))\n"
        "print(sorted(n for n in os.environ if n not in ('JPY_PARENT_PID',"
        " 'JUPYTER_DEFAULT_PROVISIONER_NAME', 'NBSHIP_RUN')))\n"
        "# %%\nos.environ['TZ'] = 'Asia/Tokyo'\ntime.tzset()\nprint(time.tzname)\n"
        "# %%\n# %env WORD=NUMBER\n# !echo $WORD $HOME\n"
        "# %%\ndel os.environ['TZ'], os.environ['WORD']\ntime.tzset()\nprint(time.tzname)"
    ),
    "folders": (
        "import os\nos.makedirs('/kaggle/temp/a', exist_ok=True)\nos.chdir('/kaggle/temp/a')\n"
        "open('there', 'w').write('x')\n# !pwd; ls\n"
        "# %%\nos.chdir('/kaggle/working')\n# %pwd\n"
        "# %%\nprint(sorted(os.listdir('/')), sorted(os.listdir('/kaggle')))"
    ),
    "shell": (
        "# !ls -a /kaggle/working | head -3\n# %%\nlines = get_ipython().getoutput('seq 2')\n"
        'print(lines)\n# %% language="bash"\necho $0; exit 0'
    ),
    "magics": (
        "# %time sum(range(NUMBER))\n# %%\n# %who_ls\n# %%\n# %pip --version\n"
        "# %%\n# %lsmagic\n# %%\n# %precision 3\n3.14159265\n# %%\n# %precision"
    ),
    "async": (
        "import asyncio\nasync def later(x):\n    await asyncio.sleep(0.01)\n    return x\n"
        "print(await asyncio.gather(*(later(i) for i in range(4))))\n"
        "# %%\nprint(type(asyncio.get_running_loop()).__name__)\n"
        "try:\n    asyncio.run(later(1))\nexcept RuntimeError as error:\n    print(error)\n"
        "# %%\ntask = asyncio.create_task(later(NUMBER))\n# %%\nprint(await task)"
    ),
    # Files and other things outside.
    "files": (
        "from pathlib import Path\nfor place in ('/kaggle/working', '/kaggle/temp', '/tmp'):\n"
        "    Path(place, 'NUMBER.txt').write_text('NUMBER')\n"
        "Path('sub/deep').mkdir(parents=True, exist_ok=True)\n"
        "Path('sub/deep/x.bin').write_bytes(bytes(range(256)))\n"
        "Path('NUMBER.link').symlink_to('sub')\nprint(oct(Path('sub').stat().st_mode))"
    ),
    "open": (
        "left_open = open('/kaggle/working/open.txt', 'w')\nleft_open.write('all of it' * 99)\nNone"
    ),
    "at-exit": (
        "import atexit\n@atexit.register\ndef last():\n"
        "    with open('/kaggle/working/last.txt', 'w') as file:\n        file.write('last')"
    ),
    "deleted": (
        "class Last:\n    def __del__(self, open=open):\n"
        "        with open('/kaggle/working/deleted.txt', 'w') as file:\n            file.write('x')\n"
        "last_one = Last()"
    ),
    "temporary": (
        "import tempfile\nprint(tempfile.gettempdir())\nkept = tempfile.TemporaryDirectory()\n"
        "with tempfile.NamedTemporaryFile() as file:\n    print(file.name.startswith('/tmp/'))"
    ),
    "sqlite": (
        "import sqlite3\nbase = sqlite3.connect('/kaggle/working/base.db')\n"
        "base.execute('CREATE TABLE IF NOT EXISTS t (x)')\nbase.execute('INSERT INTO t VALUES (1)')\n"
        "base.commit()\nprint(base.execute('SELECT x FROM t').fetchall())\nbase.close()\n"
        "# %%\nfrom pathlib import Path\nPath('base.db').unlink()"
    ),
    "sockets": (
        "import socket\nserver = socket.create_server(('127.0.0.1', 8765))\n"
        "client = socket.create_connection(('127.0.0.1', 8765))\nclient.sendall(b'hello')\n"
        "print(server.accept()[0].recv(5), socket.gethostname() != '')\n"
        "# %%\ntry:\n    socket.create_connection(('192.0.2.1', 80), 0.3)\n"
        "except OSError as error:\n    print(type(error).__name__, error)"
    ),
    "http": (
        "import http.server, threading, urllib.request\n"
        "class Quiet(http.server.SimpleHTTPRequestHandler):\n"
        "    def log_message(self, *_):\n        pass\n"
        "server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Quiet)\n"
        "threading.Thread(target=server.serve_forever, daemon=True).start()\n"
        "address = f'http://127.0.0.1:{server.server_port}/'\n"
        "print(urllib.request.urlopen(address).status)\nserver.shutdown()"
    ),
    "large": "block = bytearray(200 << 20)\nblock[::4096] = b'x' * len(block[::4096])\nlen(block)",
    "input": "try:\n    input('?')\nexcept Exception as error:\n    print(type(error).__name__, error)",
    "parent": (
        "import os\ntry:\n    os.kill(os.getppid(), 0)\n    print('there')\n"
        "except OSError as error:\n    print(error)"
    ),
    "caught": (
        "import traceback\ntry:\n    {}['NUMBER']\nexcept KeyError:\n    traceback.print_exc()\n"
        "# %%\ntry:\n    try:\n        1 / 0\n    except ZeroDivisionError as e:\n"
        "        raise ValueError('v') from e\nexcept ValueError as e:\n"
        "    print(len(traceback.format_exception(e)), repr(e.__cause__))"
    ),
    "exit-inside": "try:\n    raise SystemExit(3)\nexcept SystemExit as error:\n    print(error.code)",
    "namespace": "print(sorted(n for n in dir() if not n.startswith('_'))[:9], 'NUMBER' in dir())",
    "hash": "print(len({hash(str(i)) % 7 for i in range(999)}), hash(NUMBER), hash(1.5))",
    "decimal": "import decimal\nprint(decimal.getcontext().prec, decimal.Decimal(1) / 7)",
    "ctypes": "import ctypes\nprint(ctypes.CDLL(None).getpid() == __import__('os').getpid())",
    "context": "import contextvars\nprint(len(contextvars.copy_context()) < 20)",
    "completer": "print(get_ipython().complete('pri')[1][:1], type(get_ipython()).__name__)",
    "debugger": "import pdb\nprint(pdb.Pdb.__name__, breakpoint.__name__)",
    "kernel": (
        "kernel = get_ipython().kernel\nprint(type(kernel).__name__, kernel.implementation,"
        " sorted(kernel.banner.splitlines()[:1]))\n"
        "# %%\nfrom ipykernel.connect import get_connection_info\n"
        "print('transport' in get_connection_info(unpack=True))"
    ),
}
# The pieces that end a notebook, and so come last.
ENDS: Mapping[str, str] = {
    "error": "def f(x):\n    return 1 / x\nf(0)",
    "nested": (
        "try:\n    {}['a']\nexcept KeyError as error:\n    raise RuntimeError('of NUMBER') from error"
    ),
    "group": "raise ExceptionGroup('many', [ValueError(1), TypeError(2)])",
    "own-error": (
        "class Own(Exception):\n    def __str__(self):\n        return 'mine: NUMBER'\nraise Own"
    ),
    "broken-error": "class Bad(Exception):\n    def __str__(self):\n        raise ValueError\nraise Bad",
    "in-module": "import words\nwords.greet(None)",
    "in-library": "import json\njson.loads('{')",
    "syntax": "eval('1 +')",
    "exec": "exec('x = (', {})",
    "assertion": "assert NUMBER < 0, 'is positive'",
    "import": "import not_there_at_all",
    "exit": "import sys\nsys.exit(3)",
    "exit-text": "import sys\nsys.exit('why NUMBER')",
    "exit-zero": "import sys\nsys.exit(0)",
    "quit": "quit()",
    "die": "import os\nos._exit(3)",
    "die-well": "import os\nos._exit(0)",
    "kill": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "abort": "import os\nos.abort()",
    "terminate": "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nimport time\ntime.sleep(5)",
    "segfault": "import ctypes\nctypes.string_at(0)",
    "interrupt": "raise KeyboardInterrupt",
    "interrupted": "import signal, time\nsignal.raise_signal(signal.SIGINT)\ntime.sleep(5)",
    "async-error": "import asyncio\nawait asyncio.sleep(0)\nraise LookupError('after')",
    "shell-error": '# %% language="bash"\nexit 4',
    "recursive": "def r():\n    return r() + 1\nr()",
    "unicode": "raise ValueError('ünïcode \\udcff NUMBER')",
    "memory": "import resource\nresource.setrlimit(resource.RLIMIT_AS, (1 << 31, 1 << 31))\n"
              "bytes(1 << 33)",
    "child-error": (
        "from concurrent.futures import ProcessPoolExecutor\n"
        "with ProcessPoolExecutor(1) as pool:\n    pool.submit(int, 'x').result()"
    ),
    "warning-error": "import warnings\nwarnings.simplefilter('error')\nwarnings.warn('w')",
    "generator": "def g():\n    yield 1\n    raise StopIteration\nlist(g())",
    "all-killed": "import os, signal\nos.kill(-1, signal.SIGKILL)",
}  # fmt: skip
