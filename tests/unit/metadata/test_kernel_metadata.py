"""kernel-metadata.json always has every key, so that no default of Kaggle's applies."""

import json

from nbship.core.metadata.kernel_metadata import FILE_NAME, render_kernel_metadata
from nbship.model.spec import KaggleSpec

KEYS = {
    "id", "id_no", "title", "code_file", "language", "kernel_type", "is_private", "enable_gpu",
    "enable_tpu", "enable_internet", "machine_shape", "dataset_sources", "competition_sources",
    "kernel_sources", "model_sources", "keywords", "docker_image", "docker_image_pinning_type",
}  # fmt: skip


def test_a_spec_of_nothing_but_its_name_writes_every_key_with_our_default() -> None:
    text = render_kernel_metadata(KaggleSpec("ous-sow/trainer", "Trainer"), "trainer.ipynb")
    assert json.loads(text) == {
        "id": "ous-sow/trainer",
        "id_no": None,
        "title": "Trainer",
        "code_file": "trainer.ipynb",
        "language": "python",
        "kernel_type": "notebook",
        "is_private": True,
        "enable_gpu": False,
        "enable_tpu": False,
        "enable_internet": False,
        "machine_shape": "",
        "dataset_sources": [],
        "competition_sources": [],
        "kernel_sources": [],
        "model_sources": [],
        "keywords": [],
        "docker_image": None,
        "docker_image_pinning_type": None,
    }


def test_a_full_spec_is_written_as_it_is() -> None:
    spec = KaggleSpec(
        id="ous-sow/trainer",
        title="Tráiner",
        id_no=7,
        is_private=False,
        enable_gpu=True,
        enable_tpu=True,
        enable_internet=True,
        machine_shape="NvidiaTeslaT4",
        dataset_sources=("a/b", "a/c"),
        competition_sources=("titanic",),
        kernel_sources=("a/upstream",),
        model_sources=("a/b/c/d/1",),
        keywords=("audio",),
        docker_image="gcr.io/kaggle-images/python@sha256:1",
        docker_image_pinning_type="original",
    )
    written = json.loads(render_kernel_metadata(spec, "t.ipynb"))
    assert written.keys() == KEYS
    assert written["dataset_sources"] == ["a/b", "a/c"]
    assert written["title"] == "Tráiner"
    assert (written["id_no"], written["is_private"], written["enable_internet"]) == (7, False, True)


def test_the_text_is_sorted_readable_and_ends_with_a_line_break() -> None:
    text = render_kernel_metadata(KaggleSpec("ous-sow/trainer", "Tráiner"), "t.ipynb")
    keys = [line.split('"')[1] for line in text.splitlines() if line.startswith('  "')]
    assert keys == sorted(KEYS)
    assert '"title": "Tráiner"' in text
    assert text.endswith("}\n")
    assert FILE_NAME == "kernel-metadata.json"
