"""The measure for order_events: bare aiokafka that reads and answers one message per event."""

import os
import sys
import time

import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

ANSWER = b'{"read":true}' * 20


async def main(total: int) -> None:
    """Prints events a second, from the first batch to the acknowledgement of the last answer."""
    servers = os.environ["KAFKA_BOOTSTRAP_SERVERS"]
    prefix = os.environ["HEADSUP_TOPIC_PREFIX"]
    topics = [f"{prefix}shop.{name}" for name in ("orders", "shipments")]
    consumer = AIOKafkaConsumer(
        *topics,
        bootstrap_servers=servers,
        group_id=f"{prefix}bare",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=servers, acks="all", enable_idempotence=True)
    await consumer.start()
    await producer.start()
    read, first, begun = 0, 0, 0.0
    while read < total:
        found = await consumer.getmany(timeout_ms=1000, max_records=500)
        records = [record for batch in found.values() for record in batch]
        if records and not begun:
            begun, first = time.monotonic(), len(records)
        answers = [
            await producer.send(f"{prefix}notifications.requested", ANSWER, key=record.key)
            for record in records
        ]
        for answer in answers:
            await answer
        if records:
            await consumer.commit()
        read += len(records)
    print((read - first) / (time.monotonic() - begun))
    await consumer.stop()
    await producer.stop()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
