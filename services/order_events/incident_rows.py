"""Incidents in PostgreSQL, and the orders that are to be looked at because of them.

The orders that an incident concerns may be many, and of every partition. So the transaction that
takes an incident in only notes that they are to be woken; the sweeper wakes them, so many at a
time, in the order of their ids, and each replica then looks at its own.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg
import msgspec

from headsup import logs
from headsup.contracts.envelope import Event
from headsup.contracts.shop import IncidentEvent
from services.order_events import incidents
from services.order_events.incidents import Incident, IncidentState

PAGE = 1000
"""Open orders that one statement goes through."""
PASSES = 2
"""How often all orders are gone through for a change of an incident. The first time is at once; the
last finds those that a replica decided about meanwhile, not knowing of the incident yet."""
BETWEEN_PASSES = 40.0
"""Seconds: longer than a transaction of a batch can take, and what was read before it is kept."""

_LOAD = """
    SELECT source, incident_id, state::text
    FROM order_events.incidents
    WHERE (source, incident_id) IN (SELECT * FROM unnest($1::text[], $2::text[]))
    ORDER BY source, incident_id
    FOR UPDATE
"""
_SAVE = """
    INSERT INTO order_events.incidents
           (source, incident_id, state, resolved_at, partition, wake_at, wakes_left)
    SELECT s, i, t::jsonb, r, p, now(), $6
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::smallint[])
         AS fresh (s, i, t, r, p)
    ON CONFLICT (source, incident_id) DO UPDATE
    SET state = excluded.state, resolved_at = excluded.resolved_at, partition = excluded.partition,
        wake_at = excluded.wake_at, wakes_left = excluded.wakes_left, woken_to = ''
"""
_KNOWN = """
    SELECT source, incident_id, state::text
    FROM order_events.incidents
    WHERE resolved_at IS NULL OR resolved_at > $1
    ORDER BY source, incident_id
"""
_TO_WAKE = """
    SELECT source, incident_id, state::text, woken_to, wakes_left
    FROM order_events.incidents
    WHERE partition = ANY ($1::smallint[]) AND wake_at <= now()
    ORDER BY wake_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
"""
_WAKE = """
    WITH page AS MATERIALIZED (
        SELECT order_id, carriers
        FROM order_events.orders
        WHERE source = $1 AND carriers IS NOT NULL AND order_id > $2
        ORDER BY order_id
        LIMIT $3
    ), concerned AS MATERIALIZED (
        SELECT known.order_id
        FROM order_events.orders AS known JOIN page USING (order_id)
        WHERE known.source = $1 AND ($4::text[] IS NULL OR page.carriers && $4)
        ORDER BY known.order_id
        FOR UPDATE OF known
    ), woken AS (
        UPDATE order_events.orders AS known
        SET next_look_at = least(known.next_look_at, $5)
        FROM concerned
        WHERE known.source = $1 AND known.order_id = concerned.order_id
        RETURNING 1
    )
    SELECT count(*) AS seen, max(order_id) AS last, (SELECT count(*) FROM woken) AS woken FROM page
"""
_WOKEN = """
    UPDATE order_events.incidents
    SET woken_to = $3::text, wakes_left = $4::smallint, wake_at = CASE
        WHEN $4::smallint = 0 THEN NULL
        WHEN $3 = '' THEN now() + make_interval(secs => $5)
        ELSE wake_at
    END
    WHERE source = $1 AND incident_id = $2
"""


class IncidentKey(NamedTuple):
    """An incident: the shop that says so, and its id there."""

    source: str
    incident_id: str


class Woken(NamedTuple):
    """What one statement did about an incident."""

    orders: int
    """So many are to be looked at now."""
    is_more_left: bool
    """There are more orders to go through, at once."""


async def note(
    connection: Any, events: Sequence[tuple[Event[IncidentEvent], int]]
) -> list[IncidentKey]:
    """Folds new events, each with the number of its partition, into what is known of their
    incidents; returns those that changed. Their orders are to be woken."""
    if not events:
        return []
    ids = {IncidentKey(event.source, event.data.incident_id): number for event, number in events}
    keys = sorted(ids)
    rows = await connection.fetch(_LOAD, *_columns(keys))
    before = {IncidentKey(row["source"], row["incident_id"]): row["state"] for row in rows}
    states = {key: incidents.decode(state) for key, state in before.items()}
    old = {key: incidents.encode(state) for key, state in states.items()}
    for event, _ in events:
        key = IncidentKey(event.source, event.data.incident_id)
        states[key] = incidents.fold(states.get(key), event)
    changed = {key: states[key] for key in keys if incidents.encode(states[key]) != old.get(key)}
    await _save(connection, changed, ids)
    return list(changed)


async def _save(
    connection: Any,
    changed: Mapping[IncidentKey, IncidentState],
    numbers: Mapping[IncidentKey, int],
) -> None:
    if changed:
        await connection.execute(
            _SAVE,
            *_columns(list(changed)),
            [incidents.encode(state).decode() for state in changed.values()],
            [state.over_since for state in changed.values()],
            [numbers[key] for key in changed],
            PASSES,
        )


def _columns(keys: Sequence[IncidentKey]) -> tuple[list[str], list[str]]:
    return [key.source for key in keys], [key.incident_id for key in keys]


async def known(connection: Any, since: datetime) -> dict[str, tuple[Incident, ...]]:
    """The incidents that are not over, or were not before a moment, by their shop."""
    found: dict[str, tuple[Incident, ...]] = {}
    for row in await connection.fetch(_KNOWN, since):
        state = _read(row)
        incident = incidents.known(row["incident_id"], state) if state else None
        if incident:
            found[row["source"]] = (*found.get(row["source"], ()), incident)
    return found


async def wake(connection: Any, numbers: Sequence[int], now: datetime) -> Woken:
    """Has the next orders that an incident of these partitions concerns, or did, looked at now: an
    open order of the shop, one with a parcel of the carrier's, or all. Call it in a transaction."""
    row = await connection.fetchrow(_TO_WAKE, numbers)
    if row is None:
        return Woken(0, is_more_left=False)
    state = _read(row)
    page = None
    if state and state.opened:
        names = incidents.concerned(state)
        page = await connection.fetchrow(_WAKE, row["source"], row["woken_to"], PAGE, names, now)
    is_full = page is not None and page["seen"] == PAGE
    left = row["wakes_left"] if is_full else max(0, row["wakes_left"] - 1) if page else 0
    reached = page["last"] if page and is_full else ""
    key = row["source"], row["incident_id"]
    await connection.execute(_WOKEN, *key, reached, left, BETWEEN_PASSES)
    return Woken(page["woken"] if page else 0, is_full)


def _read(row: asyncpg.Record) -> IncidentState | None:
    try:
        return incidents.decode(row["state"])
    except msgspec.ValidationError as error:
        logs.logger().error("a stored incident is unreadable", error=error)
        return None
