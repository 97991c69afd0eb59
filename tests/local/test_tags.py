"""Tags: known ones are saved under their names, unknown ones are returned and reported."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nbship.local.storage.state_dir import StateDirError
from nbship.local.storage.tags import read_tags
from tests.support.local_kaggle import Json, Server

_SCRIPT = {"language": "python", "kernelType": "script", "kernelExecutionType": "QUICK_SAVE"}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("kaggle"))
    server.state_dir.mkdir()
    (server.state_dir / "tags.json").write_text('["Bambara", "speech recognition"]')
    server.start()
    yield server
    assert server.stop() == 0


def _kept(server: Server, slug: str) -> list[str]:
    metadata = server.call("GetKernel", **server.named(slug))["metadata"]
    return list(metadata["categoryIds"])


@pytest.mark.parametrize(
    ("requested", "kept", "unknown"),
    [
        ([], [], []),
        (["nlp", "data visualization"], ["nlp", "data visualization"], []),
        (["util-script"], ["utility script"], []),
        (["utility script"], ["utility script"], []),  # the spelling of a pull
        (["Deep-Learning", "deep learning", "NLP"], ["deep learning", "nlp"], []),
        (["bambara", "speech-recognition"], ["Bambara", "speech recognition"], []),
        (["speach", "nlp", "", "speach"], ["nlp"], ["speach", "", "speach"]),
    ],
)
def test_unknown_tags_come_back(
    shared: Server, requested: list[str], kept: list[str], unknown: list[str]
) -> None:
    answer = shared.push(
        "with-tags", "pass", categoryIds=requested, kernelExecutionType="QUICK_SAVE"
    )
    assert answer["invalidTags"] == unknown
    assert _kept(shared, "with-tags") == kept


@pytest.mark.parametrize("requested", [[], ["gpu"], ["gpu", "nlp"]])
def test_a_gpu_adds_its_tag(shared: Server, requested: list[str]) -> None:
    settings: Json = {**_SCRIPT, "categoryIds": requested}
    shared.push("on-a-gpu", "pass", machineShape="NvidiaTeslaT4", **settings)
    assert _kept(shared, "on-a-gpu") == [*(tag for tag in requested if tag != "gpu"), "gpu"]
    shared.push("on-a-gpu", "pass", **{**settings, "categoryIds": []})
    assert _kept(shared, "on-a-gpu") == []


def test_the_stock_command_line_says_which_tags_are_not_valid(shared: Server) -> None:
    folder = shared.folder / "tagged"
    folder.mkdir()
    (folder / "code.py").write_text("pass")
    metadata = {
        "id": "alice/tagged-script", "title": "Tagged Script", "code_file": "code.py",
        "language": "python", "kernel_type": "script", "keywords": ["util-script", "speach"],
    }  # fmt: skip
    (folder / "kernel-metadata.json").write_text(json.dumps(metadata))
    output = shared.kaggle("kernels", "push", "-p", str(folder))
    assert (
        "The following are not valid tags and could not be added to the kernel: ['speach']"
        in output
    )
    assert "Kernel version 1 successfully pushed" in output
    shared.kaggle("kernels", "pull", "alice/tagged-script", "-m", "-p", str(folder))
    pulled = json.loads((folder / "kernel-metadata.json").read_text())
    assert pulled["keywords"] == ["utility script"]
    assert "not valid tags" not in shared.kaggle("kernels", "push", "-p", str(folder))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ('{"nlp": true}', "must be a list of tags"),
        ("[5]", "must be a list of tags"),
        ('[" - "]', "must be a list of tags"),
    ],
)
def test_a_wrong_file_is_reported(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "tags.json"
    path.write_text(content)
    with pytest.raises(StateDirError, match=message) as error:
        read_tags(path)
    assert str(path) in str(error.value)
