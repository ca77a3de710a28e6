"""The embedded broker never waits for records: what asks it and finds nothing asks again at once.

A consumer that rests does so six thousand times a second and keeps a core of ours busy, and the
broker another. Kafka itself waits (`fetch.max.wait.ms`), so this is nothing for a service to know:
whoever runs clients against the embedded broker holds them back.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiokafka.consumer.fetcher import Fetcher

PAUSE = 0.005
"""Seconds between an answer without records and the next question."""


@contextmanager
def paced() -> Iterator[None]:
    """Meanwhile the consumers of this process pause after a fetch that found nothing."""
    usual = Fetcher._proc_fetch_request  # noqa: SLF001 - there is no public place between fetches

    async def with_pause(fetcher: Any, *request: Any) -> bool:
        found: bool = await usual(fetcher, *request)
        if not found:
            try:
                await asyncio.sleep(PAUSE)
            except asyncio.CancelledError:
                return False  # as the fetch itself does
        return found

    Fetcher._proc_fetch_request = with_pause  # noqa: SLF001
    try:
        yield
    finally:
        Fetcher._proc_fetch_request = usual  # noqa: SLF001
