"""The verbs about a kernel on the service: tasks of doit, and commands of nbship.

Actions import their verbs lazily, because every start of doit loads this module.
"""

from collections.abc import Sequence
from dataclasses import replace

from nbship.core.push.guards import GUARDS, push_options
from nbship.errors import NbshipError
from nbship.frontends.commands import Option, Options, Tell, Values, Verb
from nbship.frontends.session import Session

_GIB = 1 << 30


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


def _foretell(session: Session, names: Sequence[str], options: Options) -> None:
    from nbship.frontends.output.plan import print_outlook

    if not options["plan"]:
        given = push_options(
            options, wait=options["wait"], no_run=options["no_run"], again=options["again"]
        )
        print_outlook(session.context, session.console, names, given, options["target"])


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


def _stop(session: Session, name: str, options: Options) -> Values:
    from nbship.frontends.connect import connected
    from nbship.verbs.stop import stop

    context, console = session.context, session.console
    with connected(options["target"], context, console, waits=False) as connection:
        run = stop(context, name, connection, options["version"] or None)
    return {"kernel": run.kernel, "version": run.record.version, "folder": run.record.folder}


def _ship(session: Session, names: Sequence[str], options: Options, tell: Tell) -> None:
    from nbship.frontends.connect import connected
    from nbship.verbs.operations.run import Run
    from nbship.verbs.ship import ship

    def tell_values(name: str, result: Run | NbshipError) -> None:
        if isinstance(result, Run):
            record = result.record
            tell(
                name, {"kernel": record.kernel, "version": record.version, "folder": record.folder}
            )
        else:
            tell(name, result)

    given = push_options(options, wait=options["wait"], again=options["again"])
    with connected(options["target"], session.context, session.console) as connection:
        ship(session.context, names, connection, given, tell_values)


def _ship_one(session: Session, name: str, options: Options) -> Values:
    results: dict[str, Values | NbshipError] = {}

    def tell(each: str, result: Values | NbshipError) -> None:
        results[each] = result
        if each != name and isinstance(result, NbshipError):
            session.console.error(result)

    _ship(session, (name,), options, tell)
    found = results[name]
    if isinstance(found, NbshipError):
        raise found
    return found


def _diff(session: Session, name: str, options: Options) -> Values:
    from nbship.frontends.output.drift import run_diff

    return {"state": run_diff(session.context, session.console, name, options["target"])}


def _rescue(session: Session, name: str, options: Options) -> Values:
    from nbship.frontends.output.drift import run_rescue

    return {"version": run_rescue(session.context, session.console, name, options["target"])}


def _drop(session: Session, name: str, options: Options) -> Values:
    from nbship.frontends.connect import connected
    from nbship.verbs.drop import drop

    def agrees(what: str) -> bool:
        answer = "yes" if options["yes"] else session.console.ask(f"Delete {what}? (yes/no) ")
        return (answer or "").strip().lower() in {"y", "yes"}

    with connected(options["target"], session.context, session.console) as connection:
        dropped = drop(session.context, name, connection, agrees)
    session.console.step("drop", name, f"{dropped} is deleted" if dropped else "there is no copy")
    return {"kernel": dropped}


TARGET = Option(
    "target",
    "main (the shared kernel), dev (a kernel of your own), local (a Kaggle on this machine) or a "
    "target of pyproject.toml; the default is main, or the one that this clone names",
    str, short="t", metavar="TARGET", known=lambda session: session.workspace.targets,
)  # fmt: skip
_GUARD_FLAGS = tuple(Option(guard.option, guard.help) for guard in GUARDS)
JSON = Option("json", "print JSON, for a program")
_WAIT = Option("wait", "wait for the end of the kernel's run, and then for a free session")
_AGAIN = Option("again", "push and run what the kernel's latest version is already")


KERNELS = (
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
        before=_foretell,
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
        "stop",
        "end the run of the pushed version, and fetch its outputs into runs/",
        _stop,
        names="kernels",
        options=(
            TARGET,
            Option(
                "version",
                "the version whose run is ended; the default is the one pushed from this clone",
                int,
                metavar="N",
                least=0,
            ),
        ),
        more="It reads the number of the session in the session line of the log. Only the person "
        "who started a run may stop it. Nothing is deleted.",
        examples=(("nbship stop trainer", "the version pushed from this clone"),),
    ),
    Verb(
        "ship",
        "push, watch and fetch the outputs, upstream kernels first",
        _ship_one,
        names="kernels",
        options=(TARGET, *_GUARD_FLAGS, _WAIT, _AGAIN),
        examples=(
            ("nbship ship trainer", "on Kaggle"),
            ("nbship ship trainer -t local", "on this machine"),
            ("nbship ship", "every kernel; those that need no other one run at the same time"),
        ),
        more="A kernel whose latest run is complete, and which nothing has changed since, is not "
        "run again. Kernels that do not need each other run at the same time; where Kaggle's limit "
        "of running sessions is reached, they wait.",
        goes_on=True,
        together=_ship,
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
        "drop",
        "delete your own copy of a kernel on Kaggle (-t dev), with all its versions",
        _drop,
        names="kernels",
        options=(TARGET, Option("yes", "delete without asking")),
        more="It asks before it deletes, and refuses the shared kernel. What was fetched into "
        "runs/ stays.",
        examples=(("nbship drop trainer -t dev", "the kernel you/trainer-dev"),),
    ),
)
