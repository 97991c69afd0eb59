"""The texts of new files: the first notebook, the rules for agents, the workflow of GitHub."""

from nbship.core.clone.sandbox import APPARMOR
from nbship.core.scaffold.header_cell import header_cell
from nbship.model.layout import Layout

# nbship is not on the package index yet. A release changes this line, and nothing else.
INSTALL = "pip install git+https://github.com/nbship/nbship"

AGENTS = "AGENTS.md"
WORKFLOW = ".github/workflows/notebooks.yml"

_PYTHON = ">=3.11"

_FIRST = """\
# %%
{header}

# %% [markdown]
# # The first notebook
#
# This file is a notebook: each line that begins with `# %%` begins a cell. Edit it in any editor,
# or its pair `{notebook}` in JupyterLab after `doit sync`. It is not a Kaggle kernel:
# `nbship new NAME --kaggle OWNER/SLUG` makes one.

# %% tags=["parameters"]
LARGEST = 10

# %%
squares = {{number: number**2 for number in range(1, LARGEST + 1)}}
for number, square in squares.items():
    print(f"{{number:>3}} {{square:>5}}")
"""


def first_notebook(notebook: str) -> str:
    """Return the source of the example notebook, a local helper, and name the path of its pair."""
    tables = {"requires-python": _PYTHON, "dependencies": []}
    return _FIRST.format(header=header_cell(tables), notebook=notebook)


_AGENTS_TEXT = """\
# Rules for agents

The notebooks of this repository are Python files in the percent format, below `{sources}/`. nbship
builds them, rehearses them on this machine and pushes them to Kaggle.

- Edit `{source}`. `{notebook}` is its pair for JupyterLab, kept out of git; after
  an edit of the notebook, `doit sync` brings the change into the source.
- Never edit `{layout.build}/`, `{layout.runs}/` or `{layout.state}/`: commands write them.
- The first cell of a notebook holds its settings (`# /// script`). A kernel's `id` never changes.
- `nbship check` after each edit, `doit` before each commit: it checks, builds and rehearses.
- `doit ship:NAME -t local` runs a kernel on a Kaggle of this machine: no account, no quota.
- `doit push:NAME` starts a run on Kaggle and costs quota. Do it only when a person asks for it.
- An exit code of 0 is a success; 1 is a finding or a failed run, 2 a wrong command, 3 a guard that
  refused. Read the line that begins with `→`: it says what to do. Do not override a guard.
"""


def agents_text(layout: Layout) -> str:
    """Return the rules for agents, with the folders of the workspace."""
    return _AGENTS_TEXT.format(
        layout=layout,
        sources=layout.sources,
        source=layout.source("NAME"),
        notebook=layout.notebook("NAME"),
    )


_MANY = 20  # notebooks from which on several machines rehearse them
_PARTS = 5

_CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"
_PYTHON_ACTION = "actions/setup-python@5fda3b95a4ea91299a34e894583c3862153e4b97 # v7.0.0"
_UPLOAD = "actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a # v7.0.1"
_DOWNLOAD = "actions/download-artifact@3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c # v8.0.1"
_RESTORE = "actions/cache/restore@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5"
_SAVE = "actions/cache/save@27d5ce7f107fe9357f9df03efb73ab90386fccae # v5.0.5"

# What each job of the workflow begins with.
_STEPS = f"""\
      - uses: {_CHECKOUT}
        with:
          persist-credentials: false
      - uses: {_PYTHON_ACTION}
        with:
          python-version: "3.12"
      - run: {INSTALL}
      - name: Let rehearsals have their sandbox
        run: >-
          sudo apt-get update -q && sudo apt-get install -q --yes bubblewrap &&
          sudo sysctl -w {APPARMOR}=0
      - run: nbship doctor --fix
"""

_HEAD = """\
# Checks, builds and rehearses the notebooks. Pushes those of the default branch to Kaggle, after a
# person approves it. Written by `nbship init --ci github`; change it as you like.
#
# Once: in the repository's settings, make an environment `kaggle` with a required reviewer, limited
# to the default branch, and give it the secret KAGGLE_API_TOKEN.
name: notebooks

on:
  push:
  pull_request:

permissions: {}

concurrency:
  group: ${{ github.workflow }}-${{ github.ref }}

jobs:
"""

# What each job has; a job without a right to write cannot do harm.
_JOB = """\
    runs-on: ubuntu-latest
    permissions:
      contents: read # to check the source out
    timeout-minutes: 60
"""

_ONE_MACHINE = f"""\
  rehearse:
    name: Check, build and rehearse
{_JOB}    steps:
{_STEPS}      - run: doit
"""

# The division is decided once: all parts get the same file, whatever a cache has become meanwhile.
_MACHINES = """\
  plan:
    name: Check, and decide who rehearses what
{job}    steps:
{steps}      - run: nbship check
      - uses: {restore}
        with:
          path: rehearsal-durations.json
          key: durations-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
          restore-keys: durations-
      - name: Have durations, none at first
        run: test -f rehearsal-durations.json || nbship status --json > rehearsal-durations.json
      - uses: {upload}
        with:
          name: durations
          path: rehearsal-durations.json
          overwrite: true

  rehearse:
    name: Rehearse
    needs: plan
    strategy:
      fail-fast: false
      matrix:
        part: [{numbers}]
{job}    steps:
{steps}      - uses: {download}
        with:
          name: durations
      - run: nbship smoke --shard "$PART/{parts}" --durations rehearsal-durations.json
        env:
          PART: ${{{{ matrix.part }}}}
      - name: Keep the verdicts
        if: ${{{{ !cancelled() }}}}
        uses: {upload}
        with:
          name: verdicts-${{{{ matrix.part }}}}
          path: {verdicts}
          include-hidden-files: true
          if-no-files-found: ignore
          overwrite: true

  decide:
    name: Merge the verdicts
    needs: [plan, rehearse]
    if: ${{{{ !cancelled() }}}}
{job}    steps:
{steps}{merge}      - run: nbship build
      - run: nbship status
      - name: All parts have passed
        run: test "$RESULT" = success
        env:
          RESULT: ${{{{ needs.rehearse.result }}}}
      - name: Every notebook has passed
        run: doit
      - run: nbship status --json > rehearsal-durations.json
      - uses: {save}
        with:
          path: rehearsal-durations.json
          key: durations-${{{{ github.run_id }}}}-${{{{ github.run_attempt }}}}
"""

_MERGE = """\
      - uses: {download}
        with:
          pattern: verdicts-*
          merge-multiple: true
          path: {verdicts}
"""

_PUSH = """
  push:
    name: Push to Kaggle
    needs: {needs}
    if: github.event_name == 'push' && github.ref_name == github.event.repository.default_branch
    runs-on: ubuntu-latest
    environment: kaggle # a person approves
    permissions:
      contents: read # to check the source out
    timeout-minutes: 60
    steps:
{steps}{merge}      - run: doit push
        env:
          KAGGLE_API_TOKEN: ${{{{ secrets.KAGGLE_API_TOKEN }}}}
"""


def workflow_text(layout: Layout, notebooks: int) -> str:
    """Return the workflow of a workspace with so many notebooks.

    Several machines rehearse many; a last job merges their verdicts, and decides.
    """
    if notebooks < _MANY:
        return _HEAD + _ONE_MACHINE + _PUSH.format(needs="rehearse", steps=_STEPS, merge="")
    merge = _MERGE.format(download=_DOWNLOAD, verdicts=layout.verdicts)
    machines = _MACHINES.format(
        job=_JOB, steps=_STEPS, merge=merge, verdicts=layout.verdicts, parts=_PARTS,
        numbers=", ".join(map(str, range(1, _PARTS + 1))),
        restore=_RESTORE, save=_SAVE, upload=_UPLOAD, download=_DOWNLOAD,
    )  # fmt: skip
    return _HEAD + machines + _PUSH.format(needs="decide", steps=_STEPS, merge=merge)
