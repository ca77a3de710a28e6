"""A notifier with a broker and a database of its own under it."""

from collections.abc import AsyncIterator

import pytest

from headsup import postgres
from headsup.clock import ManualClock
from headsup.kafka.producer import Producer
from tests.support.notifier import MONDAY, Rig, settings_for


@pytest.fixture
async def rig(bootstrap_servers: str, database_url: str, topics: str) -> AsyncIterator[Rig]:
    """A notifier that does not run yet; it is Monday, nine o'clock, until the clock is moved."""
    clock = ManualClock(MONDAY)
    pool = await postgres.connect(database_url, name="test")
    producer = Producer(bootstrap_servers, name="test")
    await producer.start()
    yield Rig(settings_for(bootstrap_servers, database_url, topics, clock), pool, producer, clock)
    await producer.stop()
    await pool.close()
