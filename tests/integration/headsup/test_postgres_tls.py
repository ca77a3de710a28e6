"""PostgreSQL over TLS: verified by default, and a refusal is a sentence.

The server is found by a name that is not this machine's (by the resolver of the test), because on
this machine no TLS is asked for.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest

from headsup import postgres
from headsup.migrations import tables_in
from headsup.settings import SettingsError
from tests.support.certificates import Authority, Pair
from tests.support.tls_postgres import Front, fronted

HOST: Final = "db.shop.example"
Opened = Callable[[Pair | None], AbstractAsyncContextManager[tuple[Front, str]]]


@pytest.fixture
def opened(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Opened:
    """The database behind a front that shows a certificate, and its address."""
    parts = urlsplit(database_url)
    place = parse_qs(parts.query)["host"][0]

    @asynccontextmanager
    async def behind(shows: Pair | None) -> AsyncIterator[tuple[Front, str]]:
        loop = asyncio.get_running_loop()
        lookup = loop.getaddrinfo

        async def found(host: str, port: int, **more: Any) -> Any:
            return await lookup("127.0.0.1" if host == HOST else host, port, **more)

        monkeypatch.setattr(loop, "getaddrinfo", found, raising=False)
        async with fronted(f"{place}/.s.PGSQL.5432", shows) as (front, port):
            yield front, f"postgresql://postgres:secret@{HOST}:{port}{parts.path}"

    return behind


async def said_of(url: str) -> list[str]:
    """Why it is not reached, by a pool and by a single connection alike."""
    with pytest.raises(SettingsError) as pooled:
        await postgres.connect(url, name="test")
    with pytest.raises(SettingsError) as single:
        await postgres.connect_once(url)
    assert single.value.problems == pooled.value.problems
    assert "secret" not in str(single.value)
    return single.value.problems


async def test_it_is_verified_where_the_address_says_nothing(
    opened: Opened, authority: Authority
) -> None:
    async with opened(authority.vouch("db", f"DNS:{HOST}")) as (front, url):
        trusting = f"{url}?sslrootcert={authority.certificate}"
        assert [each.problem for each in await tables_in(trusting)] == [None, None]
        pool = await postgres.connect(trusting, name="test")
        assert await pool.fetchval("SELECT 1") == 1
        await pool.close()
        assert (front.encrypted > 0, front.plain) == (True, 0)
        assert await said_of(url) == [
            "DATABASE_URL: the database's certificate is not trusted: unable to get local issuer "
            "certificate. Name who vouches for it with sslrootcert=FILE."
        ]
        assert front.plain == 0


async def test_a_certificate_of_another_host_is_refused(
    opened: Opened, authority: Authority
) -> None:
    async with opened(authority.vouch("other", "DNS:other.example")) as (_, url):
        [said] = await said_of(f"{url}?sslrootcert={authority.certificate}")
    assert "Hostname mismatch" in said


async def test_a_database_without_tls_is_refused_unless_the_address_allows_it(
    opened: Opened,
) -> None:
    async with opened(None) as (front, url):
        assert await said_of(url) == [
            "DATABASE_URL: the database offers no TLS. Give it a certificate; or, where nobody can "
            "listen on the way, write sslmode=disable into the address."
        ]
        assert front.plain == 0
        connection = await postgres.connect_once(f"{url}?sslmode=disable")
        await connection.close()
        assert front.plain == 1


async def test_what_the_address_says_is_obeyed(opened: Opened, authority: Authority) -> None:
    async with opened(authority.vouch("db", f"DNS:{HOST}")) as (front, url):
        connection = await postgres.connect_once(f"{url}?sslmode=require")
        await connection.close()
        assert (front.encrypted, front.plain) == (1, 0)


async def test_a_file_that_is_not_there_is_named() -> None:
    assert await said_of(f"postgresql://u:secret@{HOST}/x?sslrootcert=/no/such") == [
        "DATABASE_URL: sslrootcert, sslcert or sslkey names no file that can be used."
    ]
