"""Asks the notifier's database, Kafka and the inbox what became of carts."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec
from aiokafka import TopicPartition

from headsup.contracts.envelope import decode
from headsup.contracts.notifications import CartFlow, CartRecovered
from headsup.contracts.registry import Topic
from sandbox.providers.inbox import Received
from tests.faults.carts.oracle import Asked, CartEvidence, HeardReminder, Sent
from tests.faults.carts.reading import read
from tests.faults.evidence import was_in_doubt
from tests.faults.ground import OF_CART_RECOVERY, Plot
from tests.support.reading import TopicReader

_LOOKS, _BETWEEN_LOOKS = 10, 0.3
"""How often, and with how many seconds between."""
_ASKED: Final = """
    SELECT id, cart, decision, reason FROM notifier.requests WHERE cart_id IS NOT NULL
"""
_SENT: Final = """
    SELECT n.* FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE r.cart_id IS NOT NULL
"""
_TRIED: Final = """
    SELECT a.* FROM notifier.attempts AS a
    JOIN notifier.notifications AS n ON n.id = a.notification_id
    JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE r.cart_id IS NOT NULL
"""


def heard(messages: Iterable[Received]) -> list[HeardReminder]:
    """The reminders among what the providers took."""
    return [
        HeardReminder(
            reminder=reminder,
            ref=one.provider_ref.strip("<>"),
            at=one.at,
            channel=one.channel,
            to=one.to,
            print=one.print,
        )
        for one in messages
        if (reminder := read(one.text)) is not None
    ]


async def gather(plot: Plot, now: datetime) -> CartEvidence:
    """What the services have to say for themselves. `now`: by the clock of the business."""
    connection = await asyncpg.connect(plot.database)
    try:
        asked = {row["id"]: _asked(row) for row in await connection.fetch(_ASKED)}
        tried: dict[str, list[Any]] = defaultdict(list)
        for row in await connection.fetch(_TRIED):
            tried[row["notification_id"]].append(row)
        sent = [_sent(row, tried[row["id"]]) for row in await connection.fetch(_SENT)]
    finally:
        await connection.close()
    recovered = await _recovered(plot, now)
    return CartEvidence(asked=asked, sent=sent, recovered=recovered, waiting=await _unread(plot))


def _asked(row: Any) -> Asked:
    flow = msgspec.json.decode(row["cart"], type=CartFlow)
    return Asked(cart=flow.cart_id, step=flow.step, decision=row["decision"], reason=row["reason"])


def _sent(row: Any, tried: list[Any]) -> Sent:
    return Sent(
        request=row["request_id"],
        state=row["state"],
        provider_ref=(row["provider_ref"] or "").strip("<>"),
        reason=row["reason"],
        was_in_doubt=was_in_doubt(row["attempt"], row["reason"], tried),
    )


async def _recovered(plot: Plot, now: datetime) -> dict[str, frozenset[str]]:
    """What the shop was told was brought back. The same word twice is one."""
    found = defaultdict[str, set[str]](set)
    async with TopicReader(plot.servers, plot.prefix + Topic.OUTCOMES) as reader:
        for record in await reader.all_now():
            event = decode(record.value, record.headers, now)
            if isinstance(event.data, CartRecovered):
                found[event.data.order_id].add(event.id)
    return {order: frozenset(ids) for order, ids in found.items()}


async def _unread(plot: Plot) -> dict[str, int]:
    """Records that cart_recovery does not read, by topic. Its clock ticks through Kafka, so there
    is always a new one: what lies there now counts when it does so a while later."""
    ends, left = await plot.ends(OF_CART_RECOVERY), dict[str, int]()
    for _ in range(_LOOKS):
        left = _behind(ends, await plot.committed("cart_recovery"), plot.prefix)
        if not left:
            break
        await asyncio.sleep(_BETWEEN_LOOKS)
    return left


def _behind(
    ends: Mapping[TopicPartition, int], committed: Mapping[TopicPartition, int], prefix: str
) -> dict[str, int]:
    left: dict[str, int] = defaultdict(int)
    for partition, end in ends.items():
        if missing := end - max(0, committed.get(partition, 0)):
            left[f"{partition.topic.removeprefix(prefix)} at cart_recovery"] += max(0, missing)
    return {topic: missing for topic, missing in left.items() if missing}
