"""The parser of a header's tables: a Spec is always valid as a whole."""

from collections.abc import Mapping
from typing import Any

from nbship.core.metadata.schema import meant
from nbship.core.metadata.script_block import Header
from nbship.core.metadata.validate import requires_python, spec_faults, switches
from nbship.core.source.language import language_of
from nbship.model.spec import BundleSpec, ColabSpec, KaggleSpec, SessionSpec, SmokeSpec, Spec


def parse_spec(header: Header) -> Spec:
    """Return the Spec of a header.

    Raises:
        SourceError: an unknown key (names the nearest known one), a wrong type, a title that does
            not slugify to the id, a requirement that pip does not understand.
    """
    for fault in spec_faults(header):
        raise fault
    return make_spec(header)


def make_spec(header: Header) -> Spec:
    """Return the Spec of a header for which ``spec_faults`` yields nothing."""
    ours = header.tables.get("tool", {}).get("nbship", {})
    kaggle, colab, bundle = ours.get("kaggle"), ours.get("colab"), ours.get("bundle")
    smoke = ours.get("smoke", {})
    dependencies = tuple(header.tables.get("dependencies", []))
    return Spec(
        requires_python=requires_python(header.tables.get("requires-python", "")) or "",
        dependencies=dependencies,
        dependencies_line=header.place("", "dependencies").line if dependencies else None,
        kaggle=None if kaggle is None else _kaggle(header.path, kaggle),
        kaggle_line=None if kaggle is None else header.place("tool.nbship.kaggle").line,
        colab=None if colab is None else ColabSpec(**colab),
        bundle=None if bundle is None else BundleSpec(**meant(BundleSpec, bundle)),
        smoke=SmokeSpec(**smoke),
        smoke_line=header.place("tool.nbship.smoke", "parameters").line if smoke else None,
        session=SessionSpec(**meant(SessionSpec, ours.get("session", {}))),
    )


def _kaggle(path: str, table: Mapping[str, Any]) -> KaggleSpec:
    values = meant(KaggleSpec, table)
    values |= {"language": language_of(path).name}
    values |= switches(table)
    return KaggleSpec(**values)
