"""Asks the databases, Kafka and the inbox what became of an experiment."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import asyncpg

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from sandbox.providers.inbox import Received
from tests.faults.ground import OF_NOTIFIER, OF_ORDER_EVENTS, Plot
from tests.faults.journeys import Message, Statement
from tests.faults.oracle import Entry, Evidence, Heard, Said
from tests.faults.reading import read

_NO_ANSWER = "no_answer"
_ENOUGH = 120
"""Characters of a message that nobody could read. The people of these experiments are made up."""


def heard(messages: Iterable[Received]) -> list[Heard]:
    """What the providers took."""
    return [_heard(one) for one in messages]


def _heard(one: Received) -> Heard:
    message = _read(one.channel, one.text)
    return Heard(
        message=message,
        ref=one.provider_ref.strip("<>"),
        at=one.at,
        channel=one.channel,
        to=one.to,
        print=one.print,
        words="" if message else " ".join(one.text.split())[:_ENOUGH],
    )


@lru_cache(maxsize=100_000)
def _read(channel: Channel, text: str) -> Message | None:
    """The same messages are looked at again and again."""
    return read(channel, text)


async def gather(plot: Plot) -> Evidence:
    """What the services have to say for themselves."""
    connection = await asyncpg.connect(plot.database)
    try:
        orders = await connection.fetch("SELECT order_id, told::text FROM order_events.orders")
        said, unsaid = _told(orders)
        events = await connection.fetch("SELECT event_id FROM order_events.events")
        requests = await connection.fetch("SELECT id, decision FROM notifier.requests")
        entries = await _entries(connection, said)
        waiting = {
            "outbox of order_events": await _count(connection, "order_events.outbox"),
            "outbox of notifier": await _count(connection, "notifier.outbox"),
            **await _unread(connection, plot),
        }
    finally:
        await connection.close()
    return Evidence(
        said=said,
        unsaid=unsaid,
        requests={row["id"]: row["decision"] for row in requests},
        entries=entries,
        events=frozenset(row["event_id"] for row in events),
        orders=frozenset(row["order_id"] for row in orders),
        waiting=waiting,
    )


async def _count(connection: Any, table: str) -> int:
    return int(await connection.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608 - ours


def _told(rows: Iterable[Any]) -> tuple[dict[str, Said], frozenset[Statement]]:
    said: dict[str, Said] = {}
    unsaid: set[Statement] = set()
    for row in rows:
        told = json.loads(row["told"])
        for request_id, one in told.get("statements", {}).items():
            statement = _statement(row["order_id"], one)
            said[request_id] = Said(statement, frozenset(one.get("outcomes", {})))
        unsaid |= {
            _statement(row["order_id"], one)
            for one in told.get("unsaid", ())
            if one["reason"] == Reason.SUPERSEDED
        }
    return said, frozenset(unsaid)


def _statement(order: str, one: Mapping[str, Any]) -> Statement:
    return Statement(order, Kind(one["kind"]), one["subject"])


async def _entries(connection: Any, said: Mapping[str, Said]) -> list[Entry]:
    tried: dict[str, list[Any]] = defaultdict(list)
    for row in await connection.fetch("SELECT * FROM notifier.attempts"):
        tried[row["notification_id"]].append(row)
    rows = await connection.fetch("SELECT * FROM notifier.notifications ORDER BY seq")
    return [_entry(row, tried[row["id"]], said) for row in rows]


def _entry(row: Any, tried: list[Any], said: Mapping[str, Said]) -> Entry:
    about = said.get(row["request_id"])
    return Entry(
        id=row["id"],
        request_id=row["request_id"],
        message=Message(about.statement, Channel(row["channel"])) if about else None,
        state=row["state"],
        seq=row["seq"],
        attempt=row["attempt"],
        retries=row["retries"],
        was_in_doubt=was_in_doubt(row["attempt"], row["reason"], tried),
        provider_ref=(row["provider_ref"] or "").strip("<>"),
    )


def was_in_doubt(attempt: int, reason: str | None, tried: Iterable[Mapping[str, Any]]) -> bool:
    """Whether nobody knew how an attempt ended: it says so, or it was never written how."""
    results = list(tried)
    if reason == _NO_ANSWER or any(result["reason"] == _NO_ANSWER for result in results):
        return True
    counted = {result["attempt"] for result in results if result["counted"]}
    return any(number not in counted for number in range(1, attempt))


async def _unread(connection: Any, plot: Plot) -> dict[str, int]:
    """Records that the services have not yet read, by topic."""
    rows = await connection.fetch("SELECT * FROM order_events.positions")
    positions = {(row["topic"], row["partition"]): row["next_offset"] for row in rows}
    committed = await plot.committed("notifier")
    left: dict[str, int] = defaultdict(int)
    for partition, end in (await plot.ends((*OF_ORDER_EVENTS, *OF_NOTIFIER))).items():
        topic = partition.topic.removeprefix(plot.prefix)
        if topic in OF_NOTIFIER:
            at = max(0, committed.get(partition, 0))
        else:
            at = positions.get((partition.topic, partition.partition), 0)
        left[f"records of {topic}"] += max(0, end - at)
    return dict(left)
