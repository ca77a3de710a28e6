"""The consumer on a real broker."""

from collections.abc import Sequence

import pytest

from headsup.kafka.consumer import Consumer, Partition, Positions, Record
from headsup.kafka.producer import Outgoing, Producer


async def _no_positions(_assigned: Sequence[Partition]) -> Positions:
    raise ConnectionRefusedError


async def _first_records(consumer: Consumer) -> list[Record]:
    while True:
        if records := await consumer.batch(max_records=10, wait=0.2):
            return records


async def test_who_cannot_learn_where_to_read_on_reads_nothing(
    bootstrap_servers: str, topics: str
) -> None:
    topic = topics + "shop.orders"
    producer = Producer(bootstrap_servers, name="test")
    await producer.start()
    await producer.publish([Outgoing(topic, b"A-1", b"{}")])
    await producer.stop()
    consumer = Consumer(
        bootstrap_servers, [topic], group=topics + "reader", on_assigned=_no_positions
    )
    await consumer.start()
    try:
        with pytest.raises(ConnectionRefusedError):
            await _first_records(consumer)
    finally:
        await consumer.stop()
