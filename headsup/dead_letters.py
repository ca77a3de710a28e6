"""Dead letters: records that could not be read, set aside with the reason in their headers.

They are kept whole, unless Kafka would not take them: a broker counts compressed bytes, so what it
let pass may be larger than what it takes from us. One record that cannot be published would hold up
everything behind it in the outbox.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from headsup.contracts.envelope import EventRefusedError
from headsup.contracts.registry import DEAD_LETTERS
from headsup.kafka.consumer import Record
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import MAX_RECORD_BYTES

REASON: Final = "dlq-reason"
FIELD: Final = "dlq-field"
PROBLEM: Final = "dlq-problem"
ORIGIN: Final = "dlq-origin"
SERVICE: Final = "dlq-service"
AT: Final = "dlq-at"
CUT_FROM: Final = "dlq-cut-from"
"""How many bytes key, value and headers had, where not all of them are kept."""

_ROOM: Final = MAX_RECORD_BYTES - 64 * 1024
"""Bytes; the rest is for our headers, and for what Kafka adds."""
_BEGINNING: Final = 1024 * 1024
"""Bytes of a value that are kept where the whole is too much."""
_LONGEST_KEY: Final = 1024


def dead_letter(
    record: Record, error: EventRefusedError, *, service: str, at: datetime
) -> Outgoing:
    """The record for `<topic>.dlq`: key, value and headers as they were, and why it lies there.

    Of what is too large the beginning of the value is kept, and no headers but ours.
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
    if size <= _ROOM:
        kept = [(name, value) for name, value in record.headers if not name.startswith("dlq-")]
        return Outgoing(topic, record.key, record.value, (*kept, *_encoded(why)))
    why[CUT_FROM] = str(size)
    key, value = (record.key or b"")[:_LONGEST_KEY], (record.value or b"")[:_BEGINNING]
    return Outgoing(topic, key, value, _encoded(why))


def _size(record: Record) -> int:
    headers = sum(len(name.encode()) + len(value or b"") for name, value in record.headers)
    return len(record.key or b"") + len(record.value or b"") + headers


def _encoded(headers: Mapping[str, str]) -> tuple[tuple[str, bytes | None], ...]:
    return tuple((name, text.encode()) for name, text in headers.items())
