"""Which hosts are this machine."""

import pytest

from headsup.hosts import is_here


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]", "/run/postgresql"]
)
def test_this_machine(host: str) -> None:
    assert is_here(host)


@pytest.mark.parametrize(
    "host", ["", "localhost.example", "10.0.0.1", "::", "db", "127.0.0.1.example"]
)
def test_another_one(host: str) -> None:
    assert not is_here(host)
