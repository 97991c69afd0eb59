"""More than two hundred sources, each of which must be refused in one line.

`expected.txt` has these lines. By default a case is one source `src_py/bad.py`; its name says what
it tries.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

Files = dict[str, bytes]

BAD = "src_py/bad.py"


@dataclass(frozen=True, slots=True)
class Case:
    """Files by path, links by path, and the text that a second file or folder there needs."""

    name: str
    files: Files
    links: dict[str, str] = field(default_factory=dict)
    folders: tuple[str, ...] = ()
    pipes: tuple[str, ...] = ()


def source(name: str, text: str | bytes) -> Case:
    """Make a case of one source."""
    return Case(name, {BAD: text if isinstance(text, bytes) else text.encode()})


def header(*lines: str, before: str = "", after: str = "\n# %%\nx = 1\n") -> str:
    """Return a source with these lines in its script block."""
    block = "".join(f"# {line}\n" if line else "#\n" for line in lines)
    return f"{before}# %%\n# /// script\n{block}# ///\n{after}"


def kaggle(*lines: str, replace: str = "", **tables: str) -> str:
    """Return a source whose Kaggle table has these additional or replaced lines."""
    own = {"id": 'id = "awa/tiny-kernel"', "title": 'title = "Tiny Kernel"'}
    if replace:
        del own[replace]
    more = [line for name, text in tables.items() for line in (f"[tool.nbship.{name}]", text)]
    return header("[tool.nbship.kaggle]", *own.values(), *lines, *more)


def yaml(*lines: str) -> str:
    """Return a source with a YAML header."""
    return "# ---\n" + "".join(f"# {line}\n" for line in lines) + "# ---\n\n# %%\nx = 1\n"


def cell(code: str) -> str:
    """Return a source with one cell."""
    return f"# %%\n{code}\n"


# --- bytes and characters ---------------------------------------------------------------------

CHARACTERS = {
    "carriage return": "\r", "vertical tab": "\x0b", "form feed": "\x0c", "file separator": "\x1c",
    "group separator": "\x1d", "record separator": "\x1e", "next line": "\x85",
    "line separator": "\u2028", "paragraph separator": "\u2029", "NUL": "\0",
    "byte order mark": "\ufeff",
}  # fmt: skip
PLACES = {
    "a string": "# %%\nprint('a')\n\n# %%\nx = 'a{}b'\n",
    "Markdown": "# %% [markdown]\n# # Title\n# a{}b\n",
    "a marker": "# %% A title{} here\nx = 1\n",
    "the header": header('requires-python = ">=3.11"', "dependencies = []  # {}."),
}


def characters() -> Iterator[Case]:
    """Yield each character that some programs treat as the end of a line and others do not."""
    for name, character in CHARACTERS.items():
        for place, text in PLACES.items():
            yield source(f"{name} in {place}", text.replace("{}", character))


def encodings() -> Iterator[Case]:
    """Yield sources that are not UTF-8 or declare another encoding."""
    text = "# %%\nprint('é')\n"
    yield source("Latin-1", text.encode("latin-1"))
    yield source("UTF-16 with a mark", text.encode("utf-16"))
    yield source("UTF-16 big-endian with a mark", b"\xfe\xff" + text.encode("utf-16-be"))
    yield source("UTF-16 without a mark", "# %%\nx = 1\n".encode("utf-16-le"))
    yield source("UTF-32 with a mark", text.encode("utf-32"))
    yield source("a lone surrogate", b"# %%\nx = '\xed\xa0\x80'\n")
    yield source("an overlong form", b"# %%\nx = '\xc0\xaf'\n")
    yield source("cut in a character", "# %%\nx = 'é".encode()[:-1])
    yield source("beyond Unicode", b"# %%\nx = '\xf5\x80\x80\x80'\n")
    yield source("two byte order marks", b"\xef\xbb\xbf\xef\xbb\xbf# %%\nx = 1\n")
    yield source("a mark before a marker", "# %%\nx = 1\n\n\ufeff# %%\ny = 1\n")
    yield source("binary behind a marker", b"# %%\n" + bytes(range(256)))
    yield source("another encoding named", "# -*- coding: latin-1 -*-\n# %%\nx = 'a'\n")
    yield source("another encoding behind a comment", "# a\n# coding: cp1252\n# %%\nx = 'a'\n")


# --- the script block -------------------------------------------------------------------------

TOML = {
    "no value": "key =", "no quotes": "key = word", "True": "key = True", "None": "key = None",
    "single equals": "= 3", "an open string": 'key = "a', "an open list": "key = [1,",
    "an open table": "[tool.nbship", "a table twice": "[tool]\n# [tool]",
    "a key twice": "requires-python = '>=3.11'\n# requires-python = '>=3.12'",
    "a dotted key over a value": "tool = 3\n# tool.nbship = 4", "an octal of old": "key = 010",
    "a wrong date": "key = 2026-13-01", "a tab for a blank": "key\t=\tword",
    "a lone surrogate escape": r'key = "\ud800"', "an unknown escape": r'key = "\q"',
    "a control character": 'key = "\x07"', "two values": "key = 1 2", "YAML": "key: value",
    "an endless nesting": "key = " + 10_000 * "[", "endless tables": "key = " + 5_000 * "{a=",
}  # fmt: skip


def blocks() -> Iterator[Case]:
    """Yield script blocks that are not TOML, not closed, or not where they belong."""
    for name, text in TOML.items():
        yield source(f"TOML with {name}", header(text))
    yield source("a block that is not closed", "# %%\n# /// script\n# dependencies = []\n\nx = 1\n")
    yield source("a block that ends with the file", "# %%\n# /// script\n# dependencies = []")
    yield source("a line of a block without its sign", "# %%\n# /// script\nx = 1\n# ///\n")
    yield source("two blocks", header("") + header(""))
    yield source("a block in the second cell", "# %%\nx = 1\n\n" + header(""))
    yield source("a block below Markdown", "# %% [markdown]\n# a\n\n" + header(""))
    yield source("code in front of the block", "x = 1\n\n" + header(""))
    yield source("code in the header cell", header("", after="x = 1\n\n# %%\ny = 1\n"))
    yield source("only code in the header cell", header("", after="x = 1\n"))


WRONG = ("3", "true", '"word"', "[]", "{}", "2026-01-01", "nan")
KEYS = {
    "id": ("3", "true", "[]", "2026-01-01"), "title": ("3", "true", "[]", "{}"),
    "id_no": ('"7"', "true", "-1", "0", "1.5", "9223372036854775808"),
    "is_private": ('"yes"', '"no"', "0", "[]"), "enable_gpu": ('"yes"', "1"),
    "enable_tpu": ('""', "0"), "enable_internet": ('"on"', "{}"),
    "machine_shape": ("4", "true"), "dataset_sources": ('"a/b"', "[3]", "{}"),
    "competition_sources": ('"titanic"', "[true]"), "kernel_sources": ('"a/b"', "[[]]"),
    "model_sources": ('"a/b/c/d/1"', "[1.5]"), "keywords": ('"gpu"', "[{}]"),
    "docker_image": ("3", "[]"), "docker_image_pinning_type": ('"newest"', "true"),
    "language": ('"julia"', "3"), "kernel_type": ('"notebooks"', "[]"),
}  # fmt: skip
SOURCES = {
    "dataset_sources": (
        "datasets/google/fleurs", "google", "a/b/c/d", "/", "a/", "../..", "a/ ", "a\\\\b/c",
        "https://www.kaggle.com/datasets/google/fleurs", "a/b\\u001b[31m",
    ),
    "competition_sources": ("c/titanic", "competitions/titanic", "a/b"),
    "kernel_sources": ("code/awa/one", "awa", "awa/one/2/3"),
    "model_sources": ("google/gemma", "google/gemma/transformers/2b", "models/a/b/c/d/1"),
}  # fmt: skip
IDS = (
    "tiny-kernel", "awa/tiny/kernel", "/tiny-kernel", "awa/", "awa/tiny_kernel",
    "awa/-tiny", "awa/tiny--kernel", "awa/tiny kernel", "a wa/tiny-kernel", "awa/abc", "../../etc",
    "awa/tiny-kernel/2", "", "~/tiny-kernel", "awa/$(id)x", "awa/tiny\\u0000kernel",
)  # fmt: skip
TITLES = ("Tiny", "T" * 51, "", "Other Title", "Tiny Kernel 2", "   ", "\\u202eTiny Kernel")


def metadata() -> Iterator[Case]:
    """Yield values that kernel-metadata.json cannot have."""
    for key, values in KEYS.items():
        for value in values:
            replaced = key if key in {"id", "title"} else ""
            yield source(f"{key} = {value}", kaggle(f"{key} = {value}", replace=replaced))
    for key, values in SOURCES.items():
        for value in values:
            yield source(f"{key} with '{value}'", kaggle(f'{key} = ["{value}"]'))
    for value in IDS:
        yield source(f"the id '{value}'", kaggle(f'id = "{value}"', replace="id"))
    for value in TITLES:
        yield source(f"the title '{value}'", kaggle(f'title = "{value}"', replace="title"))
    for key in ("gpu_type", "is_gpu", "accelerator", "category_ids", "enable_internt", "Id"):
        yield source(f"the key {key}", kaggle(f"{key} = true"))
    yield source("no id", kaggle(replace="id"))
    yield source("no title", kaggle(replace="title"))


def tables() -> Iterator[Case]:
    """Yield wrong tables beside the Kaggle table."""
    yield source("Kaggle and Colab", kaggle(colab='accelerator = "GPU"'))
    yield source("an unknown table", kaggle(kagle="x = 1"))
    yield source("an unknown key on top", header('dependecies = ["numpy"]'))
    yield source("a table that is a value", header("tool.nbship.kaggle = 3"))
    yield source("all of ours a value", header("tool.nbship = 3"))
    yield source("tool a value", header("tool = 3"))
    yield source(
        "Colab with a wrong accelerator", header("[tool.nbship.colab]", 'accelerator = "CPU"')
    )
    yield source("Colab with an unknown key", header("[tool.nbship.colab]", 'gpu = "T4"'))
    for value in ("0", "-1", "nan", "inf", '"300"', "604801", "true", "1e308"):
        yield source(f"timeout = {value}", header("[tool.nbship.smoke]", f"timeout = {value}"))
    for value in ("3", "[]", '"a"', "{ a = 2026-01-01 }", "{ a = 1" + 5000 * "0" + " }"):
        name = f"parameters = {value[:30]}"
        yield source(name, header("[tool.nbship.smoke]", f"parameters = {value}"))
    for value in ('"numpy"', "[3]", '["numpy >>> 1"]', '["$(id)"]', '["-r x"]', '[""]', "{}"):
        yield source(f"dependencies = {value}", header(f"dependencies = {value}"))
    for value in ('"3.11"', '"=>3.11"', "3.11", '"latest"', "[]"):
        yield source(f"requires-python = {value}", header(f"requires-python = {value}"))


# --- a YAML header that somebody still has ----------------------------------------------------

BOMB = ["a: &a [x, x, x, x, x, x, x, x, x]"] + [
    f"{anchor}: &{anchor} [{', '.join(9 * [f'*{alias}'])}]"
    for alias, anchor in zip("abcdefgh", "bcdefghi", strict=True)
]
YAML = {
    "an alias bomb": ["jupyter:", *(f"  {line}" for line in BOMB)],
    "an anchor": ["jupyter: &a", "  kernelspec:", "    name: python3"],
    "a merge": ["jupyter:", "  <<: *a"],
    "a key twice": ["jupyter:", "  kernelspec:", "    name: python3", "    name: ir"],
    "a table twice": ["jupyter:", "  x: 1", "jupyter:", "  x: 2"],
    "no for a name": ["jupyter:", "  kernelspec:", "    name: no"],
    "yes somewhere": ["jupyter:", "  kaggle:", "    internet: yes"],
    "off somewhere": ["jupyter:", "  kaggle:", "    is_private: off"],
    "a date": ["jupyter:", "  released: 2026-01-01"],
    "a date for a name": ["jupyter:", "  kernelspec:", "    name: 2026-01-01"],
    "a number for a name": ["jupyter:", "  kernelspec:", "    name: 123_456"],
    "a float for a name": ["jupyter:", "  kernelspec:", "    display_name: 3.10", "    name: x"],
    "null for a name": ["jupyter:", "  kernelspec:", "    name: ~"],
    "a list for a name": ["jupyter:", "  kernelspec:", "    name: [python3]"],
    "no name": ["jupyter:", "  kernelspec:", "    display_name: Python 3"],
    "a kernelspec that is text": ["jupyter:", "  kernelspec: python3"],
    "nothing in it": ["jupyter:"],
    "a list": ["- jupyter"],
    "text": ["jupyter"],
    "another tool's table": ["title: A title"],
    "a tag that runs code": ["jupyter: !!python/object/apply:os.system [id]"],
    "an unknown tag": ["jupyter: !mine {}"],
    "a tab": ["jupyter:", "\tkernelspec: x"],
    "an open list": ["jupyter: [1, 2"],
    "an open string": ['jupyter: "x'],
    "a key that is a list": ["jupyter:", "  ? [a]", "  : 1"],
    "an endless nesting": ["jupyter: " + 2000 * "["],
    "too deep a nesting": ["jupyter: " + 30 * "[" + 30 * "]"],
    "too many lines": ["jupyter:", *(f"  k{n}: 1" for n in range(300))],
}


def yamls() -> Iterator[Case]:
    """Yield YAML headers whose meaning differs from their text."""
    for name, lines in YAML.items():
        yield source(f"YAML with {name}", yaml(*lines))


# --- cells ------------------------------------------------------------------------------------

CELLS = {
    "tags not closed": '# %% tags=["parameters"\nx = 1\n',
    "tags without quotes": "# %% tags=[parameters]\nx = 1\n",
    "tags that are text": '# %% tags="parameters"\nx = 1\n',
    "tags that are numbers": "# %% tags=[1]\nx = 1\n",
    "tags in broken JSON": '# %% {"tags": ["parameters"}\nx = 1\n',
    "metadata without end": '# %% {"a": ' + 2000 * "[" + "\nx = 1\n",
    "a marker without end": "# %% " + 100_000 * "a=" + "\nx = 1\n",
    "quotes not closed": '# %% [markdown]\n"""\ntext\n\n# %%\nx = 1\n',
    "text behind the quotes": '# %% [markdown]\n"""\na\n"""\nb\n',
    "text beside the closing quotes": '# %% [markdown]\n"""\na\n""" b\n',
    "code below Markdown": "# %% [markdown]\n# # Title\n\nx = 1\n",
    "code below raw": "# %% [raw]\n# text\nx = 1\n",
    "bash without signs": '# %% language="bash"\necho hi\n',
    "a fence that swallows a cell": (
        "# %% [markdown]\n# ```\n# a\n\n# %%\nx = 1\n\n# %% [markdown]\n# ```\n# b\n# ```\n"
    ),
    "a tilde fence that swallows a cell": (
        "# %% [markdown]\n# ~~~python\n\n# %%\nx = 1\n# %% [markdown]\n# ~~~\n"
    ),
    "a fence over two texts": "# %% [markdown]\n# ```\n# %% [markdown]\n# b\n# ```\n",
    "a string that swallows a cell": "# %%\nx = '''\n\n# %%\ny = 1\n",
    "odd quotes": '# %%\ns = "\\""""\n# %%\ny = 1\n',
    "a comment that would delete": "# %%\n# rm -rf old files\nx = 1\n",
    "a comment that would copy": "# %%\n# copy the weights\nx = 1\n",
    "a question": "# %%\n# (really)?\nx = 1\n",
    "a heading that is a command": "# %% [markdown]\n# # ls\n",
    "a fence for each line": "# %% [markdown]\n" + "# ```a\n" * 3000 + "# end\n",
}
PYTHON = {
    "no Python": "x = = 1",
    "an open bracket": "x = (1",
    "an open string": "x = 'a",
    "an open triple string": "x = '''a",
    "a wrong indent": "if x:\ny = 1",
    "a tab beside blanks": "if x:\n        a = 1\n\tb = 2",
    "a keyword for a name": "class = 3",
    "Python 2": "print 'a'",
    "return outside": "return = 1",
    "a wrong escape": r"x = '\N{no such}'",
    "a number without end": "x = " + "9" * 5000,
    "brackets without end": "x = " + "(" * 10_000,
    "a sum without end": "x = " + "1+" * 200_000 + "1",
    "a chain without end": "x" + ".a" * 100_000,
    "nots without end": "x = " + "not " * 100_000 + "1",
    "an odd character": "x = 1 \u20ac 2",
    "a quote from a web page": "x = \u201ca\u201d",
    "a zero-width blank": "x\u200b = 1",
    "no blank behind a magic": "%%time\nx = = 1\n%time y = 1",
}


def cells() -> Iterator[Case]:
    """Yield cells that are ambiguous or not Python."""
    for name, text in CELLS.items():
        yield source(name, text)
    for name, code in PYTHON.items():
        if name != "no blank behind a magic":
            yield source(f"Python with {name}", f"# %%\nimport os\n\n# %%\n{code}\n")
    yield source("a hundred megabytes", b"# %%\nx = '" + b"a" * 100_000_000 + b"'\n")
    yield source("a hundred thousand cells", "# %%\nx = 1\n\n" * 100_000)
    yield source("a hundred thousand lines", "# %%\n" + "x = 1\n" * 100_000)
    yield source("more than Kaggle takes", kaggle() + f"\n# %%\nx = '{'a' * 1_000_000}'\n")


# --- files, names and modules -----------------------------------------------------------------

GOOD = b"# %%\nx = 1\n"
NAMES = (
    "-rf", "a;b", "$(touch x)", "`id`", "a\nb", "a\x1b[31mb", "a:b", "a*", "a?", "a=b", "a|b",
    "a>b", "a'b", 'a"b', "a\\b", "con", "NUL", "com1", "lpt9.x", "trailing.", "trailing ",
    " leading", "a\tb", "a\x7fb", "\u202ea", "a\u200bb", "x" * 150, "a%b", "a#b", "~", "@", "[a]",
)  # fmt: skip


def names() -> Iterator[Case]:
    """Yield names that a shell, doit, a terminal or another system interprets differently."""
    for name in NAMES:
        yield Case(f"the name {ascii(name)[1:-1][:40]}", {f"src_py/{name}.py": GOOD})
    yield Case("names that differ in capitals", {"src_py/Bad.py": GOOD, "src_py/bad.py": GOOD})
    yield Case("folders that differ in capitals", {"src_py/A/x.py": GOOD, "src_py/a/x.py": GOOD})
    yield Case("a folder as a source", {"src_py/bad.py/x.txt": b""})
    yield Case("a pipe as a source", {}, pipes=(BAD,))
    yield Case("a device as a source", {}, links={BAD: "/dev/zero"})
    yield Case("a link to itself as a source", {}, links={BAD: "bad.py"})
    yield Case("an artifact inside another one's", {"src_py/a.py": GOOD, "src_py/a/b.py": GOOD})


def modules() -> Iterator[Case]:
    """Yield modules that cannot be bundled."""
    uses = b"# %%\nimport helper\n"
    yield Case("a module that is no Python", {BAD: uses, "src_py/helper.py": b"def f(:\n"})
    yield Case("a module with a NUL", {BAD: uses, "src_py/helper.py": b"x = 1\0\n"})
    yield Case("a module in Latin-1", {BAD: uses, "src_py/helper.py": b"x = '\xe9'\n"})
    yield Case("a module that is a notebook", {BAD: uses, "src_py/helper.py": GOOD})
    yield Case("a module nested without end", {BAD: uses, "src_py/helper.py": b"(" * 100_000})
    yield Case("a module of 100 MB", {BAD: uses, "src_py/helper.py": b"#" * 100_000_000})
    yield Case("a module that is a pipe", {BAD: uses}, pipes=("src_py/helper.py",))
    yield Case("a module that is a device", {BAD: uses}, links={"src_py/helper.py": "/dev/zero"})
    yield Case("a module named as Python's", {BAD: b"# %%\nimport json\n", "src_py/json.py": b""})
    yield Case("a sum without end in a module", {
        BAD: uses, "src_py/helper.py": b"x = " + b"1+" * 200_000 + b"1\n",
    })  # fmt: skip
    twin = kaggle().encode()
    yield Case("two notebooks with one id", {"src_py/a.py": twin, "src_py/b.py": twin})


def all_cases() -> tuple[Case, ...]:
    """Return all cases; their names are unique."""
    groups = (characters, encodings, blocks, metadata, tables, yamls, cells, names, modules)
    found = tuple(case for group in groups for case in group())
    assert len({case.name for case in found}) == len(found)
    return found
