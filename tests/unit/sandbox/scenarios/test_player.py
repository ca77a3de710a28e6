"""The player sends each event when the clock reaches it, not before, and in its order."""

from datetime import UTC, datetime, timedelta

from headsup.clock import ManualClock
from headsup.contracts.envelope import make
from headsup.contracts.shop import Delivered
from sandbox.scenarios.model import SHOP, TimedEvent
from sandbox.scenarios.player import MemoryPublisher, play

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def delivered(number: int, after: timedelta) -> TimedEvent:
    data = Delivered(order_id="1001", shipment_id="1001-1")
    return TimedEvent(NOON + after, make(SHOP, str(number), NOON + after, data))


class Nap:
    """Moves the clock instead of sleeping, and notes what had been sent by then."""

    def __init__(self, clock: ManualClock, publisher: MemoryPublisher) -> None:
        self._clock = clock
        self._publisher = publisher
        self.naps: list[tuple[float, int]] = []

    async def __call__(self, seconds: float) -> None:
        self.naps.append((seconds, len(self._publisher.events)))
        self._clock.move(timedelta(seconds=seconds))


async def test_each_event_waits_for_its_moment() -> None:
    clock, publisher = ManualClock(NOON), MemoryPublisher()
    nap = Nap(clock, publisher)
    first, second = timedelta(seconds=0.5), timedelta(seconds=0.75)

    await play([delivered(1, first), delivered(2, second)], clock, publisher, nap)

    assert nap.naps == [(0.5, 0), (0.25, 1)]
    assert [event.id for event in publisher.events] == ["1", "2"]


async def test_what_is_late_is_sent_at_once() -> None:
    clock, publisher = ManualClock(NOON), MemoryPublisher()
    nap = Nap(clock, publisher)

    await play(
        [delivered(1, -timedelta(hours=1)), delivered(2, timedelta())], clock, publisher, nap
    )

    assert nap.naps == []
    assert [event.id for event in publisher.events] == ["1", "2"]


async def test_a_long_wait_is_cut_into_naps_so_that_a_moved_clock_is_noticed() -> None:
    clock, publisher = ManualClock(NOON), MemoryPublisher()
    nap = Nap(clock, publisher)

    await play([delivered(1, timedelta(seconds=2.5))], clock, publisher, nap)

    assert nap.naps == [(1.0, 0), (1.0, 0), (0.5, 0)]
