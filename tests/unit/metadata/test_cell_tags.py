"""The tags for rehearsals: which leave a cell out, which limit its time, which are wrong."""

import pytest

from nbship.core.metadata.cell_tags import (
    Service,
    TagFault,
    left_out_by,
    service_of,
    tag_faults,
    timeout_of,
)
from nbship.model.spec import ColabSpec, KaggleSpec, Spec

SERVICES: tuple[Service, ...] = ("kaggle", "colab", "")


@pytest.mark.parametrize(
    ("tags", "leaves_out"),
    [
        ([], ["", "", ""]),
        (["parameters", "smoke"], ["", "", ""]),
        (["skip-smoke"], ["skip-smoke"] * 3),
        (["only-kaggle"], ["", "only-kaggle", "only-kaggle"]),
        (["only-colab"], ["only-colab", "", "only-colab"]),
        (["only-kaggle", "only-colab"], ["only-colab", "only-kaggle", "only-kaggle"]),
        (["only-kaggle", "skip-smoke"], ["skip-smoke"] * 3),
    ],
)
def test_which_tag_leaves_a_cell_out_where(tags: list[str], leaves_out: list[str]) -> None:
    assert [left_out_by(tags, service) for service in SERVICES] == leaves_out


@pytest.mark.parametrize(
    ("tags", "limit"),
    [
        ([], None),
        (["timeout"], None),
        (["timeout=30"], 30),
        (["timeout=1.5", "timeout=20", "timeout=x"], 1.5),
        (["timeout=0.5", "timeout=1"], 0.5),
        (["timeout=0", "timeout=-1", "timeout=nan", "timeout=inf", "timeout="], None),
    ],
)
def test_the_shortest_timeout_that_is_a_number_counts(tags: list[str], limit: float | None) -> None:
    assert timeout_of(tags) == limit


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("skip-smoke", ""),
        ("only-kaggle", ""),
        ("timeout=30", ""),
        ("timeout", ""),
        ("parameters", ""),
        ("smoke", ""),
        ("kaggle", ""),
        ("only", ""),
        ("skip_smoke", "unknown tag 'skip_smoke'; did you mean 'skip-smoke'?"),
        ("Skip Smoke", "unknown tag 'Skip Smoke'; did you mean 'skip-smoke'?"),
        ("skip-smok", "unknown tag 'skip-smok'; did you mean 'skip-smoke'?"),
        ("skip_smo", "unknown tag 'skip_smo'; did you mean 'skip-smoke'?"),
        ("skip smo", "unknown tag 'skip smo'; did you mean 'skip-smoke'?"),
        ("only-kagle", "unknown tag 'only-kagle'; did you mean 'only-kaggle'?"),
        ("onlycolab", "unknown tag 'onlycolab'; did you mean 'only-colab'?"),
        ("timeout=30s", "tag 'timeout=30s' has no number of seconds: it limits nothing"),
        ("timeout=0", "tag 'timeout=0' has no number of seconds: it limits nothing"),
    ],
)
def test_a_tag_is_named_only_where_it_is_certainly_wrong(tag: str, message: str) -> None:
    faults = list(tag_faults(["raises-exception", tag], is_script=False))
    hint = "Write it like this: timeout=30" if tag.startswith("timeout=") else ""
    assert faults == ([TagFault(tag, message, hint)] if message else [])


def test_in_a_script_each_tag_of_rehearsals_does_nothing() -> None:
    tags = ["skip-smoke", "only-colab", "timeout=3", "parameters"]
    faults = list(tag_faults(tags, is_script=True))
    assert faults == [
        TagFault(tag, f"tag {tag!r} does nothing here: a script runs as a whole", "Remove it.")
        for tag in tags[:3]
    ]


def test_where_a_notebook_runs_follows_from_its_tables() -> None:
    kaggle, colab = KaggleSpec("awa/a", "A title"), ColabSpec()
    specs = (Spec(kaggle=kaggle), Spec(colab=colab), Spec())
    assert tuple(map(service_of, specs)) == SERVICES
