"""Downloads of what a run left: the bytes of one file, from an address that needs no credentials.

Side effects: sends requests to wherever the server says that the file lies.
"""

from collections.abc import Iterator

from nbship.edges.network import GuardedSession, Server
from nbship.edges.refusals import plain, translated
from nbship.errors import KaggleError
from nbship.model.run import OutputFile


def download(server: Server, file: OutputFile) -> Iterator[bytes]:
    """Yield the bytes of an output file.

    Raises:
        KaggleError: the server does not hand it out, or stops in the middle.
    """
    with translated(server), GuardedSession(server, anonymous=True) as session:
        answer = session.get(file.url, stream=True)
        answer.raise_for_status()
        size = answer.headers.get("Content-Length")
        received = 0
        for chunk in answer.iter_content(1 << 16):
            received += len(chunk)
            yield chunk
        is_encoded = "Content-Encoding" in answer.headers
        if size is not None and not is_encoded and received != int(size):
            raise KaggleError(f"{plain(file.name)}: {received} of {size} bytes came")
