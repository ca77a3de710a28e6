"""Addresses that nothing is sent to: a provider said for good that nobody is reached there, or that
its owner does not want us. Kept by shop and address, looked at when a message is planned and again
when it is claimed."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.contracts.shop import CustomerUpdated
from services.notifier.decide import Decided, Policy
from services.notifier.named_rows import as_asked, kept
from services.notifier.people import normalised, region_of
from services.notifier.plan import Planned

_NOTE = """
    INSERT INTO notifier.suppressions AS known (source, address, reason, code, since)
    SELECT DISTINCT ON (source, address) *
    FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
         AS bad (source, address, reason, code, since)
    ORDER BY source, address, since DESC
    ON CONFLICT (source, address) DO UPDATE
    SET reason = excluded.reason, code = excluded.code, since = excluded.since
    WHERE known.since <= excluded.since
"""
_AMONG = """
    SELECT source, address FROM notifier.suppressions
    JOIN unnest($1::text[], $2::text[]) AS asked (source, address) USING (source, address)
"""
_END = """
    DELETE FROM notifier.suppressions AS known
    USING unnest($1::text[], $2::text[], $3::timestamptz[], $5::timestamptz[])
        AS given (source, address, at, agreed_at)
    WHERE known.source = given.source AND known.address = given.address
      AND known.since < given.at AND known.reason = ANY($4::text[])
      AND (known.reason <> 'opted_out' OR known.since < given.agreed_at)
"""
"""Who wants no more has to agree anew: a shop names all addresses whenever anything changes."""
_DISPROVE = f"""
    DELETE FROM notifier.suppressions AS known
    USING unnest($1::text[], $2::text[]) AS reached (source, address)
    WHERE known.source = reached.source AND known.address = reached.address
      AND known.reason = '{Reason.INVALID_ADDRESS}'
"""  # noqa: S608 - our own word

ENDS_WITH_A_NEWER_WORD: Final[Mapping[Reason, bool]] = {
    # Whether it ends when the shop, later, gives us the same address anew. Why:
    # docs/decisions/a-bad-address-stays-bad.md
    Reason.INVALID_ADDRESS: False,
    Reason.BLOCKED: True,
    Reason.OPTED_OUT: True,
    Reason.REFUSED: True,
}

Place = tuple[str, str]
"""A shop and the key of an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address that nothing is sent to, and why."""

    source: str
    address: str
    """`Address.key`."""
    reason: Reason
    code: str | None
    """The provider's own."""
    since: datetime


async def note(connection: Any, suppressions: Sequence[Suppression]) -> None:
    """Remembers them; of several about one address the newest counts."""
    if suppressions:
        await connection.execute(
            _NOTE,
            [one.source for one in suppressions],
            kept(connection, [one.address for one in suppressions]),
            [one.reason for one in suppressions],
            [one.code for one in suppressions],
            [one.since for one in suppressions],
        )


async def among(connection: Any, places: Iterable[Place]) -> set[Place]:
    """Those of the addresses that nothing may be sent to."""
    asked = sorted(set(places))
    if not asked:
        return set()
    rows = await connection.fetch(_AMONG, *_columns(connection, asked))
    return as_asked(connection, {(row["source"], row["address"]) for row in rows}, asked)


async def disprove(connection: Any, places: Iterable[Place]) -> None:
    """A message arrived there, so somebody is reached. What the customer wants is another matter:
    who said stop stays suppressed."""
    reached = sorted(set(places))
    if reached:
        await connection.execute(_DISPROVE, *_columns(connection, reached))


def _columns(connection: Any, places: Sequence[Place]) -> tuple[list[str], Collection[str]]:
    return [source for source, _ in places], kept(connection, [key for _, key in places])


async def end_given_anew(
    connection: Any, events: Iterable[Event[CustomerUpdated]], policy: Policy
) -> None:
    """Ends what the shop's newer word about a customer ends: it gives the address once more."""
    events = list(events)
    given, agreed = given_anew(events, policy), agreed_anew(events, policy)
    if given:
        await connection.execute(
            _END,
            [source for source, _, _ in given],
            kept(connection, [key for _, key, _ in given]),
            [at for _, _, at in given],
            [reason for reason, ends in ENDS_WITH_A_NEWER_WORD.items() if ends],
            [agreed.get((source, key)) for source, key, _ in given],
        )


def given_anew(
    events: Iterable[Event[CustomerUpdated]], policy: Policy
) -> list[tuple[str, str, datetime]]:
    """The addresses that the shop's word names, each with the moment of that word. Pure."""
    found: dict[Place, datetime] = {}
    for event in events:
        shop = policy.shops.get(event.source)
        region = region_of(shop) if shop else None
        for contact in event.data.contacts:
            address = normalised(contact.channel, contact.address, region)
            if address is not None:
                place = (event.source, address.key)
                found[place] = max(event.time, found.get(place, event.time))
    return [(source, key, at) for (source, key), at in sorted(found.items())]


def agreed_anew(events: Iterable[Event[CustomerUpdated]], policy: Policy) -> dict[Place, datetime]:
    """When whoever has an address last agreed to messages on its channel, as far as the shop's word
    says so. Pure."""
    found: dict[Place, datetime] = {}
    for event in events:
        for word in event.data.consents:
            if word.granted:
                theirs = [c for c in event.data.contacts if c.channel is word.channel]
                only = msgspec.structs.replace(event.data, contacts=tuple(theirs))
                given = given_anew([msgspec.structs.replace(event, data=only)], policy)
                for source, key, _ in given:
                    found[source, key] = max(word.at, found.get((source, key), word.at))
    return found


Suppressed = Mapping[str, AbstractSet[str]]
"""Keys of addresses by shop."""
Again = Callable[[Event[NotificationRequested], Suppressed], Decided]
"""Decides a request once more, around addresses."""


async def plan_around(connection: Any, decided: Sequence[Decided], again: Again) -> list[Decided]:
    """Decides those once more that were planned to a suppressed address, until none is.

    Only addresses that were chosen are looked up: to normalise all that a customer has, for each
    request, would cost more than the rest of planning. Each round rules out an address more.
    """
    settled = {one.event.id: one for one in decided}
    suppressed: dict[str, set[str]] = defaultdict(set)
    asked: Sequence[Decided] = decided
    while found := await among(connection, places_of(asked)):
        for source, key in found:
            suppressed[source].add(key)
        asked = [again(one.event, suppressed) for one in asked if found & _places(one)]
        settled.update((one.event.id, one) for one in asked)
    return list(settled.values())


def places_of(decided: Iterable[Decided]) -> set[Place]:
    """The addresses that they go to, each with its shop. Pure."""
    return {place for one in decided for place in _places(one)}


def _places(decided: Decided) -> set[Place]:
    if not isinstance(decided.plan, Planned):
        return set()
    return {(decided.event.source, one.address.key) for one in decided.plan.notifications}
