"""The Kaggle client: typed answers of the API, each within a deadline.

Side effects: sends requests to Kaggle, or to a local Kaggle on this machine, and nowhere else.

It uses ``kagglesdk``, the API layer of the official kaggle package. It does not import ``kaggle``,
because that import logs in over the network, without a deadline.
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
    plain,
    requested_wait,
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
    DatasetState,
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

_PAGE_SIZE = 100  # entries
_NOT_FOUND = frozenset({403, 404})  # Kaggle answers 403 for a missing kernel and for another user's
_T = TypeVar("_T")


class _HttpClient(KaggleHttpClient):  # type: ignore[misc] # kagglesdk ships no types
    """The client of kagglesdk with our session: it sends our credentials and prints no header."""

    def __init__(self, server: Server) -> None:
        super().__init__(env=KaggleEnv.PROD if server.is_kaggle else KaggleEnv.LOCAL, verbose=False)
        self._endpoint = server.endpoint
        self._session = GuardedSession(server)

    def _init_session(self) -> requests.Session:
        return self._session

    def _prepare_response(self, response_type: Any, http_response: requests.Response) -> Any:
        # kagglesdk parses JSON before it looks at the status, so that a refusal which is not JSON
        # ends in another error. It turns a JSON list into an answer without any field.
        http_response.raise_for_status()
        if not isinstance(http_response.json(), dict):
            raise TypeError("the answer is not a JSON object")
        return super()._prepare_response(response_type, http_response)


class Kaggle:
    """A client of one server. It sends nothing until a method is called."""

    def __init__(
        self,
        server: Server,
        *,
        patience: Patience | None = None,
        limits: Limits | None = None,
        clock: retry.Clock = clock,
    ) -> None:
        """Make a client; ``patience`` is for requests, ``limits`` for the watch of a run."""
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
        """The user whose credentials are used, "" if they are a token."""
        return self.server.credentials.user or ""

    def unreachable(self) -> ServerUnreachable:
        """Return the error that no server answers at the address."""
        return unreachable(self.server)

    def stream(self, kernel: str, version: int) -> Iterator[LogEvent | StreamEnd]:
        """Yield the lines of a run's log from the first one on, then how the stream ended.

        Raises:
            KaggleError: the local Kaggle redirects to a host that is not on this machine.
        """
        return log_stream.stream(self.server, kernel, version)

    def download(
        self, file: OutputFile, *, most: int, have: int = 0, validator: str = ""
    ) -> AbstractContextManager[Incoming]:
        """Request an output file, from byte ``have`` on if the server still has that content.

        Raises:
            KaggleError: the server refuses the file, sends only a part of it or sends it too
                slowly, or the file is larger than ``most`` bytes. Iterating over the chunks raises
                it too.
        """
        return incoming(self.server, file, most=most, have=have, validator=validator)

    def save(self, metadata: dict[str, Any], text: str, *, run: bool = True) -> Saved:
        """Make a new version of a kernel, and start its run if ``run`` is true.

        Sends once. Before retrying, the caller must check whether the version exists.

        Raises:
            RequestRejected: Kaggle refused the save; nothing happened.
            ServerUnreachable: no connection was made; nothing happened.
            SourcesDropped: the version exists, but it runs without some of its sources.
            OutcomeUnknown: the answer was lost or makes no sense.
        """
        request = _save_request(metadata, text)
        if not run:
            request.kernel_execution_type = KernelExecutionType.QUICK_SAVE
        with translate_save_errors(self.server):
            answer = with_deadline(self.patience.save, lambda: self._kernels.save_kernel(request))
            return responses.saved(answer)

    def get(self, kernel: str, version: int | None = None) -> RemoteKernel | None:
        """Return a version of a kernel (by default the latest), or None if it does not exist.

        Raises:
            KaggleError: the server does not answer, or refuses to.
        """
        request = api.ApiGetKernelRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        request.version_label = _label(version)
        return self._query(lambda: responses.remote(kernel, self._kernels.get_kernel(request)))

    def status(self, kernel: str, version: int | None = None) -> RunStatus | None:
        """Return the status of a version's run, or None if Kaggle does not know such a run.

        Raises:
            KaggleError: the server does not answer, or refuses to.
        """
        request = api.ApiGetKernelSessionStatusRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        request.version_label = _label(version)
        return self._query(
            lambda: responses.status(self._kernels.get_kernel_session_status(request))
        )

    def outputs(self, kernel: str, version: int) -> Outputs:
        """Return all files that a run left, and its log.

        Stops after the page on which ``MOST_FILES``, the number of files that are fetched, is
        passed.

        Raises:
            KaggleError: the run does not exist, or the list of pages does not terminate.
        """
        request = api.ApiListKernelSessionOutputRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        request.version_label = _label(version)
        request.page_size = _PAGE_SIZE
        found: list[OutputFile] = []
        log, tokens = "", set[str]()
        for _ in range(self.server.limits.pages):
            page = self._query(lambda: _page(self._kernels.list_kernel_session_output(request)))
            if page is None:
                raise KaggleError(f"Kaggle has no outputs of {kernel} version {version}")
            outputs, next_page = page
            found += outputs.files
            log = log or outputs.log
            if not next_page or len(found) > MOST_FILES:
                return Outputs(tuple(found), log)
            if next_page in tokens:
                break
            tokens.add(next_page)
            request.page_token = next_page
        raise KaggleError(f"the list of outputs of {kernel} does not terminate")

    def mine(self) -> tuple[KernelEntry, ...]:
        """Return all kernels of the user whose credentials the client sends.

        Raises:
            KaggleError: the server does not answer, or the list of pages does not terminate.
        """
        request = api.ApiListKernelsRequest()
        request.group = KernelsListViewType.PROFILE
        request.page_size = _PAGE_SIZE
        return self._pages(
            request, lambda: responses.entries(self._kernels.list_kernels(request)), "your kernels"
        )

    def files(self, kernel: str, version: int) -> tuple[ListedFile, ...]:
        """Return the names of the files that a run left, with the sizes that the server reports.

        Raises:
            KaggleError: the run does not exist, or the list of pages does not terminate.
        """
        request = api.ApiListKernelFilesRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        request.version_label = _label(version)
        request.page_size = _PAGE_SIZE
        return self._pages(
            request,
            lambda: responses.listed(self._kernels.list_kernel_files(request)),
            f"the files of {kernel} version {version}",
        )

    def quota(self) -> Quota:
        """Return how much of the week's accelerator time is used and allowed.

        Raises:
            KaggleError: the server does not report it.
        """
        request = api.ApiGetAcceleratorQuotaStatisticsRequest()
        found = self._query(
            lambda: responses.quota(self._kernels.get_accelerator_quota_statistics(request))
        )
        if found is None:
            raise KaggleError(f"{self.server.name} does not report your quota")
        return found

    def dataset_state(self, dataset: str) -> DatasetState | None:
        """Return whether a dataset can be used, None if Kaggle does not tell.

        Kaggle answers alike for a dataset that does not exist and for another user's.

        Raises:
            KaggleError: the server does not answer, or refuses to.
        """
        from nbship.edges.kaggle import datasets

        return self._query(lambda: datasets.state(self._http, dataset))

    def dataset_version(self, dataset: str) -> int | None:
        """Return the number of a dataset's latest version, None if Kaggle does not tell.

        Raises:
            KaggleError: the server does not answer, or refuses to.
        """
        from nbship.edges.kaggle import datasets

        return self._query(lambda: datasets.version(self._http, dataset))

    def delete(self, kernel: str) -> None:
        """Delete a kernel with all its versions.

        Raises:
            KaggleError: the server did not delete it, or its answer was lost.
        """
        request = api.ApiDeleteKernelRequest()
        request.user_name, request.kernel_slug = kernel.split("/")
        self._command(lambda: self._kernels.delete_kernel(request), f"{kernel} was not deleted")

    def cancel(self, session: int) -> None:
        """Cancel a run by its session number, which only code inside the run can find out.

        Raises:
            KaggleError: the server did not cancel it, or its answer was lost.
        """
        request = api.ApiCancelKernelSessionRequest()
        request.kernel_session_id = session
        self._command(
            lambda: self._kernels.cancel_kernel_session(request), f"{session} was not cancelled"
        )

    def _query(self, call: Callable[[], _T]) -> _T | None:
        """Call the API without changing anything; return None if the thing does not exist."""
        with translate_errors(self.server):
            try:
                return retry.retry(
                    call,
                    self.patience,
                    self.clock,
                    is_transient=is_transient,
                    requested_wait=requested_wait,
                )
            except requests.HTTPError as error:
                if error.response is not None and error.response.status_code in _NOT_FOUND:
                    return None
                raise

    def _pages(
        self, request: Any, call: Callable[[], tuple[list[_T], str]], what: str
    ) -> tuple[_T, ...]:
        """Return the entries on all pages of a list."""
        found: list[_T] = []
        for _ in range(self.server.limits.pages):
            page = self._query(call)
            if page is None:
                raise KaggleError(f"{self.server.name} does not list {what}")
            found += page[0]
            if not page[1]:
                return tuple(found)
            request.page_token = page[1]
        raise KaggleError(f"the list of {what} does not terminate")

    def _command(self, call: Callable[[], Any], failure: str) -> None:
        """Call the API once to change something; Kaggle can report a failure with status 200."""
        with translate_errors(self.server):
            answer = with_deadline(self.patience.deadline, call)
            if answer.error_message:
                raise KaggleError(f"{failure}: {plain(answer.error_message)}")


def _save_request(metadata: dict[str, Any], text: str) -> Any:
    """Return the request that saves a version; each key goes into the field that its Key names."""
    request = api.ApiSaveKernelRequest()
    request.text = text
    for name, key in keys_of(KaggleSpec).items():
        setattr(request, key.api, metadata[name])
    return request


def _page(answer: Any) -> tuple[Outputs, str]:
    """Return a page of outputs, and the token of the next page, empty for the last one."""
    files = [OutputFile(name=_text(f.file_name), url=_text(f.url)) for f in answer.files or []]
    if not all(file.name and file.url for file in files):
        raise ValueError("an output without a name or a URL")
    return Outputs(tuple(files), _text(answer.log)), _text(answer.next_page_token)


def _label(version: int | None) -> str | None:
    # The server expects "v2"; it answers a bare "2" with status 404.
    return None if version is None else f"v{version}"
