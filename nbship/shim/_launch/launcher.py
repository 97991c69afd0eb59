"""The launcher: a program that starts another one in a world that is laid out as on Kaggle.

``python -I launcher.py REQUEST.json``. The rehearsal and the local Kaggle start it by its path, so
that both have the same world; it imports the standard library only. It makes the folders of the
world and a layer: a virtual environment over the one that runs it, for the notebook's own
packages. Then it becomes the program. In the rung ``sandbox`` bubblewrap gives the program
``/kaggle``, a root of its own that cannot be changed, and no process and no network above it; in
the rung ``shim`` the file sitecustomize.py, one folder up, translates paths below ``/kaggle``.

In the request's ``argv`` and ``environment``, ``{folder}`` is the folder of the run, ``{kaggle}``
that of Kaggle and ``{python}`` the Python of the layer, as the program sees them.

The launcher sets a timer before it becomes the program. The timer's signal ends the program if the
process that started it does not, for example because that process is stopped.

Side effects: makes folders, files and links below the request's folders; becomes the program.
Exit code: that of the program; 127 if it cannot be started.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if not __package__:
    sys.path.append(str(Path(__file__).resolve().parent))  # python -I leaves it out
if TYPE_CHECKING or __package__:
    from nbship.shim._launch import git_environment, layer
    from nbship.shim._launch.world_mounts import bubblewrap
    from nbship.shim._launch.world_request import KAGGLE, SHIM, Places, Request, below, places_of
else:
    import git_environment
    import layer
    from world_mounts import bubblewrap
    from world_request import KAGGLE, SHIM, Places, Request, below, places_of

# The variables of a session on Kaggle; the tokens are made up.
KAGGLE_VARIABLES = {
    "KAGGLE_API_V1_TOKEN": "/root/.kaggle/no-token-in-a-rehearsal",
    "KAGGLE_CONTAINER_NAME": "kaggle_rehearsal00000000-0-webtier",
    "KAGGLE_DATA_PROXY_PROJECT": "kaggle-161607",
    "KAGGLE_DATA_PROXY_TOKEN": "made-up",
    "KAGGLE_DATA_PROXY_URL": "https://dp.kaggle.net",
    "KAGGLE_DOCKER_IMAGE": "gcr.io/kaggle-images/python",
    "KAGGLE_GCP_ZONE": "us-central1-a",
    "KAGGLE_GRPC_DATA_PROXY_URL": "dp.kaggle.net:443",
    "KAGGLE_KERNEL_INTEGRATIONS": "",
    "KAGGLE_KERNEL_RUN_TYPE": "Batch",
    "KAGGLE_URL_BASE": "https://www.kaggle.com",
    "KAGGLE_USER_SECRETS_TOKEN": "made-up",
}
_HERE = Path(__file__).resolve().parent
LEFT_OUT = "left-out.txt"  # in the folder of the run: what the shim has not of a mount, and why
_CANNOT_START = 127
_SOON = 0.01  # seconds; 0 would stop the timer
_LATE = 2.0  # seconds between the end of the run and the timer
_SCRIPT = "{kaggle}/src/script.py"
_MARK = "NBSHIP_RUN"  # by which the supervisor finds the processes of the run


class Prepared(NamedTuple):
    """A world whose folders are there: its paths as the program sees them, and its environment."""

    request: Request
    places: Places
    environment: dict[str, str]


def main(arguments: list[str]) -> int:
    """Become the program of the request in the named file; return only if that fails."""
    request = Request(**json.loads(Path(arguments[0]).read_bytes()))
    prepared = prepare(request)
    argv = [prepared.places.filled(text) for text in request.argv]
    if request.rung == "sandbox":
        argv = bubblewrap(request, prepared.places, argv)
    else:
        argv = _translated(request, argv)
        os.chdir(Path(request.kaggle, "working"))
    if request.ends_at is not None:
        left = request.ends_at + _LATE - time.monotonic()
        signal.setitimer(signal.ITIMER_REAL, max(left, _SOON))
    try:
        os.execve(argv[0], argv, prepared.environment)  # noqa: S606 - no shell is wanted
    except OSError as error:
        sys.stderr.write(f"{argv[0]} cannot be started: {error.strerror}\n")
    return _CANNOT_START


def prepare(request: Request) -> Prepared:
    """Make the folders of the world and its layer."""
    places = places_of(request)
    make_world(request)
    shim = SHIM if request.rung == "shim" else None
    layer.make(Path(request.folder, "layer"), places.python, shim, below(request))
    return Prepared(request, places, world_environment(request, places))


def _translated(request: Request, argv: list[str]) -> list[str]:
    """Return the command line that gives a script in Python its path on Kaggle."""
    if _SCRIPT not in request.argv:
        return argv
    number = request.argv.index(_SCRIPT)
    return [
        *argv[:number],
        str(_HERE / "run_script.py"),
        f"{KAGGLE}/src/script.py",
        *argv[number + 1 :],
    ]


def make_world(request: Request) -> None:
    """Make the folders of the world; in the shim, also what is in place of mounts."""
    kaggle = Path(request.kaggle)
    for name in ("input", "lib", "src", "temp", "usr/lib", "working"):
        (kaggle / name).mkdir(parents=True, exist_ok=True)
    for folder in (request.home, request.temp):
        Path(folder).mkdir(parents=True, exist_ok=True)
    _bring_fonts(request)
    if request.rung == "sandbox":
        for target in request.mounts:
            (kaggle / target).mkdir(parents=True, exist_ok=True)
    else:
        _bring_mounts(request)
    for mount in request.mounts:
        name, target = flat_link(mount)
        path = kaggle / "input" / name
        # A flat name may equal that of a folder of mounts; of two equal ones, the first is there.
        if name and not os.path.lexists(path):
            path.symlink_to(target)


def _bring_mounts(request: Request) -> None:
    """Make what is in place of mounts, and list what it has not of them."""
    if TYPE_CHECKING or __package__:
        from nbship.shim._launch import mirror
    else:
        import mirror
    left, left_out = mirror.LIMIT, dict[str, str]()
    for target, source in request.mounts.items():
        path = Path(request.kaggle, target)
        if not os.path.lexists(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            mirrored = mirror.mirror(source, str(path), left)
            left -= mirrored.copied
            left_out |= {f"{target}/{name}": why for name, why in mirrored.left_out.items()}
    if left_out:
        text = "".join(f"{KAGGLE}/{path}: {why}\n" for path, why in sorted(left_out.items()))
        Path(request.folder, LEFT_OUT).write_text(text, encoding="utf-8", errors="replace")


def _bring_fonts(request: Request) -> None:
    """Copy the lists of fonts to the home: it takes matplotlib seconds to make one."""
    target = Path(request.home, ".cache", "matplotlib")
    for file in Path(request.fonts).glob("fontlist-*.json") if request.fonts else ():
        target.mkdir(parents=True, exist_ok=True)
        (target / file.name).write_bytes(file.read_bytes())


def flat_link(mount: str) -> tuple[str, str]:
    """Return the name of an input below /kaggle/input in the flat layout, and what it links to.

    Older sessions mount an input at the flat path, and code may still name it. A link is not
    followed by a walk, so that a walk finds each file once. Another mount has the name "".
    """
    top, *parts = mount.split("/")
    if top != "input":
        return "", ""
    if parts[0] == "models":
        return parts[2], "/".join(parts[:3])
    return parts[-1], "/".join(parts)


def world_environment(request: Request, places: Places) -> dict[str, str]:
    """Return the environment of the program: the request's, and what follows from the world."""
    given = {name: places.filled(value) for name, value in request.environment.items()}
    path = [
        str(places.layer / "bin"),
        below(request).programs,
        given.get("PATH", os.defpath),
    ]
    jupyter = [str(places.layer / "share" / "jupyter"), given.get("JUPYTER_PATH", "")]
    image = [] if request.is_colab else [str(places.shim / "kaggle_image")]
    scripts = [str(places.kaggle / path) for path in request.mounts if path.startswith("usr/lib/")]
    python_path = [str(places.shim), *image, given.get("PYTHONPATH", ""), *scripts]
    environment: dict[str, str] = {} if request.is_colab else dict(KAGGLE_VARIABLES)
    environment |= given | {
        "HOME": str(places.home),
        "JUPYTER_PATH": os.pathsep.join(filter(None, jupyter)),
        "PATH": os.pathsep.join(path),
        "PYTHONPATH": os.pathsep.join(filter(None, python_path)),
        "VIRTUAL_ENV": str(places.layer),
        **git_environment.git_environment(str(places.folder), str(places.home)),
    }
    if _MARK in os.environ:
        environment[_MARK] = os.environ[_MARK]
    if request.rung == "sandbox":
        environment.pop("TMPDIR", None)
        # tar as root gives files to their owners, whom the sandbox does not know.
        return environment | {"TAR_OPTIONS": "--no-same-owner"}
    offline = {} if request.network else {"NBSHIP_OFFLINE": "1"}
    world = {"KAGGLE_WORLD": request.kaggle, **offline}
    return {"TMPDIR": str(places.temp)} | environment | world


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
