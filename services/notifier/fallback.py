"""The next channel of a route takes over where a message will not arrive, by an attempt's result or
by a receipt."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationRequested
from services.notifier import chats, overtaken, suppressions, whatsapp_windows
from services.notifier.caps import Full, Instead, day_of, next_limit
from services.notifier.claims import Tried, tried
from services.notifier.counted import count_instead
from services.notifier.deadlines import SecondsUntil, no_wait
from services.notifier.decide import NO_LIMIT, Limit, Policy
from services.notifier.erased_words import ErasedWords
from services.notifier.ledger import Scheduled, Transaction
from services.notifier.metrics import SendingMetrics
from services.notifier.people import Address, Person
from services.notifier.plan import Circumstances, PlannedNotification, fall_back
from services.notifier.priorities import priority_of
from services.notifier.quiet import may_be_left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallen:
    """A message that will not arrive, and what has to be known to say it another way."""

    notification_id: str
    source: str
    request_id: str
    route: int
    channel: Channel
    language: str
    request: NotificationRequested
    person: Person
    at: datetime
    seconds_until: SecondsUntil = no_wait
    """Real seconds until a moment of business time."""


async def take_over(
    transaction: Transaction,
    fallen: Sequence[Fallen],
    policy: Policy,
    metrics: SendingMetrics,
    seconds_until: SecondsUntil,
    words: ErasedWords,
) -> list[Scheduled]:
    """Writes the notifications that take over; where there is no other channel, or newer news of
    the same thing, none. One that would come in somebody's night waits for their morning; it is
    counted, and a text message too many goes another way."""
    if not fallen:
        return []
    known = await tried(transaction, [one.request_id for one in fallen])
    fallen = await _still_news(transaction, fallen)
    fallen = await _with_chats(transaction, fallen)
    fallen = await _with_talks(transaction, fallen)
    taking = _Taking(transaction, known, policy, words)
    asked = [_Asked(replace(one, seconds_until=seconds_until)) for one in fallen]
    while asked:
        asked = await taking.tried_next(asked)
    for channel in taking.fell_from:
        metrics.fell_back(channel)
    return taking.added


@dataclass(frozen=True, slots=True)
class _Asked:
    """A message that will not arrive, and the limit within which it is said another way."""

    fallen: Fallen
    limit: Limit = NO_LIMIT

    def within(self, full: Full, policy: Policy) -> "_Asked | None":
        """The same within the next limit; None when nothing else is tried."""
        shop, one = policy.shops[self.fallen.source], self.fallen
        limit = next_limit(one.request.kind, one.at, self.limit, full, shop)
        return replace(self, limit=limit) if limit else None


class _Taking:
    """The rounds of one batch: a text message too many goes another way, or later."""

    def __init__(
        self,
        transaction: Transaction,
        known: dict[str, list[Tried]],
        policy: Policy,
        words: ErasedWords,
    ) -> None:
        self._transaction = transaction
        self._words = words
        self._known = known
        self._policy = policy
        self.added: list[Scheduled] = []
        self.fell_from: list[Channel] = []

    async def tried_next(self, asked: Sequence[_Asked]) -> list[_Asked]:
        """Writes and counts what takes over; those that are tried again, within a limit."""
        found: dict[str, tuple[_Asked, Scheduled]] = {}
        counted, again = [], []
        for one in asked:
            next_one = await self._next(one)
            if next_one is not None:
                found[next_one.row.id] = (one, next_one.row)
                counted.append(self._counted(one.fallen, next_one))
            elif one.limit != NO_LIMIT:
                again.append(one.within(Full.ALL, self._policy))
        full = await count_instead(self._transaction.connection, counted, self._policy.shops)
        again += [self._too_many(*found.pop(id_)) for id_ in sorted(full)]
        rows = [row for _, row in found.values()]
        await self._transaction.schedule(rows)
        self.added += rows
        self.fell_from += [one.fallen.channel for one, _ in found.values()]
        return [one for one in again if one]

    async def _next(self, one: _Asked) -> "Next | None":
        """The next channel whose address is not suppressed. Each round rules out one more."""
        fallen, known = one.fallen, self._known[one.fallen.request_id]
        while (found := next_channel(fallen, known, self._policy, one.limit)) is not None:
            key = Address(found.row.channel, found.row.address).key
            if not await self._is_suppressed((fallen.source, key)):
                known.append(_as_tried(found.row))
                break
            refused = fallen.person.refused | {key}
            fallen = replace(fallen, person=replace(fallen.person, refused=refused))
        return found

    async def _is_suppressed(self, place: suppressions.Place) -> bool:
        """Also by whoever had the address before, and was erased."""
        connection = self._transaction.connection
        await self._words.bring_back(connection, [place])
        return bool(await suppressions.among(connection, [place]))

    def _too_many(self, one: _Asked, row: Scheduled) -> _Asked | None:
        self._known[row.request_id].remove(_as_tried(row))
        return one.within(Full.SMS, self._policy)

    def _counted(self, fallen: Fallen, found: "Next") -> Instead:
        row, shop = found.row, self._policy.shops[fallen.source]
        return Instead(
            id=row.id,
            source=row.source,
            customer_id=fallen.request.customer.id,
            kind=fallen.request.kind,
            address=Address(row.channel, row.address),
            day=day_of(found.goes_at, shop.time_zone),
        )


def _as_tried(row: Scheduled) -> Tried:
    return Tried(row.id, row.route, row.channel)


async def _still_news(transaction: Transaction, fallen: Sequence[Fallen]) -> list[Fallen]:
    """Those of which nothing newer is told, or that are told all the same. What comes from now on
    is seen when they are claimed."""
    old = await overtaken.among(transaction.connection, {one.request_id for one in fallen})
    return [one for one in fallen if one.request_id not in old or not may_be_left_out(one.request)]


async def _with_chats(transaction: Transaction, fallen: Sequence[Fallen]) -> list[Fallen]:
    """The same, with the chats that these people opened."""
    known = await chats.of(
        transaction.connection, {(one.source, one.request.customer.id) for one in fallen}
    )
    return [
        replace(one, person=replace(one.person, chats=theirs))
        if (theirs := known.get((one.source, one.request.customer.id)))
        else one
        for one in fallen
    ]


async def _with_talks(transaction: Transaction, fallen: Sequence[Fallen]) -> list[Fallen]:
    """The same, with those of their addresses on WhatsApp from which they wrote within a day."""
    people = {one.notification_id: one.person for one in fallen}
    known = await whatsapp_windows.with_talks(transaction.connection, people)
    return [replace(one, person=known[one.notification_id]) for one in fallen]


class Next(NamedTuple):
    """A notification that takes over."""

    row: Scheduled
    goes_at: datetime
    """Business time."""


def next_channel(
    fallen: Fallen, known: Sequence[Tried], policy: Policy, limit: Limit = NO_LIMIT
) -> Next | None:
    """The notification that takes over; None when nothing can, or another one did before. `known`
    are all messages of the request, the oldest first. Pure."""
    of_route = [one.id for one in known if one.route == fallen.route]
    if of_route[-1:] != [fallen.notification_id]:
        return None
    around = Circumstances(
        shop=policy.shops.get(fallen.source),
        person=fallen.person,
        spoken=policy.spoken_by(fallen.source),
        channels=policy.channels,
        capped=limit.capped,
        not_before=limit.not_before,
    )
    channels = {one.channel for one in known}
    planned = fall_back(fallen.request, fallen.route, channels, around, fallen.at)
    if planned is None:
        return None
    goes_at = planned.held.until if planned.held else fallen.at
    return Next(_scheduled(fallen, planned, len(of_route)), goes_at)


def _scheduled(fallen: Fallen, planned: PlannedNotification, number: int) -> Scheduled:
    held, request = planned.held, fallen.request
    return Scheduled(
        id=f"{fallen.request_id}.{fallen.route}.{number}",
        request_id=fallen.request_id,
        route=fallen.route,
        channel=planned.address.channel,
        address=planned.address.value,
        language=fallen.language,
        source=fallen.source,
        order_id=request.order_id,
        over_at=request.expires_at,
        at=fallen.at,
        question=request.content.question,
        priority=priority_of(request.kind),
        held_for=held.reason if held else None,
        wait=fallen.seconds_until(held.until) if held else 0.0,
    )
