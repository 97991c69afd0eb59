"""The repairs of a clone: git settings to change, and lines to add to files."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from nbship.core.clone import git_attributes, jupytext_config
from nbship.core.clone.diagnosis import (
    CLEAN,
    REQUIRED,
    SMUDGE,
    TEXTCONV,
    CloneFacts,
    has_working_settings,
)


@dataclass(frozen=True, slots=True)
class Repairs:
    """The settings of this clone to change, and the lines to add at the ends of files."""

    config: Mapping[str, str]
    files: Mapping[str, tuple[str, ...]]  # by the file's path in the workspace


def repairs_for(facts: CloneFacts, settings: Mapping[str, str]) -> Repairs:
    """Return all possible repairs; ``settings`` are the git settings that a clone should have."""
    config: Mapping[str, str] = {}
    lines: dict[str, tuple[str, ...]] = {}
    if facts.clone is not None:
        if not has_working_settings(facts.clone):
            existing = facts.clone.config
            config = {key: value for key, value in settings.items() if existing.get(key) != value}
        missing = git_attributes.missing_rules(facts.clone.attributes)
        lines[".gitattributes"] = git_attributes.lines_to_add(missing)
        lines[".gitignore"] = git_attributes.lines_to_ignore(facts.clone.ignored)
    if facts.other_jupytext is None:
        lines["pyproject.toml"] = jupytext_config.lines_to_add(facts.pyproject)
    return Repairs(config, {name: added for name, added in lines.items() if added})


def settings_for(python: str) -> dict[str, str]:
    """Return the git settings for a clone whose tools run in the Python at this path.

    They have the names of nbstripout's. ``-P`` prevents Python from importing a module of the repo
    instead of ours.
    """
    program = shlex.quote(python)
    return {
        # git expands a % in the command of a filter, but not in that of a diff driver: %f is the
        # path of the notebook, for messages.
        CLEAN: f"{program.replace('%', '%%')} -P -m nbship.strip --keep-id --path=%f",
        SMUDGE: "cat",
        REQUIRED: "true",
        TEXTCONV: f"{program} -P -m nbship.textconv",
    }
