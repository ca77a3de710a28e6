"""What stands before the services, wherever they run: the page, and the providers' stand-ins."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from headsup.clock import Clock, SystemClock
from headsup.contracts.registry import Topic
from headsup.http import serving
from sandbox.providers import telegram, twilio
from sandbox.providers.faults import FaultSwitch
from sandbox.providers.inbox import Inbox
from sandbox.providers.smtp import start_smtp
from sandbox.providers.telegram_chats import Chats, Webhook
from sandbox.providers.twilio_callbacks import Callbacks
from sandbox.providers.twilio_inbound import Inbound
from sandbox.tempo import Tempo
from sandbox.web.app import Demo, application
from sandbox.web.feed import feed
from sandbox.web.hand import Hand
from sandbox.web.held import watch_held
from sandbox.web.hub import Hub
from sandbox.web.kafka import KafkaPublisher, publishing, watch, watching
from sandbox.web.runs import Runs
from sandbox.web.stage import Stage

WATCHED = (
    Topic.ORDERS,
    Topic.PAYMENTS,
    Topic.SHIPMENTS,
    Topic.RETURNS,
    Topic.SUPPORT,
    Topic.INCIDENTS,
    Topic.CARTS,
    Topic.CUSTOMERS,
    Topic.CONVERSATIONS,
    Topic.REPLIED,
    Topic.OUTCOMES,
)
LOOPBACK = "127.0.0.1"
_APPROVED = {"HX00000000000000000000000000000001": "Новини замовлення {{1}}. {{2}}"}
"""What Meta approved of Lavka's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What the stand-ins and the notifier both know, of the form that the real ones have. Those
    that stand here open nothing."""

    twilio: tuple[str, str] = field(default=("AC" + "0" * 32, "a-token-of-the-sandbox"), repr=False)
    """The account and its token."""
    twilio_from: str = "+15005550006"
    telegram: str = field(default="1000000001:a-token-of-the-sandbox", repr=False)
    telegram_secret: str = field(default="a-secret-of-the-sandbox", repr=False)
    smtp: tuple[str, str] = field(default=("sandbox", "a-password-of-the-sandbox"), repr=False)
    """The user and the password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the page and the stand-ins are, and what they stand in front of."""

    kafka: str
    database: str
    notifier: str
    """The address under which it is called back."""
    tempo: Tempo
    host: str = LOOPBACK
    port: int = 0
    """The page's; 0 takes a free one."""
    secrets: Secrets = field(default_factory=Secrets)


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """The page and the stand-ins, running."""

    demo: Demo
    port: int
    """Of the page, Twilio and Telegram."""
    smtp_port: int
    watchers: tuple[asyncio.Task[None], ...]
    """They never end; what stops one is told by its result."""


@contextlib.asynccontextmanager
async def standing(place: Place) -> AsyncIterator[Front]:
    """All of it, before Kafka with its topics and PostgreSQL with its tables."""
    async with AsyncExitStack() as parts:
        publisher = await parts.enter_async_context(publishing(place.kafka))
        demo = _demo(place, publisher)
        parts.push_async_callback(demo.runs.close)
        watchers = await _watchers(parts, place, demo)
        smtp = await start_smtp(demo.inbox, demo.faults, credentials=place.secrets.smtp)
        parts.push_async_callback(smtp.close)
        port = await parts.enter_async_context(_web(place, demo))
        yield Front(demo=demo, port=port, smtp_port=smtp.port, watchers=watchers)


def _demo(place: Place, publisher: KafkaPublisher) -> Demo:
    clock, hub = place.tempo.clock(), Hub()
    stage = Stage(hub)
    faults = FaultSwitch()
    hand = _hand(place, stage, faults, clock)
    return Demo(
        clock=clock,
        speed=place.tempo.speed,
        publisher=publisher,
        stage=stage,
        hub=hub,
        runs=Runs(clock, publisher, hand),
        hand=hand,
        faults=faults,
        inbox=Inbox(clock.now),
    )


def _hand(place: Place, stage: Stage, faults: FaultSwitch, clock: Clock) -> Hand:
    inbound = Inbound(
        url=f"{place.notifier}/webhooks/twilio/inbound",
        account=place.secrets.twilio[0],
        auth_token=place.secrets.twilio[1],
        number=place.secrets.twilio_from,
        approved=_APPROVED,
    )
    webhook = Webhook(f"{place.notifier}/webhooks/telegram", place.secrets.telegram_secret)
    return Hand(stage, Chats(webhook), inbound, faults, clock)


async def _watchers(
    parts: AsyncExitStack, place: Place, demo: Demo
) -> tuple[asyncio.Task[None], ...]:
    consumer = await parts.enter_async_context(watching(place.kafka, WATCHED))
    watchers = (
        asyncio.create_task(
            watch(consumer, lambda record: demo.stage.saw(record, demo.clock.now()))
        ),
        asyncio.create_task(feed(demo.inbox, demo.stage, SystemClock())),
        asyncio.create_task(watch_held(place.database, demo.stage, place.tempo)),
    )

    async def end() -> None:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)

    parts.push_async_callback(end)
    return watchers


@contextlib.asynccontextmanager
async def _web(place: Place, demo: Demo) -> AsyncIterator[int]:
    """The page and the providers' HTTP stand-ins, on one port."""
    callbacks = Callbacks()
    texts = twilio.routes(
        demo.inbox,
        demo.faults,
        clock=SystemClock().now,
        credentials=place.secrets.twilio,
        callbacks=callbacks,
        inbound=demo.hand.inbound,
    )
    routes = [
        *texts,
        *telegram.routes(
            demo.inbox,
            demo.faults,
            clock=demo.clock.now,
            token=place.secrets.telegram,
            chats=demo.hand.chats,
        ),
    ]
    async with callbacks, serving(application(demo, routes), place.host, place.port) as actual:
        try:
            yield actual
        finally:
            demo.hub.close()
