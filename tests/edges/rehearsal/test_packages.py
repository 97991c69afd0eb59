"""The installed packages, compared with what a notebook declares."""

import platform

import pytest

from nbship.edges.rehearsal import packages


@pytest.mark.parametrize(
    ("requirement", "is_met"),
    [
        ("click", True),
        ("Click>=8", True),
        ("click[extra]>=8,<100", True),
        ("click<1", False),
        ("nosuchthing-of-ours", False),
        ("nosuchthing-of-ours; python_version < '3'", True),
        ("nosuchthing-of-ours; python_version >= '3'", False),
        ("click; python_version >= '3'", True),
        ("click<1; sys_platform == 'nowhere'", True),
        ("click @ https://example.org/click.whl", True),
        ("jupyter_client", True),
        ("Jupyter.Client", True),
    ],
)
def test_a_requirement_is_met_or_not(requirement: str, *, is_met: bool) -> None:
    assert packages.missing([requirement]) == (() if is_met else (requirement,))


def test_a_library_is_known_by_its_name() -> None:
    assert packages.is_library("click")
    assert not packages.is_library("json")  # a module of Python
    assert not packages.is_library("nosuchthing")


def test_the_missing_are_told_as_they_were_written() -> None:
    declared = ["zzz-nosuch >= 1", "click", "aaa-nosuch"]
    assert packages.missing(declared) == ("zzz-nosuch >= 1", "aaa-nosuch")
    assert packages.missing([]) == ()


@pytest.mark.parametrize(
    ("requires_python", "fits"),
    [
        ("", True),
        (">=3.11", True),
        (f"=={platform.python_version()}", True),
        (">=3.11,<3.11.0", False),
        (">=4", False),
    ],
)
def test_this_python_fits_or_not(requires_python: str, *, fits: bool) -> None:
    assert packages.python_fits(requires_python) is fits
