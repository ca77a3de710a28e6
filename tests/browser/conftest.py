"""A browser and the page, without Kafka: the stage is told directly what it would have read."""

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from headsup.clock import ManualClock
from headsup.http import serving
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.telegram_chats import Chats
from sandbox.scenarios.player import MemoryPublisher
from sandbox.web.app import Demo, application
from sandbox.web.hand import Hand
from sandbox.web.hub import Hub
from sandbox.web.runs import Runs
from sandbox.web.stage import Stage
from tests.browser.chromium import Browser, chromium, installed

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Served:
    """A page that is served."""

    url: str
    demo: Demo


@pytest.fixture
async def browser(tmp_path: Path) -> AsyncIterator[Browser]:
    if installed() is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing; in CI it must be there")
        pytest.skip("needs Chromium")
    async with chromium(tmp_path / "profile") as running:
        yield running


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    clock, hub, publisher = ManualClock(MONDAY), Hub(), MemoryPublisher()
    demo = Demo(
        clock=clock,
        speed=1.0,
        publisher=publisher,
        stage=(stage := Stage(hub)),
        hub=hub,
        runs=Runs(clock, publisher),
        faults=FaultSwitch(),
        inbox=Inbox(clock.now),
        hand=Hand(stage, Chats()),
    )
    async with serving(application(demo), "127.0.0.1", 0) as port:
        yield Served(f"http://127.0.0.1:{port}", demo)
        await demo.runs.close()
        hub.close()
