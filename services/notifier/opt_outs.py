"""Who told us that they want no more marketing. Looked at when a message is planned, and again
right before it is sent (`claims`). A later consent, which the shop tells us of, lifts it
(`people.forbidden_by`)."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup import logs
from headsup.contracts import envelope
from headsup.contracts.catalogue import CATALOGUE
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.registry import Topic
from headsup.contracts.replies import CustomerOptedOut
from headsup.kafka.producer import Outgoing
from services.notifier.decide import NOBODY, Known, Policy
from services.notifier.identity import keys_of
from services.notifier.named_rows import kept
from services.notifier.people import Address, Person
from services.notifier.person_rows import person_of
from services.notifier.render.short_links import link_of
from services.notifier.stopping import MARKETING, Marketed, is_marketing

_SINCE = f"""
    (SELECT max(o.at) FROM notifier.opt_outs AS o
     WHERE o.source = r.source AND o.message_class = '{MARKETING}' AND o.who = ANY({{who}}))
"""  # noqa: S608 - our own word
_KINDS = ", ".join(f"'{kind}'" for kind in CATALOGUE if is_marketing(kind))
_KEYS = "r.who || ARRAY['customer:' || r.customer_id, n.channel || ':' || lower(n.address)]"
SINCE: Final = f"CASE WHEN r.kind IN ({_KINDS}) THEN {_SINCE.format(who=_KEYS)} END"
"""When the recipient of the notification `n` of the request `r` said so last: by a key that they
had when it was planned, or by the address that it goes to. NULL: never, or it does not matter."""
_MARKETED: Final = f"""
    SELECT n.seq, n.channel, n.address, n.language, n.planned_at, r.source, r.customer_id, r.kind,
           r.request, p.entry, c.chosen,
           {_SINCE.format(who="ARRAY['customer:' || r.customer_id]")} AS opted_out_at
    FROM notifier.notifications AS n
    JOIN notifier.requests AS r ON r.id = n.request_id
    LEFT JOIN notifier.people AS p
        ON p.source = r.source AND p.customer_id = r.customer_id
    LEFT JOIN notifier.preferences AS c
        ON c.source = r.source AND c.customer_id = r.customer_id
    WHERE n.seq = $1
"""  # noqa: S608 - our own words
_LOCK: Final = """
    SELECT FROM notifier.requests AS r JOIN notifier.notifications AS n ON n.request_id = r.id
    WHERE n.seq = $1 FOR UPDATE OF r
"""
_WRITE: Final = """
    INSERT INTO notifier.opt_outs AS known (source, who, message_class, at)
    SELECT $1, who, $2, $3 FROM unnest($4::text[]) AS said (who)
    ON CONFLICT (source, who, message_class) DO UPDATE SET at = excluded.at
    WHERE known.at < excluded.at
"""
_AMONG: Final = """
    SELECT asked.id, max(said.at) AS at
    FROM unnest($1::text[], $2::text[], $3::text[]) AS asked (id, source, who)
    JOIN notifier.opt_outs AS said USING (source, who)
    WHERE said.message_class = $4 GROUP BY asked.id
"""

_requests: Final = msgspec.json.Decoder(NotificationRequested)


async def look_up(
    connection: Any,
    events: Mapping[str, Event[NotificationRequested]],
    known: Known,
    policy: Policy,
    bring_back: Callable[[Iterable[tuple[str, str]]], Awaitable[bool]] | None = None,
) -> Known:
    """Adds to what is known who wants no marketing, of those who would get some. `bring_back` is
    given their keys, each with its shop, before they are looked up (`erased_words`)."""
    asked = [
        (id_, event.source, key)
        for id_, event in events.items()
        if is_marketing(event.data.kind)
        for key in known.who.get(id_) or _keys(event, known, policy)
    ]
    if not asked:
        return known
    if bring_back is not None:
        await bring_back((source, key) for _, source, key in asked)
    ids, sources, keys = (list(column) for column in zip(*asked, strict=True))
    rows = await connection.fetch(_AMONG, ids, sources, kept(connection, keys), MARKETING)
    return replace(known, opted_out={row["id"]: row["at"] for row in rows})


def _keys(event: Event[NotificationRequested], known: Known, policy: Policy) -> tuple[str, ...]:
    customer = event.data.customer
    person = known.people.get((event.source, customer.id), NOBODY)
    return keys_of(customer, person.entry, policy.region_of(event.source), cart_id=None)


async def lock(connection: Any, number: int) -> None:
    """Two who stop the same message are heard one after the other."""
    await connection.execute(_LOCK, number)


async def marketed(connection: Any, number: int) -> Marketed | None:
    """The message of this number; None when there is none."""
    row = await connection.fetchrow(_MARKETED, number)
    if row is None:
        return None
    return Marketed(
        number=row["seq"],
        source=row["source"],
        customer_id=row["customer_id"],
        kind=row["kind"],
        address=Address(Channel(row["channel"]), row["address"]),
        language=row["language"],
        person=_person(row),
        link=_link(row),
        planned_at=row["planned_at"],
    )


def _person(row: Any) -> Person:
    """What the shop says about them may have been written by a newer version. That is no reason not
    to hear them."""
    try:
        return person_of(row["entry"], row["chosen"], row["opted_out_at"])
    except msgspec.MsgspecError as error:
        logs.logger().error("a customer cannot be read", error=error)
        return person_of(None, None, row["opted_out_at"])


def _link(row: Any) -> str | None:
    """A request that a newer version wrote can be stopped all the same."""
    try:
        request = _requests.decode(row["request"])
    except msgspec.MsgspecError as error:
        logs.logger().error("a request cannot be read", error=error)
        return None
    return link_of(request.kind, request.content)


async def write(connection: Any, message: Marketed, at: datetime) -> None:
    """Keeps that whoever got it wants no marketing."""
    # Locks are taken in one order everywhere.
    who = kept(connection, sorted(message.who))
    await connection.execute(_WRITE, message.source, MARKETING, at, who)


async def remember(connection: Any, source: str, customer_id: str, at: datetime) -> None:
    """Keeps it of a customer, where that was forgotten."""
    await connection.execute(_WRITE, source, MARKETING, at, [f"customer:{customer_id}"])


def opted_out(message: Marketed, now: datetime, prefix: str) -> Outgoing:
    """The record for `customers.replied`. Its id says of which message it was said, and when, so
    that publishing it twice is publishing it once. Pure."""
    data = CustomerOptedOut(customer_id=message.customer_id, message_class=MARKETING)
    event_id = f"opted_out.{message.number}.{now.timestamp():.6f}"
    event = envelope.make(message.source, event_id, now, data)
    return Outgoing(
        prefix + Topic.REPLIED,
        message.customer_id.encode(),
        envelope.encode(event),
        tuple(envelope.headers(event)),
    )
