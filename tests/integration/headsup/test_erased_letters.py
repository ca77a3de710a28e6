"""Somebody is removed from the dead letters of a real broker, and nobody else is."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from headsup.contracts.envelope import EventRefusedError, RefusalCode
from headsup.contracts.registry import Topic
from headsup.dead_letters import Letter, Resolution, Wanted, dead_letter, marker, read
from headsup.erased_letters import LetterEraser, Named, letter_eraser
from headsup.kafka.producer import Outgoing, Producer
from headsup.kafka.reader import reading
from headsup.letterbox import Letterbox
from tests.support.events import SHOP
from tests.support.reading import TopicReader

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MARY = Named(
    source=SHOP,
    customer_id="c-mary",
    ids=frozenset({"A-mary"}),
    words=frozenset({"mary@mail.example", "380501234567"}),
)


@dataclass
class _Record:
    topic: str
    value: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()
    partition: int = 1
    offset: int = 17
    timestamp: int = 1_790_000_000_000


@dataclass
class _Letters:
    servers: str
    prefix: str
    producer: Producer
    topics: list[str] = field(default_factory=lambda: ["shop.orders"])

    async def put(self, value: bytes, key: bytes = b"A-other") -> None:
        error = EventRefusedError(RefusalCode.BAD_DATA, "data", "expected less")
        record = _Record(self.prefix + "shop.orders", value, key)
        letter = dead_letter(record, error, service="order_events", at=NOON)
        await self.producer.publish([Outgoing(letter.topic, key, value, letter.headers, 0)])

    async def lies(self) -> list[Any]:
        async with TopicReader(self.servers, self.prefix + "shop.orders.dlq") as reader:
            return list(await reader.all_now())

    async def values(self) -> list[bytes]:
        return [record.value for record in await self.lies() if record.value]

    async def waiting(self) -> list[Letter]:
        async with reading(self.servers, name="test") as reader:
            survey = await Letterbox(reader, self.prefix).survey([Topic.ORDERS], Wanted())
        return list(survey.letters.values())

    async def remove(self) -> int:
        async with letter_eraser(self.servers, self.prefix) as eraser:
            return await eraser.remove(MARY)


@pytest.fixture
async def letters(bootstrap_servers: str, topics: str) -> AsyncIterator[_Letters]:
    producer = Producer(bootstrap_servers, name="test")
    await producer.start()
    yield _Letters(bootstrap_servers, topics, producer)
    await producer.stop()


def _event(**data: Any) -> bytes:
    return json.dumps({"source": SHOP, "id": "1", "data": data}).encode()


async def test_what_names_somebody_goes_and_the_rest_stays_as_it_was(letters: _Letters) -> None:
    others = [_event(order_id="A-1", number=n) for n in range(3)]
    await letters.put(others[0])
    await letters.put(_event(order_id=5, customer={"id": "c-mary"}))
    await letters.put(others[1])
    await letters.put(b'{"broken": "MARY@mail.example')
    await letters.put(_event(order_id="A-mary"))
    await letters.put(others[2])
    before = {r.value: (r.key, r.timestamp, dict(r.headers)) for r in await letters.lies()}

    assert await letters.remove() == 3

    after = await letters.lies()
    assert sorted(r.value for r in after) == sorted(others)
    for record in after:
        key, timestamp, headers = before[record.value]
        kept = {k: v for k, v in record.headers if k != "dlq-copy-of"}
        assert (record.key, record.timestamp, kept) == (key, timestamp, headers)


async def test_what_was_dropped_is_not_copied_and_does_not_come_back(letters: _Letters) -> None:
    await letters.put(_event(order_id="A-1"))
    await letters.put(_event(order_id="A-2"))
    dropped = read((await letters.lies())[0])
    assert isinstance(dropped, Letter)
    await letters.producer.publish([marker(dropped.id, Resolution.DROPPED, NOON)])
    await letters.put(_event(order_id="A-mary"))

    await letters.remove()

    assert await letters.values() == [_event(order_id="A-2")]
    assert len(await letters.waiting()) == 1


async def test_what_is_dropped_while_it_is_moved_stays_dropped(letters: _Letters) -> None:
    await letters.put(_event(order_id="A-1"))
    await letters.put(_event(order_id="A-mary"))
    [first] = [r for r in await letters.waiting() if r.id.offset == 0]
    await letters.remove()
    await letters.producer.publish([marker(first.id, Resolution.DROPPED, NOON)])

    assert await letters.waiting() == []


class _Dies(LetterEraser):
    """Is killed when the letters are written, and nothing is cut off yet."""

    async def _cut(self, *_: Any) -> None:
        raise asyncio.CancelledError


async def test_who_is_killed_between_copy_and_cut_leaves_each_letter_once(
    letters: _Letters,
) -> None:
    await letters.put(_event(order_id="A-1"))
    await letters.put(_event(order_id="A-mary"))
    async with letter_eraser(letters.servers, letters.prefix) as eraser:
        eraser.__class__ = _Dies
        with pytest.raises(asyncio.CancelledError):
            await eraser.remove(MARY)
    names = {letter.origin for letter in await letters.waiting()}
    assert len(await letters.waiting()) == 2, names  # hers, and the other's once

    await letters.remove()

    assert await letters.values() == [_event(order_id="A-1")]


async def test_what_is_set_aside_meanwhile_stays(letters: _Letters) -> None:
    expected = [_event(order_id="A-1", number=n) for n in range(30)]
    for value in expected[:10]:
        await letters.put(value)
    await letters.put(_event(order_id="A-mary"))

    async def appending() -> None:
        for value in expected[10:]:
            await letters.put(value)

    async with asyncio.TaskGroup() as both:
        both.create_task(appending())
        both.create_task(letters.remove())

    assert sorted(await letters.values()) == sorted(expected)


async def test_the_same_number_at_another_shop_is_somebody_else(letters: _Letters) -> None:
    theirs = json.dumps({"source": "https://other.example", "data": {"customer_id": "c-mary"}})
    await letters.put(theirs.encode())

    assert await letters.remove() == 0
    assert await letters.values() == [theirs.encode()]
