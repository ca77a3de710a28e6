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
from dataclasses import dataclass, replace
from pathlib import Path

import asyncpg
import httpx

from headsup.kafka.topics import apply_topics
from headsup.migrations import migrate
from sandbox.front import LOOPBACK, Place, Secrets, standing
from sandbox.parts.brokers import broker_from_env
from sandbox.parts.mail_keys import put_mail_keys
from sandbox.parts.places import free_port
from sandbox.parts.postgres import EmbeddedPostgres
from sandbox.parts.process import Command, GuardedProcess, PartUnavailableError, tail
from sandbox.tempo import Tempo
from sandbox.web.app import Demo

_NOTIFIER = "notifier"
_CARTS = "cart_recovery"
SERVICES = ("order_events", _CARTS, _NOTIFIER)
_ROOT = Path(__file__).parent.parent
_SHOPS = Path(__file__).parent / "shops"
_SECONDS_TO_START = 60.0
_SECONDS_TO_END = 10.0
_POLL_SECONDS = 0.02
_WATCH_SECONDS = 0.2
_READY = 200

_TOOLS = "tools"
_OWNER = "postgres"
"""Who migrates. Beside it there is a user for each service and one for people, with the rights that
they have in production: `headsup.migrations.users`."""

_SECRETS = Secrets()
_ANSWER_KEY = "a key of the sandbox, which opens nothing"


class ServiceTroubleError(Exception):
    """A service ended unasked, or never got ready; the message holds its last words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the caller decides."""

    environ: Mapping[str, str]
    tempo: Tempo
    logs: Path
    """Where the services' logs go."""
    host: str = LOOPBACK
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

    def of(self, user: str) -> "Addresses":
        """The same, with the database for one of the owner's users."""
        theirs = self.database.replace(f"//{_OWNER}:", f"//{_OWNER}_{user}:")
        return replace(self, database=theirs)


@contextlib.asynccontextmanager
async def running(wishes: Wishes) -> AsyncIterator[Stack]:
    """The whole demo, ready for work. Raises PartUnavailableError or ServiceTroubleError."""
    wishes.logs.mkdir(parents=True, exist_ok=True)
    async with AsyncExitStack() as parts:
        kafka, database = await _stores(parts, wishes.environ)
        notifier = free_port()
        place = Place(
            kafka=kafka,
            database=database,
            notifier=f"http://{LOOPBACK}:{notifier}",
            tempo=wishes.tempo,
            host=wishes.host,
            port=wishes.port or free_port(),
            secrets=_SECRETS,
        )
        front = await parts.enter_async_context(standing(place))
        url = f"http://{LOOPBACK if wishes.host == '0.0.0.0' else wishes.host}:{front.port}"  # noqa: S104 # nosec B104 # compared, not bound
        addresses = Addresses(kafka=kafka, database=database, web=url, smtp_port=front.smtp_port)
        services = _started_services(wishes, addresses, notifier)
        parts.push_async_callback(_end, services)
        await asyncio.gather(*(_ready(service) for service in services))
        yield Stack(
            url=url,
            demo=front.demo,
            services=services,
            watchers=front.watchers,
            environment=_environment(wishes.tempo, addresses.of(_TOOLS)),
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
        await _make_users(postgres.url)
        await migrate(postgres.url)

    await asyncio.gather(kafka(), database())
    return broker.bootstrap_servers, postgres.url


async def _make_users(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for user in (*SERVICES, _TOOLS):
            await connection.execute(f"CREATE ROLE {_OWNER}_{user} LOGIN")
    finally:
        await connection.close()


def _started_services(wishes: Wishes, addresses: Addresses, notifier: int) -> tuple[Service, ...]:
    ports = {_NOTIFIER: notifier}
    return tuple(
        _start(name, wishes, addresses.of(name), ports.get(name) or free_port())
        for name in SERVICES
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
        "HTTP_HOST": LOOPBACK,
        "HTTP_PORT": str(port),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join([str(_ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(":"),
        **environment,
        **(_of_notifier(addresses, port) if name == _NOTIFIER else {}),
    }


def _of_notifier(addresses: Addresses, port: int) -> dict[str, str]:
    """Whom it hands messages over to, and where it is called back."""
    user, password = _SECRETS.smtp
    return {
        "SMTP_URL": f"smtp://{user}:{password}@{LOOPBACK}:{addresses.smtp_port}",
        "TWILIO_ACCOUNT_SID": _SECRETS.twilio[0],
        "TWILIO_AUTH_TOKEN": _SECRETS.twilio[1],
        "TWILIO_FROM": _SECRETS.twilio_from,
        "TWILIO_WHATSAPP_FROM": _SECRETS.twilio_from,
        "TWILIO_API_URL": addresses.web,
        "TELEGRAM_BOT_TOKEN": _SECRETS.telegram,
        "TELEGRAM_API_URL": addresses.web,
        "HEADSUP_PUBLIC_URL": f"http://{LOOPBACK}:{port}",
        "HEADSUP_ANSWER_KEY": _ANSWER_KEY,
        "HEADSUP_RECEIPT_SECONDS": "2",  # eight hours here
        "HEADSUP_TWILIO_WORDS": "ours",
        "HEADSUP_TELEGRAM_SECRET": _SECRETS.telegram_secret,
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
                answer = await client.get(f"http://{LOOPBACK}:{service.port}/readyz")
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
