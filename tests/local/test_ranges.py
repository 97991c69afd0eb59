"""The part of a file that a request asks for, and the answer of the server."""

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from nbship.local.protocol.ranges import requested
from tests.support.local_kaggle import DEADLINE, Server


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("", None),
        ("bytes=0-", range(10)),
        ("bytes=4-", range(4, 10)),
        ("bytes=4-6", range(4, 7)),
        ("bytes=4-99", range(4, 10)),
        ("bytes=-3", range(7, 10)),
        ("bytes=-99", range(10)),
        ("bytes=10-", range(0)),
        ("bytes=-0", range(0)),
        ("bytes=6-4", None),
        ("bytes=-", None),
        ("bytes=0-1,4-5", None),
        ("lines=0-1", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 99 + "-", None),
    ],
)
def test_a_header_names_a_part_of_ten_bytes(header: str, part: range | None) -> None:
    found = requested(header, 10)
    assert found == part


@given(st.integers(0, 99), st.integers(0, 120), st.integers(0, 120))
def test_a_part_lies_in_the_file(size: int, first: int, last: int) -> None:
    for header in (f"bytes={first}-{last}", f"bytes={first}-", f"bytes=-{last}"):
        part = requested(header, size)
        assert part is None or set(part) <= set(range(size))


def test_a_file_is_sent_in_parts(server: Server) -> None:
    server.push("in-parts", "open('out.txt', 'w').write('0123456789')")
    server.ended("in-parts")
    url = server.call("ListKernelSessionOutput", **server.named("in-parts"))["files"][0]["url"]

    def get(**headers: str) -> requests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return server.session.get(url, headers=named, timeout=DEADLINE)

    whole = get()
    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert whole.headers["Accept-Ranges"] == "bytes"
    tag, modified = whole.headers["ETag"], whole.headers["Last-Modified"]
    for validator in (tag, modified):
        part = get(Range="bytes=4-", If_Range=validator)
        assert (part.status_code, part.content) == (206, b"456789")
        assert part.headers["Content-Range"] == "bytes 4-9/10"
        assert part.headers["ETag"] == tag
    assert get(Range="bytes=4-", If_Range='"another"').content == b"0123456789"
    none = get(Range="bytes=10-")
    assert (none.status_code, none.content) == (416, b"")
    assert none.headers["Content-Range"] == "bytes */10"
