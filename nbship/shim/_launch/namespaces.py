"""The sandbox of one rehearsal, made by system calls in a process that bubblewrap has started.

``enter`` gives this process the same world that bubblewrap gives a plain rehearsal, from the same
list of mounts, in namespaces of its own: bubblewrap starts a server once, and the server's children
need not start anew. The server has the whole machine at ``HOST``; what enters has not.

Side effects: changes the namespaces, the root folder and the capabilities of this process, and
forks it.
"""

import ctypes
import fcntl
import os
import socket
import struct
from collections.abc import Callable, Mapping, Sequence

HOST = "/run/host"  # where the server has the folders of the machine
_ROOT = "/run/root"  # the new root, until it is one
_OLD = "old"  # the old root, in the new one
# Linux's clone(2), mount(2), mount_setattr(2), prctl(2), capget(2) and netdevice(7).
_NEWNS, _NEWPID, _NEWNET, _NEWIPC = 0x20000, 0x20000000, 0x40000000, 0x08000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE = 1, 2, 4, 8, 0x1000, 0x4000, 0x40000
_DETACH = 2
_MOUNT_SETATTR = 442  # the same number on every architecture
_AT_RECURSIVE, _AT_FDCWD = 0x8000, -100
_PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _AMBIENT_RAISE, _AMBIENT_CLEAR = 24, 47, 2, 4
_CAPABILITY_VERSION = 0x20080522
_NUMBERS = {
    "CAP_CHOWN": 0, "CAP_DAC_OVERRIDE": 1, "CAP_FOWNER": 3, "CAP_FSETID": 4, "CAP_KILL": 5,
    "CAP_SETGID": 6, "CAP_SETUID": 7, "CAP_NET_BIND_SERVICE": 10,
}  # fmt: skip
_LAST_CAPABILITY = 63
_SIOCSIFFLAGS, _UP_AND_RUNNING = 0x8914, 0x41
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2",
          "core": "/proc/kcore", "ptmx": "pts/ptmx"}  # fmt: skip

Mount = Sequence[str]  # an option of bubblewrap, with its paths
_libc = ctypes.CDLL(None, use_errno=True)


def fork_first() -> int:
    """Fork a process that is the first one of a namespace of processes; return as ``os.fork``.

    Raises:
        OSError: the kernel does not allow it.
    """
    own = os.open("/proc/self/ns/pid", os.O_RDONLY)
    try:
        _check(_libc.unshare(_NEWPID), "unshare")
        child = 1  # none, if the fork fails
        try:
            child = os.fork()
        finally:
            if child:  # the next child is not in the namespace of this one
                _check(_libc.setns(own, _NEWPID), "setns")
    finally:
        os.close(own)
    return child


def separate(*, network: bool) -> None:
    """Leave the other namespaces of the server.

    Raises:
        OSError: the kernel does not allow it.
    """
    flags = _NEWNS | _NEWIPC | (0 if network else _NEWNET)
    _check(_libc.unshare(flags), "unshare")
    if not network:
        _bring_up_loopback()


def enter(mounts: Sequence[Mount], capabilities: Sequence[str]) -> None:
    """Make the mounts the whole world of this process, the first one of its namespace.

    Raises:
        OSError: the kernel does not allow it, or a folder is missing.
    """
    _mount(None, "/", None, _REC | _PRIVATE)
    os.makedirs(_ROOT, exist_ok=True)
    _mount("tmpfs", _ROOT, "tmpfs", _NOSUID | _NODEV, b"mode=0755")
    for option, *paths in mounts:
        _MAKE[option](*paths)
    os.mkdir(f"{_ROOT}/{_OLD}")
    _check(_libc.pivot_root(_ROOT.encode(), f"{_ROOT}/{_OLD}".encode()), "pivot_root")
    os.chdir("/")
    _check(_libc.umount2(f"/{_OLD}".encode(), _DETACH), "umount2")
    os.rmdir(f"/{_OLD}")
    _keep(capabilities)


def _there(path: str) -> str:
    return _ROOT + path


def _bind(source: str, path: str, *, read_only: bool = False, optional: bool = False) -> None:
    host = HOST + source
    if optional and not os.path.exists(host):
        return
    target = _there(path)
    if os.path.isdir(host):
        os.makedirs(target, exist_ok=True)
    elif not os.path.exists(target):
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o644))
    _mount(host, target, None, _BIND | _REC)
    _set_attributes(target, _RDONLY if read_only else 0)


def _read_only(path: str) -> None:
    _set_attributes(_there(path), _RDONLY, recursive=False)


def _tmpfs(path: str) -> None:
    os.makedirs(_there(path), exist_ok=True)
    _mount("tmpfs", _there(path), "tmpfs", _NOSUID | _NODEV, b"mode=0755")


def _dir(path: str) -> None:
    os.makedirs(_there(path), exist_ok=True)


def _symlink(target: str, path: str) -> None:
    os.makedirs(os.path.dirname(_there(path)), exist_ok=True)
    if not os.path.islink(_there(path)):
        os.symlink(target, _there(path))


def _proc(path: str) -> None:
    os.makedirs(_there(path), exist_ok=True)
    _mount("proc", _there(path), "proc", _NOSUID | _NODEV | _NOEXEC)


def _dev(path: str) -> None:
    """Make the few devices that a sandbox of bubblewrap has, from those of the server."""
    _tmpfs(path)
    for name in _DEVICES:
        node = f"{_there(path)}/{name}"
        os.close(os.open(node, os.O_CREAT | os.O_WRONLY, 0o666))
        _mount(f"/dev/{name}", node, None, _BIND)
    for name, target in _LINKS.items():
        os.symlink(target, f"{_there(path)}/{name}")
    for name in ("pts", "shm"):
        os.mkdir(f"{_there(path)}/{name}")
    _mount("devpts", f"{_there(path)}/pts", "devpts", _NOSUID | _NOEXEC,
           b"newinstance,ptmxmode=0666,mode=620")  # fmt: skip
    _mount("tmpfs", f"{_there(path)}/shm", "tmpfs", _NOSUID | _NODEV, b"mode=1777")


def _device(source: str, path: str) -> None:
    if os.path.exists(source):  # the server has the same devices
        target = _there(path)
        if os.path.isdir(source):
            os.makedirs(target, exist_ok=True)
        else:
            os.close(os.open(target, os.O_CREAT | os.O_WRONLY, 0o666))
        _mount(source, target, None, _BIND | _REC)


_MAKE: Mapping[str, Callable[..., None]] = {
    "--bind": _bind,
    "--ro-bind": lambda source, path: _bind(source, path, read_only=True),
    "--ro-bind-try": lambda source, path: _bind(source, path, read_only=True, optional=True),
    "--remount-ro": _read_only,
    "--tmpfs": _tmpfs,
    "--dir": _dir,
    "--symlink": _symlink,
    "--proc": _proc,
    "--dev": _dev,
    "--dev-bind-try": _device,
}


def _mount(
    source: "str | None", target: str, kind: "str | None", flags: int, data: "bytes | None" = None
) -> None:
    encoded = [os.fsencode(text) if text else None for text in (source, target, kind)]
    _check(_libc.mount(*encoded, ctypes.c_ulong(flags), data), f"mount {target}")


def _set_attributes(path: str, flags: int, *, recursive: bool = True) -> None:
    """Set attributes of a mount and of those in it: no device and no setuid program works there."""
    cleared = 0 if flags & _RDONLY else _RDONLY  # all of it is read-only in the server
    attributes = struct.pack("QQQQ", flags | _NOSUID | _NODEV, cleared, 0, 0)
    _check(
        _libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path),
                      _AT_RECURSIVE if recursive else 0, attributes, len(attributes)),
        f"mount_setattr {path}",
    )  # fmt: skip


def _bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        fcntl.ioctl(device, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _UP_AND_RUNNING))


def _keep(capabilities: Sequence[str]) -> None:
    """Give up all capabilities but these, also for programs that this process starts."""
    kept = {_NUMBERS[name] for name in capabilities}
    for number in range(_LAST_CAPABILITY + 1):
        if number not in kept:
            _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)  # fails for a number that is none
    _check(_libc.prctl(_PR_CAP_AMBIENT, _AMBIENT_CLEAR, 0, 0, 0), "prctl")
    mask = sum(1 << number for number in kept)
    header = struct.pack("Ii", _CAPABILITY_VERSION, 0)
    data = struct.pack("IIIIII", mask, mask, mask, 0, 0, 0)
    _check(_libc.capset(header, data), "capset")
    for number in kept:  # as bubblewrap leaves them
        _check(_libc.prctl(_PR_CAP_AMBIENT, _AMBIENT_RAISE, number, 0, 0), "prctl")


def _check(result: int, what: str) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
