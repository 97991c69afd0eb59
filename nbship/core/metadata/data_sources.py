"""The names of Kaggle's data sources, and the prefixes that users copy with them.

A name that is copied from a web address, or pulled by an old client, has an extra prefix:
https://github.com/Kaggle/kaggle-cli/issues/377 and /464.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

INPUT = "/kaggle/input"  # Kaggle mounts each source below this folder
_SITE = re.compile(r"(?:https?://)?(?:www\.)?kaggle\.com/+")
_PREFIXES = {
    "dataset_sources": ("datasets/",),
    "competition_sources": ("competitions/", "c/"),
    "kernel_sources": ("code/", "kernels/", "notebooks/"),
    "model_sources": ("models/",),
}


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with a value; in a message, ``words`` follow the key's name."""

    words: str
    code: str = "header-value"
    hint: str = ""
    near: str = ""


def check_source(key: str, item: str, form: str, parts: Collection[int]) -> Violation | None:
    """Return what is wrong with one entry of a list, None if nothing is.

    ``form`` describes a right entry, which has one of ``parts`` parts between slashes.
    """
    site = _SITE.match(item)
    rest = item[site.end() :] if site else item
    prefix = next((p for p in _PREFIXES.get(key, ()) if rest.startswith(p)), "")
    if site or prefix:
        added = item[: len(site[0]) if site else 0] + prefix
        right = "/".join(rest.removeprefix(prefix).split("/")[: min(parts)])
        hint = f'Write "{right}".' if _is_source(right, parts) else ""
        words = f"has {item!r}: {added!r} does not belong to {form}"
        return Violation(words, "source-prefix", hint, item)
    if _is_source(item, parts):
        return None
    hint = "" if item else "A pull writes it for a source that you may not see. Remove it."
    return Violation(f"has {item!r}, which is not {form}", "source-form", hint, item)


def _is_source(text: str, parts: Collection[int]) -> bool:
    names = text.split("/")
    return len(names) in parts and all(map(_is_name, names))


def _is_name(text: str) -> bool:
    is_plain = text.isprintable() and "\\" not in text and " " not in text
    return bool(text) and set(text) != {"."} and is_plain
