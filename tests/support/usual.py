"""Functions of the core for a workspace with the usual folders, which most tests have."""

from functools import partial

from nbship.core.artifact import assemble, bundle, cells, compile, imports  # noqa: A004 - its name
from nbship.core.checks.rules import opened_files
from nbship.core.clone import git_attributes, jupytext_config, pyproject
from nbship.core.failure import executed, world
from nbship.core.workspace import catalogue, names
from nbship.model.layout import Layout

LAYOUT = Layout()
SOURCES = LAYOUT.sources

bundle_cell = partial(bundle.bundle_cell, sources=SOURCES)
module_cells = partial(cells.module_cells, sources=SOURCES)
compile_notebook = partial(compile.compile_notebook, sources=SOURCES)
make_artifact = partial(assemble.make_artifact, sources=SOURCES)
reach_modules = partial(imports.reach_modules, sources=SOURCES)
opened = partial(opened_files.opened, sources=SOURCES)
executed_artifact = partial(executed.ExecutedArtifact, sources=SOURCES)
in_workspace = partial(world.in_workspace, sources=SOURCES)
left_behind = partial(world.left_behind, sources=SOURCES)

name_faults = partial(names.name_faults, layout=LAYOUT)
refuse_shared = partial(catalogue.refuse_shared, layout=LAYOUT)
RULES = git_attributes.attribute_rules(LAYOUT)
ignore_rules = partial(git_attributes.ignore_rules, LAYOUT)
missing_rules = partial(git_attributes.missing_rules, layout=LAYOUT)
missing_ignores = partial(git_attributes.missing_ignores, layout=LAYOUT)
lines_to_add = partial(git_attributes.lines_to_add, layout=LAYOUT)
TABLE = jupytext_config.table(LAYOUT)
lacks = partial(jupytext_config.lacks, layout=LAYOUT)
with_tables = partial(pyproject.with_tables, layout=LAYOUT)
lines_of_table = partial(jupytext_config.lines_to_add, layout=LAYOUT)
