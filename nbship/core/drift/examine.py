"""The comparison of a source with the versions of its kernel on the service."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import PurePosixPath
from typing import Literal

from nbship.core.drift.conflicts import Labels, Triple
from nbship.core.drift.generated import OwnCells, edited, is_left, own_cells, own_text
from nbship.core.drift.header import changed_header
from nbship.core.drift.merge import (
    Part,
    Piece,
    Prepared,
    Versions,
    compared,
    plain_essences,
    prepared,
)
from nbship.core.drift.settings import SHAPE, Merged, Settings, Three, merged
from nbship.core.ipynb.reader import read_ipynb
from nbship.core.metadata.destination import shared_sources, spec_on
from nbship.core.metadata.script_block import read_header
from nbship.core.metadata.spec import parse_spec
from nbship.core.pairing.attachments import (
    Agreement,
    Pictures,
    agree_on_pictures,
    file_name,
    pictures_of,
    shown,
)
from nbship.core.pairing.notebook_language import refuse_language
from nbship.core.pairing.round_trip import Cells, Text, read_text
from nbship.core.pairing.splice import chunks
from nbship.core.source.decode import is_notebook
from nbship.core.source.jupytext_api import Options
from nbship.diagnostics import Place
from nbship.digest import sha256
from nbship.errors import SourceError
from nbship.model.layout import assets_of
from nbship.model.spec import KaggleSpec
from nbship.model.target import BUILT_IN, DEFAULT, Person, Target
from nbship.model.workspace import Source

State = Literal["same", "ours newer", "theirs ahead", "theirs edited", "both", "no base"]


@dataclass(frozen=True, slots=True)
class RemoteVersion:
    """A version on the service: its number, its code, and the settings that the service reports."""

    number: int
    text: str
    settings: Settings


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the kernel is: the target, the person, and the ids of all kernels of the workspace."""

    target: Target
    person: Person
    kernels: tuple[str, ...] = ()

    def sent(self, spec: KaggleSpec) -> Settings:
        """Return the settings that a push sends there."""
        return asdict(spec_on(self.target, spec, self.person, self.kernels))

    def received(self, settings: Settings) -> Settings:
        """Return the settings of a version there, with the sources that the header has.

        A personal kernel may read the copies of other kernels in their place.
        """
        listed = settings.get("kernel_sources")
        if not listed:
            return settings
        sources = shared_sources(self.target, listed, self.person, self.kernels)
        return {**settings, "kernel_sources": list(sources)}

    @property
    def decided(self) -> frozenset[str]:
        """The keys that the target decides, and not the header."""
        keys = {*self.target.keys, *(("title", "is_private") if self.target.personal else ())}
        return frozenset(keys | ({SHAPE} if keys & {"enable_gpu", "enable_tpu"} else set()))


@dataclass(frozen=True, slots=True)
class DriftFacts:
    """What a comparison needs.

    ``base`` is the version from which an edit started, as the service has it, and ``committed`` the
    source at its commit; None for what nobody knows. ``place`` names the service in messages.
    """

    source: Source
    kernel: str
    place: str
    theirs: RemoteVersion
    base: RemoteVersion | None = None
    committed: Source | None = None
    base_number: int | None = None
    ahead: str = ""  # the commit of the base, if the branch does not contain it
    pictures: Pictures = field(default_factory=dict)  # in the files beside the source, by name
    destination: Destination = Destination(BUILT_IN[DEFAULT], Person("", ""))

    @property
    def label(self) -> str:
        """The latest version in messages."""
        return f"{self.kernel} version {self.theirs.number}"

    @property
    def labels(self) -> Labels:
        """The names of the versions in conflict markers."""
        return Labels(
            f"here: {self.source.path}",
            f"version {self.base_number} on {self.place}",
            f"version {self.theirs.number} on {self.place}",
        )


@dataclass(frozen=True, slots=True)
class Drift:
    """How a source and a version on the service differ."""

    facts: DriftFacts
    state: State
    read: Text
    has_header: bool
    versions: Versions
    parts: tuple[Part, ...]
    settings: Merged
    remarks: tuple[str, ...] = ()
    pictures: Pictures = field(default_factory=dict)  # that the service has and the files have not
    disputed: tuple[str, ...] = ()  # the pictures that both sides have changed

    @property
    def has_edits(self) -> bool:
        """Whether the service has something that the source has not."""
        return self.state in ("theirs edited", "both", "no base")


def examine(facts: DriftFacts, options: Options) -> Drift:
    """Compare a source with the latest version of its kernel.

    Raises:
        SourceError: the source, or the version, cannot be read; names the line or the cell.
    """
    source = facts.source
    read = read_text(source, options)
    header = read_header(source)
    spec = parse_spec(header).kaggle or KaggleSpec(id=facts.kernel, title="")
    _refuse_kind(facts, spec)
    is_script = spec.kernel_type == "script"
    side = _of_script if is_script else _of_notebook
    base = _base(facts, options, is_script=is_script)
    pushed = [text for _, text in base.generated] if base else []
    theirs = side(facts, facts.theirs.text, options, pushed)
    has_header = header.first is not None
    ours = read.cells[1:] if has_header else read.cells
    agreement = _pictures(facts, ours, base, theirs)
    theirs = replace(theirs, cells=agreement.cells)
    versions = Versions(
        ours, base.cells if base else None, theirs.cells, theirs.numbers, facts.label
    )
    settings = merged(_settings(facts, spec))
    own = read.cells[0]["source"] if has_header else ""
    has_pictures = bool(agreement.pictures or agreement.conflicts)
    state = _state(versions, settings, options, has_pictures=has_pictures)
    return Drift(
        facts,
        "theirs ahead" if facts.ahead and state == "ours newer" else state,
        read,
        has_header,
        versions,
        compared(versions, options),
        settings,
        remarks=(*settings.remarks, *_remarks(facts, theirs, base, own)),
        pictures=agreement.pictures,
        disputed=agreement.conflicts,
    )


def prepare(drift: Drift, options: Options) -> Prepared:
    """Return the pieces of the source into which the version is merged.

    Raises:
        SourceError: a cell of the version cannot be kept in a source, the header cannot be
            changed, or both sides have changed a picture; names it.
    """
    source = drift.facts.source
    for name in drift.disputed:
        raise SourceError(
            f"this picture was changed, and so was the one in {drift.facts.label}",
            place=Place(f"{assets_of(source.path)}/{file_name(name)}"),
        )
    header = None
    if drift.has_header:
        text = list(chunks(source))[1]
        is_last = not drift.versions.ours
        new = changed_header(source.path, text, drift.settings.edits)
        if isinstance(new, Triple):
            header = Piece(triple=new)
        else:
            cells = plain_essences(drift.read.cells[:1], options) if new == text else None
            header = Piece(new, cells, is_kept=True, is_last=is_last)
    return prepared(source, drift.read, header, drift.versions, drift.parts, options)


def _pictures(facts: DriftFacts, ours: Cells, base: OwnCells | None, theirs: OwnCells) -> Agreement:
    """Return the cells of theirs, and the pictures that the files beside the source have not.

    A picture that we have removed, and that has not changed on the service, is none of them.
    """
    last = {name: sha256(data) for _, name, data in pictures_of(base.cells)} if base else {}
    found = agree_on_pictures(theirs.cells, facts.pictures, last)
    used = {
        name
        for cell in ours
        if cell["cell_type"] == "markdown"
        for name in shown(cell["source"], found.pictures)
    }
    new = {
        name: data
        for name, data in found.pictures.items()
        if facts.pictures.get(name) != data and (name in used or last.get(name) != sha256(data))
    }
    return replace(found, pictures=new)


def _refuse_kind(facts: DriftFacts, spec: KaggleSpec) -> None:
    kind = facts.theirs.settings.get("kernel_type") or spec.kernel_type
    if kind != spec.kernel_type:
        raise SourceError(
            f"{facts.label} is a {kind}, and the source a {spec.kernel_type}",
            place=Place(facts.source.path),
        )


def _of_notebook(facts: DriftFacts, text: str, _: Options, pushed: Sequence[str] = ()) -> OwnCells:
    content = read_ipynb(facts.label, text.encode()).content
    refuse_language(facts.source.path, facts.label, content)
    return own_cells(content["cells"], pushed)


def _of_script(facts: DriftFacts, text: str, options: Options, _: Sequence[str] = ()) -> OwnCells:
    own = own_text(text)
    fault = ""
    if is_left(own.text):
        fault = "a part of the bundle that cannot be told from the script's own lines"
    elif not is_notebook(own.text):
        fault = "no '# %%' line"
    if fault:
        raise SourceError(f"{facts.label} has {fault}", place=Place(facts.source.path))
    suffix = PurePosixPath(facts.source.path).suffix
    found = own_cells(read_text(Source(f"{facts.label}{suffix}", own.text), options).cells)
    return replace(found, generated=((0, own.generated),) if own.generated else ())


def _base(facts: DriftFacts, options: Options, *, is_script: bool) -> OwnCells | None:
    """Return the cells of the base: as the service has it, or else those of the commit."""
    side = _of_script if is_script else _of_notebook
    try:
        if facts.base is not None:
            return side(facts, facts.base.text, options)
        if facts.committed is not None:
            cells = read_text(facts.committed, options).cells
            first = read_header(facts.committed).first is not None
            return OwnCells(cells[1:] if first else cells, ())
    except SourceError:
        return None
    return None


def _settings(facts: DriftFacts, spec: KaggleSpec) -> Three:
    destination, seen = facts.destination, facts.base.settings if facts.base else None
    sent = _sent(facts.committed, destination)
    return Three(
        destination.sent(spec),
        facts.theirs.settings,
        base=seen if sent is None else sent,
        seen=seen,
        decided=destination.decided,
    )


def _sent(committed: Source | None, destination: Destination) -> Settings | None:
    if committed is None:
        return None
    try:
        spec = parse_spec(read_header(committed)).kaggle
    except SourceError:
        return None
    return None if spec is None else destination.sent(spec)


def _state(versions: Versions, settings: Merged, options: Options, *, has_pictures: bool) -> State:
    ours, theirs = (plain_essences(cells, options) for cells in (versions.ours, versions.theirs))
    has_edits = bool(settings.edits) or has_pictures
    if ours == theirs and not has_edits:
        return "ours newer" if settings.ours else "same"
    if versions.base is None:
        return "no base"
    base = plain_essences(versions.base, options)
    is_edited = has_edits or theirs not in (base, ours)
    is_newer = ours != base or bool(settings.ours)
    if is_edited and is_newer:
        return "both"
    return "theirs edited" if is_edited else "ours newer"


def _remarks(
    facts: DriftFacts, theirs: OwnCells, base: OwnCells | None, ours: str
) -> Iterator[str]:
    """Yield a line for each edit on the service that is in no cell: it is not merged."""
    pushed = [text for _, text in base.generated] if base else []
    if pushed:
        for number in edited(theirs, pushed):
            what = f"cell {number}" if number else "the bundle"
            yield (
                f"{what} of {facts.label} is made by the build, and was edited there: this edit is "
                "left out; edit the module here"
            )
    before = base.header if base else ours
    if theirs.header and theirs.header not in (before, ours):
        yield (
            f"the header of {facts.label} is a comment there, and differs: it is left out; edit "
            "the header here"
        )
