"""The measure of the bare agents is fair to them, and ends."""

import asyncio

import pytest

from bench.bare_agent import Meter


def test_the_pace_is_that_between_the_first_mark_and_the_last() -> None:
    moments = iter([10.0, 11.0, 14.0])
    meter = Meter(lambda: next(moments))
    for _ in range(250):
        meter.event()
    assert meter.pace() == 200 / 4


@pytest.mark.parametrize("lost", [0, 1])
async def test_it_ends_though_some_of_the_first_events_were_lost(lost: int) -> None:
    meter = Meter()
    for _ in range(100 - lost):
        meter.event()
    async with asyncio.timeout(5):
        await meter.all_there(100, silence=0.2)
    assert meter.count == 100 - lost


async def test_it_waits_for_the_first_event_however_long_that_takes() -> None:
    meter = Meter()
    waiting = asyncio.create_task(meter.all_there(1, silence=0.0))
    done, _ = await asyncio.wait({waiting}, timeout=0.3)
    assert not done
    meter.event()
    async with asyncio.timeout(5):
        await waiting
