"""Tests of the options and names of a command line."""

import errno
import os
from pathlib import Path

import pytest

from nbship import cli
from nbship.edges.workspace import artifacts
from nbship.errors import SourceError, WorkspaceError
from nbship.frontends.commands import (
    Option,
    Verb,
    left_out,
    names_for,
    no_such_option,
    read_options,
    remark_on_all,
)
from nbship.frontends.console import Console
from nbship.frontends.session import Session
from nbship.frontends.verb_lists.all_verbs import VERBS

VERB = Verb(
    "watch",
    "watch it",
    lambda *_: None,
    names="kernels",
    options=(
        Option("wait", "wait"),
        Option("target", "where", str, "main", short="t"),
        Option("version", "which", int, least=1),
        Option("lag", "how late", float, "2", least=0, most=10),
    ),
)

BUILD = next(verb for verb in VERBS if verb.name == "build")


def test_options_that_are_not_given_have_their_defaults() -> None:
    expected = {"wait": False, "target": "main", "version": None, "lag": 2.0}
    assert read_options(VERB, {}) == expected


def test_a_text_becomes_what_the_option_is() -> None:
    given = {"wait": True, "target": "local", "version": "3", "lag": "0.5"}
    assert read_options(VERB, given) == {
        "wait": True, "target": "local", "version": 3, "lag": 0.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"version": "x"}, "watch: --version 'x' is not a whole number"),
        ({"version": "1.5"}, "watch: --version '1.5' is not a whole number"),
        ({"version": "0"}, "watch: --version '0' is less than 1"),
        ({"lag": "x"}, "watch: --lag 'x' is not a number"),
        ({"lag": "11"}, "watch: --lag '11' is more than 10"),
        ({"lag": "nan"}, "watch: --lag 'nan' is less than 0"),
    ],
)
def test_a_text_that_does_not_fit_is_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(WorkspaceError) as caught:
        read_options(VERB, given)
    assert str(caught.value) == message


def test_an_unknown_option_names_the_nearest() -> None:
    assert str(no_such_option(VERB, "--vresion")) == (
        "watch: no option --vresion; did you mean '--version'?"
    )


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """Return a session in a workspace with two kernels and a helper."""
    (tmp_path / "src_py").mkdir()
    for name in ("one", "two"):
        header = f'# %%\n# /// script\n# [tool.nbship.kaggle]\n# id = "awa/{name}-x"\n# ///\n'
        (tmp_path / f"src_py/{name}.py").write_text(header)
    (tmp_path / "src_py/helper.py").write_text("# %%\nx = 1\n")
    monkeypatch.chdir(tmp_path)
    return Session(Console())


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((), ("one", "two")),
        (("two", "one"), ("two", "one")),
        (("t*",), ("two",)),
        (("*e*", "two", "one"), ("one", "two")),
        (("helper",), ("helper",)),  # the verb itself explains why it does nothing
    ],
)
def test_names_and_patterns(
    session: Session, words: tuple[str, ...], names: tuple[str, ...]
) -> None:
    assert names_for(VERB, session, words) == names


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("tow",), "watch: no notebook 'tow'; did you mean 'two'?"),
        (("one", "z*"), "watch: no notebook matches 'z*'"),
        (("h*",), "watch: no notebook matches 'h*'"),  # a pattern matches kernels only
    ],
)
def test_a_name_that_is_not_there_is_refused(
    session: Session, words: tuple[str, ...], message: str
) -> None:
    with pytest.raises(WorkspaceError) as caught:
        names_for(VERB, session, words)
    assert str(caught.value) == message


def test_a_source_that_cannot_be_read_stops_no_other(session: Session) -> None:
    Path("src_py/odd.py").mkdir()
    assert names_for(VERB, session, ()) == ("one", "two")
    assert list(left_out(BUILD, session, ())) == ["src_py/odd.py"]
    assert left_out(BUILD, session, ("one",)) == {}
    for words in (("odd",), ("src_py/odd.py",)):
        with pytest.raises(SourceError, match="cannot be read: it is a folder"):
            names_for(VERB, session, words)
    with pytest.raises(SourceError, match="cannot be read: it is a folder"):
        left_out(VERB, session, ())  # this verb does not go on after a failure


def test_an_artifact_is_named_whose_source_is_gone_but_not_where_it_may_be_there(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("d/gone", "d/pipe"):
        manifest = session.workspace.path(session.workspace.layout.manifest(name))
        manifest.parent.mkdir(parents=True, exist_ok=True)
        manifest.write_text("{}")
        session.workspace.path(session.workspace.layout.artifact(name)).mkdir(parents=True)
    Path("src_py/d").mkdir()
    os.mkfifo("src_py/d/pipe.py")
    remark_on_all(BUILD, session)
    remark_on_all(VERB, session)
    assert capsys.readouterr().out == (
        "note     the source is gone: build/d/gone; 'doit clean build' removes this, and all other "
        "artifacts\n"
    )
    for closed in ("src_py", "src_py/d"):  # a folder that nobody may read
        assert list(artifacts.stale_folders(session.workspace, (), (closed,))) == []


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("src_py/helper.py", "no notebook 'src_py/helper.py'; did you mean 'helper'?"),
        ("notebooks/one.ipynb", "no notebook 'notebooks/one.ipynb'; did you mean 'one'?"),
        ("helper.py", "no notebook 'helper.py'; did you mean 'helper'?"),
        ("words", "src_py/words.py is a module, not a notebook: it has no '# %%' line"),
        ("src_py/words.py", "src_py/words.py is a module, not a notebook: it has no '# %%' line"),
        ("sums", "src_py/sums.R is no notebook: it has no '# %%' line"),
        ("a draft", "notebooks/a draft.ipynb has no source yet"),
        ("notebooks/a draft.ipynb", "notebooks/a draft.ipynb has no source yet"),
        ("src_py/low.r", "no notebook 'src_py/low.r'; did you mean 'low'?"),
        ("../one", "no notebook '../one'; known: helper, low, one, two"),
        ("forgotten", "no notebook 'forgotten'; known: helper, low, one, two"),
    ],
)
def test_a_word_that_names_no_notebook_is_told_for_what_it_is(
    session: Session, word: str, message: str
) -> None:
    for path in ("src_py/words.py", "src_py/sums.R", "notebooks/a draft.ipynb", "notebooks/x"):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_text("x = 1\n")
    Path("src_py/low.r").write_text("# %%\nx <- 1\n")
    Path(".nbship/sync").mkdir(parents=True)
    Path(".nbship/sync/forgotten.json").write_text("{}")
    with pytest.raises(WorkspaceError) as caught:
        names_for(BUILD, session, (word,))
    assert str(caught.value) == f"build: {message}"
    if "a draft" in word:
        assert caught.value.hint == "Let a sync write it: doit 'sync:a draft'"


def test_a_working_folder_that_was_removed_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with pytest.raises(WorkspaceError, match="the working folder does not exist any more"):
        _ = Session(Console()).workspace


@pytest.mark.parametrize("error", [EOFError, BrokenPipeError(errno.EPIPE, "broken")])
def test_an_error_of_ours_is_not_taken_for_the_end_of_the_input_or_output(
    error: Exception | type[Exception],
) -> None:
    """Click itself would print "interrupted", or end without a word."""

    def fail(*_: object) -> None:
        raise error

    command = cli._command(Verb("fail", "fail", fail))  # noqa: SLF001 - main has no other verbs
    act = command.main([], standalone_mode=False)
    with pytest.raises(type(error) if isinstance(error, Exception) else error):
        act(Console())


def test_every_verb_has_examples_and_distinct_options() -> None:
    for verb in VERBS:
        assert verb.examples, verb.name
        longs = [option.long for option in verb.options]
        assert len(set(longs)) == len(longs), verb.name


def test_a_name_may_be_short_where_it_is_unique(session: Session, tmp_path: Path) -> None:
    for name in ("deep/one", "deep/three", "low/tts", "high/tts"):
        file = tmp_path / f"src_py/{name}.py"
        file.parent.mkdir(exist_ok=True)
        file.write_text("# %%\nx = 1\n")
    assert names_for(BUILD, session, ["three", "one", "low/tts"]) == (
        "deep/three",
        "one",
        "low/tts",
    )
    with pytest.raises(WorkspaceError) as caught:
        names_for(BUILD, session, ["tts"])
    assert str(caught.value) == "build: 'tts' may be high/tts, low/tts"
    assert caught.value.hint == "Write the whole name."
    assert caught.value.exit_code == 2


def test_a_source_of_this_name_that_is_left_out_is_told_and_no_other_is_taken(
    session: Session, tmp_path: Path
) -> None:
    for path in ("deep/fit.py", "A.py", "a.py", "deep/a.py"):
        file = tmp_path / "src_py" / path
        file.parent.mkdir(exist_ok=True)
        file.write_text("# %%\nx = 1\n")
    assert names_for(BUILD, session, ["fit"]) == ("deep/fit",)
    with pytest.raises(SourceError, match="differs from 'A' only by case"):
        names_for(BUILD, session, ["a"])
