"""Files that are made from the code, whole or between two markers: documentation, a schema.

The command ``python -m tests.support.generated`` writes them all. tests/test_generated.py fails
where a page differs from what the code gives. To add a page, add a line to PAGES.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, dataclass, fields

from nbship import __version__
from nbship.config import FOLDERS, KEYS
from nbship.core.adoption.commands import REPLACEMENTS
from nbship.core.checks.codes import RULES
from nbship.core.metadata.json_schema import render_schema
from nbship.core.push.guards import GUARDS
from nbship.core.scaffold.templates import INSTALL
from nbship.errors import EXIT_CODES
from nbship.frontends.commands import Option, Verb
from nbship.frontends.verb_lists.all_verbs import VERBS
from nbship.model.spec import TABLES, Key, keys_of
from nbship.model.target import BUILT_IN
from tests.support.paths import ROOT

COMMAND = "python -m tests.support.generated"


@dataclass(frozen=True, slots=True)
class Page:
    """A generated page: its path from the top, and the function that returns its text.

    With a ``section``, only the text between the two markers of that name is generated.
    """

    path: str
    make: Callable[[], str]
    section: str = ""

    def updated(self, current: str) -> str:
        """Return the page's text as the code gives it; what is not generated stays.

        Raises:
            ValueError: the page does not have the two markers once each, in their order.
        """
        text = self.make().strip("\n") + "\n"
        if not self.section:
            return text
        begin, end = (f"{marker}\n" for marker in markers(self.section))
        before, *rest = current.split(begin)
        _, *after = "".join(rest).split(end)
        if len(rest) != 1 or len(after) != 1 or end in before:
            raise ValueError(f"{self.path} must have each of these lines once: {begin}{end}")
        return f"{before}{begin}\n{text}\n{end}{after[0]}"


def markers(section: str) -> tuple[str, str]:
    """Return the lines before and after a generated section, which Markdown does not show."""
    return f"<!-- begin {section}: {COMMAND} -->", f"<!-- end {section} -->"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)).rstrip() + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def check_codes() -> str:
    """Return the table of the codes of check."""
    return table(
        ("code", "level", "what", "way out", "allow"),
        (
            (f"`{code}`", rule.level, rule.what, rule.way_out, "yes" if rule.can_allow else "")
            for code, rule in RULES.items()
        ),
    )


def guards() -> str:
    """Return the table of the guards, with the targets on which each refuses nothing."""
    BUILT_IN.values()
    return table(
        ("guard", "a push is refused if", "override", "only warns on", "not asked on"),
        (
            (
                f"`{guard.name}`",
                guard.refuses,
                f"`{guard.flag}`",
                *(
                    ", ".join(
                        f"`{name}`" for name, to in BUILT_IN.items() if guard.mode(to) == mode
                    )
                    for mode in ("warn", "skip")
                ),
            )
            for guard in GUARDS
        ),
    )


def header_keys() -> str:
    """Return the reference of the header's keys, a table for each table of the header."""
    parts = []
    for name, spec in TABLES.items():
        rows = (
            (f"`{key}`", _type_of(about), _default_of(spec, key), about.help)
            for key, about in keys_of(spec).items()
        )
        parts.append(f"## `[tool.nbship.{name}]`\n\n" + table(_HEAD, rows))
    return "\n\n".join(parts)


_HEAD = ("key", "type", "default", "what it is")


def _type_of(key: Key) -> str:
    if key.type == "choice":
        return "one of " + ", ".join(f"`{value}`" for value in key.values)
    return f"list; an item is {key.form}" if key.type == "list" else key.type


def _default_of(spec: type, name: str) -> str:
    """Return the default of a key as TOML writes it, "needed" where there is no default."""
    (item,) = (item for item in fields(spec) if item.name == name)
    if item.default is MISSING:
        return "needed" if item.default_factory is MISSING else "empty"
    if item.default is None or item.default in ((), ""):
        return "empty"
    return f"`{json.dumps(item.default)}`"


def workspace_keys() -> str:
    """Return the table of the keys of ``[tool.nbship]``, with the folders that are the defaults."""
    rows = (
        (f"`{key}`", f'`"{FOLDERS[key]}"`' if key in FOLDERS else "empty", about)
        for key, about in KEYS.items()
    )
    return table(("key", "default", "what it is"), rows)


def exit_codes() -> str:
    """Return the table of the exit codes."""
    rows = ((str(code), meaning) for code, meaning in EXIT_CODES.items())
    return table(("exit code", "meaning"), rows)


def old_commands() -> str:
    """Return the table of the commands of older workflows, and what replaces each."""
    return table(
        ("before", "with nbship", "what is different"),
        ((f"`{each.old}`", f"`{each.new}`", each.why) for each in REPLACEMENTS),
    )


def commands() -> str:
    """Return the reference of all verbs and their options."""
    parts: list[str] = []
    for verb in VERBS:
        parts += _of_verb(f"nbship {verb.name}", verb)
        for part in verb.parts:
            parts += _of_verb(f"nbship {verb.name} {part.name}", part)
    return "\n\n".join(parts)


def _of_verb(command: str, verb: Verb) -> Iterable[str]:
    yield f"## {command}"
    yield _sentence(verb.help)
    if verb.more:
        yield verb.more
    words = verb.usage.replace("...", "…")
    usage = f"`{command} {words}`" if words else f"`{command}`"
    task = f"; `doit {verb.name}{':NAME' if verb.is_group else ''}`" if verb.is_task else ""
    yield f"Usage: {usage}{task}"
    if verb.options:
        rows = ((_flag(option), option.help) for option in verb.options)
        yield table(("option", "what it does"), rows)
    if verb.examples:
        width = max(len(example) for example, _ in verb.examples)
        lines = (
            f"{example:<{width}}  # {effect}" if effect else example
            for example, effect in verb.examples
        )
        yield "\n".join(["```sh", *lines, "```"])


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


def _flag(option: Option) -> str:
    value = "" if option.kind is bool else f" {option.metavar}"
    short = f"`-{option.short}`, " if option.short else ""
    return f"{short}`--{option.long}{value}`"


def install() -> str:
    """Return the two ways to install nbship, while it is on no package index."""
    return (
        "From the repository:\n\n"
        f"```sh\n{INSTALL}\n```\n\n"
        "Or from a wheel file that somebody gave you:\n\n"
        f"```sh\npip install ./nbship-{__version__}-py3-none-any.whl\n```"
    )


def in_your_own_repo() -> str:
    """Return the commands that make a workspace of a folder that is a git repository."""
    init = "nbship init  # or, where there are notebooks: nbship adopt"
    return f"```sh\n{INSTALL}\n{init}\ndoit\n```"


PAGES = (
    Page("docs/install.md", install, section="install"),
    Page("docs/reference/commands.md", commands, section="commands"),
    Page("docs/reference/checks.md", check_codes, section="codes"),
    Page("docs/reference/header.md", header_keys, section="keys"),
    Page("docs/reference/workspace.md", workspace_keys, section="workspace keys"),
    Page("docs/reference/guards.md", guards, section="guards"),
    Page("docs/reference/exit-codes.md", exit_codes, section="exit codes"),
    Page("docs/reference/old-commands.md", old_commands, section="old commands"),
    Page("README.md", in_your_own_repo, section="in your own repo"),
    Page("nbship/schemas/header.schema.json", render_schema),
)


def main() -> None:
    """Write every page that differs from what the code gives, and print its path.

    Raises:
        ValueError: a page lacks its markers.
    """
    for page in PAGES:
        file = ROOT / page.path
        current = file.read_text(encoding="utf-8") if file.exists() else ""
        text = page.updated(current)
        if text != current:
            file.write_text(text, encoding="utf-8")
            print(page.path)  # noqa: T201 - this is a command


if __name__ == "__main__":
    main()
