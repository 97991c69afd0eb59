"""What Kaggle tells of a dataset: whether it can be used, and its latest version."""

import pytest

from nbship.edges.kaggle.client import Kaggle
from nbship.errors import KaggleError
from nbship.model.run import DatasetState
from tests.support.client import QuickClock, connect
from tests.support.scripted_server import Answer, ScriptedServer, refusal, reply, steps
from tests.support.servers import check_words

NAMED = {"ownerSlug": "awa", "datasetSlug": "voices"}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ({"status": "READY"}, "ready"),
        ({"status": "ready"}, "ready"),
        ({"status": "BLOBS_RECEIVED"}, "processing"),
        ({"status": "INDIVIDUAL_BLOBS_COMPRESSED"}, "processing"),
        ({}, "processing"),  # the default of the field, which Kaggle leaves out
        ({"status": "REPROCESSING"}, "reprocessing"),
        ({"status": "FAILED"}, "failed"),
        ({"status": "DELETED"}, "deleted"),
    ],
)
def test_a_dataset_has_a_state(
    scripted: ScriptedServer, kaggle: Kaggle, answer: object, state: DatasetState
) -> None:
    scripted.script = lambda _: reply(answer)
    assert kaggle.dataset_state("awa/voices/3") == state
    [seen] = scripted.seen
    assert (seen.call, seen.json) == ("GetDatasetStatus", NAMED)


def test_a_dataset_has_a_latest_version(scripted: ScriptedServer, kaggle: Kaggle) -> None:
    scripted.script = steps(reply({"currentVersionNumber": 7}), reply({"title": "Voices"}))
    assert kaggle.dataset_version("awa/voices") == 7
    assert kaggle.dataset_version("awa/voices") is None  # the answer does not have it
    assert [(seen.call, seen.json) for seen in scripted.seen] == [("GetDataset", NAMED)] * 2


@pytest.mark.parametrize("answer", [refusal(403, "denied"), refusal(404, "gone")])
def test_what_kaggle_does_not_tell_is_not_known(
    scripted: ScriptedServer, kaggle: Kaggle, answer: Answer
) -> None:
    scripted.script = lambda _: answer
    assert kaggle.dataset_state("awa/voices") is None
    assert kaggle.dataset_version("awa/voices") is None


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "EXPLODED", "currentVersionNumber": "7"},
        {"status": 1, "currentVersionNumber": [7]},
        {"status": [], "currentVersionNumber": True},
        {"status": {}, "currentVersionNumber": -1},
    ],
)
def test_another_answer_makes_no_sense(
    scripted: ScriptedServer, kaggle: Kaggle, answer: object
) -> None:
    scripted.script = lambda _: reply(answer)
    for ask in (kaggle.dataset_state, kaggle.dataset_version):
        with pytest.raises(KaggleError, match="makes no sense") as error:
            ask("awa/voices")
        check_words(error)


def test_a_question_about_a_dataset_is_repeated(scripted: ScriptedServer) -> None:
    scripted.script = steps(refusal(500, "oh"), reply({"status": "READY"}))
    assert connect(scripted.url, clock=QuickClock()).dataset_state("awa/voices") == "ready"
    assert len(scripted.seen) == 2
