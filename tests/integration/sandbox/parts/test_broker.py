"""The broker of the day: what goes in comes out, and it comes and goes without a trace."""

import os
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from sandbox.parts.broker import Broker
from sandbox.parts.brokers import broker_from_env
from tests.fixtures.processes import alive
from tests.fixtures.topics import NewTopicFixture


async def _produce(bootstrap_servers: str, topic: str, value: bytes) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap_servers, acks="all")
    await producer.start()
    try:
        await producer.send_and_wait(topic, value, key=b"key")
    finally:
        await producer.stop()


async def _first_value(bootstrap_servers: str, topic: str) -> bytes | None:
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap_servers,
        group_id=f"{topic}.readers",
        auto_offset_reset="earliest",
    )
    await consumer.start()
    try:
        value: bytes | None = (await consumer.getone()).value
        return value
    finally:
        await consumer.stop()


async def test_a_record_goes_in_and_comes_out(broker: Broker, new_topic: NewTopicFixture) -> None:
    topic = await new_topic("letters")
    await _produce(broker.bootstrap_servers, topic, b"hello")
    assert await _first_value(broker.bootstrap_servers, topic) == b"hello"


def test_it_keeps_its_address_over_a_restart_and_a_crash(own_broker: Broker) -> None:
    address, first = own_broker.bootstrap_servers, own_broker.pid
    own_broker.restart()
    second = own_broker.pid
    own_broker.kill()
    own_broker.start()
    assert own_broker.bootstrap_servers == address
    assert len({first, second, own_broker.pid}) == 3


@pytest.mark.usefixtures("broker")  # which skips when there can be none
def test_stopped_it_leaves_no_process_and_keeps_the_data_it_was_given(tmp_path: Path) -> None:
    with broker_from_env(os.environ, tmp_path / "data") as broker:
        pid = broker.pid
        assert pid is not None
        assert alive(pid)
    assert not alive(pid)
    assert any((tmp_path / "data").iterdir())


def test_two_run_side_by_side(own_broker: Broker, broker: Broker) -> None:
    assert own_broker.bootstrap_servers != broker.bootstrap_servers
