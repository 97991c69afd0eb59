"""The rehearsal of an artifact on this machine, in folders laid out as on Kaggle."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nbship.core.artifact.parts import WHOLE, Parts, parts_of
from nbship.core.drift.generated import BUILD_TAGS
from nbship.core.failure.executed import tags_of
from nbship.core.metadata.cell_tags import service_of
from nbship.core.metadata.parameters import refuse_unknown_parameters
from nbship.core.python.preload import looks_elsewhere, modules_named, preloaded, why_not_preloaded
from nbship.core.source.language import PYTHON, language_of
from nbship.core.source.nbjson import cells_of
from nbship.diagnostics import Place
from nbship.edges import clock
from nbship.edges.rehearsal import environment, isolation, kaggle_layout, packages, zygotes
from nbship.edges.rehearsal.isolation import LEFT_OUT, Isolation
from nbship.edges.rehearsal.kaggle_layout import KaggleFolders, Upstream
from nbship.edges.storage import files, locks
from nbship.edges.workspace import smoke_results
from nbship.edges.workspace.smoke_results import mark_whole, save, save_failed, unmark
from nbship.errors import RehearsalStalled, SmokeError, SourceError, WorkspaceError
from nbship.model.layout import LOG
from nbship.model.notebook import Built, FailedRehearsal, SmokeResult
from nbship.model.workspace import Context
from nbship.verbs.operations.build_artifact import build_artifact
from nbship.verbs.operations.execute import execute
from nbship.verbs.operations.upstream_outputs import find_upstream

# What Kaggle keeps of /kaggle/working, in bytes: the text of the template of its notebooks.
_MOST_KEPT = 20 * 10**9
_MOST_LEFT_OUT = 1 << 16  # bytes of the list of what the shim has left out
_DIED = "a forked kernel has died, and one that started from its beginning has not"
_WAY_OUT = 'environment = "uv" in [tool.nbship.smoke] rehearses in an environment of its own.'


def rehearse(context: Context, name: str, until: str = "", *, forks: bool = True) -> SmokeResult:
    """Run the bytes of the artifact, and save their rehearsal digest.

    If the header says why the notebook is not rehearsed, only that is saved. ``until`` names the
    last cell to run, "" for all: then the rehearsal is partial. Unless it ``forks``, a kernel
    starts from its beginning.

    Side effects: builds; runs the notebook's code; writes files in .nbship/.

    Raises:
        SourceError: a package, a data source or a parameter that the notebook asks for is missing.
        SmokeError: the notebook failed, or took longer than its timeout.
        WorkspaceError: ``until`` names no cell.
    """
    return rehearse_artifact(context, build_artifact(context, name), until, forks=forks)


def rehearse_artifact(
    context: Context,
    built: Built,
    until: str = "",
    target: str = "",
    *,
    forks: bool = True,
    upstream: Upstream | None = None,
) -> SmokeResult:
    """Run the bytes of an artifact that is built, as ``rehearse`` does.

    ``target`` is the one whose keys it has, "" for the keys of its header. ``upstream`` is what it
    reads, where that is not in this workspace.
    """
    workspace, name, smoke = context.workspace, built.artifact.name, built.spec.smoke
    if smoke.skip:
        result = SmokeResult(built.artifact.rehearsal, built.spec.given, 0.0, smoke.skip)
    else:
        with locks.locked(workspace.path(workspace.layout.lock("smoke", name))):
            result = _rehearse(context, built, _parts(built, until), upstream, forks=forks)
    save(workspace, name, result, target)
    if not (result.skipped or result.partial):
        mark_whole(workspace, name)
    return result


def report_passed(context: Context, name: str, result: SmokeResult) -> None:
    """Report how long a rehearsal took that has passed, and the file with its outputs."""
    is_script = context.catalogue[name].is_script
    end = f"; {result.partial}" if result.partial else ""
    context.report.step(
        "smoke",
        name,
        f"passed in {result.seconds:g} s ({result.rung}){end}",
        "passed",
        file=context.workspace.layout.executed(name, is_script=is_script),
    )


def report_passed_before(context: Context, name: str) -> None:
    """Report that an artifact has a verdict, and is not rehearsed again."""
    context.report.step("smoke", name, "this artifact has passed before", "passed")


def report_left_out(context: Context, name: str, left_out: Iterable[str]) -> None:
    """Report the cells that a rehearsal does not run because of their tags."""
    for text in left_out:
        context.report.notice(f"{name}: skipped {text}")


def _parts(built: Built, until: str) -> Parts:
    """Return the parts of the artifact to run; a script runs as a whole.

    Raises:
        WorkspaceError: ``until`` names no cell.
    """
    artifact, spec = built.artifact, built.spec
    if built.is_script:
        if until:
            raise WorkspaceError(f"--until {until}: {artifact.name} is a script, without cells")
        return WHOLE
    return parts_of(
        cells_of(artifact.text), artifact.line_map, built.source, service_of(spec), until
    )


def _rehearse(
    context: Context, built: Built, parts: Parts, upstream: Upstream | None, *, forks: bool
) -> SmokeResult:
    workspace, spec, artifact = context.workspace, built.spec, built.artifact
    _check_machine(built)
    place = Place(built.source, spec.smoke_line)
    language = language_of(built.source).name
    refuse_unknown_parameters(spec.smoke.parameters, cells_of(artifact.text), place, language)
    found = replace(isolation.find(workspace), below=_environment(context, built))
    found = _with_zygote(context, built, found, forks=forks)
    report_left_out(context, artifact.name, parts.left_out)
    began = clock.seconds()
    try:
        try:
            plain = _execute(context, built, found, parts, upstream)
        except RehearsalStalled as error:
            context.report.notice(f"{error}; the rehearsal is repeated once")
            began = clock.seconds()
            again = replace(found, zygote="", plain=_DIED if found.zygote else found.plain)
            plain = _execute(context, built, again, parts, upstream)
    except SmokeError as error:
        failure = error.measured(found.rung, _since(began))
        save_failure(context, built, failure)
        raise failure from None
    _tell_what_is_left_out(context, artifact.name)
    tell_too_large(context, built)
    return SmokeResult(
        artifact.rehearsal,
        spec.given,
        _since(began),
        rung=found.rung,
        partial=parts.partial,
        left_out=parts.left_out,
        runtime=_runtime(built, found),
        plain=plain,
    )


def _runtime(built: Built, found: Isolation) -> str:
    """Return the language in which an artifact was rehearsed, with its version; "" for R."""
    if language_of(built.source) != PYTHON:
        return ""
    version = found.below["version"] if found.below else sys.version_info
    return f"{PYTHON.title} {'.'.join(map(str, version[:3]))}"


def save_failure(context: Context, built: Built, error: SmokeError) -> None:
    """Save what the status tells of a rehearsal that has failed."""
    first = str(error).partition("\n")[0]
    digest, seconds = built.artifact.rehearsal, error.seconds or 0.0
    failed = FailedRehearsal(digest, first, error.rung, seconds)
    save_failed(context.workspace, built.artifact.name, failed)


def _with_zygote(context: Context, built: Built, found: Isolation, *, forks: bool) -> Isolation:
    """Return the isolation with the zygote that forks the notebook's kernel, or why none does."""
    cells = [cell for cell in cells_of(built.artifact.text) if cell["cell_type"] == "code"]
    plain = _why_plain(context, built, found, cells) if forks else "--no-warm"
    if plain or built.is_script:
        return replace(found, plain=plain)
    modules = preloaded([cell["source"] for cell in cells])
    return replace(found, zygote=zygotes.socket_of(context.workspace, found, modules))


def _why_plain(
    context: Context, built: Built, found: Isolation, cells: Sequence[Mapping[str, Any]]
) -> str:
    """Return why the kernel of a notebook starts from its beginning, "" if it is forked."""
    code = [cell["source"] for cell in cells]
    own = [cell["source"] for cell in cells if not BUILD_TAGS.intersection(tags_of(cell))]
    last = smoke_results.last(context.workspace, built.artifact.name)[0]
    changed = why_not_preloaded(code)
    shadow = _like_a_library(context, built)
    named = next(filter(packages.is_library, modules_named(own)), "")
    reasons = {
        "a kernel of another language than Python": language_of(built.source) != PYTHON,
        "a notebook for Colab": built.spec.colab is not None,
        f"no sandbox: {found.reason}": found.rung != "sandbox",
        "an environment of its own": found.below is not None,
        changed: bool(changed),
        f"{shadow} has the name of a library of this Python": bool(shadow),
        f"the code names {named}.py, and {named} is a library of this Python": bool(named),
        "the code changes where an import looks first": looks_elsewhere(own) and preloaded(code),
        _DIED: last is not None and last.plain == _DIED,
    }
    return zygotes.unwanted() or next((why for why, holds in reasons.items() if holds), "")


def _like_a_library(context: Context, built: Built) -> str:
    """Return a module that the notebook imports, with the name of a library, "" for none."""
    above = f"{context.workspace.layout.sources}/"
    for path in built.inputs[1:]:
        name = path.removeprefix(above).partition("/")[0].removesuffix(".py")
        if packages.is_library(name):
            return path
    return ""


def _since(began: float) -> float:
    return round(clock.seconds() - began, 1)


def tell_too_large(context: Context, built: Built, most: int = _MOST_KEPT) -> None:
    """Say that a rehearsal has more outputs than Kaggle keeps; ``most`` is in bytes."""
    if built.spec.kaggle is None:
        return
    folder = context.workspace.path(context.workspace.layout.rehearsal(built.artifact.name))
    size = kaggle_layout.size_of(KaggleFolders.below(folder).working)
    if size > most:
        context.report.notice(
            f"{built.artifact.name}: /kaggle/working has {size / 1e9:.1f} GB, and Kaggle keeps "
            f"{most / 1e9:g} GB: put what need not be kept into /kaggle/temp"
        )


def _tell_what_is_left_out(context: Context, name: str) -> None:
    """Say what the shim has left out of the samples: links out of them, pipes and devices."""
    folder = context.workspace.path(context.workspace.layout.rehearsal(name))
    text = (files.read_bytes(folder / LEFT_OUT, most=_MOST_LEFT_OUT) or b"").decode()
    for line in text.splitlines():
        context.report.notice(f"not in the rehearsal: {line}")


def _execute(
    context: Context, built: Built, found: Isolation, parts: Parts, upstream: Upstream | None
) -> str:
    workspace, name = context.workspace, built.artifact.name
    log = f"{workspace.layout.rehearsal(name)}/{LOG}"
    with context.report.working("smoke", name, log=log):
        return execute(context, built, fresh_folders(context, built, upstream), found, parts)


def fresh_folders(
    context: Context, built: Built, upstream: Upstream | None = None
) -> KaggleFolders:
    """Make the folders of a rehearsal anew, and return them with what is mounted there.

    Raises:
        SourceError: a declared source has no folder.
        WorkspaceError: the disk cannot be written.
    """
    workspace = context.workspace
    upstream = find_upstream(context, built) if upstream is None else upstream
    unmark(workspace, built.artifact.name)
    return kaggle_layout.make_folders(
        workspace.path(workspace.layout.rehearsal(built.artifact.name)),
        workspace.inputs,
        built.spec.kaggle,
        Place(built.source, built.spec.kaggle_line),
        workspace.inputs.relative_to(workspace.root).as_posix(),
        upstream,
    )


def _environment(context: Context, built: Built) -> Mapping[str, Any] | None:
    """Return the facts about the Python of the notebook's own environment, None if it has none.

    Raises:
        SourceError: uv cannot make it.
        WorkspaceError: uv is not installed.
    """
    spec, name = built.spec, built.artifact.name
    if spec.smoke.environment != "uv":
        return None

    def say(text: str) -> None:
        context.report.notice(f"{name}: {text}")

    try:
        with context.report.working("smoke", name, "uv"):
            return environment.find(context.workspace, spec.requires_python, spec.dependencies, say)
    except (SourceError, WorkspaceError) as error:
        if error.place is not None:
            raise
        line = spec.dependencies_line or spec.smoke_line
        raise error.with_changes(place=Place(built.source, line)) from None


def _check_machine(built: Built) -> None:
    """Refuse a notebook that declares packages or a Python which this machine does not have.

    Raises:
        SourceError: names what is missing, before any code runs.
    """
    spec = built.spec
    if spec.smoke.environment == "uv":
        return
    place = Place(built.source, spec.dependencies_line)
    missing = packages.missing(spec.dependencies)
    if missing:
        raise SourceError(
            f"not installed here: {', '.join(missing)}",
            place=place,
            hints=("pip install " + " ".join(f"'{text}'" for text in missing), _WAY_OUT),
        )
    if not packages.python_fits(spec.requires_python):
        raise SourceError(
            f"requires Python {spec.requires_python}; this is {sys.version.split()[0]}",
            place=place,
            hint=_WAY_OUT,
        )
