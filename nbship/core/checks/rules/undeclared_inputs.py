"""undeclared-input, unknown-input: a path below /kaggle/input that no declared source provides."""

from collections.abc import Iterator
from functools import cache

from nbship.core.checks.facts import ParsedFile, WorkspaceFacts
from nbship.core.metadata.data_sources import INPUT
from nbship.diagnostics import Diagnostic, Place
from nbship.model.spec import KaggleSpec


def undeclared_inputs(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each such path of a notebook for Kaggle, and of the modules that it imports."""
    for path, file in facts.notebooks.items():
        files = (file, *facts.reached[path])
        if file.kaggle is not None and any(each.content.mentions for each in files):
            for each in files:
                of_notebook = "" if each is file else f" of {path}"
                yield from _undeclared(each, file.kaggle, of_notebook)


def _undeclared(file: ParsedFile, kaggle: KaggleSpec, of_notebook: str) -> Iterator[Diagnostic]:
    from nbship.core.checks.rules.input_paths import advice, is_provided, mounts_of

    mounts = mounts_of(kaggle)
    hint = cache(lambda path: advice(path, mounts.every))
    for mention in file.content.mentions:
        if not is_provided(mention, mounts):
            yield Diagnostic(
                Place(file.source.path, mention.line, mention.column),
                "undeclared-input" if mention.is_read else "unknown-input",
                f"no declared source{of_notebook} provides {INPUT}/{mention.path}",
                (hint(mention.path),),
            )
