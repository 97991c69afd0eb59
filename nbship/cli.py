"""The nbship command: what is not a task of a workspace's daily work."""

import shlex
import sys
from pathlib import Path

import click

import nbship
from nbship.edges.workspace import sources
from nbship.errors import NbshipError, SourceError, WorkspaceError
from nbship.frontends.console import Console
from nbship.model.workspace import Context, Workspace

_CONSOLE = Console()
_TOPIC_WIDTH = 14  # of .gitattributes, the longest


def main() -> None:
    """Run the command line; a mistake is one line and an exit code."""
    try:
        cli(prog_name="nbship", standalone_mode=True)
    except NbshipError as error:
        _CONSOLE.error(error)
        sys.exit(error.exit_code)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(nbship.__version__, message="nbship %(version)s")
def cli() -> None:
    """Notebooks in git as Python files, shipped to Kaggle by doit.

    The daily work are doit's tasks: see 'doit list'.
    """


@cli.command()
@click.option(
    "--format",
    "form",
    default="",
    metavar="FORM",
    help="text, json or github; without it, github where GITHUB_ACTIONS is true, else text.",
)
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
def check(form: str, paths: tuple[Path, ...]) -> None:
    """Say whether every source and its metadata are valid, as 'doit check' does.

    With PATHS, say only what is wrong in these files and folders; other files are passed over.
    Exits with 1 where something is wrong, and with 2 where the workspace is.

    \b
    Examples:
      nbship check
      nbship check --format json src_py/trainer.py
    """  # noqa: D301 - \b is click's
    from nbship.frontends.check_output import run_check

    workspace = _workspace()
    context = Context(workspace, sources.read_catalogue(workspace), _CONSOLE)
    try:
        run_check(context, _CONSOLE, form, _inside(workspace, paths) if paths else None)
    except SourceError as error:
        _CONSOLE.error(error)
        sys.exit(1)


def _inside(workspace: Workspace, paths: tuple[Path, ...]) -> frozenset[str]:
    """Return paths that somebody gave as the workspace names its files."""
    root = workspace.root
    # The folder is resolved as the workspace's is; a link itself is git's to follow.
    absolute = (path.resolve() if path.is_dir() else path.parent.resolve() / path.name
                for path in paths)  # fmt: skip
    return frozenset(p.relative_to(root).as_posix() for p in absolute if p.is_relative_to(root))


_AMOUNT = click.FloatRange(min=0)


@cli.group(invoke_without_command=True)
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="N",
    help="Serve on this port; without it, on any that is free.",
)
@click.option(
    "--faults",
    is_flag=True,
    help="For tests: take orders for faults at /control/faults, keep account at /control/log.",
)
@click.option(
    "--queued-as-nothing", is_flag=True, help="Answer {} for the status of a waiting session."
)
@click.option("--lag", type=_AMOUNT, metavar="SECONDS", help="Tell a status as it was so long ago.")
@click.option(
    "--dataset-delay",
    type=_AMOUNT,
    metavar="SECONDS",
    help="Let a dataset's new version become READY so late.",
)
@click.option(
    "--gpu-hours", type=_AMOUNT, metavar="N", help="What each user has of a GPU in a week (30)."
)
@click.option(
    "--tpu-hours", type=_AMOUNT, metavar="N", help="What each user has of a TPU in a week (20)."
)
@click.pass_context
def local(context: click.Context, /, **switches: bool | float | None) -> None:
    """Serve a Kaggle on this machine, in the foreground: no account, no network.

    Kernels are really run, datasets kept, secrets given out; other switches bring about what
    Kaggle does only at times.

    \b
    Examples:
      nbship local                     serve until Ctrl-C
      nbship local --gpu-hours 0       ... where no GPU is left this week
      eval "$(nbship local env)"       in another terminal: lead 'kaggle' to it
      kaggle kernels list -m           ... and ask it
      doit ship:trainer -t local       uses it too, while it is up
    """  # noqa: D301 - \b is click's
    if context.invoked_subcommand is not None:
        return
    from nbship.frontends import local_server
    from nbship.local.__main__ import main as serve

    words = [word for name, value in switches.items() for word in _as_words(name, value)]
    sys.exit(serve(local_server.options(_workspace(), *words)))


def _as_words(name: str, value: object) -> list[str]:
    """Return a switch as the local Kaggle's own command line has it."""
    if value is None or value is False:
        return []
    option = f"--{name.replace('_', '-')}"
    return [option] if value is True else [option, str(value)]


@local.command()
def env() -> None:
    """Print the lines that lead the stock 'kaggle' command to the local Kaggle.

    \b
    Example:
      eval "$(nbship local env)"

    Take a shell of its own for it: other programs use the proxy variables too.
    """  # noqa: D301 - \b is click's
    from nbship.frontends import local_server

    workspace = _workspace()
    url = local_server.running(workspace)
    if url is None:
        raise WorkspaceError(
            "the local Kaggle is not up", hint="Start it in another terminal: nbship local"
        )
    user = local_server.owner_of(sources.read_catalogue(workspace))
    for name, value in local_server.environment(workspace, url, user).items():
        quoted = shlex.quote(value)
        _CONSOLE.line(f"export {name}={quoted}" if value else f"unset {name}")


@cli.command()
@click.option("--fix", is_flag=True, help="Mend what can be mended, and say each change.")
def doctor(*, fix: bool) -> None:
    """Check this machine and this clone, in a line each; 0 only if nothing is in the way.

    \b
    Examples:
      nbship doctor            what is well, what is not, and what to do
      nbship doctor --fix      once in each clone: sets git's filter and diff driver for
                               notebooks, adds the lines that .gitattributes, .gitignore
                               and pyproject.toml lack
    """  # noqa: D301 - \b is click's
    from nbship.verbs import doctor as verb

    workspace = _workspace()
    if fix:
        for change in verb.repair(workspace):
            _CONSOLE.step("fixed", change, "")
    findings = verb.examine(workspace)
    for finding in findings:
        _CONSOLE.step(finding.severity, f"{finding.code:<{_TOPIC_WIDTH}}", finding.message)
        for hint in finding.hints:
            _CONSOLE.line(f"{'':<{_TOPIC_WIDTH}} → {hint}")
    sys.exit(int(any(finding.severity == "wrong" for finding in findings)))


def _workspace() -> Workspace:
    return sources.open_workspace(Path.cwd())
