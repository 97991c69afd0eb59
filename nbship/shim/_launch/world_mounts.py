"""The mounts of a sandbox, and the command that makes it.

Facts: options of bubblewrap 0.8, bwrap(1).
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING or __package__:
    from nbship.shim._launch import layer, namespaces
    from nbship.shim._launch.world_request import CONTENT, KAGGLE, SHIM, Places, Request, below
else:
    import layer
    import namespaces
    from world_request import CONTENT, KAGGLE, SHIM, Places, Request, below

# What the sandbox has of this machine, read-only. /home, /root, /srv and others are not there.
_SYSTEM = (
    "/bin", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/nix", "/opt", "/sbin", "/snap", "/sys",
    "/usr", "/var/cache/fontconfig", "/var/lib/dpkg", "/var/lib/texmf",
)  # fmt: skip
# Folders that every Linux has; the sandbox has empty ones.
_EMPTY = ("/home", "/media", "/mnt", "/run", "/srv", "/var/lib", "/var/log")
_DEVICES = ("/dev/dri", "/dev/dxg", "/dev/kfd")  # and those of NVIDIA, whose names are many
# What root may do in a container of Docker, as far as it serves a notebook.
CAPABILITIES = (
    "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_NET_BIND_SERVICE",
    "CAP_SETGID", "CAP_SETUID",
)  # fmt: skip


def bubblewrap(request: Request, places: Places, argv: list[str]) -> list[str]:
    """Return the command that runs ``argv`` in a sandbox, with options that version 0.8 has."""
    options = [
        request.bwrap,
        "--die-with-parent", "--new-session",
        "--unshare-user", "--uid", "0", "--gid", "0",
        "--unshare-pid", "--unshare-ipc",
        "--cap-drop", "ALL",
    ]  # fmt: skip
    for capability in ("ALL",) if request.serves else CAPABILITIES:
        options += ["--cap-add", capability]
    if not request.network:
        options += ["--unshare-net"]
    for mount in world_mounts(request, places):
        options += mount
    if request.serves:
        options += ["--ro-bind", "/", namespaces.HOST]
    return [*options, "--chdir", working(request), "--", *argv]


def working(request: Request) -> str:
    return CONTENT if request.is_colab else f"{KAGGLE}/working"


def world_mounts(request: Request, places: Places) -> list[list[str]]:
    """Return the mounts of a world in their order, each as an option of bubblewrap."""
    devices = (*_DEVICES, *map(str, sorted(Path("/dev").glob("nvidia*"))))
    mounts = [["--proc", "/proc"], ["--dev", "/dev"]]
    mounts += [["--dev-bind-try", device, device] for device in devices]
    # A mount hides what was mounted below it before: folders come before those in them.
    mounts += [mount for _, mount in sorted(_mounts(request, places).items(), key=_by_depth)]
    if not request.is_colab:
        mounts.append(["--remount-ro", f"{KAGGLE}/input"])
    return mounts


def _by_depth(item: tuple[str, list[str]]) -> tuple[int, str]:
    return item[0].count("/"), item[0]


def _mounts(request: Request, places: Places) -> Mapping[str, list[str]]:
    """Return the options of each mount by its path in the sandbox."""
    mounts = {path: option for path, option in map(_system_mount, _system()) if option}
    for folder in _readable(request):
        mounts[folder] = ["--ro-bind-try", folder, folder]
    for folder in request.hidden:
        if _is_below(folder, mounts):
            mounts[folder] = ["--tmpfs", folder]
    mounts |= {
        str(path): ["--bind", str(source), str(path)]
        for path, source in (
            (places.home, request.home),
            (places.temp, request.temp),
            ("/var/tmp", request.temp),  # noqa: S108 - it is private
            (places.folder, request.folder),
        )
    }
    mounts |= _colab(request) if request.is_colab else _kaggle(request)
    # The folders of the world are in the folder of the run: the program has them once.
    for folder in (request.kaggle, request.home, request.temp):
        if Path(folder).is_relative_to(request.folder):
            covered = str(places.folder / Path(folder).relative_to(request.folder))
            mounts[covered] = ["--tmpfs", covered]
    return {path: ["--dir", path] for path in _EMPTY} | mounts


def _kaggle(request: Request) -> Mapping[str, list[str]]:
    folders = {
        path: ["--bind", request.kaggle + path.removeprefix(KAGGLE), path]
        for path in (KAGGLE, f"{KAGGLE}/input", f"{KAGGLE}/temp", f"{KAGGLE}/working")
    }
    read_only = {"lib": str(SHIM), "src": f"{request.kaggle}/src", **request.mounts}
    return folders | {
        f"{KAGGLE}/{target}": ["--ro-bind", source, f"{KAGGLE}/{target}"]
        for target, source in read_only.items()
    }


def _colab(request: Request) -> Mapping[str, list[str]]:
    return {CONTENT: ["--bind", f"{request.kaggle}/working", CONTENT]}


def _system() -> Iterator[str]:
    """Yield the folders of this machine that every program needs."""
    yield from _SYSTEM
    resolver = os.path.realpath("/etc/resolv.conf")  # often a link to a file of another program
    if not resolver.startswith("/etc/"):
        yield resolver


def _system_mount(path: str) -> tuple[str, list[str]]:
    if os.path.islink(path):
        return path, ["--symlink", os.readlink(path), path]
    return path, ["--ro-bind", path, path] if os.path.exists(path) else []


def _readable(request: Request) -> Iterator[str]:
    """Yield the folders of both Pythons, of their packages and of nbship, and the request's.

    papermill runs in this Python, and the notebook in the one below the layer.
    """
    prefixes = [str(SHIM.parent), *request.visible]
    for python in (layer.own_python(), below(request)):
        prefixes += [*python.prefixes, *python.packages]
    for folder in dict.fromkeys(prefixes):
        for path in dict.fromkeys((folder, os.path.realpath(folder))):
            if path not in ("/", "/usr") and not _is_below(path, _SYSTEM) and os.path.isdir(path):
                yield path


def _is_below(path: str, folders: Mapping[str, Any] | tuple[str, ...]) -> bool:
    """Return whether a path is one of these folders, or below one."""
    # Not by pathlib, which takes ten times as long.
    return any(f"{path}/".startswith(f"{folder}/") for folder in folders)
