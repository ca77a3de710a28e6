"""What is done when nobody can go on."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry

from headsup.streak import LineStoppedError
from services.cart_recovery.failure import Failure
from services.cart_recovery.metrics import Metrics
from tests.support.health import Turns


class House:
    """A service whose work goes on until it is cancelled."""

    def __init__(self) -> None:
        self.health, self.registry, self.stop = Turns(), CollectorRegistry(), asyncio.Event()
        self.health.ready()
        self.failure = Failure(self.health, Metrics(self.registry))
        self.left = 0
        self.ended: list[str] = []

    async def works(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.ended.append("work")

    async def leaves(self) -> None:
        self.left += 1

    def watch(self) -> "asyncio.Task[None]":
        return asyncio.create_task(self.failure.watch(self.stop, self.works(), self.leaves))


async def test_a_stop_ends_the_work_and_nothing_else_happened() -> None:
    house = House()
    watching = house.watch()
    await asyncio.sleep(0)
    house.stop.set()
    await asyncio.wait_for(watching, 5)
    assert house.ended == ["work"]
    assert house.left == 0


async def test_work_that_breaks_raises_what_it_broke_on() -> None:
    house = House()

    async def breaks() -> None:
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011 - it has no words
        await house.failure.watch(house.stop, breaks(), house.leaves)


async def test_what_befell_us_ends_the_work_and_is_raised() -> None:
    house = House()
    watching = house.watch()
    await asyncio.sleep(0)
    house.failure.befell(TimeoutError("first"))
    house.failure.befell(OSError("second"))
    with pytest.raises(TimeoutError, match="first"):
        await asyncio.wait_for(watching, 5)
    assert house.ended == ["work"]


async def test_what_befell_us_before_we_began_is_raised_as_well() -> None:
    house = House()
    house.failure.befell(OSError("early"))
    with pytest.raises(OSError, match="early"):
        await asyncio.wait_for(house.watch(), 5)


async def test_a_line_that_stopped_stands_and_lives_until_somebody_starts_it_again() -> None:
    house = House()
    watching = house.watch()
    await asyncio.sleep(0)
    house.failure.befell(LineStoppedError("50 records in a row could not be understood"))
    await house.health.more("carts", 2)
    assert house.ended == ["work"]
    assert house.left == 1
    assert house.health.not_live() == []
    assert house.health.not_ready() == [
        "consumer: the line stopped: 50 records in a row could not be understood"
    ]
    assert house.registry.get_sample_value("headsup_cart_recovery_line_stopped") == 1
    house.stop.set()
    await asyncio.wait_for(watching, 5)
