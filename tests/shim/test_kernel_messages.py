"""The messages of a kernel hold any text that Python can hold."""

import json
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.paths import ROOT


@pytest.fixture(scope="module")
def kernel_messages() -> Iterator[ModuleType]:
    import_module("jupyter_client.session")  # it takes long
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "nbship/shim")
        yield import_module("kernel_messages")


ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
MESSAGES = st.recursive(
    ANY_TEXT | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=10,
)


@given(MESSAGES)
def test_every_message_is_packed(kernel_messages: ModuleType, message: object) -> None:
    packed = kernel_messages.pack(message)
    text = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    if json.loads(text) == message and b"\xed" not in text:
        assert json.loads(packed) == message


@pytest.mark.parametrize(
    ("message", "packed"),
    [
        ({"evalue": "bad \ud83d"}, {"evalue": "bad \\ud83d"}),
        ({"traceback": ["a", ("b", "\udfff")]}, {"traceback": ["a", ["b", "\\udfff"]]}),
        ({"é 😀": "日本"}, {"é 😀": "日本"}),
        ({"\ud800": 1}, {"\\ud800": 1}),
    ],
)
def test_half_a_surrogate_pair_becomes_its_escape(
    kernel_messages: ModuleType, message: object, packed: object
) -> None:
    assert json.loads(kernel_messages.pack(message)) == packed
