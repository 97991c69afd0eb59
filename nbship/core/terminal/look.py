"""The look of text: what a stream can show, and how it shows each meaning."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from nbship.model.workspace import Meaning

# The parameters of "Select Graphic Rendition" (ECMA-48, 8.3.117).
_CODES: dict[Meaning, str] = {
    "error": "31",  # red
    "warning": "33",  # yellow
    "hint": "36",  # cyan
    "passed": "32",  # green
    "output": "2",  # dim
}
_FORCED = ("FORCE_COLOR", "CLICOLOR_FORCE")
# Each of these terminals documents that it shows OSC 8 links: by TERM_PROGRAM, by the beginning of
# TERM, and by a variable that only that terminal sets.
_LINKING_PROGRAMS = frozenset({"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "rio"})
_LINKING_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "wezterm")
_LINKING_VARIABLES = ("KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION", "DOMTERM")
_LINKING_VTE = 5000  # VTE 0.50
_ESCAPE = "\x1b"


@dataclass(frozen=True, slots=True)
class Look:
    """The abilities of an output stream.

    ``redraws`` means that a line can be erased and drawn again, ``cuts`` that a line too long for a
    window that became narrower is cut, and not wrapped.
    """

    colour: bool = False
    redraws: bool = False
    links: bool = False
    cuts: bool = False


PLAIN = Look()


def look_of(environ: Mapping[str, str], *, is_terminal: bool) -> Look:
    """Return the look of a stream.

    ``NO_COLOR`` (https://no-color.org) and ``CLICOLOR=0`` switch colours off, ``FORCE_COLOR`` and
    ``CLICOLOR_FORCE`` on, also for a file or a pipe; a variable that is empty counts as not set.
    """
    is_clever = is_terminal and environ.get("TERM", "") not in {"", "dumb"}
    is_forced = any(environ.get(name, "0") not in {"", "0"} for name in _FORCED)
    is_off = bool(environ.get("NO_COLOR")) or (environ.get("CLICOLOR") == "0" and not is_forced)
    return Look(
        colour=(is_clever or is_forced) and not is_off,
        redraws=is_clever,
        links=is_clever and not environ.get("CI") and _shows_links(environ),
        cuts=bool(environ.get("XTERM_VERSION")) and not _is_inside_another(environ),
    )


def styled(text: str, meaning: Meaning, look: Look) -> str:
    """Return a text as the stream shows its meaning; a text of several lines, each by itself."""
    code = _CODES.get(meaning)
    if not look.colour or code is None or not text:
        return text
    return "\n".join(
        f"{_ESCAPE}[{code}m{line}{_ESCAPE}[0m" if line else line for line in text.split("\n")
    )


def linked(text: str, address: str, look: Look) -> str:
    """Return a text as a link to an address, where the stream shows links (OSC 8)."""
    if not look.links or not address:
        return text
    return f"{_ESCAPE}]8;;{address}{_ESCAPE}\\{text}{_ESCAPE}]8;;{_ESCAPE}\\"


def file_address(path: str) -> str:
    """Return the address of a file of this machine by its absolute path."""
    return f"file://{quote(path, errors='surrogatepass')}"


def _is_inside_another(environ: Mapping[str, str]) -> bool:
    """Return whether tmux or screen is the terminal, in the window of another one."""
    return bool(environ.get("TMUX") or environ.get("STY"))


def _shows_links(environ: Mapping[str, str]) -> bool:
    if _is_inside_another(environ):  # an older one prints the address as text
        return False
    vte = environ.get("VTE_VERSION", "")
    return (
        environ.get("TERM_PROGRAM") in _LINKING_PROGRAMS
        or environ.get("TERM", "").startswith(_LINKING_TERMS)
        or any(environ.get(name) for name in _LINKING_VARIABLES)
        or (vte.isdecimal() and int(vte) >= _LINKING_VTE)
    )
