"""Tests of the address of a Dask cluster."""

import pytest

from nbship.core.run.cluster_address import host_of


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("local", ""),
        ("tcp://127.0.0.1:8786", "127.0.0.1"),
        ("tls://a-host.example:1", "a-host.example"),
        ("tcp://[::1]:8786", "::1"),
    ],
)
def test_the_host_of_an_address(address: str, host: str) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize(
    "address", ["", "nowhere", "tcp://a", "http://a:1", "tcp://a:1/x", "tcp://a:123456", "a:1"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="is neither 'local' nor the address of a scheduler"):
        host_of(address)
