"""Alerts about Kafka, the database and what comes from the shop, made to fire by real faults:
order_events and the notifier on Apache Kafka, and a PostgreSQL that can be slow and away."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.registry import Topic
from headsup.contracts.shop import CustomerErased
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import apply_topics
from sandbox.parts.broker import Broker
from sandbox.providers.faults import Fault, FaultRule, FaultSwitch
from sandbox.providers.inbox import Inbox
from tests.fixtures.topics import PARTITIONS
from tests.support.alarms import Act, Alarm, after, each_fires
from tests.support.events import event, outgoing, placed
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS, requested, shop_without_night
from tests.support.processes import Service, free_port, service
from tests.support.prometheus import Prometheus, prometheus
from tests.support.providers import providers
from tests.support.relay import Relay, relaying
from tests.support.topic_configs import TOO_SMALL, configure, delete
from tests.support.writing import delete_up_to, write_as_of, write_often

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BAD_IN_A_ROW = 60
OLD = 3_000
"""Records of long ago: what reads fifty at a time, and slowly, is at them for a while."""
WAVE = 400
SLOW = 0.1
"""Seconds that each word to the database takes."""
ALL = -1
"""Up to there records are deleted: to the end."""
ORDERS, NOTIFIER = "order_events", "notifier"
FEW = {"HEADSUP_BATCH_SIZE": "50"}


@dataclass
class World:
    """Both services, and what lies around them."""

    servers: str
    prefix: str
    database: str
    """Whatever stands between it and the services."""
    relay: Relay
    faults: FaultSwitch
    settings: dict[str, str]
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, Service] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self, name: str) -> None:
        """Until it is ready; where it was before, if it was."""
        port = {"HTTP_PORT": str(self.ports[name])}
        begun = service(f"services.{name}", self.settings | port)
        self.running[name] = await self._stack.enter_async_context(begun)
        await self.running[name].until_ready()

    async def close(self) -> None:
        """Nothing of it runs any more."""
        await self._stack.aclose()

    async def publish(self, record: Outgoing, times: int = 1, at: datetime | None = None) -> None:
        """Puts the same on Kafka so often, as if it had been written then."""
        await write_often(self.servers, record, times, at)

    async def tell(self, *events: Event[Any]) -> None:
        """The shop tells these."""
        for each in events:
            await self.publish(outgoing(self.prefix, each))

    async def rubbish(self, topic: str, times: int = 1) -> None:
        """Somebody writes what is no event."""
        await self.publish(Outgoing(self.prefix + topic, b"key", b"{"), times)

    async def sql(self, statement: str) -> Any:
        """Somebody is at the database."""
        connection = await asyncpg.connect(self.database)
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    async def has(self, query: str) -> bool:
        """Whether the database finds any."""
        return bool(await self.sql(f"SELECT EXISTS ({query})"))


def now() -> datetime:
    return datetime.now(UTC)


def writes_rubbish(topic: str, times: int = 1) -> Act[World]:
    return lambda world: world.rubbish(topic, times)


def sets(topic: str, config: dict[str, str]) -> Act[World]:
    """That an operator sets this of a topic."""
    return lambda world: configure(world.servers, world.prefix + topic, config)


def loses(topic: str) -> Act[World]:
    """That somebody deletes it."""
    return lambda world: delete(world.servers, world.prefix + topic)


async def has_all_topics(world: World) -> None:
    await apply_topics(world.servers, world.prefix, partitions=PARTITIONS)


def orders(order_id: str) -> Act[World]:
    return lambda world: world.tell(placed(order_id, now()))


def asks(name: str) -> Act[World]:
    """Somebody is to be told something."""
    return lambda world: world.tell(requested(name, order_id=f"A-{name}", at=now()))


def erases(customer: str) -> Act[World]:
    return lambda world: world.tell(event(CustomerErased(customer_id=customer), now()))


def spoils(known: str, statement: str) -> Act[World]:
    """What is kept of somebody becomes something that we cannot read."""

    async def act(world: World) -> None:
        await eventually(partial(world.has, known))
        await world.sql(statement)

    return act


async def ends_and_loses_what_nobody_read(world: World) -> None:
    """order_events is away for longer than Kafka keeps a topic."""
    told = [outgoing(world.prefix, placed("A-gone", now()))]
    await write_as_of(world.servers, now(), told, partition=0)
    topic = told[0].topic
    read = f"SELECT FROM order_events.positions WHERE topic = '{topic}' AND partition = 0"
    await eventually(partial(world.has, read))
    await world.running[ORDERS].terminate()
    await write_as_of(world.servers, now(), told * 3, partition=0)
    await delete_up_to(world.servers, topic, ALL)


async def is_slow_in_a_wave(world: World) -> None:
    """The database takes its time, and more comes than before."""
    world.relay.delay = SLOW
    await world.publish(outgoing(world.prefix, WAVE_ORDER), 2 * WAVE)
    await world.publish(outgoing(world.prefix, WAVE_REQUEST), WAVE)


async def is_slow_with_a_backlog(world: World) -> None:
    """The database takes its time, and what comes was written an hour ago."""
    world.relay.delay = SLOW
    long_ago = now() - timedelta(hours=1)
    await world.publish(outgoing(world.prefix, WAVE_ORDER), OLD, long_ago)
    await world.publish(outgoing(world.prefix, WAVE_REQUEST), OLD, long_ago)


async def is_fast(world: World) -> None:
    world.relay.mend()
    world.faults.clear()


async def is_away_while_a_mail_is_under_way(world: World) -> None:
    world.faults.set(FaultRule(channel=Channel.EMAIL, fault=Fault.DELAY, delay_s=3.0))
    await asks("under-way")(world)
    sending = "SELECT FROM notifier.notifications WHERE state = 'sending'"
    await eventually(partial(world.has, sending))
    await world.relay.cut()
    await world.tell(placed("A-away", now()), requested("away", order_id="A-away", at=now()))


def dies(name: str) -> Act[World]:
    async def act(world: World) -> None:
        world.running[name].process.kill()

    return act


WAVE_ORDER = placed("A-wave", now())
WAVE_REQUEST = requested("wave", order_id="A-wave", at=now())


def of(name: str, severity: str, **more: str) -> dict[str, str]:
    return {"severity": severity, "service": name} | more


MENDED: Sequence[Alarm[World]] = (
    Alarm(
        alert="HeadsupDeadLetters",
        fault="the shop writes something that is no event",
        labels=of(ORDERS, "ticket", topic="shop.orders", reason="not_json"),
        act=writes_rubbish(Topic.ORDERS),
    ),
    Alarm(
        alert="HeadsupDeadLetters",
        fault="somebody asks in words that are no event",
        labels=of(NOTIFIER, "ticket", topic="notifications.requested", reason="not_json"),
        act=writes_rubbish(Topic.REQUESTED),
    ),
    Alarm(
        alert="HeadsupErasuresBroken",
        fault="somebody is to be forgotten of whom we keep an order that we cannot read",
        labels=of(ORDERS, "ticket"),
        act=after(
            orders("A-odd"),
            spoils(
                "SELECT FROM order_events.orders WHERE order_id = 'A-odd'",
                "UPDATE order_events.orders SET facts = jsonb_set(facts, '{placed,1}', '[]')"
                " WHERE order_id = 'A-odd'",
            ),
            erases("customer-of-A-odd"),
        ),
    ),
    Alarm(
        alert="HeadsupErasuresBroken",
        fault="somebody is to be forgotten of whom we keep addresses that we cannot read",
        labels=of(NOTIFIER, "ticket"),
        act=after(
            orders("A-kept"),
            spoils(
                "SELECT FROM notifier.learned WHERE customer_id = 'customer-of-A-kept'",
                "UPDATE notifier.learned SET contacts = '{}'"
                " WHERE customer_id = 'customer-of-A-kept'",
            ),
            erases("customer-of-A-kept"),
        ),
    ),
    Alarm(
        alert="HeadsupServiceAbsent",
        fault="order_events ended, and nobody starts it",
        labels=of(ORDERS, "page"),
        act=ends_and_loses_what_nobody_read,
    ),
    Alarm(
        alert="HeadsupPositionsGone",
        fault="it was away for longer than Kafka keeps a topic",
        labels={"severity": "page", "topic": "shop.orders"},
        act=lambda world: world.start(ORDERS),
    ),
    Alarm(
        alert="HeadsupRecordsRefused",
        fault="the topic of requests takes only small records",
        labels=of(ORDERS, "ticket"),
        act=after(sets(Topic.REQUESTED, TOO_SMALL), orders("A-large")),
        mend=sets(Topic.REQUESTED, {}),
    ),
    Alarm(
        alert="HeadsupRecordsRefused",
        fault="the topic of outcomes takes only small records",
        labels=of(NOTIFIER, "ticket"),
        act=after(sets(Topic.OUTCOMES, TOO_SMALL), asks("large")),
        mend=sets(Topic.OUTCOMES, {}),
    ),
    Alarm(
        alert="HeadsupOutboxStuck",
        fault="the topic of dead letters is gone when there is one",
        labels=of(ORDERS, "page"),
        act=after(
            loses(Topic.ORDERS.dead_letters),
            loses(Topic.REQUESTED.dead_letters),
            writes_rubbish(Topic.ORDERS),
            writes_rubbish(Topic.REQUESTED),
        ),
        mend=has_all_topics,
    ),
    Alarm(
        alert="HeadsupOutboxStuck",
        fault="the same of the other one's",
        labels=of(NOTIFIER, "page"),
    ),
    Alarm(
        alert="HeadsupLagGrows",
        fault="the database is slow in a wave of orders",
        labels=of(ORDERS, "page"),
        act=is_slow_in_a_wave,
        again=is_slow_in_a_wave,
        mend=is_fast,
    ),
    Alarm(
        alert="HeadsupLagGrows",
        fault="the database is slow in a wave of requests",
        labels=of(NOTIFIER, "page"),
    ),
    Alarm(
        alert="HeadsupPartitionsBehind",
        fault="a slow database, and an old backlog of orders",
        labels=of(ORDERS, "ticket"),
        act=is_slow_with_a_backlog,
        mend=is_fast,
    ),
    Alarm(
        alert="HeadsupPartitionsBehind",
        fault="a slow database, and an old backlog of requests",
        labels=of(NOTIFIER, "ticket"),
    ),
    Alarm(
        alert="HeadsupReplicaStands",
        fault="the database is away",
        labels=of(ORDERS, "ticket"),
        act=is_away_while_a_mail_is_under_way,
        mend=is_fast,
    ),
    Alarm(
        alert="HeadsupServiceStands",
        fault="the database is away",
        labels=of(ORDERS, "page"),
    ),
    Alarm(
        alert="HeadsupServiceStands",
        fault="the database is away",
        labels=of(NOTIFIER, "page"),
    ),
    Alarm(
        alert="HeadsupReplicaStands",
        fault="the database is away",
        labels=of(NOTIFIER, "ticket"),
    ),
    Alarm(
        alert="HeadsupResultsUnwritten",
        fault="the database is away while a mail is under way",
        labels={"severity": "page"},
    ),
)
ENDS: Sequence[Alarm[World]] = (
    Alarm(
        alert="HeadsupLineStopped",
        fault="the shop writes nothing but rubbish",
        labels=of(ORDERS, "page"),
        act=writes_rubbish(Topic.ORDERS, BAD_IN_A_ROW),
        is_over_after=False,
    ),
    Alarm(
        alert="HeadsupLineStopped",
        fault="somebody asks in nothing but rubbish",
        labels=of(NOTIFIER, "page"),
        act=writes_rubbish(Topic.REQUESTED, BAD_IN_A_ROW),
        is_over_after=False,
    ),
    Alarm(
        alert="HeadsupServiceAbsent",
        fault="the process is killed",
        labels=of(NOTIFIER, "page"),
        act=dies(NOTIFIER),
        is_over_after=False,
    ),
)
"""Faults after which nothing is read any more: the others have to be over by then."""
ROWS = (*MENDED, *ENDS)


@asynccontextmanager
async def world_of(
    kafka: Broker, prefix: str, database_url: str, folder: Path
) -> AsyncIterator[tuple[World, Prometheus]]:
    """Both services run while the block does."""
    servers, faults = kafka.bootstrap_servers, FaultSwitch()
    await apply_topics(servers, prefix, partitions=PARTITIONS)
    socket = Path(parse_qs(urlsplit(database_url).query)["host"][0]) / ".s.PGSQL.5432"
    async with (
        relaying(socket) as relay,
        providers(Inbox(now), faults) as addresses,
    ):
        name = urlsplit(database_url).path
        reached = f"postgresql://postgres:none@127.0.0.1:{relay.port}{name}?sslmode=disable"
        settings = {
            **PROVIDERS,
            **addresses,
            **FEW,
            "KAFKA_BOOTSTRAP_SERVERS": servers,
            "DATABASE_URL": reached,
            "HEADSUP_TOPIC_PREFIX": prefix,
            "HEADSUP_INSTANCE": "one",
            "HEADSUP_SHOPS": shop_without_night(folder),
        }
        world = World(servers, prefix, database_url, relay, faults, settings)
        world.ports = {ORDERS: free_port(), NOTIFIER: free_port()}
        targets = [f"127.0.0.1:{port}" for port in world.ports.values()]
        try:
            await world.start(ORDERS)
            await world.start(NOTIFIER)
            async with prometheus(folder, targets) as running:
                await eventually(partial(running.finds, "sum(up) == 2"))
                await running.until_quiet()
                yield world, running
        finally:
            await world.close()


async def test_faults_of_kafka_and_of_the_database_are_told(
    kafka: Broker, topic_prefix: str, database_url: str, tmp_path: Path
) -> None:
    async with world_of(kafka, topic_prefix, database_url, tmp_path) as (world, running):
        await each_fires(MENDED, world, running)
        await each_fires(ENDS, world, running)
