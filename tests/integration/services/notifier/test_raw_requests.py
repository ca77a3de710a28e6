"""What reaches the ports of the notifier and is hardly HTTP: requests in disguise, in two minds
about where they end, for another host, for what is not for the world."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Final

import pytest

from tests.support.processes import Service, free_port, service

pytestmark = pytest.mark.timeout(180)
HIDDEN: Final = b"GET /metrics HTTP/1.1\r\nHost: n.example\r\n\r\n"
HEAD: Final = b"Host: n.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
POST: Final = b"POST /webhooks/telegram HTTP/1.1\r\n" + HEAD
CHUNKED: Final = b"Transfer-Encoding: chunked\r\n"
LONG: Final = b"Content-Length: %d\r\n" % (5 + len(HIDDEN))
IN_TWO_MINDS: Final = {
    "a length and chunks": POST + LONG + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN,
    "chunks and a length": POST + CHUNKED + LONG + b"\r\n0\r\n\r\n" + HIDDEN,
    "two lengths": POST + b"Content-Length: 0\r\n" + LONG + b"\r\n" + HIDDEN,
    "a list of lengths": POST + b"Content-Length: 0, 5\r\n\r\n" + HIDDEN,
    "a length with a sign": POST + b"Content-Length: +0\r\n\r\n" + HIDDEN,
    "a length below nothing": POST + b"Content-Length: -1\r\n\r\n" + HIDDEN,
    "chunks in disguise": POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "chunks twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n" + HIDDEN,
    "a blank before the colon": POST + b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    "a chunk that lies": POST + CHUNKED + b"\r\n-1\r\n\r\n" + HIDDEN,
    "a chunk without end": POST + CHUNKED + b"\r\nffffffffffffffffffff\r\n" + HIDDEN,
    "a carriage return in a header": POST + b"X: a\rContent-Length: 0\r\n\r\n" + HIDDEN,
    "a NUL in a header": POST + b"X: a\x00b\r\nContent-Length: 0\r\n\r\n" + HIDDEN,
    "HTTP/0.9": b"GET /metrics\r\n\r\n" + HIDDEN,
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500) + HIDDEN,
}
ONE_AFTER_THE_OTHER: Final = {
    "a name that is folded": POST + b"X:\r\n Transfer-Encoding: chunked\r\n\r\n" + HIDDEN,
    "line feeds alone": b"GET /p/x HTTP/1.1\nHost: n.example\n\n" + HIDDEN,
    "HTTP/2's first words": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + HIDDEN,
}
"""Odd, but everybody who reads HTTP finds the same two requests in it."""
ELSEWHERE: Final = {
    "another host in the address": b"GET http://evil.example/metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    "a way around": b"GET /p/../metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    "two slashes": b"GET //metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    "a dot": b"GET /./metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    "in code": b"GET /%6d%65trics HTTP/1.1\r\nHost: x\r\n\r\n",
    "with a parameter": b"GET /metrics;a=b HTTP/1.1\r\nHost: x\r\n\r\n",
    "to another method": b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-HTTP-Method-Override: GET\r\n\r\n",
    "by a proxy's word": b"GET / HTTP/1.1\r\nHost: x\r\nX-Original-URL: /metrics\r\n\r\n",
    "a tunnel": b"CONNECT 127.0.0.1:5432 HTTP/1.1\r\nHost: 127.0.0.1:5432\r\n\r\n",
    "all of it": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "without a host": b"GET /metrics HTTP/1.1\r\n\r\n",
    "with two hosts": b"GET /metrics HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
}


@pytest.fixture
async def ports(settings: dict[str, str]) -> AsyncIterator[tuple[Service, int]]:
    """One port for the world, another for us."""
    world = free_port()
    told = {
        "HEADSUP_PUBLIC_PORT": str(world),
        "HEADSUP_PUBLIC_URL": "https://n.example",
        "HEADSUP_ANSWER_KEY": "a key that is long enough to be one",
        "HEADSUP_TELEGRAM_SECRET": "what-only-telegram-says",
    }
    async with service("services.notifier", settings | told) as running:
        await running.until_ready()
        yield running, world
        code, _, logs = await running.terminate()
    assert code == 0
    assert "Traceback" not in logs


async def said(port: int, words: bytes) -> bytes:
    """All that is answered until the other side closes, or says nothing more for a second."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(words)
    answer = b""
    try:
        while True:
            async with asyncio.timeout(2):
                data = await reader.read(65_536)
            if not data:
                break
            answer += data
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return answer


def statuses(answer: bytes) -> list[int]:
    return [int(found) for found in re.findall(rb"HTTP/1\.1 (\d{3})", answer)]


async def test_whatever_reaches_the_world_s_port_shows_nothing_that_is_ours(
    ports: tuple[Service, int],
) -> None:
    running, world = ports
    seen = {}
    for name, words in (IN_TWO_MINDS | ONE_AFTER_THE_OTHER | ELSEWHERE).items():
        answer = await said(world, words)
        seen[name] = statuses(answer)
        assert b"headsup_" not in answer, name
        assert b"evil.example" not in answer, name
        assert b"Traceback" not in answer, name
        assert all(status in {400, 403, 404, 405, 431, 503} for status in seen[name]), (name, seen)
    assert (await running.get("/livez")).status_code == 200
    assert b"headsup_" in (await running.get("/metrics")).content


async def test_a_request_that_is_in_two_minds_about_its_end_is_followed_by_no_other(
    ports: tuple[Service, int],
) -> None:
    _, world = ports
    answers = {name: await said(world, words) for name, words in IN_TWO_MINDS.items()}
    more = {name: statuses(answer) for name, answer in answers.items() if len(statuses(answer)) > 1}
    assert more == {}
