"""A real Prometheus scrapes the real services, and real faults make alerts fire."""

import shutil
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from deploy.metrics import series
from headsup.kafka.producer import Outgoing, Producer
from sandbox.providers.inbox import Inbox
from tests.fixtures.missing import missing
from tests.support.events import outgoing
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS, requested, shop_without_night
from tests.support.processes import Service, free_port, service
from tests.support.prometheus import Prometheus, prometheus
from tests.support.providers import providers

BAD_IN_A_ROW = 60
FEW = 8
"""More than the failures in a row after which a sender is left alone."""


def _now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def settings(
    bootstrap_servers: str, database_url: str, topics: str, tmp_path: Path
) -> dict[str, str]:
    """What both services need to start. Their shop has no night."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "DATABASE_URL": database_url,
        "HEADSUP_TOPIC_PREFIX": topics,
        "HEADSUP_INSTANCE": "one",
        "HEADSUP_SHOPS": shop_without_night(tmp_path),
    }


@pytest.fixture(autouse=True)
def _binary() -> None:
    if shutil.which("prometheus") is None:
        missing("there is no prometheus: it is Debian's package of that name")


async def _fires(running: Prometheus, name: str, of: str) -> None:
    async def does() -> bool:
        return (name, of) in await running.firing()

    await eventually(does)


async def _is_quiet(running: Prometheus) -> bool:
    return await running.firing() == set()


async def _all_are_known(shown: Service) -> None:
    """What a service really shows is on the list, and nothing else."""
    lines = (await shown.get("/metrics")).text.splitlines()
    names = {line.split("{")[0].split(" ")[0] for line in lines if not line.startswith("#")}
    ours = {name for name in names if not name.endswith("_created")}
    assert ours - series().keys() == set()


@pytest.mark.timeout(180)
async def test_a_line_that_stops_and_a_service_that_dies_are_told(
    settings: dict[str, str], tmp_path: Path
) -> None:
    prefix, servers = settings["HEADSUP_TOPIC_PREFIX"], settings["KAFKA_BOOTSTRAP_SERVERS"]
    ports = [str(free_port()), str(free_port())]
    targets = [f"127.0.0.1:{port}" for port in ports]
    producer = Producer(servers, name="test")
    await producer.start()
    async with (
        providers(Inbox(_now)) as addresses,
        service("services.order_events", settings | {"HTTP_PORT": ports[0]}) as orders,
        service(
            "services.notifier", {**PROVIDERS, **settings, **addresses, "HTTP_PORT": ports[1]}
        ) as notifier,
        prometheus(tmp_path, targets) as running,
    ):
        await orders.until_ready()
        await notifier.until_ready()
        await eventually(partial(running.finds, "sum(up) == 2"))
        await eventually(partial(_is_quiet, running))
        assert await eventually(partial(_healthy, running)) == "ok"

        await producer.publish([outgoing(prefix, requested("r1", at=_now()))])
        await eventually(partial(running.finds, "sum(headsup_notifier_told_seconds_count) == 1"))
        await _all_are_known(orders)
        await _all_are_known(notifier)

        bad = Outgoing(prefix + "shop.orders", b"x", b"{")
        await producer.publish([bad])
        await _fires(running, "HeadsupDeadLetters", "order_events")
        await producer.publish([bad] * BAD_IN_A_ROW)
        await _fires(running, "HeadsupLineStopped", "order_events")
        assert ("HeadsupServiceAbsent", "notifier") not in await running.firing()

        notifier.process.kill()
        await _fires(running, "HeadsupServiceAbsent", "notifier")
    await producer.stop()


@pytest.mark.timeout(180)
async def test_a_provider_that_is_away_is_told(settings: dict[str, str], tmp_path: Path) -> None:
    prefix, port = settings["HEADSUP_TOPIC_PREFIX"], str(free_port())
    producer = Producer(settings["KAFKA_BOOTSTRAP_SERVERS"], name="test")
    await producer.start()
    async with (
        service("services.notifier", {**PROVIDERS, **settings, "HTTP_PORT": port}) as notifier,
        prometheus(tmp_path, [f"127.0.0.1:{port}"]) as running,
    ):
        await notifier.until_ready()
        await eventually(partial(running.finds, "sum(up) == 1"))
        assert ("HeadsupChannelPaused", "") not in await running.firing()
        events = [requested(f"r{n}", order_id=f"A-{n}", at=_now()) for n in range(FEW)]
        await producer.publish([outgoing(prefix, event) for event in events])
        await _fires(running, "HeadsupChannelPaused", "")
        await _fires(running, "HeadsupSenderRests", "")
        # One is enough to see what waits; that it is late is seen a quarter of an hour later.
        oldest = 'headsup:waiting_oldest_seconds:max{channel="email", priority="news"} > 0'
        await eventually(partial(running.finds, oldest))
    await producer.stop()


async def _healthy(running: Prometheus) -> str | None:
    """The word "ok" once Prometheus could evaluate every rule; what is wrong with them else."""
    found = await running.unhealthy()
    return None if found is None else ", ".join(found) or "ok"
