"""The names that code needs and gives: from Python's own symbol table, without running the code."""

import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass

from nbship.core.python.parse import Reading

_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Names:
    """The global names of one cell, or of one module.

    ``needs`` are read when the code runs, ``later`` when one of its functions does. ``gives`` are
    made by the code. ``words`` are those of IPython's commands, any of which may be a name that the
    command makes. ``text`` is the code as Python; its first line is ``first`` in the file. Without
    ``is_whole`` there may be more names.

    The syntax tree is not kept: the trees of many files cost more time than a second parse of the
    few cells with a mistake.
    """

    text: str
    first: int
    needs: frozenset[str]
    later: frozenset[str]
    gives: frozenset[str]
    words: frozenset[str]
    is_whole: bool


def names_in(code: str, reading: Reading, first: int, *, needs: bool = True) -> Names:
    """Return the names in code as it was read; without ``needs``, none that it needs."""
    none = frozenset[str]()
    at_once, later, gives = set(none), set(none), set(none)
    try:
        top = symtable.symtable(reading.text, "<source>", "exec")
    except (SyntaxError, RecursionError, MemoryError):
        return Names(reading.text, first, none, none, none, none, is_whole=False)
    for symbol in top.get_symbols():
        if _binds(symbol):
            gives.add(symbol.get_name())
        elif symbol.is_referenced():
            at_once.add(symbol.get_name())
    for symbol in _symbols_below(top):
        if symbol.is_global():
            is_given = symbol.is_declared_global() and _binds(symbol)
            (gives if is_given else later).add(symbol.get_name())
    return Names(
        reading.text,
        first,
        needs=frozenset(at_once) if needs else none,
        later=frozenset(later) if needs else none,
        gives=frozenset(gives),
        words=frozenset(_words_of_commands(code, reading.text)),
        is_whole=not reading.newer,
    )


def _symbols_below(table: symtable.SymbolTable) -> Iterator[symtable.Symbol]:
    todo = list(table.get_children())
    while todo:
        table = todo.pop()
        yield from table.get_symbols()
        todo += table.get_children()


def _binds(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported()


def _words_of_commands(code: str, python: str) -> Iterator[str]:
    """Yield the words in the lines of code that were replaced when it was read."""
    if code == python:
        return
    lines, others = code.split("\n"), python.split("\n")
    is_same_length = len(lines) == len(others)
    for number, line in enumerate(lines):
        if not is_same_length or line != others[number]:
            yield from _WORD.findall(line)
