import asyncio

import pytest

from bench.offices import Office
from bench.promptness import p99


async def test_who_waits_is_told_when_the_first_message_was_taken() -> None:
    office = Office(25)
    waiting = asyncio.create_task(office.when("l-1@example.com"))
    await asyncio.sleep(0)
    office.note("l-1@example.com", 2.5)
    office.note("l-1@example.com", 9.0)
    assert await waiting == 2.5
    assert await office.when("l-1@example.com") == 2.5
    with pytest.raises(RuntimeError, match="1 messages"):
        office.expect_once()


async def test_one_message_for_each_is_what_is_expected() -> None:
    office = Office(25)
    for address in ("l-1@example.com", "l-2@example.com"):
        office.note(address, 2.5)
    office.expect_once()


def test_of_a_hundred_the_slowest_one_is_left_out() -> None:
    assert p99([*[1.0] * 99, 50.0]) == pytest.approx(1.0, abs=0.5)
    assert p99([1.0] * 90 + [50.0] * 10) == 50.0
