"""Dead letters: records that could not be read, set aside with the reason in their headers.

They are kept whole, unless Kafka would not take them: a broker counts compressed bytes, so what it
let pass may be larger than what it takes from us. One record that cannot be published would hold up
everything behind it in the outbox.

A log cannot be edited: that a letter was replayed or dropped is another record, a marker, on the
same partition. It lies behind its letter, so Kafka's retention never takes it first.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from headsup.contracts.envelope import EventRefusedError, RefusalCode
from headsup.contracts.registry import DEAD_LETTERS
from headsup.kafka import crowded, unpacking
from headsup.kafka.consumer import Record
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import MAX_RECORD_BYTES

REASON: Final = "dlq-reason"
FIELD: Final = "dlq-field"
PROBLEM: Final = "dlq-problem"
ORIGIN: Final = "dlq-origin"
SERVICE: Final = "dlq-service"
AT: Final = "dlq-at"
CUT_FROM: Final = crowded.CUT_FROM
"""How many bytes key, value and headers had, where not all of them are kept."""
RESOLVES: Final = "dlq-resolves"
"""The letter that a marker is about."""
RESOLUTION: Final = "dlq-resolution"
COPY_OF: Final = "dlq-copy-of"
"""The letter that this one takes the place of: it was moved when somebody was erased."""
REPLAYED: Final = "dlq-replayed"
"""Marks a record that was a dead letter and is read once more."""
OURS: Final = "dlq-"
"""Begins the names of our headers; nobody else's header of such a name is kept."""
UNKNOWN: Final = "unknown"
"""The reason of a letter that does not say it: somebody else's, or a damaged one."""

_ROOM: Final = MAX_RECORD_BYTES - 64 * 1024
"""Bytes; the rest is for our headers, and for what Kafka adds."""
_BEGINNING: Final = 1024 * 1024
"""Bytes of a value that are kept where the whole is too much."""
_LONGEST_KEY: Final = 1024


def dead_letter(
    record: Record, error: EventRefusedError, *, service: str, at: datetime
) -> Outgoing:
    """The record for `<topic>.dlq`: key, value and headers as they were, and why it lies there.

    Of what is too large the beginning of the value is kept, and no headers but ours. Some was cut
    before, when it was unpacked.
    """
    why = {
        REASON: error.code.value,
        FIELD: error.field,
        PROBLEM: error.problem,
        ORIGIN: f"{record.topic}/{record.partition}/{record.offset}",
        SERVICE: service,
        AT: at.isoformat(),
    }
    topic, size = record.topic + DEAD_LETTERS, _size(record)
    if error.code is RefusalCode.TOO_LARGE and (before := unpacking.cut_from(record)):
        why[CUT_FROM] = _text(before)
        return Outgoing(topic, record.key, record.value, _encoded(why))
    if size <= _ROOM:
        return Outgoing(topic, record.key, _value(record), (*_foreign(record), *_encoded(why)))
    why[CUT_FROM] = str(size)
    key, value = (record.key or b"")[:_LONGEST_KEY], (record.value or b"")[:_BEGINNING]
    return Outgoing(topic, key, value, _encoded(why))


def _size(record: Record) -> int:
    headers = sum(len(name.encode()) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers


def _value(record: Record) -> bytes | None:
    """The value; an empty one where there is neither key nor value, which no producer takes."""
    return b"" if record.key is None and record.value is None else record.value


def _foreign(record: Record) -> tuple[tuple[str, bytes | None], ...]:
    return tuple(header for header in record.headers if not header[0].startswith(OURS))


def _encoded(headers: Mapping[str, str]) -> tuple[tuple[str, bytes | None], ...]:
    return tuple((name, text.encode()) for name, text in headers.items())


class Resolution(StrEnum):
    """What was done with a dead letter."""

    REPLAYED = "replayed"
    DROPPED = "dropped"


class LetterId(NamedTuple):
    """Where a dead letter lies."""

    topic: str
    partition: int
    offset: int

    @classmethod
    def parse(cls, text: str) -> "LetterId":
        """Reads `topic/partition/offset`. Raises ValueError."""
        topic, *numbers = text.split("/")
        if not topic or len(numbers) != len(cls._fields) - 1:
            raise ValueError("expected topic/partition/offset")
        if not all(number.isascii() and number.isdecimal() for number in numbers):
            raise ValueError("expected numbers for partition and offset")
        return cls(topic, *map(int, numbers))

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"


@dataclass(frozen=True, slots=True)
class Resolved:
    """A marker: what was done with a letter."""

    letter: LetterId
    resolution: Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What there is to say about a dead letter, without what it holds."""

    id: LetterId
    at: datetime
    """When it was set aside; when Kafka took it, where it does not say."""
    reason: str
    field: str
    problem: str
    service: str
    origin: str
    size: int
    """Bytes of the value that is kept."""
    cut_from: str
    """How many bytes the record had, where not all of it is kept; else empty."""
    copy_of: LetterId | None = None
    """The letter in whose place it lies."""

    @property
    def topic(self) -> str:
        """The topic that it could not be read on, with its prefix."""
        return self.id.topic.removesuffix(DEAD_LETTERS)


def read(record: Record) -> Letter | Resolved:
    """A record of a `.dlq` topic. Never fails: whoever can write there can write anything."""
    headers = {name: value for name, value in record.headers if value and name.startswith(OURS)}
    if marks := _resolved(headers):
        return marks
    return Letter(
        id=LetterId(sys.intern(record.topic), record.partition, record.offset),
        at=_moment(headers.get(AT)) or _from_kafka(record.timestamp),
        reason=_text(headers.get(REASON)) or UNKNOWN,
        field=_text(headers.get(FIELD)),
        problem=_text(headers.get(PROBLEM)),
        service=_text(headers.get(SERVICE)) or UNKNOWN,
        origin=_text(headers.get(ORIGIN)),
        size=len(record.value or b""),
        cut_from=_text(headers.get(CUT_FROM)),
        copy_of=_letter(headers.get(COPY_OF)),
    )


def _letter(content: bytes | None) -> LetterId | None:
    try:
        return LetterId.parse((content or b"").decode())
    except ValueError:  # UnicodeDecodeError is one
        return None


def _resolved(headers: Mapping[str, bytes]) -> Resolved | None:
    try:
        return Resolved(
            LetterId.parse(headers[RESOLVES].decode()), Resolution(headers[RESOLUTION].decode())
        )
    except (KeyError, ValueError):  # UnicodeDecodeError is one
        return None


_LONGEST_SHOWN: Final = 300


def _text(content: bytes | None) -> str:
    """Text for a terminal, which control characters would command. Letters say the same again and
    again, and a hundred thousand are kept at once: each text once."""
    text = (content or b"")[:_LONGEST_SHOWN].decode(errors="replace")
    return sys.intern("".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text))


def _moment(content: bytes | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((content or b"").decode())
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):  # not a moment; or one that is none in UTC
        return None


_BEGINNING_OF_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _from_kafka(milliseconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return _BEGINNING_OF_TIME


def original(record: Record) -> Outgoing:
    """The record as it lay on its topic before it was set aside. On the same partition, where it is
    known: whoever wrote it may choose partitions by a key in another way than we do."""
    topic = record.topic.removesuffix(DEAD_LETTERS)
    try:
        origin = LetterId.parse(_text(dict(record.headers).get(ORIGIN)))
        partition = origin.partition if origin.topic == topic else None
    except ValueError:
        partition = None
    headers = (*_foreign(record), (REPLAYED, b"1"))
    return Outgoing(topic, record.key, _value(record), headers, partition)


def is_replayed(record: Record) -> bool:
    """Whether a person sent it again. That it is still bad says nothing about us."""
    return any(name == REPLAYED for name, _ in record.headers)


def marker(letter: LetterId, resolution: Resolution, at: datetime) -> Outgoing:
    """The record that says what was done with a letter."""
    says = {RESOLVES: str(letter), RESOLUTION: resolution.value, AT: at.isoformat()}
    return Outgoing(letter.topic, str(letter).encode(), None, _encoded(says), letter.partition)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which letters are meant. What is None or empty is not asked about."""

    ids: frozenset[LetterId] = frozenset()
    reasons: frozenset[str] = frozenset()
    service: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def matches(self, letter: Letter) -> bool:
        """Whether this is one of them. `since` is inside, `until` is not."""
        return (
            (not self.ids or letter.id in self.ids)
            and (not self.reasons or letter.reason in self.reasons)
            and (self.service is None or letter.service == self.service)
            and (self.since is None or letter.at >= self.since)
            and (self.until is None or letter.at < self.until)
        )
