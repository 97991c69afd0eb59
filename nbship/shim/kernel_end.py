"""The end of a kernel: what it waits for, so that it ends in time, and as other programs do.

Its main thread waits for the one that has read the request to end. That one, of the control
channel, flushes its output through a third thread, which the main thread closes at the same time.
If it is closed first, the flush waits for 10 s (ipykernel's ``OutStream.flush_timeout``) and the
main thread for the flush.

ipykernel also ends the kernel's child processes first. A tracker of resources, which
multiprocessing starts with a spawn and joblib with its workers, ignores that for 14 s, and ends
when the kernel has ended. A child for which nobody waits is there for as long after its own end.

And when it is asked to end, it warns of a method of its own. Where the notebook has made warnings
errors (``warnings.simplefilter("error")``), it does not end.

In all cases jupyter_client kills the kernel: after 2.5 s, and with what it would have done at its
end.

Side effects: has a function called at the end of this process; changes two methods of ipykernel.
"""

import contextlib
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import psutil

_PATIENCE = 1.0  # seconds, if nobody has asked the kernel to end
# Of Python, of joblib, and of the library of which joblib has a copy.
_TRACKERS = (
    "multiprocessing.resource_tracker", "joblib.externals.loky.backend.resource_tracker",
    "loky.backend.resource_tracker",
)  # fmt: skip


def wait_for_control() -> None:
    """Wait until the thread of the control channel has ended."""
    from ipykernel.kernelapp import IPKernelApp

    thread = IPKernelApp.instance().control_thread if IPKernelApp.initialized() else None
    if thread is not None and thread.is_alive():
        thread.join(_PATIENCE)


def leave_children() -> None:
    """Let ipykernel wait neither for trackers of resources nor for children that have ended.

    It has no setting for that; a class of our own in its place would be one that notebooks see.
    """
    from ipykernel.kernelbase import Kernel

    children: Callable[[Kernel], list[Any]] = Kernel._process_children  # noqa: SLF001 - see above

    def others(kernel: Kernel) -> list[Any]:
        modules = (sys.modules.get(name) for name in _TRACKERS)
        trackers = {getattr(module, "_resource_tracker", None) for module in modules}
        pids = {getattr(tracker, "_pid", None) for tracker in trackers}
        found = children(kernel)
        return [child for child in found if child.pid not in pids and not _has_ended(child)]

    Kernel._process_children = others  # type: ignore[method-assign] # noqa: SLF001 - see above


def end_without_warnings() -> None:
    """Let ipykernel end whatever the notebook does with warnings.

    There is no setting for that either: it is ipykernel that warns, of its own kernel.
    """
    from ipykernel.kernelbase import Kernel

    end: Callable[..., Awaitable[None]] = Kernel.shutdown_request

    async def shutdown_request(kernel: Kernel, *request: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            await end(kernel, *request)

    Kernel.shutdown_request = shutdown_request  # type: ignore[method-assign] # see above


def _has_ended(child: "psutil.Process") -> bool:
    """Return whether a child has ended, and nobody has asked for its exit code."""
    import psutil

    try:
        return child.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


with contextlib.suppress(ImportError, AttributeError):  # another ipykernel
    leave_children()
    end_without_warnings()
with contextlib.suppress(AttributeError):  # another Python: kernels end as they do without it
    # Before the functions of atexit, of which ipykernel's closes the channels.
    threading._register_atexit(wait_for_control)  # type: ignore[attr-defined] # noqa: SLF001
