"""The address of a Dask cluster on the command line."""

import re

LOCAL = "local"  # in place of an address: workers of this machine, for one command
_ADDRESS = re.compile(r"(?:tcp|tls)://(\[[0-9a-fA-F:]+\]|[\w.-]+):\d{1,5}", re.ASCII)


def host_of(address: str) -> str:
    """Return the host of an address, "" for workers of this machine.

    Raises:
        ValueError: it is no address; the message completes "--dask 'x' ...".
    """
    if address == LOCAL:
        return ""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError("is neither 'local' nor the address of a scheduler, tcp://HOST:PORT")
    return found[1].strip("[]")
