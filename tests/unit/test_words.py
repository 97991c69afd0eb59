"""Every message and hint of the core to users, word by word, as `words.txt` has them.

`python -m tests.unit.test_words` writes today's words into it. Other tests say what is found, and
where; this one sees that no word of it changes, gets lost or comes twice without being read.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from nbship.core.adoption.commands import REPLACEMENTS
from nbship.core.adoption.kernel_metadata import taken_over
from nbship.core.adoption.notebook_metadata import of_kaggle
from nbship.core.adoption.taken import Answers, Taken
from nbship.core.checks.codes import RULES
from nbship.core.clone.diagnosis import diagnose
from nbship.core.clone.repairs import settings_for
from nbship.core.failure.locate import UNSAID
from nbship.core.failure.message import CANCELLED
from nbship.core.ipynb.reader import read_ipynb
from nbship.core.kaggle.messages import (
    about_dropped,
    about_missing,
    about_quota,
    about_week,
    classify,
)
from nbship.core.pairing.decide import SyncAction
from nbship.core.pairing.losses import loss_of
from nbship.core.push.guards import GUARDS
from nbship.core.push.sessions import Sessions
from nbship.core.scaffold.new_notebook import NewNotebook, new_source, split_id
from nbship.core.scaffold.new_workspace import FolderFacts, plan_workspace
from nbship.core.workspace.names import fault_of_name
from nbship.diagnostics import Diagnostic
from nbship.errors import NbshipError
from nbship.model.git import GitFacts, GitState, Head
from nbship.model.run import Allowance, Quota
from nbship.model.target import Target
from nbship.model.workspace import Source
from tests.acceptance.hostile.cases import all_cases
from tests.support.checked import PATH, check, notebook
from tests.support.plans import VIOLATIONS, violated
from tests.support.usual import LAYOUT, compile_notebook, left_behind
from tests.unit.adoption import test_kernel_metadata, test_notebook_metadata
from tests.unit.artifact import test_declared, test_script
from tests.unit.checks import test_codes, test_git_index, test_levels
from tests.unit.clone import test_diagnosis
from tests.unit.failure import test_world
from tests.unit.ipynb import test_reader as reader_of_ipynb
from tests.unit.kaggle import test_messages
from tests.unit.metadata import test_data_sources, test_script_block, test_spec, test_spec_faults
from tests.unit.pairing import test_losses
from tests.unit.scaffold import test_new_notebook, test_new_workspace
from tests.unit.source import test_grammar, test_reader, test_reader_refusals, test_yaml_header
from tests.unit.workspace import test_names

GUARD_OF = {guard.name: guard for guard in GUARDS}
WORDS = Path(__file__).with_name("words.txt")
_LARGEST = 20_000  # characters of a source that is looked at
_THEIRS = re.compile(
    r"(not Python|not a script|not TOML|not YAML|cannot read it"
    r"|not a notebook(?=: (?:Expecting|Exceeds|Illegal))): .*"
)
_SHOWN = 300  # characters of a source in the file


def texts() -> Iterator[str]:
    """Yield sources that are wrong, from the tables of other tests and from the hostile ones."""
    yield from (text for _, text, _ in test_codes.CASES)
    for module in (test_script, test_script_block, test_spec, test_spec_faults, test_data_sources,
                   test_grammar, test_reader, test_reader_refusals, test_yaml_header):  # fmt: skip
        for test in vars(module).values():
            for mark in getattr(test, "pytestmark", ()):
                yield from _of_table(mark)
    for case in all_cases():
        data = case.files.get(PATH, b"")
        if len(case.files) == 1 and 0 < len(data) < _LARGEST:
            yield data.decode(errors="replace")


def _of_table(mark: pytest.Mark) -> Iterator[str]:
    """Yield the sources in a table of a test; a header's TOML becomes one."""
    if mark.name != "parametrize":
        return
    names = mark.args[0] if isinstance(mark.args[0], tuple) else (mark.args[0],)
    for row in mark.args[1]:
        values = row.values if hasattr(row, "values") else row
        value = values[0] if len(names) > 1 or hasattr(row, "values") else values
        if names[0] == "text" and isinstance(value, str):
            yield value
        elif names[0] == "toml" and isinstance(value, str):
            yield notebook("# %%\nx = 1", toml=value)
        elif names[0] == "lines" and isinstance(value, list):
            yield "\n".join([*value, "# %%", "x = 1"])


def words_about(text: str) -> list[str]:
    """Return what check says of a source, and what the build does, with every hint."""
    lines = [_line(found) for found in check(text)]
    try:
        compile_notebook("a", Source(PATH, text), lambda _: None)
    except NbshipError as error:
        lines.append(f"build: {_line(error.diagnostic)}")
    return [json.dumps(line, ensure_ascii=False)[1:-1] for line in lines]


def _line(found: Diagnostic) -> str:
    """Return a diagnostic without the words of Python and its libraries, which versions change."""
    message = _THEIRS.sub(r"\1: …", found.message)
    place = found.place.path if message != found.message else found.place
    return " → ".join([f"{place}: {message} [{found.code}]", *found.hints])


def doctors_words() -> Iterator[str]:
    """Yield each line of the doctor's once."""
    rows = _rows(test_diagnosis.test_what_is_wrong_is_said_with_a_way_out)
    facts = [test_diagnosis.WELL, *(row[0] for row in rows)]
    lines = (f"{found.severity}: {_line(found)}" for one in facts for found in diagnose(one))
    yield from dict.fromkeys(lines)


def kaggles_words() -> Iterator[str]:
    """Yield what is said of each of Kaggle's refusals."""
    for words, status, *_ in _rows(test_messages.test_a_refusal_has_its_advice):
        yield f"{words!r} ({status}) → {classify(words, status).hint}"
    for id_no, is_new in product((None, 7), (True, False)):
        yield about_missing("awa/tiny", is_new=is_new, id_no=id_no)
    for quota in (Quota("", None, None), Quota("then", Allowance(9_000, 0, 108_000), None)):
        yield about_quota(quota)
        yield about_week(quota, "GPU") or "-"
    for kind in ("dataset", "model", "kernel", "competition"):
        yield about_dropped({kind: ("a/b",)})


def words_of_guards() -> Iterator[str]:
    """Yield what each guard is for, and what it says on the facts of its tests."""
    for guard in GUARDS:
        yield f"{guard.flag}: {guard.help}; a push is refused if {guard.refuses}"
    cases: list[tuple[str, dict[str, Any]]] = [
        *((name, {}) for name in VIOLATIONS),
        ("branch", {"head": Head()}),
        ("branch", {"head": Head(branches=("a", "b", "c", "d"))}),
        ("upstream", {"head": Head(published=None)}),
        ("upstream", {"git": GitState("c0ffee" * 6)}),
        ("clean-tree", {"git": GitState(None)}),
        ("smoked", {"skip": "needs a TPU"}),
        ("smoked", {"partial": "it ended after cell 3"}),
        ("smoked", {"rung": "shim", "target": Target("lab", rehearsal="sandbox")}),
        ("smoked", {"smoked": "shim", "target": Target("lab", rehearsal="sandbox")}),
        ("sources", {"missing": (), "untold": ("awa/voices (no such dataset)",)}),
        ("sessions", {"sessions": Sessions(1, 1)}),
    ]
    for name, more in cases:
        objection = GUARD_OF[name].check(replace(violated([name]), **more))
        assert objection is not None
        yield f"{name}: {objection.message} → {objection.hint}"


def adoptions_words() -> Iterator[str]:
    """Yield what adoption remarks and asks of kernel-metadata.json and of Kaggle's editor."""
    for test in (
        test_kernel_metadata.test_what_is_changed_or_left_out_is_named,
        test_kernel_metadata.test_what_only_a_person_knows_is_asked_for,
        test_kernel_metadata.test_each_form_of_a_value_gets_the_form_of_a_header,
    ):
        for raw, *_ in _rows(test):
            yield from _taken(raw, taken_over(test_kernel_metadata.BASIS | raw, Answers()))
    yield from _taken({}, taken_over({}, Answers()))
    for raw, *_ in _rows(test_notebook_metadata.test_the_metadata_of_kaggle_are_read):
        taken = of_kaggle({"kaggle": raw})
        assert taken is not None
        yield from _taken(raw, taken)


def words_of_codes() -> Iterator[str]:
    """Yield what each code of check means, and what it says of its example."""
    for code, rule in RULES.items():
        yield f"{code}: {rule.what} → {rule.way_out}"
    for code, (_, given, _) in test_levels.TABLE.items():
        if code != "newer-syntax":  # which not every Python knows
            yield from (f"{code}: {_line(found)}" for found in test_levels.findings_in(given, code))


def words_about_losses() -> Iterator[str]:
    """Yield why percent text cannot hold a cell, and what to do, for the cells of its tests."""
    tests = (test for name, test in vars(test_losses).items() if name.startswith("test_"))
    texts = [
        row[0] if isinstance(row, tuple) else row
        for test in tests
        for mark in getattr(test, "pytestmark", ())
        if mark.args[0] == "sign" or mark.args[0][0] == "text"
        for row in mark.args[1]
    ]
    keys = _rows(test_losses.test_metadata_that_a_marker_cannot_hold)
    cells = [
        *(each for text in texts for each in (test_losses.code(text), test_losses.markdown(text))),
        *(test_losses.code("x", **{key: value}) for key, value, _ in keys),
    ]
    found = (loss_of(cell, 0) for cell in cells)
    yield from dict.fromkeys(f"{loss.reason} → {loss.advice}" for loss in found if loss)


def words_about_names() -> Iterator[str]:
    """Yield what is wrong with names of notebooks, and with what a bundle names."""
    for name, *_ in _rows(test_names.test_a_name_that_means_something_else_elsewhere_is_refused):
        yield f"{name[:20]!a}: {fault_of_name(name)}"
    for table, *_ in _rows(
        test_declared.test_what_cannot_be_bundled_is_refused_at_its_line_of_the_header
    ):
        yield _refusal(partial(test_declared.compiled, table))


def words_about_files() -> Iterator[str]:
    """Yield what is said of scripts, of files that are no notebooks, and of git's index."""
    for text, *_ in _rows(test_script.test_what_would_not_run_as_a_file_is_refused):
        yield _line(test_script.refused(text).diagnostic)
    damaged = reader_of_ipynb.test_invalid_json_is_reported_with_its_place_and_a_way_out
    for data in (b"{}", *(row[0] for row in _rows(damaged))):
        yield _refusal(partial(read_ipynb, "n.ipynb", data))
    for test in (
        test_git_index.test_a_notebook_that_cannot_be_read_may_have_outputs,
        test_git_index.test_a_conflict_is_an_error_at_its_first_marker,
    ):
        for row in _rows(test):
            data = row if isinstance(row, bytes) else row[0].encode()
            git = GitFacts(notebooks={"notebooks/a.ipynb": data})
            yield from map(_line, check({}, git))
    for is_deleted in (False, True):
        git = test_levels.index("1")
        gone = frozenset(git.notebooks if is_deleted else ())
        yield from map(_line, check({}, replace(git, deleted=gone)))


def words_about_what_is_missing() -> Iterator[str]:
    """Yield the way out for each file that a run does not find."""
    there, taken = test_world.THERE.__contains__, {"src_py/sent.py"}
    table = test_world.test_what_the_artifact_does_not_have_is_named_with_the_way_out
    for error, *_ in _rows(table):
        if hint := left_behind(error, "src_py/a.py", there, taken=taken):
            yield f"{error} → {hint}"


def files_of_init() -> Iterator[str]:
    """Yield what ``init`` does to each file, and what it writes into new ones."""
    empty, everything = test_new_workspace.EMPTY, test_new_workspace.ALL
    full = FolderFacts("", "", has_sources=True, agents="", workflow="")
    for facts in (empty, full):
        for change in plan_workspace(facts, LAYOUT, everything):
            yield f"{change.verb} {change.path}: {change.words}"
    for change in plan_workspace(empty, LAYOUT, everything):
        yield from (f"{change.path}| {line}".rstrip() for line in (change.text or "").split("\n"))


def new_notebooks() -> Iterator[str]:
    """Yield the text of each new notebook, and what is said of wishes that are not possible."""
    for is_r, is_script in product((False, True), (False, True)):
        wanted = NewNotebook("x", "kernel", "awa/tiny-kernel", is_script=is_script, is_r=is_r)
        yield from (f"| {line}".rstrip() for line in new_source(wanted, LAYOUT).text.split("\n"))
    refused = [
        *(row for row in _rows(test_new_notebook.test_each_contradiction_is_refused)),
        *(row[0] for row in _rows(test_new_notebook.test_a_wrong_wish_is_named)),
    ]
    yield from dict.fromkeys(_refusal(partial(new_source, each, LAYOUT)) for each in refused)
    yield _refusal(partial(split_id, "new", "a/b/c"))


def _refusal(action: Callable[[], object]) -> str:
    with pytest.raises(NbshipError) as error:
        action()
    message = _THEIRS.sub(r"\1: …", error.value.message)
    return " → ".join([message, *error.value.diagnostic.hints])


def _taken(raw: dict[str, Any], taken: Taken) -> Iterator[str]:
    said = [*taken.remarks, *(f"{each.flag}: {each.words}" for each in taken.questions)]
    if said:
        yield " → ".join([json.dumps(raw), *said])


def _rows(test: object) -> Iterator[Any]:
    return (row for mark in test.pytestmark for row in mark.args[1])  # type: ignore[attr-defined]


def words() -> str:
    """Return all words, each source once."""
    blocks = {json.dumps(text)[:_SHOWN]: words_about(text) for text in texts()}
    blocks["# What doctor says."] = list(doctors_words())
    blocks["# What a sync does."] = [f"{action.name}: {action.value}" for action in SyncAction]
    blocks["# What is said of a run without a message."] = [UNSAID, CANCELLED]
    blocks["# What is said of Kaggle's refusals."] = list(kaggles_words())
    blocks["# What the guards of a push say."] = list(words_of_guards())
    blocks["# What adoption says of a notebook's metadata."] = list(adoptions_words())
    blocks["# What replaces a command of an older workflow."] = [
        f"{each.old} → {each.new}: {each.why}" for each in REPLACEMENTS
    ]
    blocks["# The codes of check."] = list(words_of_codes())
    blocks["# What percent text cannot hold."] = list(words_about_losses())
    blocks["# Names that are refused, and files that cannot be bundled."] = list(
        words_about_names()
    )
    blocks["# Files that are not what they should be."] = list(dict.fromkeys(words_about_files()))
    blocks["# What a run does not find."] = list(words_about_what_is_missing())
    blocks["# The git settings of a clone."] = [
        f"{key} = {value}" for key, value in settings_for("/venv/bin/python").items()
    ]
    blocks["# What init does, and the files that it makes."] = list(files_of_init())
    blocks["# New notebooks, and those that are refused."] = list(new_notebooks())
    return "\n".join(
        "\n".join([title, *(f"    {line}" for line in lines)]) + "\n"
        for title, lines in blocks.items()
        if lines
    )


def test_the_words_are_those_that_were_read() -> None:
    assert words().split("\n\n") == WORDS.read_text(encoding="utf-8").split("\n\n")


if __name__ == "__main__":
    WORDS.write_text(words(), encoding="utf-8")
