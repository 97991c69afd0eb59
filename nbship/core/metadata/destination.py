"""The destination of a push: the keys that a kernel has on a target, and for a person.

Other targets than the shared kernel never have its number. A personal kernel belongs to the person
who pushes, is private, and has an id and a title made from those of the shared kernel.
"""

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from nbship.config import PYPROJECT
from nbship.core.metadata.data_sources import kernel_id
from nbship.core.metadata.schema import checks_of, meant
from nbship.core.metadata.titles import TITLE_LENGTHS, fits, slug_of, title_of
from nbship.diagnostics import Place, did_you_mean
from nbship.digest import sha256
from nbship.errors import WorkspaceError
from nbship.model.spec import KaggleSpec, keys_of
from nbship.model.target import Followed, Person, Target

_LONGEST = TITLE_LENGTHS[1]  # of a slug, as of the title from which Kaggle makes it
_LONGEST_NAME = 16  # characters of a person's name in a slug
_HASHED = 6  # hexadecimal digits that tell apart what would be the same
# A target has no other kernel, code or language than the header says.
_OWN = ("id", "title", "id_no", "language", "kernel_type")


def spec_on(
    target: Target, spec: KaggleSpec, person: Person, kernels: Collection[str]
) -> KaggleSpec:
    """Return the keys of a kernel as they are pushed to a target by a person.

    ``kernels`` are the ids of all kernels of the workspace: derived ids differ from each of them,
    and from each other.
    """
    changed: dict[str, Any] = meant(KaggleSpec, target.keys)
    if not target.is_shared:
        changed["id_no"] = None
    if target.personal:
        id_ = personal_id(target, spec.id, person, kernels)
        changed |= {"id": id_, "title": _title(target, spec, person, id_), "is_private": True}
    return replace(spec, **changed) if changed else spec


def kernel_on(target: Target, kernel: str, person: Person, kernels: Collection[str]) -> str:
    """Return the id that a kernel has on a target, for a person."""
    return personal_id(target, kernel, person, kernels) if target.personal else kernel


def personal_id(target: Target, kernel: str, person: Person, kernels: Collection[str]) -> str:
    """Return the id of a person's copy of a kernel.

    It is the person's own user and the kernel's slug with the target's name; the person's name
    follows where they share the kernel's account. Where two kernels would have the same copy, or a
    copy would be a kernel of the workspace, a hash of the kernel's id tells them apart.
    """
    plain = _derived(target, kernel, person)
    others = {other for other in kernels if other != kernel}
    if plain not in others | {_derived(target, other, person) for other in others}:
        return plain
    return _derived(target, kernel, person, is_hashed=True)


def copies_of(
    target: Target, spec: KaggleSpec, person: Person, kernels: Collection[str]
) -> tuple[tuple[str, str], ...]:
    """Return the kernel sources of the workspace, each with the id of the person's own copy.

    There are none on a target that is not personal. A source with a version means that version.
    """
    return tuple(
        (source, kernel_on(target, kernel_id(source), person, kernels))
        for source in (spec.kernel_sources if target.personal else ())
        if kernel_id(source) in kernels and source.count("/") == 1
    )


def is_named(source: str, code: str) -> bool:
    """Return whether code names the folder or the module of a kernel source.

    A run that reads the copy has other ones. A pattern that begins so is no name: "trainer*".
    """
    slug = re.escape(source.partition("/")[2]).replace("\\-", "[-_]")
    return re.search(rf"(?<![\w-]){slug}(?![\w*?\[-])", code, re.IGNORECASE) is not None


def following(spec: KaggleSpec, follows: Collection[Followed]) -> KaggleSpec:
    """Return the keys of a kernel with the kernels that take the place of its kernel sources."""
    used = {each.source: each.used for each in follows}
    return replace(spec, kernel_sources=tuple(used.get(s, s) for s in spec.kernel_sources))


def shared_sources(
    target: Target, sources: Collection[str], person: Person, kernels: Collection[str]
) -> tuple[str, ...]:
    """Return kernel sources with the shared kernels in place of a person's own copies."""
    if not target.personal:
        return tuple(sources)
    shared = {kernel_on(target, kernel, person, kernels).casefold(): kernel for kernel in kernels}
    return tuple(shared.get(source.casefold(), source) for source in sources)


def refuse_wrong_keys(target: Target) -> None:
    """Refuse a target with a key that it cannot have, or with a wrong value.

    Raises:
        WorkspaceError: names the key.
    """
    table = f"[tool.nbship.targets.{target.name}.kaggle]"
    keys = [key for key in keys_of(KaggleSpec) if key not in _OWN]
    for key, value in target.keys.items():
        if key not in keys:
            is_own = f"{key} cannot be in" if key in _OWN else f"unknown key {key!r} in"
            more = "" if key in _OWN else did_you_mean(key, keys)
            raise WorkspaceError(f"{is_own} {table}{more}", place=Place(PYPROJECT))
        fault = checks_of(KaggleSpec)[key](value)
        if fault is not None:
            said = fault if isinstance(fault, str) else fault.words
            raise WorkspaceError(f"{key} in {table} {said}", place=Place(PYPROJECT))


def _derived(target: Target, kernel: str, person: Person, *, is_hashed: bool = False) -> str:
    owner, _, slug = kernel.partition("/")
    user = person.user or owner
    ending = f"-{_short(target.name, _LONGEST_NAME)}"
    if user.casefold() == owner.casefold():
        ending += f"-{_short(slug_of(person.name) or 'me', _LONGEST_NAME)}"
    if is_hashed:
        ending = f"-{sha256(kernel.encode())[:_HASHED]}{ending}"
    return f"{user}/{_short(slug, _LONGEST - len(ending))}{ending}"


def _short(slug: str, most: int) -> str:
    """Return a slug of so many characters at most, 8 or more; a hash ends a shortened one."""
    if len(slug) <= most:
        return slug
    ending = f"-{sha256(slug.encode())[:_HASHED]}"
    return slug[: most - len(ending)].rstrip("-") + ending


def _title(target: Target, spec: KaggleSpec, person: Person, id_: str) -> str:
    """Return the title with the target's and the person's names if it gives the slug."""
    slug = id_.partition("/")[2]
    titles = (f"{spec.title} {target.name}", f"{spec.title} {target.name} {person.name}")
    return next((title for title in titles if fits(title, slug)), title_of("", slug))
