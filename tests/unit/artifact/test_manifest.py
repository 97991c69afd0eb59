"""A build manifest reads back as it was written; a damaged one counts as missing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.artifact.manifest import Manifest, digest_over, parse_manifest, render_manifest
from nbship.digest import sha256
from nbship.model.workspace import Origin

MANIFEST = Manifest(
    builder="nbship 1, jupytext 1.19.6",
    inputs={"src_py/trainer.py": sha256(b"x"), "src_py/ɓalli.py": sha256(b"")},
    absent=("numpy", "sahel.nothing"),
    files={"trainer.ipynb": sha256(b"y")},
    parameters={"EPOCHS": 1},
    line_map=(None, Origin("src_py/trainer.py", 12)),
    rehearsal=sha256(b"z"),
    skip="needs a TPU",
    parts={"cells": sha256(b"z")},
)
ENTRIES = json.loads(render_manifest(MANIFEST))


def test_sha256_is_that_of_everybody() -> None:
    assert sha256(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_a_manifest_reads_back_as_it_was_written() -> None:
    assert parse_manifest(render_manifest(MANIFEST)) == MANIFEST


def test_a_manifest_is_readable_text_with_a_line_break_at_its_end() -> None:
    text = render_manifest(MANIFEST).decode()
    assert '"src_py/ɓalli.py"' in text
    assert text.endswith("}\n")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"null",
        b"3",
        b"{}",
        b"[" * 100_000,
        render_manifest(MANIFEST)[:-10],
    ],
    ids=repr,
)
def test_what_is_no_manifest_is_none(data: bytes) -> None:
    assert parse_manifest(data) is None


@pytest.mark.parametrize(
    "change",
    [
        {"inputs": 3},
        {"inputs": ["ab", 3]},
        {"absent": None},
        {"line_map": 3},
        {"line_map": [["a"]]},
        {"line_map": ["abcd"]},
        {"line_map": [3]},
        {"of a newer nbship": 1},
    ],
)
def test_a_manifest_with_an_odd_value_is_none(change: dict[str, Any]) -> None:
    assert parse_manifest(json.dumps({**ENTRIES, **change}).encode()) is None


@pytest.mark.parametrize("key", sorted(ENTRIES.keys() - {"data", "patterns", "parts", "skip"}))
def test_a_manifest_without_one_of_its_keys_is_none(key: str) -> None:
    entries = {name: value for name, value in ENTRIES.items() if name != key}
    assert parse_manifest(json.dumps(entries).encode()) is None


def test_a_manifest_of_an_earlier_version_is_not_damaged() -> None:
    entries = {name: ENTRIES[name] for name in ENTRIES.keys() - {"data", "patterns", "parts"}}
    assert parse_manifest(json.dumps(entries).encode()) is not None


@given(st.binary())
def test_no_bytes_whatever_make_the_reader_fail(data: bytes) -> None:
    assert parse_manifest(data) is None


def test_a_manifests_digest_is_that_of_its_files() -> None:
    files = {"a.ipynb": "1", "kernel-metadata.json": "2"}
    assert Manifest("b", {}, (), files, {}, (), "r").digest == digest_over(files)
