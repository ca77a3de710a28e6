"""order_events on a Kafka that does not know its password any more."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from headsup.kafka.producer import Producer
from headsup.kafka.topics import apply_topics
from tests.support.certificates import Authority
from tests.support.events import outgoing, placed
from tests.support.processes import service
from tests.support.reading import TopicReader
from tests.support.secured_kafka import PASSWORD, USER, Door, SecuredKafka

REFUSED_FOR = 12.0  # seconds: on a busy machine the next try may come late


@pytest.mark.timeout(180)  # Kafka starts three times
async def test_a_refusal_meanwhile_is_told_in_the_log_and_the_work_goes_on_after_it(
    secured_kafka: SecuredKafka, authority: Authority, database_url: str
) -> None:
    inside = secured_kafka.bootstrap_servers
    await apply_topics(inside, partitions=2)
    settings = {
        "DATABASE_URL": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": secured_kafka.at(Door.SASL_TLS),
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_TLS_CA": str(authority.certificate),
        "KAFKA_SASL_MECHANISM": "PLAIN",
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": PASSWORD,
    }
    async with service("services.order_events", settings) as running:
        await running.until_ready()
        await _asks_for(secured_kafka, "another")
        await asyncio.sleep(REFUSED_FOR)
        await _asks_for(secured_kafka, PASSWORD)
        producer = Producer(inside, name="shop")
        await producer.start()
        await producer.publish([outgoing("", placed("A-1", datetime.now(UTC)))])
        await producer.stop()
        async with TopicReader(inside, "notifications.requested") as reader:
            await reader.at_least(1, rounds=600)
        code, seconds, logs = await running.terminate()
    assert (code, seconds < 10) == (0, True)
    lines = [json.loads(line) for line in logs.splitlines()]
    refusals = [
        line
        for line in lines
        if "SaslAuthenticationFailed" in [each["type"] for each in line.get("error") or []]
    ]
    assert refusals
    assert PASSWORD not in logs


async def _asks_for(kafka: SecuredKafka, password: str) -> None:
    kafka.password = password
    await asyncio.to_thread(kafka.restart)
