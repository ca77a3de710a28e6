"""Starts the notifier: `python -m services.notifier`."""

import asyncio
import contextlib

from prometheus_client import CollectorRegistry

from headsup import http, logs, postgres, service
from headsup.health import Health
from headsup.kafka.consumer import Consumer
from headsup.kafka.producer import Producer
from headsup.outbox import Outbox
from headsup.settings import Environment
from services.notifier.batch import SERVICE, TOPICS
from services.notifier.bounce_port import listening
from services.notifier.channels.telegram_buttons import Buttons, TelegramButtons
from services.notifier.configured import configured_senders, configured_texts_in
from services.notifier.ledger import SCHEMA
from services.notifier.loops import Loops
from services.notifier.metrics import describe_build
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.replies import Incoming
from services.notifier.settings import NotifierSettings
from services.notifier.web.routes import Callers, routes


async def main(environment: Environment, stop: asyncio.Event) -> None:
    """Wires the parts and runs them until `stop` is set."""
    settings = NotifierSettings.from_environment(environment)
    common = settings.common
    registry, health = CollectorRegistry(), Health()
    _advise(settings)
    describe_build(registry)
    async with contextlib.AsyncExitStack() as parts:
        callers = Callers(
            incoming=Incoming(),
            reports=ReceiptMetrics(registry),
            registry=registry,
            buttons=await _buttons(settings, parts),
        )
        app = http.application(health, registry, routes(settings, callers))
        await parts.enter_async_context(http.serving(app, common.http_host, common.http_port))
        pool = await postgres.connect(common.database_url, name=SERVICE)
        parts.push_async_callback(pool.close)
        producer = Producer(common.kafka_bootstrap_servers, name=SERVICE)
        await producer.start()
        parts.push_async_callback(producer.stop)
        senders = configured_senders(settings)
        for sender in senders:
            parts.push_async_callback(sender.close)
        texts_in = configured_texts_in(settings)
        for each in texts_in:
            parts.push_async_callback(each.close)
        consumer = Consumer(
            common.kafka_bootstrap_servers,
            [common.topic_prefix + topic for topic in TOPICS],
            group=common.topic_prefix + SERVICE,
            instance=common.instance,
        )
        await consumer.start()
        parts.push_async_callback(consumer.stop)
        await parts.enter_async_context(
            listening(settings.bounces, callers.incoming.receipts, callers.reports)
        )
        outbox = Outbox(SCHEMA, pool, producer)
        loops = Loops(settings, pool, outbox, registry, health, callers.incoming)
        health.ready()
        await loops.run(consumer, senders, stop, texts_in)
    logs.logger().info("ended")


def _advise(settings: NotifierSettings) -> None:
    if settings.stops is None:
        logs.logger().warning(
            "no marketing is sent, because nobody could stop it",
            needs="HEADSUP_PUBLIC_URL and HEADSUP_ANSWER_KEY",
        )


async def _buttons(settings: NotifierSettings, parts: contextlib.AsyncExitStack) -> Buttons | None:
    """Telegram's, where it tells us that one was pressed."""
    if not settings.asking.has_buttons:
        return None
    providers = settings.providers
    buttons = TelegramButtons(
        providers.telegram_token,
        api_url=providers.telegram_api_url,
        timeout=settings.patience.send,
    )
    parts.push_async_callback(buttons.close)
    return buttons


if __name__ == "__main__":
    service.run(SERVICE, main)
