"""When PostgreSQL is asked for TLS, by the words of its address."""

import ssl
from collections.abc import Mapping

import pytest

from headsup.postgres_tls import tls_options

NOBODY: Mapping[str, str] = {}


def is_verified(url: str, environ: Mapping[str, str] = NOBODY) -> bool:
    options = tls_options(url, environ)
    if not options:
        return False
    context = options["ssl"]
    assert context.check_hostname
    return bool(context.verify_mode is ssl.CERT_REQUIRED)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@db.example/x",
        "postgresql://u:p@db.example:5432/x?application_name=y",
        "postgres://db",
        "postgresql://u:p@10.0.0.7/x",
        "postgresql://u:p@[2001:db8::7]:5432/x",
        "postgresql://u:p@localhost,db.example/x",
        "postgresql://u@/x?host=db.example",
        "postgresql://u:p%40localhost@db.example/x",
        "postgresql://u:p@localhost/x?sslmode=verify-full",
        "postgresql://u:p@db.example/x?sslmode=verify-full",
        "postgresql://u:p@db.example/x?sslrootcert=system",
    ],
)
def test_a_server_elsewhere_is_verified(url: str) -> None:
    assert is_verified(url)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:p@localhost/x",
        "postgresql://u:p@127.0.0.1:5432/x",
        "postgresql://u:p@[::1]:5432/x",
        "postgresql://u:@/x?host=/run/postgresql",
        "postgresql:///x",
    ],
)
def test_one_on_this_machine_is_left_to_asyncpg(url: str) -> None:
    assert tls_options(url, NOBODY) == {}


@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require", "verify-ca", "nonsense"])
def test_what_the_address_says_is_left_to_asyncpg(mode: str) -> None:
    assert tls_options(f"postgresql://u:p@db.example/x?sslmode={mode}", NOBODY) == {}
    assert tls_options("postgresql://u:p@db.example/x", {"PGSSLMODE": mode}) == {}


def test_where_the_server_is_may_stand_in_the_environment() -> None:
    assert is_verified("postgresql:///x", {"PGHOST": "db.example"})
    assert not is_verified("postgresql:///x", {"PGHOST": "/run/postgresql"})


def test_files_that_are_not_there_are_an_error() -> None:
    for name in ("sslrootcert", "sslcert"):
        with pytest.raises(OSError, match="No such file"):
            tls_options(f"postgresql://db.example/x?{name}=/no/such", NOBODY)
