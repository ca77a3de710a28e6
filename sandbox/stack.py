"""Everything that the demo needs, started in the right order and ended again.

Kafka and PostgreSQL run beside us, the services as processes of their own with nothing but their
settings; the page and the providers' stand-ins live in this process.
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx

from headsup.clock import Clock, SystemClock
from headsup.contracts.registry import Topic
from headsup.http import serving
from headsup.kafka.topics import apply_topics
from headsup.migrations import migrate
from sandbox.parts.brokers import broker_from_env
from sandbox.parts.mail_keys import put_mail_keys
from sandbox.parts.places import free_port
from sandbox.parts.postgres import EmbeddedPostgres
from sandbox.parts.process import Command, GuardedProcess, PartUnavailableError, tail
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

_NOTIFIER = "notifier"
_CARTS = "cart_recovery"
SERVICES = ("order_events", _CARTS, _NOTIFIER)
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
_ROOT = Path(__file__).parent.parent
_SHOPS = Path(__file__).parent / "shops"
_LOOPBACK = "127.0.0.1"
_SECONDS_TO_START = 60.0
_SECONDS_TO_END = 10.0
_POLL_SECONDS = 0.02
_WATCH_SECONDS = 0.2
_READY = 200

# Known to the stand-ins only, and of the form that the real ones have.
_TWILIO = ("AC" + "0" * 32, "a-token-of-the-sandbox")
_TWILIO_FROM = "+15005550006"
_TELEGRAM_TOKEN = "1000000001:a-token-of-the-sandbox"  # noqa: S105 - opens nothing
_TELEGRAM_SECRET = "a-secret-of-the-sandbox"  # noqa: S105 - opens nothing
_ANSWER_KEY = "a key of the sandbox, which opens nothing"
_APPROVED = {"HX00000000000000000000000000000001": "Новини замовлення {{1}}. {{2}}"}
"""What Meta approved of Lavka's."""
_SMTP = ("sandbox", "a-password-of-the-sandbox")


class ServiceTroubleError(Exception):
    """A service ended unasked, or never got ready; the message holds its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the caller decides."""

    environ: Mapping[str, str]
    tempo: Tempo
    logs: Path
    """Where the services' logs go."""
    host: str = _LOOPBACK
    port: int = 0
    """The page's port; 0 takes a free one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running service."""

    name: str
    process: GuardedProcess
    port: int
    log: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """The running demo."""

    url: str
    demo: Demo
    services: tuple[Service, ...]
    watchers: tuple[asyncio.Task[None], ...]
    environment: Mapping[str, str]
    """What a command that wants to talk to the demo must be told."""

    async def trouble(self) -> None:
        """Never returns. Raises ServiceTroubleError, or what stopped a watcher."""
        while True:
            for service in self.services:
                raise_if_ended(service)
            for watcher in self.watchers:
                if watcher.done():
                    watcher.result()
            await asyncio.sleep(_WATCH_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where the services find what they need."""

    kafka: str
    database: str
    web: str
    smtp_port: int


@contextlib.asynccontextmanager
async def running(wishes: Wishes) -> AsyncIterator[Stack]:
    """The whole demo, ready for work. Raises PartUnavailableError or ServiceTroubleError."""
    wishes.logs.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as parts:
        kafka, database = await _stores(parts, wishes.environ)
        publisher = await parts.enter_async_context(publishing(kafka))
        notifier = free_port()
        demo = _demo(wishes.tempo, publisher, notifier)
        parts.push_async_callback(demo.runs.close)
        watchers = await _watchers(parts, kafka, demo, database, wishes.tempo)
        smtp = await start_smtp(demo.inbox, demo.faults, credentials=_SMTP)
        parts.push_async_callback(smtp.close)
        port = await parts.enter_async_context(_web(demo, wishes.host, wishes.port or free_port()))
        url = f"http://{_LOOPBACK if wishes.host == '0.0.0.0' else wishes.host}:{port}"  # noqa: S104
        addresses = Addresses(kafka=kafka, database=database, web=url, smtp_port=smtp.port)
        services = _started_services(wishes, addresses, notifier)
        parts.push_async_callback(_end, services)
        await asyncio.gather(*(_ready(service) for service in services))
        yield Stack(
            url=url,
            demo=demo,
            services=services,
            watchers=watchers,
            environment=_environment(wishes.tempo, addresses),
        )


async def _stores(parts: AsyncExitStack, environ: Mapping[str, str]) -> tuple[str, str]:
    """Kafka with its topics and PostgreSQL with its tables; their addresses."""
    broker = broker_from_env(environ)
    postgres = EmbeddedPostgres()

    async def kafka() -> None:
        await parts.enter_async_context(broker)
        await apply_topics(broker.bootstrap_servers)

    async def database() -> None:
        await parts.enter_async_context(postgres)
        await migrate(postgres.url)

    await asyncio.gather(kafka(), database())
    return broker.bootstrap_servers, postgres.url


def _demo(tempo: Tempo, publisher: KafkaPublisher, notifier: int) -> Demo:
    """`notifier` is the port on which it is called back."""
    clock, hub = tempo.clock(), Hub()
    stage = Stage(hub)
    faults = FaultSwitch()
    hand = _hand(stage, f"http://{_LOOPBACK}:{notifier}", faults, clock)
    return Demo(
        clock=clock,
        speed=tempo.speed,
        publisher=publisher,
        stage=stage,
        hub=hub,
        runs=Runs(clock, publisher, hand),
        hand=hand,
        faults=faults,
        inbox=Inbox(clock.now),
    )


def _hand(stage: Stage, notifier: str, faults: FaultSwitch, clock: Clock) -> Hand:
    inbound = Inbound(
        url=f"{notifier}/webhooks/twilio/inbound",
        account=_TWILIO[0],
        auth_token=_TWILIO[1],
        number=_TWILIO_FROM,
        approved=_APPROVED,
    )
    webhook = Webhook(f"{notifier}/webhooks/telegram", _TELEGRAM_SECRET)
    return Hand(stage, Chats(webhook), inbound, faults, clock)


async def _watchers(
    parts: AsyncExitStack, kafka: str, demo: Demo, database: str, tempo: Tempo
) -> tuple[asyncio.Task[None], ...]:
    consumer = await parts.enter_async_context(watching(kafka, WATCHED))
    watchers = (
        asyncio.create_task(
            watch(consumer, lambda record: demo.stage.saw(record, demo.clock.now()))
        ),
        asyncio.create_task(feed(demo.inbox, demo.stage, SystemClock())),
        asyncio.create_task(watch_held(database, demo.stage, tempo)),
    )

    async def end() -> None:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)

    parts.push_async_callback(end)
    return watchers


@contextlib.asynccontextmanager
async def _web(demo: Demo, host: str, port: int) -> AsyncIterator[int]:
    """The page and the providers' HTTP stand-ins, on one port."""
    callbacks = Callbacks()
    texts = twilio.routes(
        demo.inbox,
        demo.faults,
        clock=SystemClock().now,
        credentials=_TWILIO,
        callbacks=callbacks,
        inbound=demo.hand.inbound,
    )
    routes = [
        *texts,
        *telegram.routes(
            demo.inbox,
            demo.faults,
            clock=demo.clock.now,
            token=_TELEGRAM_TOKEN,
            chats=demo.hand.chats,
        ),
    ]
    async with callbacks, serving(application(demo, routes), host, port) as actual:
        try:
            yield actual
        finally:
            demo.hub.close()


def _started_services(wishes: Wishes, addresses: Addresses, notifier: int) -> tuple[Service, ...]:
    ports = {_NOTIFIER: notifier}
    return tuple(
        _start(name, wishes, addresses, ports.get(name) or free_port()) for name in SERVICES
    )


def _start(name: str, wishes: Wishes, addresses: Addresses, port: int) -> Service:
    log = wishes.logs / f"{name}.log"
    log.unlink(missing_ok=True)
    command = Command(
        [sys.executable, "-m", f"services.{name}"],
        log=log,
        grace_seconds=_SECONDS_TO_END,
        environment={
            **wishes.environ,
            **settings_of(name, wishes.tempo, addresses, port),
            **(_keys(wishes.logs) if name == _NOTIFIER else {}),
        },
    )
    return Service(name=name, process=GuardedProcess.start(command), port=port, log=log)


def _environment(tempo: Tempo, addresses: Addresses) -> dict[str, str]:
    """Where the stores are, and what time it is."""
    return {
        "KAFKA_BOOTSTRAP_SERVERS": addresses.kafka,
        "DATABASE_URL": addresses.database,
        **tempo.environment(),
    }


def settings_of(name: str, tempo: Tempo, addresses: Addresses, port: int) -> dict[str, str]:
    """What a service is told, as any deployment would tell it: what it needs."""
    environment = _environment(tempo, addresses)
    if name == _CARTS:
        del environment["DATABASE_URL"]  # it keeps all that it knows on Kafka
    return {
        "HEADSUP_SHOPS": str(_SHOPS),
        "HEADSUP_TOPIC_PREFIX": "",
        "HEADSUP_INSTANCE": "demo",  # the embedded broker wants members that it knows again
        "HTTP_HOST": _LOOPBACK,
        "HTTP_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(":"),
        **environment,
        **(_of_notifier(addresses, port) if name == _NOTIFIER else {}),
    }


def _of_notifier(addresses: Addresses, port: int) -> dict[str, str]:
    """Whom it hands messages over to, and where it is called back."""
    user, password = _SMTP
    return {
        "SMTP_URL": f"smtp://{user}:{password}@{_LOOPBACK}:{addresses.smtp_port}",
        "TWILIO_ACCOUNT_SID": _TWILIO[0],
        "TWILIO_AUTH_TOKEN": _TWILIO[1],
        "TWILIO_FROM": _TWILIO_FROM,
        "TWILIO_WHATSAPP_FROM": _TWILIO_FROM,
        "TWILIO_API_URL": addresses.web,
        "TELEGRAM_BOT_TOKEN": _TELEGRAM_TOKEN,
        "TELEGRAM_API_URL": addresses.web,
        "HEADSUP_PUBLIC_URL": f"http://{_LOOPBACK}:{port}",
        "HEADSUP_ANSWER_KEY": _ANSWER_KEY,
        "HEADSUP_RECEIPT_SECONDS": "2",  # eight hours here
        "HEADSUP_TWILIO_WORDS": "ours",
        "HEADSUP_TELEGRAM_SECRET": _TELEGRAM_SECRET,
        "HEADSUP_TELEGRAM_BOT": "headsup_bot",
    }


def _keys(folder: Path) -> dict[str, str]:
    """What mail is signed with."""
    return {"HEADSUP_DKIM_KEYS": str(put_mail_keys(folder / "dkim", _SHOPS))}


async def _ready(service: Service) -> None:
    """Returns when the service says that it is ready."""
    try:
        async with asyncio.timeout(_SECONDS_TO_START):
            await _says_ready(service)
    except TimeoutError:
        said = tail(service.log)
        raise ServiceTroubleError(f"{service.name} did not get ready. It said:\n{said}") from None


async def _says_ready(service: Service) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            raise_if_ended(service)
            with contextlib.suppress(httpx.TransportError):
                answer = await client.get(f"http://{_LOOPBACK}:{service.port}/readyz")
                if answer.status_code == _READY:
                    return
            await asyncio.sleep(_POLL_SECONDS)


def raise_if_ended(service: Service) -> None:
    """Raises ServiceTroubleError with the service's last words when it does not run any more."""
    if not service.process.running:
        raise ServiceTroubleError(f"{service.name} ended. It said:\n{tail(service.log)}")


async def _end(services: tuple[Service, ...]) -> None:
    await asyncio.gather(*(asyncio.to_thread(service.process.stop) for service in services))


__all__ = ["PartUnavailableError", "ServiceTroubleError", "Stack", "Wishes", "running"]
