"""A notifier with a broker and a database of its own under it."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from headsup import postgres
from headsup.clock import ManualClock
from headsup.kafka.producer import Producer
from headsup.sealed_rows import rows_with
from services.notifier.ledger import SCHEMA
from services.notifier.sealed_rows import COLUMNS
from services.notifier.settings import NotifierSettings
from tests.support.notifier import MONDAY, PROVIDERS, Rig, shop_without_night
from tests.support.sealing import let_name, sealed_settings, sealing
from tests.support.settings_read import at, read_settings


@pytest.fixture(scope="session")
def settings_read() -> NotifierSettings:
    """Read once: to compile our texts takes a second."""
    return read_settings()


@pytest.fixture
def names_of_keys() -> tuple[str, ...]:
    """With which keys rows are written: with those of TEST_ADDRESS_KEYS, such as `k1`, by which all
    of these tests are run with keys; else with none. What has to hold both ways is parametrised
    (`tests.support.sealing.BOTH_WAYS`)."""
    return tuple(os.environ.get("TEST_ADDRESS_KEYS", "").split())


@pytest.fixture
async def rig(
    settings_read: NotifierSettings,
    bootstrap_servers: str,
    database_url: str,
    topics: str,
    names_of_keys: tuple[str, ...],
) -> AsyncIterator[Rig]:
    """A notifier that does not run yet; it is Monday, nine o'clock, until the clock is moved."""
    clock = ManualClock(MONDAY)
    by = sealing(*names_of_keys) if names_of_keys else None
    pool = await postgres.connect(database_url, name="test", rows=rows_with(by, COLUMNS))
    if by is not None:
        await let_name(pool, SCHEMA, by)
    producer = Producer(bootstrap_servers, name="test")
    await producer.start()
    settings = at(
        settings_read, servers=bootstrap_servers, url=database_url, prefix=topics, clock=clock
    )
    yield Rig(settings, pool, producer, clock)
    await producer.stop()
    await pool.close()


@pytest.fixture
def settings(
    bootstrap_servers: str,
    database_url: str,
    topics: str,
    tmp_path: Path,
    names_of_keys: tuple[str, ...],
) -> dict[str, str]:
    """What a notifier needs to start; nobody is where it looks for its providers. Its shop has no
    night: it goes by the machine's clock, whatever that shows."""
    return {
        **PROVIDERS,
        **sealed_settings(*names_of_keys),
        "HEADSUP_SHOPS": shop_without_night(tmp_path),
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "DATABASE_URL": database_url,
        "HEADSUP_TOPIC_PREFIX": topics,
        "HEADSUP_INSTANCE": "one",
    }
