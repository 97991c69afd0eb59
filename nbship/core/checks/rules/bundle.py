"""bundle, secret: what ``[tool.nbship.bundle]`` names exists, and gives nothing away."""

from collections.abc import Iterator

from nbship.core.artifact.declared import TABLE, declared
from nbship.core.checks.facts import ParsedFile, WorkspaceFacts
from nbship.core.checks.findings import finding_of
from nbship.core.checks.rules.secrets import HINT, secrets_in
from nbship.core.metadata.script_block import read_header
from nbship.diagnostics import Diagnostic
from nbship.errors import SourceError
from nbship.model.layout import SOURCES
from nbship.model.spec import BundleSpec


def bundled_files(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield what cannot be bundled, and each secret in what is, at its key of the header.

    A file has no allow comments: a made-up secret is allowed in the header.
    """
    for file in facts.notebooks.values():
        if file.spec is not None and file.spec.bundle is not None:
            yield from _of_notebook(facts, file, file.spec.bundle)


def _of_notebook(facts: WorkspaceFacts, file: ParsedFile, spec: BundleSpec) -> Iterator[Diagnostic]:
    header = read_header(file.source)
    try:
        named = declared(header, spec, facts.disk.collect)
    except SourceError as error:
        yield finding_of(error, "bundle", file.source.text)
        return
    texts = {each.path: each.data.decode(errors="replace") for each in named.files}
    texts |= {f"{SOURCES}/{each.path}": each.text for each in named.modules}
    for path, text in texts.items():
        if path in facts.modules:
            continue  # a module is looked at by itself
        for line, _, kind in secrets_in(text):
            place = header.place(TABLE, named.keys[path])
            message = f"{path}:{line}: this looks like a secret: {kind}"
            yield finding_of(
                SourceError(message, place=place, hint=HINT), "secret", file.source.text
            )
