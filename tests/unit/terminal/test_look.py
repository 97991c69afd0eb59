"""Tests of the look of a stream: colours and links, by the environment."""

import pytest

from nbship.core.terminal.look import PLAIN, Look, file_address, linked, look_of, styled
from nbship.model.workspace import Meaning

XTERM = {"TERM": "xterm-256color"}
COLOURED = Look(colour=True)


@pytest.mark.parametrize(
    ("environ", "colour", "redraws"),
    [
        (XTERM, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, False, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True, False),
        (XTERM | {"NO_COLOR": "1"}, False, True),
        (XTERM | {"NO_COLOR": ""}, True, True),
        (XTERM | {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False, True),
        (XTERM | {"CLICOLOR": "0"}, False, True),
        (XTERM | {"CLICOLOR": "0", "CLICOLOR_FORCE": "1"}, True, True),
        (XTERM | {"FORCE_COLOR": "0"}, True, True),
    ],
)
def test_the_environment_decides_what_a_terminal_shows(
    environ: dict[str, str], *, colour: bool, redraws: bool
) -> None:
    assert look_of(environ, is_terminal=True) == Look(colour=colour, redraws=redraws)


@pytest.mark.parametrize(
    ("environ", "colour"),
    [(XTERM, False), ({"FORCE_COLOR": "1"}, True), ({"CLICOLOR_FORCE": "1"}, True),
     ({"FORCE_COLOR": ""}, False), ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
     (XTERM | {"KITTY_WINDOW_ID": "1"}, False)],
)  # fmt: skip
def test_a_pipe_is_plain_unless_colour_is_asked_for(
    environ: dict[str, str], *, colour: bool
) -> None:
    assert look_of(environ, is_terminal=False) == Look(colour=colour)


@pytest.mark.parametrize(
    ("environ", "links"),
    [
        ({"TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"VTE_VERSION": "4999"}, False),
        ({"VTE_VERSION": "new"}, False),
        ({"VTE_VERSION": "7006", "CI": "true"}, False),
        ({"VTE_VERSION": "7006", "TMUX": "1,2,3"}, False),
        ({"VTE_VERSION": "7006", "STY": "1.pts"}, False),
        ({}, False),
    ],
)
def test_a_link_is_for_terminals_that_are_known_to_show_it(
    environ: dict[str, str], *, links: bool
) -> None:
    assert look_of(XTERM | environ, is_terminal=True).links is links
    assert look_of({**XTERM, **environ, "TERM": "dumb"}, is_terminal=True).links is False


@pytest.mark.parametrize(
    ("variable", "values"),
    [
        ("TERM_PROGRAM", "iTerm.app WezTerm vscode ghostty Hyper rio"),
        ("TERM", "xterm-kitty xterm-ghostty alacritty foot foot-extra wezterm"),
        *((name, "1") for name in ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM")),
        ("VTE_VERSION", "5000 7006"),
    ],
)
def test_each_terminal_that_documents_links_gets_them(variable: str, values: str) -> None:
    for value in values.split():
        assert look_of(XTERM | {variable: value}, is_terminal=True).links


@pytest.mark.parametrize(
    ("meaning", "code"),
    [("error", 31), ("warning", 33), ("hint", 36), ("passed", 32), ("output", 2)],
)
def test_each_meaning_has_its_colour(meaning: Meaning, code: int) -> None:
    assert styled("a", meaning, COLOURED) == f"\x1b[{code}ma\x1b[0m"


def test_xterm_cuts_a_line_unless_tmux_is_in_it() -> None:
    xterm = XTERM | {"XTERM_VERSION": "XTerm(390)"}
    assert look_of(xterm, is_terminal=True).cuts
    assert not look_of(xterm | {"TMUX": "1,2,3"}, is_terminal=True).cuts
    assert not look_of(XTERM, is_terminal=True).cuts


def test_each_line_of_a_text_has_its_colour() -> None:
    assert styled("a\n\nb", "error", COLOURED) == "\x1b[31ma\x1b[0m\n\n\x1b[31mb\x1b[0m"
    assert styled("a", "plain", COLOURED) == "a"
    assert styled("", "error", COLOURED) == ""
    assert styled("a", "error", PLAIN) == "a"


def test_a_link_leads_to_its_address() -> None:
    address = file_address("/home/ɓa b/x.py")
    assert address == "file:///home/%C9%93a%20b/x.py"
    assert linked("x.py", address, Look(links=True)) == (
        f"\x1b]8;;{address}\x1b\\x.py\x1b]8;;\x1b\\"
    )
    assert linked("x.py", address, PLAIN) == "x.py"
    assert linked("x.py", "", Look(links=True)) == "x.py"
