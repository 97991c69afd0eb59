"""Imports as a kernel resolves them: their places, and the form that works."""

import pytest

from tests.support.checked import check, code, found

DEEP = "src_py/tts/deep/a.py"
MODULES = {
    "src_py/shared.py": "x = 1\n",
    "src_py/tts/helper.py": "x = 1\n",
    "src_py/tts/deep/near.py": "x = 1\n",
    "src_py/tts/deep/pack/part.py": "x = 1\n",
    "src_py/my-tools/b.py": "# %%\nimport beside\n",
    "src_py/my-tools/beside.py": "",
}


def hint_of(text: str) -> str:
    """Return the hint for the only finding in a notebook two folders deep."""
    files = {**MODULES, DEEP: code(text)}
    (finding,) = [f for f in check(files) if f.place.path == DEEP]
    return finding.hint


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("from . import near", "Write: from tts.deep import near"),
        ("from .near import x as y, z", "Write: from tts.deep.near import x as y, z"),
        ("from .. import helper", "Write: from tts import helper"),
        ("from ..helper import *", "Write: from tts.helper import *"),
        ("from ...shared import x", "Write: from shared import x"),
        ("from ... import shared", "Write: import shared"),
        (
            "from .... import x",
            "Imports begin at src_py/: write the path of the module from there.",
        ),
        ("import near", "Write: from tts.deep import near"),
        ("import near as n", "Write: from tts.deep import near as n"),
        ("from near import x", "Write: from tts.deep.near import x"),
        ("import pack.part", "Write: import tts.deep.pack.part"),
        ("class A:\n    import near", "Write: from tts.deep import near"),
    ],
)
def test_the_hint_is_the_form_that_works(text: str, hint: str) -> None:
    assert hint_of(text) == hint
    if hint.startswith("Write: ") and "\n" not in text:
        files = {**MODULES, DEEP: code(hint.removeprefix("Write: "))}
        assert [f for f in check(files) if f.place.path == DEEP] == []


def test_a_folder_whose_name_cannot_be_imported_is_told() -> None:
    (finding,) = check(MODULES)
    assert (str(finding.place), finding.code) == ("src_py/my-tools/b.py:2:8", "sibling-import")
    assert finding.message == (
        "this does not find src_py/my-tools/beside.py: imports begin at src_py/"
    )
    assert finding.hint == "Give the folder a name that Python can import, or move the module."


@pytest.mark.parametrize(
    "text",
    [
        "from tts.deep import near",
        "import tts.deep.near, numpy, json",
        "from shared import x",
        "try:\n    from . import near\nexcept ImportError:\n    from tts.deep import near",
        "try:\n    import near\nexcept ImportError:\n    near = None",
        "def f():\n    import near",
        "if x:\n    from . import near",
        "match x:\n    case 1:\n        import near",
        "import sys\nsys.path.append('tts')\nimport near",
        "x = lambda: 1",
    ],
)
def test_an_import_that_works_or_may_work_is_no_finding(text: str) -> None:
    files = {**MODULES, DEEP: code(text)}
    assert [f for f in check(files) if f.place.path == DEEP] == []


def test_the_imports_of_reached_modules_are_judged_by_their_package() -> None:
    files = {
        "src_py/a.py": code("import lab.one, top"),
        "src_py/lab/one.py": "from . import two\nfrom .. import top\nimport two\n",
        "src_py/lab/two.py": "",
        "src_py/lab/unreached.py": "from .. import top\n",
        "src_py/top.py": "import sys\nfrom . import lab\n",
    }
    findings = check(files)
    assert [f"{f.place} {f.code}" for f in findings] == [
        "src_py/lab/one.py:2:1 relative-import",
        "src_py/lab/one.py:3:8 sibling-import",
        "src_py/top.py:2:1 relative-import",
    ]
    assert findings[0].message == (
        "this relative import fails: the file is in the package lab when it is imported or run"
    )
    assert "the file is in no package when" in findings[2].message


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("import json, other", 14),
        ("from other import x", 1),
        ("import other.part", 8),
        ("from tts import nested", 1),
        ("from tts.nested import x", 1),
        ("try:\n    import other\nexcept ImportError:\n    pass", 12),
    ],
)
def test_an_imported_notebook_is_found_at_each_import(text: str, column: int) -> None:
    files = {
        "src_py/a.py": code(text),
        "src_py/other.py": "# %%\n",
        "src_py/tts/nested.py": "# %%\n",
    }
    line = 10 if text.startswith("try") else 9
    assert found(files) == [f"src_py/a.py:{line}:{column} imported-notebook"]


def test_a_notebook_that_a_module_imports_is_found_in_the_module() -> None:
    files = {
        "src_py/a.py": code("from lab import one"),
        "src_py/lab/one.py": "x = 1\nfrom . import nested\n",
        "src_py/lab/nested.py": "# %%\n",
    }
    assert found(files) == ["src_py/lab/one.py:2:1 imported-notebook"]
