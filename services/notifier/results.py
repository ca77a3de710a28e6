"""Collects how attempts ended, and writes many at once, with their outcomes."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final

from headsup import logs
from headsup.announcer import Announcer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import OutcomeStatus, Reason
from headsup.health import Health
from headsup.kafka.producer import Outgoing
from headsup.postgres import DATABASE_AWAY, is_about_a_value
from headsup.tracing import OFF, Tracing, carrying
from services.notifier import trace_rows
from services.notifier.attempts import STATUS, Result, State
from services.notifier.claims import Unreadable, set_aside
from services.notifier.deadlines import DEAF, Deadlines
from services.notifier.decide import Policy
from services.notifier.erased_words import ErasedWords
from services.notifier.fallback import Fallen, take_over
from services.notifier.ledger import Ledger, Scheduled
from services.notifier.metrics import Attempt, SendingMetrics
from services.notifier.outcomes import Ending, Message, Subject, outcome
from services.notifier.priorities import Priority
from services.notifier.rest import Streak
from services.notifier.settling import Settled, settle
from services.notifier.suppressions import Suppression, note
from services.notifier.wakes import Wakes

_WRITES: Final = "results"
LINGER: Final = 0.02
"""Seconds for which the first result waits for company."""
MOST: Final = 500
"""Results of one transaction."""
MOST_WAITING: Final = 1000
"""Results that may wait while more is claimed."""
PAUSE: Final = 1.0
"""Seconds to wait after the database did not answer."""
MOST_TRIES: Final = 5
"""How often a single result that the database refuses is offered to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clerks:
    """What the results are written with."""

    ledger: Ledger
    announcer: Announcer
    wakes: Wakes
    policy: Policy
    metrics: SendingMetrics
    health: Health
    prefix: str
    deadlines: Deadlines = DEAF
    """By when receipts are awaited."""
    words: ErasedWords = field(default_factory=ErasedWords)
    """What people said who were erased."""
    tracing: Tracing = OFF


class Results:
    """A queue of results, and the loop that writes them."""

    def __init__(self, clerks: Clerks) -> None:
        self._clerks = clerks
        self._queue: asyncio.Queue[Result | None] = asyncio.Queue()
        self._is_behind = False
        self._unwritable = Streak()
        self._tries: Counter[tuple[str, int]] = Counter()

    @property
    def is_behind(self) -> bool:
        """Results wait that the database did not take. Nothing may be claimed meanwhile: the leases
        may have run out by now, and what was sent would be sent again."""
        return self._is_behind or self._queue.qsize() > MOST_WAITING

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
        is_done = not results
        while not is_done:
            try:
                await self._settle(results)
            except Exception as error:  # noqa: BLE001 - what cannot be written is found by halves
                if isinstance(error, DATABASE_AWAY) and not is_about_a_value(error):
                    await self._wait(results, error)
                else:
                    is_done = await self._write_apart(results, error)
            else:
                is_done = True
                self._forget_tries(results)
                self._unwritable.over()
                self._clerks.health.has(_WRITES)

    async def _wait(self, results: Sequence[Result], error: Exception) -> None:
        logs.logger().error("results wait to be written", count=len(results), error=error)
        self._clerks.metrics.not_written()
        self._is_behind = True
        await asyncio.sleep(PAUSE)

    async def _write_apart(self, results: list[Result], error: Exception) -> bool:
        """One of them cannot be written: finds it, and writes what can be written of it. When that
        happens to one after the other, they are not at fault: they are kept, and the line stops.
        False when they are to be tried again."""
        if len(results) > 1:
            middle = len(results) // 2
            await self._write(results[:middle])
            await self._write(results[middle:])
            return True
        [result] = results
        if result != (plain := _without_details(result)):
            await self._write([plain])
            return True
        if self._unwritable.broke(result.claimed.request_id):
            self._clerks.health.lacks(_WRITES, "results cannot be written")
            await self._wait(results, error)
            return False
        self._set_apart(result, error)
        return True

    def _set_apart(self, result: Result, error: Exception) -> None:
        """It comes again a few times, beside the others; then its lease has to run out."""
        attempt = (result.claimed.id, result.claimed.attempt)
        self._tries[attempt] += 1
        is_lost = self._tries[attempt] >= MOST_TRIES
        channel, state = result.claimed.address.channel, result.state
        logs.logger().error(
            "a result cannot be written", channel=channel, state=state, lost=is_lost, error=error
        )
        if is_lost:
            del self._tries[attempt]
            self._clerks.metrics.lost_result()
        else:
            asyncio.get_running_loop().call_later(PAUSE, self.put, result)

    def _forget_tries(self, written: Sequence[Result]) -> None:
        for result in written if self._tries else ():
            self._tries.pop((result.claimed.id, result.claimed.attempt), None)

    async def _settle(self, results: list[Result]) -> None:
        clerks = self._clerks
        async with clerks.ledger.transaction() as transaction:
            settled = await settle(transaction, results, clerks.deadlines)
            counted = settled.counted
            if clerks.tracing.is_on:
                await trace_rows.keep(transaction.connection, _contexts(counted))
            bad = [_suppression(r) for r in counted if r.address_is_bad]
            await note(transaction.connection, bad)
            fallen = [_fallen(r) for r in counted if r.falls_back]
            added = await take_over(
                transaction,
                fallen,
                clerks.policy,
                clerks.metrics,
                clerks.deadlines.seconds_until,
                clerks.words,
            )
            records = [r for result in counted if (r := outcome_of(result, clerks.prefix))]
            committed = await transaction.add(records)
        await clerks.announcer.announce(committed)
        self._ring(settled, added)
        self._count(settled)

    def _ring(self, settled: Settled, added: Sequence[Scheduled]) -> None:
        self._clerks.wakes.ring(settled.freed | {row.channel for row in added})
        soonest: dict[str, Result] = {}
        for result in settled.counted:
            if result.state is State.PLANNED:
                known = soonest.setdefault(result.claimed.address.channel, result)
                if result.wait < known.wait:
                    soonest[result.claimed.address.channel] = result
        for result in soonest.values():
            self._clerks.wakes.ring_in(result.wait, result.claimed.address.channel)

    def _count(self, settled: Settled) -> None:
        ended = Counter(
            Attempt(
                channel=r.claimed.address.channel,
                kind=r.claimed.request.kind,
                sender=r.claimed.sender if r.was_called else "",
                state=r.state,
                reason=r.reason or "",
            )
            for r in settled.counted
            if r.was_called or r.state is not State.PLANNED
        )
        for attempt, count in ended.items():
            self._clerks.metrics.ended(attempt, count)
        for result in settled.counted:
            if result.state is State.SENT and result.claimed.held_for is None:
                self._clerks.metrics.told(*_told(result))
        if settled.late:
            self._clerks.metrics.came_late(len(settled.late))
            logs.logger().warning("results came late", count=len(settled.late))


def _told(result: Result) -> tuple[Kind, Channel, Priority, float]:
    claimed = result.claimed
    kind, since = claimed.request.kind, claimed.request.happened_at
    waited = (result.at - since).total_seconds()
    return kind, claimed.address.channel, claimed.priority, waited


def _contexts(results: Sequence[Result]) -> dict[str, str]:
    """What receipts for their messages hang on."""
    return {r.claimed.id: r.context for r in results if r.context and r.was_called}


def _without_details(result: Result) -> Result:
    """The result as it is written when something that came from outside cannot be."""
    return replace(result, provider_ref=None, code=None, falls_back=False, address_is_bad=False)


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
        cart=request.cart,
    )
    message = Message(claimed.id, claimed.address.channel, claimed.language)
    ending = Ending(
        status=status, at=result.at, reason=result.reason, provider_ref=result.provider_ref
    )
    return carrying(outcome(subject, message, ending, prefix), result.context)


def _fallen(result: Result) -> Fallen:
    claimed = result.claimed
    return Fallen(
        notification_id=claimed.id,
        source=claimed.source,
        request_id=claimed.request_id,
        route=claimed.route,
        channel=claimed.address.channel,
        language=claimed.language,
        request=claimed.request,
        person=claimed.person,
        at=result.at,
    )


def _suppression(result: Result) -> Suppression:
    return Suppression(
        source=result.claimed.source,
        address=result.claimed.address.key,
        reason=result.reason or Reason.REFUSED,
        code=result.code,
        since=result.at,
    )
