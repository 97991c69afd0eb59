"""Completion: the script of each shell, and the words that it asks nbship for."""

import subprocess
import sys
from pathlib import Path

from tests.support.workspace import CommandResult, Workspace


def completed(lab: Workspace, line: str) -> CommandResult:
    """Complete the last word of a line."""
    count = str(len(line.split(" ")) - 1)
    return lab.nbship(_NBSHIP_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=count)


LINES: dict[str, set[str]] = {
    "nbship smo": {"smoke"},
    "nbship smoke ti": {"tiny"},
    "nbship sync x": set(),
    "nbship check t": {"tiny", "t"},  # the shell completes paths that begin with "t"
    "nbship completion z": {"zsh"},
    "nbship new t": set(),
    "nbship push -t ": {"main", "dev", "local"},
    "nbship smoke --verb": {"--verbose"},
    "nbship watch --only ": set(),
    "nbship nothing t": set(),
}


def test_a_shell_completes_commands_options_and_names(lab: Workspace) -> None:
    for line, words in LINES.items():
        result = completed(lab, line)
        found = {item.partition(",")[2] for item in result.out.split()}
        assert (found, result.err) == (words, ""), line


def test_a_folder_that_is_no_workspace_completes_nothing_in_silence(tmp_path: Path) -> None:
    result = completed(Workspace(tmp_path), "nbship smoke t")
    assert (result.code, result.all.strip()) == (0, "")


def test_each_shell_has_its_script(lab: Workspace) -> None:
    for shell in ("bash", "zsh", "fish"):
        script = lab.inside("completion", shell)
        assert script.code == 0
        assert f"_NBSHIP_COMPLETE={shell}_complete" in script.out
        if shell == "bash":
            subprocess.run(["bash", "-n"], input=script.out, text=True, check=True)
    wrong = lab.inside("completion", "tcsh")
    assert (wrong.code, wrong.err) == (
        2, "completion: no script for 'tcsh'; known: bash, fish, zsh\n"
    )  # fmt: skip


def test_a_check_in_a_pipe_imports_nothing_for_a_terminal(lab: Workspace) -> None:
    code = (
        "import sys, atexit; sys.argv = ['nbship', 'check']; from nbship.cli import main\n"
        "atexit.register(lambda: print(*sys.modules, sep='\\n')); main()"
    )
    result = lab.run(sys.executable, "-c", code)
    assert result.code == 0
    loaded = set(result.out.splitlines())
    assert "nbship.verbs.check" in loaded
    heavy = {"rich", "tqdm", "nbship.frontends.terminal.live_line", "click.shell_completion"}
    assert not loaded & heavy


def test_quiet_and_verbose_exclude_each_other(lab: Workspace) -> None:
    result = lab.inside("check", "-q", "-v")
    assert (result.code, result.err) == (2, "check: --quiet and --verbose exclude each other\n")
    wrong = lab.inside("check", NBSHIP_OUTPUT="loud")
    assert wrong.code == 2
    assert wrong.err == "NBSHIP_OUTPUT is 'loud'; known: normal, quiet, verbose\n"
