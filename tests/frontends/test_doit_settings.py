"""Tests of doit's settings: those of the user win, and nbship's apply to the rest."""

from typing import Any

import pytest

from nbship.frontends.doit_settings import DOIT_CONFIG, settings

OURS = dict(DOIT_CONFIG)
DATABASE = {"backend": "json", "dep_file": ".nbship/doit.json"}


def without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in OURS.items() if key not in keys}


@pytest.mark.parametrize(
    ("config", "elsewhere", "expected"),
    [
        (OURS, set(), OURS),
        (OURS, {"default_tasks", "num_process"}, without("default_tasks")),
        (OURS, {"dep_file"}, without("dep_file", "backend")),
        (OURS, {"backend"}, without("dep_file", "backend")),
        ({**OURS, "dep_file": "mine.json"}, set(), {**OURS, "dep_file": "mine.json"}),
        ({**OURS, "verbosity": 0}, {"verbosity"}, {**OURS, "verbosity": 0}),
        ({}, set(), DATABASE),
        ({"num_process": 2}, set(), {"num_process": 2, **DATABASE}),
        ({"num_process": 2}, {"num_process"}, {"num_process": 2, **DATABASE}),
        ({"dep_file": "mine.db"}, set(), {"dep_file": "mine.db"}),
        ({"backend": "sqlite3"}, set(), {"backend": "sqlite3"}),
        ({"backend": "json"}, set(), DATABASE),
        ({"continue": True}, {"dep_file"}, {"continue": True}),
    ],
)
def test_settings_of_the_user_win(
    config: dict[str, Any], elsewhere: set[str], expected: dict[str, Any]
) -> None:
    assert settings(config, elsewhere) == expected
