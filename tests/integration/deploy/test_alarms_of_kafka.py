"""Nobody reads while Kafka is away, though every service turns and has nothing left to publish."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from sandbox.parts.broker import Broker
from tests.support.alarms import Act, Alarm, each_fires
from tests.support.failing_parts import NOTIFIER, ORDERS, World, world_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

STANDS = "HeadsupServiceStands"


def does(what: Callable[[], None]) -> Act[World]:
    return lambda _world: asyncio.to_thread(what)


async def test_a_kafka_that_is_away_is_told_and_over_when_it_is_back(
    kafka: Broker, topic_prefix: str, database_url: str, tmp_path: Path
) -> None:
    fault = "Kafka is away, and nobody has anything to say meanwhile"
    rows: Sequence[Alarm[World]] = (
        Alarm(
            alert=STANDS,
            labels={"severity": "page", "service": ORDERS},
            fault=fault,
            act=does(kafka.kill),
            mend=does(kafka.start),
        ),
        Alarm(alert=STANDS, labels={"severity": "page", "service": NOTIFIER}, fault=fault),
    )
    async with world_of(kafka, topic_prefix, database_url, tmp_path) as (world, running):
        await each_fires(rows, world, running)
