"""A verb of the command line: its options, the names that it takes, and its action."""

import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from nbship.core.source.language import PYTHON
from nbship.core.workspace.names import meant_names
from nbship.diagnostics import did_you_mean, shown_name
from nbship.edges.workspace import sources
from nbship.errors import NbshipError, SmokeError, SourceError, WorkspaceError
from nbship.frontends.session import Session

if TYPE_CHECKING:
    from nbship.core.terminal.table import Row

Names = Literal["notebooks", "kernels", "pairs", "paths", "several", "one", "none"]
Options = Mapping[str, Any]  # the value of each option, by its name
Values = Mapping[str, str | int | float | None]  # for the ``getargs`` of other doit tasks
Tell = Callable[[str, Values | NbshipError], None]
SKIPPED = "skipped"  # the value with the reason why a verb did nothing for a name, or ""
_SHOWN = 10  # names in the line of a verb that went on


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class Option:
    """One option of a verb.

    On the command line a value is text; ``kind`` is the type that it is converted to, bool for a
    flag. An empty text means that the option was not given: a number is then None. ``least`` and
    ``most`` are the bounds of a number, both included.
    """

    name: str
    help: str
    kind: type[bool | str | int | float] = bool
    default: str = ""
    short: str = ""
    metavar: str = "TEXT"
    least: float | None = None
    most: float | None = None
    known: Callable[[Session], Iterable[str]] | None = None  # the values that a shell completes
    check: Callable[[str], object] | None = None  # raises ValueError for a text that is not valid
    selects: bool = False  # it is read by the verb's ``select``, and by nothing else

    @property
    def long(self) -> str:
        """The name of the option on the command line, without the two dashes."""
        return self.name.replace("_", "-")

    def read(self, text: object) -> bool | str | int | float | None:
        """Return a text as a value of this option.

        Raises:
            ValueError: the text is not valid; the message completes "--most 'x' ...".
        """
        if self.check is not None and text:
            self.check(str(text))
        if self.kind is bool or self.kind is str:
            return self.kind(text)
        if text == "":
            return None
        is_whole = self.kind is int
        try:
            number = int(str(text)) if is_whole else float(str(text))
        except ValueError:
            raise ValueError(f"is not a {'whole ' if is_whole else ''}number") from None
        if self.least is not None and not number >= self.least:
            raise ValueError(f"is less than {self.least:g}")
        if self.most is not None and not number <= self.most:
            raise ValueError(f"is more than {self.most:g}")
        return number


@dataclass(frozen=True, eq=False, repr=False, slots=True)
class Verb:
    """A verb, from which a doit task and a command of nbship are made.

    ``act`` is called once for each name, or once with "" if the verb takes no names; paths are in
    the options, as ``paths``. A verb of ``several`` gets all its words together, in the options, as
    ``words``. A verb of ``one`` takes one word, which ``word`` names in the help.
    ``act`` returns the values that other doit tasks can read with ``getargs``. ``made`` returns the
    same values if there is nothing to do for a name, else None; doit then calls the task up to
    date. ``targets`` returns the files that the task makes, for doit, relative to the workspace;
    ``stale`` those that it made for names that are gone, which `doit clean` removes, too.
    ``remark`` returns a note, or "", where the verb works on all names.
    ``together`` acts on several names at once, and calls its last argument with the result of each.
    ``before`` says what will become of several names, before the first of them.
    ``select`` returns which of all names the options select.
    """

    name: str
    help: str  # a phrase, as doit lists it
    act: Callable[[Session, str, Options], Values | None]
    names: Names = "none"
    word: str = "NAME"
    known: tuple[str, ...] = ()  # the words that it takes, where they are few
    options: tuple[Option, ...] = ()
    more: str = ""  # sentences for --help
    examples: tuple[tuple[str, str], ...] = ()  # each a command and its effect
    made: Callable[[Session, str, Options], Values | None] | None = None
    targets: Callable[[Session, str], Iterable[str]] | None = None
    stale: Callable[[Session], Iterable[str]] | None = None
    remark: Callable[[Session], str] | None = None
    is_task: bool = True
    is_default: bool = False  # `doit` alone runs it
    goes_on: bool = False  # with the other names after a failure, also without -c
    has_table: bool = False  # at its end, of the results for several names
    parts: tuple["Verb", ...] = ()  # subcommands
    together: Callable[[Session, Sequence[str], Options, Tell], None] | None = None
    before: Callable[[Session, Sequence[str], Options], None] | None = None
    select: Callable[[Session, Sequence[str], Options], Sequence[str]] | None = None

    @property
    def usage(self) -> str:
        """The words that the verb takes, as a command line shows them; "" for none."""
        if self.names in {"one", "none"}:
            return "" if self.names == "none" else self.word
        return "[PATH]..." if self.names == "paths" else f"[{self.word}]..."

    @property
    def is_group(self) -> bool:
        """Whether the verb works on one name after the other."""
        return self.names not in {"paths", "several", "one", "none"}


def read_options(verb: Verb, given: Mapping[str, object]) -> dict[str, Any]:
    """Return the values of all options of a verb; ``given`` has the texts of the options given.

    Raises:
        WorkspaceError: a text is not valid for its option.
    """
    values: dict[str, Any] = {}
    for option in verb.options:
        text = given.get(option.name, False if option.kind is bool else option.default)
        try:
            values[option.name] = option.read(text)
        except ValueError as error:
            raise WorkspaceError(f"{verb.name}: --{option.long} {text!r} {error}") from None
    return values


def all_names(verb: Verb, session: Session) -> tuple[str, ...]:
    """Return the names that a verb works on if the command line has no name.

    Raises:
        NbshipError: the workspace cannot be read.
    """
    if verb.names == "pairs":
        return session.pair_names
    entries = session.catalogue.values()
    if verb.names == "kernels":
        return tuple(entry.name for entry in entries if entry.kernel is not None)
    return tuple(entry.name for entry in entries)


def known_words(verb: Verb, session: Session) -> Iterable[str]:
    """Return the words with which a shell completes a command.

    Raises:
        NbshipError: the workspace cannot be read.
    """
    if verb.names == "one":
        return verb.known
    parts = (part.name for part in verb.parts)
    return (*parts, *(session.catalogue if verb.names == "paths" else all_names(verb, session)))


def names_for(verb: Verb, session: Session, words: Sequence[str]) -> tuple[str, ...]:
    """Return the names that the words select; a word with ``*`` is a pattern, as in doit.

    Another word is a name, or the last parts of exactly one.

    Every verb accepts the name of a notebook that is not a Kaggle kernel, so that the verb can
    explain why it does nothing for this notebook.

    Raises:
        NbshipError: a word selects nothing; the workspace cannot be read.
    """
    usual = all_names(verb, session)
    allowed = dict.fromkeys(usual if verb.names == "pairs" else (*usual, *session.catalogue))
    found: dict[str, None] = {}
    for word in words:
        if "*" not in word:
            found[_name_for(verb, session, word, allowed)] = None
            continue
        names = [name for name in usual if fnmatchcase(name, word)]
        if not names:
            raise WorkspaceError(f"{verb.name}: no notebook matches {word!r}")
        found |= dict.fromkeys(names)
    return tuple(found) if words else usual


def selected(
    verb: Verb, session: Session, names: Sequence[str], given: Mapping[str, object]
) -> Sequence[str]:
    """Return which of all names the options select; ``given`` has the texts of those given.

    Raises:
        NbshipError: a text is not valid for its option.
    """
    return verb.select(session, names, read_options(verb, given)) if verb.select else names


def to_each(verb: Verb, given: Mapping[str, object]) -> dict[str, object]:
    """Return the options given, without those that select among all names."""
    selecting = {option.name for option in verb.options if option.selects}
    return {name: value for name, value in given.items() if name not in selecting}


def refuse_selecting(verb: Verb, given: Mapping[str, object]) -> None:
    """Refuse an option that selects among all names, where names are given.

    Raises:
        WorkspaceError: names the option.
    """
    for option in verb.options:
        if option.selects and given.get(option.name):
            raise WorkspaceError(f"{verb.name}: give --{option.long} or names, not both")


def _name_for(verb: Verb, session: Session, word: str, known: Collection[str]) -> str:
    """Return the name that a word means: the word itself, or the one name that ends with it."""
    is_left_out = any(map(_is_source_of(session, word), session.left_out))
    meant = () if word not in known and is_left_out else meant_names(word, known)
    if not meant:
        raise _no_notebook(verb, session, word, known)
    if len(meant) > 1:
        raise WorkspaceError(
            f"{verb.name}: {word!r} may be {listed(meant)}", hint="Write the whole name."
        )
    return meant[0]


def _is_source_of(session: Session, name: str) -> Callable[[str], bool]:
    return lambda path: session.workspace.layout.name_of(path) == name


def _no_notebook(verb: Verb, session: Session, word: str, known: Collection[str]) -> NbshipError:
    """Return the error for a word that names no notebook; a path of one is understood."""
    name = session.workspace.layout.name_in(word)
    for path, error in session.left_out.items():
        if _is_source_of(session, name)(path):
            return error
    module = None if name in known else sources.module_of(session.workspace, word)
    if module is not None:
        kind = "a module, not a" if module.endswith(PYTHON.suffix) else "no"
        return WorkspaceError(
            f"{verb.name}: {module} is {kind} notebook: it has no '# %%' line",
            hint="If it is to be a notebook, write a line '# %%' above its code.",
        )
    notebook = session.workspace.layout.notebook(name)
    is_pair = name not in known and name in session.pair_names
    if is_pair and session.workspace.path(notebook).is_file():
        hint = f"Let a sync write it: {shlex.join(['doit', f'sync:{name}'])}"
        return WorkspaceError(f"{verb.name}: {notebook} has no source yet", hint=hint)
    return WorkspaceError(f"{verb.name}: no notebook {word!r}{did_you_mean(name, known)}")


def left_out(verb: Verb, session: Session, words: Sequence[str]) -> Mapping[str, SourceError]:
    """Return the sources that a verb leaves out and why, where it works on all of them.

    Raises:
        SourceError: there are some, and the verb does not go on after a failure.
    """
    if words or not session.left_out:
        return {}
    if not verb.goes_on:
        raise next(iter(session.left_out.values()))
    return session.left_out


def failures_of(verb: Verb, failed: Sequence[str], total: int) -> Iterator[NbshipError]:
    """Yield the last line of a verb that went on after failures, if it worked on several names."""
    if failed and total > 1:
        yield NbshipError(f"{verb.name}: {len(failed)} of {total} failed: {listed(failed)}")


def skips_of(verb: Verb, skipped: Sequence[str], total: int) -> Iterator[str]:
    """Yield the last line of a verb that skipped names, if it worked on several names."""
    if skipped and total > 1:
        yield f"{verb.name}: {len(skipped)} of {total} skipped: {listed(skipped)}"


def row_of(name: str, values: Values) -> "Row":
    """Return the row of a name in the closing table, by the values that the verb has returned."""
    from nbship.core.terminal.table import Row

    if values.get(SKIPPED):
        return Row(name, "skipped")
    rung, seconds = str(values["rung"]), float(values["seconds"] or 0)
    return Row(name, "partial" if values.get("partial") else "passed", rung, seconds)


def failed_row(name: str, error: NbshipError) -> "Row":
    """Return the row of a name for which the verb failed."""
    from nbship.core.terminal.table import Row

    rung, seconds = (error.rung, error.seconds) if isinstance(error, SmokeError) else ("", None)
    return Row(name, "failed", rung, seconds, str(error.place or ""))


class Results:
    """What has become of the names that a command works on, one after the other or together."""

    def __init__(self, verb: Verb, session: Session) -> None:
        """Start without a result."""
        self._verb, self._session = verb, session
        self.codes: dict[str, int] = {}  # of what has failed
        self.skipped: list[str] = []
        self.idle: list[str] = []  # for which there was nothing to do
        self.rows: list[Row] = []  # of the closing table

    def tell(self, name: str, result: Values | NbshipError) -> None:
        """Keep the result for a name; print an error."""
        if isinstance(result, NbshipError):
            self._session.console.error(result)
            self.codes[name] = result.exit_code
            self.rows.append(failed_row(name, result))
            return
        if self._verb.has_table:
            self.rows.append(row_of(name, result))
        if result.get(SKIPPED):
            self.skipped.append(name)

    def print_end(self, total: int) -> None:
        """Print the closing table and the last lines; ``total`` is the number of the names."""
        if self._verb.has_table:
            print_table(self._session, self.rows)
        for text in skips_of(self._verb, self.skipped, total):
            self._session.console.notice(text, is_last=True)
        if self.idle and len(self.idle) == total:
            self._session.console.notice(
                f"{self._verb.name}: nothing to do for {listed(self.idle)}"
            )


def has_nothing_to_do(verb: Verb, session: Session, name: str, options: Options) -> bool:
    """Return whether there is nothing to do for a name; the verb itself reports errors."""
    try:
        return verb.made is not None and verb.made(session, name, options) is not None
    except NbshipError:
        return False


def print_table(session: Session, rows: "Sequence[Row]") -> None:
    """Print the closing table, if there are several rows."""
    from nbship.core.terminal.table import table

    for line, meaning in table(rows):
        session.console.line(line, meaning)


def listed(names: Sequence[str]) -> str:
    """Return the first names for a message, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(map(shown_name, names[:_SHOWN])) + (f" and {more} more" if more > 0 else "")


def remark_on_all(verb: Verb, session: Session) -> None:
    """Print the note of a verb that works on all names, if it has one."""
    remark = verb.remark(session) if verb.remark else ""
    if remark:
        session.console.notice(remark)


def no_such_option(verb: Verb, given: str, hint: str = "") -> WorkspaceError:
    """Return the error for an option that the verb does not have."""
    options = [f"--{option.long}" for option in verb.options]
    more = did_you_mean(given, options) if options else ""
    return WorkspaceError(f"{verb.name}: no option {given}{more}", hint=hint)


def no_value(verb: Verb, option: str) -> WorkspaceError:
    """Return the error for an option that lacks its value."""
    return WorkspaceError(f"{verb.name}: option {option} needs a value")
