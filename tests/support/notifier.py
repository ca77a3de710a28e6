"""The notifier with its loops running, Kafka and PostgreSQL under it, and senders for tests."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg
from prometheus_client import CollectorRegistry

import headsup.shops
from headsup.announcer import Announcer
from headsup.clock import ManualClock
from headsup.contracts import envelope
from headsup.contracts.base import Customer, Estimate, Item, Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    Content,
    NotificationOutcome,
    NotificationRequested,
    NotificationWithdrawn,
    OrderTrouble,
)
from headsup.contracts.shop import (
    CancelledBy,
    CancelReason,
    Consent,
    ContactPoint,
    CustomerUpdated,
    PaymentState,
)
from headsup.health import Health
from headsup.kafka.consumer import Consumer
from headsup.kafka.producer import Outgoing, Producer, Publisher
from headsup.orders import MemoryOrderBook, OrderBook
from headsup.outbox import Outbox
from services.notifier.batch import TOPICS
from services.notifier.bot.queue import BotQueue
from services.notifier.channels import PRIMARY, MemorySender
from services.notifier.channels.texts_in import MemoryTextsIn
from services.notifier.decide import Policy
from services.notifier.ledger import SCHEMA, Ledger
from services.notifier.loops import Loops
from services.notifier.metrics import SendingMetrics
from services.notifier.overdue import MemoryReports
from services.notifier.preferring import Preferring
from services.notifier.reception import Receipts, ReceiptWriter
from services.notifier.replies import Incoming, Replies
from services.notifier.results import Clerks
from services.notifier.settings import NotifierSettings
from services.notifier.stops import Stops
from services.notifier.supporting import Supporting
from services.notifier.wakes import Wakes
from tests.support.events import SHOP, outgoing
from tests.support.eventually import eventually
from tests.support.reading import TopicReader, until_read
from tests.support.stand_ins import Senders

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
SHOPS = Path(headsup.shops.__file__).with_name("example.toml")
PROVIDERS = {
    "SMTP_URL": "smtp://127.0.0.1:1",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "token",
    "TWILIO_FROM": "+15005550006",
    "TELEGRAM_BOT_TOKEN": "1:token",
    "HEADSUP_SHOPS": str(SHOPS),
}

PUBLIC = "https://notify.example/headsup"
KEY = b"a key that is long enough to be one"

OKSANA = Customer(id="c-1", name="Оксана", email="oksana@mail.example", phone="+380501234567")


def shop_without_night(folder: Path) -> str:
    """Where a shop lies that writes at any hour, for services that go by the machine's clock."""
    shop = SHOPS.read_text("utf-8").replace("begins = 21", "begins = 0")
    path = folder / "shop.toml"
    path.write_text(shop.replace("ends = 8", "ends = 0"), "utf-8")
    return str(path)


def requested(
    request_id: str, *, kind: Kind = Kind.ORDER_RECEIVED, at: datetime = MONDAY, **changes: Any
) -> Event[NotificationRequested]:
    """Tell Oksana that her order of one kettle was received, or whatever the kind is."""
    content = Content(
        order_number="A-1",
        items=(Item(name="Чайник"),),
        total=Money(amount="1299.00", currency="UAH"),
        payment=PaymentState.PAID,
        cancelled_by=CancelledBy.SHOP,
        cancel_reason=CancelReason.OUT_OF_STOCK,
        carrier="Nova",
        estimate=Estimate(latest=(at + timedelta(days=2)).date()),
        next_update_by=at + timedelta(days=2),
    )
    given: dict[str, Any] = {
        "kind": kind,
        "order_id": "A-1",
        "customer": OKSANA,
        "content": content,
        "happened_at": at,
        "expires_at": at + timedelta(days=2),
    }
    return envelope.make(SHOP, request_id, at, NotificationRequested(**given | changes))


def withdrawn(request_id: str, at: datetime = MONDAY) -> Event[NotificationWithdrawn]:
    """Do not say that any more."""
    data = NotificationWithdrawn(request_id=request_id, order_id="A-1", customer_id="c-1")
    return envelope.make(SHOP, f"withdraw-{request_id}", at, data)


def troubled(
    order_id: str = "A-1", *, in_trouble: bool = True, at: datetime = MONDAY
) -> Event[OrderTrouble]:
    """An order of Oksana's is in trouble, or no longer."""
    data = OrderTrouble(order_id=order_id, customer_id="c-1", in_trouble=in_trouble)
    return envelope.make(SHOP, f"trouble-{order_id}-{in_trouble}-{at.isoformat()}", at, data)


def known(
    *contacts: tuple[Channel, str], at: datetime = MONDAY, **changes: Any
) -> Event[CustomerUpdated]:
    """What the shop knows about Oksana."""
    consents: Sequence[Consent] = changes.pop("consents", ())
    data = CustomerUpdated(
        customer_id="c-1",
        contacts=tuple(ContactPoint(channel=c, address=a) for c, a in contacts),
        consents=tuple(consents),
        **changes,
    )
    return envelope.make(SHOP, f"customer-{at.isoformat()}", at, data)


def told(outcomes: list[NotificationOutcome]) -> list[tuple[str | None, str, str | None]]:
    """Outcomes in short: of which notification, what, and why."""
    return [(o.notification_id, o.status.value, o.reason) for o in outcomes]


@dataclass
class Rig:
    """One notifier, and both ends of it."""

    settings: NotifierSettings
    pool: "asyncpg.Pool[asyncpg.Record]"
    producer: Producer
    clock: ManualClock
    senders: Senders = field(default_factory=Senders)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    health: Health = field(default_factory=Health)
    receipts: Receipts = field(default_factory=Receipts)
    replies: Replies = field(default_factory=Replies)
    stops: Stops = field(default_factory=Stops)
    bot: BotQueue = field(default_factory=BotQueue)
    preferring: Preferring = field(default_factory=Preferring)
    supporting: Supporting = field(default_factory=Supporting)
    book: OrderBook = field(default_factory=MemoryOrderBook)
    """Where the bot looks orders up."""
    reports: MemoryReports = field(default_factory=lambda: MemoryReports({}))
    """What the provider says of messages of which nobody hears."""
    texts_in: MemoryTextsIn = field(default_factory=MemoryTextsIn)
    """Where the provider lists what customers wrote."""
    instance: str = "one"
    """Its name in the group: replicas have different ones."""
    _running: int = 0
    """So many loops of ours."""

    @property
    def prefix(self) -> str:
        return self.settings.common.topic_prefix

    async def emit(self, *events: Event[Any]) -> None:
        """Publishes these. While it runs, what lies on one topic was read before what comes after
        it lies on another: between topics Kafka knows no order."""
        records = [outgoing(self.prefix, event) for event in events]
        runs = [list(run) for _, run in groupby(records, key=lambda record: record.topic)]
        for number, run in enumerate(runs, 1):
            await self.producer.publish(run)
            if self._running and number < len(runs):
                await self.until_read(run[0].topic)

    async def until_read(self, topic: str) -> None:
        """Waits until all that lies there was taken in."""
        servers = self.settings.common.kafka_bootstrap_servers
        await until_read(servers, self.prefix + "notifier", [topic])

    def record(self, event: Event[Any], *, topic: str) -> Outgoing:
        """An event on a topic that is not its own."""
        return replace(outgoing(self.prefix, event), topic=self.prefix + topic)

    async def publish(self, topic: str, value: bytes) -> None:
        await self.producer.publish([Outgoing(self.prefix + topic, b"key", value)])

    @asynccontextmanager
    async def running(
        self,
        publisher: Publisher | None = None,
        pool: "asyncpg.Pool[asyncpg.Record] | None" = None,
    ) -> AsyncIterator[None]:
        """The loops run while the block does, and end in order."""
        started = self._started(publisher or self.producer, pool or self.pool)
        async with started as (running, stop):
            try:
                yield
            finally:
                stop.set()
                await asyncio.wait_for(running, 10)

    @asynccontextmanager
    async def killed(self) -> AsyncIterator[None]:
        """The loops run while the block does, and then stop where they are: nothing is written."""
        async with self._started(self.producer, self.pool) as (running, _):
            try:
                yield
            finally:
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running

    @asynccontextmanager
    async def _started(
        self, publisher: Publisher, pool: "asyncpg.Pool[asyncpg.Record]"
    ) -> AsyncIterator[tuple["asyncio.Task[None]", asyncio.Event]]:
        consumer = await self.consumer()
        stop = asyncio.Event()
        outbox = Outbox(SCHEMA, pool, publisher)
        self.registry = CollectorRegistry()
        incoming = Incoming(
            self.receipts,
            self.replies,
            self.stops,
            self.bot,
            self.preferring,
            self.supporting,
        )
        loops = Loops(self.settings, pool, outbox, self.registry, self.health, incoming)
        running = asyncio.create_task(
            loops.run(
                consumer,
                self.senders.all(),
                stop,
                [self.texts_in],
                self.book,
                {PRIMARY: self.reports},
            )
        )
        self._running += 1
        try:
            yield running, stop
        finally:
            self._running -= 1
            await consumer.stop()

    @asynccontextmanager
    async def receiving(self, ledger: Ledger) -> AsyncIterator[None]:
        """Receipts alone are written while the block runs."""
        announcer = Announcer(Outbox(SCHEMA, self.pool, self.producer))
        clerks = Clerks(
            ledger=ledger,
            announcer=announcer,
            wakes=Wakes(),
            policy=Policy(self.settings.shops, self.settings.voices.common.languages),
            metrics=SendingMetrics(CollectorRegistry()),
            health=self.health,
            prefix=self.prefix,
        )
        stop = asyncio.Event()
        writer = ReceiptWriter(self.receipts, clerks, self.clock, self.health)
        async with announcer.running():
            writing = asyncio.create_task(writer.run(stop))
            try:
                yield
            finally:
                stop.set()
                await writing

    def has_patience(self, **seconds: float) -> None:
        """Changes how long it waits for what."""
        patience = replace(self.settings.patience, **seconds)
        self.settings = replace(self.settings, patience=patience)

    async def is_due_now(self) -> None:
        """What waits for another attempt waits no longer."""
        await self.pool.execute(
            "UPDATE notifier.notifications SET due_at = now() WHERE state = 'planned'"
        )

    async def lease_runs_out(self) -> None:
        """What is being sent is anybody's from now on."""
        await self.pool.execute(
            "UPDATE notifier.notifications SET due_at = now() WHERE state = 'sending'"
        )

    async def consumer(self) -> Consumer:
        """One that joined the group, with a name that lasts."""
        consumer = Consumer(
            self.settings.common.kafka_bootstrap_servers,
            [self.prefix + topic for topic in TOPICS],
            group=self.prefix + "notifier",
            instance=self.instance,
        )
        await consumer.start()
        return consumer

    async def outcomes(self, count: int) -> list[NotificationOutcome]:
        """The first `count` outcomes, or more if there are; in the order in which they were
        published, on whichever partitions."""
        topic = self.prefix + "notifications.outcomes"
        servers = self.settings.common.kafka_bootstrap_servers
        async with TopicReader(servers, topic) as reader:
            records = sorted(await reader.at_least(count), key=lambda record: record.timestamp)
            return [envelope.decode(r.value, r.headers, self.clock.now()).data for r in records]

    async def has_retried(self) -> bool:
        """Whether a notification waits for another attempt."""
        return await self._holds("SELECT FROM notifier.notifications WHERE retries > 0")

    async def until_called(self, *senders: MemorySender[Any]) -> None:
        """Waits until each of them has a message to send, and holds it. That it is claimed is said
        in the ledger before the process itself hears of it."""

        async def called() -> bool:
            return all(sender.held for sender in senders)

        await eventually(called)

    async def has_failed(self, times: int) -> None:
        """Waits until so many attempts failed, and another one is planned."""
        query = "SELECT FROM notifier.notifications WHERE state = 'planned' AND retries >= "
        await eventually(partial(self._holds, f"{query}{times}"))

    async def remembers_a_withdrawal(self) -> bool:
        """Whether the ledger knows of one."""
        return await self._holds("SELECT FROM notifier.withdrawals")

    async def knows_somebody(self) -> bool:
        """Whether the address book has an entry."""
        return await self._holds("SELECT FROM notifier.people WHERE entry IS NOT NULL")

    async def _holds(self, query: str) -> bool:
        return bool(await self.pool.fetchval(f"SELECT EXISTS ({query})"))

    async def shows(self, metric: str, value: float, **labels: str) -> bool:
        """Whether a metric has this value."""
        return self.registry.get_sample_value(f"headsup_notifier_{metric}", labels) == value

    async def states(self) -> dict[str, str]:
        """The state of every notification."""
        rows = await self.pool.fetch("SELECT id, state FROM notifier.notifications ORDER BY id")
        return {row["id"]: row["state"] for row in rows}

    async def until(self, states: Mapping[str, str]) -> None:
        """Waits until the notifications are in these states."""

        async def reached() -> bool:
            return await self.states() == states

        await eventually(reached)
