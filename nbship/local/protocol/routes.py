"""Which call an address stands for: a method by its own name or by its REST alias, a log, a file.

Pure. The official client calls every method by its own name; others, and those who try things out
with curl, know the aliases.
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

STREAM = "stream"
DOWNLOAD = "download"
UPLOAD = "upload"
SECRET = "GetUserSecretByLabelRequest"  # noqa: S105 - the name of a call

_RPC = re.compile(r"/(?:api/)?v1/([A-Za-z.]+/[A-Za-z]+)")
_API = r"/(?:api/)?v1"
_KERNEL = r"/(?P<userName>[^/]+)/(?P<kernelSlug>[^/]+)"
# Verb, address, name. What the address names in parentheses are fields of the request.
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
    """What is asked for."""

    name: str = ""  # in one word; empty for what is not known
    method: str = ""  # of the API, with its service; empty for what is no method
    fields: dict[str, str] = field(default_factory=dict)  # what the path says


def find(verb: str, path: str) -> Route:
    """Return what a request's verb and path stand for."""
    for known_verb, pattern, name, method in _TABLE:
        if verb == known_verb and (match := pattern.fullmatch(path)):
            fields = {key: unquote(value) for key, value in match.groupdict().items()}
            return Route(name, method, fields)
    if verb == "POST" and (match := _RPC.fullmatch(path)):
        return Route(match[1].rpartition("/")[2], match[1])
    return Route()
