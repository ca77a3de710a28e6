"""Alerts that a real fault makes fire: before it they are silent, during it they fire under the
labels that are expected, and after it they are over."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from tests.support.eventually import eventually
from tests.support.prometheus import Labels, Prometheus

WorldT = TypeVar("WorldT")
Act = Callable[[WorldT], Awaitable[None]]
"""Something goes wrong, or is put right."""
PATIENT = 120.0
"""Seconds for an alert to fire, or to be over, on a busy machine."""

BETWEEN = 0.5
"""Seconds between two times that something is done again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm(Generic[WorldT]):
    """A row of the table: an alert, what makes it fire, and how it is labelled then."""

    alert: str
    fault: str
    """In words."""
    labels: Mapping[str, str]
    """All of them."""
    act: Act[WorldT] | None = None
    """What goes wrong. None: the same as in the row before, which is mended after this one."""
    again: Act[WorldT] | None = None
    """What is done again and again until the alert fires."""
    mend: Act[WorldT] | None = None
    """What puts an end to it; None where nothing has to be done, or nothing can."""
    takes_long: bool = False
    """The others do not wait for it."""
    is_over_after: bool = True
    """Whether it is waited for that it is over."""

    @property
    def expected(self) -> Labels:
        """The labels of the alert."""
        return frozenset({**self.labels, "alertname": self.alert}.items())


def after(*acts: Act[WorldT]) -> Act[WorldT]:
    """One after the other."""

    async def act(world: WorldT) -> None:
        for each in acts:
            await each(world)

    return act


async def each_fires(rows: Sequence[Alarm[WorldT]], world: WorldT, running: Prometheus) -> None:
    """Tries them one after the other."""
    firing = []
    for cause in _causes(rows):
        for row in cause:
            assert not await running.has_fired(row.expected), f"{row.alert} fired before its fault"
        begun = asyncio.create_task(_fire(cause, world, running))
        firing.append(begun)
        if not cause[0].takes_long:
            await begun
    await asyncio.gather(*firing)
    for row in rows:
        if row.is_over_after:
            over = eventually(partial(_is_over, row, running), seconds=PATIENT)
            await _told(row, "is not over", over)


def _causes(rows: Sequence[Alarm[WorldT]]) -> Iterator[list[Alarm[WorldT]]]:
    """The rows of each fault."""
    cause: list[Alarm[WorldT]] = []
    for row in rows:
        if cause and row.act is not None:
            yield cause
            cause = []
        cause.append(row)
    yield cause


async def _fire(cause: Sequence[Alarm[WorldT]], world: WorldT, running: Prometheus) -> None:
    """Until all of them did."""
    first = cause[0]
    assert first.act is not None
    await first.act(world)
    for row in cause:
        fires = eventually(partial(_fires, row, first, world, running), seconds=PATIENT)
        await _told(row, "does not fire", fires)
    if first.mend is not None:
        await first.mend(world)


async def _fires(
    row: Alarm[WorldT], first: Alarm[WorldT], world: WorldT, running: Prometheus
) -> bool:
    if await running.has_fired(row.expected):
        return True
    await asyncio.sleep(BETWEEN)
    if first.again is not None:
        await first.again(world)
    return False


async def _is_over(row: Alarm[WorldT], running: Prometheus) -> bool:
    return not await running.fires(row.expected)


async def _told(row: Alarm[WorldT], what: str, waiting: Awaitable[bool]) -> None:
    try:
        await waiting
    except AssertionError as error:
        raise AssertionError(f"{row.alert} {dict(row.labels)} {what}: {row.fault}") from error
