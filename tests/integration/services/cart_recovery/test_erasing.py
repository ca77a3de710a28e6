"""Carts of somebody who was erased leave the table and its changelog: the service as a process."""

from typing import Any

from headsup.contracts.notifications import CustomerForgotten
from headsup.contracts.registry import Internal, Topic
from headsup.contracts.shop import CustomerErased
from tests.fixtures.topics import PARTITIONS
from tests.support.cart_recovery import Carts
from tests.support.events import event
from tests.support.eventually import eventually
from tests.support.reading import TopicReader


async def _kept(carts: Carts) -> dict[bytes, bytes | None]:
    """The newest record of every cart in the changelog: what compaction leaves."""
    async with TopicReader(carts.servers, carts.prefix + Internal.CARTS_KEPT) as reader:
        records: list[Any] = await reader.all_now()
    return {record.key: record.value for record in records}


async def test_their_carts_get_a_tombstone_and_every_partition_says_so(carts: Carts) -> None:
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left("K1", "K2"))
        await carts.until_asked(("K1", 1), ("K2", 1))
        await carts.tell(event(CustomerErased(customer_id="owner-of-K1"), carts.now))

        async def is_said() -> bool:
            said = [one.data for one in await carts.on(Topic.REMINDERS)]
            done = [one for one in said if isinstance(one, CustomerForgotten) and one.is_all]
            return {one.partition for one in done} == set(range(PARTITIONS))

        await eventually(is_said)

        async def is_gone() -> bool:
            kept = await _kept(carts)
            return {key for key, value in kept.items() if value} == {b"https://shop.example\nK2"}

        await eventually(is_gone)
