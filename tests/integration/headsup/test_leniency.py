"""Records that Kafka takes and aiokafka alone would stop at for ever."""

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from headsup.kafka.consumer import Consumer, Record
from tests.fixtures.topics import NewTopicFixture


class _Broken(str):
    """A header's name as a client in C may write it."""

    __slots__ = ()

    def encode(self, *_: str) -> bytes:
        return b"\xffname"


@pytest.mark.parametrize("compression", [None, "gzip", "lz4", "snappy", "zstd"])
async def test_a_header_s_name_that_is_no_text_stops_nothing(
    bootstrap_servers: str,
    new_topic: NewTopicFixture,
    monkeypatch: pytest.MonkeyPatch,
    compression: str | None,
) -> None:
    for module in ("message_accumulator", "producer"):  # the one in C writes nothing but text
        name = f"aiokafka.producer.{module}.DefaultRecordBatchBuilder"
        monkeypatch.setattr(name, _DefaultRecordBatchBuilderPy)
    topic = await new_topic("odd")
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers, linger_ms=100, compression_type=compression
    )
    await producer.start()
    for value, headers in ((b"1", []), (b"2", [(_Broken(), b"v"), ("é", None)]), (b"3", [])):
        sent = await producer.send(topic, value, headers=headers)
    await sent  # all in one batch
    await producer.send_and_wait(topic, b"4")
    await producer.stop()
    consumer = Consumer(bootstrap_servers, [topic], group=topic, instance="one")
    await consumer.start()
    found: list[Record] = []
    for _ in range(50):
        found += await consumer.batch(max_records=2, wait=0.2)
        if len(found) == 4:
            break
    await consumer.stop()
    assert [(record.offset, record.value) for record in found] == [
        (0, b"1"),
        (1, b"2"),
        (2, b"3"),
        (3, b"4"),
    ]
    assert list(found[1].headers) == [("\\xffname", b"v"), ("é", None)]
