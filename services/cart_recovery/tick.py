"""The tick of the clock, as a record: it goes through Kafka to the partition whose carts are due,
so that it comes behind everything that concerns them, and nobody else touches them meanwhile."""

from datetime import UTC, datetime
from typing import Final

from headsup.contracts.registry import Internal
from headsup.kafka.producer import Outgoing

_PREFIX: Final = b"tick "
KEY: Final = b"tick"


def record(partition: int, moment: datetime, prefix: str) -> Outgoing:
    """The record that says: look at what is due up to this moment."""
    value = _PREFIX + moment.astimezone(UTC).isoformat().encode()
    return Outgoing(prefix + Internal.JOINED, KEY, value, partition=partition)


def moment_of(value: bytes | None) -> datetime | None:
    """The moment of a tick; None where the record is none."""
    if value is None or not value.startswith(_PREFIX):
        return None
    try:
        moment = datetime.fromisoformat(value.removeprefix(_PREFIX).decode())
    except ValueError:
        return None
    return moment if moment.tzinfo else None
