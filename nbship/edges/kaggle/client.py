"""Kaggle, through the API layer of the official package; typed answers, each within a deadline.

Side effects: sends requests to Kaggle, or to a local Kaggle on this machine, and nowhere else.

``kagglesdk`` is the part of the kaggle package that speaks the protocol. ``import kaggle`` itself
would log in over the network, without a deadline, before anything was asked of it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, TypeVar

import requests

from nbship.core.kaggle.retry_policy import KAGGLE, LOCAL, Patience
from nbship.core.run import watch_policy
from nbship.core.run.output_names import MOST_FILES
from nbship.core.run.watch_policy import Limits
from nbship.edges import clock
from nbship.edges.kaggle import log_stream, responses, retry
from nbship.edges.kaggle.downloads import Incoming, incoming
from nbship.edges.kaggle.errors import (
    is_transient,
    pause_of,
    plain,
    translate_errors,
    translate_save_errors,
    unreachable,
)
from nbship.edges.kaggle.responses import text as _text
from nbship.edges.kaggle.retry import with_deadline
from nbship.edges.kaggle.session import GuardedSession, Server
from nbship.errors import KaggleError, ServerUnreachable
from nbship.lazy import isolated
from nbship.model.push import Saved
from nbship.model.run import (
    KernelEntry,
    ListedFile,
    LogEvent,
    OutputFile,
    Outputs,
    Quota,
    RemoteKernel,
    RunStatus,
    StreamEnd,
)
from nbship.model.spec import KaggleSpec, keys_of

with isolated("kagglesdk"):
    from kagglesdk.kaggle_env import KaggleEnv
    from kagglesdk.kaggle_http_client import KaggleHttpClient
    from kagglesdk.kernels.services.kernels_api_service import KernelsApiClient
    from kagglesdk.kernels.types import kernels_api_service as api
    from kagglesdk.kernels.types.kernels_enums import KernelExecutionType, KernelsListViewType

_PAGE = 100
_MOST_PAGES = 500
_NO_SUCH_RUN = frozenset({403, 404})  # Kaggle says 403 of a kernel that is not there, or not yours
_T = TypeVar("_T")


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

    def __init__(
        self,
        server: Server,
        *,
        patience: Patience | None = None,
        limits: Limits | None = None,
        clock: retry.Clock = clock,
    ) -> None:
        self.server = server
        self.patience = patience or (KAGGLE if server.is_kaggle else LOCAL)
        self.limits = limits or (watch_policy.KAGGLE if server.is_kaggle else watch_policy.LOCAL)
        self.clock = clock
        self._http = _HttpClient(server)
        self._kernels = KernelsApiClient(self._http)

    @property
    def name(self) -> str:
        """The name in messages."""
        return self.server.name

    @property
    def key(self) -> str:
        """The name in records."""
        return self.server.key

    @property
    def person(self) -> str:
        """The user whose credentials are used, "" where they are a token."""
        return self.server.credentials.user or ""

    def unreachable(self) -> ServerUnreachable:
        """Return the error that no server answers at the address."""
        return unreachable(self.server)

    def stream(self, kernel: str, version: int) -> Iterator[LogEvent | StreamEnd]:
        """Yield the lines of a run's log from the first one on, and last how the stream ended.

        Raises:
            KaggleError: the server leads to where a local Kaggle cannot be.
        """
        return log_stream.stream(self.server, kernel, version)

    def download(
        self, file: OutputFile, *, most: int, have: int = 0, validator: str = ""
    ) -> AbstractContextManager[Incoming]:
        """Open an output for reading, from byte ``have`` on if the server still has that state.

        Raises:
            KaggleError: the server does not hand it out, stops in the middle, is too slow, or the
                file is larger than ``most`` bytes; from the chunks, too.
        """
        return incoming(self.server, file, most=most, have=have, validator=validator)

    def save(self, metadata: dict[str, Any], text: str, *, run: bool = True) -> Saved:
        """Make a new version of a kernel and start its run, unless it is only to be saved.

        It is sent once. Who wants to send it again must look before whether it is there.

        Raises:
            Refused: Kaggle said no; nothing happened.
            ServerUnreachable: nobody was there to hear it.
            SourcesDropped: there is a version, but it runs without some of its sources.
            OutcomeUnknown: the answer was lost or made no sense: look before trying again.
        """
        request = _save_request(metadata, text)
        if not run:
            request.kernel_execution_type = KernelExecutionType.QUICK_SAVE
        with translate_save_errors(self.server):
            answer = with_deadline(self.patience.save, lambda: self._kernels.save_kernel(request))
            return responses.saved(answer)

    def get(self, kernel: str, version: int | None = None) -> RemoteKernel | None:
        """Return a version of a kernel, the latest without a number, None where there is none."""
        request = api.ApiGetKernelRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        request.version_label = _label(version)
        return self._ask(lambda: responses.remote(kernel, self._kernels.get_kernel(request)))

    def status(self, kernel: str, version: int | None = None) -> RunStatus | None:
        """Return how the run of a version stands, None where Kaggle knows of no run."""
        request = api.ApiGetKernelSessionStatusRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        request.version_label = _label(version)
        return self._ask(lambda: responses.status(self._kernels.get_kernel_session_status(request)))

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

    def mine(self) -> tuple[KernelEntry, ...]:
        """Return all kernels of whoever is asking."""
        request = api.ApiListKernelsRequest()
        request.group = KernelsListViewType.PROFILE
        request.page_size = _PAGE
        return self._pages(
            request, lambda: responses.entries(self._kernels.list_kernels(request)), "your kernels"
        )

    def files(self, kernel: str, version: int) -> tuple[ListedFile, ...]:
        """Return what a run left, by name; the sizes are what the server believes."""
        request = api.ApiListKernelFilesRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        request.version_label = _label(version)
        request.page_size = _PAGE
        return self._pages(
            request,
            lambda: responses.listed(self._kernels.list_kernel_files(request)),
            f"the files of {kernel} version {version}",
        )

    def quota(self) -> Quota:
        """Return what is left of the week's hours.

        Raises:
            KaggleError: the server does not say.
        """
        request = api.ApiGetAcceleratorQuotaStatisticsRequest()
        found = self._ask(
            lambda: responses.quota(self._kernels.get_accelerator_quota_statistics(request))
        )
        if found is None:
            raise KaggleError(f"{self.server.name} does not tell your quota")
        return found

    def delete(self, kernel: str) -> None:
        """Delete a kernel with all its versions.

        Raises:
            KaggleError: the server did not do it, or nobody knows whether it did.
        """
        request = api.ApiDeleteKernelRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        self._tell(lambda: self._kernels.delete_kernel(request), f"{kernel} was not deleted")

    def cancel(self, session: int) -> None:
        """Cancel a run by the number of its session, which only the run itself knows.

        Raises:
            KaggleError: the server did not do it, or nobody knows whether it did.
        """
        request = api.ApiCancelKernelSessionRequest()
        request.kernel_session_id = session
        self._tell(
            lambda: self._kernels.cancel_kernel_session(request), f"{session} was not cancelled"
        )

    def _ask(self, question: Callable[[], _T]) -> _T | None:
        """Ask something that changes nothing; None where Kaggle knows of no such thing."""
        with translate_errors(self.server):
            try:
                return retry.retry(
                    question, self.patience, self.clock, passes=is_transient, told=pause_of
                )
            except requests.HTTPError as error:
                if error.response is not None and error.response.status_code in _NO_SUCH_RUN:
                    return None
                raise

    def _pages(
        self, request: Any, question: Callable[[], tuple[list[_T], str]], what: str
    ) -> tuple[_T, ...]:
        """Return what is on all pages of a list."""
        found: list[_T] = []
        for _ in range(_MOST_PAGES):
            page = self._ask(question)
            if page is None:
                raise KaggleError(f"{self.server.name} does not list {what}")
            found += page[0]
            if not page[1]:
                return tuple(found)
            request.page_token = page[1]
        raise KaggleError(f"the list of {what} has no end")

    def _tell(self, order: Callable[[], Any], failed: str) -> None:
        """Have something done, once; Kaggle may say inside a success that it was not."""
        with translate_errors(self.server):
            answer = with_deadline(self.patience.deadline, order)
            if answer.error_message:
                raise KaggleError(f"{failed}: {plain(answer.error_message)}")


def _save_request(metadata: dict[str, Any], text: str) -> Any:
    """Return the request that saves a version; each key goes into the field that its Key names."""
    request = api.ApiSaveKernelRequest()
    request.text = text
    for name, key in keys_of(KaggleSpec).items():
        setattr(request, key.api, metadata[name])
    return request


def _page(answer: Any) -> tuple[Outputs, str]:
    """Return a page of outputs, and the token of the next one, empty behind the last."""
    files = [OutputFile(name=_text(f.file_name), url=_text(f.url)) for f in answer.files or []]
    if not all(file.name and file.url for file in files):
        raise ValueError("an output without a name or an address")
    return Outputs(tuple(files), _text(answer.log)), _text(answer.next_page_token)


def _label(version: int | None) -> str | None:
    # The server wants "v2"; a bare "2" is answered with a 404.
    return None if version is None else f"v{version}"
