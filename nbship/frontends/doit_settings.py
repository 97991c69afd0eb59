"""doit's settings for a workspace: nbship's apply where the user sets none."""

from collections.abc import Collection, Mapping
from typing import Any

from nbship.frontends.verb_lists.daily import TASKS
from nbship.model.layout import Layout

DATABASE_FILE = Layout().doit_database
_DATABASE = {"backend": "json", "dep_file": DATABASE_FILE}
# The DOIT_CONFIG of a dodo.py that does not define its own.
DOIT_CONFIG: dict[str, Any] = {
    "default_tasks": [verb.name for verb in TASKS.values() if verb.is_default],
    "verbosity": 2,  # print the output of tasks at once
    **_DATABASE,
}
_SHIPPED_CONFIG = dict(DOIT_CONFIG)  # a copy, because a dodo.py can change DOIT_CONFIG


def settings(config: Mapping[str, Any], elsewhere: Collection[str]) -> dict[str, Any]:
    """Return the settings of a dodo.py, completed by nbship's for keys that the user does not set.

    ``elsewhere`` are the keys that pyproject.toml or doit.cfg sets. In doit a dodo.py overrides
    these; values that the dodo.py imports unchanged from nbship do not.
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
    # pyproject.toml or doit.cfg sets one of the two keys: the other one keeps doit's default.
    return {key: value for key, value in chosen.items() if key not in _DATABASE}
