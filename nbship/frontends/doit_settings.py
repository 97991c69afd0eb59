"""doit's settings for a workspace: ours, where neither its dodo.py nor doit's files say any."""

from collections.abc import Collection, Mapping
from typing import Any

from nbship.frontends.verbs import TASKS
from nbship.model.layout import Layout

DATABASE_FILE = Layout().doit_database
_DATABASE = {"backend": "json", "dep_file": DATABASE_FILE}
# What a dodo.py without a DOIT_CONFIG of its own has.
DOIT_CONFIG: dict[str, Any] = {
    "default_tasks": [verb.name for verb in TASKS.values() if verb.is_default],
    "verbosity": 2,  # what a task prints is for the person who waits
    **_DATABASE,
}
_SHIPPED_CONFIG = dict(DOIT_CONFIG)  # as it is before a dodo.py changes it


def settings(config: Mapping[str, Any], elsewhere: Collection[str]) -> dict[str, Any]:
    """Return the settings of a dodo.py, with ours for what neither it nor a file of doit's sets.

    ``elsewhere`` are the keys that pyproject.toml or doit.cfg sets. In doit a dodo.py overrides
    them; our own values, which the dodo.py has from us, do not.
    """
    chosen = {
        key: value
        for key, value in config.items()
        if key not in elsewhere or value != _SHIPPED_CONFIG.get(key)
    }
    is_ours = {key: chosen.get(key, value) == value for key, value in _DATABASE.items()}
    if not is_ours["dep_file"] or not is_ours["backend"]:
        return chosen
    if not elsewhere or not set(elsewhere).intersection(_DATABASE):
        return chosen | _DATABASE
    # A file of doit's sets one of the two: the other one is then doit's own, not ours.
    return {key: value for key, value in chosen.items() if key not in _DATABASE}
