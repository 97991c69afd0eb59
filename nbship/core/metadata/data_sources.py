"""The names of Kaggle's data sources, and the prefixes that users copy with them.

A name that is copied from a web address, or pulled by an old client, has an extra prefix:
https://github.com/Kaggle/kaggle-cli/issues/377 and /464.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from nbship.model.spec import KaggleSpec, Key, keys_of

# The tags of a script that Kaggle mounts as a module: https://github.com/Kaggle/kaggle-cli/issues/225
_UTILITY_TAGS = frozenset({"util script", "utility script"})
INPUT = "/kaggle/input"  # Kaggle mounts each source below this folder
RELATIVE_INPUT = "../input"  # the same folder: a kernel starts in /kaggle/working
_SITE = re.compile(r"(?:https?://)?(?:www\.)?kaggle\.com/+")


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with a value; in a message, ``words`` follow the key's name."""

    words: str
    code: str = "header-value"
    hint: str = ""
    near: str = ""


def bare_source(key: Key, item: str, *, whole: bool = True) -> str:
    """Return an entry without a web address or a prefix before it, if that makes it right.

    Without ``whole`` only the address and the prefix are removed.
    """
    site = _SITE.match(item)
    rest = item[site.end() :] if site else item
    prefix = next((p for p in key.prefixes if rest.startswith(p)), "")
    if not (site or prefix):
        return item
    right = "/".join(rest.removeprefix(prefix).split("/")[: min(key.parts)])
    return right if not whole or _is_source(right, key.parts) else item


def names_input(text: str) -> bool:
    """Return whether a text may contain a path of Kaggle's inputs."""
    return INPUT in text or RELATIVE_INPUT in text


def check_item(key: Key, item: str) -> Violation | None:
    """Return what is wrong with one entry of a list, None if nothing is.

    An empty entry is right: Kaggle's pull writes one for a source that the user may not see.
    """
    if not item:
        return None
    if not key.parts:
        is_text = item.strip() == item and item.isprintable()
        return None if is_text else _malformed(key, item)
    site = _SITE.match(item)
    rest = item[site.end() :] if site else item
    prefix = next((p for p in key.prefixes if rest.startswith(p)), "")
    if site or prefix:
        added = item[: len(site[0]) if site else 0] + prefix
        right = bare_source(key, item)
        hint = f'Write "{right}".' if right != item else ""
        words = f"has {item!r}: {added!r} does not belong to {key.form}"
        return Violation(words, "source-prefix", hint, item)
    return None if _is_source(item, key.parts) else _malformed(key, item)


def named(key: Key, source: str) -> tuple[str, ...]:
    """Return the parts of a data source that name it, without its version."""
    return tuple(source.split("/")[: key.named])


def kernel_mount(source: str) -> str:
    """Return the mount of an entry of kernel_sources below /kaggle/input."""
    key = keys_of(KaggleSpec)["kernel_sources"]
    return "/".join([key.mount, *named(key, source)])


def utility_mounts(kernel: str) -> tuple[str, str]:
    """Return the folders below /kaggle at which a utility script is mounted; and older sessions'.

    In each, it is the module whose name is that of the folder.
    """
    owner, _, slug = kernel.partition("/")
    module = slug.replace("-", "_")
    return f"usr/lib/notebooks/{owner}/{module}", f"usr/lib/{module}"


def is_utility(spec: KaggleSpec) -> bool:
    """Return whether other kernels import this one."""
    tags = {tag.lower().replace("-", " ") for tag in spec.keywords}
    return spec.kernel_type == "script" and not _UTILITY_TAGS.isdisjoint(tags)


def mounts(spec: KaggleSpec) -> Iterator[tuple[str, str]]:
    """Yield the mount of each declared source below /kaggle/input, and the source as written."""
    for name, key in keys_of(KaggleSpec).items():
        for source in getattr(spec, name) if key.mount else ():
            yield "/".join([key.mount, *named(key, source)]), source


def kernel_id(source: str) -> str:
    """Return an id of a kernel, or an entry of kernel_sources, as the id that Kaggle gives it.

    Kaggle's ids have small letters, and take capitals for them. A version is left out.
    """
    return "/".join(source.split("/")[:2]).lower()


def _malformed(key: Key, item: str) -> Violation:
    return Violation(f"has {item!r}, which is not {key.form}", "source-form", near=item)


def _is_source(text: str, parts: Collection[int]) -> bool:
    names = text.split("/")
    return len(names) in parts and all(map(_is_name, names))


def _is_name(text: str) -> bool:
    is_plain = text.isprintable() and "\\" not in text and " " not in text
    return bool(text) and set(text) != {"."} and is_plain
