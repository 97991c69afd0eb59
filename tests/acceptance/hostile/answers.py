"""More than two hundred server responses, each of which must end in one line.

`expected_answers.txt` has these lines. By default a case is a complete run with one output file;
its name says what it tries.
"""

import gzip
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.scripted_server import CUT, Answer, reply

HANG = "hang"  # in place of an answer: nothing comes
SSE = "text/event-stream"
OK = "ok.txt"
GOOD = reply(b"good")
COMPLETE = {"status": "COMPLETE"}
RUNNING = {"status": "RUNNING"}
ERROR = {"status": "ERROR", "failureMessage": "The kernel died."}


@dataclass(frozen=True, slots=True)
class Case:
    """The responses of a server by the kind of request; the last one repeats."""

    name: str
    status: tuple[object, ...] = (COMPLETE,)
    outputs: tuple[object, ...] = ()
    names: tuple[str, ...] = (OK,)
    url: str = "{url}/file"
    file: object = GOOD
    stream: object = b""
    links: dict[str, str] = field(default_factory=dict)  # planted in the run's folder
    folders: tuple[str, ...] = ()
    pipes: tuple[str, ...] = ()
    most: int = 1 << 20


def all_cases() -> list[Case]:
    """Return all cases."""
    return [*_names(), *_planted(), *_files(), *_listings(), *_states(), *_streams()]


def listing(*names: str, url: str, **more: object) -> dict[str, object]:
    """Return a list of outputs."""
    return {"files": [{"fileName": name, "url": url} for name in names], "log": "[]", **more}


# --- names -------------------------------------------------------------------------------------

OUT = [
    "..", "../x", "a/../../x", "a/..", "/x", "//x", "/etc/passwd", "../" * 40 + "etc/passwd",
    "C:", "C:x", "c:/x", "C:\\x", "\\x", "\\\\server\\share\\x", "//server/share/x", "a\\x",
    "..\\x", "a\\..\\..\\x", "\\\\?\\C:\\x", "\\\\.\\pipe\\x", "~\\x", "a/b\\c", "x:y",
]  # fmt: skip
NONE = ["a//b", "a/", "./x", ".", "a/./b", "a//", "./"]
ENDS = ["a.", "a ", "a./b", "a /b", "...", " ", "a. ", "a/b..", ". ", "a/ "]
OURS = ["_nbship", "_nbship/record.json", "_NBSHIP/log.txt", "_nbship/parts/x", "_Nbship/x"]
DEVICES = [
    "con", "CON", "prn", "aux", "nul", "NUL.txt", "com1", "COM9.tar.gz", "lpt1", "LPT9", "conin$",
    "CONOUT$", "a/nul", "aux/b", "com¹", "lpt³.x", "nul .txt",
]  # fmt: skip
ODD = {
    "NUL": "a\0b", "line feed": "a\nb", "carriage return": "a\rb", "escape": "\x1b[31mred",
    "title": "\x1b]0;mine\x07", "bell": "\x07", "backspace": "a\b", "delete": "a\x7f",
    "CSI of one byte": "a\x9b31m", "next line": "a\x85b", "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b", "right to left": "a\u202etxt.exe", "isolate": "a\u2066b",
    "mark": "\u200fa", "half a pair": "a\ud800b", "tab": "a\tb",
    "many": "".join(map(chr, range(32))),
}  # fmt: skip
LONG = {
    "256 bytes": "x" * 256, "256 bytes of letters": "Ɓ" * 128, "4 KiB": "x" * 4096,
    "1 MiB": "x" * (1 << 20), "deep": "a/" * 600 + "x", "a long folder": "x" * 300 + "/x",
    "very deep": "a/" * 100_000 + "x",
}  # fmt: skip
TWINS = {
    "twice": ("a.txt", "a.txt"), "cases": ("a.txt", "A.txt"), "sharp s": ("straße", "STRASSE"),
    "composed": ("\u00e9", "e\u0301"), "a folder's case": ("Data/a", "data/b"),
    "file then folder": ("a", "a/b"), "folder then file": ("a/b", "a"), "kelvin": ("K", "\u212a"),
    "a case in the middle": ("x/Y/z", "x/y/w"),
}  # fmt: skip


def _names() -> Iterator[Case]:
    for number, name in enumerate([*OUT, *NONE, *ENDS, *OURS, *DEVICES]):
        yield Case(f"name {number}: {name[:30]!r}", names=(name, OK))
    for what, name in [*ODD.items(), *LONG.items()]:
        yield Case(f"name with {what}", names=(name, OK))
    for what, names in TWINS.items():
        yield Case(f"names: {what}", names=names)
    yield Case("names: too many", names=(OK,) * 10_001)


def _planted() -> Iterator[Case]:
    yield Case("a link in place of the file", links={OK: "outside/victim"})
    yield Case("a link to nothing", links={OK: "outside/nothing"})
    yield Case("a link to a folder", links={OK: "outside"})
    yield Case("a link in the middle", names=("a/b/c.txt",), links={"a": "outside"})
    yield Case("a link deeper", names=("a/b/c.txt",), links={"a/b": "outside"})
    yield Case("a link in a circle", names=("a/b.txt",), links={"a": "a"})
    yield Case("a link to the root", names=("a/tmp/x",), links={"a": "/"})
    yield Case("a folder in place of the file", folders=(f"{OK}/x",))
    yield Case("a pipe in place of a folder", names=("a/b.txt",), pipes=("a",))
    yield Case("our folder for parts is a link", links={"_nbship/parts": "outside"})


# --- files -------------------------------------------------------------------------------------

BOMB = gzip.compress(bytes(1 << 24), 9)
CHUNKED = reply(b"", Content_Length="-", Transfer_Encoding="chunked")
FILES: dict[str, object] = {
    **{f"status {code}": reply(b"<Error>no</Error>", code) for code in (
        204, 205, 206, 300, 304, 400, 401, 402, 403, 404, 405, 408, 410, 416, 418, 429, 451, 500,
        502, 503, 504, 599, 999)},
    "words with escapes": b"HTTP/1.1 403 \x1b[31mred\x1b]0;x\x07\r\nContent-Length: 0\r\n\r\n",
    "longer than said": reply(b"x" * 5, Content_Length="9"),
    "a length below zero": reply(b"x", Content_Length="-5"),
    "a length in words": reply(b"x", Content_Length="many"),
    "a length without end": reply(b"x", Content_Length="9" * 400),
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
    "100 GB": reply(b"x", Content_Length=str(100 << 30)),
    "no length and no end": [reply(b"", Content_Length="-"), *[b"x" * (1 << 16)] * 20],
    "a chunk without end": [CHUNKED, b"fffffff\r\n" + b"x" * 100_000],
    "a chunk below zero": CHUNKED + b"-5\r\nxxxxx\r\n0\r\n\r\n",
    "a chunk of no size": CHUNKED + b"Z\r\n",
    "a chunk's line without end": CHUNKED + b"1" * 70_000,
    "a gzip bomb": reply(BOMB, Content_Encoding="gzip"),
    "a gzip bomb in a gzip": reply(gzip.compress(BOMB), Content_Encoding="gzip, gzip"),
    "no gzip": reply(b"plain", Content_Encoding="gzip"),
    "half a gzip": reply(BOMB[:100], Content_Encoding="gzip"),
    "deflate": reply(b"x", Content_Encoding="deflate"),
    "brotli": reply(b"x", Content_Encoding="br"),
    "a coding that nobody knows": reply(b"x", Content_Encoding="\x1b[31m"),
    "a part that nobody asked for": reply(b"x", 206, Content_Range="bytes 5-9/10"),
    "no HTTP": b"SSH-2.0-OpenSSH\r\n", "an empty answer": b"", "a reset": CUT,
    "HTTP of no number": b"HTTP/x.y abc\r\n\r\n",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 1000,
    "a header without end": b"HTTP/1.1 200 OK\r\nA: " + b"x" * 100_000,
    "silence": HANG,
}  # fmt: skip
REDIRECTS = [
    "file:///etc/passwd", "ftp://127.0.0.1/x", "http://192.0.2.1/x", "https://192.0.2.1/x", "",
    "http://example.org/x", "gopher://127.0.0.1/", "data:text/plain,x", "javascript:alert(1)",
    "http://[", "http://127.0.0.1:99999/", "/round", "\\\\server\\x", "http://127.0.0.1.example/x",
    "http://127.0.0.1@192.0.2.1/x", "//192.0.2.1/x", "http://0x7f.1.example/", "http://[::2]/x",
]  # fmt: skip
URLS = [
    "no address", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://192.0.2.1/x", "http://",
    "http://[", "https://169.254.169.254/latest/meta-data", "\x1b[31m", "http://a b/", "{url}:x/",
    "unix:///run/x", "http+unix://x/y", "http://127.0.0.1:1@192.0.2.1/",
]  # fmt: skip


def _files() -> Iterator[Case]:
    for what, answer in FILES.items():
        yield Case(f"file: {what}", file=answer)
    for number, target in enumerate(REDIRECTS):
        yield Case(f"redirect {number} to {target!r}", file=reply(b"", 302, Location=target))
    for number, url in enumerate(URLS):
        yield Case(f"address {number}: {url!r}", url=url)


# --- lists, states, streams --------------------------------------------------------------------

DEEP = b'{"files":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
LISTS: dict[str, tuple[object, ...]] = {
    "no JSON": (reply(b"{"),), "HTML": (reply(b"<html>Sign in</html>", 200, "text/html"),),
    "empty": (reply(b""),), "a list": (reply([]),), "null": (reply(b"null"),),
    "text": (reply('"x"'),),
    "a number": (reply(5),), "NaN": (reply(b"NaN"),),
    "deep": (reply(DEEP),), "files of another type": (reply({"files": 5}),),
    "files of texts": (reply({"files": ["a"]}),), "files of nothing": (reply({"files": [None]}),),
    "a file without a name": (reply({"files": [{"url": "u"}]}),),
    "a name of another type": (reply({"files": [{"fileName": 5, "url": "u"}]}),),
    "an address of another type": (reply({"files": [{"fileName": "a", "url": {}}]}),),
    "a log of another type": (reply({"files": [], "log": [1]}),),
    "a token of another type": (reply({"files": [], "nextPageToken": 5}),),
    "pages in a circle": (reply({"files": [], "nextPageToken": "again"}),),
    "a refusal in a 200": (reply({"code": 403, "message": "\x1b[31mno\x1b]0;x\x07"}),),
    "404": (reply({"error": {"code": 404, "message": "Not found"}}, 404),),
    "403": (reply({"error": {"code": 403, "message": "Denied"}}, 403),),
    "500": (reply(b"", 500),), "a reset": (CUT,), "silence": (HANG,),
    "a redirect": (reply(b"", 302, Location="http://192.0.2.1/"),),
    "a redirect to a file": (reply(b"", 302, Location="file:///etc/passwd"),),
    "a gzip that is none": (reply(b"x", Content_Encoding="gzip"),),
    "a body that is cut": (reply(b"{}", Content_Length="99"),),
}  # fmt: skip
STATES: dict[str, tuple[object, ...]] = {
    "an unknown state": ({"status": "\x1b[31mDONE"},), "a state of another type": ({"status": []},),
    "a state as a number": ({"status": 99},), "no state at all": ({},),
    "words with escapes": ({"status": "ERROR", "failureMessage": "\x1b[31mred\x1b]0;t\x07\rlast"},),
    "words of many lines": ({"status": "ERROR", "failureMessage": "one\ntwo\nthree"},),
    "words of 1 MB": ({"status": "ERROR", "failureMessage": "x" * (1 << 20)},),
    "words of another type": ({"status": "ERROR", "failureMessage": ["x"]},),
    "cancelled": ({"status": "CANCEL_ACKNOWLEDGED"},), "an error": (ERROR,),
    "401": (reply({"error": {"code": 401, "message": "who?\x1b[2J"}}, 401),),
    "429 for ever": (reply(b"", 429, Retry_After="1000000000"),),
    "429 of no time": (reply(b"", 429, Retry_After="\x1b[31m"),),
    "500 for ever": (reply(b"", 500),), "HTML for ever": (reply(b"<html>", 200, "text/html"),),
    "reset for ever": (CUT,), "empty for ever": (b"",), "no HTTP": (b"garbage\r\n\r\n",),
    "silence": (HANG,), "a body of 400 MB": (reply(b"x", Content_Length=str(400 << 20)),),
    "deep": (reply(DEEP.replace(b"files", b"status")),),
}  # fmt: skip


def _line(text: str) -> bytes:
    return (
        b"data: "
        + json.dumps({"stream_name": "stdout", "time": 1, "data": text}).encode()
        + b"\n\n"
    )


def _sse(*parts: bytes) -> Iterable[bytes]:
    return [reply(b"", kind=SSE, Content_Length="-"), *parts]


END = b"data: END_OF_LOG\n\n"
STREAMS: dict[str, object] = {
    "escapes": _sse(_line("\x1b[2J\x1b]0;mine\x07red\x9b31m\n"), END),
    "a line without end": _sse(b"data: " + b"x" * (4 << 20), END),
    "junk": _sse(b"data: {\n", b"data: []\n", b"\xff\xfe\n", b"data: " + b"[" * 99_999 + b"\n"),
    "times without sense": _sse(b'data: {"data": "a\\n", "time": 1e999}\n\n', END),
    "a bar without end": _sse(*[_line("\r" + "x" * 1000)] * 50, END),
    "a reset": CUT, "no HTTP": b"garbage", "silence": HANG,
    "far away": reply(b"", 302, Location="http://192.0.2.1/"),
    "gzip": reply(BOMB, kind=SSE, Content_Encoding="gzip"),
    "a kept log of junk": reply(b"[" * 100_000), "HTML": reply(b"<html>", kind="text/html"),
}  # fmt: skip


def _listings() -> Iterator[Case]:
    for what, answers in LISTS.items():
        yield Case(f"list: {what}", outputs=answers)


def _states() -> Iterator[Case]:
    for what, answers in STATES.items():
        yield Case(f"status: {what}", status=answers, outputs=(reply({"files": [], "log": ""}),))


def _streams() -> Iterator[Case]:
    for what, answer in STREAMS.items():
        yield Case(f"stream: {what}", status=(RUNNING, ERROR), stream=answer)
    yield Case("stream: an end that is none", status=(RUNNING,), stream=_sse(_line("a\n"), END))


def answer_of(made: object) -> Answer:
    """Return the bytes that a server sends for a response of a case."""
    if made is CUT or isinstance(made, bytes):
        return made
    return reply(made) if isinstance(made, dict) else list(made)  # type: ignore[call-overload]


def plant(case: Case, folder: Path, outside: Path) -> None:
    """Create the files that exist in the run's folder before the test."""
    for path in case.folders:
        (folder / path).mkdir(parents=True)
    for path, target in case.links.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        goal = {"outside": outside, "/": Path("/"), path: Path(path)}.get(target)
        (folder / path).symlink_to(goal or outside / Path(target).name)
    for path in case.pipes:
        folder.mkdir(parents=True)
        os.mkfifo(folder / path)
