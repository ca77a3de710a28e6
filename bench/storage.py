"""What an order leaves behind: in PostgreSQL, while its words are kept and afterwards, and on
Kafka."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.contest import Say, Size
from bench.databases import Server, server_of
from bench.experiment import Experiment
from bench.figures import Row
from bench.ground import Ground, Process, ground, running, until
from bench.load import SILENT, STEPS, emit, record, waves
from bench.mails import settings_of
from bench.many_orders import handled
from bench.offices import office
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.registry import Topic
from headsup.contracts.shop import Consent, ContactPoint, CustomerUpdated
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import PARTITIONS
from services.notifier.keeping import rules
from services.notifier.keeping_settings import KeepingSettings

_ORDERS: Final = 2_000
_ORDER: Final = ("order_events.orders",)
_EVENT: Final = ("order_events.events",)
_MESSAGE: Final = ("notifier.requests", "notifier.notifications", "notifier.attempts")
_PERSON: Final = (
    *("notifier.people", "notifier.learned", "notifier.order_keys"),
    *("notifier.purchases", "notifier.preferences"),
)
_WORDS: Final = frozenset({"words of messages", "words of requests"})
_OF_ONE: Final = 70
"""Bytes that Kafka puts around a record which is alone in its batch."""
_SHOP: Final = (Topic.ORDERS, Topic.PAYMENTS, Topic.SHIPMENTS, Topic.RETURNS, Topic.SUPPORT)
_WAITING: Final = """
    SELECT count(*) FROM notifier.notifications
    WHERE state IN ('planned', 'sending') AND due_at <= now() + interval '5 minutes'
"""
_ASKED: Final = "SELECT count(*) FROM notifier.requests"
_PEOPLE: Final = "SELECT count(*) FROM notifier.people"
_EVERY: Final = 0.5
"""Seconds between two looks."""
_BLOCKS: Final = 1 << 31
"""More than a table has."""


async def measure(size: Size, say: Say) -> list[Row]:
    """Has orders told from the confirmation to the door, and looks at what is there then."""
    orders = size.of(_ORDERS, 50)
    async with (
        ground() as here,
        server_of(here) as server,
        office("bench.post_office", "") as mails,
        office("bench.sms_office", "0") as texts,
    ):
        settings = settings_of(here, mails.port, 4) | {
            "TWILIO_API_URL": f"http://127.0.0.1:{texts.port}"
        }
        async with (
            running("services.order_events", here.settings) as order_events,
            running("services.notifier", settings) as notifier,
        ):
            await until(order_events.is_ready, 1)
            await until(notifier.is_ready, 1)
            await emit(here.bootstrap_servers, map(_customer(here.prefix), range(orders)))
            await until(lambda: _number(server, _PEOPLE), orders)
            await _told(here, server, order_events, orders, say)
        say("what is there is weighed")
        return [*await _in_tables(server, orders), *await _on_topics(here, orders)]


def _customer(prefix: str) -> Callable[[int], Outgoing]:
    """What the shop says of who placed the order of this number."""
    now = datetime.now(UTC)

    def said(number: int) -> Outgoing:
        data = CustomerUpdated(
            customer_id=f"c-O-{number}",
            name="Оксана Коваленко",
            language="uk",
            time_zone="Europe/Kyiv",
            contacts=(
                ContactPoint(channel=Channel.EMAIL, address=f"o-{number}@example.com"),
                ContactPoint(channel=Channel.SMS, address=f"+38067{number:07d}"),
            ),
            consents=(
                Consent(
                    channel=Channel.EMAIL,
                    message_class=MessageClass.MARKETING,
                    granted=True,
                    at=now,
                    source="https://shop.example/newsletter",
                    text="newsletter-2026-03",
                ),
            ),
        )
        return record(prefix, f"customer-{number}", now, data)

    return said


async def _told(here: Ground, server: Server, service: Process, orders: int, say: Say) -> None:
    """Lets every order take its steps, and each step be told before the next comes."""
    sent = 0
    for number, wave in enumerate(waves(range(orders), orders, here.prefix), 1):
        say(f"step {number} of {STEPS}, of {orders:,} orders")
        records = (record for those in wave.values() for record in those)
        sent += await emit(here.bootstrap_servers, records)
        await handled(server, service, sent)
        asked = orders * (number if number <= SILENT else number - 1)
        await until(partial(_asked, server, asked), 1, every=_EVERY)


async def _asked(server: Server, least: int) -> float:
    """Whether so much was asked for, and nothing of it waits to be sent."""
    return float(await _number(server, _ASKED) >= least and not await _number(server, _WAITING))


async def _number(server: Server, query: str) -> int:
    return int(await server.connection.fetchval(query))


async def _in_tables(server: Server, orders: int) -> list[Row]:
    """In PostgreSQL, with the indexes, and with no room between the rows."""
    messages = await _number(server, "SELECT count(*) FROM notifier.notifications")
    now = datetime.now(UTC) + timedelta(days=1)
    counted = f"{orders:,} orders, {orders * STEPS:,} events, {messages:,} messages"
    loose = await _bytes(server, (*_ORDER, *_EVENT, *_MESSAGE, *_PERSON))
    await _pack(server)
    packed = await _bytes(server, (*_ORDER, *_EVENT, *_MESSAGE, *_PERSON))
    weights = {
        "an order": await _bytes(server, _ORDER) / orders,
        "the name of an event": await _bytes(server, _EVENT) / (orders * STEPS),
        "a message": await _bytes(server, _MESSAGE) / messages,
        "a customer": await _bytes(server, _PERSON) / orders,
    }
    for rule in rules(KeepingSettings()):
        if rule.name in _WORDS:
            await server.connection.execute(rule.statement, 0, _BLOCKS, now)
    await _pack(server)
    weights["a message without its words"] = await _bytes(server, _MESSAGE) / messages
    return [
        *(_row(f"in PostgreSQL, {what}", each, counted) for what, each in weights.items()),
        Row(
            name="in PostgreSQL, all of it before it was packed",
            value=loose / packed,
            unit="times what it is packed",
            counted=counted,
        ),
        Row(name="messages of an order", value=messages / orders, unit="messages", counted=counted),
    ]


async def _pack(server: Server) -> None:
    for table in (*_ORDER, *_EVENT, *_MESSAGE, *_PERSON):
        await server.connection.execute(f"VACUUM (FULL, ANALYZE) {table}")


async def _bytes(server: Server, tables: tuple[str, ...]) -> int:
    query = "SELECT sum(pg_total_relation_size(name::regclass)) FROM unnest($1::text[]) AS name"
    return int(await server.connection.fetchval(query, list(tables)))


async def _on_topics(here: Ground, orders: int) -> list[Row]:
    """On Kafka, as if each record came alone and nothing were compressed."""
    weights: dict[str, float] = {}
    for what, topics in (
        ("an event of the shop", _SHOP),
        ("what the notifier is asked for", (Topic.REQUESTED,)),
        ("what became of it", (Topic.OUTCOMES,)),
    ):
        found = [await _weighed(here, topic) for topic in topics]
        count = sum(number for number, _ in found)
        weights[what] = sum(total for _, total in found) / count
        weights[f"{what}, of an order"] = sum(total for _, total in found) / orders
    return [_row(f"on Kafka, {what}", each, f"{orders:,} orders") for what, each in weights.items()]


async def _weighed(here: Ground, topic: str) -> tuple[int, int]:
    """How many records are on it, and how many bytes."""
    consumer = AIOKafkaConsumer(bootstrap_servers=here.bootstrap_servers, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [TopicPartition(here.prefix + topic, number) for number in range(PARTITIONS)]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        left: Mapping[TopicPartition, int] = await consumer.end_offsets(partitions)
        count, total = 0, 0
        while count < sum(left.values()):
            for records in (await consumer.getmany(timeout_ms=1000)).values():
                count += len(records)
                total += sum(map(_weight, records))
        return count, total
    finally:
        await consumer.stop()


def _weight(record: Any) -> int:
    headers = sum(len(name) + len(value or b"") + 2 for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers + _OF_ONE


def _row(name: str, value: float, counted: str) -> Row:
    return Row(name=name, value=value, unit="bytes", counted=counted)


EXPERIMENT = Experiment("storage", measure)
