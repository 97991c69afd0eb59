"""The list of verbs, from which doit's tasks and the nbship command are made.

A new verb is a file in nbship/verbs/ and an entry here. Actions import their verbs lazily, because
every start of doit loads this module.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from nbship.core.push.guards import GUARDS, push_options
from nbship.core.workspace.catalogue import artifact_files
from nbship.frontends.commands import SKIPPED, Option, Options, Values, Verb, listed
from nbship.frontends.session import Session
from nbship.model.target import DEFAULT

if TYPE_CHECKING:
    from nbship.model.notebook import SmokeResult

_GIB = 1 << 30
_TOPIC_WIDTH = 14  # the length of ".gitattributes", the longest topic of the doctor


def _check(session: Session, _: str, options: Options) -> None:
    from nbship.frontends.check_output import run_check

    paths, is_strict = options.get("paths", ()), options["strict"]
    run_check(session.context, session.console, options["format"], paths, is_strict=is_strict)


def _sync(session: Session, name: str, _: Options) -> None:
    from nbship.verbs.sync import sync

    session.console.step("sync", name, sync(session.context, name))


def _is_in_step(session: Session, name: str) -> Values | None:
    from nbship.verbs.sync import is_in_step

    return {} if is_in_step(session.workspace, name) else None


def _build(session: Session, name: str, _: Options) -> Values:
    from nbship.verbs.build import build

    return {"digest": build(session.context, name).artifact.digest}


def _built(session: Session, name: str) -> Values | None:
    from nbship.edges.workspace import artifacts

    digest = artifacts.current_digest(session.workspace, name)
    return None if digest is None else {"digest": digest}


def _artifact(session: Session, name: str) -> tuple[str, ...]:
    folder = session.workspace.layout.artifact(name)
    files = artifact_files(session.catalogue[name])
    return (folder, *(f"{folder}/{file}" for file in files))


def _stale_artifacts(session: Session) -> Iterable[str]:
    from nbship.edges.workspace import artifacts

    return artifacts.stale_paths(session.workspace, session.catalogue, session.left_out)


def _stale_folders(session: Session) -> str:
    from nbship.edges.workspace import artifacts

    folders = list(artifacts.stale_folders(session.workspace, session.catalogue, session.left_out))
    if not folders:
        return ""
    return (
        f"the source is gone: {listed(folders)}; 'doit clean build' removes this, and all "
        "other artifacts"
    )


def _smoke(session: Session, name: str, _: Options) -> Values:
    from nbship.verbs.smoke import smoke

    return _rehearsed(smoke(session.context, name))


def _smoked(session: Session, name: str) -> Values | None:
    from nbship.edges.workspace.smoke_results import current_result

    result = current_result(session.workspace, name)
    return None if result is None or result.skipped else _rehearsed(result)


def _rehearsed(result: "SmokeResult") -> Values:
    return {"digest": result.digest, "seconds": result.seconds, SKIPPED: result.skipped}


def _push(session: Session, name: str, options: Options) -> Values:
    from nbship.frontends.connect import connected
    from nbship.verbs.push import push

    given = push_options(options, wait=options["wait"], no_run=options["no_run"])
    with connected(options["target"], session.context, session.console) as connection:
        run = push(session.context, name, connection, given)
    return {"kernel": run.kernel, "version": run.record.version, "url": run.record.url}


def _watch(session: Session, name: str, options: Options) -> Values:
    from nbship.core.run.output_names import patterns_of
    from nbship.frontends.connect import connected
    from nbship.model.run import FetchOptions
    from nbship.verbs.watch import watch

    fetch = FetchOptions(patterns_of(options["only"]), int(options["most"] * _GIB))
    with connected(options["target"], session.context, session.console) as connection:
        run = watch(session.context, name, connection, options["version"] or None, fetch)
    return {"kernel": run.kernel, "version": run.record.version, "folder": run.record.folder}


def _ship(session: Session, name: str, options: Options) -> Values:
    from nbship.frontends.connect import connected
    from nbship.verbs.ship import ship

    given = push_options(options, wait=options["wait"])
    with connected(options["target"], session.context, session.console) as connection:
        run = ship(session.context, name, connection, given)
    return {"kernel": run.kernel, "version": run.record.version, "folder": run.record.folder}


def _doctor(session: Session, _: str, options: Options) -> None:
    from nbship.core.clone.diagnosis import diagnose
    from nbship.errors import NbshipError
    from nbship.verbs import doctor

    workspace, console = session.workspace, session.console
    facts = doctor.examine(workspace)
    if options["fix"]:
        is_changed = False
        for change in doctor.repair(workspace, facts):
            console.step("fixed", change, "")
            is_changed = True
        facts = doctor.examine(workspace) if is_changed else facts
    findings = diagnose(facts)
    for finding in findings:
        console.step(finding.severity, f"{finding.code:<{_TOPIC_WIDTH}}", finding.message)
        for hint in finding.hints:
            console.line(f"{'':<{_TOPIC_WIDTH}} → {hint}")
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


_TARGET = Option(
    "target",
    "main (the shared kernel), local (a Kaggle on this machine) or a target of pyproject.toml",
    str, DEFAULT, short="t", metavar="TARGET",
)  # fmt: skip
_GUARD_FLAGS = tuple(Option(guard.option, guard.help) for guard in GUARDS)
_WAIT = Option("wait", "wait for a free session if Kaggle's limit of running sessions is reached")


def _amount(name: str, help_text: str, unit: str) -> Option:
    return Option(name, help_text, float, metavar=unit, least=0)


VERBS = (
    Verb(
        "check",
        "check that every source and its metadata are valid; changes nothing",
        _check,
        names="paths",
        options=(
            Option(
                "format",
                "text, json or github; the default is github in GitHub Actions, else text",
                str,
                metavar="FORM",
            ),
            Option("strict", "fail on warnings as well"),
        ),
        more="With paths, it looks only at these files and folders; files that are not sources are "
        "ignored. An error fails the check; a warning fails it only with --strict.",
        examples=(
            ("nbship check", "every source"),
            ("nbship check src_py/trainer.py", "one source"),
            ("nbship check --format json", "findings as JSON, for a program"),
            ("nbship check --strict", "for a hook that lets no warning pass"),
        ),
        is_default=True,
        goes_on=True,
    ),
    Verb(
        "sync",
        "make src_py/NAME.py and notebooks/NAME.ipynb agree, by content",
        _sync,
        names="pairs",
        examples=(
            ("nbship sync", "every pair"),
            ("nbship sync trainer", "one pair"),
        ),
        made=_is_in_step,
        goes_on=True,
    ),
    Verb(
        "build",
        "build the notebook and its kernel-metadata.json into build/NAME/",
        _build,
        names="notebooks",
        examples=(
            ("nbship build", "every notebook whose contents changed"),
            ("nbship build trainer tts/fula", "two notebooks"),
            ("nbship build 'train_*'", "the notebooks that match the pattern"),
        ),
        made=_built,
        targets=_artifact,
        stale=_stale_artifacts,
        remark=_stale_folders,
        is_default=True,
        goes_on=True,
    ),
    Verb(
        "smoke",
        "run the built notebook on this machine, as Kaggle would run it",
        _smoke,
        names="notebooks",
        examples=(
            ("nbship smoke", "every artifact that has not passed yet"),
            ("nbship smoke trainer", "one artifact"),
        ),
        made=_smoked,
        is_default=True,
        goes_on=True,
    ),
    Verb(
        "push",
        "build, rehearse, check the guards, push to Kaggle (-t local: to the local Kaggle)",
        _push,
        names="kernels",
        options=(
            _TARGET,
            *_GUARD_FLAGS,
            _WAIT,
            Option("no_run", "save the version without running it: for utility scripts"),
        ),
        examples=(
            ("nbship push trainer", "to Kaggle"),
            ("nbship push trainer -t local", "to the local Kaggle on this machine"),
        ),
    ),
    Verb(
        "watch",
        "follow the pushed version live to its end and fetch its outputs into runs/",
        _watch,
        names="kernels",
        options=(
            _TARGET,
            Option(
                "version",
                "the version to follow; the default is the one pushed from this clone",
                int,
                metavar="N",
                least=0,
            ),
            Option(
                "only",
                "fetch only outputs that match these shell patterns, separated by commas",
                str,
                metavar="NAMES",
            ),
            Option(
                "most",
                "fetch no output larger than this, in GiB",
                float,
                "2",
                metavar="GIB",
                least=1 / _GIB,
                most=_GIB,
            ),
        ),
        examples=(
            ("nbship watch trainer", "the version pushed from this clone"),
            ("nbship watch trainer --only '*.csv'", "fetch only the CSV files"),
        ),
    ),
    Verb(
        "ship",
        "push, watch and fetch the outputs, upstream kernels first",
        _ship,
        names="kernels",
        options=(_TARGET, *_GUARD_FLAGS, _WAIT),
        examples=(
            ("nbship ship trainer", "on Kaggle"),
            ("nbship ship trainer -t local", "on this machine"),
        ),
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
)

TASKS = {verb.name: verb for verb in VERBS if verb.is_task}
