"""Tells everybody who watches the page what has changed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.web.shown import as_json

_BACKLOG = 1000
"""A watcher who is this many changes behind is dropped; it reconnects and gets a fresh picture."""

Change = tuple[str, bytes] | None


class Hub:
    """Server-sent changes, fanned out. A slow watcher slows nobody down."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Queue[Change]] = set()
        self._closed = False

    def tell(self, name: str, value: Any) -> None:
        """Sends a change to every watcher."""
        change = (name, as_json(value))
        for queue in list(self._watchers):
            if queue.qsize() >= _BACKLOG:
                self._watchers.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(change)

    def close(self) -> None:
        """Ends every stream, now and later."""
        self._closed = True
        for queue in self._watchers:
            queue.put_nowait(None)

    @contextmanager
    def watching(self) -> Iterator["AsyncIterator[Change]"]:
        """Changes from this moment on; None is a moment of quiet, in which the line is tested."""
        queue: asyncio.Queue[Change] = asyncio.Queue()
        self._watchers.add(queue)
        if self._closed:
            queue.put_nowait(None)
        try:
            yield _changes(queue)
        finally:
            self._watchers.discard(queue)


QUIET_SECONDS = 10.0


async def _changes(queue: "asyncio.Queue[Change]") -> AsyncIterator[Change]:
    while True:
        try:
            change = await asyncio.wait_for(queue.get(), QUIET_SECONDS)
        except TimeoutError:
            yield None
            continue
        if change is None:
            return
        yield change
