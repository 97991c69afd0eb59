"""The validation of a header: every mistake in its tables, at its line."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from nbship.core.metadata.data_sources import Violation
from nbship.core.metadata.schema import LONGEST_TIMEOUT, Check, checks_of, show
from nbship.core.metadata.script_block import Header
from nbship.core.metadata.titles import TITLE_LENGTHS, slug_of
from nbship.core.source.language import PYTHON, language_of
from nbship.diagnostics import did_you_mean
from nbship.errors import SourceError
from nbship.model.spec import TABLES, KaggleSpec, keys_of

_SLUG = re.compile(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")  # Kaggle takes capitals for small letters
_SLUG_MINIMUM = 5
_UNKNOWN = "header-unknown-key"
_SHAPES = ("nvidia", "tpu")  # how the names of the accelerators begin, in small letters
_TOP = frozenset({"requires-python", "dependencies", "tool"})
SET_BY_BUILD = ("kaggle", "code_file")  # a pull writes the key; the build sets its value
LANGUAGE = keys_of(KaggleSpec)["language"]

# Values that are valid without asking a library, whose import takes time: most headers have these.
_PLAIN_PYTHON = re.compile(r"(?:>=|<=|>|<)[0-9]+(?:\.[0-9]+)*|")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

# Keys of [tool.nbship.smoke] that only one service has: its table, what is wrong without, and it.
_KEYS_OF_A_SERVICE = (
    ("userdata", "colab", "userdata is Colab's, and this is no Colab notebook", "it"),
    ("secrets", "kaggle", "secrets are Kaggle's, and this is no Kaggle notebook", "them"),
)


def spec_faults(header: Header) -> Iterator[SourceError]:
    """Yield every mistake in the header's tables, without those that follow from another one."""
    yield from _unknown(header, "", header.tables, _TOP)
    tool = header.tables.get("tool", {})
    if not isinstance(tool, dict):
        yield _fault(header, "", "tool", "tool must be a table")
    else:
        yield from _our_faults(header, tool.get("nbship", {}))
    yield from _dependency_faults(header)
    if requires_python(header.tables.get("requires-python", "")) is None:
        shown = show(header.tables["requires-python"])
        message = f"requires-python {shown} is not a version range such as '>=3.11'"
        yield _fault(header, "", "requires-python", message)


def _our_faults(header: Header, ours: Any) -> Iterator[SourceError]:
    """Yield what is wrong in ``[tool.nbship]``; the tables of other tools are not checked."""
    if not isinstance(ours, dict):
        yield _fault(header, "tool.nbship", None, "tool.nbship must be a table")
        return
    yield from _unknown(header, "tool.nbship", ours, TABLES)
    faults = [
        fault
        for name, table in TABLES.items()
        for fault in _table_faults(header, ours, name, checks_of(table))
    ]
    yield from faults
    if "kaggle" in ours and "colab" in ours:
        yield _fault(
            header, "tool.nbship.colab", None,
            "a notebook has a table kaggle or a table colab, not both",
        )  # fmt: skip
    if faults:
        return
    yield from _kaggle_faults(header, ours.get("kaggle"))
    yield from _language_faults(header, ours)
    smoke = ours.get("smoke", {})
    for key, service, words, pronoun in _KEYS_OF_A_SERVICE:
        if smoke.get(key) and service not in ours:
            hint = f"Remove {pronoun}, or add a table [tool.nbship.{service}]."
            yield _fault(header, "tool.nbship.smoke", key, words, hint=hint)
    if not 0 < smoke.get("timeout", 1) <= LONGEST_TIMEOUT:
        yield _fault(
            header, "tool.nbship.smoke", "timeout",
            "timeout must be more than 0 seconds and at most a week",
        )  # fmt: skip


def _table_faults(
    header: Header, ours: Mapping[str, Any], name: str, checks: Mapping[str, Check]
) -> Iterator[SourceError]:
    """Yield what is wrong in one table of ``[tool.nbship]``: its keys, then each value's type."""
    where = f"tool.nbship.{name}"
    table = ours.get(name, {})
    if not isinstance(table, dict):
        yield _fault(header, "tool.nbship", name, f"{where} must be a table")
        return
    keys = [key for key in table if (name, key) != SET_BY_BUILD]
    yield from _unknown(header, where, keys, checks)
    for key, value in table.items():
        wrong = checks[key](value) if key in checks else None
        if isinstance(wrong, str):
            wrong = Violation(wrong)
        if wrong:
            yield _fault(
                header, where, key, f"{key} {wrong.words}",
                code=wrong.code, hint=wrong.hint, near=wrong.near,
            )  # fmt: skip


def _language_faults(header: Header, ours: Mapping[str, Any]) -> Iterator[SourceError]:
    """Yield the keys that do not fit the source's language, or a script."""
    kaggle, smoke = ours.get("kaggle", {}), ours.get("smoke", {})
    language = language_of(header.path)
    written = kaggle.get("language", language.name)
    is_document = kaggle.get("kernel_type") == "script" and written in LANGUAGE.also
    if is_document or LANGUAGE.also.get(written, written) != language.name:
        yield _fault(
            header, "tool.nbship.kaggle", "language",
            f"language {written!r}, but a {language.suffix} is {language.title}",
            hint="Leave the key out: the language follows from the extension.",
        )  # fmt: skip
    for key in ("requires-python", "dependencies"):
        if language != PYTHON and key in header.tables:
            yield _fault(
                header, "", key, f"{key} applies to Python, and this source is {language.title}",
                hint="Remove it. install.packages() installs what Kaggle's image lacks.",
            )  # fmt: skip
    if language != PYTHON and smoke.get("environment", "nbship") != "nbship":
        yield _fault(
            header, "tool.nbship.smoke", "environment",
            f"environment applies to Python, and this source is {language.title}",
            hint="Remove it.",
        )  # fmt: skip
    if language != PYTHON and "bundle" in ours:
        yield _fault(
            header, "tool.nbship.bundle", None,
            f"the bundle is Python, and this source is {language.title}",
            hint="Put the files into a dataset.",
        )  # fmt: skip
    if kaggle.get("kernel_type") == "script" and ours.get("bundle", {}).get("style") == "cells":
        yield _fault(
            header, "tool.nbship.bundle", "style", "a script has no cells",
            hint="Remove style: a script has its modules as files. Or make it a notebook.",
        )  # fmt: skip
    if kaggle.get("kernel_type") == "script" and smoke.get("parameters"):
        yield _fault(
            header, "tool.nbship.smoke", "parameters",
            "a script has no cell with parameters: it runs unchanged",
            hint="Remove them, or let the script read an environment variable.",
        )  # fmt: skip


def _kaggle_faults(header: Header, table: Mapping[str, Any] | None) -> Iterator[SourceError]:
    """Yield what is wrong with keys of the right type: missing, malformed or contradictory ones."""
    if table is None:
        return
    where = "tool.nbship.kaggle"
    missing = [key for key in ("id", "title") if key not in table]
    if missing:
        yield _fault(
            header, where, None, f"{missing[0]} is missing", code="header-missing-key",
            hint='Add id = "owner/slug" and a title that slugifies to the slug.',
        )  # fmt: skip
        return
    faults = [*_id_faults(header, table["id"])]
    yield from faults or _title_faults(header, table["id"].lower(), table["title"])


def _id_faults(header: Header, kernel: str) -> Iterator[SourceError]:
    owner, _, slug = kernel.partition("/")
    if not (_SLUG.fullmatch(owner) and _SLUG.fullmatch(slug)):
        yield _fault(
            header, "tool.nbship.kaggle", "id", f"id {kernel!r} is not 'owner/slug'",
            code="id-form", hint="A slug has letters, digits and single dashes.",
        )  # fmt: skip
    elif len(slug) < _SLUG_MINIMUM:
        yield _fault(
            header, "tool.nbship.kaggle", "id",
            f"the slug {slug!r} is shorter than {_SLUG_MINIMUM} characters", code="id-form",
        )  # fmt: skip


def _title_faults(header: Header, kernel: str, title: str) -> Iterator[SourceError]:
    shortest, longest = TITLE_LENGTHS
    slug = kernel.partition("/")[2]
    if not shortest <= len(title) <= longest:
        yield _fault(
            header, "tool.nbship.kaggle", "title",
            f"the title has {len(title)} characters; Kaggle accepts {shortest} to {longest}",
            code="title-length",
        )  # fmt: skip
    elif not title.isprintable():
        yield _fault(
            header, "tool.nbship.kaggle", "title",
            f"the title has an invisible character: {title!a}",
        )  # fmt: skip
    elif slug_of(title) != slug:
        yield _fault(
            header, "tool.nbship.kaggle", "title",
            f"the title {title!r} slugifies to {slug_of(title)!r}, not to the id's {slug!r}",
            code="title-slug",
            hint="Change the title: the id is permanent. Kaggle would make another kernel.",
        )  # fmt: skip


def switches(table: Mapping[str, Any]) -> Mapping[str, bool]:
    """Return enable_gpu and enable_tpu as machine_shape implies them, empty if it does not.

    Kaggle goes by machine_shape. Without one, and with "None" as its pull writes it, it goes by the
    switches; what a shape that nbship does not know implies is not certain.
    """
    shape = table.get("machine_shape", "").lower()
    if not shape.startswith(_SHAPES):
        return {}
    return {"enable_gpu": shape.startswith("nvidia"), "enable_tpu": shape.startswith("tpu")}


def requires_python(value: Any) -> str | None:
    """Return a version range in packaging's form, None if it is not valid."""
    if not isinstance(value, str):
        return None
    if _PLAIN_PYTHON.fullmatch(value):
        return value
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        return str(SpecifierSet(value))
    except InvalidSpecifier:
        return None


def _dependency_faults(header: Header) -> Iterator[SourceError]:
    values = header.tables.get("dependencies", [])
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        yield _fault(header, "", "dependencies", "dependencies must be a list of strings")
        return
    for value in values:
        if not _is_requirement(value):
            yield _fault(
                header, "", "dependencies", f"{value!r} is not a requirement that pip understands",
                code="requirement", near=value,
            )  # fmt: skip


def _is_requirement(value: str) -> bool:
    if _PLAIN_NAME.fullmatch(value):
        return True
    from packaging.requirements import InvalidRequirement, Requirement

    try:
        Requirement(value)
    except InvalidRequirement:
        return False
    return True


def _unknown(
    header: Header, where: str, keys: Iterable[str], allowed: Collection[str]
) -> Iterator[SourceError]:
    inside = f" in [{where}]" if where else " in the script block"
    for key in keys:
        if key not in allowed:
            yield _fault(
                header, where, key, f"unknown key {key!r}{inside}{did_you_mean(key, allowed)}",
                code=_UNKNOWN,
            )  # fmt: skip


def _fault(
    header: Header,
    table: str,
    key: str | None,
    message: str,
    *,
    code: str = "header-value",
    hint: str = "",
    near: str = "",
) -> SourceError:
    place = header.place(table, key)
    return SourceError(message, place=place, code=code, hint=hint, near=near or key or "")
