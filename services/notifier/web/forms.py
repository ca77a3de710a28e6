"""What strangers post to us: read with a limit, and with little patience."""

import asyncio
from typing import Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

LARGEST_BODY: Final = 16_384
"""Octets of a form; a provider's are much smaller."""
MOST_FIELDS: Final = 100
PATIENCE: Final = 5.0
"""Seconds for the whole request to arrive."""
CALL_PATIENCE: Final = 2.0
"""The same for a provider's call, which no mobile network slows down."""
_FORM: Final = "application/x-www-form-urlencoded"


class MalformedError(ValueError):
    """This is not what was agreed on."""


class CutOffError(MalformedError):
    """It did not arrive in time, or not all of it."""


async def read_body(
    request: Request, largest: int = LARGEST_BODY, *, seconds: float = PATIENCE
) -> bytes:
    """The body of a request. Raises MalformedError."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.stream():
                body += chunk
                if len(body) > largest:
                    raise MalformedError("too large")
    except (ClientDisconnect, TimeoutError) as error:
        raise CutOffError("cut off") from error
    return bytes(body)


async def read_form(request: Request, *, seconds: float = PATIENCE) -> dict[str, str]:
    """The fields of a form, each of which stands there once. Raises MalformedError."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != _FORM:
        raise MalformedError("no form")
    body = await read_body(request, seconds=seconds)
    try:
        return once(body.decode())
    except UnicodeDecodeError as error:
        raise MalformedError("no text") from error


def query_of(request: Request) -> str:
    """The query as it was sent, before anybody decoded it."""
    return str(request.scope["query_string"].decode("latin-1"))


def once(form: str) -> dict[str, str]:
    """The fields of a form or a query. Raises MalformedError when one stands there twice."""
    try:
        pairs = parse_qsl(
            form,
            keep_blank_values=True,
            strict_parsing=True,
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise MalformedError("no form") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise MalformedError("a field twice")
    return fields
