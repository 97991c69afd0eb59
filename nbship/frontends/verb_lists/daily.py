"""The verbs of daily work: tasks of doit, and commands of nbship.

Actions import their verbs lazily, because every start of doit loads this module.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from nbship.core.run.cluster_address import host_of
from nbship.core.workspace.catalogue import artifact_files
from nbship.errors import NbshipError
from nbship.frontends.commands import (
    SKIPPED,
    Option,
    Options,
    Tell,
    Values,
    Verb,
    left_out,
    listed,
    names_for,
)
from nbship.frontends.session import Session
from nbship.frontends.verb_lists.kernels import JSON, KERNELS

if TYPE_CHECKING:
    from nbship.model.notebook import SmokeResult
    from nbship.verbs.smoke import SmokeOptions


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

    return _rehearsed(smoke(session.context, name, _smoke_options(options)))


def _smoke_several(session: Session, names: Sequence[str], options: Options, tell: Tell) -> None:
    from nbship.verbs.smoke import smoke_several

    def tell_values(name: str, result: "SmokeResult | NbshipError") -> None:
        tell(name, result if isinstance(result, NbshipError) else _rehearsed(result))

    smoke_several(session.context, names, _smoke_options(options), tell_values)


def _smoke_options(options: Options) -> "SmokeOptions":
    from nbship.verbs.smoke import SmokeOptions

    forks, jobs, cluster = not options["no_warm"], options["jobs"], options["dask"]
    return SmokeOptions(options["until"], forks=forks, jobs=jobs, cluster=cluster)


def _shard(session: Session, names: Sequence[str], options: Options) -> Sequence[str]:
    if not (options["shard"] or options["durations"]):
        return names
    from nbship.frontends.output.shard import shard_of

    return shard_of(session, options["shard"], options["durations"])


def _smoked(session: Session, name: str, options: Options) -> Values | None:
    if options["until"]:
        return None
    from nbship.edges.workspace.smoke_results import kept_result

    result = kept_result(session.workspace, session.context.catalogue, name)
    return None if result is None else _rehearsed(result)


def _rehearsed(result: "SmokeResult") -> Values:
    return {
        "digest": result.digest,
        "seconds": result.seconds,
        "rung": result.rung,
        "partial": result.partial,
        SKIPPED: result.skipped,
    }


def _status(session: Session, _: str, options: Options) -> None:
    from nbship.frontends.output.status import run_status

    verb, words = TASKS["status"], options.get("words", ())
    names = names_for(verb, session, words)
    session.keep_facts()
    run_status(session, names, left_out(verb, session, words), options)


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
            Option(
                "jobs",
                "how many run at the same time; the default is one more than processors, while "
                "there is memory",
                int,
                metavar="N",
                least=1,
            ),
            Option(
                "dask",
                "rehearse on the workers of this Dask scheduler; local starts workers here",
                str,
                metavar="ADDRESS",
                check=host_of,
            ),
            Option(
                "shard",
                "only this part of the notebooks: 2/5 is the second of five",
                str,
                metavar="K/N",
                selects=True,
            ),
            Option(
                "durations",
                "divide by the durations in this file, from status --json; the same for all parts",
                str,
                metavar="FILE",
                selects=True,
            ),
            Option("no_warm", "start each kernel from its beginning, instead of forking it"),
        ),
        examples=(
            ("nbship smoke", "every artifact that has not passed yet"),
            ("nbship smoke trainer", "one artifact"),
            ("nbship smoke trainer --until 3", "its first three cells with code"),
            ("nbship smoke --shard 2/5", "a fifth of them; four other machines take the rest"),
        ),
        select=_shard,
        made=_smoked,
        is_default=True,
        goes_on=True,
        has_table=True,
        together=_smoke_several,
    ),
    *KERNELS,
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
