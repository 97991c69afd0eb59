"""Which tasks a command line asks doit for: a workspace of a thousand notebooks makes no others.

doit makes all tasks before it looks which are wanted. A task is left out only where nobody can
have meant it; so a command line with a word that is not understood asks for everything.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

Words = tuple[str, ...]
# Returns what follows the options of a group's task in a list of arguments.
AfterOptions = Callable[[str, Sequence[str]], Sequence[str]]


def asked_names(
    arguments: Sequence[str], groups: Collection[str], after_options: AfterOptions
) -> Mapping[str, Words | None] | None:
    """Return for each group of tasks the names that are asked for; None: all of them.

    ``arguments`` are what doit's own parser leaves: tasks, each followed by its options. A name
    with ``*`` is a pattern, behind which doit reads no options. The whole result is None where an
    argument is not one of our tasks: then any task may be needed.
    """
    names: dict[str, Words | None] = dict.fromkeys(groups, ())
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        group, colon, name = word.partition(":")
        if group not in names:
            return None
        known = names[group]
        names[group] = (*known, name) if colon and known is not None else None
        if "*" not in word:
            rest = list(after_options(group, rest))
    return names


def names_in(tasks: Iterable[str], groups: Collection[str]) -> dict[str, set[str]]:
    """Return for each group the names of its tasks among others; "build:a" is "a" of "build"."""
    names: dict[str, set[str]] = {group: set() for group in groups}
    for task in tasks:
        group, colon, name = task.partition(":")
        if colon and group in names:
            names[group].add(name)
    return names
