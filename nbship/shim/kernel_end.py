"""The end of a kernel: its main thread waits for the one that has read the request to end.

That one, of the control channel, flushes its output through a third thread, which the main thread
closes at the same time. If it is closed first, the flush waits for 10 s (ipykernel's
``OutStream.flush_timeout``) and the main thread for the flush, until jupyter_client kills the
kernel: after 2.5 s, and with what it would have done at its end.

Side effects: has a function called at the end of this process.
"""

import contextlib
import threading

_PATIENCE = 1.0  # seconds, if nobody has asked the kernel to end


def wait_for_control() -> None:
    """Wait until the thread of the control channel has ended."""
    from ipykernel.kernelapp import IPKernelApp

    thread = IPKernelApp.instance().control_thread if IPKernelApp.initialized() else None
    if thread is not None and thread.is_alive():
        thread.join(_PATIENCE)


with contextlib.suppress(AttributeError):  # another Python: kernels end as they do without it
    # Before the functions of atexit, of which ipykernel's closes the channels.
    threading._register_atexit(wait_for_control)  # type: ignore[attr-defined] # noqa: SLF001
