"""Tests of [tool.nbship.bundle], of links and of pictures, as a user meets them."""

import json
from pathlib import Path

import pytest

from tests.support.workspace import HEADER, Workspace

pytestmark = pytest.mark.unmeasured

TABLE = '[tool.nbship.bundle]\n# files = ["config/*.yaml"]\n# packages = ["sahel"]\n#\n'
NOTEBOOK = (
    HEADER.replace(
        "[tool.nbship.smoke]\n# parameters = { COUNT = 1 }", f"{TABLE}# [tool.nbship.smoke]"
    )
    + """
# %%
from importlib import import_module, resources
from pathlib import Path

voice = import_module("sahel.plugins.voice")
print(voice.TABLE, resources.files("config").joinpath("a.yaml").read_text().strip())
assert not list(Path.cwd().iterdir())
"""
)
VOICE = """\
import json
from pathlib import Path

TABLE = json.loads((Path(__file__).parent.parent / "v.json").read_text())
"""


ALONE = """\
# %%
# /// script
# [tool.nbship.kaggle]
# id = "awa/alone-kernel"
# title = "Alone Kernel"
#
# [tool.nbship.bundle]
# style = "cells"
# ///

# %%
from sahel.plugins import hot
hot.f()
"""
HOT = """\
BLANK = '''
>>> f()
'''
def f():
    return 1 / 0
"""


@pytest.fixture
def loaded(bare: Workspace) -> Workspace:
    """Return a workspace whose notebook takes a package and a file along."""
    bare.write("src_py/tiny.py", NOTEBOOK)
    bare.write("src_py/sahel/__init__.py", "")
    bare.write("src_py/sahel/plugins/voice.py", VOICE)
    bare.write("src_py/sahel/v.json", '{"rate": 16000}')
    bare.write("src_py/config/a.yaml", "a: 1\n")
    (bare.root / "src_py/sahel/noise.bin").write_bytes(bytes(range(256)) * 500)
    bare.commit()
    return bare


def test_what_a_header_names_is_there_when_the_notebook_runs(loaded: Workspace) -> None:
    assert loaded.inside("check").code == 0
    done = loaded.doit("smoke")
    assert done.code == 0, done.all
    folder = loaded.root / ".nbship/smoke/tiny"
    executed = [file.read_text() for file in folder.rglob("*.ipynb")]
    assert any("{'rate': 16000} a: 1" in text for text in executed)


def test_each_module_has_a_cell_of_its_own_and_no_file(loaded: Workspace) -> None:
    loaded.replace("src_py/tiny.py", '# packages = ["sahel"]', '# style = "cells"')
    loaded.replace("src_py/tiny.py", '["config/*.yaml"]', '["config/*.yaml", "sahel/v.json"]')
    loaded.replace(
        "src_py/tiny.py", "voice = import_module", "import sahel.plugins.voice as voice#"
    )
    loaded.write("src_py/sahel/plugins/voice.py", f"{VOICE}\n\ndef f():\n    return 1 / 0\n")
    loaded.write("src_py/alone.py", ALONE)
    loaded.write("src_py/sahel/plugins/hot.py", HOT)
    assert loaded.inside("check").code == 0
    done = loaded.inside("smoke", "tiny")
    assert done.code == 0, done.all
    assert "{'rate': 16000} a: 1" in done.out
    assert not list((loaded.root / ".nbship/smoke/tiny").rglob("voice.py"))

    failed = loaded.inside("smoke", "alone")
    assert failed.err.splitlines()[:3] == [
        "src_py/sahel/plugins/hot.py:5 in f: ZeroDivisionError: division by zero (smoke of alone)",
        "    return 1 / 0",
        "    called from src_py/alone.py:13 (In [4])",
    ]
    loaded.commit()
    ran = loaded.inside("ship", "alone", "-t", "local", "--allow-unsmoked")
    assert ran.code == 1
    place = "src_py/sahel/plugins/hot.py:5 in f: ZeroDivisionError: division by zero ("
    assert place in ran.err, ran.all


def test_a_build_notices_each_change_of_what_it_takes_along(loaded: Workspace) -> None:
    def digest() -> str:
        done = loaded.doit("build")
        assert done.code == 0, done.all
        return (loaded.root / "build/tiny/tiny.ipynb").read_text()

    texts = [digest()]
    loaded.write("src_py/sahel/v.json", '{"rate": 8000}')
    texts.append(digest())
    loaded.write("src_py/config/b.yaml", "b: 1\n")
    texts.append(digest())
    (loaded.root / "src_py/config/b.yaml").unlink()
    (loaded.root / "src_py/sahel/noise.bin").unlink()
    texts.append(digest())
    assert len(set(texts)) == len(texts)


def test_a_link_out_of_the_repository_is_refused_by_check_and_build(
    loaded: Workspace, tmp_path: Path
) -> None:
    secret = tmp_path / "kaggle.json"
    secret.write_text('{"username": "awa", "key": "' + "0123456789abcdef" * 2 + '"}')
    (loaded.root / "src_py/config/c.yaml").symlink_to(secret)
    loaded.commit()
    for verb in ("check", "build"):
        done = loaded.doit(verb)
        assert done.code == 1
        assert "src_py/config/c.yaml cannot be bundled: it is a link" in done.all
    assert not (loaded.root / "build").exists()


def test_a_module_that_is_a_link_is_refused_by_check_and_build(
    lab: Workspace, tmp_path: Path
) -> None:
    outside = tmp_path / "words.py"
    (lab.root / "src_py/words.py").rename(outside)
    (lab.root / "src_py/words.py").symlink_to(outside)
    lab.commit()
    check, build = lab.doit("check"), lab.doit("build")
    assert (check.code, build.code) == (1, 1)
    assert "src_py/tiny.py:21:8: link src_py/words.py is a link" in check.all
    assert "src_py/words.py: it is a link, and git keeps where a link leads" in build.all
    assert not (lab.root / "build").exists()


def test_a_picture_of_the_folder_is_in_the_artifact(lab: Workspace) -> None:
    lab.replace("src_py/tiny.py", "# # Tiny", "# # Tiny\n# ![x](attachment:a.png)")
    folder = lab.root / "src_py/tiny.assets"
    folder.mkdir()
    (folder / "a.png").write_bytes(b"1")
    assert lab.inside("build").code == 0
    artifact = lab.root / "build/tiny/tiny.ipynb"
    first = json.loads(artifact.read_text())["cells"][0]
    assert first["attachments"] == {"a.png": {"image/png": "MQ=="}}
    (folder / "a.png").write_bytes(b"2")
    assert lab.inside("build").code == 0
    first = json.loads(artifact.read_text())["cells"][0]
    assert first["attachments"] == {"a.png": {"image/png": "Mg=="}}


def test_a_failed_rehearsal_says_what_was_left_behind(loaded: Workspace) -> None:
    text = (loaded.root / "src_py/tiny.py").read_text()
    kept = text.replace("# [tool.nbship.bundle]\n", "").replace('# packages = ["sahel"]\n', "")
    lines = [line for line in kept.split("\n") if not line.startswith("# files =")]
    loaded.write("src_py/tiny.py", "\n".join(lines))
    done = loaded.doit("smoke")
    assert done.code == 1
    assert "No module named 'sahel'" in done.all
    assert '[tool.nbship.bundle] packages = ["sahel"]' in done.all
    static = loaded.root / "src_py/tiny.py"
    static.write_text(
        static.read_text().replace(
            'voice = import_module("sahel.plugins.voice")', "from sahel.plugins import voice"
        )
    )
    done = loaded.doit("smoke")
    assert "No such file or directory: 'src_py/sahel/v.json'" in done.all
    assert "Name src_py/sahel/v.json in [tool.nbship.bundle] files" in done.all
