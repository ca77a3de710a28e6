"""What happens to reminders when the service dies, or reads everything once more."""

import re
from collections import Counter

from aiokafka import AIOKafkaConsumer, TopicPartition

from headsup.contracts.registry import Internal, Topic
from tests.fixtures.topics import PARTITIONS
from tests.support.cart_recovery import GROUP, Carts
from tests.support.processes import Service

ALL = [f"K{n}" for n in range(6)]
"""Carts on every partition."""


async def crashes(running: Service) -> None:
    running.process.kill()
    await running.process.communicate()


async def begins_anew(carts: Carts) -> None:
    """Sets the group's positions back to the beginning. It has no members."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=carts.servers, group_id=carts.prefix + GROUP, enable_auto_commit=False
    )
    await consumer.start()
    topics = (Topic.CARTS, Topic.ORDERS, Topic.OUTCOMES, Internal.JOINED)
    partitions = [
        TopicPartition(carts.prefix + topic, number)
        for topic in topics
        for number in range(PARTITIONS)
    ]
    consumer.assign(partitions)
    await consumer.commit(dict.fromkeys(partitions, 0))
    await consumer.stop()


async def test_whoever_is_killed_with_carts_in_the_table_reminds_of_them_later(
    carts: Carts,
) -> None:
    carts.speed = 900.0  # four seconds to be killed in before the first reminder is due
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left("bought", *ALL))
        await carts.until_read()
        await crashes(running)
    assert await carts.steps() == Counter()
    await carts.tell(carts.bought("bought"))
    async with carts.watched() as running:
        await running.until_ready()
        steps = await carts.until(lambda steps: set(ALL) <= {cart for cart, _ in steps})
    assert set(steps.values()) == {1}
    assert "bought" not in {cart for cart, _ in steps}


async def test_whoever_is_killed_while_asking_asks_again_under_the_same_ids(carts: Carts) -> None:
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left(*ALL))
        await carts.until(bool)
        await crashes(running)
    async with carts.watched() as running:
        await running.until_ready()
        await carts.until_asked(*((cart, 2) for cart in ALL))
    by_id = {each.id: each.data.cart for each in await carts.reminders()}
    steps = Counter((cart.cart_id, cart.step) for cart in by_id.values() if cart)
    assert set(steps.values()) == {1}


async def test_whoever_reads_everything_once_more_says_nothing_twice(carts: Carts) -> None:
    async with carts.watched(instance="") as running:
        await running.until_ready()
        await carts.tell(*carts.left("bought", *ALL))
        await carts.tell(carts.bought("bought"))
        await carts.until_asked(*((cart, 1) for cart in ALL))
        code, _, _ = await running.terminate()
        assert code == 0
    await begins_anew(carts)
    async with carts.watched(instance="") as running:
        await running.until_ready()
        steps = await carts.until_asked(*((cart, 2) for cart in ALL))
        await carts.until_read()
        metrics = (await running.get("/metrics")).text
    # What was fetched before Faust went back to the beginning may come a second time.
    found = dict(
        re.findall(r'consumed_total{result="(\w+)",type="shop.cart.updated.v1"} (\S+)', metrics)
    )
    assert found.keys() == {"already_known"}
    assert float(found["already_known"]) >= 7
    assert set(steps.values()) == {1}
    assert "bought" not in {cart for cart, _ in steps}
