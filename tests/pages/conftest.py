"""One browser per worker, and the pages of a notifier with parts of its own under it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from headsup import postgres
from headsup.clock import ManualClock
from headsup.kafka.producer import Producer
from services.notifier.settings import NotifierSettings
from tests.pages.chromium import chromium
from tests.pages.site import Site, site_of
from tests.support.notifier import MONDAY, Rig
from tests.support.settings_read import at, read_settings


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All run in the loop of the browser, which lasts as long as the worker."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here) and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """The browser of this worker."""
    async with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def settings_read() -> NotifierSettings:
    """Read once: to compile our texts takes a second."""
    return read_settings()


@pytest_asyncio.fixture(loop_scope="session")
async def site(
    settings_read: NotifierSettings, bootstrap_servers: str, database_url: str, topics: str
) -> AsyncIterator[Site]:
    """The pages of a notifier that runs; it is Monday, nine o'clock."""
    clock = ManualClock(MONDAY)
    pool = await postgres.connect(database_url, name="test")
    producer = Producer(bootstrap_servers, name="test")
    await producer.start()
    settings = at(
        settings_read, servers=bootstrap_servers, url=database_url, prefix=topics, clock=clock
    )
    async with site_of(Rig(settings, pool, producer, clock)) as made:
        yield made
    await producer.stop()
    await pool.close()
