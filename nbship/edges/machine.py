"""The processors and the memory that the programs of this process may use.

A container has less than the machine: Linux tells its limits below /sys/fs/cgroup (cgroups(7)).
"""

import os
from pathlib import Path

_CGROUP = Path("/sys/fs/cgroup")


def processors() -> float:
    """Return the number of processors; a container may have a part of one."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota, _, period = _read("cpu.max").partition(" ")
    if quota.isdigit() and period.strip().isdigit():
        return min(own, int(quota) / int(period))
    return own


def free_memory() -> int:
    """Return the bytes that programs can still take."""
    import psutil

    free = int(psutil.virtual_memory().available)
    most, used = _read("memory.max").strip(), _read("memory.current").strip()
    if most.isdigit() and used.isdigit():
        # What the system keeps of files counts as used, and makes room when it is needed.
        cached = _statistics().get("inactive_file", 0)
        return min(free, int(most) - int(used) + cached)
    return free


def _statistics() -> dict[str, int]:
    pairs = (line.partition(" ") for line in _read("memory.stat").splitlines())
    return {name: int(value) for name, _, value in pairs if value.isdigit()}


def _read(name: str) -> str:
    try:
        return (_CGROUP / name).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""
