"""Removes somebody from every table, table by table, and keeps of each message that it was sent:
when, of which kind, by which channel, and what became of it.

What personal a column holds, `tests/architecture` lists; a table that is not named there fails it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts.notifications import NotificationRequested
from services.notifier.erasing import anonymous
from services.notifier.named_rows import kept

_PLAIN = "'^[0-9A-Za-z._ :-]{1,40}$'"
"""A provider's code; what is longer, or has other signs, may be a sentence with an address."""
OF_REQUESTS: Final[tuple[str, ...]] = (
    f"""
    UPDATE notifier.notifications
    SET address = '', words = NULL, code = CASE WHEN code ~ {_PLAIN} THEN code END
    WHERE request_id = ANY($1::text[]) AND state NOT IN ('planned', 'sending')
    """,  # noqa: S608 - our own words
    f"""
    UPDATE notifier.attempts SET code = NULL
    WHERE code !~ {_PLAIN} AND notification_id IN
        (SELECT id FROM notifier.notifications WHERE request_id = ANY($1::text[]))
    """,  # noqa: S608 - our own words
    "DELETE FROM notifier.replies WHERE request_id = ANY($1::text[])",
)
"""What is said of messages. $1: the ids of their requests."""
OF_CUSTOMER: Final[tuple[str, ...]] = (
    "DELETE FROM notifier.people WHERE source = $1 AND customer_id = $2 AND told_at <= $3",
    "DELETE FROM notifier.preferences WHERE source = $1 AND customer_id = $2 AND at <= $3",
    "DELETE FROM notifier.learned WHERE source = $1 AND customer_id = $2 AND seen_at <= $3",
    "UPDATE notifier.learned SET contacts = coalesce((SELECT jsonb_agg(c ORDER BY n)"
    " FROM jsonb_array_elements(contacts) WITH ORDINALITY AS told (c, n)"
    " WHERE (c ->> 'seen_at')::timestamptz > $3), '[]'),"
    # Nobody knows of whose orders these two are: the next one that names them teaches them again.
    " language = NULL, time_zone = NULL"
    " WHERE source = $1 AND customer_id = $2",
    "DELETE FROM notifier.troubles WHERE source = $1 AND customer_id = $2 AND since <= $3",
)
"""What is kept under their number. $1: the shop, $2: the number, $3: when they were erased."""
OF_KEYS: Final[tuple[str, ...]] = (
    "DELETE FROM notifier.purchases WHERE source = $1 AND who = ANY($2::text[]) AND at <= $3",
    "DELETE FROM notifier.cart_flows"
    " WHERE source = $1 AND who = ANY($2::text[]) AND began_at <= $3",
)
"""What is kept under names of theirs. $2: those, in every case in which they are written."""
OF_REFUSALS: Final[tuple[str, ...]] = (
    "DELETE FROM notifier.opt_outs WHERE source = $1 AND who = ANY($2::text[]) AND at <= $3",
    "DELETE FROM notifier.suppressions"
    " WHERE source = $1 AND address = ANY($2::text[]) AND since <= $3",
)
"""What was refused under names of theirs. Where somebody else is about to be written to at one of
them, it is that person's word as well, and stays: it is not asked for once more before the send."""
OF_COUNTS: Final = "DELETE FROM notifier.counted WHERE source = $1 AND who = ANY($2::text[])"
OF_NUMBERS: Final[tuple[str, ...]] = (
    "DELETE FROM notifier.whatsapp_windows WHERE number = ANY($1::text[])",
    "DELETE FROM notifier.wishes WHERE address = ANY($1::text[])",
)
"""What is kept of a number, whichever shop wrote to it: when it wrote, and was answered, last."""
OF_STOPS: Final = """
    DELETE FROM notifier.stopped_numbers
    WHERE source = $1 AND address = ANY($2::text[]) AND at <= $3
"""
SCRUB: Final = """
    UPDATE notifier.requests AS r
    SET request = g.request, passed_over = NULL, who = NULL, emptied_at = now()
    FROM unnest($1::text[], $2::bytea[]) AS g (id, request)
    WHERE r.id = g.id AND NOT EXISTS (
        SELECT FROM notifier.notifications AS n
        WHERE n.request_id = r.id AND n.state IN ('planned', 'sending'))
"""
"""What is under way is not touched: it ends as what it is, and is emptied the next time."""
OUTBOX: Final = """
    DELETE FROM notifier.outbox
    WHERE created_at = 'infinity' AND (key = convert_to($1, 'UTF8') OR EXISTS (
        SELECT FROM unnest($2::text[]) AS mark
        WHERE position(convert_to(mark, 'UTF8') IN value) > 0))
"""
"""What Kafka will never take, and a person may look at. The rest is published in a moment."""
_UNDER_WAY: Final = """
    SELECT EXISTS (SELECT FROM notifier.notifications
                   WHERE request_id = ANY($1::text[]) AND state IN ('planned', 'sending'))
"""
_encoder: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    """What was found of somebody."""

    source: str
    customer_id: str
    at: datetime
    requests: Mapping[str, NotificationRequested | None]
    """Theirs, by id; None where it cannot be read."""
    keys: frozenset[str]
    """Their names: as addresses are written, and in small letters."""
    ids: frozenset[str]
    """Of their orders and carts."""
    marks: frozenset[str]
    """Their addresses and other words, as they stand in a text."""
    shared: frozenset[str] = frozenset()
    """Those of the names that are addresses to which something waits for somebody else."""


async def remove(connection: Any, theirs: Theirs) -> bool:
    """Removes what was found; False where a message is under way, whose row is left for now. That
    is asked before as well: what comes to rest meanwhile was left, too."""
    ids = sorted(theirs.requests)
    was_under_way = await connection.fetchval(_UNDER_WAY, ids)
    for statement in OF_REQUESTS:
        await connection.execute(statement, ids)
    await connection.execute(SCRUB, ids, [_kept(theirs.requests[id_]) for id_ in ids])
    place = (theirs.source, theirs.customer_id)
    for statement in OF_CUSTOMER:
        await connection.execute(statement, *place, theirs.at)
    keys = set(kept(connection, theirs.keys))
    for statement in OF_KEYS:
        await connection.execute(statement, theirs.source, sorted(keys), theirs.at)
    alone = keys - set(kept(connection, theirs.shared))
    for statement in OF_REFUSALS:
        await connection.execute(statement, theirs.source, sorted(alone), theirs.at)
    await connection.execute(OF_COUNTS, theirs.source, sorted(keys))
    bare = {key.partition(":")[2] for key in keys} | keys
    for statement in OF_NUMBERS:
        await connection.execute(statement, sorted(bare))
    await connection.execute(OF_STOPS, theirs.source, sorted(alone), theirs.at)
    await connection.execute(OUTBOX, theirs.customer_id, sorted(theirs.marks))
    return not (was_under_way or await connection.fetchval(_UNDER_WAY, ids))


def _kept(request: NotificationRequested | None) -> bytes:
    return _encoder.encode(anonymous(request)) if request else b"{}"
