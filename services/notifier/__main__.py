"""Starts the notifier: `python -m services.notifier`."""

import asyncio
import contextlib
from typing import Any

from prometheus_client import CollectorRegistry

from headsup import http, logs, postgres, service
from headsup.contracts.channels import Channel
from headsup.health import Health
from headsup.kafka.consumer import Consumer
from headsup.kafka.producer import Producer
from headsup.outbox import Outbox
from headsup.settings import Environment
from services.notifier.batch import SERVICE, TOPICS
from services.notifier.channels import (
    EmailSender,
    PoolLimits,
    Sender,
    SmsSender,
    TelegramSender,
)
from services.notifier.ledger import SCHEMA
from services.notifier.loops import Loops
from services.notifier.metrics import describe_build
from services.notifier.settings import NotifierSettings, Providers


async def main(environment: Environment, stop: asyncio.Event) -> None:
    """Wires the parts and runs them until `stop` is set."""
    settings = NotifierSettings.from_environment(environment)
    common = settings.common
    registry, health = CollectorRegistry(), Health()
    describe_build(registry)
    async with contextlib.AsyncExitStack() as parts:
        await parts.enter_async_context(
            http.serving(http.application(health, registry), common.http_host, common.http_port)
        )
        pool = await postgres.connect(common.database_url, name=SERVICE)
        parts.push_async_callback(pool.close)
        producer = Producer(common.kafka_bootstrap_servers, name=SERVICE)
        await producer.start()
        parts.push_async_callback(producer.stop)
        senders = _senders(settings.providers)
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
        loops = Loops(settings, pool, Outbox(SCHEMA, pool, producer), registry, health)
        health.ready()
        await loops.run(consumer, senders, stop)
    logs.logger().info("ended")


def _senders(providers: Providers) -> list[Sender[Any]]:
    connections = providers.connections
    return [
        EmailSender(
            providers.smtp,
            local_hostname=providers.smtp_hostname,
            limits=PoolLimits(size=connections[Channel.EMAIL]),
        ),
        SmsSender(providers.twilio, api_url=providers.twilio_api_url),
        TelegramSender(
            providers.telegram_token,
            api_url=providers.telegram_api_url,
            connections=connections[Channel.TELEGRAM],
        ),
    ]


if __name__ == "__main__":
    service.run(SERVICE, main)
