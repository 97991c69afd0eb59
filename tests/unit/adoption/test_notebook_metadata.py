"""The settings that Kaggle's and Colab's editors keep in a notebook."""

from typing import Any

import pytest

from nbship.core.adoption.notebook_metadata import of_colab, of_kaggle


@pytest.mark.parametrize(
    ("metadata", "keys"),
    [
        ({"accelerator": "none", "isInternetEnabled": True}, {"enable_internet": True}),
        ({"accelerator": "nvidiaTeslaT4"}, {"machine_shape": "NvidiaTeslaT4"}),
        ({"accelerator": "gpu"}, {"enable_gpu": True}),
        ({"accelerator": None, "isGpuEnabled": True}, {"enable_gpu": True}),
        ({"accelerator": "nvidiaTeslaP100"}, {}),
        ({"accelerator": "quantum"}, {}),
        ({"dataSources": [{"sourceId": 1}]}, {}),
    ],
)
def test_the_metadata_of_kaggle_are_read(metadata: dict[str, Any], keys: dict[str, Any]) -> None:
    taken = of_kaggle({"kaggle": metadata})
    assert taken is not None
    assert taken.keys == keys
    assert bool(taken.remarks) == ("dataSources" in metadata or "quantum" in metadata.values())
    assert bool(taken.questions) == ("nvidiaTeslaP100" in metadata.values())


@pytest.mark.parametrize("metadata", [{}, {"kaggle": {}}, {"kaggle": None}, {"kaggle": "x"}])
def test_other_notebooks_have_none(metadata: dict[str, Any]) -> None:
    assert of_kaggle(metadata) is None
    assert of_colab(metadata) is None


@pytest.mark.parametrize(
    ("metadata", "keys"),
    [
        ({"colab": {"gpuType": "T4"}, "accelerator": "GPU"},
         {"accelerator": "GPU", "gpu_type": "T4"}),
        ({"colab": {"gpuType": "T4"}}, {}),
        ({"accelerator": "TPU"}, {"accelerator": "TPU"}),
        ({"accelerator": "None"}, {}),
        ({"accelerator": "GPU", "colab": {"gpuType": 4}}, {"accelerator": "GPU"}),
    ],
)  # fmt: skip
def test_the_metadata_of_colab_are_read(metadata: dict[str, Any], keys: dict[str, Any]) -> None:
    taken = of_colab(metadata)
    assert taken is not None
    assert taken.keys == keys
