"""The keys of a header from a kernel-metadata.json as people, old clients and pulls write it.

The file's keys: docs/kernels_metadata.md of the kaggle command line. An absent
``enable_internet`` is true in its code, though its documentation says false.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from nbship.core.adoption.taken import Answers, Question, Taken, asked, filled
from nbship.core.metadata.accelerators import NONE, RETIRED
from nbship.core.metadata.data_sources import bare_source, check_item
from nbship.core.metadata.titles import title_of, title_words
from nbship.core.metadata.validate import SET_BY_BUILD
from nbship.model.spec import KaggleSpec, Key, keys_of

_KEYS = keys_of(KaggleSpec)
_TRUTH = {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}
_FOLLOWS = "language"  # from the source's extension
_INTERNET = "enable_internet"
_IDS = ("id", "title", "id_no")


def taken_over(raw: Mapping[str, Any], answers: Answers) -> Taken:
    """Return the keys of ``[tool.nbship.kaggle]`` that mean what a kernel-metadata.json means.

    A key with nbship's own default is left out.
    """
    found = _Reader(answers)
    keys: dict[str, Any] = {}
    for name, key in _KEYS.items():
        if name in (*_IDS, _FOLLOWS, "is_private") or name not in raw:
            continue
        value = found.value(name, key, raw[name])
        if value not in (None, False, "", [], getattr(_DEFAULTS, name)):
            keys[name] = value
    if raw.get("is_private") is not None and found.flag("is_private", raw["is_private"]) is False:
        keys["is_private"] = False
    if _INTERNET not in raw:
        keys[_INTERNET] = True
        found.remarks.append("enable_internet is absent, which Kaggle's client takes for true")
    for name in raw:
        if name not in _KEYS and name != SET_BY_BUILD[1]:
            found.remarks.append(f"{name!r} is no key of kernel-metadata.json, and is left out")
    identity = found.identity(raw)
    return Taken(identity | keys, tuple(found.remarks), tuple(found.questions))


class _Reader:
    """The reading of one file: collects remarks and questions."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.remarks: list[str] = []
        self.questions: list[Question] = []

    def value(self, name: str, key: Key, raw: Any) -> Any:
        """Return the value of a key in the form that a header has; None if it says nothing."""
        if raw is None:
            return None
        if key.type == "flag":
            return self.flag(name, raw)
        if key.type == "list":
            return list(dict.fromkeys(self._items(name, key, raw)))
        text = self._text(str(raw).strip())
        if name == "machine_shape":
            return self._shape(text)
        if key.values and text not in key.values:
            self.remarks.append(f"{name} has {raw!r}, which Kaggle does not know, and is left out")
            return None
        return text

    def flag(self, name: str, raw: Any) -> bool | None:
        """Return a truth value of JSON, or of a text."""
        if isinstance(raw, bool):
            return raw
        found = _TRUTH.get(str(raw).strip().lower())
        if found is None and raw not in ("", None):
            self.remarks.append(f"{name} has {raw!r}, which is neither true nor false: left out")
        return found

    def identity(self, raw: Mapping[str, Any]) -> dict[str, Any]:
        """Return id, title and id_no; no id where the owner or the slug is not known."""
        identity: dict[str, Any] = {}
        kernel = self._kernel(str(raw.get("id") or "").strip())
        if kernel:
            identity["id"] = kernel
            identity["title"] = self._title(str(raw.get("title") or "").strip(), kernel)
        number = str(raw.get("id_no") or "").strip()
        if number.isdecimal() and int(number):
            identity["id_no"] = int(number)
        elif number:
            self.remarks.append(f"id_no has {raw['id_no']!r}, which is no number: left out")
        return identity

    def _kernel(self, text: str) -> str:
        text = bare_source(_KEYS["kernel_sources"], text, whole=False)
        owner, slash, slug = text.partition("/")
        owner, slug = (owner, slug.partition("/")[0]) if slash else ("", owner)
        owner, slug = filled(owner, self.answers.values), self._text(slug)
        if not owner or self.answers.unknown(owner):
            owner = self.answers.owner
        if not owner:
            self.questions.append(Question("--owner OWNER", f"the owner of the kernel {slug!r}"))
        if not slug or self.answers.unknown(slug) or not owner:
            return ""
        return f"{owner}/{slug}"

    def _title(self, title: str, kernel: str) -> str:
        slug = kernel.partition("/")[2].lower()
        title = filled(title, self.answers.values)
        right = title_of(title, slug)
        if title and right != title:
            why = title_words(title, slug)
            self.remarks.append(f"the title {title!r} {why}, and becomes {right!r}")
        return right

    def _items(self, name: str, key: Key, raw: Any) -> Iterator[str]:
        for item in raw if isinstance(raw, list) else [raw]:
            text = self._text(str(item).strip())
            if not text or self.answers.unknown(text):
                continue
            bare = bare_source(key, text)
            fault = check_item(key, bare)
            if fault:
                self.remarks.append(f"{name} {fault.words}, and is left out")
                continue
            if bare != text:
                self.remarks.append(f"{name}: {text!r} becomes {bare!r}")
            yield bare

    def _shape(self, shape: str) -> str | None:
        if shape not in RETIRED:
            return None if shape in NONE else shape
        if self.answers.gpu:
            return self.answers.gpu
        self.questions.append(
            Question("--gpu NAME", f"the accelerator in place of {shape}, which Kaggle has retired")
        )
        return None

    def _text(self, text: str) -> str:
        text = filled(text, self.answers.values)
        self.questions += [asked(found) for found in self.answers.unknown(text)]
        return text


_DEFAULTS = KaggleSpec(id="", title="")
