"""The missing lines of .gitattributes and .gitignore, found by the effect of those that exist."""

import pytest

from nbship.core.clone.git_attributes import (
    ATTRIBUTES,
    Attributes,
    FolderRules,
    attribute_paths,
    parse_attributes,
    with_lines,
)
from tests.support.usual import (
    LAYOUT,
    RULES,
    ignore_rules,
    lines_to_add,
    missing_ignores,
    missing_rules,
)


def well() -> dict[str, dict[str, str]]:
    """Return the attributes of a repo in which every rule is satisfied."""
    found: dict[str, dict[str, str]] = {}
    for rule in RULES:
        for name, values in rule.wanted.items():
            found.setdefault(rule.path, {})[name] = next(iter(values))
    return found


def without(path: str, **changed: str) -> Attributes:
    found = well()
    found[path] |= changed
    return found


def test_where_every_rule_holds_nothing_is_added() -> None:
    assert missing_rules(well()) == ()
    assert lines_to_add(()) == ()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.line)
def test_each_rule_is_missed_where_its_path_has_none_of_its_attributes(rule: object) -> None:
    assert rule in missing_rules({})


def test_other_words_for_the_same_are_understood() -> None:
    assert missing_rules(without("src_py/x.py", text="auto")) == ()
    assert missing_rules(without("build/x/x.ipynb", merge="binary")) == ()


def test_a_line_that_undoes_another_is_noticed() -> None:
    [rule] = missing_rules(without("notebooks/x.ipynb", filter="unset"))
    assert rule.line == "*.ipynb filter=nbstripout"


def test_a_line_for_all_notebooks_goes_before_those_of_build() -> None:
    """A later line takes precedence, and git must not change an artifact's bytes."""
    lines = lines_to_add(missing_rules(without("notebooks/x.ipynb", filter="unspecified")))
    assert lines[0] == "*.ipynb filter=nbstripout"
    assert lines[1].startswith("/build/** -text -filter")


def test_a_line_for_sources_is_added_alone() -> None:
    assert lines_to_add(missing_rules(without("x.yml", eol="crlf"))) == ("*.yml text eol=lf",)


def lines_to_ignore(*ignored: str, environments: tuple[str, ...] = ()) -> list[tuple[str, bool]]:
    rules = FolderRules({}, frozenset(ignored), environments)
    return [(rule.line, rule.is_needed) for rule in missing_ignores(rules)]


def test_what_is_ignored_needs_no_line() -> None:
    paths = [rule.path for rule in ignore_rules(["env"])]
    assert lines_to_ignore(*paths, environments=("env",)) == []
    assert lines_to_ignore(*paths, environments=("old",)) == [("/old/", True)]
    assert lines_to_ignore(*set(paths) - {".nbship/x"}) == [("/.nbship/", True)]


def test_an_environment_must_be_ignored_and_what_programs_write_should_be() -> None:
    missing = [(".venv/", False), (".ipynb_checkpoints/", False), ("__pycache__/", False)]
    written = [("/build/", True), ("/runs/", True), ("/.nbship/", True)]
    assert lines_to_ignore() == written + missing
    found = lines_to_ignore(environments=(".venv", "my env"))
    assert found == [*written, ("/.venv/", True), *missing[1:], ("/my env/", True)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"", b"a\nb\n"),
        (b"x\n", b"x\na\nb\n"),
        (b"no end", b"no end\na\nb\n"),
        (b"x\r\n", b"x\r\na\r\nb\r\n"),
        (b"x\r\ny", b"x\r\ny\r\na\r\nb\r\n"),
        (b"\xff\n", b"\xff\na\nb\n"),
    ],
)
def test_lines_are_added_and_what_was_there_stays(before: bytes, after: bytes) -> None:
    assert with_lines(before, ["a", "b"]) == after


def test_what_git_says_of_attributes_is_read() -> None:
    output = "a b.py\0text\0set\0a b.py\0eol\0lf\0c\0text\0unset\0"
    assert parse_attributes(output) == {
        "a b.py": {"text": "set", "eol": "lf"},
        "c": {"text": "unset"},
    }
    assert parse_attributes("") == {}


LF = {"text": ("set", "auto"), "eol": ("lf",)}
UNTOUCHED = {"text": ("unset",), "diff": ("unset",), "merge": ("unset", "binary")}


def test_the_rules_are_these() -> None:
    assert [(rule.line, rule.path, rule.wanted, rule.is_needed) for rule in RULES] == [
        ("*.py text eol=lf", "src_py/x.py", LF, True),
        ("*.R text eol=lf", "src_py/x.R", LF, True),
        ("*.toml text eol=lf", "pyproject.toml", LF, False),
        ("*.md text eol=lf", "README.md", LF, False),
        ("*.yaml text eol=lf", "x.yaml", LF, False),
        ("*.yml text eol=lf", "x.yml", LF, False),
        ("*.ipynb filter=nbstripout", "notebooks/x.ipynb", {"filter": ("nbstripout",)}, True),
        ("*.ipynb diff=ipynb", "notebooks/x.ipynb", {"diff": ("ipynb",)}, True),
        ("*.ipynb text eol=lf", "notebooks/x.ipynb", LF, True),
        ("*.ipynb merge=ipynb", "notebooks/x.ipynb", {"merge": ("ipynb",)}, False),
        ("/build/** -text -filter -diff -merge linguist-generated", "build/x/x.ipynb",
         {**UNTOUCHED, "filter": ("unset",)}, False),
        ("/runs/** -text -diff -merge linguist-generated", "runs/x/x.txt", UNTOUCHED, False),
        ("/runs/journal.jsonl text eol=lf diff merge=union", "runs/journal.jsonl",
         {"merge": ("union",), "eol": ("lf",)}, False),
    ]  # fmt: skip


def test_the_paths_that_must_be_ignored_are_these() -> None:
    assert [rule.path for rule in ignore_rules(["my env"])] == [
        "build/x", "runs/x", ".nbship/x", ".venv/x", "notebooks/.ipynb_checkpoints/x",
        "src_py/__pycache__/x", "my env/x",
    ]  # fmt: skip


def test_git_is_asked_for_every_attribute_of_every_path() -> None:
    assert ATTRIBUTES == ("diff", "eol", "filter", "merge", "text")
    assert list(attribute_paths(LAYOUT)) == list(dict.fromkeys(rule.path for rule in RULES))


def test_what_is_missing_is_added_in_the_order_of_the_rules() -> None:
    assert lines_to_add(reversed(RULES)) == tuple(rule.line for rule in RULES)
    assert lines_to_add([RULES[5], RULES[0]]) == (RULES[0].line, RULES[5].line)


def test_an_answer_that_is_cut_short_is_read_as_far_as_it_goes() -> None:
    assert parse_attributes("a\0text\0set\0a\0eol") == {"a": {"text": "set"}}
