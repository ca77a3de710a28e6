"""Alerts about Kafka, the database and what comes from the shop, made to fire by real faults:
order_events and the notifier on Apache Kafka, and a PostgreSQL that can be slow and away."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from headsup.contracts.channels import Channel
from headsup.contracts.registry import Topic
from headsup.contracts.shop import CustomerErased
from headsup.kafka.topics import apply_topics
from sandbox.parts.broker import Broker
from sandbox.providers.faults import Fault, FaultRule
from tests.fixtures.topics import PARTITIONS
from tests.support.alarms import Act, Alarm, after, each_fires
from tests.support.events import event, outgoing, placed
from tests.support.eventually import eventually
from tests.support.failing_parts import NOTIFIER, ORDERS, World, now, world_of
from tests.support.notifier import requested
from tests.support.topic_configs import TOO_SMALL, configure, delete
from tests.support.writing import delete_up_to, write_as_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

BAD_IN_A_ROW = 60
OLD = 3_000
"""Records of long ago: what reads fifty at a time, and slowly, is at them for a while."""
WAVE = 400
SLOW = 0.1
"""Seconds that each word to the database takes."""
ALL = -1
"""Up to there records are deleted: to the end."""


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


def holds_a_walk(schema: str) -> Act[World]:
    """Somebody goes away in the middle of a transaction, and that was more than a year ago."""

    async def act(world: World) -> None:
        await eventually(partial(world.has, f"SELECT FROM {schema}.walks"))
        await world.hold(
            f"UPDATE {schema}.walks SET began_at = now() - interval '400 days'",  # noqa: S608
            f"SELECT FROM {schema}.walks FOR UPDATE",
        )

    return act


async def lets_go(world: World) -> None:
    await world.let_go()


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
        alert="HeadsupKeptTooLong",
        fault="somebody holds the walks through the tables of order_events",
        labels=of(ORDERS, "ticket", what="order_events.orders"),
        act=holds_a_walk("order_events"),
        mend=lets_go,
    ),
    Alarm(
        alert="HeadsupKeptTooLong",
        fault="somebody holds the walks through the tables of the notifier",
        labels=of(NOTIFIER, "ticket", what="notifier.replies"),
        act=holds_a_walk("notifier"),
        mend=lets_go,
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


async def test_faults_of_kafka_and_of_the_database_are_told(
    kafka: Broker, topic_prefix: str, database_url: str, tmp_path: Path
) -> None:
    async with world_of(kafka, topic_prefix, database_url, tmp_path) as (world, running):
        await each_fires(MENDED, world, running)
        await each_fires(ENDS, world, running)
