"""A desk with all that it works with, in memory."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from prometheus_client import CollectorRegistry

from headsup.clock import ManualClock
from headsup.contracts import envelope, shop
from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.registry import BY_DATA, Internal
from headsup.kafka.producer import MemoryPublisher, Outgoing
from headsup.pace import Pace
from headsup.streak import Streak
from services.cart_recovery import tick
from services.cart_recovery.cart import CartKey
from services.cart_recovery.desk import Desk, House
from services.cart_recovery.metrics import Metrics
from services.cart_recovery.reading import home_among
from services.cart_recovery.shelf import Kept, Shelf, ShelfError, key_of, read
from tests.support.events import SHOP, event, outgoing
from tests.support.poison import Poison
from tests.unit.services.cart_recovery.carts import KETTLE, MONDAY

HOUR = timedelta(hours=1)
PARTITIONS = 3
HOME = home_among(PARTITIONS)
PREFIX = "x."
JOINED = PREFIX + Internal.JOINED


def left(cart_id: str, at: datetime = MONDAY, **changes: Any) -> Event[Any]:
    """Somebody puts a kettle into a cart and leaves it."""
    customer = Customer(id=f"owner-of-{cart_id}", email="oksana@example.com")
    said: dict[str, Any] = {"items": KETTLE, "customer": customer}
    return event(shop.CartUpdated(cart_id=cart_id, **said | changes), at)


def key(cart_id: str) -> bytes:
    """Where a cart lies."""
    return key_of(CartKey(SHOP, cart_id))


def on_partition(number: int, count: int) -> list[str]:
    """So many ids of carts that are at home there."""
    found = (name for name in (f"K{n}" for n in range(1_000_000)) if HOME(name) == number)
    return [next(found) for _ in range(count)]


class KnownShelf(Shelf):
    """A shelf that tests look into, and put things on."""

    is_full = False
    """Whether nothing is done any more."""

    def _run(self, statement: str, *values: bytes | float | None) -> list[Any]:
        if self.is_full:
            raise ShelfError
        return super()._run(statement, *values)

    @property
    def kept(self) -> dict[bytes, bytes]:
        """All that lies there."""
        return {key: value for key in self if (value := self.get(key)) is not None}

    @kept.setter
    def kept(self, carts: Mapping[bytes, bytes]) -> None:
        for key in self:
            self.lay(0, key, None)
        for key, value in carts.items():
            self.lay(0, key, value)

    def rewrite(self, key: bytes, value: bytes) -> None:
        """Another value, which is due when the one before it was."""
        self._run("UPDATE carts SET value = ? WHERE key = ?", value, key)


class Room:
    """A desk, and what lies around it."""

    def __init__(
        self,
        shelf: KnownShelf | None = None,
        publisher: MemoryPublisher | None = None,
        most_bad: int = 50,
        pace: Pace | None = None,
    ) -> None:
        self.shelf, self.publisher = shelf or KnownShelf(), publisher or MemoryPublisher()
        self.clock, self.registry = ManualClock(MONDAY), CollectorRegistry()
        self.ticked: list[int] = []
        self.done = 0
        house = House(
            terms={},
            home=HOME,
            prefix=PREFIX,
            streak=Streak(most=most_bad),
            ticked=self.ticked.append,
            done=self._did,
            pace=pace or Pace(),
            pause=0.0,
        )
        metrics = Metrics(self.registry)
        self.desk = Desk(self.shelf, self.publisher, self.clock, metrics, house)
        self._offset = 0

    def _did(self) -> None:
        self.done += 1

    def record(self, what: Event[Any], partition: int | None = None) -> Poison:
        """The record of an event: a cart's own, or one that was brought to its cart."""
        sent = outgoing(PREFIX, what)
        is_cart_s = sent.topic == PREFIX + "shop.carts"
        cart_id = getattr(what.data, "cart_id", None)
        at_home = HOME(cart_id) if cart_id else 0
        return self.odd(
            sent.value,
            sent.topic if is_cart_s else JOINED,
            at_home if partition is None else partition,
            sent,
        )

    def odd(
        self,
        value: bytes | None,
        topic: str = PREFIX + "shop.carts",
        partition: int = 0,
        sent: Outgoing | None = None,
    ) -> Poison:
        """A record with this value."""
        self._offset += 1
        key, headers = (sent.key, sent.headers) if sent else (b"key", ())
        return Poison(topic, value, self._offset, key, headers, partition)

    async def hears(self, *events: Event[Any]) -> None:
        """These events come, each at home."""
        for each in events:
            await self.desk.take(self.record(each))

    def a_tick(self, partition: int, at: datetime | None = None) -> Poison:
        """A tick, sent now unless said otherwise."""
        sent = tick.record(partition, at or self.clock.now(), PREFIX)
        return self.odd(sent.value, sent.topic, partition)

    async def ticks(self, partition: int, at: datetime | None = None) -> None:
        """It comes."""
        await self.desk.take(self.a_tick(partition, at))

    @property
    def said(self) -> list[tuple[str, Any]]:
        """What is on Kafka: ids and data, in their order."""
        return [
            (found.id, found.data)
            for each in self.publisher.published
            if not each.topic.endswith(".dlq") and each.topic != JOINED
            for found in [envelope.decode(each.value, each.headers, self.clock.now())]
        ]

    @property
    def set_aside(self) -> list[Outgoing]:
        """The dead letters."""
        return [each for each in self.publisher.published if each.topic.endswith(".dlq")]

    def kept(self, cart_id: str) -> Kept | None:
        """A cart as it lies there."""
        value = self.shelf.get(key(cart_id))
        return read(key(cart_id), value) if value is not None else None

    def sample(self, name: str, **labels: str) -> float | None:
        """A metric."""
        return self.registry.get_sample_value(f"headsup_{name}", labels)


def topic_of(what: Event[Any]) -> str:
    """Where an event travels, with the prefix."""
    return PREFIX + BY_DATA[type(what.data)].topic
