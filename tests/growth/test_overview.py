"""The work of status and runs grows with the notebooks, the pushes and the numbers, not faster."""

import json
from dataclasses import replace

from nbship.core.artifact.manifest import Manifest
from nbship.core.artifact.outdated import Reason, facts_of
from nbship.core.overview.metrics import read_metrics
from nbship.core.overview.run_text import diff_text, list_text
from nbship.core.overview.runs import find_run, runs_of
from nbship.core.overview.status import Gathered, standings
from nbship.core.overview.status_text import as_json, table
from nbship.core.push.record import fold_journal, record_line
from nbship.core.workspace.catalogue import catalogue_of
from nbship.model.push import Record
from nbship.model.workspace import Entry
from tests.support.growth import is_linear, steps
from tests.unit.push.test_record import RECORD

SIZE = 100


def pushes(count: int) -> list[Record]:
    return [
        replace(
            RECORD, id=f"{number:012x}", name=f"n{number}", kernel=f"awa/n{number}", version=1,
            state="complete", metadata={"kernel_sources": [f"awa/n{number - 1}"]},
        )
        for number in range(count)
    ]  # fmt: skip


def test_the_status_of_a_chain_of_notebooks() -> None:
    facts = facts_of(Manifest("b", {"a": "1"}, (), {"a": "2"}, {}, (), "r"))

    def work(count: int) -> int:
        catalogue = catalogue_of(
            Entry(f"n{number}", f"src_py/n{number}.py", f"awa/n{number}", (f"awa/n{number - 1}",))
            for number in range(count)
        )
        gathered = {name: Gathered((), facts) for name in catalogue}
        gathered["n0"] = Gathered((Reason("source", "x"),), facts)
        known = pushes(count)

        def status() -> None:
            found = standings(catalogue, gathered, known)
            list(table(found, 0.0))
            as_json(found, {}, None)

        return steps(status)

    assert is_linear(work, SIZE)


def test_a_journal_and_the_list_of_its_runs() -> None:
    def work(count: int) -> int:
        lines = [record_line(record) for record in pushes(count)] * 2

        def runs() -> None:
            known = fold_journal(lines)
            list(list_text(runs_of(known)))
            find_run(known, "n1-v1")

        return steps(runs)

    assert is_linear(work, SIZE)


def test_the_numbers_of_two_runs() -> None:
    def work(count: int) -> int:
        data = json.dumps({"a": {f"n{number}": number for number in range(count)}}).encode()

        def compare() -> None:
            found = read_metrics(data)
            list(diff_text((RECORD, RECORD), (found, found)))

        return steps(compare)

    assert is_linear(work, SIZE)
