"""A demo without Kafka and without services, for tests of the page's API."""

from datetime import UTC, datetime

import httpx
import pytest

from headsup.clock import ManualClock
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.telegram_chats import Chats
from sandbox.scenarios.player import MemoryPublisher
from sandbox.web.app import Demo, application
from sandbox.web.hand import Hand
from sandbox.web.hub import Hub
from sandbox.web.runs import Runs
from sandbox.web.stage import Stage

MONDAY = datetime(2035, 11, 26, 9, 0, tzinfo=UTC)
"""A day that the machine's clock does not show."""


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MONDAY)


@pytest.fixture
def publisher() -> MemoryPublisher:
    return MemoryPublisher()


@pytest.fixture
def demo(clock: ManualClock, publisher: MemoryPublisher) -> Demo:
    hub = Hub()
    return Demo(
        clock=clock,
        speed=14_400.0,
        publisher=publisher,
        stage=(stage := Stage(hub)),
        hub=hub,
        runs=Runs(clock, publisher),
        faults=FaultSwitch(),
        inbox=Inbox(clock.now),
        hand=Hand(stage, Chats()),
    )


@pytest.fixture
def client(demo: Demo) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(demo))
    return httpx.AsyncClient(transport=transport, base_url="http://sandbox")
