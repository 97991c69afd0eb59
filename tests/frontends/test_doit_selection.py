"""Tests of the selection of tasks: no task that the command may need is left out."""

from collections.abc import Mapping, Sequence

import pytest

from nbship.frontends.doit_selection import asked_names, names_in, with_whole_names

GROUPS = ("build", "push", "smoke")
NONE = dict.fromkeys(GROUPS, ())
WITH_VALUE = {"-t"}


def after_options(group: str, rest: Sequence[str]) -> Sequence[str]:
    """Read options like getopt; only push has options."""
    while group == "push" and rest and rest[0].startswith("-"):
        rest = rest[2 if rest[0] in WITH_VALUE else 1 :]
    return rest


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", NONE),
        ("build", NONE | {"build": None}),
        ("build smoke", NONE | {"build": None, "smoke": None}),
        ("build:a", NONE | {"build": ("a",)}),
        ("build:a build:b/c smoke:a", NONE | {"build": ("a", "b/c"), "smoke": ("a",)}),
        ("build:a build", NONE | {"build": None}),
        ("build build:a", NONE | {"build": None}),
        ("push:a -t local --allow-dirty", NONE | {"push": ("a",)}),
        ("push:a -t build smoke:a", NONE | {"push": ("a",), "smoke": ("a",)}),
        ("push -t build", NONE | {"push": None}),
        ("build:a* smoke:a", NONE | {"build": ("a*",), "smoke": ("a",)}),
        ("push:a* -t local", None),  # doit reads no options behind a pattern
        ("bu*", None),
        ("*:a", None),
        ("mine", None),
        ("mine build:a", None),
        ("build:a mine", None),
        ("build:a -n", None),
        ("build/a/a.ipynb", None),
    ],
)
def test_only_what_a_command_line_asks_for_is_made(
    line: str, expected: Mapping[str, tuple[str, ...] | None] | None
) -> None:
    assert asked_names(line.split(), GROUPS, after_options) == expected


def test_names_are_sorted_by_group() -> None:
    tasks = ["build:a", "mine", "mine:b", "push:c/d", "build:e", "build"]
    assert names_in(tasks, GROUPS) == {"build": {"a", "e"}, "push": {"c/d"}, "smoke": set()}


@pytest.mark.parametrize(
    "line",
    [
        "", "build", "build smoke", "build:<a>", "build:<a> smoke:<b/c> build:*a",
        "push:a* build:<a>", "push:<a> -t build:x --allow-dirty smoke:<a>",
        "push -t build:x smoke:<a>", "mine -t smoke:<a>",
        "bu* mine:a x=1 build:<a>",
    ],
)  # fmt: skip
def test_each_name_of_our_tasks_is_written_whole_and_nothing_else(line: str) -> None:
    written = line.replace("<", "").replace(">", "")
    expected = line.replace("<", "long/").replace(">", "")
    whole = with_whole_names(written.split(), GROUPS, after_options, lambda _, n: f"long/{n}")
    assert whole == expected.split()
