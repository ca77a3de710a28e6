"""What the tests of order_events on real parts share."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from headsup.clock import ManualClock
from headsup.kafka.producer import Producer
from tests.support.order_events import MONDAY, Parts


@pytest.fixture
async def parts(database_url: str, topics: str, bootstrap_servers: str) -> AsyncIterator[Parts]:
    producer = Producer(bootstrap_servers, name="test")
    await producer.start()
    async with asyncpg.create_pool(database_url, min_size=1) as pool:
        yield Parts(pool, producer, ManualClock(MONDAY), topics, bootstrap_servers)
    await producer.stop()
