"""Tests of pin and trace: the image of a good run, and where a stray file comes from."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.local_kaggle import Server
from tests.support.workspace import SCRIPT_HEADER, Workspace

IMAGE = "gcr.io/kaggle-images/python@sha256:" + "0a" * 32


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "server").start()
    yield server
    server.stop()


def written(lab: Workspace, keys: str, code: str = "print(1)\n") -> str:
    text = SCRIPT_HEADER.replace("# id", f"{keys}# id") + f"\n# %%\n{code}"
    lab.write("src_py/tiny.py", text)
    lab.commit()
    return text


def test_pin_puts_the_image_of_a_good_run_into_the_header(lab: Workspace, server: Server) -> None:
    written(lab, f'# docker_image = "{IMAGE}"\n')
    shipped = lab.inside("ship", "tiny", "--allow-unsmoked", **server.connect())
    assert shipped.code == 0, shipped.all
    assert lab.journal()[-1]["image"] == IMAGE
    already = lab.nbship("pin", "tiny")
    assert already.code == 0, already.all
    assert f"src_py/tiny.py has {IMAGE} already" in already.out

    keys = '# # Where it runs.\n# docker_image_pinning_type = "latest"  # the newest\n'
    text = written(lab, keys)
    pinned = lab.inside("pin", "tiny")
    assert pinned.code == 0, pinned.all
    assert f"docker_image of src_py/tiny.py is {IMAGE}" in pinned.out
    assert (lab.root / "src_py/tiny.py").read_text() == text.replace(
        '# docker_image_pinning_type = "latest"', '# docker_image_pinning_type = "original"'
    ).replace('# title = "Tiny Kernel"\n', f'# title = "Tiny Kernel"\n# docker_image = "{IMAGE}"\n')
    assert lab.inside("check").code == 0


def test_pin_refuses_where_no_good_run_has_told_its_image(lab: Workspace, server: Server) -> None:
    text = written(lab, f'# docker_image = "{IMAGE}"\n', "1 / 0\n")
    assert lab.inside("ship", "tiny", "--allow-unsmoked", **server.connect()).code == 1
    refused = lab.inside("pin", "tiny")
    assert refused.code == 2
    assert "no complete run of tiny has told the digest of its image" in refused.err
    assert (lab.root / "src_py/tiny.py").read_text() == text
    lab.write("src_py/helper.py", "# %%\nx = 1\n")
    helper = lab.inside("pin", "helper")
    assert helper.code == 1
    assert "helper is not a Kaggle kernel" in helper.err


def test_trace_tells_where_a_stray_file_comes_from(lab: Workspace, server: Server) -> None:
    written(lab, "")
    commit = lab.git("rev-parse", "HEAD").out.strip()
    pushed = lab.inside("push", "tiny", "--allow-unsmoked", **server.connect())
    assert pushed.code == 0, pushed.all
    kernel = {"userName": "awa", "kernelSlug": "tiny-kernel"}
    text = server.call("GetKernel", "awa", **kernel)["blob"]["source"]
    lab.write("stray/tiny.py", text)
    told = lab.nbship("trace", "stray/tiny.py")
    assert told.code == 0, told.all
    for words in (
        "src_py/tiny.py", f"{commit} (HEAD of this clone)", f"tiny-v1 ({lab.journal()[-1]['id']})",
        "awa/tiny-kernel version 1", "as they were pushed",
    ):  # fmt: skip
        assert words in told.out
    as_json = json.loads(lab.inside("trace", "stray/tiny.py", "--json").out)
    assert (as_json["cells"], as_json["run"]) == ("as pushed", "tiny-v1")

    lab.write("stray/tiny.py", text + "print('edited')\n")
    assert "not those of that push" in lab.inside("trace", "stray/tiny.py").out

    # Another clone: without the record, and later without the commit.
    lab.write("stray/tiny.py", text)
    lab.git("clone", "-q", ".", str(lab.root.parent / "clone"))
    other = Workspace(lab.root.parent / "clone")
    stray = str(lab.root / "stray/tiny.py")
    told = other.inside("trace", stray)
    assert "(not made from this clone)" in told.out
    assert "as they were pushed" in told.out  # by the header at that commit
    lab.write("stray/tiny.py", text.replace(commit, "f" * 40))
    told = other.inside("trace", stray)
    assert told.code == 0, told.all
    assert "this clone does not have it: git fetch may get it" in told.out
    assert "not known here: the record of the push is in another clone" in told.out


def test_what_has_no_stamp_is_one_line(lab: Workspace) -> None:
    lab.write("stray.ipynb", '{"cells": [')
    for file, code, words in (
        ("src_py/tiny.py", 1, "src_py/tiny.py: no stamp: nbship has not pushed it"),
        ("stray.ipynb", 1, "stray.ipynb: no notebook, or only a part of one"),
        ("gone.ipynb", 2, "trace: no file gone.ipynb"),
        ("src_py", 2, "cannot read src_py: it is a folder"),
    ):
        told = lab.inside("trace", file)
        assert told.code == code
        assert told.err.startswith(words), told.err
        assert told.out == ""
