"""``nbship pin`` and ``nbship trace`` on the console."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nbship.core.overview.trace import trace_json, trace_text
from nbship.frontends.session import Session
from nbship.verbs.pin import pin
from nbship.verbs.trace import trace


def run_pin(session: Session, name: str) -> None:
    """Put the image of a good run into a header, and print what was done.

    Raises:
        NbshipError: as ``pin`` does.
    """
    image, is_changed = pin(session.context, name)
    path = session.catalogue[name].path
    done = f"docker_image of {path} is {image}" if is_changed else f"{path} has {image} already"
    session.console.step("pin", name, done)


def run_trace(session: Session, word: str, options: Mapping[str, Any]) -> None:
    """Print where a file comes from.

    Raises:
        NbshipError: as ``trace`` does.
    """
    found = trace(session.workspace, Path(word))
    if options["json"]:
        session.console.line(trace_json(found))
        return
    for line in trace_text(found):
        session.console.line(line)
