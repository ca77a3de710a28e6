"""Reading topics from their beginning to their end, as nobody's group."""

import socket

import pytest

from headsup.kafka.consumer import Partition
from headsup.kafka.producer import Outgoing, Producer
from headsup.kafka.reader import BrokerError, Span, reading
from tests.fixtures.topics import NewTopicFixture


async def test_it_reads_what_lies_there_and_no_further(
    bootstrap_servers: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("shelf", 2)
    producer = Producer(bootstrap_servers, name="test")
    await producer.start()
    try:
        await producer.publish(
            [Outgoing(topic, b"key", str(n).encode(), partition=n % 2) for n in range(6)]
        )
        async with reading(bootstrap_servers, name="test") as reader:
            spans = await reader.spans([topic, "no.such.topic"])
            assert spans == {Partition(topic, 0): Span(0, 3), Partition(topic, 1): Span(0, 3)}
            await producer.publish([Outgoing(topic, b"key", b"later", partition=0)])
            spans[Partition(topic, 1)] = Span(1, 2)
            found = [each.value async for records in reader.read(spans) for each in records]
    finally:
        await producer.stop()
    assert sorted(value or b"" for value in found) == [b"0", b"2", b"3", b"4"]


async def test_a_broker_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # nobody takes a call
        servers = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(BrokerError, match=r"took longer than 0\.3 seconds"):
            async with reading(servers, name="test", patience=0.3):
                pass
