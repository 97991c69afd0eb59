"""The lines of .gitattributes and .gitignore that a workspace needs, and which of them are missing.

The format: https://git-scm.com/docs/gitattributes. A rule is checked by its effect on a path: so a
line with another pattern may satisfy it, and a later line may cancel it. No repository is needed.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from nbship.model.layout import Layout

Attributes = Mapping[str, Mapping[str, str]]  # by path, each attribute with its value


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """A line of .gitattributes, and the attributes that ``path`` must have because of it."""

    line: str
    path: str
    wanted: Mapping[str, Collection[str]]  # by attribute: the values of which it must have one
    is_needed: bool = True  # False for a rule that is only convenient

    def holds(self, attributes: Attributes) -> bool:
        """Return whether the path has the attributes of this rule."""
        found = attributes.get(self.path, {})
        return all(found.get(name, "") in values for name, values in self.wanted.items())


ATTRIBUTES = ("diff", "eol", "filter", "merge", "text")
_LF = {"text": ("set", "auto"), "eol": ("lf",)}
_UNTOUCHED = {"text": ("unset",), "diff": ("unset",), "merge": ("unset", "binary")}


def attribute_rules(layout: Layout) -> tuple[AttributeRule, ...]:
    """Return the lines that .gitattributes needs, in their order."""
    return (
        AttributeRule("*.py text eol=lf", layout.source("x", ".py"), _LF),
        AttributeRule("*.R text eol=lf", layout.source("x", ".R"), _LF),
        AttributeRule("*.toml text eol=lf", "pyproject.toml", _LF, is_needed=False),
        AttributeRule("*.md text eol=lf", "README.md", _LF, is_needed=False),
        AttributeRule("*.yaml text eol=lf", "x.yaml", _LF, is_needed=False),
        AttributeRule("*.yml text eol=lf", "x.yml", _LF, is_needed=False),
        *_of_notebooks(layout),
        *_of_generated(layout),
    )


def _of_notebooks(layout: Layout) -> tuple[AttributeRule, ...]:
    path = layout.notebook("x")
    # The first two are those that `nbstripout --install --attributes .gitattributes` writes.
    return (
        AttributeRule("*.ipynb filter=nbstripout", path, {"filter": ("nbstripout",)}),
        AttributeRule("*.ipynb diff=ipynb", path, {"diff": ("ipynb",)}),
        AttributeRule("*.ipynb text eol=lf", path, _LF),
        AttributeRule("*.ipynb merge=ipynb", path, {"merge": ("ipynb",)}, is_needed=False),
    )


def _of_generated(layout: Layout) -> tuple[AttributeRule, ...]:
    """Return the lines for artifacts and runs.

    The filter must not touch an artifact: it has no outputs, and its bytes must stay as built.
    """
    build, runs, journal = layout.build, layout.runs, layout.journal
    return (
        AttributeRule(
            f"/{build}/** -text -filter -diff -merge linguist-generated",
            f"{build}/x/x.ipynb",
            _UNTOUCHED | {"filter": ("unset",)},
            is_needed=False,
        ),
        AttributeRule(
            f"/{runs}/** -text -diff -merge linguist-generated", f"{runs}/x/x.txt", _UNTOUCHED,
            is_needed=False,
        ),
        AttributeRule(
            f"/{journal} text eol=lf diff merge=union", journal,
            {"merge": ("union",), "eol": ("lf",)}, is_needed=False,
        ),
    )  # fmt: skip


def attribute_paths(layout: Layout) -> tuple[str, ...]:
    """Return the paths whose attributes decide which lines are missing."""
    return tuple(dict.fromkeys(rule.path for rule in attribute_rules(layout)))


@dataclass(frozen=True, slots=True)
class IgnoreRule:
    """A line of .gitignore, and a path that must be ignored because of it."""

    line: str
    path: str
    is_needed: bool = True  # False for what other programs may write


@dataclass(frozen=True, slots=True)
class FolderRules:
    """How git would treat the files of a folder, by its .gitattributes and .gitignore alone.

    ``environments`` are the Python environments in the folder. They have tens of thousands of
    files.
    """

    attributes: Attributes
    ignored: frozenset[str]
    environments: tuple[str, ...] = ()


def ignore_rules(layout: Layout, environments: Iterable[str] = ()) -> tuple[IgnoreRule, ...]:
    """Return what must be ignored in a workspace with these environments.

    Whether git ignores the notebooks is the workspace's own decision.
    """
    checkpoints, cached = ".ipynb_checkpoints", "__pycache__"
    written = (layout.build, layout.runs, layout.state)
    rules = [
        *(IgnoreRule(f"/{folder}/", f"{folder}/x") for folder in written),
        IgnoreRule(".venv/", ".venv/x", is_needed=False),
        IgnoreRule(f"{checkpoints}/", f"{layout.notebooks}/{checkpoints}/x", is_needed=False),
        IgnoreRule(f"{cached}/", f"{layout.sources}/{cached}/x", is_needed=False),
        *(IgnoreRule(f"/{name}/", f"{name}/x") for name in environments),
    ]
    found = {rule.path: rule for rule in rules}
    return tuple(found.values())


def notebook_ignores(layout: Layout) -> tuple[str, ...]:
    """Return the lines with which git ignores working copies, but not the file beside them.

    A new workspace gets them. A workspace that has notebooks in git decides itself.
    """
    return f"/{layout.notebooks}/*", f"!/{readme_path(layout)}"


def readme_path(layout: Layout) -> str:
    """Return the path of the file that says what the folder of the notebooks is."""
    return f"{layout.notebooks}/README.md"


def missing_ignores(rules: FolderRules, layout: Layout) -> tuple[IgnoreRule, ...]:
    """Return the rules of .gitignore that do not hold in a folder."""
    wanted = ignore_rules(layout, rules.environments)
    return tuple(rule for rule in wanted if rule.path not in rules.ignored)


def missing_rules(attributes: Attributes, layout: Layout) -> tuple[AttributeRule, ...]:
    """Return the rules that do not hold with these attributes."""
    return tuple(rule for rule in attribute_rules(layout) if not rule.holds(attributes))


def lines_to_add(missing: Iterable[AttributeRule], layout: Layout) -> tuple[str, ...]:
    """Return the lines for the end of .gitattributes.

    A later line takes precedence, so a line for all notebooks needs the lines for build/ after it.
    """
    wanted = list(missing)
    if any(rule in wanted for rule in _of_notebooks(layout)):
        wanted += [rule for rule in _of_generated(layout) if rule not in wanted]
    return tuple(rule.line for rule in attribute_rules(layout) if rule in wanted)


def with_lines(data: bytes, lines: Iterable[str]) -> bytes:
    """Return a file's bytes with lines added at its end, with the line ends that it has."""
    end = b"\r\n" if b"\r\n" in data else b"\n"
    existing = data + end if data and not data.endswith(b"\n") else data
    return existing + b"".join(line.encode() + end for line in lines)


def parse_attributes(out: str) -> Attributes:
    """Parse the output of ``git check-attr -z``: path, attribute, value, each ended by a NUL."""
    found: dict[str, dict[str, str]] = {}
    words = out.split("\0")
    for path, name, value in zip(words[::3], words[1::3], words[2::3], strict=False):
        found.setdefault(path, {})[name] = value
    return found
