"""What orders taught us of people, beside the shop's word: an order names an address, a language, a
zone, and the next one may name none. The newest word wins; it is used after all that the order at
hand and the address book say."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerPurchased
from services.notifier.people import Learned, LearnedContact
from services.notifier.person_rows import learned_in
from services.notifier.sealed_rows import CONTACTS, written

MOST: Final = 3
"""Addresses on a channel: who moves on has another one, and the older ones are soon nobody's."""
Who = tuple[str, str]
"""A shop and its customer."""

_OF: Final = """
    SELECT source, customer_id, l.contacts AS learned_contacts, l.language AS learned_language,
           l.time_zone AS learned_zone, l.seen_at AS learned_at
    FROM unnest($1::text[], $2::text[]) AS wanted (source, customer_id)
    JOIN notifier.learned AS l USING (source, customer_id)
"""
_LOCKED: Final = f"{_OF} ORDER BY source, customer_id FOR UPDATE OF l"
_WRITE: Final = """
    INSERT INTO notifier.learned AS known
        (source, customer_id, contacts, language, time_zone, seen_at)
    SELECT s, c, o::jsonb, l, z, at
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[])
         AS told (s, c, o, l, z, at)
    ON CONFLICT (source, customer_id) DO UPDATE
    SET contacts = excluded.contacts, language = excluded.language,
        time_zone = excluded.time_zone, seen_at = excluded.seen_at
"""


async def write(connection: Any, events: Sequence[Event[CustomerPurchased]]) -> None:
    """Keeps what these orders say. An order is told on two topics, which are taken in beside each
    other: what is known already is locked before it is read. Where nothing is, both say the same.
    """
    told = [event for event in events if _says_something(event.data)]
    if not told:
        return
    known = await of(connection, {(e.source, e.data.customer.id) for e in told}, _LOCKED)
    for event in sorted(told, key=lambda event: event.data.at):
        who = (event.source, event.data.customer.id)
        known[who] = taught(known.get(who), event.data)
    ordered = sorted(known.items())  # locks are taken in one order everywhere
    whose = [source for (source, _), _ in ordered], [customer for (_, customer), _ in ordered]
    contacts = written(connection, CONTACTS, [one.contacts for _, one in ordered], *whose)
    await connection.execute(
        _WRITE,
        *whose,
        [row.decode() for row in contacts],
        [one.language for _, one in ordered],
        [one.time_zone for _, one in ordered],
        [one.seen_at for _, one in ordered],
    )


def _says_something(said: CustomerPurchased) -> bool:
    who = said.customer
    return any((who.email, who.phone, who.language, who.time_zone))


def taught(known: Learned | None, said: CustomerPurchased) -> Learned:
    """What is known with an order more. One that is read late says what was true then. Pure."""
    known = known or Learned(contacts=(), language=None, time_zone=None, seen_at=said.at)
    is_newest, who = said.at >= known.seen_at, said.customer
    found = list(known.contacts)
    for channel, address in ((Channel.EMAIL, who.email), (Channel.SMS, who.phone)):
        if address:
            found.append(LearnedContact(channel=channel, address=address, seen_at=said.at))
    return Learned(
        contacts=_newest(found),
        language=(who.language if is_newest else None) or known.language or who.language,
        time_zone=(who.time_zone if is_newest else None) or known.time_zone or who.time_zone,
        seen_at=max(said.at, known.seen_at),
    )


def _newest(contacts: Iterable[LearnedContact]) -> tuple[LearnedContact, ...]:
    """Each address once, the newest first, so many on each channel."""
    kept: dict[tuple[Channel, str], LearnedContact] = {}
    for one in sorted(contacts, key=lambda one: one.seen_at, reverse=True):
        of_channel = sum(channel is one.channel for channel, _ in kept)
        if of_channel < MOST:
            kept.setdefault((one.channel, one.address.casefold()), one)
    return tuple(kept.values())


async def of(connection: Any, keys: Iterable[Who], statement: str = _OF) -> dict[Who, Learned]:
    """What is known of these customers."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    rows = await connection.fetch(statement, [s for s, _ in wanted], [c for _, c in wanted])
    found = (((row["source"], row["customer_id"]), learned_in(row)) for row in rows)
    return {who: one for who, one in found if one is not None}
