"""The output of a cell in the browser: a rehearsal has none, so that JavaScript answers nothing."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def clear(wait: bool = False, output_tags: Any = ()) -> None:
    """Clear the output of the cell, all of it."""
    from IPython.display import clear_output

    clear_output(wait)


def eval_js(
    script: str,
    ignore_result: bool = False,
    timeout_sec: float | None = None,
) -> None:
    """Run no JavaScript, and answer nothing."""


def register_callback(function_name: str, callback: Callable[..., Any]) -> None:
    """Register a function that the browser would call."""


def enable_custom_widget_manager(version: str = "") -> None:
    """Change nothing: there is no browser."""


def disable_custom_widget_manager() -> None:
    """Change nothing: there is no browser."""


def no_vertical_scroll() -> None:
    """Change nothing: there is no browser."""


def serve_kernel_port_as_window(port: int, **options: Any) -> None:
    """Open no window."""


def serve_kernel_port_as_iframe(port: int, **options: Any) -> None:
    """Open no frame."""


@contextmanager
def use_tags(tags: Any) -> Iterator[None]:
    """Run the block."""
    yield
