"""The nbship command, made from the list of verbs."""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

import nbship
from nbship.core.terminal.volume import VARIABLE, volume_of
from nbship.diagnostics import did_you_mean
from nbship.edges.process.standard_streams import protect_standard_streams
from nbship.edges.storage import state_files
from nbship.errors import NbshipError, WorkspaceError
from nbship.frontends.commands import (
    Option,
    Results,
    Values,
    Verb,
    failures_of,
    has_nothing_to_do,
    known_words,
    left_out,
    names_for,
    no_such_option,
    no_value,
    read_options,
    refuse_selecting,
    remark_on_all,
    selected,
    to_each,
)
from nbship.frontends.console import Console
from nbship.frontends.session import Session
from nbship.frontends.verb_lists.all_verbs import VERBS
from nbship.frontends.verb_lists.set_up import SHELLS
from nbship.interrupts import INTERRUPTED

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_PATTERNS = (
    "A NAME is a notebook's path below the sources, without its extension; the last part is enough "
    "where only one has it. With a * it is a pattern. Without a NAME, the command works on all of "
    "them."
)
_COMPLETES = "_NBSHIP_COMPLETE"  # the variable with which a shell asks for completions
_PICKS_PART = f"{__name__}.picks_part"  # in click's context: a subcommand is called
_VOLUMES = {
    "quiet": "only results, errors and the last lines",
    "verbose": "the whole output of a notebook, also on a terminal",
}


def main() -> None:
    """Run the command line; an error is printed as one line and sets the exit code."""
    protect_standard_streams()
    console = Console()
    try:
        act = cli.main(prog_name="nbship", standalone_mode=False)
        # The verb runs after click: click reports an EOFError as Ctrl-C, and hides a closed pipe.
        sys.exit(act(console) if callable(act) else act)
    except NbshipError as error:
        mistake = error
        if _COMPLETES in os.environ:  # the shell would print it into the line that is typed
            sys.exit(mistake.exit_code)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "nbship"
        mistake = WorkspaceError(f"{path}: {error.format_message()}")
    except (KeyboardInterrupt, click.Abort) as error:
        console.interrupted(error)
        sys.exit(INTERRUPTED)
    console.error(mistake)
    sys.exit(mistake.exit_code)


class _Verbs(click.Group):
    """A group of verbs that suggests the nearest one for an unknown word.

    The command of a verb is made when it is asked for: all of them take some milliseconds.
    """

    verbs: Mapping[str, Verb]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a verb, None if there is no such verb."""
        if cmd_name in self.verbs and cmd_name not in self.commands:
            self.add_command(_command(self.verbs[cmd_name]))
        return super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command for the first word.

        Raises:
            WorkspaceError: there is none.
        """
        if args[0] not in self.verbs:
            verb, colon, name = args[0].partition(":")  # as doit writes it
            is_task = colon and verb in self.verbs
            near = f"; write '{verb} {name}'" if is_task else did_you_mean(verb, self.verbs)
            raise WorkspaceError(f"{ctx.command_path}: no command {args[0]!r}{near}")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order of the list of verbs."""
        return list(self.verbs)


class _Command(click.Command):
    """The command of a verb, with the same usage errors as its doit task."""

    verb: Verb

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line.

        Raises:
            WorkspaceError: an option is unknown or lacks its value.
        """
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            raise no_such_option(self.verb, error.option_name) from None
        except click.BadOptionUsage as error:
            if "requires an argument" not in error.message:
                raise
            raise no_value(self.verb, error.option_name) from None


class _CommandWithParts(_Verbs, _Command):
    """The command of a verb with subcommands.

    Where the first word is not the name of one, all words are those of the verb itself.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line.

        Raises:
            WorkspaceError: as ``_Command`` does.
        """
        first = next((word for word in args if not word.startswith("-")), "")
        ctx.meta[_PICKS_PART] = first in self.verbs
        ctx.allow_interspersed_args = first not in self.verbs  # click stops at the first word
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the options and arguments; only the options before a subcommand."""
        params = super().get_params(ctx)
        if not ctx.meta.get(_PICKS_PART):
            return params
        return [param for param in params if isinstance(param, click.Option)]


@click.group(
    cls=_Verbs,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.version_option(nbship.__version__, message="nbship %(version)s")
@click.pass_context
def cli(context: click.Context) -> None:
    """Notebooks in git as Python files, shipped to Kaggle.

    Each command works in any folder of a workspace. The daily ones are also doit tasks, with the
    same options: see 'doit list'.
    """
    if context.invoked_subcommand is None:
        Console().line(context.get_help())


def _command(verb: Verb) -> click.Command:
    """Return the command of a verb."""
    params: list[click.Parameter] = [_option(option) for option in verb.options]
    if verb.is_group:
        params.append(
            click.Option(
                ["-c", "--continue", "goes_on"],
                is_flag=True,
                help="Go on with the other notebooks after a failure."
                + (" This verb always does." if verb.goes_on else ""),
            )
        )
    params += [
        click.Option([f"-{volume[0]}", f"--{volume}"], is_flag=True, help=f"Print {what}.")
        for volume, what in _VOLUMES.items()
    ]
    if verb.names != "none":
        completed = partial(_completed_name, verb)
        params.append(
            click.Argument(["words"], nargs=-1, metavar=verb.usage, shell_complete=completed)
        )
    shared: dict[str, Any] = {
        "params": params,
        "help": _help(verb),
        "short_help": verb.help,
        "callback": partial(_chosen, verb),
    }
    command: _Command
    if verb.parts:
        command = _CommandWithParts(verb.name, invoke_without_command=True, **shared)
        command.verbs = {part.name: part for part in verb.parts}
    else:
        command = _Command(verb.name, **shared)
    command.verb = verb
    return command


def _option(option: Option) -> click.Option:
    flags = [f"--{option.long}", option.name, *([f"-{option.short}"] if option.short else [])]
    help_text = option.help[0].upper() + option.help[1:] + "."
    if option.kind is bool:
        return click.Option(flags, is_flag=True, help=help_text)
    # A value stays text: ``read_options`` validates it with the same messages as for doit.
    return click.Option(
        flags, default=option.default, metavar=option.metavar, help=help_text,
        shell_complete=partial(_completed_value, option),
    )  # fmt: skip


def completion_script(shell: str) -> str:
    """Return the script with which a shell completes the words after ``nbship``.

    Raises:
        WorkspaceError: there is none for this shell.
    """
    from click.shell_completion import get_completion_class

    kind = get_completion_class(shell)
    if kind is None:
        raise WorkspaceError(f"completion: no script for {shell!r}{did_you_mean(shell, SHELLS)}")
    return kind(cli, {}, "nbship", _COMPLETES).source()


def _completed_name(
    verb: Verb, _: click.Context, __: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    """Return the names with which a word may go on; for a path, the shell completes files, too."""
    from click.shell_completion import CompletionItem

    files = [CompletionItem(incomplete, type="file")] if verb.names == "paths" else []
    return files + _completed(lambda session: known_words(verb, session), incomplete)


def _completed_value(
    option: Option, _: click.Context, __: click.Parameter, incomplete: str
) -> "list[CompletionItem]":
    return _completed(option.known, incomplete) if option.known else []


def _completed(
    known: Callable[[Session], Iterable[str]], incomplete: str
) -> "list[CompletionItem]":
    """Return the known words that begin so; none where there is no workspace."""
    from click.shell_completion import CompletionItem

    session = Session(Console())
    state_files.listen(lambda _: None)
    try:
        return [CompletionItem(word) for word in known(session) if word.startswith(incomplete)]
    except NbshipError:
        return []


def _help(verb: Verb) -> str:
    paragraphs = [verb.help[0].upper() + verb.help[1:] + "."]
    paragraphs += [verb.more] if verb.more else []
    paragraphs += [_PATTERNS] if verb.is_group else []
    width = max((len(command) for command, _ in verb.examples), default=0)
    heading = "Example:" if len(verb.examples) == 1 else "Examples:"
    lines = [f"  {command:<{width}}  {what}".rstrip() for command, what in verb.examples]
    return "\n\n".join([*paragraphs, "\n".join(["\b", heading, *lines])])


def _chosen(verb: Verb, **given: Any) -> Callable[[Console], int] | None:
    """Return the function that runs a verb, None where one of its subcommands runs."""
    is_whole = click.get_current_context().invoked_subcommand is None
    return (lambda console: _run(verb, console, **given)) if is_whole else None


def _run(
    verb: Verb,
    console: Console,
    words: Sequence[str] = (),
    *,
    goes_on: bool = False,
    quiet: bool = False,
    verbose: bool = False,
    **given: object,
) -> int:
    """Run a verb and return the exit code.

    Raises:
        NbshipError: the verb failed, or the command line is wrong.
    """
    if quiet and verbose:
        raise WorkspaceError(f"{verb.name}: --quiet and --verbose exclude each other")
    said = "quiet" if quiet else "verbose" if verbose else os.environ.get(VARIABLE, "")
    console.volume = volume_of({VARIABLE: said})
    session = Session(console)
    if verb.is_group:
        return _run_each(verb, session, words, given, goes_on=goes_on)
    if verb.names == "one" and len(words) != 1:
        given_words = " ".join(words) or "none"
        raise WorkspaceError(f"{verb.name}: give one {verb.word}; there is {given_words}")
    together = {"paths": "paths", "several": "words"}.get(verb.names)
    name = words[0] if verb.names == "one" else ""
    all_words = {together: words} if together else {}
    verb.act(session, name, read_options(verb, given) | all_words)
    return 0


def _run_each(
    verb: Verb,
    session: Session,
    words: Sequence[str],
    options: Mapping[str, object],
    *,
    goes_on: bool,
) -> int:
    """Run a verb for each of its names, and return the highest exit code."""
    names: Sequence[str] = names_for(verb, session, words)
    if words:
        refuse_selecting(verb, options)
    else:
        names = selected(verb, session, names, options)
    given = to_each(verb, options)
    session.keep_facts()
    goes_on = goes_on or verb.goes_on
    refused = left_out(verb, session, words)
    results = Results(verb, session)
    for error in refused.values():
        results.tell(str(error.place), error)
    with session.console.working(verb.name, ""):
        if verb.together:
            options = read_options(verb, given)
            to_do = [n for n in names if not has_nothing_to_do(verb, session, n, options)]
            results.idle += [name for name in names if name not in to_do]
            if to_do:
                verb.together(session, to_do, options, results.tell)
        else:
            if verb.before and len(names) > 1:
                verb.before(session, names, read_options(verb, given))
            _act_on_each(verb, session, names, given, results, goes_on=goes_on)
    if not words:
        remark_on_all(verb, session)
    results.print_end(len(names))
    failed = [name for name in results.codes if name in names or name not in session.catalogue]
    for failure in failures_of(verb, failed, len(names) + len(refused)) if goes_on else ():
        session.console.error(failure)
    return max(results.codes.values(), default=0)


def _act_on_each(
    verb: Verb,
    session: Session,
    names: Sequence[str],
    given: Mapping[str, object],
    results: Results,
    *,
    goes_on: bool,
) -> None:
    """Run a verb for one name after the other; without ``goes_on`` a failure ends this."""
    for number, name in enumerate(names, 1):
        session.console.progress(f"{number} of {len(names)}")
        try:
            if has_nothing_to_do(verb, session, name, read_options(verb, given)):
                results.idle.append(name)
            else:
                results.tell(name, _act(verb, session, name, given))
        except NbshipError as error:
            results.tell(name, error)
            if not goes_on:
                break


def _act(verb: Verb, session: Session, name: str, given: Mapping[str, object]) -> Values:
    with session.console.working(verb.name, name):
        return verb.act(session, name, read_options(verb, given)) or {}


cli.verbs = {verb.name: verb for verb in VERBS}
