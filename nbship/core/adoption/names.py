"""The NAMEs of adopted notebooks: the stem of the old file, with its folder where two meet."""

from collections.abc import Collection, Iterable, Mapping
from pathlib import PurePosixPath

from nbship.core.workspace.names import fault_of_name, proposed_name


def names_for(paths: Iterable[str], taken: Collection[str] = ()) -> Mapping[str, str]:
    """Return a NAME for the old path of each notebook; a path for which there is none is missing.

    ``taken`` are the names that the workspace has. No name is the folder of another one, because
    the artifact of one would contain that of the other.
    """
    named: dict[str, str] = {}
    candidates = {path: _candidates(path) for path in sorted(paths)}
    left = candidates
    depth = 0
    while left:
        now = {path: names[depth] for path, names in left.items() if depth < len(names)}
        counts: dict[str, int] = {}
        for name in now.values():
            counts[name.casefold()] = counts.get(name.casefold(), 0) + 1
        used = {name.casefold() for name in (*taken, *named.values())}
        for path, name in now.items():
            others = used | (counts.keys() - {name.casefold()})
            if counts[name.casefold()] == 1 and not any(_meet(name, other) for other in others):
                named[path] = name
        left = {path: left[path] for path in now if path not in named}
        depth += 1
    # Those whose longest name met another one: now it may be free. The shortest paths come first.
    for path, names in sorted(candidates.items(), key=lambda item: len(item[1])):
        used = {name.casefold() for name in (*taken, *named.values())}
        free = (name for name in reversed(names) if not any(_meet(name, other) for other in used))
        found = "" if path in named else next(free, "")
        if found:
            named[path] = found
    return named


def _candidates(path: str) -> list[str]:
    """Return the names that a path may get, the shortest first."""
    parts = PurePosixPath(path).with_suffix("").parts
    tails = ("/".join(parts[-count:]) for count in range(1, len(parts) + 1))
    proposed = (name if not fault_of_name(name) else proposed_name(name) for name in tails)
    return [name for name in proposed if name]


def _meet(name: str, other: str) -> bool:
    """Return whether two names are the same on some system, or one is the folder of the other."""
    name, other = f"{name.casefold()}/", f"{other.casefold()}/"
    return name.startswith(other) or other.startswith(name)
