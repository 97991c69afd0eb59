"""The settings of a kernel in three versions: which were changed on the service, key by key.

Kaggle changes some settings by itself when it saves a version; such a change is no edit. The class
of each key of kernel-metadata.json says how it is compared.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nbship.core.metadata.accelerators import NONE, RETIRED
from nbship.core.metadata.data_sources import bare_source, check_item, named
from nbship.core.metadata.schema import show
from nbship.core.metadata.titles import fits, title_words
from nbship.model.spec import Drift, KaggleSpec, Key, keys_of

Settings = Mapping[str, Any]  # the keys of kernel-metadata.json, as far as they are known
_KEYS = keys_of(KaggleSpec)
CLASSES: Mapping[str, Drift] = {name: key.drift for name, key in _KEYS.items()}
_DEFAULTS = KaggleSpec(id="", title="")
SHAPE = "machine_shape"  # the key that stands for an accelerator
_ACCELERATOR = (SHAPE, "enable_gpu", "enable_tpu")
_KINDS = ("gpu", "tpu")
_ADDED = frozenset({"gpu", "tpu"})  # the keywords that Kaggle adds to a run on an accelerator


@dataclass(frozen=True, slots=True)
class Edit:
    """A setting that was changed on the service: its values in the base, here and there.

    ``is_conflict`` means that it was changed here as well, to another value.
    """

    key: str
    base: Any
    ours: Any
    theirs: Any
    is_conflict: bool = False

    @property
    def words(self) -> str:
        """The edit for a person."""
        if isinstance(self.theirs, tuple):
            before = self.base or ()
            signs = [f"+{each}" for each in self.theirs if each not in before]
            signs += [f"-{each}" for each in before if each not in self.theirs]
            return f"{self.key}: {', '.join(signs)}"
        return f"{self.key}: {show(self.base)} → {show(self.theirs)}"


@dataclass(frozen=True, slots=True)
class Merged:
    """What becomes of our settings.

    ``edits`` are those that the header takes, or that are in conflict. ``remarks`` name those that
    no header can hold. ``ours`` are the keys that were changed here.
    """

    edits: tuple[Edit, ...] = ()
    remarks: tuple[str, ...] = ()
    ours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Three:
    """The settings of a kernel: of the base, here, and on the service.

    ``base`` are those that were sent, None if nobody knows them; ``seen`` those that the service
    reported for them, None if it was not asked. ``decided`` are the keys that the target decides,
    and not the header.
    """

    ours: Settings
    theirs: Settings
    base: Settings | None = None
    seen: Settings | None = None
    decided: frozenset[str] = frozenset()


def merged(three: Three) -> Merged:
    """Return what was changed on the service, by comparison with what was sent.

    Without a base, each setting that differs is in conflict, but for the entries of lists: those of
    both sides are kept.
    """
    collected = _Collected(three)
    for key, kind in CLASSES.items():
        if kind in _COMPARED and key in three.theirs:
            _COMPARED[kind](collected, key)
    if any(key in three.theirs for key in _ACCELERATOR):
        _accelerator(collected)
    edits = tuple(edit for edit in collected.edits if edit.key not in three.decided)
    left_out = (edit.words for edit in collected.edits if edit.key in three.decided)
    remarks = (f"{words}: it is left out, because the target decides it" for words in left_out)
    return Merged(edits, (*collected.remarks, *remarks), tuple(collected.changed))


@dataclass(frozen=True, slots=True)
class _Collected:
    """The edits that were found so far."""

    three: Three
    edits: list[Edit] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def of(self, version: Settings | None, key: str) -> Any:
        """Return the value of a key in a version; the default where it is absent."""
        default = getattr(_DEFAULTS, key)
        value = (version or {}).get(key)
        return default if value is None or value == "" else value

    def value(self, key: str, base: Any, ours: Any, theirs: Any, *, is_set: bool = True) -> None:
        """Compare one value in the three versions; unless ``is_set``, ours says nothing."""
        has_base = self.three.base is not None
        if has_base and is_set and ours not in (base, theirs):
            self.changed.append(key)
        if theirs in (ours, base if has_base else ours):
            return
        is_conflict = not has_base or ours != base
        self.edits.append(Edit(key, base if has_base else None, ours, theirs, is_conflict))


def _value(found: _Collected, key: str) -> None:
    three = found.three
    found.value(
        key, *(found.of(version, key) for version in (three.base, three.ours, three.theirs))
    )


def _pinned(found: _Collected, key: str) -> None:
    """Compare a value that Kaggle reports also where none was sent."""
    three = found.three
    base, ours, theirs = (
        found.of(version, key) for version in (three.base, three.ours, three.theirs)
    )
    sent = ours if three.base is None else base
    reported = sent if sent is None else theirs
    found.value(key, base, ours, reported, is_set=ours is not None)


def _title(found: _Collected, key: str) -> None:
    ours, theirs = found.three.ours, found.three.theirs
    title, slug = str(theirs[key] or ""), str(ours.get("id", "")).rpartition("/")[2].lower()
    before = found.of(found.three.base if found.three.base is not None else ours, key)
    if title in ("", before) or fits(title, slug):
        if title:
            _value(found, key)
        return
    found.remarks.append(
        f"the title is {title!r} on the service, which {title_words(title, slug)}: it is left out"
    )


def _sources(found: _Collected, key: str) -> None:
    three = found.three
    base, ours, theirs = (
        _entries(key, found.of(version, key)) for version in (three.base, three.ours, three.theirs)
    )
    for entry in [entry for entry in theirs if check_item(_KEYS[key], theirs[entry])]:
        found.remarks.append(
            f"{key} has {theirs[entry]!r} on the service, which no header can hold: it is left out"
        )
        del theirs[entry]
    seen = _entries(key, found.of(three.seen, key)) if three.seen is not None else base
    if CLASSES[key] == "keywords":
        seen = seen if three.seen is not None else {}
        theirs = {name: word for name, word in theirs.items() if name not in _ADDED or name in ours}
    removed = [entry for entry in base if entry in seen and entry not in theirs]
    result = {entry: text for entry, text in ours.items() if entry not in removed}
    for entry, text in theirs.items():
        is_new = entry not in ours and entry not in base
        if is_new or _is_other_version(key, text, base.get(entry), ours.get(entry)):
            result[entry] = text
    is_changed = bool((ours.keys() ^ base.keys()) - _ADDED)
    if three.base is not None and is_changed and ours.keys() != theirs.keys():
        found.changed.append(key)
    if result != ours:
        found.edits.append(
            Edit(key, tuple(ours.values()), tuple(ours.values()), tuple(result.values()))
        )


def _entries(key: str, value: Any) -> dict[Hashable, str]:
    """Return the entries of a list by what they name, without their versions."""
    form = _KEYS[key]
    items = (bare_source(form, str(item)) for item in value or () if item)
    return {_identity(form, item): item for item in items}


def _identity(form: Key, item: str) -> Hashable:
    if form.named:
        return named(form, item.lower())
    return item.lower().replace("-", " ")


def _is_other_version(key: str, theirs: str, base: str | None, ours: str | None) -> bool:
    """Return whether the service has another version of a source, and we have not changed ours."""
    is_versioned = theirs.count("/") + 1 > _KEYS[key].named > 0
    return is_versioned and theirs != base == ours


def _accelerator(found: _Collected) -> None:
    """Compare the accelerator, which three keys name: a shape, or only its kind.

    Where two versions have the same one, as far as they name it, they count as equal.
    """
    three = found.three
    base, ours, theirs = map(_shape, (three.base or {}, three.ours, three.theirs))
    if _is_same(base, ours):
        base = ours
    if _is_same(theirs, ours):
        theirs = ours
    elif _is_same(theirs, base):
        theirs = base
    found.value(SHAPE, base, ours, theirs)


def _shape(settings: Settings) -> str:
    """Return the accelerator: a machine_shape, or "gpu" or "tpu" for any, or "" for none."""
    shape = str(settings.get("machine_shape") or "")
    shape = RETIRED.get(shape, shape)
    if shape not in NONE:
        return shape
    return next((kind for kind in _KINDS if settings.get(f"enable_{kind}") is True), "")


def _is_same(one: str, other: str) -> bool:
    """Return whether two accelerators are of one kind, and one of them names the kind alone."""
    is_of_one_kind = _kind(one) == _kind(other)
    return is_of_one_kind and not {one, other}.isdisjoint(_KINDS)


def _kind(shape: str) -> tuple[bool, bool]:
    """Return whether there is an accelerator, and whether it is a TPU."""
    return shape != "", shape.lower().startswith("tpu")


def header_keys(edit: Edit, value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the keys of a header for one value of an edit, None for a key to be removed."""
    if edit.key != SHAPE:
        yield edit.key, list(value) if isinstance(value, tuple) else value
        return
    yield edit.key, None if value in ("", *_KINDS) else value
    for kind in _KINDS:
        yield f"enable_{kind}", True if value == kind else None


_COMPARED: Mapping[Drift, Callable[[_Collected, str], None]] = {
    "value": _value,
    "title": _title,
    "pinned": _pinned,
    "sources": _sources,
    "keywords": _sources,
}
