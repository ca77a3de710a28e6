"""A cart from its reminder to the order that it brought back, by the real processes: its traces."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from headsup.contracts.channels import Channel
from headsup.contracts.registry import Internal, Topic
from headsup.kafka.producer import Outgoing
from sandbox.providers.inbox import Inbox
from tests.support.cart_recovery import Carts, carts_on
from tests.support.collector import Collector, Exported, collecting
from tests.support.events import outgoing
from tests.support.eventually import eventually
from tests.support.marketing import agrees
from tests.support.notifier import PROVIDERS
from tests.support.processes import free_port, service
from tests.support.providers import providers
from tests.support.recorded import SPAN, TRACE, carried

CART = "K-77001"
MAIL = "oksana@example.com"
KEY = "a key that is long enough to be one"
SPEED = 600.0
"""Ten minutes a second: a reminder is due after six seconds, and is worth telling for a minute."""
PERSONAL = (CART, MAIL, "oksana", "owner-of", "order-of", "Чайник", "shop.example", "Lavka", KEY)


@asynccontextmanager
async def both(carts: Carts, database_url: str, collector: Collector) -> AsyncIterator[None]:
    """cart_recovery and the notifier, in front of a mail server."""
    http = free_port()
    settings = carts.settings(
        **PROVIDERS,
        DATABASE_URL=database_url,
        HEADSUP_PUBLIC_URL=f"http://127.0.0.1:{http}",
        HEADSUP_ANSWER_KEY=KEY,
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.address,
        OTEL_BSP_SCHEDULE_DELAY="100",
    )
    async with (
        providers(Inbox(lambda: carts.now)) as addresses,
        service("services.cart_recovery", settings) as asking,
        service("services.notifier", settings | addresses | {"HTTP_PORT": str(http)}) as sending,
    ):
        await asking.until_ready()
        await sending.until_ready()
        yield
        await asking.terminate()
        await sending.terminate()


def chain(collector: Collector, last: Exported) -> list[str]:
    """The steps that led to this one, each as who took it and what it is called."""
    by_id = {one.span: one for one in collector.spans}
    found = [last]
    while found[0].parent in by_id:
        found.insert(0, by_id[found[0].parent])
    return [f"{one.service}: {one.name}" for one in found]


async def seen(collector: Collector, service: str, name: str) -> Exported | None:
    """The newest such step."""
    found = [one for one in collector.named(name) if one.service == service]
    return found[-1] if found else None


@pytest.mark.timeout(400)
async def test_a_reminder_is_one_trace_and_the_order_that_it_brought_is_in_the_shops(
    bootstrap_servers: str, database_url: str, topics: str, tmp_path: Path
) -> None:
    outcomes, reminders = f"{topics}{Topic.OUTCOMES}", f"{topics}{Topic.REMINDERS}"
    with collecting() as collector:
        async with carts_on(bootstrap_servers, topics, tmp_path) as carts:
            carts.speed = SPEED
            async with both(carts, database_url, collector):
                yesterday = carts.now - timedelta(days=1)
                wants = agrees((Channel.EMAIL, MAIL), customer_id=f"owner-of-{CART}", at=yesterday)
                await carts.tell(wants, *carts.left(CART))
                told = await eventually(
                    partial(seen, collector, "notifier", f"send {outcomes}"), seconds=90
                )
                await carts.until_read(Topic.CARTS, Topic.OUTCOMES)
                await carts.until_read(Internal.JOINED)
                bought = outgoing(topics, carts.bought(CART))
                headers = (*bought.headers, *carried())
                await carts.producer.publish(
                    [Outgoing(bought.topic, bought.key, bought.value, headers)]
                )
                brought = await eventually(
                    partial(seen, collector, "cart_recovery", f"send {outcomes}"), seconds=60
                )
    assert chain(collector, told) == [
        f"cart_recovery: send {reminders}",
        f"notifier: process {reminders}",
        "notifier: send email",
        f"notifier: send {outcomes}",
    ]
    assert chain(collector, brought) == [
        f"cart_recovery: process {topics}{Internal.JOINED}",
        f"cart_recovery: send {outcomes}",
    ]
    assert brought.trace.hex() == TRACE != told.trace.hex()
    [at_work] = collector.named(f"process {topics}{Internal.JOINED}")
    assert at_work.parent.hex() == SPAN
    assert [one.name for one in collector.spans if one.error] == []
    for one in collector.spans:
        assert [word for word in PERSONAL if word in one.text] == [], one.text
