"""A verb as a person types it: its options, the names that it takes, and what it does."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from nbship.diagnostics import did_you_mean
from nbship.errors import WorkspaceError
from nbship.frontends.session import Session

Names = Literal["notebooks", "kernels", "pairs", "paths", "none"]
Options = Mapping[str, Any]  # the value of each option, by its name
Values = Mapping[str, str | int | float | None]  # what other doit tasks get from this one


@dataclass(frozen=True, eq=False, repr=False, slots=True)  # quicker to make at each start
class Option:
    """One option of a verb.

    On the command line the value is text; ``kind`` is what it becomes. Of a flag, ``kind`` is
    bool. Text that is empty means that the option was not given: a number is then None.
    ``least`` and ``most`` are the bounds of a number.
    """

    name: str
    help: str
    kind: type[bool | str | int | float] = bool
    default: str = ""
    short: str = ""
    metavar: str = "TEXT"
    least: float | None = None
    most: float | None = None

    @property
    def long(self) -> str:
        """The option's name on the command line, without its two dashes."""
        return self.name.replace("_", "-")

    def read(self, text: object) -> bool | str | int | float | None:
        """Return the value that a text stands for.

        Raises:
            ValueError: it stands for none; the message completes "--most 'x' ...".
        """
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
    """One word that a person types, for doit's tasks and for the nbship command.

    ``act`` is called with one name at a time, or once with "" where the verb takes no names; paths
    are in the options, as ``paths``. It returns what a doit task may get with ``getargs``.
    ``made`` returns the same values if there is nothing to do for a name, else None; doit then
    calls the task up to date. ``targets`` are the files that doit knows as made by the task,
    relative to the workspace.
    """

    name: str
    help: str  # a phrase, as doit lists it
    act: Callable[[Session, str, Options], Values | None]
    names: Names = "none"
    options: tuple[Option, ...] = ()
    more: str = ""  # sentences for --help
    examples: tuple[tuple[str, str], ...] = ()  # a command, and what it does
    made: Callable[[Session, str], Values | None] | None = None
    targets: Callable[[Session, str], Iterable[str]] | None = None
    is_task: bool = True
    is_default: bool = False  # `doit` alone runs it
    parts: tuple["Verb", ...] = ()  # words that may follow it

    @property
    def is_group(self) -> bool:
        """Whether it does one thing for each name."""
        return self.names not in {"paths", "none"}


def read_options(verb: Verb, given: Mapping[str, object]) -> dict[str, Any]:
    """Return the values of all options of a verb from the texts of those that were given.

    Raises:
        WorkspaceError: a text does not fit its option.
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
    """Return the names that a verb works on where none is given.

    Raises:
        NbshipError: the workspace cannot be read.
    """
    if verb.names == "pairs":
        return session.pair_names
    entries = session.catalogue.values()
    if verb.names == "kernels":
        return tuple(entry.name for entry in entries if entry.kernel is not None)
    return tuple(entry.name for entry in entries)


def names_for(verb: Verb, session: Session, words: Sequence[str]) -> tuple[str, ...]:
    """Return the names that the words mean; a word with ``*`` is a pattern, as in doit.

    A notebook that is not a Kaggle kernel can be named for every verb: the verb explains then why
    it does nothing for it.

    Raises:
        NbshipError: there is no such name; the workspace cannot be read.
    """
    usual = all_names(verb, session)
    known = dict.fromkeys(usual if verb.names == "pairs" else (*usual, *session.catalogue))
    found: dict[str, None] = {}
    for word in words:
        names = [name for name in usual if fnmatchcase(name, word)] if "*" in word else [word]
        if not names:
            raise WorkspaceError(f"{verb.name}: no notebook matches {word!r}")
        if names[0] not in known:
            raise WorkspaceError(f"{verb.name}: no notebook {word!r}{did_you_mean(word, known)}")
        found |= dict.fromkeys(names)
    return tuple(found) if words else usual


def no_such_option(verb: Verb, given: str, hint: str = "") -> WorkspaceError:
    """Return the error for an option that the verb does not have."""
    known = [f"--{option.long}" for option in verb.options]
    more = did_you_mean(given, known) if known else ""
    return WorkspaceError(f"{verb.name}: no option {given}{more}", hint=hint)


def no_value(verb: Verb, option: str) -> WorkspaceError:
    """Return the error for an option that lacks its value."""
    return WorkspaceError(f"{verb.name}: option {option} needs a value")
