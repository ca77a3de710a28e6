"""Starts the notifier: `python -m services.notifier`."""

import asyncio
import contextlib

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from headsup import http, logs, postgres, service
from headsup.health import Health
from headsup.kafka.consumer import Consumer
from headsup.kafka.producer import Producer
from headsup.outbox import Outbox
from headsup.settings import Environment
from services.notifier.batch import SERVICE, TOPICS
from services.notifier.bounce_port import listening
from services.notifier.configured import configured_senders
from services.notifier.ledger import SCHEMA
from services.notifier.loops import Loops
from services.notifier.metrics import describe_build
from services.notifier.receipt_metrics import ReceiptMetrics
from services.notifier.reception import Receipts
from services.notifier.settings import NotifierSettings
from services.notifier.web.twilio import Trust, status_route


async def main(environment: Environment, stop: asyncio.Event) -> None:
    """Wires the parts and runs them until `stop` is set."""
    settings = NotifierSettings.from_environment(environment)
    common = settings.common
    registry, health, receipts = CollectorRegistry(), Health(), Receipts()
    describe_build(registry)
    reports = ReceiptMetrics(registry)
    async with contextlib.AsyncExitStack() as parts:
        app = http.application(health, registry, _callbacks(settings, receipts, reports))
        await parts.enter_async_context(http.serving(app, common.http_host, common.http_port))
        pool = await postgres.connect(common.database_url, name=SERVICE)
        parts.push_async_callback(pool.close)
        producer = Producer(common.kafka_bootstrap_servers, name=SERVICE)
        await producer.start()
        parts.push_async_callback(producer.stop)
        senders = configured_senders(settings)
        for sender in senders:
            parts.push_async_callback(sender.close)
        consumer = Consumer(
            common.kafka_bootstrap_servers,
            [common.topic_prefix + topic for topic in TOPICS],
            group=common.topic_prefix + SERVICE,
            instance=common.instance,
        )
        await consumer.start()
        parts.push_async_callback(consumer.stop)
        await parts.enter_async_context(listening(settings.bounces, receipts, reports))
        loops = Loops(settings, pool, Outbox(SCHEMA, pool, producer), registry, health, receipts)
        health.ready()
        await loops.run(consumer, senders, stop)
    logs.logger().info("ended")


def _callbacks(
    settings: NotifierSettings, receipts: Receipts, metrics: ReceiptMetrics
) -> list[BaseRoute]:
    """What providers may call; nothing while the world cannot reach us."""
    if settings.status_callback is None:
        return []
    accounts = (settings.providers.twilio, settings.providers.twilio_secondary)
    tokens = {account.sid: account.auth_token for account in accounts if account is not None}
    trust = Trust(address=settings.status_callback, tokens=tokens)
    return [status_route(trust, receipts, metrics)]


if __name__ == "__main__":
    service.run(SERVICE, main)
