"""Each guard refuses a push for its own reason, and only its own flag overrides it."""

from itertools import combinations, product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbship.core.push.guards import GUARDS, push_options, refuse_unknown_guards
from nbship.errors import WorkspaceError
from nbship.model.git import GitState
from nbship.model.push import PushOptions
from nbship.model.target import BUILT_IN, GuardMode, Target
from tests.support.plans import APART, VIOLATIONS, ask, facts, violated

BOOLS = (False, True)
NAMES = [guard.name for guard in GUARDS]
FLAG_OF = {guard.name: guard.flag for guard in GUARDS}


def test_every_guard_has_facts_under_which_it_objects() -> None:
    assert list(VIOLATIONS) == NAMES


@given(
    st.sets(st.sampled_from(NAMES)),
    st.sets(st.sampled_from(NAMES)),
    st.dictionaries(st.sampled_from(NAMES), st.sampled_from(get_args(GuardMode))),
)
def test_every_violated_guard_refuses_unless_its_own_flag_is_given(
    broken: set[str], flags: set[str], modes: dict[str, GuardMode]
) -> None:
    """All combinations of guards, of overrides, and of what the target makes of them."""
    if any(pair <= broken for pair in APART):
        broken.discard("ahead")
    overrides = tuple(FLAG_OF[name] for name in NAMES if name in flags)
    target = Target("lab", guards=modes)
    standing, notices = ask(violated(broken, target), PushOptions(overrides))
    asked = [name for name in NAMES if name in broken and modes.get(name) != "skip"]
    refused = [n for n in asked if n not in flags and modes.get(n, "refuse") == "refuse"]
    assert [refusal.guard.name for refusal in standing] == refused
    assert len(notices) == len(asked) - len(refused)
    for name in set(asked) & flags:
        assert any(notice.endswith(f"(overridden by {FLAG_OF[name]})") for notice in notices)


@pytest.mark.parametrize("pair", list(combinations(NAMES, 2)))
def test_each_pair_of_guards_is_told_in_one_refusal(pair: tuple[str, str]) -> None:
    broken = set(pair)
    if broken in APART:
        return
    for flags in product(BOOLS, repeat=2):
        given = tuple(FLAG_OF[name] for name, yes in zip(pair, flags, strict=True) if yes)
        standing, notices = ask(violated(pair), PushOptions(given))
        left = {name for name, yes in zip(pair, flags, strict=True) if not yes}
        assert {refusal.guard.name for refusal in standing} == left
        assert len(notices) == 2 - len(left)
        assert all(refusal.objection.hint for refusal in standing)


# What each guard does on the targets of every workspace: r refuses, w warns, - is not asked.
MODES_OF = {
    "main": "rrrrrrrrrrrr",
    "dev": "rrw-rww-rwwr",
    "local": "ww--wrw-r---",
}


@pytest.mark.parametrize("target", BUILT_IN)
def test_the_targets_of_every_workspace_have_these_guards(target: str) -> None:
    letters = {"refuse": "r", "warn": "w", "skip": "-"}
    modes = "".join(letters[guard.mode(BUILT_IN[target])] for guard in GUARDS)
    assert modes == MODES_OF[target]


def test_what_was_overridden_is_still_told() -> None:
    dirty = GitState("c", ("a",))
    assert ask(facts(git=dirty), PushOptions(("--allow-dirty",))) == (
        (),
        ("not committed: a (overridden by --allow-dirty)",),
    )
    assert ask(facts(git=dirty, target="local"), PushOptions()) == (
        (),
        ("not committed: a (allowed on the local target)",),
    )


def test_only_the_guards_given_are_asked() -> None:
    assert ask(facts(smoked=None), PushOptions(), guards=()) == ((), ())


def test_each_guard_has_words_of_its_own() -> None:
    for words in ("name", "flag", "help", "refuses"):
        assert len({getattr(guard, words) for guard in GUARDS}) == len(GUARDS)
    assert all(guard.flag.startswith("--allow-") for guard in GUARDS)
    assert all(guard.help.endswith(" (recorded)") for guard in GUARDS)
    assert GUARDS[0].option == "allow_dirty"


@pytest.mark.parametrize("name", [guard.name for guard in GUARDS])
def test_a_target_may_soften_any_guard_and_softens_no_other(name: str) -> None:
    soft = Target("soft", guards={name: "warn"})
    firm = Target("firm", guards={name: "refuse"})
    assert [guard.name for guard in GUARDS if guard.mode(soft) == "warn"] == [name]
    assert {guard.mode(firm) for guard in GUARDS} == {"refuse"}
    refuse_unknown_guards(soft)
    refuse_unknown_guards(firm)


def test_a_guard_that_does_not_exist_is_refused_with_the_nearest() -> None:
    target = Target("dev", guards={"smoked": "warn", "clean-tre": "warn"})
    with pytest.raises(WorkspaceError) as caught:
        refuse_unknown_guards(target)
    assert str(caught.value) == (
        "pyproject.toml: unknown guard 'clean-tre' in [tool.nbship.targets.dev]"
        "; did you mean 'clean-tree'?"
    )


@pytest.mark.parametrize("given", list(product(BOOLS, repeat=len(GUARDS)))[::97])
def test_the_flags_become_overrides_in_the_order_of_the_guards(given: tuple[bool, ...]) -> None:
    flags = {guard.option: yes for guard, yes in zip(GUARDS, given, strict=True)}
    expected = tuple(flag for flag, yes in zip(FLAG_OF.values(), given, strict=True) if yes)
    assert push_options({**flags, "other": True}) == PushOptions(expected)


def test_waiting_and_saving_alone_are_asked_for_by_name() -> None:
    assert push_options({}) == PushOptions((), wait=False, no_run=False)
    assert push_options({}, wait=True) == PushOptions((), wait=True, no_run=False)
    assert push_options({}, no_run=True) == PushOptions((), wait=False, no_run=True)
