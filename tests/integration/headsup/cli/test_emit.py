"""`headsup emit` puts events on a real topic, and says where."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer
from typer.testing import CliRunner

from headsup.cli.main import app
from headsup.contracts import envelope
from headsup.contracts.schemas import ROOT

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
VALID = ROOT / "examples" / "valid"


@pytest.fixture
def settings(
    clean_environment: pytest.MonkeyPatch, bootstrap_servers: str, topic_prefix: str
) -> None:
    clean_environment.setenv("KAFKA_BOOTSTRAP_SERVERS", bootstrap_servers)
    clean_environment.setenv("HEADSUP_TOPIC_PREFIX", topic_prefix)


async def emit(*arguments: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, ["emit", *arguments])


async def records(bootstrap_servers: str, topic: str, count: int) -> list[Any]:
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        async with asyncio.timeout(20):
            return [await consumer.getone() for _ in range(count)]
    finally:
        await consumer.stop()


@pytest.mark.usefixtures("settings")
@pytest.mark.parametrize("mode", [[], ["--binary"]])
async def test_events_lie_where_it_says_under_their_keys(
    bootstrap_servers: str, topics: str, mode: list[str]
) -> None:
    files = [str(VALID / f"shop.order.placed.{name}.json") for name in ("card", "least")]
    result = await emit(*mode, *files)
    assert result.exit_code == 0, result.output
    found = await records(bootstrap_servers, f"{topics}shop.orders", 2)
    said = {f"{r.topic} partition {r.partition} offset {r.offset}" for r in found}
    assert set(result.stdout.splitlines()) == said
    orders = {r.key: envelope.decode(r.value, r.headers, NOW).data.order_id for r in found}
    assert orders == {b"A-1001": "A-1001", b"A-1004": "A-1004"}


@pytest.mark.usefixtures("settings")
async def test_a_topic_that_is_missing_is_named_and_not_made(topic_prefix: str) -> None:
    for _ in range(2):
        result = await emit(str(VALID / "shop.order.placed.card.json"))
        assert result.exit_code == 2
        assert f"No topic {topic_prefix}shop.orders on the broker" in result.stderr
        assert "headsup topics apply" in result.stderr
