"""Which tasks a command line asks for: one that may have been meant is never left out."""

import pytest

from nbship.frontends.doit_selection import wanted

GROUPS = {"build", "check", "push", "smoke"}


@pytest.mark.parametrize(
    ("line", "group", "expected"),
    [
        ("", "build", None),
        ("run", "build", None),
        ("build", "build", None),
        ("run build", "build", None),
        ("build", "push", set()),
        ("build:a", "build", {"a"}),
        ("build:a build:b/c smoke:a", "build", {"a", "b/c"}),
        ("build:a build", "build", None),
        ("build:a", "smoke", set()),
        ("-n 2 build:a", "build", {"a"}),
        ("-n2 build:a", "build", {"a"}),
        ("--process=2 build:a", "smoke", set()),
        ("push:a -t local --allow-dirty", "push", {"a"}),
        ("push -t build", "build", set()),
        ("-n 2", "build", None),
        ("list", "build", set()),
        ("list --all", "build", None),
        ("list build", "build", None),
        ("info build:a", "build", None),
        ("help push:a", "push", None),
        ("forget", "build", None),
        ("bu*", "build", None),
        ("*:a", "build", None),
        ("build:a*", "build", None),
        ("build:a* smoke:a", "smoke", {"a"}),
        ("mine", "build", None),
        ("mine build:a", "build", None),
        ("--unknown value build:a", "build", None),
        ("variable=3 build:a", "build", {"a"}),
    ],
)
def test_only_what_a_command_line_asks_for_is_made(
    line: str, group: str, expected: set[str] | None
) -> None:
    assert wanted(line.split(), group, GROUPS) == expected
