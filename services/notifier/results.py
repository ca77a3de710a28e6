"""Collects how attempts ended, and writes many at once, with their outcomes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from headsup import logs
from headsup.announcer import Announcer
from headsup.contracts.notifications import OutcomeStatus, Reason
from headsup.kafka.producer import Outgoing
from headsup.postgres import DATABASE_AWAY
from services.notifier.attempts import STATUS, Result, State
from services.notifier.claims import Tried, Unreadable, note_refused, set_aside, settle, tried
from services.notifier.decide import Policy
from services.notifier.ledger import Ledger, Scheduled, Transaction
from services.notifier.metrics import SendingMetrics
from services.notifier.outcomes import Ending, Message, Subject, outcome
from services.notifier.plan import Circumstances, fall_back
from services.notifier.wakes import Wakes

LINGER: Final = 0.02
"""Seconds for which the first result waits for company."""
MOST: Final = 500
"""Results of one transaction."""
PAUSE: Final = 1.0
"""Seconds to wait after the database did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerks:
    """What the results are written with."""

    ledger: Ledger
    announcer: Announcer
    wakes: Wakes
    policy: Policy
    metrics: SendingMetrics
    prefix: str


class Results:
    """A queue of results, and the loop that writes them."""

    def __init__(self, clerks: Clerks) -> None:
        self._clerks = clerks
        self._queue: asyncio.Queue[Result | None] = asyncio.Queue()
        self._is_behind = False

    @property
    def is_behind(self) -> bool:
        """Results wait that the database did not take. Nothing may be claimed meanwhile: the leases
        may have run out by now, and what was sent would be sent again."""
        return self._is_behind

    def put(self, result: Result) -> None:
        """An attempt ended."""
        self._queue.put_nowait(result)

    def close(self) -> None:
        """Nothing more will come."""
        self._queue.put_nowait(None)

    async def run(self) -> None:
        """Writes until it is closed and everything is written."""
        is_open = True
        while is_open:
            waiting = [await self._queue.get()]
            if waiting[0] is not None:
                await asyncio.sleep(LINGER)
            while not self._queue.empty() and len(waiting) < MOST:
                waiting.append(self._queue.get_nowait())
            is_open = None not in waiting
            await self._write([result for result in waiting if result is not None])
            self._is_behind = self._is_behind and not self._queue.empty()

    async def set_aside(self, rows: Sequence[Unreadable], now: datetime) -> None:
        """Ends what was claimed and cannot be read, and tells it. Raises what `DATABASE_AWAY`
        names: whoever claims them next ends them then."""
        if not rows:
            return
        clerks = self._clerks
        ending = Ending(status=OutcomeStatus.SUPPRESSED, at=now, reason=Reason.CANNOT_RENDER)
        async with clerks.ledger.transaction() as transaction:
            ended = await set_aside(transaction, rows, now)
            told = [(row.subject, row.message) for row in ended]
            records = [outcome(s, m, ending, clerks.prefix) for s, m in told if s is not None]
            committed = await transaction.add(records)
        await clerks.announcer.announce(committed)
        clerks.metrics.unreadable(len(ended))

    async def _write(self, results: list[Result]) -> None:
        """Writes them, however often it takes: they are known nowhere else."""
        while results:
            try:
                await self._settle(results)
            except DATABASE_AWAY as error:
                logs.logger().error("results wait to be written", count=len(results), error=error)
                self._clerks.metrics.not_written()
                self._is_behind = True
                await asyncio.sleep(PAUSE)
            else:
                return

    async def _settle(self, results: list[Result]) -> None:
        clerks = self._clerks
        async with clerks.ledger.transaction() as transaction:
            counted = await settle(transaction, results)
            await note_refused(transaction, counted)
            added = await self._fall_back(transaction, [r for r in counted if r.falls_back])
            records = [r for result in counted if (r := outcome_of(result, clerks.prefix))]
            committed = await transaction.add(records)
        await clerks.announcer.announce(committed)
        self._ring(counted, added)
        self._count(counted, missed=len(results) - len(counted))

    async def _fall_back(
        self, transaction: Transaction, results: Sequence[Result]
    ) -> list[Scheduled]:
        """Plans the next channel for every route whose last one failed for good."""
        if not results:
            return []
        known = await tried(transaction, [r.claimed.request_id for r in results])
        added = []
        for result in results:
            row = next_channel(result, known[result.claimed.request_id], self._clerks.policy)
            if row is not None:
                known[row.request_id].append(Tried(row.route, row.channel))
                added.append(row)
                self._clerks.metrics.fell_back(result.claimed.address.channel)
        await transaction.schedule(added)
        return added

    def _ring(self, counted: Sequence[Result], added: Sequence[Scheduled]) -> None:
        self._clerks.wakes.ring({row.channel for row in added})
        soonest: dict[str, Result] = {}
        for result in counted:
            if result.state is State.PLANNED:
                known = soonest.setdefault(result.claimed.address.channel, result)
                if result.wait < known.wait:
                    soonest[result.claimed.address.channel] = result
        for result in soonest.values():
            self._clerks.wakes.ring_in(result.wait, result.claimed.address.channel)

    def _count(self, counted: Sequence[Result], *, missed: int) -> None:
        ended = Counter(
            (r.claimed.address.channel, r.claimed.request.kind, r.state.value, r.reason or "")
            for r in counted
        )
        for labels, count in ended.items():
            self._clerks.metrics.ended(*labels, count=count)
        if missed:
            self._clerks.metrics.came_late(missed)
            logs.logger().warning("results came too late to count", count=missed)


def outcome_of(result: Result, prefix: str) -> Outgoing | None:
    """What is told about a result; None when another attempt follows."""
    status = STATUS.get(result.state)
    if status is None:
        return None
    claimed, request = result.claimed, result.claimed.request
    subject = Subject(
        source=claimed.source,
        request_id=claimed.request_id,
        order_id=request.order_id,
        customer_id=request.customer.id,
        kind=request.kind,
    )
    message = Message(claimed.id, claimed.address.channel, claimed.language)
    ending = Ending(
        status=status, at=result.at, reason=result.reason, provider_ref=result.provider_ref
    )
    return outcome(subject, message, ending, prefix)


def next_channel(result: Result, known: Sequence[Tried], policy: Policy) -> Scheduled | None:
    """The notification that takes over where one failed for good; None when nothing can."""
    claimed = result.claimed
    person = claimed.person
    if result.address_is_bad:
        person = replace(person, refused=person.refused | {claimed.address.key})
    around = Circumstances(
        shop=policy.shops.get(claimed.source), person=person, spoken=policy.spoken
    )
    channels = {one.channel for one in known}
    planned = fall_back(claimed.request, claimed.route, channels, around)
    if planned is None:
        return None
    number = sum(one.route == claimed.route for one in known)
    return Scheduled(
        id=f"{claimed.request_id}.{claimed.route}.{number}",
        request_id=claimed.request_id,
        route=claimed.route,
        channel=planned.address.channel,
        address=planned.address.value,
        language=claimed.language,
        source=claimed.source,
        order_id=claimed.request.order_id,
        at=result.at,
    )
