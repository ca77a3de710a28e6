"""What nobody can go on after, and what is done then."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Final

from headsup import logs
from headsup.health import Health
from headsup.streak import LineStoppedError
from headsup.waiting import wait
from services.cart_recovery.metrics import Metrics

TURN: Final = 1.0
"""Seconds."""


class Failure:
    """Knows of the first one."""

    def __init__(self, health: Health, metrics: Metrics) -> None:
        self._health = health
        self._metrics = metrics
        self._befell = asyncio.Event()
        self._error: BaseException | None = None

    def befell(self, error: BaseException) -> None:
        """Something did."""
        self._error = self._error or error
        self._befell.set()

    async def watch(
        self,
        stop: asyncio.Event,
        work: Coroutine[Any, Any, None],
        leave: Callable[[], Awaitable[None]],
    ) -> None:
        """Works until `stop` is set, or something befalls us: it is raised then. When the line
        stopped we read no more (`leave`), but live, until somebody who looked into it starts us
        again: another replica would do no better."""
        working = asyncio.create_task(work)
        ends = [working, asyncio.create_task(self._befell.wait()), asyncio.create_task(stop.wait())]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            if working.done() and self._error is None:
                return await working
        finally:
            await _cancelled(ends)
        if isinstance(self._error, LineStoppedError):
            await self._stand(stop, self._error, leave)
        elif self._error is not None:
            raise self._error
        return None

    async def _stand(
        self, stop: asyncio.Event, error: LineStoppedError, leave: Callable[[], Awaitable[None]]
    ) -> None:
        self._metrics.line_stopped()
        self._health.lacks("consumer", f"the line stopped: {error}")
        logs.logger().critical("the line stopped", error=error)
        await leave()
        while not stop.is_set():
            self._health.turned("carts")
            await wait(stop, TURN)


async def _cancelled(tasks: list[asyncio.Task[Any]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
