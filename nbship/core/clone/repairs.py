"""The repairs of a clone: git settings to change, and lines to add to files."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass

from nbship.core.clone import git_attributes, jupytext_config
from nbship.core.clone.diagnosis import (
    CLEAN,
    MERGE,
    MERGE_NAME,
    REQUIRED,
    SMUDGE,
    TEXTCONV,
    CloneFacts,
    has_working_settings,
)
from nbship.core.ipynb.clean import SMUDGE_COMMAND
from nbship.model.layout import Layout

_ADVICE = (
    "nbship: the command for notebooks failed. If {} is gone, install nbship again, then type: "
    "nbship doctor --fix"
)


@dataclass(frozen=True, slots=True)
class Repairs:
    """The settings of this clone to change, and the lines to add at the ends of files."""

    config: Mapping[str, str]
    files: Mapping[str, tuple[str, ...]]  # by the file's path in the workspace


def repairs_for(
    facts: CloneFacts, settings: Mapping[str, str], *, hides_notebooks: bool = False
) -> Repairs:
    """Return all possible repairs; ``settings`` are the git settings that a clone should have.

    ``hides_notebooks`` means that git is to ignore the notebooks, as in a new workspace.
    In a bare repository, and in one that git refuses to read, no file is changed.
    """
    config: Mapping[str, str] = {}
    lines: dict[str, tuple[str, ...]] = {}
    if facts.clone is not None and not has_working_settings(facts.clone):
        existing = facts.clone.config
        config = {key: value for key, value in settings.items() if existing.get(key) != value}
    if facts.rules is not None:
        missing = git_attributes.missing_rules(facts.rules.attributes, facts.layout)
        ignores = git_attributes.missing_ignores(facts.rules, facts.layout)
        lines[".gitattributes"] = git_attributes.lines_to_add(missing, facts.layout)
        lines[".gitignore"] = tuple(rule.line for rule in ignores)
        if hides_notebooks and facts.layout.notebook("x") not in facts.rules.ignored:
            lines[".gitignore"] += git_attributes.notebook_ignores(facts.layout)
    is_usable = facts.git is None or facts.rules is not None
    if is_usable and facts.other_jupytext is None:
        lines["pyproject.toml"] = jupytext_config.lines_to_add(facts.pyproject, facts.layout)
    if is_usable and not facts.has_readme:
        lines[git_attributes.readme_path(facts.layout)] = _readme(facts.layout)
    return Repairs(config, {name: added for name, added in lines.items() if added})


def _readme(layout: Layout) -> tuple[str, ...]:
    folder = layout.sources
    return (
        "# The notebooks, for Jupyter",
        f"Each has a source in `{folder}/`; `doit sync` takes an edit of either into the other.",
        "Outputs stay here: git ignores the notebooks, or takes them without outputs.",
    )


def settings_for(python: str) -> dict[str, str]:
    """Return the git settings for a clone whose tools run in the Python at this path.

    They have the names of nbstripout's. Diffs and merges are those of percent text, ``-P`` prevents
    Python from importing a module of the repo instead of ours, and where the Python is gone, the
    commands themselves say what to type. git runs them in a shell:
    https://git-scm.com/docs/gitattributes
    """
    program, advice = shlex.quote(python), shlex.quote(_ADVICE.format(python))
    # git expands a % in a filter or a merge driver, but not in a diff driver.
    escaped, echo = program.replace("%", "%%"), f"echo {advice.replace('%', '%%')} >&2"
    return {
        # %f is the path of the notebook, for messages.
        CLEAN: f"{escaped} -P -m nbship.strip --keep-id --path=%f || {{ {echo}; exit 1; }}",
        SMUDGE: SMUDGE_COMMAND,
        REQUIRED: "true",
        # git appends the arguments of the command: cat shows the file where the Python is gone.
        TEXTCONV: f'{program} -P -m nbship.textconv "$1" || cat',
        MERGE_NAME: "nbship: notebooks as percent text",
        # The exit codes 0 and 1 are those of a merge; after others, git keeps our side.
        MERGE: (
            f"{escaped} -P -m nbship.merge %O %A %B %P; code=$?; "
            f"[ $code -le 1 ] || {echo}; exit $code"
        ),
    }
