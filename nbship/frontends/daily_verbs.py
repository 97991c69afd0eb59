"""The verbs of daily work: tasks of doit, and commands of nbship.

Actions import their verbs lazily, because every start of doit loads this module.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from nbship.core.push.guards import GUARDS, push_options
from nbship.core.workspace.catalogue import artifact_files
from nbship.frontends.commands import (
    SKIPPED,
    Option,
    Options,
    Values,
    Verb,
    left_out,
    listed,
    names_for,
)
from nbship.frontends.session import Session

if TYPE_CHECKING:
    from nbship.model.notebook import SmokeResult

_GIB = 1 << 30


def _check(session: Session, _: str, options: Options) -> None:
    from nbship.frontends.output.check import run_check

    paths, is_strict = options.get("paths", ()), options["strict"]
    run_check(session.context, session.console, options["format"], paths, is_strict=is_strict)


def _sync(session: Session, name: str, _: Options) -> None:
    from nbship.verbs.sync import sync

    session.console.step("sync", name, sync(session.context, name))


def _is_in_step(session: Session, name: str, _: Options) -> Values | None:
    from nbship.verbs.sync import is_in_step

    return {} if is_in_step(session.workspace, name) else None


def _build(session: Session, name: str, _: Options) -> Values:
    from nbship.verbs.build import build

    return {"digest": build(session.context, name).artifact.digest}


def _built(session: Session, name: str, _: Options) -> Values | None:
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


def _smoke(session: Session, name: str, options: Options) -> Values:
    from nbship.verbs.smoke import smoke

    return _rehearsed(smoke(session.context, name, options["until"]))


def _smoked(session: Session, name: str, options: Options) -> Values | None:
    if options["until"]:
        return None
    from nbship.edges.workspace.smoke_results import current_result

    result = current_result(session.workspace, name)
    return None if result is None or result.skipped else _rehearsed(result)


def _rehearsed(result: "SmokeResult") -> Values:
    return {
        "digest": result.digest,
        "seconds": result.seconds,
        "rung": result.rung,
        "partial": result.partial,
        SKIPPED: result.skipped,
    }


def _push(session: Session, name: str, options: Options) -> Values:
    from nbship.frontends.connect import connected
    from nbship.verbs.push import push

    given = push_options(
        options, wait=options["wait"], no_run=options["no_run"], again=options["again"]
    )
    saved = None
    if options["plan"]:
        from nbship.frontends.output.plan import read_plan

        saved = read_plan(options["plan"])
        given = replace(given, overrides=saved.overrides, no_run=not saved.runs)
    with connected(options["target"], session.context, session.console) as connection:
        run = push(session.context, name, connection, given, saved)
    return {"kernel": run.kernel, "version": run.record.version, "url": run.record.url}


def _plan(session: Session, name: str, options: Options) -> Values:
    from nbship.frontends.output.plan import run_plan

    given = push_options(options, no_run=options["no_run"], again=options["again"])
    return {"outcome": run_plan(session.context, session.console, name, given, options)}


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

    given = push_options(options, wait=options["wait"], again=options["again"])
    with connected(options["target"], session.context, session.console) as connection:
        run = ship(session.context, name, connection, given)
    return {"kernel": run.kernel, "version": run.record.version, "folder": run.record.folder}


def _status(session: Session, _: str, options: Options) -> None:
    from nbship.frontends.output.status import run_status

    verb, words = TASKS["status"], options.get("words", ())
    names = names_for(verb, session, words)
    session.keep_facts()
    run_status(session, names, left_out(verb, session, words), options)


def _diff(session: Session, name: str, options: Options) -> Values:
    from nbship.frontends.output.drift import run_diff

    return {"state": run_diff(session.context, session.console, name, options["target"])}


def _rescue(session: Session, name: str, options: Options) -> Values:
    from nbship.frontends.output.drift import run_rescue

    return {"version": run_rescue(session.context, session.console, name, options["target"])}


TARGET = Option(
    "target",
    "main (the shared kernel), dev (a kernel of your own), local (a Kaggle on this machine) or a "
    "target of pyproject.toml; the default is main, or the one that this clone names",
    str, short="t", metavar="TARGET", known=lambda session: session.workspace.targets,
)  # fmt: skip
_GUARD_FLAGS = tuple(Option(guard.option, guard.help) for guard in GUARDS)
JSON = Option("json", "print JSON, for a program")
_WAIT = Option("wait", "wait for a free session if Kaggle's limit of running sessions is reached")
_AGAIN = Option("again", "push and run what the kernel's latest version is already")


DAILY = (
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
        options=(
            Option(
                "until",
                "end after this cell: its number, its line as :40, or a tag; no pass for a push",
                str,
                metavar="CELL",
            ),
        ),
        examples=(
            ("nbship smoke", "every artifact that has not passed yet"),
            ("nbship smoke trainer", "one artifact"),
            ("nbship smoke trainer --until 3", "its first three cells with code"),
        ),
        made=_smoked,
        is_default=True,
        goes_on=True,
        has_table=True,
    ),
    Verb(
        "plan",
        "print what a push would do, and which guards would refuse; changes nothing",
        _plan,
        names="kernels",
        options=(
            TARGET,
            *_GUARD_FLAGS,
            Option("no_run", "as for a push that saves the version without running it"),
            _AGAIN,
            JSON,
            Option("out", "save the plan, for push --plan", str, metavar="FILE"),
        ),
        more="It asks Kaggle for the kernel's latest version, and compares it by cell and by "
        "setting. A saved plan names the conditions under which a push does exactly that.",
        examples=(
            ("nbship plan trainer", "for the shared kernel"),
            ("nbship plan trainer -t dev --json", "for your own, for a program"),
            ("nbship plan trainer --out trainer.json", "to be pushed later, or by somebody else"),
        ),
    ),
    Verb(
        "push",
        "build, rehearse, check the guards, push to Kaggle (-t local: to the local Kaggle)",
        _push,
        names="kernels",
        options=(
            TARGET,
            *_GUARD_FLAGS,
            _WAIT,
            Option("no_run", "save the version without running it: for utility scripts"),
            _AGAIN,
            Option("plan", "do what a saved plan says, or refuse", str, metavar="FILE"),
        ),
        examples=(
            ("nbship push trainer", "to Kaggle"),
            ("nbship push trainer --plan trainer.json", "as it was planned"),
            ("nbship push trainer -t local", "to the local Kaggle on this machine"),
        ),
    ),
    Verb(
        "watch",
        "follow the pushed version live to its end and fetch its outputs into runs/",
        _watch,
        names="kernels",
        options=(
            TARGET,
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
        options=(TARGET, *_GUARD_FLAGS, _WAIT, _AGAIN),
        examples=(
            ("nbship ship trainer", "on Kaggle"),
            ("nbship ship trainer -t local", "on this machine"),
        ),
    ),
    Verb(
        "diff",
        "show what the kernel's latest version has and the source has not, and which is newer",
        _diff,
        names="kernels",
        options=(TARGET,),
        examples=(("nbship diff trainer", "by cell and by setting; changes nothing"),),
    ),
    Verb(
        "rescue",
        "merge what was edited on Kaggle's web page into the source",
        _rescue,
        names="kernels",
        options=(TARGET,),
        more="Your own changes stay. What both sides have changed gets git's conflict markers. If "
        "something cannot be merged without a loss, nothing changes, and both sides are saved.",
        examples=(("nbship rescue trainer", "into src_py/trainer.py, with its header"),),
    ),
    Verb(
        "status",
        "print a table of where each notebook stands; changes nothing",
        _status,
        names="several",
        options=(
            JSON,
            Option("remote", "also ask Kaggle for the latest versions, their runs and the quota"),
        ),
        more="For each notebook: whether its artifact is up to date, and if not, why; its last "
        "rehearsal; its last push and run, as this clone has seen them. Without --remote it sends "
        "no request, and does not know what other clones have pushed.",
        examples=(
            ("nbship status", "every notebook"),
            ("nbship status trainer --remote", "one, also as Kaggle shows it"),
            ("nbship status --json", "for a program"),
        ),
        goes_on=True,
    ),
)

TASKS = {verb.name: verb for verb in DAILY}
