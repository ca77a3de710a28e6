"""Which messages somebody was sent lately, by each of their keys and each day of their shop's.

One statement counts a batch. It locks what it counts until the transaction ends: one person may be
two customers, whose requests come to different replicas, and neither counts past the other.
"""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import Any, Final

from headsup.contracts.catalogue import CATALOGUE
from headsup.contracts.channels import MessageClass
from headsup.contracts.notifications import Reason
from headsup.shops.profile import ShopProfile
from services.notifier.attempts import State
from services.notifier.caps import (
    Counts,
    Full,
    Instead,
    Page,
    Weighed,
    came_to_nothing,
    id_in,
    marks_of,
    next_limit,
    over,
    texts_too_many,
)
from services.notifier.decide import NO_LIMIT, Decided, Limit, Policy
from services.notifier.named_rows import kept
from services.notifier.plan import Planned, Suppressed

_BETWEEN: Final = "\x1f"
_COUNT: Final = """
    INSERT INTO notifier.counted AS known (source, who, day, messages)
    SELECT source, who, day, string_to_array(messages, chr(31))
    FROM unnest($1::text[], $2::text[], $3::date[], $4::text[])
         AS said (source, who, day, messages)
    ON CONFLICT (source, who, day) DO UPDATE SET messages = known.messages || excluded.messages
    RETURNING source, who, day, messages
"""
_LATELY: Final = """
    SELECT source, who, day, messages
    FROM unnest($1::text[], $2::text[], $3::date[]) AS asked (source, who, until)
    JOIN notifier.counted USING (source, who)
    WHERE day < until AND day > until - 7
"""
_KEEP: Final = """
    UPDATE notifier.counted AS known SET messages = string_to_array(kept.messages, chr(31))
    FROM unnest($1::text[], $2::text[], $3::date[], $4::text[])
         AS kept (source, who, day, messages)
    WHERE (known.source, known.who, known.day) = (kept.source, kept.who, kept.day)
"""
_GONE: Final = f"""
    SELECT asked.id FROM unnest($1::text[]) AS asked (id)
    WHERE NOT EXISTS (
        SELECT FROM notifier.notifications AS n
        WHERE n.id = asked.id
          AND n.state NOT IN ('{State.WITHDRAWN}', '{State.SUPPRESSED}', '{State.EXPIRED}',
                              '{State.FAILED}'))
"""  # noqa: S608 - our own words

Limits = Mapping[str, Limit]
"""Of requests, by their ids."""
Again = Callable[[Sequence[Decided], Limits], Awaitable[Sequence[Decided]]]
"""Decides requests once more, within limits."""


async def within_caps(
    connection: Any, decided: Sequence[Decided], policy: Policy, again: Again
) -> list[Decided]:
    """What is left of the plans where nobody gets more than the shop allows: what is too many goes
    another way, later, or not at all. A round for each of these, at most."""
    settled = {one.event.id: one for one in decided}
    counting = _Counting(connection, policy)
    asked = [one for one in decided if isinstance(one.plan, Planned)]
    while asked:
        tried = await counting.tried_next(asked)
        settled.update((one.event.id, one) for one in counting.capped)
        asked = list(await again(tried, counting.limits)) if tried else []
        settled.update((one.event.id, one) for one in asked)
    return list(settled.values())


class _Counting:
    """The rounds of one batch."""

    def __init__(self, connection: Any, policy: Policy) -> None:
        self._connection = connection
        self._policy = policy
        self._kept: set[str] = set()
        """Marks of the rounds before, which no table knows yet."""
        self.limits: dict[str, Limit] = {}
        self.capped: list[Decided] = []
        """What is not sent at all."""

    async def tried_next(self, asked: Sequence[Decided]) -> list[Decided]:
        """Counts these; those of them that are too many, and may go another way, within limits."""
        full = await self._counted([one for one in asked if isinstance(one.plan, Planned)])
        full |= {one.event.id: Full.ALL for one in asked if came_to_nothing(one)}
        tried = []
        for one in asked:
            id_ = one.event.id
            if id_ not in full:
                continue
            kind, limited = one.event.data.kind, self._limit(one)
            limit = next_limit(kind, one.at, limited, full[id_], self._shop(one))
            if limit is None:
                over = Suppressed(reason=Reason.CAPPED, passed_over=one.plan.passed_over)
                self.capped.append(replace(one, plan=over))
            else:
                self.limits[id_] = limit
                tried.append(one)
        return tried

    async def _counted(self, asked: Sequence[Decided]) -> dict[str, Full]:
        """Counts these, and says which are too many."""
        batch = [self._weighed(one) for one in asked]
        pages: dict[Page, list[str]] = defaultdict(list)
        for one in batch:
            for page, marks in one.own.items():
                pages[page] += marks
        if not pages:
            return {}
        connection = self._connection
        rows = await connection.fetch(_COUNT, *_columns(connection, pages))
        counts = Counts(today=_pages(rows), lately=await _lately(connection, batch))
        full = over(batch, counts)
        if full:
            gone = await self._gone(counts, pages)
            full = over(batch, replace(counts, gone=gone))
            left = _left(counts, batch, full, gone)
            await connection.execute(_KEEP, *_columns(connection, left))
        self._kept |= {
            said
            for one in batch
            if one.decided.event.id not in full
            for marks in one.own.values()
            for said in marks
        }
        return full

    async def _gone(self, counts: Counts, ours: Mapping[Page, Sequence[str]]) -> frozenset[str]:
        """The marks, other than those of this batch, of what nobody heard or will hear."""
        known = (*counts.today.values(), *counts.lately.values())
        every = {said for marks in known for said in marks} - self._kept
        every -= {said for marks in ours.values() for said in marks}
        return await _gone(self._connection, every)

    def _weighed(self, one: Decided) -> Weighed:
        shop = self._shop(one)
        return Weighed(one, marks_of(one, shop), shop.caps, is_free=self._limit(one).is_last)

    def _limit(self, one: Decided) -> Limit:
        return self.limits.get(one.event.id, NO_LIMIT)

    def _shop(self, one: Decided) -> ShopProfile:
        return self._policy.shops[one.event.source]


async def recall(connection: Any, pages: Mapping[Page, Sequence[str]]) -> None:
    """Counts what was sent, where that was forgotten. A mark that is there twice counts once."""
    if pages:
        await connection.execute(_COUNT, *_columns(connection, pages))


async def count_instead(
    connection: Any, batch: Sequence[Instead], shops: Mapping[str, ShopProfile]
) -> set[str]:
    """Counts what takes over, and says which are text messages too many, by their ids: they are not
    counted."""
    pages: dict[Page, list[str]] = defaultdict(list)
    for one in batch:
        for page in one.pages:
            pages[page].append(one.said)
    if not pages:
        return set()
    today = _pages(await connection.fetch(_COUNT, *_columns(connection, pages)))
    if not texts_too_many(batch, today, shops):
        return set()
    ours = {one.said for one in batch}
    gone = await _gone(connection, {said for marks in today.values() for said in marks} - ours)
    full = texts_too_many(batch, today, shops, gone)
    dropped = gone | {one.said for one in batch if one.id in full}
    left = {page: sorted({*marks} - dropped) for page, marks in today.items()}
    await connection.execute(_KEEP, *_columns(connection, left))
    return full


async def _gone(connection: Any, marks: Iterable[str]) -> frozenset[str]:
    """The marks of what came to nothing."""
    by_id = {id_in(said): said for said in marks}
    rows = await connection.fetch(_GONE, list(by_id))
    return frozenset(by_id[row["id"]] for row in rows)


def _left(
    counts: Counts, batch: Iterable[Weighed], full: Mapping[str, Full], gone: AbstractSet[str]
) -> dict[Page, list[str]]:
    """The pages less what came to nothing, and what is not sent as it was planned."""
    dropped = {
        said
        for one in batch
        if one.decided.event.id in full
        for marks in one.own.values()
        for said in marks
    }
    return {page: sorted({*marks} - gone - dropped) for page, marks in counts.today.items()}


async def _lately(connection: Any, batch: Iterable[Weighed]) -> dict[Page, Sequence[str]]:
    """What those had in the days before, to whom marketing is planned."""
    pages = {
        page: ()
        for one in batch
        if CATALOGUE[one.decided.event.data.kind].message_class is MessageClass.MARKETING
        for page in one.own
    }
    if not pages:
        return {}
    return _pages(await connection.fetch(_LATELY, *_columns(connection, pages)[:3]))


def _pages(rows: Iterable[Any]) -> dict[Page, Sequence[str]]:
    return {Page(row["source"], row["who"], row["day"]): row["messages"] for row in rows}


def _columns(connection: Any, pages: Mapping[Page, Sequence[str]]) -> tuple[Any, ...]:
    ordered = sorted(pages)  # locks are taken in one order everywhere
    return (
        [page.source for page in ordered],
        kept(connection, [page.who for page in ordered]),
        [page.day for page in ordered],
        [_BETWEEN.join(pages[page]) for page in ordered],
    )
