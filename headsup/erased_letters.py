"""Removes somebody from the dead letters.

Kafka deletes no single record: it only moves where a partition begins. So the letters that stay are
written once more behind the others, each with its own time, and what lies before them is cut off
(`DeleteRecords`). What is appended meanwhile lies behind the cut, and stays. Whoever is killed in
between leaves letters twice: a copy says of which letter it is one, takes its place wherever
letters are read, and is not made a second time.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from headsup import logs
from headsup.contracts.registry import READ
from headsup.dead_letters import COPY_OF, LetterId, Resolved, read
from headsup.kafka.consumer import Partition, Record
from headsup.kafka.reader import Reader, Span, reading
from headsup.kafka.security import Servers, reached
from headsup.kafka.topics import MAX_RECORD_BYTES

NAME: Final = "headsup-erasing"
AT_ONCE: Final = 200
"""Letters that are written before it is waited for their acknowledgement."""
ROUNDS: Final = 5
"""How often a partition is gone through at most: another one may move letters meanwhile."""
_CUSTOMER: Final = frozenset({"customer_id"})
_PEOPLE: Final = frozenset({"customer", "recipient"})
_ABOUT: Final = frozenset({"order_id", "cart_id"})


class LettersError(Exception):
    """The broker does not cut a partition off. The sentence says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """By what somebody is known in a record."""

    source: str
    customer_id: str
    ids: frozenset[str] = frozenset()
    """Of their orders and carts."""
    words: frozenset[str] = frozenset()
    """Their addresses."""

    def is_in(self, record: Record) -> bool:
        """Whether a record is about them, or names them: by its fields where it can be read, else
        by what stands in it in quotes. Pure."""
        value = _parsed(record.value)
        shop = _shop(value, record)
        if shop is not None and shop != self.source:
            return False
        if (record.key or b"").decode(errors="replace") in {self.customer_id, *self.ids}:
            return True
        if value is not None:
            return self._is_in_fields(value, "")
        text = (record.value or b"").decode(errors="replace")
        quoted = any(f'"{one}"' in text for one in (self.customer_id, *self.ids))
        return quoted or self._names(text)

    def _is_in_fields(self, value: Any, name: str) -> bool:
        if isinstance(value, dict):
            is_person = name in _PEOPLE and str(value.get("id")) == self.customer_id
            return is_person or any(self._is_in_fields(v, str(k)) for k, v in value.items())
        if isinstance(value, list):
            return any(self._is_in_fields(each, name) for each in value)
        text = str(value)
        if name in _CUSTOMER:
            return text == self.customer_id
        return (name in _ABOUT and text in self.ids) or self._names(text)

    def _names(self, text: str) -> bool:
        lower = text.casefold()
        return any(word.casefold() in lower for word in self.words)


def _parsed(value: bytes | None) -> Any:
    try:
        found = msgspec.json.decode(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict | list) else None


def _shop(value: Any, record: Record) -> str | None:
    for name, text in record.headers:
        if name == "ce_source" and text:
            return text.decode(errors="replace")
    source = value.get("source") if isinstance(value, dict) else None
    return source if isinstance(source, str) else None


@dataclass(slots=True)
class _Found:
    """What lies in a partition."""

    last: int = -1
    """The offset of the last letter that goes."""
    gone: set[int] = field(default_factory=set)
    """The offsets of all that go, or need no copy."""
    count: int = 0
    """Of those that go."""
    _copies: dict[int, int] = field(default_factory=dict)
    """Where copies lie, by the offsets of what they are copies of."""

    def note(self, record: Record, named: Named) -> None:
        lies = read(record)
        if isinstance(lies, Resolved):
            self._end(record.offset, lies.letter.offset)
            return
        if lies.copy_of is not None:
            if lies.copy_of.offset in self.gone:
                self.gone.add(record.offset)
            self.gone.add(lies.copy_of.offset)
            self._copies[lies.copy_of.offset] = record.offset
        if named.is_in(record):
            self.gone.add(record.offset)
            self.last = max(self.last, record.offset)
            self.count += 1

    def _end(self, marker: int, letter: int | None) -> None:
        """Neither a marker nor what it is about is needed any more, nor a copy of that."""
        self.gone.add(marker)
        while letter is not None:
            self.gone.add(letter)
            letter = self._copies.pop(letter, None)


class LetterEraser:
    """Goes through the dead letters of all topics whose names begin with `prefix`."""

    def __init__(
        self, reader: Reader, producer: AIOKafkaProducer, admin: AIOKafkaAdminClient, prefix: str
    ) -> None:
        self._reader = reader
        self._producer = producer
        self._admin = admin
        self._prefix = prefix

    async def remove(self, named: Named) -> int:
        """Removes what names them; how many letters that were. Raises BrokerError, KafkaError or
        LettersError where Kafka does not do it."""
        removed = 0
        topics = [self._prefix + topic.dead_letters for topic in READ]
        for partition in await self._reader.spans(topics):
            for _ in range(ROUNDS):
                count = await self._remove(partition, named)
                removed += count
                if not count:
                    break
        return removed

    async def _remove(self, partition: Partition, named: Named) -> int:
        span = (await self._reader.spans([partition.topic]))[partition]
        found = _Found()
        async for record in self._records(partition, span):
            found.note(record, named)
        if not found.count:
            return 0
        written: list[asyncio.Future[Any]] = []
        async for record in self._records(partition, span.cut(span.start, found.last)):
            if record.offset not in found.gone:
                written.append(await self._copy(record))
            if len(written) >= AT_ONCE:
                await asyncio.gather(*written)
                written = []
        await asyncio.gather(*written)
        await self._cut(partition, found.last + 1)
        return found.count

    async def _records(self, partition: Partition, span: Span) -> AsyncIterator[Record]:
        async for records in self._reader.read({partition: span}):
            for record in records:
                yield record

    async def _copy(self, record: Record) -> "asyncio.Future[Any]":
        place = LetterId(record.topic, record.partition, record.offset)
        headers = [header for header in record.headers if header[0] != COPY_OF]
        sent: asyncio.Future[Any] = await self._producer.send(
            record.topic,
            record.value,
            key=record.key,
            partition=record.partition,
            timestamp_ms=record.timestamp,
            headers=[*headers, (COPY_OF, str(place).encode())],
        )
        return sent

    async def _cut(self, partition: Partition, offset: int) -> None:
        which = TopicPartition(partition.topic, partition.number)
        await self._admin.delete_records({which: RecordsToDelete(before_offset=offset)})
        held = (await self._reader.spans([partition.topic]))[partition]
        if held.start < offset:
            raise LettersError(f"{partition.topic} was not cut off at {offset}")


@contextlib.asynccontextmanager
async def letter_eraser(brokers: Servers, prefix: str) -> AsyncIterator[LetterEraser]:
    """One that works. Raises BrokerError, or KafkaConnectionError when no broker answers."""
    async with reading(brokers, name=NAME) as reader:
        producer = AIOKafkaProducer(
            **reached(brokers),
            client_id=NAME,
            acks="all",
            enable_idempotence=True,
            max_request_size=MAX_RECORD_BYTES,
        )
        admin = AIOKafkaAdminClient(**reached(brokers), client_id=NAME)
        async with contextlib.AsyncExitStack() as parts:
            await producer.start()
            parts.push_async_callback(producer.stop)
            await admin.start()
            parts.push_async_callback(admin.close)
            yield LetterEraser(reader, producer, admin, prefix)


Clean = Callable[[Named], Awaitable[None]]
"""Removes somebody from the dead letters."""


def letters_cleaner(brokers: Servers, prefix: str) -> Clean:
    """What does that on these servers."""

    async def clean(named: Named) -> None:
        async with letter_eraser(brokers, prefix) as eraser:
            removed = await eraser.remove(named)
        if removed:
            logs.logger().info("dead letters were removed", count=removed)

    return clean
