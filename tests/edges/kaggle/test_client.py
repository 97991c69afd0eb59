"""The list of a run's outputs, from a server that sends wrong and endless pages."""

from dataclasses import replace

import pytest

from nbship.edges.kaggle.client import Kaggle
from nbship.edges.kaggle.session import AnswerLimits
from nbship.errors import KaggleError
from nbship.model.run import OutputFile
from tests.support.scripted_server import ScriptedServer, reply, steps
from tests.support.servers import KERNEL, check_words


def test_outputs_are_all_pages_and_the_first_log(scripted: ScriptedServer, kaggle: Kaggle) -> None:
    scripted.script = steps(
        reply({"files": [{"fileName": "a/b.txt", "url": "u1"}], "log": "[]", "nextPageToken": "2"}),
        reply({"files": [{"fileName": "c", "url": "u2"}], "log": "other"}),
    )
    outputs = kaggle.outputs(KERNEL, 2)
    assert outputs.files == (OutputFile("a/b.txt", "u1"), OutputFile("c", "u2"))
    assert outputs.log == "[]"
    assert [seen.json.get("pageToken") for seen in scripted.seen] == [None, "2"]


def test_a_list_of_outputs_without_end_is_given_up(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    kaggle = Kaggle(replace(kaggle.server, limits=AnswerLimits(pages=3)))
    scripted.script = lambda _: reply({"files": [], "nextPageToken": str(len(scripted.seen))})
    with pytest.raises(KaggleError, match="does not terminate") as error:
        kaggle.outputs(KERNEL, 2)
    check_words(error)
    assert len(scripted.seen) == 3


def test_pages_that_go_round_in_a_circle_are_given_up(
    scripted: ScriptedServer, kaggle: Kaggle
) -> None:
    scripted.script = lambda _: reply({"files": [], "nextPageToken": "again"})
    with pytest.raises(KaggleError, match="does not terminate"):
        kaggle.outputs(KERNEL, 2)
    assert len(scripted.seen) == 2


def test_of_too_many_outputs_the_first_are_enough(scripted: ScriptedServer, kaggle: Kaggle) -> None:
    page = [{"fileName": f"{number}", "url": "u"} for number in range(6000)]
    scripted.script = lambda _: reply({"files": page, "nextPageToken": str(len(scripted.seen))})
    assert len(kaggle.outputs(KERNEL, 2).files) == 12_000
    assert len(scripted.seen) == 2


@pytest.mark.parametrize(
    "answer",
    [
        {"files": [None]},
        {"files": ["a"]},
        {"files": "abc"},
        {"files": 5},
        {"files": [{"url": "u"}]},
        {"files": [{"fileName": ["a"], "url": "u"}]},
        {"files": [{"fileName": "a", "url": 5}]},
        {"files": [{"fileName": "a"}]},
        {"files": [], "log": ["x"]},
        {"files": [], "log": {"x": 1}},
    ],
)
def test_a_list_of_outputs_of_another_shape_makes_no_sense(
    scripted: ScriptedServer, kaggle: Kaggle, answer: object
) -> None:
    scripted.script = lambda _: reply(answer)
    with pytest.raises(KaggleError, match="makes no sense") as error:
        kaggle.outputs(KERNEL, 2)
    check_words(error)
