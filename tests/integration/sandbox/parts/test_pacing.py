"""Clients of the embedded broker, held back."""

from aiokafka import AIOKafkaConsumer

from tests.fixtures.topics import NewTopicFixture


async def test_a_consumer_that_finds_nothing_asks_seldom(
    bootstrap_servers: str, new_topic: NewTopicFixture
) -> None:
    topic = await new_topic("nothing")
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap_servers)
    await consumer.start()
    try:
        await consumer.getmany(timeout_ms=200)
        asked = sum(c._correlation_id for c in consumer._client._conns.values())
    finally:
        await consumer.stop()
    assert asked < 100, "an embedded broker without this is asked a thousand times"
