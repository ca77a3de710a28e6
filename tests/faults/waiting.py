"""Waiting for something that no event announces."""

import asyncio
from collections.abc import Callable


async def holds(condition: Callable[[], bool], *, every: float) -> None:
    """Returns when a condition holds; looks every so many seconds."""
    while True:
        if condition():
            return
        await asyncio.sleep(every)
