"""Carts on a real broker, and cart_recovery as a process that watches them with a fast clock."""

from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from headsup.clock import FastClock
from headsup.contracts import envelope, shop
from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    NotificationOutcome,
    NotificationRequested,
    NotificationWithdrawn,
    OutcomeStatus,
)
from headsup.contracts.registry import Topic
from headsup.contracts.shop import CartItem
from headsup.kafka.producer import Outgoing, Producer
from tests.support.events import event, outgoing, placed
from tests.support.eventually import eventually
from tests.support.processes import Service, service
from tests.support.reading import TopicReader, until_read

MODULE = "services.cart_recovery"
GROUP = "cart_recovery"
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPEED = 3600.0
"""An hour of business a second: a cart's first reminder comes one second after it was left, the
second six; and for twelve seconds a reminder is worth telling."""
SHOP = """
source = "https://shop.example"
name = "Lavka"
mail_from = "orders@shop.example"
language = "en"
time_zone = "UTC"
home_url = "https://shop.example"
support = {phone = "+380 44 300 21 21"}
night = {begins = 0, ends = 0}
carts = {reminder_hours = [1, 6], checkout_hours = [1, 6], pause_hours = 1}
"""


@dataclass
class Carts:
    """A shop's carts, and who watches them."""

    servers: str
    prefix: str
    shop: Path
    producer: Producer
    speed: float = SPEED
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def now(self) -> datetime:
        """What the services' clocks show, as shops tell it: to the millisecond."""
        at = FastClock(real=self.began, shown=MONDAY, speed=self.speed).now()
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def settings(self, instance: str = "one", **more: str) -> dict[str, str]:
        """Of a replica."""
        return {
            "KAFKA_BOOTSTRAP_SERVERS": self.servers,
            "HEADSUP_TOPIC_PREFIX": self.prefix,
            "HEADSUP_INSTANCE": instance,
            "HEADSUP_SHOPS": str(self.shop),
            "HEADSUP_CLOCK_SPEED": str(self.speed),
            "HEADSUP_CLOCK_ANCHOR": f"{self.began.isoformat()}={MONDAY.isoformat()}",
        } | more

    def watched(self, instance: str = "one", **more: str) -> AbstractAsyncContextManager[Service]:
        """A replica that runs meanwhile."""
        return service(MODULE, self.settings(instance, **more))

    async def tell(self, *events: Event[Any], partition: int | None = None) -> None:
        """The shop, or the notifier, tells these; on this partition, where its producer chooses in
        a way of its own."""
        records = [outgoing(self.prefix, each) for each in events]
        if partition is not None:
            records = [
                Outgoing(each.topic, each.key, each.value, each.headers, partition)
                for each in records
            ]
        await self.producer.publish(records)

    def left(self, *carts: str) -> list[Event[Any]]:
        """Somebody leaves these carts now."""
        return [
            event(
                shop.CartUpdated(
                    cart_id=cart,
                    items=(CartItem(name="Чайник"),),
                    customer=Customer(id=f"owner-of-{cart}", email="oksana@example.com"),
                ),
                self.now,
            )
            for cart in carts
        ]

    def bought(self, cart: str) -> Event[Any]:
        """Whose cart this is buys it now."""
        return placed(f"order-of-{cart}", self.now, cart_id=cart)

    def outcome(
        self, of: Event[NotificationRequested], status: OutcomeStatus, **more: Any
    ) -> Event[Any]:
        """What became of a reminder."""
        data = NotificationOutcome(
            request_id=of.id,
            cart=of.data.cart,
            customer_id=of.data.customer.id,
            kind=of.data.kind,
            status=status,
            at=self.now,
            **more,
        )
        return event(data, self.now)

    async def on(self, topic: str) -> list[Event[Any]]:
        """All events that lie there now."""
        async with TopicReader(self.servers, self.prefix + topic) as reader:
            records = await reader.all_now()
        now = datetime.now(UTC) + timedelta(days=3650)
        return [envelope.decode(each.value, each.headers, now) for each in records]

    async def reminders(self) -> list[Event[NotificationRequested]]:
        """What was asked for so far."""
        found = await self.on(Topic.REMINDERS)
        return [each for each in found if isinstance(each.data, NotificationRequested)]

    async def withdrawn(self) -> list[str]:
        """The reminders that were taken back."""
        found = await self.on(Topic.REMINDERS)
        return [
            each.data.request_id for each in found if isinstance(each.data, NotificationWithdrawn)
        ]

    async def steps(self) -> Counter[tuple[str, int]]:
        """How often each cart's owner was to be reminded, by the step."""
        carts = [each.data.cart for each in await self.reminders()]
        return Counter((each.cart_id, each.step) for each in carts if each)

    async def until(
        self, is_so: Callable[[Counter[tuple[str, int]]], bool]
    ) -> Counter[tuple[str, int]]:
        """Waits until the steps are such; they are then."""

        async def look() -> Counter[tuple[str, int]] | None:
            steps = await self.steps()
            return steps if is_so(steps) else None

        return await eventually(look)

    async def until_asked(self, *steps: tuple[str, int]) -> Counter[tuple[str, int]]:
        """Waits until all of these were asked for; what was asked for then."""
        return await self.until(lambda found: all(each in found for each in steps))

    async def until_read(self, *topics: str) -> None:
        """Waits until all that lies on these topics now was read, and what it changed is kept."""
        wanted = [self.prefix + topic for topic in topics or (Topic.CARTS, Topic.ORDERS)]
        await until_read(self.servers, self.prefix + GROUP, wanted)

    async def dead(self, topic: str, count: int) -> Sequence[Any]:
        """So many dead letters of a topic."""
        async with TopicReader(self.servers, f"{self.prefix}{topic}.dlq") as reader:
            return await reader.at_least(count)


@asynccontextmanager
async def carts_on(servers: str, prefix: str, folder: Path) -> AsyncIterator[Carts]:
    """Carts on a broker whose topics are there."""
    shop_file = folder / "shop.toml"
    shop_file.write_text(SHOP)
    producer = Producer(servers, name="test")
    await producer.start()
    yield Carts(servers, prefix, shop_file, producer)
    await producer.stop()
