"""Parse a header's tables into a Spec: what is accepted here is valid everywhere behind it."""

import json
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from slugify import slugify

from nbship.config import did_you_mean
from nbship.core.header import Header
from nbship.core.language import PYTHON, language_of
from nbship.errors import SourceError
from nbship.model import ColabSpec, KaggleSpec, SmokeSpec, Spec

# Kaggle's server refuses a longer title with a 400; its client refuses a shorter one.
TITLE_LENGTHS = (5, 50)
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SLUG_MINIMUM = 5
_LARGEST_ID = 2**63 - 1
_LONGEST = 7 * 24 * 3600  # seconds; inf and nan are numbers to TOML

_TOP = frozenset({"requires-python", "dependencies", "tool"})
_TABLES = frozenset({"kaggle", "colab", "smoke"})
Check = Callable[[Any], str | None]  # a value's fault in words, or None


def _kind(words: str, *types: type) -> Check:
    # bool is an int to Python, not to a reader.
    def check(value: object) -> str | None:
        is_right = isinstance(value, types) and (bool in types or not isinstance(value, bool))
        return None if is_right else f"must be {words}, not {_show(value)}"

    return check


def _one_of(*known: str) -> Check:
    def check(value: object) -> str | None:
        if value in known:
            return None
        return f"must be one of {', '.join(map(repr, known))}, not {_show(value)}"

    return check


def _sources(form: str, parts: Collection[int]) -> Check:
    def check(value: object) -> str | None:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return f"must be a list of strings, not {_show(value)}"
        for item in value:
            names = item.split("/")
            if len(names) not in parts or not all(map(_is_name, names)):
                return f"has {item!r}, which is not {form}"
        return None

    return check


def _is_name(text: str) -> bool:
    return bool(text) and set(text) != {"."} and text.isprintable() and "\\" not in text


def _number(value: Any) -> str | None:
    fault = "must be the number that Kaggle gave the kernel"
    return _INT(value) or (None if 0 < value <= _LARGEST_ID else fault)


def _parameters(value: object) -> str | None:
    if not isinstance(value, dict):
        return f"must be a table such as {{ EPOCHS = 1 }}, not {_show(value)}"
    try:
        json.dumps(value)
    except (TypeError, ValueError):  # a date; a whole number without end
        return "must be text, numbers, true or false, or lists and tables of them"
    return None


def _show(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except ValueError:  # a whole number that Python does not write out
        return "a number without end"


_TEXT = _kind("a string in quotes", str)
_BOOL = _kind("true or false", bool)
_INT = _kind("a whole number", int)
_WORDS = _sources("a word", {1})
_OWNED = _sources("'owner/name'", {2})
# The keys of kernel-metadata.json: docs/kernels_metadata.md of the kaggle command line.
_KAGGLE: Mapping[str, Check] = {
    "id": _TEXT,
    "title": _TEXT,
    "id_no": _number,
    "language": _one_of("python", "r"),
    "kernel_type": _one_of("notebook", "script"),
    "is_private": _BOOL,
    "enable_gpu": _BOOL,
    "enable_tpu": _BOOL,
    "enable_internet": _BOOL,
    "machine_shape": _TEXT,
    "dataset_sources": _sources("'owner/dataset' or 'owner/dataset/version'", {2, 3}),
    "competition_sources": _sources("a competition's name", {1}),
    "kernel_sources": _OWNED,
    "model_sources": _sources("'owner/model/framework/variation/version'", {5}),
    "keywords": _WORDS,
    "docker_image": _TEXT,
    "docker_image_pinning_type": _one_of("original", "latest"),
}
_COLAB: Mapping[str, Check] = {
    "accelerator": _one_of("None", "GPU", "TPU"),
    "gpu_type": _TEXT,
}
_SMOKE: Mapping[str, Check] = {
    "parameters": _parameters,
    "timeout": _kind("a number of seconds", int, float),
}


def parse_spec(header: Header) -> Spec:
    """Turn the header's tables into a Spec.

    Raises:
        SourceError: an unknown key (says the nearest known one), a wrong type, a title that does
            not slugify to the id, a requirement that pip would not understand.
    """
    _refuse_unknown(header, "", header.tables, _TOP)
    ours = _ours(header)
    kaggle = _table(header, ours, "kaggle", _KAGGLE)
    colab = _table(header, ours, "colab", _COLAB)
    smoke = _table(header, ours, "smoke", _SMOKE) or {}
    if kaggle is not None and colab is not None:
        raise _fault(header, "tool.nbship.colab", None, "a notebook is for Kaggle or for Colab")
    if not 0 < smoke.get("timeout", 1) <= _LONGEST:
        raise _fault(
            header, "tool.nbship.smoke", "timeout",
            "timeout must be more than 0 seconds and at most a week",
        )  # fmt: skip
    _refuse_what_does_not_apply(header, kaggle or {}, smoke)
    dependencies = _dependencies(header)
    return Spec(
        requires_python=_requires_python(header),
        dependencies=dependencies,
        dependencies_line=header.place("", "dependencies").line if dependencies else None,
        kaggle=None if kaggle is None else _kaggle(header, kaggle),
        kaggle_line=None if kaggle is None else header.place("tool.nbship.kaggle").line,
        colab=None if colab is None else ColabSpec(**colab),
        smoke=SmokeSpec(**smoke),
        smoke_line=header.place("tool.nbship.smoke", "parameters").line if smoke else None,
    )


def _ours(header: Header) -> Mapping[str, Any]:
    """Return ``[tool.nbship]``; the tables of other tools are theirs."""
    tool = header.tables.get("tool", {})
    if not isinstance(tool, dict):
        raise _fault(header, "", "tool", "tool must be a table")
    ours: Mapping[str, Any] = tool.get("nbship", {})
    _refuse_unknown(header, "tool.nbship", ours, _TABLES)
    return ours


def _table(
    header: Header, ours: Mapping[str, Any], name: str, checks: Mapping[str, Check]
) -> Mapping[str, Any] | None:
    """Check one of our tables: its keys, then each value's type."""
    where = f"tool.nbship.{name}"
    table = ours.get(name)
    if table is None:
        return None
    if not isinstance(table, dict):
        raise _fault(header, "tool.nbship", name, f"{where} must be a table")
    if name == "kaggle" and "code_file" in table:
        raise _fault(header, where, "code_file", "code_file is set by the build: leave it out")
    _refuse_unknown(header, where, table, checks)
    for key, value in table.items():
        fault = checks[key](value)
        if fault:
            raise _fault(header, where, key, f"{key} {fault}")
    return table


def _kaggle(header: Header, table: Mapping[str, Any]) -> KaggleSpec:
    where = "tool.nbship.kaggle"
    for key in ("id", "title"):
        if key not in table:
            raise _fault(
                header, where, None, f"{key} is missing",
                hint='Add id = "owner/slug" and a title that slugifies to the slug.',
            )  # fmt: skip
    _check_id(header, table["id"])
    _check_title(header, table["id"], table["title"])
    values = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    language = {"language": language_of(header.path).name}
    return KaggleSpec(**{**values, **language, **_accelerator(header, table)})


def _refuse_what_does_not_apply(
    header: Header, kaggle: Mapping[str, Any], smoke: Mapping[str, Any]
) -> None:
    """Refuse what the source's language, or its being a script, makes void."""
    language = language_of(header.path)
    if kaggle.get("language", language.name) != language.name:
        raise _fault(
            header, "tool.nbship.kaggle", "language",
            f"language {kaggle['language']!r}, but a {language.suffix} is {language.title}",
            hint="Leave the key out: the language follows from the extension.",
        )  # fmt: skip
    for key in ("requires-python", "dependencies"):
        if language != PYTHON and key in header.tables:
            raise _fault(
                header, "", key, f"{key} is about Python, and this is {language.title}",
                hint="Take it out: what Kaggle's image lacks, install.packages() brings.",
            )  # fmt: skip
    if kaggle.get("kernel_type") == "script" and smoke.get("parameters"):
        raise _fault(
            header, "tool.nbship.smoke", "parameters",
            "a script has no cell of parameters: it runs as it is",
            hint="Take them out, or let the script read an environment variable.",
        )  # fmt: skip


def _check_id(header: Header, kernel: str) -> None:
    owner, _, slug = kernel.partition("/")
    if not (_SLUG.fullmatch(owner.lower()) and _SLUG.fullmatch(slug)):
        raise _fault(
            header, "tool.nbship.kaggle", "id", f"id {kernel!r} is not 'owner/slug'",
            hint="A slug has small letters, digits and single dashes.",
        )  # fmt: skip
    if len(slug) < _SLUG_MINIMUM:
        raise _fault(
            header, "tool.nbship.kaggle", "id",
            f"the slug {slug!r} is shorter than {_SLUG_MINIMUM} characters",
        )  # fmt: skip


def _check_title(header: Header, kernel: str, title: str) -> None:
    shortest, longest = TITLE_LENGTHS
    slug = kernel.partition("/")[2]
    if not shortest <= len(title) <= longest:
        raise _fault(
            header, "tool.nbship.kaggle", "title",
            f"the title has {len(title)} characters; Kaggle takes {shortest} to {longest}",
        )  # fmt: skip
    if slugify(title) != slug:
        raise _fault(
            header, "tool.nbship.kaggle", "title",
            f"the title {title!r} slugifies to {slugify(title)!r}, not to the id's {slug!r}",
            hint="Change the title: the id is permanent. Kaggle would make another kernel of it.",
        )  # fmt: skip


def _accelerator(header: Header, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make the two switches of old agree with machine_shape, which decides on Kaggle today."""
    shape = table.get("machine_shape", "")
    switches = {"enable_gpu": shape.startswith("Nvidia"), "enable_tpu": shape.startswith("Tpu")}
    for key, implied in switches.items():
        if shape and table.get(key, implied) != implied:
            raise _fault(
                header, "tool.nbship.kaggle", key,
                f"{key} says otherwise than machine_shape {shape!r}: leave it out",
            )  # fmt: skip
    return switches if shape else {}


def _requires_python(header: Header) -> str:
    value = header.tables.get("requires-python", "")
    try:
        if isinstance(value, str):
            return str(SpecifierSet(value))
    except InvalidSpecifier:
        pass
    raise _fault(
        header, "", "requires-python", f"requires-python {_show(value)} is not like '>=3.11'"
    )


def _dependencies(header: Header) -> tuple[str, ...]:
    values = header.tables.get("dependencies", [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _fault(header, "", "dependencies", "dependencies must be a list of strings")
    for value in values:
        try:
            Requirement(value)
        except InvalidRequirement:
            raise _fault(
                header, "", "dependencies", f"{value!r} is not a requirement pip understands"
            ) from None
    return tuple(values)


def _refuse_unknown(
    header: Header, where: str, table: Mapping[str, Any], known: Collection[str]
) -> None:
    if not isinstance(table, Mapping):
        raise _fault(header, where, None, f"{where} must be a table")
    for key in table:
        if key not in known:
            inside = f" in [{where}]" if where else " in the script block"
            raise _fault(
                header, where, key, f"unknown key {key!r}{inside}{did_you_mean(key, known)}"
            )


def _fault(
    header: Header, table: str, key: str | None, message: str, *, hint: str = ""
) -> SourceError:
    return SourceError(message, place=header.place(table, key), hint=hint)
