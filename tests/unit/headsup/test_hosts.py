"""Which hosts are this machine."""

import pytest

from headsup.hosts import can_be_host, is_here


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


@pytest.mark.parametrize("name", ["db", "a.example", "ü.example", "x" * 63, "10.0.0.1", "::1"])
def test_a_name_that_can_be_asked_for(name: str) -> None:
    assert can_be_host(name)


@pytest.mark.parametrize("name", ["a..example", "x" * 64, f"{'ü' * 60}.example", ".."])
def test_a_name_that_can_be_none(name: str) -> None:
    assert not can_be_host(name)
