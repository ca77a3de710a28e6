"""Tells everybody who watches the page what has changed."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.web.shown import as_json

BACKLOG = 1000
"""A watcher who is this many changes behind is let go; it reconnects and gets a fresh picture."""

Change = tuple[str, bytes]
_Queue = asyncio.Queue[Change | None]
"""None ends a stream."""


class Hub:
    """Server-sent changes, fanned out. A slow watcher slows nobody down."""

    def __init__(self, *, quiet: float = 10.0) -> None:
        self._quiet = quiet
        self._watchers: set[_Queue] = set()
        self._closed = False

    def tell(self, name: str, value: Any) -> None:
        """Sends a change to every watcher."""
        change = (name, as_json(value))
        for queue in list(self._watchers):
            if queue.qsize() >= BACKLOG:
                self._watchers.discard(queue)
                queue.put_nowait(None)
            else:
                queue.put_nowait(change)

    def close(self) -> None:
        """Ends every stream, now and later."""
        self._closed = True
        self.drop()

    def drop(self) -> None:
        """Ends every stream; whoever still wants to know comes back."""
        for queue in self._watchers:
            queue.put_nowait(None)

    @contextmanager
    def watching(self) -> Iterator[AsyncIterator[Change | None]]:
        """Changes from this moment on. None stands for `quiet` seconds without any: a chance to
        find out whether anybody still listens."""
        queue: _Queue = asyncio.Queue()
        self._watchers.add(queue)
        if self._closed:
            queue.put_nowait(None)
        try:
            yield self._changes(queue)
        finally:
            self._watchers.discard(queue)

    async def _changes(self, queue: _Queue) -> AsyncIterator[Change | None]:
        while True:
            try:
                change = await asyncio.wait_for(queue.get(), self._quiet)
            except TimeoutError:
                yield None
                continue
            if change is None:
                return
            yield change
