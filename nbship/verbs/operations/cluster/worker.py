"""The worker's side of a rehearsal: a small workspace, and the same rehearsal as on any machine.

Side effects: runs the notebook's code; writes a temporary folder.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbship import config
from nbship.core.run.far_answer import Answer, differences, render_answer
from nbship.edges.cluster import dask, parcel
from nbship.edges.rehearsal.kaggle_layout import KaggleFolders, Upstream
from nbship.errors import Interrupted, NbshipError, WorkspaceError
from nbship.model.layout import EXECUTED, LOG
from nbship.model.workspace import Context
from nbship.verbs.operations.cluster.job import Job
from nbship.verbs.operations.explain import FAILURE
from nbship.verbs.operations.rehearse import rehearse_artifact

if TYPE_CHECKING:
    from nbship.model.notebook import SmokeResult

ERRORS = "errors.txt"
MOST_TOLD = 1 << 27  # bytes of the executed notebook, and of the log
MOST_OUTPUTS = 1 << 28  # bytes of what the notebook has written
_PLAIN = "a worker of a cluster"


def rehearse_there(job: Job) -> dict[str, Any]:
    """Rehearse an artifact on this worker; return the answer as JSON, and the files.

    Nothing is raised: an exception, with its arguments, would be in the logs of the cluster.
    """
    recorder = _Recorder()
    try:
        with dask.folder_of_task() as (folder, stop):
            return _rehearse(job, folder, stop, recorder)
    except NbshipError as error:
        answer = Answer(tuple(recorder.lines), error=error)
    except (Exception, Interrupted) as error:  # noqa: BLE001 - as the docstring says
        fault = WorkspaceError(f"{job.name}: a failure of nbship, {type(error).__name__}")
        answer = Answer(tuple(recorder.lines), error=fault)
    return {"answer": render_answer(job.name, job.digest, answer), "files": {}}


def _rehearse(job: Job, folder: Path, stop: int, recorder: "_Recorder") -> dict[str, Any]:
    fault = differences(job.versions, dask.versions())
    if fault:  # it has come after the cluster was looked at
        raise WorkspaceError(f"this worker is not like the machine that sent it: {fault}")
    content = job.open()
    built, root = content.built, folder / "workspace"
    parcel.unpack(content.texts, root)
    mounts = {}
    for number, (path, files) in enumerate(content.mounts.items()):
        parcel.unpack(files, folder / "mounts" / str(number))
        mounts[path] = folder / "mounts" / str(number)
    workspace = config.parse_workspace(root, content.settings.decode())
    context = Context(workspace, {job.name: content.entry}, recorder, stop)
    mounted = frozenset(path.removeprefix("input/") for path in mounts)
    result: SmokeResult | None = None
    error: NbshipError | None = None
    try:
        result = rehearse_artifact(
            context, built, content.until, forks=False, upstream=Upstream(mounts, mounted)
        )
        result = replace(result, plain="" if built.is_script else _PLAIN)
    except NbshipError as failure:
        error = failure
    done = workspace.path(workspace.layout.rehearsal(job.name))
    told = parcel.pack_files(
        done, (EXECUTED, LOG, FAILURE, ERRORS, built.artifact.code_file), MOST_TOLD
    )
    working, is_whole = KaggleFolders.below(done).working, True
    try:
        outputs = parcel.pack(working, MOST_OUTPUTS)
    except parcel.TooLarge as large:
        outputs, is_whole = {}, False
        recorder.notice(f"{job.name}: its outputs stay on the worker: {large}")
    told |= {f"kaggle/working/{name}": data for name, data in outputs.items() if name != "./"}
    answer = Answer(tuple(recorder.lines), asdict(result) if result else None, error, is_whole)
    return {"answer": render_answer(job.name, job.digest, answer), "files": told}


@dataclass(slots=True)
class _Recorder:
    """The Report of a worker: it keeps what the user will read; the client says how it ended."""

    lines: list[tuple[str, str]] = field(default_factory=list)

    def step(self, *_: object, **__: object) -> None:
        """Keep nothing."""

    def more(self, text: str, **_: object) -> None:
        """Keep a line."""
        self.lines.append(("more", text))

    def notice(self, text: str, **_: object) -> None:
        """Keep a fact."""
        self.lines.append(("notice", text))

    def log(self, text: str, *_: object, **__: object) -> None:
        """Keep a line of the notebook's output."""
        self.lines.append(("log", text))

    def working(self, *_: object, **__: object) -> AbstractContextManager[None]:
        """Show nothing."""
        return nullcontext()

    def cell(self, *_: object) -> None:
        """Show nothing."""

    def progress(self, *_: object) -> None:
        """Show nothing."""
