"""Two replicas share the carts of a shop, and hand them over."""

import contextlib
import os
from collections import Counter

import pytest

from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.registry import Topic
from tests.support.cart_recovery import Carts
from tests.support.processes import Service

pytestmark = pytest.mark.skipif(
    os.environ.get("BROKER") != "kafka",
    reason="how a group hands over its partitions is Kafka's own business",
)
ALL = [f"K{n}" for n in range(12)]
"""Carts on every partition."""


async def kept(*replicas: Service) -> list[float]:
    """How many carts each has."""
    return [
        sum(
            float(line.split()[-1])
            for line in (await each.get("/metrics")).text.splitlines()
            if line.startswith("headsup_carts{")
        )
        for each in replicas
    ]


async def asked(carts: Carts) -> Counter[tuple[str, int]]:
    """The reminders that were asked for: one that was asked for twice is one."""
    by_id = {each.id: each.data for each in await carts.on(Topic.REMINDERS)}
    flows = [it.cart for it in by_id.values() if isinstance(it, NotificationRequested) and it.cart]
    return Counter((flow.cart_id, flow.step) for flow in flows)


@pytest.fixture
def unhurried(carts: Carts) -> Carts:
    """Fifteen seconds from one reminder to the next: enough for a replica to come and go."""
    carts.speed = 1200.0
    return carts


async def test_carts_are_handed_over_with_all_that_was_said_of_them(unhurried: Carts) -> None:
    carts = unhurried
    async with carts.watched(instance="") as a:
        await a.until_ready()
        await carts.tell(*carts.left("bought", *ALL))
        await carts.until_read()
        await a.terminate()
    async with carts.watched(instance="") as b:
        await carts.until_asked(*((cart, 1) for cart in ALL))
        await carts.tell(carts.bought("bought"))
        async with carts.watched(instance="") as a:
            await a.until_ready()
            await carts.until_asked(*((cart, 2) for cart in ALL))
            shares = await kept(a, b)
    assert sum(shares) == len(ALL) + 1
    assert all(shares)
    found = await asked(carts)
    assert set(found.values()) == {1}
    assert ("bought", 2) not in found


async def test_whoever_is_killed_among_others_and_comes_back_loses_nothing(
    unhurried: Carts,
) -> None:
    carts = unhurried
    async with carts.watched("b") as b:
        await b.until_ready()
        async with carts.watched("a") as a:
            await a.until_ready()
            await carts.tell(*carts.left(*ALL))
            await carts.until(bool)
            a.process.kill()
            await a.process.communicate()
        async with carts.watched("a") as a:
            await a.until_ready()
            await carts.until_asked(*((cart, 2) for cart in ALL))
            shares = await kept(a, b)
    assert sum(shares) == len(ALL)
    assert all(shares)
    assert set((await asked(carts)).values()) == {1}


async def test_of_two_of_one_name_nobody_is_reminded_twice_and_one_is_enough(
    unhurried: Carts,
) -> None:
    """As where a node was thought to be off, and was not: docs/operating/disaster.md."""
    carts = unhurried
    async with carts.watched("one") as earlier:
        await earlier.until_ready()
        await carts.tell(*carts.left(*ALL))
        await carts.until(bool)
        async with carts.watched("one") as later:
            await later.until_ready()
            await carts.until_asked(*((cart, 1) for cart in ALL))
            one, other = earlier, later
            if later.process.returncode is not None:  # it lost the carts for the third time
                one, other = later, earlier
            with contextlib.suppress(ProcessLookupError):
                one.process.kill()
            await one.process.communicate()
            await carts.until_asked(*((cart, 2) for cart in ALL))
            await other.until_ready()
            shares = await kept(other)
    assert sum(shares) == len(ALL)
    assert set((await asked(carts)).values()) == {1}
