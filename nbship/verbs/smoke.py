"""smoke: rehearse an artifact on this machine, in a world shaped like Kaggle's."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from nbship.core.language import language_of
from nbship.core.notebook import cells_of
from nbship.core.parameters import refuse_unknown_parameters
from nbship.edges import artifacts, clock, files, packages, sandbox
from nbship.errors import Place, SourceError
from nbship.model.notebook import Built, SmokeResult
from nbship.model.workspace import Context, Workspace
from nbship.verbs.build import build
from nbship.verbs.rehearse import folder_of, rehearse


def smoke(context: Context, name: str) -> SmokeResult:
    """Run the artifact's very bytes, and remember the digest that passed.

    Side effects: builds; runs the notebook's code; writes below .nbship/.

    Raises:
        SourceError: the notebook asks for what is not here: a package, a dataset, a parameter.
        SmokeError: the notebook failed, or took longer than its timeout.
    """
    built = build(context, name)
    with files.locked(context.workspace.state / "locks" / f"{name.replace('/', '.')}.smoke"):
        return _rehearse(context, built)


def passed(workspace: Workspace, digest: str, name: str) -> SmokeResult | None:
    """Return the passing rehearsal of just this digest, if there was one."""
    try:
        entries = json.loads(files.read_bytes(_result_path(workspace, name)) or b"")
        result = SmokeResult(**entries)
    except (ValueError, TypeError):
        return None
    return result if result.digest == digest else None


def is_rehearsed(workspace: Workspace, name: str) -> bool:
    """Whether the artifact is up to date and passed, under the parameters of today."""
    manifest = artifacts.read_manifest(workspace, name)
    if manifest is None or not artifacts.is_current(workspace, name):
        return False
    result = passed(workspace, manifest.digest, name)
    return result is not None and dict(result.parameters) == dict(manifest.parameters)


def _rehearse(context: Context, built: Built) -> SmokeResult:
    workspace, spec, artifact = context.workspace, built.spec, built.artifact
    _check_machine(built)
    place = Place(built.source, spec.smoke_line)
    language = language_of(built.source).name
    refuse_unknown_parameters(spec.smoke.parameters, cells_of(artifact.text), place, language)
    world = sandbox.make_world(
        folder_of(workspace, artifact.name),
        workspace.inputs,
        spec.kaggle,
        Place(built.source, spec.kaggle_line),
        workspace.inputs.relative_to(workspace.root).as_posix(),
    )
    began = clock.seconds()
    rehearse(context, built, world)
    took = SmokeResult(artifact.digest, spec.smoke.parameters, round(clock.seconds() - began, 1))
    files.write_file(_result_path(workspace, artifact.name), json.dumps(asdict(took)).encode())
    return took


def _check_machine(built: Built) -> None:
    """Say before anything runs what the notebook declares and this machine lacks."""
    spec = built.spec
    place = Place(built.source, spec.dependencies_line)
    lacking = packages.missing(spec.dependencies)
    if lacking:
        raise SourceError(
            f"not installed here: {', '.join(lacking)}",
            place=place,
            hint="pip install " + " ".join(f"'{text}'" for text in lacking),
        )
    if not packages.python_fits(spec.requires_python):
        raise SourceError(
            f"requires Python {spec.requires_python}; this is {sys.version.split()[0]}", place=place
        )


def _result_path(workspace: Workspace, name: str) -> Path:
    return workspace.state / "smoked" / f"{name}.json"
