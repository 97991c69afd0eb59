"""Tests that ``nbship VERB NAME`` and ``doit VERB:NAME`` print the same lines and exit alike.

The tests use the list of verbs, so they cover a new verb without a change here.
"""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from nbship.frontends.commands import Verb
from nbship.frontends.verb_lists.daily import TASKS
from tests.support.workspace import (
    SCRIPT_HEADER,
    CommandResult,
    Local,
    Workspace,
    new_workspace,
    serving,
)

pytestmark = pytest.mark.unmeasured

VERBS = list(TASKS.values())
IDS = list(TASKS)
QUICK = SCRIPT_HEADER + "\n# %%\nprint(3)\n"
BROKEN = "# %%\n# /// script\n# [tool.nbship.kaggle]\n# idd = 1\n# ///\n"
# doit's own lines, and ours in place of its "-- "; the states of a run and its log, which depend on
# when one looks.
_NOT_OURS = re.compile(
    r"^(\.  |-- |!! |run  | +\| |note +\S+ (is (queued|running)|nothing to do for))"
)
_VARIES = re.compile(r"\d+(\.\d+)? (s|min)\b|\d{4}-\d\d-\d\d[T ]?[\d:-]*Z?")  # durations, dates
_GAP = re.compile(r" {2,}")  # between columns, whose width depends on durations


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Workspace]:
    """Return two equal workspaces: one for doit, one for the nbship command."""
    both = []
    for command in ("doit", "nbship"):
        lab = new_workspace(tmp_path_factory.mktemp(command) / "lab")
        lab.write("src_py/tiny.py", QUICK)
        lab.write("src_py/broken.py", BROKEN)
        lab.write("src_py/helper.py", "# %%\nprint('helper')\n")
        both.append(lab)
    return both[0], both[1]


@pytest.fixture(scope="module")
def servers(pair: tuple[Workspace, Workspace]) -> Iterator[tuple[Local, Local]]:
    """Run the local Kaggle of each workspace."""
    with serving(pair[0]) as one, serving(pair[1]) as other:
        yield one, other


def ours(result: CommandResult) -> CommandResult:
    """Return the output of a command without doit's own lines and without varying parts."""
    lines = [line for line in result.out.splitlines() if not _NOT_OURS.match(line)]
    out, err = (_VARIES.sub("TIME", text) for text in ("\n".join(lines), result.err))
    return replace(result, out=out, err=err)


def squeezed(result: CommandResult) -> CommandResult:
    """Return the output of a command without the widths of columns."""
    return replace(result, out=_GAP.sub("  ", result.out))


def both(
    pair: tuple[Workspace, Workspace], verb: Verb, name: str = "", options: tuple[str, ...] = ()
) -> CommandResult:
    """Run a verb both ways, check that the outputs are equal, and return the result."""
    lab, other = pair
    result = ours(lab.doit(f"{verb.name}:{name}" if name else verb.name, *options))
    command = other.inside(verb.name, *([name] if name else []), *options)
    assert squeezed(ours(command)) == squeezed(result)
    return result


def local_options(verb: Verb) -> tuple[str, ...]:
    """Return options with which a verb needs no account, asks nothing and no guard refuses."""
    known = [option.name for option in verb.options]
    target = ("-t", "local") if "target" in known else ()
    agrees = ("--yes",) if verb.name == "drop" else ()
    return (
        *target,
        *agrees,
        *(f"--{name.replace('_', '-')}" for name in known if name[:6] == "allow_"),
    )


@pytest.mark.usefixtures("servers")
def test_every_verb_in_turn(pair: tuple[Workspace, Workspace]) -> None:
    """In the order of the list, in which each has what it needs; and again what can be done."""
    for verb in VERBS:
        for _ in range(1 + (verb.made is not None)):
            result = both(pair, verb, "tiny" if verb.is_group else "", local_options(verb))
            if verb.is_group:
                assert (result.code, result.err) == (0, ""), verb.name


@pytest.mark.parametrize("verb", VERBS, ids=IDS)
def test_a_name_that_is_not_there(pair: tuple[Workspace, Workspace], verb: Verb) -> None:
    if verb.is_group:
        result = both(pair, verb, "tinny")
        assert result.err == f"{verb.name}: no notebook 'tinny'; did you mean 'tiny'?\n"
        assert (result.code, result.out) == (2, "")
        assert both(pair, verb, "x*").err == f"{verb.name}: no notebook matches 'x*'\n"


@pytest.mark.parametrize("verb", VERBS, ids=IDS)
def test_an_option_that_is_not_there(pair: tuple[Workspace, Workspace], verb: Verb) -> None:
    result = both(pair, verb, options=("--nonsense",))
    assert result.code == 2
    assert result.err.startswith(f"{verb.name}: no option --nonsense")


@pytest.mark.parametrize(
    ("verb", "option"),
    [(verb, option) for verb in VERBS for option in verb.options if option.kind is not bool],
    ids=lambda value: value.name,
)
def test_values_of_options(pair: tuple[Workspace, Workspace], verb: Verb, option: object) -> None:
    option = next(known for known in verb.options if known is option)
    name = "tiny" if verb.is_group else ""
    result = both(pair, verb, name, (f"--{option.long}",))
    assert (result.code, result.err) == (2, f"{verb.name}: option --{option.long} needs a value\n")
    if option.kind is not str:
        result = both(pair, verb, name, (f"--{option.long}", "x"))
        assert result.code == 2
        assert result.err.startswith(f"{verb.name}: --{option.long} 'x' is not a ")
    if option.name in {"target", "format"}:
        result = both(pair, verb, name, (f"--{option.long}", "nonsense"))
        assert (result.code, len(result.err.splitlines())) == (2, 1)


@pytest.mark.parametrize("verb", VERBS, ids=IDS)
def test_a_broken_notebook_and_a_broken_workspace(
    pair: tuple[Workspace, Workspace], verb: Verb
) -> None:
    result = both(pair, verb, "broken" if verb.is_group else "", local_options(verb))
    assert result.code in ({0} if verb.names in {"pairs", "several"} else {1, 4})
    for lab in pair:
        lab.write("pyproject.toml", "[tool.nbship]\ninput = 1\n")
    result = both(pair, verb)
    for lab in pair:
        lab.write("pyproject.toml", '[tool.nbship]\ninputs = "tests/inputs"\n')
    assert result.code == 2
    assert result.err.startswith("pyproject.toml: unknown key 'input'")


def test_several_rehearsals_end_with_a_table(pair: tuple[Workspace, Workspace]) -> None:
    """Also where one has passed before: --until runs it. In doit's worker processes, too."""
    for lab in pair:
        lab.write("src_py/fails.py", "# %%\n1 / 0\n")
    lab, other = pair
    names = ("fails", "helper")
    table = [
        r"notebook  verdict  rung     seconds  line",
        r"fails     failed   (sandbox|shim   ) +[\d.]+  src_py/fails.py:2",
        r"helper    passed   (sandbox|shim   ) +[\d.]+",
    ]
    for result in (
        lab.doit("-n2", "smoke:fails", "smoke:helper", "--until", "1"),
        other.inside("smoke", *names),
        other.inside("smoke", *names, "--until", "1"),
    ):
        assert result.code == 1
        lines = result.out.splitlines()
        shown = sorted(lines[lines.index("notebook  verdict  rung     seconds  line") :])
        assert len(shown) == len(table), shown
        assert all(map(re.fullmatch, sorted(table), shown)), shown
    for workspace in pair:
        (workspace.root / "src_py/fails.py").unlink()
        shutil.rmtree(workspace.root / "build/fails")


def test_a_failure_does_not_keep_the_others_from_being_built(
    pair: tuple[Workspace, Workspace],
) -> None:
    lab, other = pair
    tasks, names = ("build:broken", "build:helper"), ("broken", "helper")
    for more in ((), ("-c",)):
        for workspace in pair:
            (workspace.root / "build/helper/helper.ipynb").unlink(missing_ok=True)
        result = ours(lab.doit(*more, *tasks))
        assert ours(other.inside("build", *more, *names)) == result
        assert result.code == 1
        assert "build    helper" in result.out
        assert result.err.splitlines()[-1] == "build: 1 of 2 failed: broken"


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb.is_group], ids=lambda v: v.name)
def test_a_verb_goes_on_without_being_asked_only_if_it_sends_nothing_or_knows_what_fails(
    verb: Verb,
) -> None:
    """A ship leaves out what needs a kernel that has failed: the others can go on."""
    sends_nothing = all(option.name != "target" for option in verb.options)
    assert verb.goes_on is (sends_nothing or verb.together is not None)


def test_a_verb_that_sends_goes_on_only_if_it_is_asked(pair: tuple[Workspace, Workspace]) -> None:
    lab, other = pair
    tasks, names = ("push:broken", "push:helper"), ("broken", "helper")
    options = local_options(TASKS["push"])
    for more, failed in (((), 1), (("-c",), 2)):
        given = [word for task in tasks for word in (task, *options)]
        result = ours(lab.doit(*more, *given))
        assert ours(other.inside("push", *more, *options, *names)) == result
        assert ("helper is " in result.err) is (failed == 2)
        assert ("push: 2 of 2 failed: broken, helper" in result.err) is (failed == 2)


def test_a_notebook_with_a_bad_name_does_not_keep_the_others_from_being_built(
    pair: tuple[Workspace, Workspace],
) -> None:
    path = "src_py/My analysis (final).py"
    for workspace in pair:
        workspace.write(path, "# %%\nprint(1)\n")
        (workspace.root / "build/helper/helper.ipynb").unlink(missing_ok=True)
    try:
        result = both(pair, TASKS["build"])
        assert result.code == 1
        assert "build    helper" in result.out
        assert f"{path}: this name may only have letters" in result.err
        assert re.search(r"build: 2 of \d failed: .*", result.err.splitlines()[-1])
        result = both(pair, TASKS["check"])
        assert f"{path}:1:1: file-name this name may only have" in result.out
        assert both(pair, TASKS["build"], "helper").code == 0
        assert both(pair, TASKS["push"], options=local_options(TASKS["push"])).code == 1
    finally:
        for workspace in pair:
            (workspace.root / path).unlink()


def test_a_module_is_called_one(pair: tuple[Workspace, Workspace]) -> None:
    for workspace in pair:
        workspace.write("src_py/script.py", "print(1)\n")
    for verb in (verb for verb in VERBS if verb.is_group):
        result = both(pair, verb, "script")
        assert result.code == 2
        assert result.err.startswith(
            f"{verb.name}: src_py/script.py is a module, not a notebook: it has no '# %%' line\n"
        )


def test_what_is_no_kernel_is_explained(pair: tuple[Workspace, Workspace]) -> None:
    for verb in VERBS:
        if verb.names == "kernels":
            result = both(pair, verb, "helper", local_options(verb))
            assert result.code == 1
            assert "src_py/helper.py: helper is " in result.err


def test_all_are_meant_without_a_name(pair: tuple[Workspace, Workspace]) -> None:
    for workspace in pair:
        (workspace.root / "src_py/broken.py").rename(workspace.root / "kept")
    try:
        assert both(pair, TASKS["build"]).code == 0
        assert both(pair, TASKS["check"]).out == "check    all  2 notebooks are valid"
    finally:
        for workspace in pair:
            (workspace.root / "kept").rename(workspace.root / "src_py/broken.py")


def test_a_misspelt_verb(pair: tuple[Workspace, Workspace]) -> None:
    lab, other = pair
    assert lab.doit("biuld").err == "no task 'biuld'; did you mean 'build'?\n"
    for word, message in {
        "biuld": "no command 'biuld'; did you mean 'build'?",
        "biuld:tiny": "no command 'biuld:tiny'; did you mean 'build'?",
        "build:tiny": "no command 'build:tiny'; write 'build tiny'",
    }.items():
        result = other.inside(word)
        assert (result.code, result.err) == (2, f"nbship: {message}\n")


@pytest.mark.parametrize("verb", VERBS, ids=IDS)
def test_help_has_examples(pair: tuple[Workspace, Workspace], verb: Verb) -> None:
    result = pair[1].inside(verb.name, "--help")
    assert result.code == 0
    for command, _ in verb.examples:
        assert command in result.out
    of_doit = pair[0].doit("help", verb.name).out
    for option in verb.options:
        assert f"--{option.long}" in result.out
        assert f"--{option.long}" in of_doit


def test_any_folder_of_the_workspace_will_do(pair: tuple[Workspace, Workspace]) -> None:
    below = Workspace(Path(pair[1].root / "src_py"))
    assert below.inside("build", "tiny").code == 0
    assert below.inside("check", "tiny.py").out == "check    src_py/tiny.py  is valid\n"
    assert below.inside("check", "tiny").out == "check    src_py/tiny.py  is valid\n"
    result = below.inside("check", "nothere.py")
    assert result.code == 2
    assert result.err.startswith("check: no file or notebook 'nothere.py'")
