"""order_events and the notifier as real processes before the providers' stand-ins, over a Kafka and
a database that may be lost meanwhile."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg

from headsup.clock import SystemClock
from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.kafka.producer import Producer
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from tests.support.events import delivered, outgoing, placed, scanned
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS, shop_without_night
from tests.support.processes import Service, free_port, service
from tests.support.providers import providers

NOW = SystemClock().now
QUIET = 3.0
"""Seconds at the end in which a second message would show."""
_REST = """
    SELECT NOT EXISTS (SELECT FROM order_events.outbox WHERE created_at < 'infinity')
       AND NOT EXISTS (SELECT FROM notifier.outbox WHERE created_at < 'infinity')
       AND NOT EXISTS (SELECT FROM notifier.notifications
                       WHERE state IN ('planned', 'sending') AND due_at < now())
"""
Heard = Counter[tuple[str, str]]
"""Who was told what: the address, and the subject or the first line."""


@dataclass(frozen=True, slots=True)
class Running:
    """Both services."""

    order_events: Service
    notifier: Service


@dataclass(frozen=True, slots=True)
class Whole:
    """All that a story needs."""

    settings: dict[str, str]
    addresses: dict[str, str]
    inbox: Inbox
    faults: FaultSwitch = field(default_factory=FaultSwitch)

    def on(self, **settings: str) -> "Whole":
        """The same customers and providers, with services that are told otherwise."""
        return replace(self, settings=self.settings | settings)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running]:
        """Both services run while the block does, and end in order."""
        ports = ({"HTTP_PORT": str(free_port())} for _ in range(2))
        async with AsyncExitStack() as parts:
            deciding = await parts.enter_async_context(
                service("services.order_events", self.settings | next(ports))
            )
            told = PROVIDERS | self.settings | self.addresses | next(ports)
            sending = await parts.enter_async_context(service("services.notifier", told))
            await deciding.until_ready()
            await sending.until_ready()
            yield Running(deciding, sending)
            for each in (deciding, sending):
                code, _, said = await each.terminate()
                assert code == 0, said

    async def say(self, *events: Event[Any]) -> None:
        """The shop says this."""
        producer = Producer(self.settings["KAFKA_BOOTSTRAP_SERVERS"], name="shop")
        await producer.start()
        prefix = self.settings["HEADSUP_TOPIC_PREFIX"]
        await producer.publish([outgoing(prefix, each) for each in events])
        await producer.stop()

    def heard(self) -> Heard:
        """Who was told what so far, how often."""
        return Counter(
            (one.to, one.subject or one.text.partition("\n")[0]) for one in self.inbox.messages()
        )

    def of(self, order_id: str, channel: Channel = Channel.EMAIL) -> list[str]:
        """What the customer of an order was told, in turn."""
        to = address_of(order_id)
        return [
            one.subject or ""
            for one in self.inbox.messages()
            if one.to == to and one.channel is channel
        ]

    async def until_told(self, order_id: str, times: int) -> None:
        """Waits until the customer of an order had so many mails."""
        await eventually(partial(self._told, order_id, times), seconds=150)

    async def _told(self, order_id: str, times: int) -> bool:
        return len(self.of(order_id)) >= times

    async def at_rest(self) -> None:
        """Waits until nothing is left to be said, and then for what would be said too much."""
        await eventually(self._rests, seconds=150)
        await asyncio.sleep(QUIET)
        await eventually(self._rests, seconds=150)

    async def _rests(self) -> bool:
        return bool(await self.value(_REST))

    async def until_published(self) -> None:
        """Waits until all that order_events has to say is on Kafka."""
        empty = "SELECT NOT EXISTS (SELECT FROM order_events.outbox)"

        async def is_empty() -> bool:
            return bool(await self.value(empty))

        await eventually(is_empty, seconds=150)

    async def value(self, query: str, *values: object) -> Any:
        """The first value of a query."""
        connection = await asyncpg.connect(self.settings["DATABASE_URL"])
        try:
            return await connection.fetchval(query, *values)
        finally:
            await connection.close()


def address_of(order_id: str) -> str:
    """The mail address of its customer, who has no other."""
    return f"{order_id.lower()}@example.com"


def order(order_id: str, at: datetime | None = None, **changes: Any) -> Event[Any]:
    """It was placed, by somebody who is reached by mail alone."""
    customer = Customer(id=f"c-{order_id}", email=address_of(order_id), language="en")
    return placed(order_id, at or NOW(), **{"customer": customer, **changes})


def on_its_way(order_id: str) -> Event[Any]:
    """Its parcel was seen."""
    return scanned(order_id, NOW() - timedelta(seconds=1))


def arrived(order_id: str) -> Event[Any]:
    """It was handed over."""
    return delivered(order_id, NOW())


@asynccontextmanager
async def whole(settings: dict[str, str], folder: Path) -> AsyncIterator[Whole]:
    """The stand-ins run while the block does. The shop has no night."""
    inbox, faults = Inbox(NOW), FaultSwitch()
    mine = {"HEADSUP_SHOPS": shop_without_night(folder)}
    async with providers(inbox, faults) as addresses:
        yield Whole({**mine, **settings}, addresses, inbox, faults)
