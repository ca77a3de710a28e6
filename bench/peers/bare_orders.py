"""The measure for order_events: bare aiokafka that decodes each event and sends one message for
it.

Guarantees: at least once. It keeps nothing, so it knows no order, no duplicate and nothing that was
said before: this is what Kafka, aiokafka and msgspec cost alone.
"""

from typing import Any

import msgspec
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from bench.peers.work import READY, Surroundings, say
from headsup.contracts.envelope import Envelope
from headsup.contracts.registry import BY_NAME

ANSWER = b'{"read":true}' * 20
_envelope = msgspec.json.Decoder(Envelope)
_data = {name: msgspec.json.Decoder(found.data) for name, found in BY_NAME.items()}


def decoded(value: bytes) -> Any:
    """The data of an event, in the shape of its type."""
    found = _envelope.decode(value)
    return _data[found.type].decode(found.data)


async def main() -> None:
    """Works until it is ended."""
    here = Surroundings.of_this_process()
    consumer = AIOKafkaConsumer(
        *here.sources,
        bootstrap_servers=here.servers,
        group_id=f"{here.prefix}bare",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    producer = AIOKafkaProducer(bootstrap_servers=here.servers, acks="all", enable_idempotence=True)
    await consumer.start()
    await producer.start()
    say(READY)
    while True:
        found = await consumer.getmany(timeout_ms=1000, max_records=500)
        answers = []
        for record in (record for batch in found.values() for record in batch):
            decoded(record.value)
            answers.append(await producer.send(here.requested, ANSWER, key=record.key))
        for answer in answers:
            await answer
        if answers:
            await consumer.commit()


if __name__ == "__main__":
    uvloop.run(main())
