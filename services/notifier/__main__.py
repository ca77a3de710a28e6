"""Starts the notifier: `python -m services.notifier`."""

import asyncio
import contextlib
from typing import Any

from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute

from headsup import http, logs, postgres, service
from headsup.contracts.channels import Channel
from headsup.health import Health
from headsup.kafka.consumer import Consumer
from headsup.kafka.producer import Producer
from headsup.outbox import Outbox
from headsup.settings import Environment
from services.notifier.batch import SERVICE, TOPICS
from services.notifier.bounce_port import listening
from services.notifier.channels import (
    PRIMARY,
    SECONDARY,
    EmailSender,
    PoolLimits,
    Sender,
    SmsSender,
    TelegramSender,
)
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
        senders = _senders(settings)
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


def _senders(settings: NotifierSettings) -> list[Sender[Any]]:
    """Every channel's, the primary one first."""
    return [*_mail(settings), *_sms(settings), *_telegram(settings)]


def _mail(settings: NotifierSettings) -> list[Sender[Any]]:
    providers = settings.providers
    servers = {PRIMARY: providers.smtp, SECONDARY: providers.smtp_secondary}
    return [
        EmailSender(
            server,
            name=name,
            local_hostname=providers.smtp_hostname,
            limits=PoolLimits(size=providers.connections[Channel.EMAIL]),
            timeout=settings.patience.send,
            return_path=settings.bounces.path,
        )
        for name, server in servers.items()
        if server is not None
    ]


def _sms(settings: NotifierSettings) -> list[Sender[Any]]:
    providers = settings.providers
    accounts = {
        PRIMARY: (providers.twilio, providers.twilio_api_url),
        SECONDARY: (providers.twilio_secondary, providers.twilio_secondary_api_url),
    }
    return [
        SmsSender(
            account,
            name=name,
            api_url=url,
            timeout=settings.patience.send,
            status_callback=settings.status_callback,
        )
        for name, (account, url) in accounts.items()
        if account is not None
    ]


def _telegram(settings: NotifierSettings) -> list[Sender[Any]]:
    providers = settings.providers
    ways = {
        PRIMARY: providers.telegram_api_url,
        SECONDARY: providers.telegram_secondary_api_url,
    }
    return [
        TelegramSender(
            providers.telegram_token,
            name=name,
            api_url=url,
            connections=providers.connections[Channel.TELEGRAM],
            timeout=settings.patience.send,
        )
        for name, url in ways.items()
        if url is not None
    ]


if __name__ == "__main__":
    service.run(SERVICE, main)
