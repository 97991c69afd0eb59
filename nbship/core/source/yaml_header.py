"""The YAML header that an older source may have: only its kernelspec is read.

jupytext writes the header between lines ``# ---``; nbship's own metadata are in the script block.
Whatever YAML 1.1 reads differently from a person is refused: an alias, a key that occurs twice,
``no`` for false, a date. https://yaml.org/spec/1.1/
"""

from collections.abc import Mapping, Sequence
from typing import Any

from nbship.core.source.grammar import uncomment
from nbship.core.source.preamble import yaml_header
from nbship.diagnostics import Place
from nbship.errors import SourceError
from nbship.model.workspace import Source

_MOST_LINES = 200
_DEEPEST = 20
_TEXT = "tag:yaml.org,2002:str"
_REMOVE = "Remove the header, if nothing else needs it: nbship reads only its kernelspec."
_KEYS = ("name", "display_name", "language")
_MOST_BRACKETS = 200
_PLAIN = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("map", "seq", "str", "int", "float"))
_MORE = {"tag:yaml.org,2002:bool": {"true", "false"}, "tag:yaml.org,2002:null": {"", "null"}}
_READ_AS = {
    "tag:yaml.org,2002:bool": "a truth value",
    "tag:yaml.org,2002:merge": "a merge",
    "tag:yaml.org,2002:null": "nothing",
    "tag:yaml.org,2002:timestamp": "a date",
    "tag:yaml.org,2002:value": "a default",
}


def read_kernelspec(source: Source) -> Mapping[str, str] | None:
    """Return the kernelspec in a source's YAML header, or None if there is none.

    Raises:
        SourceError: the header is not YAML, is ambiguous, or belongs to another tool; names the
            line.
    """
    lines = source.text.split("\n")
    span = yaml_header(lines)
    if len(span) == 0:
        return None
    inside = [uncomment(line) for line in lines[span.start + 1 : span.stop - 1]]
    return _Header(source.path, span.start + 2).kernelspec(inside)


class _Header:
    """The walk through the nodes of one header, with the line of each node."""

    def __init__(self, path: str, first: int) -> None:
        self._path = path
        self._first = first

    def kernelspec(self, lines: Sequence[str]) -> Mapping[str, str] | None:
        root = self._compose(lines)
        if root is None:
            return None
        top = self._entries(root)
        for key, (node, _) in top.items():
            if key != "jupyter":
                raise self._fault(
                    node, f"the YAML header is another tool's: {key!r}",
                    hint="Move it into a comment or a Markdown cell.",
                )  # fmt: skip
        found = self._entries(top["jupyter"][1]).get("kernelspec") if top else None
        if found is None:
            return None
        entries = self._entries(found[1])
        if "name" not in entries:
            raise self._fault(found[0], "the kernelspec has no name")
        texts = {key: self._text(*entries[key]) for key in _KEYS if key in entries}
        return {"display_name": texts["name"], **texts}

    def _compose(self, lines: Sequence[str]) -> Any:
        import yaml

        text = "\n".join(lines)
        if len(lines) > _MOST_LINES or text.count("[") + text.count("{") > _MOST_BRACKETS:
            raise SourceError(
                f"the YAML header has more than {_MOST_LINES} lines or {_MOST_BRACKETS} brackets",
                place=Place(self._path, self._first - 1),
                hint=_REMOVE,
            )
        try:
            for event in yaml.parse(text, Loader=yaml.SafeLoader):
                if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                    raise self._fault(event, "an anchor or alias in the YAML header")
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            what = " ".join((error.problem or "").split())
            raise self._fault(error, f"the YAML header is not YAML: {what}") from None
        except (yaml.YAMLError, RecursionError) as error:
            what = " ".join(str(error).split())
            raise SourceError(
                f"the YAML header is not YAML: {what}",
                place=Place(self._path, self._first),
                hint=_REMOVE,
            ) from None
        if root is not None:
            self._refuse_surprises(root, depth=0)
        return root

    def _refuse_surprises(self, node: Any, depth: int) -> None:
        """Refuse every node of the header that YAML reads differently from a person."""
        if depth > _DEEPEST:
            raise self._fault(node, f"the YAML header is nested more than {_DEEPEST} deep")
        if node.id == "mapping":
            for key, value in self._entries(node).values():
                self._refuse_surprises(key, depth + 1)
                self._refuse_surprises(value, depth + 1)
        elif node.id == "sequence":
            for item in node.value:
                self._refuse_surprises(item, depth + 1)
        if node.tag not in _PLAIN and str(node.value).lower() not in _MORE.get(node.tag, ()):
            if node.tag not in _READ_AS:
                raise self._fault(node, "a tag in the YAML header")
            raise self._fault(
                node, f"YAML reads {node.value} as {_READ_AS[node.tag]}", hint="Put it in quotes."
            )

    def _entries(self, node: Any) -> dict[str, tuple[Any, Any]]:
        """Return a mapping's nodes by key."""
        if node.id != "mapping":
            raise self._fault(node, "the YAML header needs a table here")
        entries: dict[str, tuple[Any, Any]] = {}
        for key, value in node.value:
            if key.id != "scalar" or key.tag != _TEXT:
                raise self._fault(key, "a key of the YAML header that is not text")
            if key.value in entries:
                raise self._fault(key, f"the key {key.value!r} occurs twice in the YAML header")
            entries[key.value] = (key, value)
        return entries

    def _text(self, key: Any, node: Any) -> str:
        if node.id != "scalar" or node.tag != _TEXT:
            raise self._fault(
                node, f"the kernelspec's {key.value} is not text", hint="Put it in quotes."
            )
        return str(node.value)

    def _fault(self, at: Any, message: str, *, hint: str = _REMOVE) -> SourceError:
        mark = getattr(at, "start_mark", None) or getattr(at, "problem_mark", None)
        line = self._first + (mark.line if mark else 0)
        return SourceError(message, place=Place(self._path, line), hint=hint)
