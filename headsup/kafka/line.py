"""The turns of a loop that reads batches, what each says of itself, and what is left of them when
the line stops."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from typing import Final, Protocol

from headsup import logs
from headsup.health import Health
from headsup.kafka.consumer import Partition
from headsup.streak import LineStoppedError

POLL: Final = 0.25
"""Seconds to wait for records before looking whether to stop."""


class Polled(Protocol):
    """What a line asks of its `Consumer`."""

    def lag(self) -> Mapping[str, int]:
        """Records that wait, by topic."""
        ...

    def assignment(self) -> AbstractSet[Partition]:
        """The partitions that are ours now."""
        ...

    def is_answered(self) -> bool:
        """Whether Kafka answers."""
        ...

    async def hold(self, *, wait: float) -> None:
        """A turn of `wait` seconds without reading."""
        ...


class Line:
    """Runs a loop and keeps its health: that it turns, that partitions are ours, that Kafka
    answers, and why it stopped.

    `on_turn` is given the lag by topic at each turn. `on_read` is called at those at which Kafka
    answers, from when partitions were ours for the first time. `on_stop` is called once, when the
    line stops.
    """

    def __init__(
        self,
        consumer: Polled,
        health: Health,
        *,
        on_turn: Callable[[Mapping[str, int]], None],
        on_read: Callable[[], None],
        on_stop: Callable[[], None],
    ) -> None:
        self._consumer = consumer
        self._health = health
        self._on_turn = on_turn
        self._on_read = on_read
        self._on_stop = on_stop
        self._had_partitions = False

    async def run(self, stop: asyncio.Event, read: Callable[[], Awaitable[None]]) -> None:
        """Has batches read until `stop` is set; `read` calls `turned` for each. When it raises
        LineStoppedError the line stands still, but the service lives, until somebody who looked
        into it starts it again. Raises whatever else `read` raises."""
        self._health.lacks("partitions", "none were assigned yet")
        try:
            while not stop.is_set():
                await read()
        except LineStoppedError as error:
            self._on_stop()
            self._health.lacks("consumer", f"the line stopped: {error}")
            logs.logger().critical("the line stopped", error=error)
            await self._stand(stop)

    async def _stand(self, stop: asyncio.Event) -> None:
        """Reads nothing more, and keeps the partitions: another replica would do no better."""
        while not stop.is_set():
            await self._consumer.hold(wait=POLL)
            self.turned()

    def turned(self) -> None:
        """The consumer was asked for records, and gave some or none."""
        self._health.turned("consumer")
        self._on_turn(self._consumer.lag())
        if self._consumer.assignment():
            self._health.has("partitions")
            self._had_partitions = True
        if not self._consumer.is_answered():
            self._health.lacks("kafka", "does not answer")
            return
        self._health.has("kafka")
        if self._had_partitions:
            self._on_read()
