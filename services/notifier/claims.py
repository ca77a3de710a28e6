"""The ledger, from the side where notifications go out: claimed under a lease, then settled.

A claim writes the intent and a new attempt number before a provider is called. Whoever dies in
between leaves a lease that runs out; a result under an older number changes nothing.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import asyncpg
import msgspec

from headsup import logs
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.sealed import MissingKeyError
from headsup.sealed_rows import OpeningRow
from services.notifier.address_origin import as_written
from services.notifier.attempts import Claimed, State, Truth
from services.notifier.erasing import erased_in
from services.notifier.ledger import Transaction
from services.notifier.line import is_sending, waits_in_line
from services.notifier.metrics import Backlog
from services.notifier.outcomes import Message, Subject, named_in
from services.notifier.overtaken import BY_NEWS
from services.notifier.people import Address, Person
from services.notifier.person_rows import person_in
from services.notifier.priorities import Priority
from services.notifier.quiet import HeldFor
from services.notifier.sealed_rows import expect_clear_in
from services.notifier.standing_back import backlog, give_back
from services.notifier.truths import TRUTH, WHOSE, truths
from services.notifier.whatsapp_windows import TALKS, talking
from services.notifier.words import FREE, KEPT_ON, Cost

_OUT_OF_LINE: Final = 5
"""A message whose writing broke so often holds up nothing behind it any more."""
_IN_DOUBT = "CASE WHEN $8 AND n.words IS NULL THEN NULL ELSE n.tried_at END"
"""Where words are kept, there was no call without them."""
_WAITS = "n.channel = $1 AND n.priority = $9 AND n.state IN ('planned', 'sending')"
_SHOPS = f"""
    WITH RECURSIVE shop AS (
        (SELECT n.source FROM notifier.notifications AS n WHERE {_WAITS}
         ORDER BY n.source LIMIT 1)
        UNION ALL
        SELECT (SELECT n.source FROM notifier.notifications AS n
                WHERE {_WAITS} AND n.source > shop.source ORDER BY n.source LIMIT 1)
        FROM shop WHERE shop.source IS NOT NULL
    )
    SELECT shop.source,
           ceil($2::float8 / count(*) OVER ())::integer AS portion
    FROM shop WHERE (
        SELECT n.due_at FROM notifier.notifications AS n
        WHERE {_WAITS} AND n.source = shop.source ORDER BY n.due_at LIMIT 1
    ) <= now()
"""  # noqa: S608 - our own words
"""The shops of which something is due, and how much of what is taken at once may be one shop's: a
shop with a million waiting messages takes no more of it than one with three. Each shop is looked up
in the index, so it costs as many steps as there are shops that wait, however much waits."""

_SAYS_MORE = """
    ((SELECT r.about FROM notifier.requests AS r WHERE r.id = earlier.request_id)
     = (SELECT r.about FROM notifier.requests AS r WHERE r.id = n.request_id)) IS TRUE
"""
"""Whether `n` is news of the same as what stands before it."""

_DUE = f"""
    SELECT one.*, shops.portion FROM ({_SHOPS}) AS shops CROSS JOIN LATERAL (
    SELECT n.id, n.sender, {_IN_DOUBT} AS doubted_since
    FROM notifier.notifications AS n
    WHERE {_WAITS} AND n.source = shops.source AND n.due_at <= now()
      AND (n.state = 'planned' OR $5)
      AND (SELECT earlier.seq FROM notifier.notifications AS earlier
           WHERE earlier.order_id = n.order_id AND earlier.source IS NOT DISTINCT FROM n.source
             AND earlier.channel IS NOT DISTINCT FROM n.channel AND earlier.seq < n.seq
             AND {waits_in_line("earlier")}
             AND (earlier.held_for IS NULL OR earlier.due_at <= now()
                  OR earlier.tried_at IS NOT NULL
                  OR earlier.code IS NOT NULL AND NOT {_SAYS_MORE})
             AND (earlier.reason IS DISTINCT FROM '{Reason.CANNOT_RENDER}'
                  OR earlier.retries < {_OUT_OF_LINE})
           LIMIT 1) IS NULL
    ORDER BY n.due_at LIMIT shops.portion
    FOR UPDATE OF n SKIP LOCKED
    ) AS one LIMIT $2
"""  # noqa: S608 - our own words
"""What is due and first in its line. That nothing stands before it stays true while it is claimed:
what came to rest never waits again, and what comes later stands behind. What is held stands before
nothing, until it is tried: then it has no answer yet, or the code of one, and only newer news of
the same goes before it, and in its place.

It is written so that it is looked up in its own index, row by row, whatever the planner believes of
a table that is empty in the morning and full at noon: as a subquery that gives a value, under the
words of that index alone. Written otherwise, a claim over 100,000 rows that were not analyzed yet
took five seconds."""

_OVER = f"""
    SELECT n.id, n.sender, {_IN_DOUBT} AS doubted_since, NULL::integer AS portion
    FROM notifier.notifications AS n
    WHERE n.channel = $1 AND n.state IN ('planned', 'sending') AND n.over_at <= $4
      AND (n.state = 'planned' OR $5 AND n.due_at <= now())
      AND ({_IN_DOUBT} IS NULL OR NOT $6 OR n.tried_at <= now() - make_interval(secs => $7))
    ORDER BY n.over_at LIMIT $2
    FOR UPDATE OF n SKIP LOCKED
"""  # noqa: S608 - our own words
"""What ends unsent, whether it is due or not, so that it holds up nothing behind it. Where its
provider can be asked what became of it, it is not over before that was tried for long enough."""

_LEASE = f"""
    state = '{State.SENDING}', attempt = n.attempt + 1, due_at = now() + make_interval(secs => $3)
"""
_INTENT = """
    tried_at = coalesce(due.doubted_since, now()),
    written_at = CASE WHEN due.doubted_since IS NULL THEN $4 ELSE coalesce(n.written_at, $4) END,
    sender = CASE WHEN due.doubted_since IS NOT NULL AND $6 THEN n.sender
                  WHEN n.sender IS DISTINCT FROM ($7::text[])[1] THEN ($7::text[])[1]
                  ELSE coalesce(($7::text[])[2], n.sender) END
"""
"""Written before the provider is called. What can be asked about goes to whom it went before,
anything else rather to another one."""

_IS_OVERTAKEN = f"""
    (n.held_for IS NOT NULL OR n.id <> r.id || '.' || n.route) AND {BY_NEWS}
"""
"""It is asked only of what was held, and of what takes over from another message."""

_CLAIM = """
    WITH due AS ({due}), claimed AS (
        UPDATE notifier.notifications AS n SET {change}
        FROM due WHERE n.id = due.id
        RETURNING n.*, due.doubted_since, due.sender AS sender_before, due.portion
    )
    SELECT n.id, n.seq, n.priority, n.portion, n.request_id, n.route, n.channel, n.address,
           n.language, n.planned_at,
           n.attempt, n.retries, n.reason, n.sender, n.sender_before, n.doubted_since, n.written_at,
           n.words, n.provider_ref, n.held_for,
           r.source, r.order_id, r.customer_id, r.kind, r.cart, r.request, {truth},
           extract(epoch FROM now() - n.doubted_since)::float8 AS doubted_for,
           extract(epoch FROM now() - r.received_at)::float8 AS waited,
           {talks} AS talks, {is_overtaken} AS is_overtaken,
           EXISTS (SELECT FROM notifier.troubles AS t
                   WHERE t.customer_id = r.customer_id AND t.source = r.source) AS is_in_trouble
    FROM claimed AS n {whose}
"""
_KNOWN = {
    "truth": TRUTH,
    "whose": WHOSE,
    "is_overtaken": _IS_OVERTAKEN,
    "talks": TALKS,
}
CLAIM_DUE = _CLAIM.format(due=_DUE, change=f"{_LEASE}, {_INTENT}", **_KNOWN)
_CLAIM_OVER = _CLAIM.format(due=_OVER, change=_LEASE, **_KNOWN)

_KEEP_WORDS = f"""
    UPDATE notifier.notifications
    SET words = $3, tried_at = CASE WHEN $6 THEN tried_at ELSE now() END,
        segments = $4, lettering = $5
    WHERE id = $1 AND attempt = $2 AND {is_sending()} AND provider_ref IS NULL
    RETURNING true
"""  # noqa: S608 - our own word
"""From here on it is in doubt, unless it was before ($6): the call is near, while the claim may lie
further back. Whoever waits for the call for longer says it once more: a provider is asked only when
it must have heard of the call."""
_LOOK_AGAIN = f"""
    SELECT n.id, r.source, r.customer_id, {TRUTH}
    FROM unnest($1::text[], $2::integer[]) AS held (id, attempt)
    JOIN notifier.notifications AS n USING (id, attempt) {WHOSE}
    WHERE {is_sending("n")} AND n.provider_ref IS NULL
"""  # noqa: S608 - our own word
_ACCOUNTED = """
    SELECT provider_ref FROM notifier.notifications
    WHERE channel IN ('sms', 'whatsapp') AND provider_ref = ANY($1::text[]) AND id <> $2
"""
_SET_ASIDE = f"""
    UPDATE notifier.notifications AS n
    SET state = '{State.SUPPRESSED}', reason = '{Reason.CANNOT_RENDER}', changed_at = $3,
        tried_at = NULL, words = NULL
    FROM unnest($1::text[], $2::integer[]) AS r (id, attempt)
    WHERE n.id = r.id AND n.attempt = r.attempt AND {is_sending("n")}
    RETURNING n.id
"""  # noqa: S608 - our own words
_LOCK_REQUESTS = """
    SELECT FROM notifier.requests WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE
"""
_TRIED = """
    SELECT id, request_id, route, channel FROM notifier.notifications
    WHERE request_id = ANY($1::text[]) ORDER BY seq
"""
_requests = msgspec.json.Decoder(NotificationRequested)


@dataclass(frozen=True, slots=True)
class Tried:
    """A message of a request that there is or was."""

    id: str
    route: int
    channel: Channel


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A notification that was written in a way in which nobody can read it any more."""

    id: str
    attempt: int
    subject: Subject | None
    """None when not even its kind is known."""
    message: Message


@dataclass(frozen=True, slots=True)
class Haul:
    """What one claim took."""

    claimed: list[Claimed]
    unreadable: list[Unreadable]
    has_more: bool = False
    """Whether a shop gave its whole portion: it may have more."""

    @property
    def size(self) -> int:
        """How many rows that are."""
        return len(self.claimed) + len(self.unreadable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a claim is made under."""

    channel: Channel
    senders: tuple[str, ...] = ()
    """Those that may be used, in order of choice: two at most."""
    can_be_asked: bool
    now: datetime
    """Business time: what is written is written for this moment, what was worth telling until then
    is over."""
    lease: float
    """Seconds for which what is claimed is ours; a result comes much sooner, or not at all."""
    takes_over: bool = True
    """Whether a lease that ran out is taken over."""
    priority: Priority = Priority.NEWS
    """Of what is due."""

    @property
    def keeps_words(self) -> bool:
        """Whether what a provider is given is written before it is."""
        return self.channel in KEPT_ON


class Claims:
    """Takes what is due."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self.pool = pool
        """Where the ledger is."""

    async def claim(self, terms: Terms, limit: int) -> Haul:
        """At most `limit` notifications of a priority that are due, leased to us; the intent is
        committed. Each shop that waits has its share of it. Of one order there is one at a time on
        a channel, the earliest. Raises MissingKeyError, and claims nothing then."""
        common = (terms.channel, limit, terms.lease, terms.now, terms.takes_over)
        rows = await self.pool.fetch(
            CLAIM_DUE,
            *common,
            terms.can_be_asked,
            terms.senders,
            terms.keeps_words,
            terms.priority,
        )
        return await self._hauled(rows, terms)

    async def claim_over(self, terms: Terms, limit: int, *, asked_for: float) -> Haul:
        """At most `limit` notifications that end unsent. Of those in doubt that can be asked about,
        only what was asked about for `asked_for` seconds."""
        common = (terms.channel, limit, terms.lease, terms.now, terms.takes_over)
        rows = await self.pool.fetch(
            _CLAIM_OVER, *common, terms.can_be_asked, asked_for, terms.keeps_words
        )
        return await self._hauled(rows, terms)

    async def keep_words(self, claimed: Claimed, words: str, cost: Cost = FREE) -> bool:
        """Writes what the provider is about to be given; False when it is not ours to send."""
        what = (claimed.id, claimed.attempt, words, *cost, claimed.in_doubt)
        return bool(await self.pool.fetchval(_KEEP_WORDS, *what))

    async def look_again(self, claimed: Sequence[Claimed]) -> dict[str, Truth]:
        """Of those that are still ours to send, what is true of them by now. What cannot be read
        any more is not among them: the next claim ends it."""
        ids, numbers = [each.id for each in claimed], [each.attempt for each in claimed]
        rows = await self.pool.fetch(_LOOK_AGAIN, ids, numbers)
        asked = {each.id: each.request for each in claimed}
        return dict(truths(rows, asked))

    async def unaccounted(self, refs: Sequence[str], notification_id: str) -> list[str]:
        """Those of the provider's names for messages that no other notification carries."""
        if not refs:
            return []
        rows = await self.pool.fetch(_ACCOUNTED, refs, notification_id)
        accounted = {row["provider_ref"] for row in rows}
        return [ref for ref in refs if ref not in accounted]

    async def backlog(self, now: datetime) -> dict[tuple[Channel, Priority], Backlog]:
        """What waits on each channel, by priority. Reads what waits, not what was sent."""
        return await backlog(self.pool, now)

    async def _hauled(self, rows: Sequence[Any], terms: Terms) -> Haul:
        try:
            return _haul(rows, terms)
        except MissingKeyError:
            await give_back(self.pool, rows)
            raise


async def set_aside(
    transaction: Transaction, rows: Sequence[Unreadable], now: datetime
) -> list[Unreadable]:
    """Ends what cannot be read; returns what is still ours to end."""
    ids, numbers = [row.id for row in rows], [row.attempt for row in rows]
    ended = await transaction.connection.fetch(_SET_ASIDE, ids, numbers, now)
    known = {row["id"] for row in ended}
    return [row for row in rows if row.id in known]


async def tried(transaction: Transaction, request_ids: Sequence[str]) -> dict[str, list[Tried]]:
    """All messages that these requests have or had, the oldest first. Nobody else adds one before
    the transaction ends: two routes of a request never take the same channel."""
    await transaction.connection.execute(_LOCK_REQUESTS, request_ids)
    found: dict[str, list[Tried]] = defaultdict(list)
    for row in await transaction.connection.fetch(_TRIED, request_ids):
        found[row["request_id"]].append(Tried(row["id"], row["route"], Channel(row["channel"])))
    return found


def _haul(rows: Iterable[Any], terms: Terms) -> Haul:
    rows = list(rows)
    of_shop = Counter((row["source"], row["portion"]) for row in rows)
    haul = Haul([], [], any(count == portion for (_, portion), count in of_shop.items()))
    for row in rows:
        try:
            haul.claimed.append(_claimed(row, terms))
        except (msgspec.MsgspecError, ValueError) as error:
            expect_clear_in(row)
            logs.logger().error("a notification cannot be read", channel=terms.channel, error=error)
            haul.unreadable.append(_unreadable(row))
    return haul


def _claimed(row: Any, terms: Terms) -> Claimed:
    request, person = _requests.decode(row["request"]), person_in(row)
    return Claimed(
        id=row["id"],
        request_id=row["request_id"],
        route=row["route"],
        address=_address(row, request, person),
        language=row["language"],
        planned_at=row["planned_at"],
        number=row["seq"],
        attempt=row["attempt"],
        retries=row["retries"],
        priority=Priority(row["priority"]),
        sender=row["sender"] or "",
        sender_before=row["sender_before"],
        can_be_asked=terms.can_be_asked,
        tried_at=row["doubted_since"],
        words=row["words"] if row["doubted_since"] else None,
        doubted_for=row["doubted_for"] or 0.0,
        written_at=row["written_at"] or terms.now,
        provider_ref=row["provider_ref"],
        reason=Reason(row["reason"]) if row["reason"] else None,
        is_withdrawn=row["is_withdrawn"],
        is_erased=erased_in(row, request),
        is_in_trouble=row["is_in_trouble"],
        has_bought=row["has_bought"],
        held_for=HeldFor(row["held_for"]) if row["held_for"] else None,
        is_overtaken=row["is_overtaken"],
        source=row["source"],
        request=request,
        person=talking(person, row["address"] if row["talks"] else None),
        suppressed=Reason(row["suppressed"]) if row["suppressed"] else None,
        waited=row["waited"],
    )


def _address(row: Any, request: NotificationRequested, person: Person) -> Address:
    """Raises ValueError where nobody knows it any more."""
    if not row["address"]:
        raise ValueError("its address is lost")
    address = Address(Channel(row["channel"]), row["address"])
    is_in_small_letters = isinstance(row, OpeningRow)
    return as_written(address, request.customer, person) if is_in_small_letters else address


def _unreadable(row: Any) -> Unreadable:
    return Unreadable(row["id"], row["attempt"], *named_in(row))
