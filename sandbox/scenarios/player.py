"""Plays scenarios: sends each event when the business clock reaches its moment."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from headsup.clock import Clock
from headsup.contracts.envelope import Event
from sandbox.scenarios.model import TimedAct, TimedEvent

LONGEST_NAP = 1.0
"""Seconds. A clock that was moved meanwhile is noticed after this long."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where Kafka put a record."""

    topic: str
    partition: int
    offset: int


class Publisher(Protocol):
    """Where a shop hands over its events."""

    async def publish(self, event: Event[Any]) -> Placed:
        """Returns when the event is safe."""
        ...


class MemoryPublisher:
    """The stand-in: keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[Event[Any]] = []

    async def publish(self, event: Event[Any]) -> Placed:
        """Keeps the event."""
        self.events.append(event)
        return Placed("memory", 0, len(self.events) - 1)


Sleep = Callable[[float], Awaitable[None]]


async def play(
    timed: Iterable[TimedEvent], clock: Clock, publisher: Publisher, sleep: Sleep = asyncio.sleep
) -> None:
    """Publishes each event at its moment, late ones at once, in their order."""
    for step in timed:
        await _until(step.at, clock, sleep)
        await publisher.publish(step.event)


async def live(
    timed: Iterable[TimedAct],
    clock: Clock,
    do: Callable[[TimedAct], Awaitable[None]],
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Does at its moment what the customer does, in their order."""
    for step in timed:
        await _until(step.at, clock, sleep)
        await do(step)


async def _until(moment: datetime, clock: Clock, sleep: Sleep) -> None:
    while (left := clock.seconds_until(moment)) > 0:
        await sleep(min(left, LONGEST_NAP))
