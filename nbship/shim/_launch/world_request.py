"""A program to start in a world, and where it sees the folders of that world. Plain data."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING or __package__:
    from nbship.shim._launch import layer
else:
    import layer

KAGGLE, CONTENT = "/kaggle", "/content"
SHIM = Path(__file__).resolve().parents[1]  # what is on the path of a notebook's Python
_INSIDE = Path("/run/nbship")  # where the sandbox has the folder of the run


class Request(NamedTuple):  # dataclasses takes 10 ms more to import
    """A program and its world.

    ``kaggle``, ``home`` and ``temp`` are the folders of this machine in place of ``/kaggle``,
    ``/root`` and ``/tmp``. ``mounts`` are folders of this machine by their paths below /kaggle,
    for reading only. ``visible`` are more folders of this machine that the program may read,
    ``hidden`` some that it may not. On Colab the program has ``/content`` in place of ``/kaggle``.
    """

    rung: str
    folder: str
    kaggle: str
    home: str
    temp: str
    argv: list[str]
    environment: dict[str, str]
    mounts: dict[str, str]
    visible: list[str]
    hidden: list[str]
    network: bool = True
    is_colab: bool = False
    bwrap: str = ""
    fonts: str = ""  # the folder with the lists of fonts that matplotlib has made before
    below: dict[str, Any] | None = None  # the Python below the layer; None: the one that runs this
    ends_at: float | None = None  # on the monotonic clock
    serves: bool = False  # the program is the zygote


class Places(NamedTuple):
    """The folders of the world as the program sees them."""

    folder: Path
    kaggle: Path
    home: Path
    temp: Path
    shim: Path

    @property
    def layer(self) -> Path:
        """The virtual environment for the notebook's own packages."""
        return self.folder / "layer"

    @property
    def python(self) -> Path:
        """The Python that runs the notebook's code."""
        return self.layer / "bin" / "python"

    def filled(self, text: str) -> str:
        """Return a text of the request with the paths that it names."""
        for name, path in (
            ("{folder}", self.folder), ("{kaggle}", self.kaggle), ("{python}", self.python),
        ):  # fmt: skip
            text = text.replace(name, str(path))
        return text


def places_of(request: Request) -> Places:
    """Return where the program sees the folders of its world."""
    if request.rung == "sandbox":
        shim = SHIM if request.is_colab else Path(KAGGLE, "lib")
        return Places(_INSIDE, Path(KAGGLE), Path("/root"), Path("/tmp"), shim)  # noqa: S108 - it is private
    return Places(
        Path(request.folder), Path(request.kaggle), Path(request.home), Path(request.temp), SHIM
    )


def below(request: Request) -> layer.Below:
    """Return the Python below the layer."""
    if request.below is None:
        return layer.own_python()
    return layer.Below(**request.below)
