"""The selection of tasks: only those that the command line needs are made.

doit makes all tasks before it selects some. A task is left out only if the command certainly does
not need it: an unknown word on the command line therefore selects all tasks.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

Words = tuple[str, ...]
# Returns the arguments after the options of a group's task.
AfterOptions = Callable[[str, Sequence[str]], Sequence[str]]


def asked_names(
    arguments: Sequence[str], groups: Collection[str], after_options: AfterOptions
) -> Mapping[str, Words | None] | None:
    """Return for each group of tasks the selected names; None selects all names of the group.

    ``arguments`` are those that doit's own parser leaves: tasks, each followed by its options. A
    name with ``*`` is a pattern, after which doit reads no options. The whole result is None if an
    argument is not a task of nbship: then the command may need any task.
    """
    names: dict[str, Words | None] = dict.fromkeys(groups, ())
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        group, colon, name = word.partition(":")
        if group not in names:
            return None
        before = names[group]
        names[group] = (*before, name) if colon and before is not None else None
        if "*" not in word:
            rest = list(after_options(group, rest))
    return names


def with_whole_names(
    arguments: Sequence[str],
    groups: Collection[str],
    after_options: AfterOptions,
    whole: Callable[[str, str], str],
) -> list[str]:
    """Return the arguments of a command with whole names: doit's tasks have no others.

    ``whole`` returns for a group and a name the whole name. Options and patterns stay as they are.
    """
    made: list[str] = []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        group, colon, name = word.partition(":")
        if group not in groups:
            made.append(word)
            continue
        is_name = bool(colon) and "*" not in name
        made.append(f"{group}:{whole(group, name)}" if is_name else word)
        if "*" not in word:
            after = list(after_options(group, rest))
            made += rest[: len(rest) - len(after)]
            rest = after
    return made


def names_in(tasks: Iterable[str], groups: Collection[str]) -> dict[str, set[str]]:
    """Return by group the names in a list of tasks: "build:a" gives "a" in the group "build"."""
    names: dict[str, set[str]] = {group: set() for group in groups}
    for task in tasks:
        group, colon, name = task.partition(":")
        if colon and group in names:
            names[group].add(name)
    return names
