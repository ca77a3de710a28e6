"""A broker that goes away, as a consumer sees it."""

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from headsup.kafka.consumer import Consumer
from sandbox.parts.broker import Broker

LONG = 1.0


async def _turns_until(consumer: Consumer, *, is_silent: bool) -> None:
    for _ in range(150):
        await consumer.batch(max_records=1, wait=0.2)
        if bool(consumer.assignment()) and (consumer.silence > LONG) is is_silent:
            return
    raise AssertionError("it did not come to that")


async def test_a_broker_that_is_gone_is_silent_until_it_is_back(own_broker: Broker) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=own_broker.bootstrap_servers)
    await admin.start()
    await admin.create_topics([NewTopic("quiet", 2, 1)])
    await admin.close()
    consumer = Consumer(own_broker.bootstrap_servers, ["quiet"], group="reader", instance="one")
    await consumer.start()
    try:
        await _turns_until(consumer, is_silent=False)
        for _ in range(10):  # an empty topic is not silence
            await consumer.batch(max_records=1, wait=0.2)
            assert consumer.silence < LONG
        own_broker.kill()
        await _turns_until(consumer, is_silent=True)
        assert consumer.is_answered()  # not for so short a time
        own_broker.restart()
        await _turns_until(consumer, is_silent=False)
    finally:
        await consumer.stop()
