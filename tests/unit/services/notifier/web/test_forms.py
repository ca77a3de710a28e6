"""What strangers post is read with a limit, and with little patience."""

import asyncio
from collections.abc import Iterable
from typing import Any

import pytest
from starlette.requests import Request

from services.notifier.web.forms import (
    LARGEST_BODY,
    MOST_FIELDS,
    CutOffError,
    MalformedError,
    query_of,
    read_body,
    read_form,
)

FORM = "application/x-www-form-urlencoded"
GONE = {"type": "http.disconnect"}


def chunk(body: bytes, *, more: bool = False) -> dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more}


def posted(
    messages: Iterable[dict[str, Any]], content_type: str = FORM, query: bytes = b""
) -> Request:
    """A request of which these parts arrive, and then nothing any more."""
    coming = iter(messages)

    async def receive() -> dict[str, Any]:
        for message in coming:
            return message
        await asyncio.Event().wait()
        raise AssertionError

    headers = [(b"content-type", content_type.encode())]
    scope = {"type": "http", "method": "POST", "headers": headers, "query_string": query}
    return Request(scope, receive)


@pytest.mark.parametrize("content_type", [FORM, "Application/X-WWW-Form-Urlencoded; charset=utf-8"])
async def test_a_form_is_read_whatever_way_it_is_cut(content_type: str) -> None:
    parts = [chunk(b"a=1&b=", more=True), chunk(b"%D1%97+x&", more=True), chunk(b"c=")]
    assert await read_form(posted(parts, content_type)) == {"a": "1", "b": "ї x", "c": ""}


async def test_as_much_as_is_allowed_is_read_and_no_octet_more() -> None:
    name, most = b"a=", LARGEST_BODY - 2
    assert (await read_form(posted([chunk(name + b"x" * most)])))["a"] == "x" * most
    for parts in (
        [chunk(name + b"x" * (most + 1))],
        [chunk(name + b"x" * most, more=True), chunk(b"x")],
    ):
        with pytest.raises(MalformedError, match="too large"):
            await read_form(posted(parts))


async def test_a_flood_is_left_at_the_first_part_that_is_too_much() -> None:
    left = iter([chunk(b"x" * 10, more=True) for _ in range(100)])
    with pytest.raises(MalformedError, match="too large"):
        await read_body(posted(left), 25)
    assert len(list(left)) == 97


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"a=1&b=2&a=1", "a field twice"),
        (b"a", "no form"),
        (b"a=1&&b=2", "no form"),
        (b"a=%FF", "no form"),
        (b"a=\xff", "no text"),
        (b"&".join(b"a%d=1" % number for number in range(MOST_FIELDS + 1)), "no form"),
    ],
)
async def test_what_nobody_could_mean_is_no_form(body: bytes, why: str) -> None:
    with pytest.raises(MalformedError, match=why):
        await read_form(posted([chunk(body)]))


async def test_as_many_fields_as_are_allowed_are_read() -> None:
    body = b"&".join(b"a%d=1" % number for number in range(MOST_FIELDS))
    assert len(await read_form(posted([chunk(body)]))) == MOST_FIELDS


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "multipart/form-data", "x" + FORM]
)
async def test_what_does_not_say_that_it_is_a_form_is_none(content_type: str) -> None:
    with pytest.raises(MalformedError, match="no form"):
        await read_form(posted([chunk(b"a=1")], content_type))


async def test_whoever_hangs_up_was_cut_off() -> None:
    with pytest.raises(CutOffError):
        await read_form(posted([chunk(b"a=", more=True), GONE]))


async def test_whoever_is_too_slow_is_not_waited_for() -> None:
    async with asyncio.timeout(10):
        with pytest.raises(CutOffError):
            await read_body(posted([chunk(b"a=", more=True)]), seconds=0.01)


def test_a_query_is_had_as_it_was_sent() -> None:
    assert query_of(posted([], query=b"a=%2F+\xe9")) == "a=%2F+\u00e9"
