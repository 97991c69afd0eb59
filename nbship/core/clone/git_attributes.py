"""The lines of .gitattributes and .gitignore that a workspace needs, and which ones are missing.

The format: https://git-scm.com/docs/gitattributes. A rule is judged by what it does to a path, so
that other words for the same, and a line that undoes it later, are understood.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

Attributes = Mapping[str, Mapping[str, str]]  # by path, each attribute with its value


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of .gitattributes, and what it is to do to ``path``: some of these values each."""

    line: str
    path: str
    wanted: Mapping[str, Collection[str]]
    is_needed: bool = True  # without it something goes wrong, and is not only less handy

    def holds(self, attributes: Attributes) -> bool:
        """Whether the path has what the rule is for."""
        found = attributes.get(self.path, {})
        return all(found.get(name, "") in values for name, values in self.wanted.items())


_LF = {"text": ("set", "auto"), "eol": ("lf",)}
_UNTOUCHED = {"text": ("unset",), "diff": ("unset",), "merge": ("unset", "binary")}
# In the words of `nbstripout --install --attributes .gitattributes`, which then adds nothing.
_NOTEBOOKS = (
    Rule("*.ipynb filter=nbstripout", "notebooks/x.ipynb", {"filter": ("nbstripout",)}),
    Rule("*.ipynb diff=ipynb", "notebooks/x.ipynb", {"diff": ("ipynb",)}),
    Rule("*.ipynb text eol=lf", "notebooks/x.ipynb", _LF),
)
# A notebook that a build made has no outputs: what is stripped there would be its exact bytes.
_MADE = (
    Rule(
        "/build/** -text -filter -diff -merge linguist-generated",
        "build/x/x.ipynb",
        _UNTOUCHED | {"filter": ("unset",)},
        is_needed=False,
    ),
    Rule(
        "/runs/** -text -diff -merge linguist-generated", "runs/x/x.txt", _UNTOUCHED,
        is_needed=False,
    ),
    Rule(
        "/runs/journal.jsonl text eol=lf diff merge=union", "runs/journal.jsonl",
        {"merge": ("union",), "eol": ("lf",)}, is_needed=False,
    ),
)  # fmt: skip
RULES = (
    Rule("*.py text eol=lf", "src_py/x.py", _LF),
    Rule("*.R text eol=lf", "src_py/x.R", _LF),
    Rule("*.toml text eol=lf", "pyproject.toml", _LF, is_needed=False),
    Rule("*.md text eol=lf", "README.md", _LF, is_needed=False),
    Rule("*.yaml text eol=lf", "x.yaml", _LF, is_needed=False),
    Rule("*.yml text eol=lf", "x.yml", _LF, is_needed=False),
    *_NOTEBOOKS,
    *_MADE,
)
ATTRIBUTES = tuple(sorted({name for rule in RULES for name in rule.wanted}))
PATHS = tuple(dict.fromkeys(rule.path for rule in RULES))
IGNORED = {"build/x": "/build/", "runs/x": "/runs/", ".nbship/x": "/.nbship/"}


def missing_rules(attributes: Attributes) -> tuple[Rule, ...]:
    """Return the rules that do not hold for every clone."""
    return tuple(rule for rule in RULES if not rule.holds(attributes))


def lines_to_add(missing: Iterable[Rule]) -> tuple[str, ...]:
    """Return the lines for the end of .gitattributes.

    There a line wins over all before it; one for all notebooks needs those of build/ behind it.
    """
    wanted = list(missing)
    if any(rule in wanted for rule in _NOTEBOOKS):
        wanted += [rule for rule in _MADE if rule not in wanted]
    return tuple(rule.line for rule in RULES if rule in wanted)


def lines_to_ignore(ignored: Collection[str]) -> tuple[str, ...]:
    """Return the lines that .gitignore lacks, from which of ``IGNORED``'s paths it ignores."""
    return tuple(line for path, line in IGNORED.items() if path not in ignored)


def with_lines(data: bytes, lines: Iterable[str]) -> bytes:
    """Return a file's bytes with lines added at its end, in its own kind of line end."""
    end = b"\r\n" if b"\r\n" in data else b"\n"
    begun = data + end if data and not data.endswith(b"\n") else data
    return begun + b"".join(line.encode() + end for line in lines)


def parse_attributes(out: str) -> Attributes:
    """Read what ``git check-attr -z`` says: path, attribute, value, each ended by a NUL."""
    found: dict[str, dict[str, str]] = {}
    words = out.split("\0")
    for path, name, value in zip(words[::3], words[1::3], words[2::3], strict=False):
        found.setdefault(path, {})[name] = value
    return found
