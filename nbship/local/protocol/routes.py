"""The routes: from a request's verb and path to a method, a log stream or a file. Pure.

The official client calls every method by its RPC name (``kernels.KernelsApiService/SaveKernel``);
other clients, and people with curl, use the REST aliases (``kernels/push``).
"""

import re
from dataclasses import dataclass, field
from urllib.parse import unquote

KERNELS = "kernels.KernelsApiService"
DATASETS = "datasets.DatasetApiService"
BLOBS = "blobs.BlobApiService"
OAUTH = "security.OAuthService"
ACCOUNTS = "users.AccountService"
OPERATIONS = "common.OperationsService"
DISCUSSIONS = "discussions.DiscussionApiService"

STREAM = "stream"
DOWNLOAD = "download"
UPLOAD = "upload"
SECRET = "GetUserSecretByLabelRequest"  # noqa: S105 - the name of a call

_RPC = re.compile(r"/(?:api/)?v1/([A-Za-z.]+/[A-Za-z]+)")
_API = r"/(?:api/)?v1"
_KERNEL = r"/(?P<userName>[^/]+)/(?P<kernelSlug>[^/]+)"
# Verb, path, name. The named groups of a path are fields of the request.
_PLAIN = [
    ("GET", rf"{_API}/kernels/logs/stream{_KERNEL}", STREAM),
    ("GET", rf"{_API}/kernels/sessions/(?P<kernelSessionId>[0-9]+)/logs/stream", STREAM),
    ("POST", rf"{_API}/{re.escape(KERNELS)}/GetKernelSessionLogsStream", STREAM),
    ("GET", r"/kf/(?P<session>[0-9]{1,18})/(?P<token>[^/]+)/(?P<name>.+)", DOWNLOAD),
    ("PUT", r"/upload/(?P<token>[^/]+)", UPLOAD),
    ("POST", r"/requests/GetUserSecretByLabelRequest", SECRET),
]
_ALIASES = [
    ("GET", r"/kernels/list", "ListKernels"),
    ("GET", r"/kernels/files", "ListKernelFiles"),
    ("GET", r"/kernels/pull", "GetKernel"),
    ("POST", r"/kernels/push", "SaveKernel"),
    ("GET", r"/kernels/output", "ListKernelSessionOutput"),
    ("GET", r"/kernels/status", "GetKernelSessionStatus"),
    ("GET", r"/kernels/quota", "GetAcceleratorQuotaStatistics"),
    ("POST", r"/kernels/cancel-session/(?P<kernelSessionId>[0-9]+)", "CancelKernelSession"),
    ("POST", r"/kernels/create-session/(?P<slug>[^/]+/[^/]+)", "CreateKernelSession"),
    ("POST", rf"/kernels/delete{_KERNEL}", "DeleteKernel"),
    (
        "GET",
        r"/kernels/output/download_zip/(?P<kernelSessionId>[0-9]+)",
        "DownloadKernelOutputZip",
    ),
    (
        "GET",
        r"/kernels/output/download/(?P<ownerSlug>[^/]+)/(?P<kernelSlug>[^/]+)/(?P<filePath>.+)",
        "DownloadKernelOutput",
    ),
]
_TABLE = [
    *((verb, re.compile(path), name, "") for verb, path, name in _PLAIN),
    *(
        (verb, re.compile(_API + path), name, f"{KERNELS}/{name}")
        for verb, path, name in _ALIASES
    ),
    ("POST", re.compile(rf"{_API}/operations/get"), "GetOperation", f"{OPERATIONS}/GetOperation"),
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """The call that a request addresses."""

    name: str = ""  # one word, for example SaveKernel or stream; empty if unknown
    method: str = ""  # the RPC name; empty for a log stream, a file and an unknown path
    fields: dict[str, str] = field(default_factory=dict)  # the request's fields in the path


def find(verb: str, path: str) -> Route:
    """Return the route of a request's verb and path; an empty one if there is none."""
    for route_verb, pattern, name, method in _TABLE:
        if verb == route_verb and (match := pattern.fullmatch(path)):
            fields = {key: unquote(value) for key, value in match.groupdict().items()}
            return Route(name, method, fields)
    if verb == "POST" and (match := _RPC.fullmatch(path)):
        return Route(match[1].rpartition("/")[2], match[1])
    return Route()
