"""What people chose on our page: which language, which channels, when not, and what not. It counts
from the moment at which it is written, and the shop is told."""

from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts import envelope
from headsup.contracts.registry import Topic
from headsup.contracts.replies import PreferencesChanged
from headsup.kafka.producer import Outgoing

_WRITE: Final = """
    INSERT INTO notifier.preferences AS known (source, customer_id, chosen, at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (source, customer_id) DO UPDATE SET chosen = excluded.chosen, at = excluded.at
    WHERE known.at <= excluded.at
    RETURNING true
"""
_encoder: Final = msgspec.json.Encoder()


async def write(connection: Any, source: str, chosen: PreferencesChanged, at: datetime) -> bool:
    """Keeps what they chose, whole; False when they chose something newer. `at`: business time."""
    kept = await connection.fetchval(
        _WRITE, source, chosen.customer_id, _encoder.encode(chosen), at
    )
    return bool(kept)


def changed(source: str, chosen: PreferencesChanged, at: datetime, prefix: str) -> Outgoing:
    """The record for `customers.replied`. Its id says when it was chosen, so that publishing it
    twice is publishing it once. Pure."""
    event_id = f"preferences.{chosen.customer_id}.{at.timestamp():.6f}"
    event = envelope.make(source, event_id, at, chosen)
    return Outgoing(
        prefix + Topic.REPLIED,
        chosen.customer_id.encode(),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )
