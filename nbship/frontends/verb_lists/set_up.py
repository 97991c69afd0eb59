"""The verbs that are commands of nbship only: they make a workspace, serve one, or tell of runs."""

from typing import TYPE_CHECKING

from nbship.frontends.commands import Option, Options, Verb
from nbship.frontends.session import Session
from nbship.frontends.verb_lists.kernels import JSON, TARGET

if TYPE_CHECKING:
    from nbship.model.workspace import Meaning

_TOPIC_WIDTH = 14  # the length of ".gitattributes", the longest topic of the doctor


def _init(session: Session, _: str, options: Options) -> None:
    from pathlib import Path

    from nbship.core.scaffold.new_workspace import Extras
    from nbship.errors import WorkspaceError
    from nbship.frontends.output.init import run_init

    if options["ci"] not in {"", "github"}:
        raise WorkspaceError(f"init: --ci must be github, not {options['ci']!r}")
    extras = Extras(agents=options["agents"], workflow=bool(options["ci"]))
    run_init(session.console, Path.cwd(), extras, is_dry=options["dry_run"])


def _adopt(session: Session, _: str, options: Options) -> None:
    from pathlib import Path

    from nbship.edges.workspace.root import find_root
    from nbship.frontends.output.adopt import run_adopt

    here = Path.cwd().resolve()
    run_adopt(session.console, find_root(here) or here, options["paths"], options)


def _pull(session: Session, kernel: str, options: Options) -> None:
    from nbship.frontends.output.pull import run_pull

    run_pull(session.context, session.console, kernel, options)


def _new(session: Session, name: str, options: Options) -> None:
    from nbship.frontends.output.new import run_new

    run_new(session.context, session.console, name, options)


def _doctor(session: Session, _: str, options: Options) -> None:
    from nbship.core.clone.diagnosis import diagnose
    from nbship.errors import NbshipError
    from nbship.verbs import doctor
    from nbship.verbs.operations.set_up.examine import examine

    workspace, console = session.workspace, session.console
    facts = examine(workspace)
    if options["fix"]:
        is_changed = False
        for change in doctor.repair(workspace, facts, with_kernelspec=True):
            console.step("fixed", change, "")
            is_changed = True
        facts = examine(workspace) if is_changed else facts
    findings = diagnose(facts)
    for finding in findings:
        meaning: Meaning = "error" if finding.severity == "wrong" else "plain"
        topic = f"{finding.code:<{_TOPIC_WIDTH}}"
        console.step(finding.severity, topic, finding.message, meaning)
        for hint in finding.hints:
            console.line(f"{'':<{_TOPIC_WIDTH}} → {hint}", "hint")
    wrong = sum(finding.severity == "wrong" for finding in findings)
    if wrong:
        raise NbshipError(f"doctor: {wrong} of {len(findings)} checks found something wrong")


def _serve(session: Session, _: str, options: Options) -> None:
    from nbship.frontends import local_server
    from nbship.local.__main__ import main as serve

    words = [word for name, value in options.items() for word in _as_words(name, value)]
    raise SystemExit(serve(local_server.options(session.workspace, *words)))


def _as_words(name: str, value: object) -> list[str]:
    """Return an option as arguments for the local Kaggle's own command line."""
    if value is None or value is False:
        return []
    option = f"--{name.replace('_', '-')}"
    return [option] if value is True else [option, str(value)]


def _env(session: Session, _: str, __: Options) -> None:
    import shlex

    from nbship.errors import WorkspaceError
    from nbship.frontends import local_server

    workspace = session.workspace
    url = local_server.running(workspace)
    if url is None:
        raise WorkspaceError(
            "the local Kaggle is not running", hint="Start it in another terminal: nbship local"
        )
    user = local_server.owner_of(session.catalogue)
    local_server.write_team(workspace, local_server.owners_of(session.catalogue))
    for name, value in local_server.environment(workspace, url, user).items():
        quoted = shlex.quote(value)
        session.console.line(f"export {name}={quoted}" if value else f"unset {name}")


def _runs(session: Session, _: str, options: Options) -> None:
    from nbship.frontends.output.runs import run_runs

    run_runs(session, options["words"], options)


def _show(session: Session, word: str, options: Options) -> None:
    from nbship.frontends.output.runs import run_show

    run_show(session, word, options)


def _compare(session: Session, _: str, options: Options) -> None:
    from nbship.frontends.output.runs import run_diff

    run_diff(session, options["words"], options)


def _completion(session: Session, shell: str, _: Options) -> None:
    from nbship.cli import completion_script

    session.console.line(completion_script(shell))


def _amount(name: str, help_text: str, unit: str) -> Option:
    return Option(name, help_text, float, metavar=unit, least=0)


_DRY_RUN = Option("dry_run", "print what would be written, and write nothing")

SHELLS = ("bash", "zsh", "fish")

SET_UP = (
    Verb(
        "init",
        "make this folder a workspace: an empty one, or a project that is there",
        _init,
        options=(
            Option("ci", "also write a workflow: github", str, metavar="HOST"),
            Option("agents", "also write AGENTS.md, the rules for programs that edit the code"),
            _DRY_RUN,
        ),
        more="It adds lines to files that are there, replaces none, and can be repeated. It also "
        "does what 'nbship doctor --fix' does to the clone.",
        examples=(
            ("nbship init", "in an empty folder or in a project"),
            ("nbship init --dry-run", "print each file, and write nothing"),
            ("nbship init --ci github", "with a workflow that rehearses and pushes"),
        ),
        is_task=False,
    ),
    Verb(
        "adopt",
        "take over notebooks of another workflow, with their metadata and outputs",
        _adopt,
        names="paths",
        options=(
            _DRY_RUN,
            Option("commit", "commit the change"),
            Option("undo", "take the last adoption back: the same bytes, the same git status"),
            Option("allow_dirty", "adopt although there are changes that are not committed"),
            Option(
                "from", "adopt this notebook, which a program of yours writes", str, metavar="FILE"
            ),
            Option("samples", "make an empty folder of samples for each input that has none"),
            Option("owner", "the owner of kernels whose metadata name none", str, metavar="OWNER"),
            Option(
                "gpu",
                "the accelerator in place of one that Kaggle has retired",
                str,
                metavar="NAME",
            ),
            Option("set", "the values of placeholders", str, metavar="PLACEHOLDER=VALUE,…"),
            Option(
                "kernel", "the ids of kernels without metadata", str, metavar="NAME=OWNER/SLUG,…"
            ),
        ),
        more="In the top folder of a project: it finds .ipynb files, kernel-metadata.json and "
        "percent sources, makes a source of each notebook and does what 'nbship init' does. "
        "Outputs move to the working copies, out of git. What cannot be held stays where it is, "
        "and is named.",
        examples=(
            ("nbship adopt --dry-run", "print the plan"),
            ("nbship adopt", "adopt all notebooks of this folder"),
            ("nbship adopt kaggle/train --owner awa", "those of one folder"),
            ("nbship adopt --undo", "take it back"),
        ),
        is_task=False,
    ),
    Verb(
        "pull",
        "make a source of a kernel on Kaggle, with its metadata",
        _pull,
        names="one",
        word="OWNER/SLUG[/VERSION]",
        options=(
            Option(
                "name", "the NAME of the notebook; the default is the slug", str, metavar="NAME"
            ),
            Option("gpu", "the accelerator in place of one that Kaggle has retired", str),
            TARGET,
        ),
        more="The kernel itself stays as it is. An address of kaggle.com is understood, too.",
        examples=(
            ("nbship pull awa/train-fula", "the latest version"),
            ("nbship pull awa/train-fula/3 --name trainer", "an earlier one, with another name"),
        ),
        is_task=False,
    ),
    Verb(
        "new",
        "make the source of a notebook from a template",
        _new,
        names="one",
        options=(
            Option("kaggle", "a Kaggle kernel with this id", str, metavar="OWNER/SLUG"),
            Option("colab", "a Colab notebook"),
            Option("title", "the kernel's title; the default follows from the id", str),
            Option("gpu", "an accelerator, such as t4x2", str, metavar="NAME"),
            Option("dataset", "datasets, separated by commas", str, metavar="OWNER/NAME"),
            Option("internet", "let the run reach the internet"),
            Option("script", "a script kernel, not a notebook"),
            Option("r", "in R, not in Python"),
        ),
        more="Without --kaggle and --colab it is a local helper, which is never pushed. The owner "
        "is that of the other kernels, or of your API key.",
        examples=(
            ("nbship new plots", "a local helper"),
            ("nbship new trainer --kaggle awa/train-fula --gpu t4x2", "a Kaggle kernel"),
            ("nbship new tts/trainer --colab --gpu t4", "a Colab notebook in a folder"),
        ),
        is_task=False,
    ),
    Verb(
        "doctor",
        "check this machine and this clone; the exit code is 0 only if everything works",
        _doctor,
        options=(Option("fix", "repair what can be repaired, and print each change"),),
        examples=(
            ("nbship doctor", "print what works, what does not, and what to do"),
            (
                "nbship doctor --fix",
                "once in each clone: set git's filter and diff driver, add missing lines to files",
            ),
        ),
        is_task=False,
    ),
    Verb(
        "local",
        "run a local Kaggle on this machine, in the foreground: no account, no network",
        _serve,
        options=(
            Option(
                "port",
                "serve on this port; the default is any free port",
                int,
                metavar="N",
                least=0,
                most=65535,
            ),
            Option(
                "faults",
                "for tests: accept fault rules at /control/faults, and serve a log of all calls at "
                "/control/log",
            ),
            Option("queued_as_nothing", "answer {} for the status of a queued session"),
            _amount("lag", "answer with the status of this long ago", "SECONDS"),
            _amount("dataset_delay", "make a new dataset version READY after this time", "SECONDS"),
            _amount("saving", "save the outputs of a cancelled session for this time", "SECONDS"),
            Option(
                "no_editor_saves",
                "let a collaborator with edit rights read a kernel, but save no version by the API",
            ),
            _amount("gpu_hours", "the weekly GPU quota of each user (30)", "HOURS"),
            _amount("tpu_hours", "the weekly TPU quota of each user (20)", "HOURS"),
        ),
        more="It runs kernels, stores datasets and provides secrets. Some options reproduce what "
        "Kaggle does only sometimes.",
        examples=(
            ("nbship local", "serve until Ctrl-C"),
            ("nbship local --gpu-hours 0", "the same, with no GPU quota left this week"),
            ('eval "$(nbship local env)"', "in another terminal: connect 'kaggle' to it"),
            ("kaggle kernels list -m", "then use the stock client"),
            ("nbship ship trainer -t local", "uses the running local Kaggle, too"),
        ),
        is_task=False,
        parts=(
            Verb(
                "env",
                "print the shell commands that connect the stock 'kaggle' to the local Kaggle",
                _env,
                more="Use a separate shell: other programs read the proxy variables, too.",
                examples=(('eval "$(nbship local env)"', ""),),
                is_task=False,
            ),
        ),
    ),
    Verb(
        "runs",
        "list what was pushed from this clone, the newest first",
        _runs,
        names="several",
        options=(JSON,),
        examples=(
            ("nbship runs", "every push and its run"),
            ("nbship runs trainer", "those of one notebook"),
            ("nbship runs show trainer-v3", "what ran, how it ended, its numbers"),
            ("nbship runs diff trainer-v2 trainer-v3", "what differs between two runs"),
        ),
        is_task=False,
        parts=(
            Verb(
                "show",
                "print one run: what was pushed, how the run ended, the numbers in metrics.json",
                _show,
                names="one",
                word="RUN",
                options=(JSON,),
                more="RUN is NAME-vN, the id of a run or its first characters, or the folder of "
                "its outputs.",
                examples=(("nbship runs show trainer-v3", ""),),
                is_task=False,
            ),
            Verb(
                "diff",
                "print what differs between two runs, and their numbers side by side",
                _compare,
                names="several",
                word="RUN",
                options=(JSON,),
                examples=(("nbship runs diff trainer-v2 trainer-v3", ""),),
                is_task=False,
            ),
        ),
    ),
    Verb(
        "completion",
        "print the script that lets a shell complete commands, options and NAMEs",
        _completion,
        names="one",
        word="SHELL",
        known=SHELLS,
        more="SHELL is bash (4.4 or newer), zsh or fish. The tasks of doit have a script of doit's "
        "own: 'doit tabcompletion', also with '--shell zsh'.",
        examples=(
            ('eval "$(nbship completion bash)"', "in ~/.bashrc; for zsh, in ~/.zshrc"),
            ("nbship completion fish | source", "in ~/.config/fish/config.fish"),
        ),
        is_task=False,
    ),
)
