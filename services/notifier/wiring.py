"""What the notifier is made of, wired to each other."""

import asyncio
import contextlib
from typing import Any, TypeVar

import asyncpg
from prometheus_client import CollectorRegistry

from headsup import logs, name_keys, postgres, sealed_tables, tables
from headsup.build import describe_build
from headsup.health import Health
from headsup.kafka.consumer import Consumer
from headsup.kafka.producer import Producer
from headsup.kafka.rights import expect_rights
from headsup.kafka.topics import sure_of
from headsup.name_keys import Fence
from headsup.orders import open_order_book
from headsup.outbox import Outbox
from headsup.sealed_rows import rows_with
from headsup.seals import seals_of
from headsup.settings import Environment, Settings
from headsup.tracing import tracing
from services.notifier import dkim_settings
from services.notifier.batch import NEEDED, NEEDS, SERVICE, TOPICS
from services.notifier.channels.telegram_buttons import TelegramButtons
from services.notifier.channels.telegram_updates import TelegramUpdates
from services.notifier.configured import (
    configured_reports,
    configured_senders,
    configured_texts_in,
)
from services.notifier.ledger import SCHEMA
from services.notifier.loops import Loops
from services.notifier.named_rows import TABLES
from services.notifier.page_rows import CONNECTIONS, PageRows
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Incoming
from services.notifier.sealed_rows import COLUMNS
from services.notifier.settings import NotifierSettings
from services.notifier.web.ears import ear_of
from services.notifier.web.page_routes import Library, page_routes
from services.notifier.web.routes import Callers, routes
from services.notifier.web.serving import serving

OfTelegram = TypeVar("OfTelegram", TelegramButtons, TelegramUpdates)


async def main(environment: Environment, stop: asyncio.Event) -> None:
    """Wires the parts and runs them until `stop` is set."""
    settings = NotifierSettings.from_environment(environment)
    common = settings.common
    registry, health = CollectorRegistry(), Health()
    _advise(settings)
    describe_build(registry, SERVICE)
    async with contextlib.AsyncExitStack() as parts:
        callers = Callers(
            incoming=Incoming(),
            reports=ReceiptMetrics(registry, are_asked_for=settings.status_callback is not None),
            registry=registry,
            buttons=await _bot(settings, parts, TelegramButtons),
        )
        fence = Fence(SCHEMA, seals_of(settings.address_keys))
        library = await _library(settings, fence, parts)
        pages = page_routes(settings, library, callers.incoming.supporting, registry)
        outside = [*routes(settings, callers), *pages]
        await parts.enter_async_context(serving(settings, health, registry, outside))
        traces = await parts.enter_async_context(tracing(common.tracing, SERVICE))
        pool = await _pool(common, fence, parts)
        producer = Producer(common.brokers, name=SERVICE)
        await producer.start()
        parts.push_async_callback(producer.stop)
        senders = configured_senders(settings)
        texts_in, reports = configured_texts_in(settings), configured_reports(settings)
        closed: list[Any] = [*senders, *texts_in, *reports.values()]
        for each in closed:
            parts.push_async_callback(each.close)
        consumer = await _consumer(common, parts)
        if settings.bounces.port is not None:
            await parts.enter_async_context(_bounces(settings, callers))
        outbox = Outbox(SCHEMA, pool, traces.publisher(producer))
        loops = Loops(settings, pool, outbox, registry, health, callers.incoming)
        loops.tracing = traces
        health.ready()
        async with asyncio.TaskGroup() as beside:
            ear = ear_of(settings, callers, await _bot(settings, parts, TelegramUpdates), health)
            if ear is not None:
                beside.create_task(ear.run(stop))
            await loops.run(consumer, senders, stop, texts_in, reports=reports)
    logs.logger().info("ended")


async def _pool(
    common: Settings, fence: Fence, parts: contextlib.AsyncExitStack
) -> "asyncpg.Pool[asyncpg.Record]":
    """Raises SettingsError where there is no database, not our tables, or not their keys."""
    await name_keys.begin(common.database_url, SCHEMA, fence.by, TABLES)
    rows = rows_with(fence.by, COLUMNS)
    pool = await postgres.connect(common.database_url, name=SERVICE, rows=rows, look=fence)
    parts.push_async_callback(pool.close)
    async with postgres.answering():
        await tables.check(pool, SCHEMA, "services.notifier.migrations")
        await sealed_tables.expect(pool, SCHEMA, fence.by)
        fence.stand()  # first: else somebody could change it between the look and this
        await name_keys.admit(pool, SCHEMA, fence.by)
        await sealed_tables.note(pool, SCHEMA, fence.by)  # a key that was refused is noted nowhere
    return pool


async def _library(
    settings: NotifierSettings, fence: Fence, parts: contextlib.AsyncExitStack
) -> Library:
    """What pages are read from, over a few connections of its own; none is made before somebody
    opens one."""
    pool = await postgres.connect(
        settings.common.database_url,
        name=f"{SERVICE} pages",
        size=CONNECTIONS,
        least=0,
        rows=rows_with(fence.by, COLUMNS),
        look=fence,
    )
    parts.push_async_callback(pool.close)
    policies = {source: shop.policy for source, shop in settings.shops.items()}
    return Library(rows=PageRows(pool), book=open_order_book(pool, policies))


def _bounces(
    settings: NotifierSettings, callers: Callers
) -> contextlib.AbstractAsyncContextManager[int | None]:
    from services.notifier.bounce_port import listening  # noqa: PLC0415 - a start waits for aiosmtpd

    return listening(settings.bounces, callers.incoming.receipts, callers.reports)


def _advise(settings: NotifierSettings) -> None:
    has_marketing = settings.stops is not None
    dkim_settings.advise(settings.dkim, settings.shops.values(), has_marketing=has_marketing)
    for relay in (settings.providers.smtp, settings.providers.smtp_secondary):
        if relay is not None and relay.may_go_in_plain:
            logs.logger().warning("mail may go without TLS", see="SMTP_URL, starttls=always")
    for setting in settings.providers.in_plain:
        logs.logger().warning("a provider's token goes without TLS", see=setting)
    if settings.stops is None:
        logs.logger().warning(
            "no marketing is sent, because nobody could stop it",
            needs="HEADSUP_PUBLIC_URL and HEADSUP_ANSWER_KEY",
        )
    if settings.address_keys is not None and not settings.keeping.erased_key:
        logs.logger().warning(
            "whoever has the database can find out which numbers were erased",
            needs="HEADSUP_ERASED_KEY",
        )


async def _bot(
    settings: NotifierSettings, parts: contextlib.AsyncExitStack, make: type[OfTelegram]
) -> OfTelegram | None:
    """What hears the bot's chats; None where nobody wants to know."""
    if not settings.answers.hears_telegram:
        return None
    providers = settings.providers
    made = make(
        providers.telegram_token,
        api_url=providers.telegram_api_url,
        timeout=settings.patience.send,
    )
    parts.push_async_callback(made.close)
    return made


async def _consumer(common: Settings, parts: contextlib.AsyncExitStack) -> Consumer:
    await expect_rights(common.brokers, NEEDS, common.topic_prefix)
    await sure_of(common.brokers, [common.topic_prefix + topic for topic in NEEDED])
    consumer = Consumer(
        common.brokers,
        [common.topic_prefix + topic for topic in TOPICS],
        group=common.topic_prefix + SERVICE,
        instance=common.instance,
    )
    await consumer.start()
    parts.push_async_callback(consumer.stop)
    return consumer
