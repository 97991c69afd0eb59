"""Which tasks a command line asks doit for: a workspace of a thousand notebooks makes no others.

doit makes all tasks before it looks which are wanted. What is said here may only leave out a task
that nobody can have meant; so whatever is not understood asks for everything.
"""

from collections.abc import Collection, Sequence

# Options of `doit run` and of our tasks behind which a value stands.
_WITH_VALUE = frozenset({
    "-d", "-f", "-n", "-o", "-r", "-t", "-v", "--backend", "--codec", "--db-file", "--dep-file",
    "--dir", "--file", "--format", "--output-file", "--process", "--reporter", "--target",
    "--verbosity", "--version",
})  # fmt: skip


def wanted(arguments: Sequence[str], group: str, groups: Collection[str]) -> frozenset[str] | None:
    """Return the notebooks whose task of a group the command line needs; None: all of them.

    ``arguments`` are what stands behind ``doit``; ``groups`` are the names of all our tasks.
    """
    if list(arguments) == ["list"]:
        return frozenset()  # the groups are what is listed
    words = _words(arguments)
    if words[:1] == ["run"]:
        words = words[1:]
    is_ours = words and all(word.partition(":")[0] in groups for word in words)
    if not is_ours or group in words:
        return None
    names = frozenset(word.partition(":")[2] for word in words if word.startswith(f"{group}:"))
    return None if any("*" in name for name in names) else names  # doit knows such patterns


def _words(arguments: Sequence[str]) -> list[str]:
    """Return what is neither an option nor an option's value."""
    words: list[str] = []
    is_value = False
    for argument in arguments:
        if not is_value and not argument.startswith("-") and "=" not in argument:
            words.append(argument)
        is_value = not is_value and argument in _WITH_VALUE
    return words
