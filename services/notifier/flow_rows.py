"""Of which visit somebody was reminded last, and how often lately, by each of their keys."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts.notifications import CartFlow, Reason
from services.notifier.attempts import State
from services.notifier.decide import Decided, Flow, Place, Policy, Reminded
from services.notifier.flows import name_of, places_of, sort_out, without
from services.notifier.named_rows import kept

_LOCK: Final = """
    INSERT INTO notifier.cart_flows AS known (source, who, flow, began_at)
    SELECT source, who, '', '-infinity' FROM unnest($1::text[], $2::text[]) AS asked (source, who)
    ON CONFLICT (source, who) DO UPDATE SET flow = known.flow WHERE false
"""
"""What is there is locked, and not changed; what is not is there from now on, for others to wait
for. One address may be two customers', whose requests come to different replicas."""
_KNOWN: Final = """
    SELECT source, who, flow, began_at, reminders
    FROM unnest($1::text[], $2::text[]) AS asked (source, who)
    JOIN notifier.cart_flows USING (source, who)
    WHERE began_at > '-infinity'
"""
_BEGIN: Final = """
    UPDATE notifier.cart_flows AS known
    SET flow = begun.flow, began_at = begun.began_at, reminders = begun.reminders::jsonb
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::text[])
         AS begun (source, who, flow, began_at, reminders)
    WHERE known.source = begun.source AND known.who = begun.who
"""
_UNDO: Final = """
    DELETE FROM notifier.cart_flows AS known
    USING unnest($1::text[], $2::text[]) AS asked (source, who)
    WHERE known.source = asked.source AND known.who = asked.who AND known.began_at = '-infinity'
"""
_CAME_TO_NOTHING: Final = f"""
    SELECT asked.id FROM unnest($1::text[]) AS asked (id)
    WHERE NOT EXISTS (
        SELECT FROM notifier.notifications AS n
        WHERE n.request_id = asked.id
          AND n.state NOT IN ('{State.WITHDRAWN}', '{State.SUPPRESSED}', '{State.EXPIRED}',
                              '{State.FAILED}'))
"""  # noqa: S608 - our own words

_ENOUGH: Final = frozenset({Reason.ANOTHER_CART, Reason.CAPPED})
"""What is said of whoever was reminded enough."""

_reminders = msgspec.json.Decoder(dict[str, datetime])
_encoder = msgspec.json.Encoder()


async def lock(connection: Any, places: Collection[Place]) -> dict[Place, Reminded | None]:
    """What is known by each key; None where nothing is. Until the transaction ends nobody else
    decides about a cart of theirs by any of them."""
    columns = _columns(connection, sorted(places))  # locks are taken in one order everywhere
    await connection.execute(_LOCK, *columns)
    known: dict[Place, Reminded | None] = dict.fromkeys(places)
    for row in await connection.fetch(_KNOWN, *columns):
        flow = Flow(row["flow"], row["began_at"])
        known[row["source"], row["who"]] = Reminded(flow, _reminders.decode(row["reminders"]))
    return known


async def begin(
    connection: Any,
    decided: Sequence[Decided],
    known: Mapping[Place, Reminded | None],
    policy: Policy,
) -> list[Decided]:
    """What is left of the plans; what they are of is kept, by each person's keys. `known` was
    locked."""
    if not known:
        return list(decided)
    kept, begun = sort_out(decided, known, policy)
    if any(one.reason in _ENOUGH for one in kept):
        known = without(known, await _came_to_nothing(connection, kept, known))
        kept, begun = sort_out(decided, known, policy)
    if begun:
        await connection.execute(_BEGIN, *_columns(connection, begun), *_values(begun.values()))
    unused = [place for place, one in known.items() if one is None and place not in begun]
    if unused:
        await connection.execute(_UNDO, *_columns(connection, unused))
    return kept


async def recall(
    connection: Any, places: Collection[Place], cart: CartFlow, request_id: str, at: datetime
) -> None:
    """Keeps by each of these keys that this reminder went out, where that was forgotten."""
    known = await lock(connection, places)
    kept = {place: _with(one, Flow(name_of(cart), at), request_id) for place, one in known.items()}
    await connection.execute(_BEGIN, *_columns(connection, kept), *_values(kept.values()))


def _with(known: Reminded | None, flow: Flow, request_id: str) -> Reminded:
    """The flow that began last counts, from its first reminder on."""
    if known is None:
        return Reminded(flow, {request_id: flow.began_at})
    is_same = known.flow.id == flow.id
    pick = min if is_same else max
    last = pick(known.flow, flow, key=lambda each: each.began_at)
    return Reminded(last, {request_id: flow.began_at, **known.reminders})


async def _came_to_nothing(
    connection: Any, kept: Iterable[Decided], known: Mapping[Place, Reminded | None]
) -> set[str]:
    """Of the reminders that stand in the way of another, those of which nobody heard or will hear:
    taken back, stopped, or refused everywhere. That is asked where one is in the way, so that
    nothing has to be written when a reminder ends."""
    places = {place for one in kept if one.reason in _ENOUGH for place in places_of(one)}
    asked = {id_ for place in places if (one := known[place]) for id_ in one.reminders}
    return {row["id"] for row in await connection.fetch(_CAME_TO_NOTHING, list(asked))}


def _values(reminded: Iterable[Reminded]) -> tuple[list[str], list[datetime], list[str]]:
    ones = list(reminded)
    return (
        [one.flow.id for one in ones],
        [one.flow.began_at for one in ones],
        [_encoder.encode(one.reminders).decode() for one in ones],
    )


def _columns(connection: Any, places: Iterable[Place]) -> tuple[list[str], Collection[str]]:
    ordered = list(places)
    return [source for source, _ in ordered], kept(connection, [who for _, who in ordered])
