"""Fault rules: which request to spoil, and how. Pure: JSON in, rules out.

A rule matches calls by name, lets the first ``skip`` matching calls pass, and spoils the next
``times``. With ``since``, it matches only calls after one of that name. The first due rule in the
list applies; the later rules do not count that call.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast, get_args

from nbship.local.protocol.validation import bad_request

Phase = Literal["before", "after", "body"]
Action = Literal["status", "reset", "cut", "slow", "hang", "junk", "stale", "kill", "leave"]

ANY = "*"
FOR_EVER = -1
# Calls that change something. A stale answer to them would deny a change that happened.
WRITES = frozenset({
    "SaveKernel", "DeleteKernel", "CreateKernelSession", "CancelKernelSession",
    "StartBlobUpload", "CreateDataset", "CreateDatasetVersion", "upload",
})  # fmt: skip
_REASONS = range(100, 600)
_MOST_RULES = 10_000
_LONGEST = 86_400  # seconds


@dataclass(frozen=True, slots=True)
class Rule:
    """One fault. ``bytes`` counts the answer's body; ``skip`` and ``times`` count calls.

    ``leave`` sends the real answer and ends the server, as a signal does.
    """

    call: str
    action: Action
    phase: Phase = "before"
    skip: int = 0
    times: int = 1
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    content_type: str = "application/json"
    bytes: int = 0
    seconds: float = 0.0
    pid: int = 0
    since: str = ""

    @property
    def keeps_answer(self) -> bool:
        """Whether the client receives the real answer or a part of it."""
        if self.action in ("slow", "stale", "leave"):
            return True
        return self.phase == "body" and self.action not in ("status", "junk")

    @property
    def replaces_call(self) -> bool:
        """Whether the fault replaces the call, so that the call has no effect."""
        return self.phase == "before" and not self.keeps_answer

    def is_for(self, call: str) -> bool:
        """Return whether the rule matches a call of this name."""
        if self.call == ANY:
            return self.action != "stale" or call not in WRITES
        return self.call == call


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= _LONGEST


def _is_headers(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(text, str) and not {"\r", "\n"} & set(text)
        for pair in value.items()
        for text in pair
    )


_FIELDS: dict[str, Callable[[object], bool]] = {
    "call": lambda value: isinstance(value, str) and value != "",
    "action": lambda value: value in get_args(Action),
    "phase": lambda value: value in get_args(Phase),
    "skip": _is_count,
    "times": lambda value: _is_count(value) or value == FOR_EVER,
    "status": lambda value: _is_count(value) and value in _REASONS,
    "headers": _is_headers,
    "body": lambda value: isinstance(value, str),
    "content_type": lambda value: _is_headers({"": value}),
    "bytes": _is_count,
    "seconds": _is_seconds,
    "since": lambda value: isinstance(value, str),
    "pid": lambda value: _is_count(value) and cast("int", value) > 1,
}


def parse(body: bytes) -> list[Rule]:
    """Return the rules in a request's body.

    Raises:
        ApiError: the body is not a list of rules; the message names the first mistake.
    """
    try:
        listed = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise bad_request(f"The rules are not JSON: {error}") from error
    if not isinstance(listed, list) or len(listed) > _MOST_RULES:
        raise bad_request("A list of rules is expected")
    return [_rule(number, fields) for number, fields in enumerate(listed)]


def _rule(number: int, fields: Any) -> Rule:
    if not isinstance(fields, dict):
        raise bad_request(f"Rule {number} is not an object")
    for name, value in fields.items():
        if name not in _FIELDS:
            raise bad_request(f"Rule {number}: unknown field '{name}'")
        if not _FIELDS[name](value):
            raise bad_request(f"Rule {number}: '{name}' cannot be {json.dumps(value)[:80]}")
    needed = {"call", "action"} | ({"pid"} if fields.get("action") == "kill" else set())
    if missing := needed - fields.keys():
        raise bad_request(f"Rule {number}: '{min(missing)}' is missing")
    if fields["action"] == "stale" and fields["call"] in WRITES:
        raise bad_request(f"Rule {number}: the answer of a write cannot be stale")
    return Rule(**fields)


class Faults:
    """The active rules, each with its remaining counts of calls to skip and to spoil."""

    def __init__(self, rules: Sequence[Rule] = ()) -> None:
        self._rules = list(rules)
        self._skip = [rule.skip for rule in rules]
        self._times = [rule.times for rule in rules]
        self._seen: set[str] = set()  # names of earlier calls

    def take(self, call: str) -> Rule | None:
        """Return the rule that applies to this call, and decrement its count."""
        seen = frozenset(self._seen)
        self._seen.add(call)
        for number, rule in enumerate(self._rules):
            if not rule.is_for(call) or self._times[number] == 0:
                continue
            if rule.since and rule.since not in seen:
                continue
            if self._skip[number]:
                self._skip[number] -= 1
                continue
            self._times[number] -= self._times[number] != FOR_EVER
            return rule
        return None
