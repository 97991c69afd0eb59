"""The recorded files: for each shape the code that ran and its line map, for each kernel a log."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nbship.model.workspace import LineMap, Origin
from tests.recorded.failures.notebooks import NOTEBOOKS
from tests.recorded.failures.scripts import SCRIPTS
from tests.recorded.failures.shape import Shape

FOLDER = Path(__file__).with_name("recorded")
SHAPES: dict[str, Shape] = {
    **{f"notebook-{name}": shape for name, shape in NOTEBOOKS.items()},
    **{f"script-{name}": shape for name, shape in SCRIPTS.items()},
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded failure: the code that ran, its line map, and the log in Kaggle's format."""

    shape: Shape
    text: str
    line_map: LineMap
    log: str


def recordings() -> Iterator[tuple[str, str]]:
    """Yield the kernel and the shape of every recording."""
    for path in sorted(FOLDER.glob("*/*.log")):
        yield path.parent.name, path.stem


def load(kernel: str, name: str) -> Recorded:
    """Read a recording."""
    ran: dict[str, Any] = json.loads((FOLDER / "ran" / f"{name}.json").read_text(encoding="utf-8"))
    return Recorded(
        SHAPES[name],
        ran["text"],
        tuple(Origin(**entry) if entry else None for entry in ran["line_map"]),
        (FOLDER / kernel / f"{name}.log").read_text(encoding="utf-8"),
    )


def keep_what_ran(name: str, text: str, line_map: LineMap) -> None:
    """Write the code that ran and its line map."""
    content = {
        "text": text,
        "line_map": [asdict(origin) if origin else None for origin in line_map],
    }
    _write(
        FOLDER / "ran" / f"{name}.json", json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    )


def keep_log(kernel: str, name: str, log: str) -> None:
    """Write a kernel's log."""
    _write(FOLDER / kernel / f"{name}.log", log)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
