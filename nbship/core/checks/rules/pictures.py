"""missing-picture, unattached-picture: what Markdown shows, and Kaggle would not have."""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import quote, unquote

from nbship.core.checks.facts import WorkspaceFacts
from nbship.core.checks.findings import placed
from nbship.diagnostics import Diagnostic, Place
from nbship.model.layout import ATTACHMENT, assets_of

# An address in Markdown and in HTML. A link to a picture leads nowhere on Kaggle either.
_ADDRESS = re.compile(r"""(?:\]\(\s*<?|\bsrc\s*=\s*["']?)([^\s"'<>()#?:][^\s"'<>()#?]*)""")
_PICTURES = (".apng", ".avif", ".bmp", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp")
_FENCE = re.compile(r"\s*(?:```|~~~)")  # of code in Markdown


def missing_pictures(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each picture that Markdown shows and that is no file, or one that cannot be taken."""
    for path, file in facts.notebooks.items():
        spans = [s for s in file.cells if s.kind == "markdown" and ATTACHMENT in s.text]
        if not spans:
            continue
        from nbship.core.artifact.pictures import unusable
        from nbship.core.pairing.attachments import file_name, missing, pictures_in

        folder = assets_of(path)
        collected = facts.disk.collect(folder)
        texts = [span.text for span in spans]
        for refused, why in unusable(folder, collected.refused, texts).items():
            message = f"a picture cannot be attached: {why}"
            yield Diagnostic(Place(refused, 1, 1), "bundle", message)
        names = pictures_in({p.rpartition("/")[2]: b"" for p in collected.files})
        for span, text in zip(spans, texts, strict=True):
            line, before = span.first, 0
            for at, name in missing(text, names):
                line, before = line + text.count("\n", before, at), at
                yield Diagnostic(
                    Place(path, line, 1), "missing-picture",
                    f"the picture {name!r} is missing: there is no {folder}/{file_name(name)}",
                    ("Put it there; or let doit sync take it from the notebook.",),
                )  # fmt: skip


def unattached_pictures(facts: WorkspaceFacts) -> Iterator[Diagnostic]:
    """Yield each file that Markdown of a notebook for Kaggle or Colab shows by its path.

    Only a path at which there is a file counts: it is certain that the file stays behind.
    """
    for path, file in facts.notebooks.items():
        if file.spec is None or not (file.spec.kaggle or file.spec.colab):
            continue
        folder = posixpath.dirname(path)
        below = folder.removeprefix(facts.layout.sources)
        folders = (f"{facts.layout.notebooks}{below}", folder)
        for span in file.cells:
            for line, address in _pictures(span.text) if span.kind == "markdown" else ():
                paths = (posixpath.normpath(f"{each}/{unquote(address)}") for each in folders)
                shown = next((each for each in paths if facts.disk.is_file(each)), None)
                if shown is not None:
                    name = posixpath.basename(shown)
                    target, sign = f"{assets_of(path)}/{name}", f"{ATTACHMENT}{quote(name)}"
                    yield placed(Diagnostic(
                        Place(path, span.first + line), "unattached-picture",
                        f"{shown} does not go along to Kaggle",
                        (f"Copy it to {target}, and write {sign} in place of {address}.",),
                        near=address,
                    ), file.source.text)  # fmt: skip


def _pictures(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line, from 0, and the relative path of each picture in Markdown.

    What is shown as code is no picture.
    """
    is_block = False
    for number, line in enumerate(text.split("\n")):
        is_block ^= _FENCE.match(line) is not None
        quotes = before = 0  # the quotes in the line, up to the last address
        for match in _ADDRESS.finditer(line) if not is_block else ():
            address = match[1]
            quotes, before = quotes + line.count("`", before, match.start()), match.start()
            is_picture = address.lower().endswith(_PICTURES) and quotes % 2 == 0
            if is_picture and not address.startswith("/") and ":" not in address:
                yield number, address
