"""The codes of check: what each one means, the way out, and the function that finds it.

A code never changes its name. docs/reference/checks.md shows the table; the command
``python -m tests.support.generated`` writes it there.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nbship.core.checks.facts import FileRule, WorkspaceRule
from nbship.core.checks.rules.accidental_commands import misread_comments
from nbship.core.checks.rules.bundle import (
    bundled_files,
    too_large,
    unbundled_files,
)
from nbship.core.checks.rules.cell_tags import misspelt_tags, unknown_parameters
from nbship.core.checks.rules.git_index import (
    committed_conflicts,
    committed_outputs,
    git_not_asked,
)
from nbship.core.checks.rules.ids import changed_ids, duplicate_ids
from nbship.core.checks.rules.imports import (
    imported_notebooks,
    linked_modules,
    relative_imports,
    shadowed_modules,
    sibling_imports,
    unreadable_files,
    unreadable_modules,
)
from nbship.core.checks.rules.kernel_settings import accelerators, internet_in_competitions
from nbship.core.checks.rules.names import (
    duplicate_names,
    folder_clashes,
    headers_without_cells,
    misspelt_names,
)
from nbship.core.checks.rules.pictures import missing_pictures, unattached_pictures
from nbship.core.checks.rules.secrets import secrets
from nbship.core.checks.rules.undeclared_inputs import undeclared_inputs
from nbship.core.checks.rules.undefined_names import undefined_names
from nbship.diagnostics import Diagnostic

Level = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Rule:
    """A code's meaning, its way out, and the function that finds it.

    ``level`` is "error" if the mistake is certain: then the check fails. What may be right is a
    "warning", which fails only with --strict. ``in_file`` looks at one file, ``in_workspace`` at
    all of them. A code with neither is found while a file is read (file.py) or while allow comments
    are applied (suppressions.py). ``can_allow`` is False for what build, smoke or the next check
    refuses as well. With ``keeps_allow`` an allow comment is not reported where it allows nothing.
    """

    what: str
    way_out: str
    level: Level = "error"
    can_allow: bool = False
    keeps_allow: bool = False
    in_file: FileRule | None = None
    in_workspace: WorkspaceRule | None = None


RULES: Mapping[str, Rule] = {
    "git-not-asked": Rule(
        "git refuses to read the repository, or is not installed: `id-changed` and "
        "`committed-outputs` are not checked",
        "type the command that git proposes",
        level="warning",
        in_workspace=git_not_asked,
    ),
    "conflict-marker": Rule(
        "git left both sides of a merge in the file, or in a `.ipynb` of its index; the rest of "
        "the source is not checked",
        "keep one side, and delete the lines with `<<<<<<<`, `=======` and `>>>>>>>`",
        can_allow=True,
        in_workspace=committed_conflicts,
    ),
    "link": Rule(
        "a source or an imported module is a link, or lies behind one: git keeps where a link "
        "leads, and no commit has what is there",
        "replace the link by the file itself",
        in_workspace=linked_modules,
    ),
    "bundle": Rule(
        "`[tool.nbship.bundle]` names a file that does not exist, is a link, or is outside the "
        "workspace; or a package that does not exist",
        "correct the path, which is relative to the folder of the source",
        in_workspace=bundled_files,
    ),
    "unbundled-file": Rule(
        "code opens a file of the workspace that does not go along to Kaggle",
        "name it in `[tool.nbship.bundle]`; allow it if the code can do without",
        level="warning",
        can_allow=True,
        in_workspace=unbundled_files,
    ),
    "missing-picture": Rule(
        "Markdown shows an attachment, and `NAME.assets` beside the source has no such file",
        "put the picture there",
        level="warning",
        can_allow=True,
        in_workspace=missing_pictures,
    ),
    "unattached-picture": Rule(
        "Markdown shows a picture by its path: the file is here, and does not go along to Kaggle",
        "copy it into `NAME.assets` beside the source, and write `attachment:` and its name",
        level="warning",
        can_allow=True,
        in_workspace=unattached_pictures,
    ),
    "too-large": Rule(
        "the artifact is larger than the 1,000,000 bytes that Kaggle accepts",
        "move data into a dataset, or import fewer modules",
        in_workspace=too_large,
    ),
    "unreadable": Rule(
        "a source or an imported module that cannot be read: it is a folder, a pipe or a device, "
        "or its permissions forbid it",
        "make it a file that you can read, or move it out of `src_py/`",
        in_workspace=unreadable_files,
    ),
    "encoding": Rule(
        "the file is not UTF-8, or is too large for a source",
        "save it as UTF-8; move data into a dataset",
    ),
    "cells": Rule(
        "a line that tools do not all read alike, as a cell's marker or as its text",
        "write what the hint shows",
    ),
    "no-cells": Rule(
        "a module has a header of nbship: without a `# %%` line the file is no notebook",
        "write a line `# %%` above the header, or remove the header",
        level="warning",
        can_allow=True,
        in_workspace=headers_without_cells,
    ),
    "accidental-command": Rule(
        "a comment that jupytext turns into a command, as it does with `# copy the weights`; or "
        "a command that stays a comment, as `# !pip install x` does in a script",
        "the hint shows how to write the command, and how to write the comment",
        in_file=misread_comments,
    ),
    "doubtful-command": Rule(
        "a comment that jupytext turns into a command that runs, or into a name, as it does with "
        "`# ls`; it may be meant as a comment",
        "the hint shows how to write the command, and how to write the comment; allow a command "
        "that is meant",
        level="warning",
        can_allow=True,
        in_file=misread_comments,
    ),
    "newer-syntax": Rule(
        "syntax that only a newer Python than the one here reads; Kaggle's may be newer",
        "run nbship with that Python, or write it in older syntax",
        level="warning",
        can_allow=True,
    ),
    "not-python": Rule(
        "a code cell, or a module that a notebook imports, is not valid Python",
        "correct the line",
        in_workspace=unreadable_modules,
    ),
    "shadowed-module": Rule(
        "a module has the name of one of Python's own modules, which a kernel imports instead",
        "rename it",
        in_workspace=shadowed_modules,
    ),
    "imported-notebook": Rule(
        "a notebook is imported, and only modules can be imported",
        "move the shared code into a `.py` without `# %%` lines",
        in_workspace=imported_notebooks,
    ),
    "relative-import": Rule(
        "a relative import that leads above all packages: a notebook is in none, a module in the "
        "package of its folder",
        "import the module by its path from `src_py/`, as the hint shows",
        can_allow=True,
        in_workspace=relative_imports,
    ),
    "sibling-import": Rule(
        "an import of a file beside the importing one, which Python finds only if that runs as a "
        "script; an installed package may have the same name",
        "import the module by its path from `src_py/`, as the hint shows",
        level="warning",
        can_allow=True,
        in_workspace=sibling_imports,
    ),
    "header-syntax": Rule(
        "the script block is not closed, is not TOML, occurs twice or is not in the first cell; "
        "or the YAML header cannot be read",
        "write what the hint shows",
    ),
    "header-unknown-key": Rule(
        "a key that nbship does not know", "use the suggested key, or remove it"
    ),
    "header-value": Rule(
        "a value has the wrong type, or contradicts the value of another key", "correct it"
    ),
    "header-replaced": Rule(
        "a key or a value, as Kaggle's pull writes it, that the build leaves out or replaces",
        "leave it out",
        level="warning",
        can_allow=True,
    ),
    "header-missing-key": Rule("`id` or `title` is missing", "add it"),
    "id-form": Rule("the `id` is not `owner/slug`, or the slug is too short", "correct it"),
    "title-length": Rule(
        "the title is too short or too long: Kaggle takes 5 to 50 characters",
        "choose another title",
    ),
    "title-slug": Rule(
        "Kaggle makes a slug of the title that is not the one in the `id`",
        "change the title, not the `id`",
    ),
    "requirement": Rule("a dependency that pip does not understand", "correct it"),
    "source-prefix": Rule(
        "a data source has a prefix such as `datasets/`, `code/`, `c/` or `models/`, or is a URL",
        "write it as the hint shows",
    ),
    "source-form": Rule(
        "a data source does not have the form that its key requires",
        "write it in the form that the message names",
    ),
    "duplicate-id": Rule(
        "two notebooks have the same `id`: each push would overwrite the other's kernel",
        "give the newer one another id and title",
        in_workspace=duplicate_ids,
    ),
    "duplicate-name": Rule(
        "two sources differ only in their extension; both would be built in the same folder",
        "rename one of them",
        in_workspace=duplicate_names,
    ),
    "file-name": Rule(
        "a name that is not the same file on every system, or means something to a shell; or an R "
        "source ends in `.r`",
        "rename the source",
        in_workspace=misspelt_names,
    ),
    "folder-clash": Rule(
        "the folder of an artifact would be inside the folder of another one",
        "rename one of the sources",
        in_workspace=folder_clashes,
    ),
    "cell-tag": Rule(
        "a tag for rehearsals (`skip-smoke`, `only-kaggle`, `only-colab`, `timeout=30`) is "
        "mistyped, has no number of seconds, or is in a script, which has no cells",
        "correct the tag, or remove it",
        level="warning",
        can_allow=True,
        in_file=misspelt_tags,
    ),
    "unknown-parameter": Rule(
        "`smoke.parameters` has a name that no cell with the tag `parameters` assigns",
        "assign it there, or remove it",
        in_file=unknown_parameters,
    ),
    "id-changed": Rule(
        "the `id` is not the one in the last commit: Kaggle would create another kernel, and the "
        "old kernel keeps its versions and its outputs",
        "restore the old `id`; allow the change if you want another kernel",
        can_allow=True,
        keeps_allow=True,  # it allows nothing any more after the next commit, and may stay
        in_workspace=changed_ids,
    ),
    "accelerator-unknown": Rule(
        "a `machine_shape` that is not in Kaggle's list; Kaggle would choose one without a message",
        "use one of the list; allow it if Kaggle has a newer one",
        level="warning",
        can_allow=True,
        in_file=accelerators,
    ),
    "accelerator-retired": Rule(
        "Kaggle has retired this `machine_shape`, and runs another one or none instead",
        "use the one that the hint names",
        can_allow=True,
        in_file=accelerators,
    ),
    "internet-in-competition": Rule(
        "`competition_sources` with `enable_internet = true`: a code competition does not accept "
        "a submission from such a notebook",
        "switch internet off; allow it if the competition is not a code competition",
        level="warning",
        can_allow=True,
        in_file=internet_in_competitions,
    ),
    "undeclared-input": Rule(
        "code opens a path below `/kaggle/input` that no declared source provides, in the old or "
        "new layout",
        "add the source to the header, or correct the path",
        can_allow=True,
        in_workspace=undeclared_inputs,
    ),
    "unknown-input": Rule(
        "a text names a path below `/kaggle/input`, or below `../input`, that no declared source "
        "provides; whether the code opens it is not certain",
        "add the source to the header, or correct the path",
        level="warning",
        can_allow=True,
        in_workspace=undeclared_inputs,
    ),
    "undefined-name": Rule(
        "a name that nothing in the notebook or module defines, or only a later cell; code with "
        "`import *`, `exec`, `%run` or another command that may define any name is not judged",
        "correct or define it; allow it if an extension of IPython defines it",
        level="warning",
        can_allow=True,
        in_file=undefined_names,
    ),
    "secret": Rule(
        "a text that looks like a token or a key; it is never printed",
        "revoke it, and use Kaggle's secrets or an environment variable; allow a made-up one",
        can_allow=True,
        in_file=secrets,
    ),
    "committed-outputs": Rule(
        "a `.ipynb` in git's index has outputs",
        "take them out of git with `git add --renormalize FILE`; the file keeps them, and a cell "
        "tagged `keep_output` may keep its own also in git",
        in_workspace=committed_outputs,
    ),
    "unused-allow": Rule("an allow comment that allows nothing", "remove it", level="warning"),
}

# A function that finds several codes is called once.
FILE_RULES = tuple(dict.fromkeys(rule.in_file for rule in RULES.values() if rule.in_file))
WORKSPACE_RULES = tuple(
    dict.fromkeys(rule.in_workspace for rule in RULES.values() if rule.in_workspace)
)


def level_of(finding: Diagnostic) -> Level:
    """Return the level of a finding of check."""
    return RULES[finding.code].level
