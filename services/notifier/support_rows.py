"""What people who help customers see of an order. Addresses are masked. Nothing is written."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from headsup.orders import OrderBook
from headsup.shops.profile import ShopProfile
from headsup.trace import Entry, traces
from services.notifier import order_keys
from services.notifier.order_keys import KnownOrder
from services.notifier.page_rows import PageRows
from services.notifier.people import Person, region_of
from services.notifier.person_rows import person_of

MOST_SHOWN: Final = 5
"""Orders of one search, the newest; whoever needs another one searches by its number."""
_PERSON: Final = """
    SELECT $1::text AS source, $2::text AS customer_id, p.entry, c.chosen,
           (SELECT max(o.at) FROM notifier.opt_outs AS o
            WHERE o.source = $1 AND o.who = 'customer:' || $2) AS opted_out_at
    FROM (SELECT) AS one
    LEFT JOIN notifier.people AS p ON p.source = $1 AND p.customer_id = $2
    LEFT JOIN notifier.preferences AS c ON c.source = $1 AND c.customer_id = $2
"""
_ACTS: Final = """
    SELECT a.at, a.operator, a.act, a.request_id, a.new_id
    FROM notifier.support_acts AS a JOIN notifier.requests AS r ON r.id = a.request_id
    WHERE r.order_id = $1 AND r.source = $2 ORDER BY a.at
"""
CONSENTS: Final = "What they agreed to"
BY_HAND: Final = "Sent again by hand"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An order, and everything that was said of it and not."""

    known: KnownOrder
    next_update_by: datetime | None
    """By when they were promised to hear more."""
    is_known: bool = True
    """Whether what is true of the order is known, and with it whether anything was promised."""
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportRows:
    """Reads, over the connections of the pages. Raises what `DATABASE_AWAY` names."""

    pages: PageRows
    book: OrderBook
    shops: Mapping[str, ShopProfile]

    async def cases(self, asked: str, now: datetime) -> list[Case]:
        """The orders that go by this: an id, a number, a phone number, a mail address."""
        async with self.pages.reading() as connection:
            found = await order_keys.find(connection, asked, self._regions(), MOST_SHOWN)
        views = await self.book.orders([known.key for known in found], now)
        promised = {(v.source, v.order_id): v.next_update_by for v in views}
        return [
            Case(
                known=known,
                next_update_by=promised.get(known.key),
                is_known=known.key in promised,
                entries=await self._entries(known),
            )
            for known in found
        ]

    async def _entries(self, known: KnownOrder) -> tuple[Entry, ...]:
        async with self.pages.reading() as connection:
            which = (known.order_id, known.source)
            told = [e for part in traces() for e in await part(connection, *which)]
            person = await connection.fetchrow(_PERSON, known.source, known.customer_id)
            acts = await connection.fetch(_ACTS, known.order_id, known.source)
        return (*told, *_consents(person), *map(_act, acts))

    def _regions(self) -> Collection[str | None]:
        return {region_of(shop) for shop in self.shops.values()}


def _consents(row: Any) -> list[Entry]:
    try:
        person = person_of(row["entry"], row["chosen"], row["opted_out_at"])
    except msgspec.MsgspecError:
        person = Person(opted_out_at=row["opted_out_at"])
    found = [
        Entry(
            section=CONSENTS,
            heading=f"{'yes' if word.granted else 'no'} to {word.message_class}, {word.channel}",
            at=word.at,
            detail={"how": word.source, **({"words": word.text} if word.text else {})},
        )
        for word in sorted(person.consents, key=lambda word: word.at)
    ]
    if person.opted_out_at is not None:
        stopped = Entry(section=CONSENTS, heading="no more marketing", at=person.opted_out_at)
        found.append(stopped)
    return found


def _act(row: Any) -> Entry:
    detail = {"request": row["request_id"], "as": row["new_id"] or "nothing"}
    return Entry(
        section=BY_HAND, heading=f"{row['act']} by {row['operator']}", at=row["at"], detail=detail
    )
