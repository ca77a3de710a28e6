"""What the HTTP providers share: forms, silence, and connections that break."""

import asyncio
from contextlib import suppress
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

LARGEST_BODY = 100_000
"""Octets of a request that are read at most."""

_SILENCE = 60.0


class TooLargeError(ValueError):
    """The request is larger than `LARGEST_BODY`."""


async def read_body(request: Request) -> bytes:
    """The body. Raises TooLargeError."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise TooLargeError("The request is too large.")
    return bytes(body)


def parse_form(body: bytes) -> dict[str, str]:
    """A form (application/x-www-form-urlencoded). Of a repeated field the last value counts."""
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


class Silence(Response):
    """Never answers: holds the connection until the client gives up, for a minute at most."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Waits, and then breaks off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_SILENCE):
                while (await receive())["type"] != "http.disconnect":
                    pass
        await BrokenOff()(scope, receive, send)


class BrokenOff(Response):
    """Ends the connection in the middle of an answer.

    ASGI has no word for a reset. A body that is shorter than announced makes every server close
    the connection.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Announces a body and does not send it."""
        headers = [(b"content-length", b"1000"), (b"connection", b"close")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": True})
