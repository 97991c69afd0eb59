"""Tags of cells that are to change a rehearsal, and do not."""

from tests.support.checked import KAGGLE, PATH, check, found, notebook


def test_the_finding_is_at_the_tag_in_the_marker() -> None:
    text = notebook('# %% [markdown] tags=["skip_smoke"]\n# x', '# %% tags=["a", "only-kagle"]\n1')
    (finding,) = check(text)
    line = text.split("\n").index('# %% tags=["a", "only-kagle"]') + 1
    assert str(finding.place) == f"{PATH}:{line}:18"
    assert finding.message == "unknown tag 'only-kagle'; did you mean 'only-kaggle'?"
    assert finding.hints == ()


def test_a_script_has_no_cells_to_leave_out() -> None:
    text = notebook('# %% tags=["skip-smoke"]\nx = 1', toml=KAGGLE + '\nkernel_type = "script"')
    (finding,) = check(text)
    assert (finding.code, finding.hints) == ("cell-tag", ("Remove it.",))


def test_the_tags_of_a_notebook_are_those_of_its_rehearsal() -> None:
    cells = [f'# %% tags=["{tag}"]\nx = 1' for tag in ("skip-smoke", "only-colab", "timeout=30")]
    assert check(notebook(*cells)) == ()


def test_a_tag_that_the_marker_spells_with_escapes_is_found_at_the_marker() -> None:
    text = notebook('# %% tags=["skip\\u005fsmoke"]\nx = 1')
    (finding,) = check(text)
    line = text.split("\n").index('# %% tags=["skip\\u005fsmoke"]') + 1
    assert str(finding.place) == f"{PATH}:{line}:3"
    assert finding.message == "unknown tag 'skip_smoke'; did you mean 'skip-smoke'?"


def test_a_comment_above_the_marker_allows_it() -> None:
    text = notebook('# nbship: allow cell-tag\n# %% tags=["timeout=x"]\nx = 1')
    assert found(text) == []
