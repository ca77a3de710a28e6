"""Dead letters: records that could not be read, set aside whole, the reason in their headers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from headsup.contracts.envelope import EventRefusedError
from headsup.kafka.consumer import Record
from headsup.kafka.producer import Outgoing

SUFFIX: Final = ".dlq"
REASON: Final = "dlq-reason"
FIELD: Final = "dlq-field"
PROBLEM: Final = "dlq-problem"
ORIGIN: Final = "dlq-origin"
SERVICE: Final = "dlq-service"
AT: Final = "dlq-at"


def dead_letter(
    record: Record, error: EventRefusedError, *, service: str, at: datetime
) -> Outgoing:
    """The record for `<topic>.dlq`: key, value and headers as they were, and why it lies there."""
    why = {
        REASON: error.code.value,
        FIELD: error.field,
        PROBLEM: error.problem,
        ORIGIN: f"{record.topic}/{record.partition}/{record.offset}",
        SERVICE: service,
        AT: at.isoformat(),
    }
    headers: Sequence[tuple[str, bytes | None]] = [
        *((name, value) for name, value in record.headers if not name.startswith("dlq-")),
        *((name, text.encode()) for name, text in why.items()),
    ]
    return Outgoing(record.topic + SUFFIX, record.key, record.value, tuple(headers))
