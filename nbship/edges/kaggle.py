"""Kaggle, through the API layer of the official package; typed answers, each within a deadline.

Side effects: sends requests to Kaggle, or to a local Kaggle on this machine, and nowhere else.

``kagglesdk`` is the part of the kaggle package that speaks the protocol. ``import kaggle`` itself
would log in over the network, without a deadline, before anything was asked of it.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import requests
from kagglesdk.kaggle_env import KaggleEnv
from kagglesdk.kaggle_http_client import KaggleHttpClient
from kagglesdk.kernels.services.kernels_api_service import KernelsApiClient
from kagglesdk.kernels.types import kernels_api_service as api

from nbship.core.output_names import MOST_FILES
from nbship.edges.network import GuardedSession, Server
from nbship.edges.refusals import (
    ServerUnreachable,
    lost,
    plain,
    refusal,
    translated,
    was_not_sent,
    was_refused,
)
from nbship.errors import KaggleError, NbshipError
from nbship.model.run import OutputFile, Outputs, RemoteKernel, RunState, RunStatus, Saved

_DEADLINE = 60.0  # seconds for one whole question and answer
_PUSH_DEADLINE = 180.0  # a push carries up to 1 MB each way
_PAGE = 100
_MOST_PAGES = 500
_NO_SUCH_RUN = frozenset({403, 404})  # Kaggle says 403 of a kernel that is not there, or not yours

_STATES: dict[str, RunState] = {
    "QUEUED": "queued",
    "NEW_SCRIPT": "queued",
    "RUNNING": "running",
    "COMPLETE": "complete",
    "ERROR": "error",
    "CANCEL_REQUESTED": "cancelling",
    "CANCEL_ACKNOWLEDGED": "cancelled",
}
_DROPPED = {
    "invalid_dataset_sources": "dataset",
    "invalid_competition_sources": "competition",
    "invalid_kernel_sources": "kernel",
    "invalid_model_sources": "model",
    "invalid_tags": "keyword",
}
_T = TypeVar("_T")


class SourcesDropped(KaggleError):
    """Kaggle made a version, but without some of the sources that it asks for."""

    def __init__(self, saved: Saved, dropped: str) -> None:
        super().__init__(
            f"Kaggle dropped {dropped}: version {saved.version} runs without",
            hint="Check the name, that it is ready, and that you may read it; then push again.",
        )
        self.saved = saved


class _HttpClient(KaggleHttpClient):  # type: ignore[misc] # kagglesdk ships no types
    """The package's client with our session: our credentials only, and never a header printed."""

    def __init__(self, server: Server) -> None:
        super().__init__(env=KaggleEnv.PROD if server.is_kaggle else KaggleEnv.LOCAL, verbose=False)
        self._endpoint = server.endpoint
        self._session = GuardedSession(server)

    def _init_session(self) -> requests.Session:
        return self._session

    def _prepare_response(self, response_type: Any, http_response: requests.Response) -> Any:
        # The package looks for JSON first, and stumbles over a refusal that is none; of a list
        # it makes an answer in which everything is missing.
        http_response.raise_for_status()
        if not isinstance(http_response.json(), dict):
            raise TypeError("no JSON object")
        return super()._prepare_response(response_type, http_response)


class Kaggle:
    """A connection to one server. Nothing is sent before the first question."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._http = _HttpClient(server)
        self._kernels = KernelsApiClient(self._http)

    def save(self, metadata: dict[str, Any], text: str) -> Saved:
        """Make a new version of a kernel and start its run.

        Raises:
            KaggleError: Kaggle said no; nothing happened.
            SourcesDropped: there is a version, but it runs without some of its sources.
            OutcomeUnknown: the answer was lost or made no sense: look before trying again.
        """
        request = _save_request(metadata, text)
        try:
            answer = _within(_PUSH_DEADLINE, lambda: self._kernels.save_kernel(request))
        except NbshipError:
            raise
        except requests.HTTPError as error:
            raise (refusal(error) if was_refused(error) else lost(error)) from None
        except requests.ConnectionError as error:
            raise (ServerUnreachable(self.server) if was_not_sent(error) else lost(error)) from None
        except Exception as error:  # noqa: BLE001 - whatever the answer was, it was no answer
            raise lost(error) from None
        return _saved(answer)

    def get(self, kernel: str, version: int | None = None) -> RemoteKernel | None:
        """Return a version of a kernel, the latest without a number, None where there is none."""
        request = api.ApiGetKernelRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        request.version_label = _label(version)
        return self._ask(lambda: _remote(kernel, self._kernels.get_kernel(request)))

    def status(self, kernel: str, version: int | None = None) -> RunStatus | None:
        """Return how the run of a version stands, None where Kaggle knows of no run."""
        request = api.ApiGetKernelSessionStatusRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        request.version_label = _label(version)
        return self._ask(lambda: _status(self._kernels.get_kernel_session_status(request)))

    def outputs(self, kernel: str, version: int) -> Outputs:
        """Return the files that a run left, all pages of them, and its log.

        Of more files than are fetched, the first ones are enough.

        Raises:
            KaggleError: there is no such run, or the pages go round in a circle.
        """
        request = api.ApiListKernelSessionOutputRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        request.version_label = _label(version)
        request.page_size = _PAGE
        found: list[OutputFile] = []
        log, turned = "", set[str]()
        for _ in range(_MOST_PAGES):
            page = self._ask(lambda: _page(self._kernels.list_kernel_session_output(request)))
            if page is None:
                raise KaggleError(f"Kaggle has no outputs of {kernel} version {version}")
            outputs, next_page = page
            found += outputs.files
            log = log or outputs.log
            if not next_page or len(found) > MOST_FILES:
                return Outputs(tuple(found), log)
            if next_page in turned:
                break
            turned.add(next_page)
            request.page_token = next_page
        raise KaggleError(f"the list of outputs of {kernel} has no end")

    def _ask(self, question: Callable[[], _T]) -> _T | None:
        """Ask something that changes nothing; None where Kaggle knows of no such thing."""
        with translated(self.server):
            try:
                return _within(_DEADLINE, question)
            except requests.HTTPError as error:
                if error.response is not None and error.response.status_code in _NO_SUCH_RUN:
                    return None
                raise


def _save_request(metadata: dict[str, Any], text: str) -> Any:
    request = api.ApiSaveKernelRequest()
    request.id = metadata["id_no"]
    request.slug = metadata["id"]
    request.new_title = metadata["title"]
    request.text = text
    request.language = metadata["language"]
    request.kernel_type = metadata["kernel_type"]
    request.is_private = metadata["is_private"]
    request.enable_gpu = metadata["enable_gpu"]
    request.enable_tpu = metadata["enable_tpu"]
    request.enable_internet = metadata["enable_internet"]
    request.dataset_data_sources = metadata["dataset_sources"]
    request.competition_data_sources = metadata["competition_sources"]
    request.kernel_data_sources = metadata["kernel_sources"]
    request.model_data_sources = metadata["model_sources"]
    request.category_ids = metadata["keywords"]
    request.docker_image = metadata["docker_image"]
    request.docker_image_pinning_type = metadata["docker_image_pinning_type"]
    request.machine_shape = metadata["machine_shape"]
    return request


def _saved(answer: Any) -> Saved:
    """Believe in a success only where Kaggle says all that a success says."""
    if answer.error:
        raise KaggleError(f"Kaggle says: {plain(answer.error)}", hint="Nothing was pushed.")
    version = answer.version_number
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise lost("an answer without a version number")
    saved = Saved(version=version, url=str(answer.url or ""))
    dropped = [
        f"{word} {', '.join(map(repr, getattr(answer, key)))}"
        for key, word in _DROPPED.items()
        if getattr(answer, key)
    ]
    if dropped:
        raise SourcesDropped(saved, plain(" and ".join(dropped)))
    return saved


def _remote(kernel: str, answer: Any) -> RemoteKernel:
    latest = int(answer.metadata.current_version_number or 0)
    return RemoteKernel(id=kernel, latest=latest, source=_text(answer.blob.source))


def _status(answer: Any) -> RunStatus:
    return RunStatus(_STATES[answer.status.name], _text(answer.failure_message))


def _page(answer: Any) -> tuple[Outputs, str]:
    """Return a page of outputs, and the token of the next one, empty behind the last."""
    files = [OutputFile(name=_text(f.file_name), url=_text(f.url)) for f in answer.files or []]
    if not all(file.name and file.url for file in files):
        raise ValueError("an output without a name or an address")
    return Outputs(tuple(files), _text(answer.log)), _text(answer.next_page_token)


def _text(value: object) -> str:
    """Return a text of an answer; the package hands on what came, of whatever type."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"{value!r} stands for a text")
    return value or ""


def _label(version: int | None) -> str | None:
    # The server wants "v2"; a bare "2" is answered with a 404.
    return None if version is None else f"v{version}"


def _within(seconds: float, question: Callable[[], _T]) -> _T:
    """Bound a whole question and answer, however slowly the bytes drip in."""
    answers: list[_T] = []
    errors: list[BaseException] = []

    def ask() -> None:
        try:
            answers.append(question())
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            errors.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError(f"no answer in {seconds:.0f} s")
    return answers[0]
