"""Waiting for what other processes do: poll with a deadline, never sleep and hope."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")


async def eventually(look: Callable[[], Awaitable[T | None]], *, seconds: float = 30.0) -> T:
    """The first answer of `look` that is not None or False. Fails after `seconds`. The longer it
    waits the less often it looks: many who look all the time are what the others wait for."""
    began = time.monotonic()
    while True:
        found = await look()
        if found is not None and found is not False:
            return found
        waited = time.monotonic() - began
        if waited > seconds:
            raise AssertionError(f"nothing came within {seconds:g} seconds")
        await asyncio.sleep(min(max(0.01, waited / 20), 0.1))
