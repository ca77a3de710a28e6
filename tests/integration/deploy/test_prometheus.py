"""A real Prometheus scrapes the real services: it can evaluate every rule, and finds what is on the
list of metrics and nothing else.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from deploy.check.settings import SERVICES
from deploy.metrics import series
from headsup.kafka.producer import Producer
from sandbox.providers.inbox import Inbox
from tests.support.events import outgoing
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS, requested, shop_without_night
from tests.support.processes import Service, free_port, service
from tests.support.prometheus import Prometheus, prometheus
from tests.support.providers import providers

PATIENT = 90.0
"""Seconds, on a busy machine."""


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def settings(
    bootstrap_servers: str, database_url: str, topics: str, tmp_path: Path
) -> dict[str, str]:
    """What all services need to start. Their shop has no night."""
    return {
        **PROVIDERS,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "DATABASE_URL": database_url,
        "HEADSUP_TOPIC_PREFIX": topics,
        "HEADSUP_INSTANCE": "one",
        "HEADSUP_SHOPS": shop_without_night(tmp_path),
    }


@asynccontextmanager
async def all_services(
    settings: dict[str, str], folder: Path
) -> AsyncIterator[tuple[Prometheus, list[Service]]]:
    """All of them, and who scrapes them."""
    ports = {name: str(free_port()) for name in SERVICES.values()}
    async with AsyncExitStack() as stack:
        addresses = await stack.enter_async_context(providers(Inbox(_now)))
        running = [
            await stack.enter_async_context(
                service(f"services.{name}", settings | addresses | {"HTTP_PORT": port})
            )
            for name, port in ports.items()
        ]
        for one in running:
            await one.until_ready()
        targets = [f"127.0.0.1:{port}" for port in ports.values()]
        yield await stack.enter_async_context(prometheus(folder, targets)), running


async def _healthy(running: Prometheus) -> str | None:
    """The word "ok" once Prometheus could evaluate every rule; what is wrong with them else."""
    found = await running.unhealthy()
    return None if found is None else ", ".join(found) or "ok"


async def _all_are_known(shown: Service) -> None:
    """What a service really shows is on the list, and nothing else."""
    lines = (await shown.get("/metrics")).text.splitlines()
    names = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    ours = {name for name in names if not name.endswith("_created")}
    assert ours - series().keys() == set()
    assert "headsup_build_info" in ours


@pytest.mark.timeout(300)
async def test_every_rule_can_be_evaluated_and_every_metric_is_on_the_list(
    settings: dict[str, str], tmp_path: Path
) -> None:
    producer = Producer(settings["KAFKA_BOOTSTRAP_SERVERS"], name="test")
    await producer.start()
    async with all_services(settings, tmp_path) as (running, shown):
        await eventually(partial(running.finds, "sum(up) == 3"), seconds=PATIENT)
        assert await eventually(partial(_healthy, running), seconds=PATIENT) == "ok"
        await running.until_quiet()  # before the first scrape all services are absent
        said = outgoing(settings["HEADSUP_TOPIC_PREFIX"], requested("r1", at=_now()))
        await producer.publish([said])
        told = "sum(headsup_notifier_told_seconds_count) == 1"
        await eventually(partial(running.finds, told), seconds=PATIENT)
        for one in shown:
            await _all_are_known(one)
        assert await running.firing() == set()
    await producer.stop()
