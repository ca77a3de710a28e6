"""The way in: a batch of records becomes one transaction, and what it planned is sent at once."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, Final

from headsup import logs
from headsup.announcer import Announcer
from headsup.blame import NOBODY, may_be_of_a_record, to_blame
from headsup.clock import Clock
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event, EventRefusedError, RefusalCode
from headsup.contracts.notifications import NotificationRequested, OutcomeStatus, Reason
from headsup.contracts.registry import Topic
from headsup.health import Health
from headsup.kafka.consumer import Consumer, Record, next_offsets
from headsup.kafka.line import POLL, Line
from headsup.kafka.producer import Outgoing
from headsup.outbox import Committed
from headsup.postgres import DATABASE_AWAY
from headsup.streak import LineStoppedError, Place, Streak
from headsup.tracing import OFF, Tracing
from services.notifier import (
    cart_requests,
    erasing,
    flow_rows,
    learned,
    opt_outs,
    order_keys,
    purchases,
    troubles,
)
from services.notifier.batch import REMINDERS_AT_ONCE, Batch, read
from services.notifier.bot.conversations import Conversations
from services.notifier.counted import Limits, within_caps
from services.notifier.decide import Decided, Known, Policy, decide
from services.notifier.erased_words import ErasedWords
from services.notifier.holding import Holding
from services.notifier.ledger import Ledger, Transaction, Withdrawn
from services.notifier.metrics import IntakeMetrics
from services.notifier.outcomes import Ending, outcome
from services.notifier.plan import Suppressed as NotSent
from services.notifier.priorities import Priority, priority_of
from services.notifier.suppressions import (
    Suppressed,
    end_given_anew,
    given_anew,
    places_of,
    plan_around,
)
from services.notifier.traced import UNTRACED, Traced, taking_in
from services.notifier.wakes import Wakes

PAUSE: Final = 1.0
"""Seconds to wait after the database did not answer."""
BETWEEN_PORTIONS: Final = 0.1
"""Seconds to wait for news while reminders are taken in. More of them are read after it."""

BringBack = Callable[[Iterable[tuple[str, str]]], Awaitable[bool]]
"""Puts back what was said by whoever has these keys, and was erased; whether there was anything."""
NONE_BEHIND: Final[frozenset[int]] = frozenset()


@dataclass(frozen=True, slots=True)
class _Written:
    """What a transaction wrote."""

    new: list[Decided]
    committed: Committed


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """Takes batches into the ledger."""

    ledger: Ledger
    announcer: Announcer
    wakes: Wakes
    policy: Policy
    clock: Clock
    real: Clock
    """For how long a record took, which no faster clock makes longer."""
    metrics: IntakeMetrics
    prefix: str
    conversations: Conversations | None = None
    """None: what people of the shops say is nobody's."""
    words: ErasedWords = field(default_factory=ErasedWords)
    """What people said who were erased."""
    tracing: Tracing = OFF

    async def take(
        self, records: Sequence[Record], streak: Streak, behind: AbstractSet[int] = NONE_BEHIND
    ) -> Streak:
        """Handles a batch to the end: written and committed. Publishing and sending follow beside.
        What is planned from partitions that are `behind` is held. Returns the streak after it.

        Raises a database error when there is no database, and LineStoppedError when the streak is
        too long; nothing was written then.
        """
        started = time.perf_counter()
        try:
            after = await self._take(records, streak, behind)
        except Exception as error:
            if not may_be_of_a_record(error):
                raise
            blamed = await to_blame(records, self._rehearse)
            if not blamed:
                raise
            logs.logger().error("records cannot be taken in", count=len(blamed), error=error)
            after = await self._take(records, streak, behind, blamed)
        oldest = self.real.now().timestamp() - min(r.timestamp for r in records) / 1000
        self.metrics.batch_took(time.perf_counter() - started, oldest)
        return after

    async def _take(
        self,
        records: Sequence[Record],
        streak: Streak,
        behind: AbstractSet[int],
        blamed: AbstractSet[Place] = NOBODY,
    ) -> Streak:
        now, since = self.clock.now(), self.tracing.moment()
        batch = read(records, self.prefix, now, blamed)
        with taking_in(self.tracing, batch, self.prefix, since) as steps:
            async with self.ledger.transaction() as transaction:
                written = await self._write(transaction, batch, behind, steps)
                after = streak.after(batch.ends())
        self._ring(written.new)
        await asyncio.sleep(0)  # it is claimed while this goes on
        await self.announcer.announce(written.committed)
        self._report(batch, written.new)
        return after

    def _ring(self, new: Sequence[Decided]) -> None:
        by_priority: dict[Priority, set[Channel]] = defaultdict(set)
        for one in new:
            by_priority[priority_of(one.event.data.kind)].update(one.channels)
        for priority, channels in by_priority.items():
            self.wakes.ring(channels, (priority,))

    async def _rehearse(self, records: Sequence[Record]) -> None:
        batch = read(records, self.prefix, self.clock.now())
        async with self.ledger.rehearsal() as transaction:
            await self._write(transaction, batch, NONE_BEHIND, UNTRACED)

    async def _write(
        self, transaction: Transaction, batch: Batch, behind: AbstractSet[int], steps: Traced
    ) -> _Written:
        now, connection = self.clock.now(), transaction.connection
        gone = await erasing.take(connection, batch.erased, batch.forgotten, _people(batch), now)
        await transaction.update_people(batch.customers, now)
        await troubles.write(connection, batch.troubles)
        await learned.write(connection, batch.purchases)
        await purchases.write(transaction, batch.purchases, batch.customers, self.policy)
        requests = [one for id_, one in batch.requests.items() if id_ not in gone.requests]
        await order_keys.write(transaction, batch.purchases, requests, self.policy)
        bring_back = partial(self.words.bring_back, connection)
        if batch.customers:
            given = given_anew(batch.customers.values(), self.policy)
            await bring_back((source, key) for source, key, _ in given)
        await end_given_anew(connection, batch.customers.values(), self.policy)
        if self.conversations is not None:
            await self.conversations.write(connection, batch.conversations, now)
        withdrawn = await transaction.withdraw(batch.withdrawals, now)
        known = await transaction.look_up(batch.requests)
        known = await cart_requests.look_up(transaction, batch.requests, known, self.policy)
        known = await opt_outs.look_up(connection, batch.requests, known, self.policy, bring_back)
        decided = self._decide(batch, known, now, gone.requests)
        around = partial(self._around, connection, bring_back, now)
        decided = await around(known, decided)
        decided = await flow_rows.begin(connection, decided, known.reminded, self.policy)
        less = partial(self._within, around, known, now)
        decided = await within_caps(connection, decided, self.policy, less)
        new = await transaction.enter(decided, batch.held(behind), self.clock.seconds_until)
        await steps.keep(connection, new)
        told = [steps.carried(o.event.id, r) for o in new if (r := o.outcome(self.prefix))]
        told += [_taken_back(one, now, self.prefix) for one in withdrawn]
        told += [one.outcome(now, self.prefix) for one in gone.taken_back]
        return _Written(new, await transaction.add(told + batch.dead_letters))

    def _decide(
        self, batch: Batch, known: Known, now: datetime, erased: AbstractSet[str]
    ) -> list[Decided]:
        """Plans the requests. One that breaks the plan is set aside."""
        decided = []
        for event in batch.requests.values():
            if event.id in erased:
                decided.append(Decided(event, NotSent(reason=Reason.ERASED), now))
                continue
            try:
                decided.append(decide(event, known, self.policy, now))
            except Exception as error:  # noqa: BLE001 - many in a row stop the line
                logs.logger().error("planning broke", kind=event.data.kind, error=error)
                refusal = EventRefusedError(RefusalCode.BAD_DATA, "data", "could not be planned")
                record = batch.records[event.id]
                batch.set_aside(record, refusal, record.topic.removeprefix(self.prefix), now)
        return decided

    async def _around(
        self,
        connection: Any,
        bring_back: BringBack,
        now: datetime,
        known: Known,
        decided: Sequence[Decided],
    ) -> list[Decided]:
        """Decides around addresses that nothing is sent to."""
        again = partial(self._again, known, now)
        around = await plan_around(connection, decided, again)
        while await bring_back(places_of(around)):
            around = await plan_around(connection, around, again)
        return around

    async def _within(
        self,
        around: Callable[[Known, Sequence[Decided]], Awaitable[Sequence[Decided]]],
        known: Known,
        now: datetime,
        asked: Sequence[Decided],
        limits: Limits,
    ) -> Sequence[Decided]:
        """Decides once more what was too many."""
        known = replace(known, limits=limits)
        return await around(known, [decide(one.event, known, self.policy, now) for one in asked])

    def _again(
        self, known: Known, now: datetime, event: Event[NotificationRequested], around: Suppressed
    ) -> Decided:
        return decide(event, replace(known, suppressed=around), self.policy, now)

    def _report(self, batch: Batch, new: Sequence[Decided]) -> None:
        self.metrics.consumed(batch.types, batch.refusals)
        for topic, code in batch.refusals:
            logs.logger().warning("record set aside", topic=topic, reason=code)
        for one in new:
            self.metrics.decided(one.event.data.kind, one.decision, one.reason or "")
            for channel, reason in one.held:
                self.metrics.held(channel, reason)
        self.metrics.known_already(len(batch.requests) - len(new))


def _people(batch: Batch) -> erasing.Sorted:
    return erasing.Sorted(batch.customers, batch.requests, batch.purchases, batch.troubles)


def _taken_back(one: Withdrawn, now: datetime, prefix: str) -> Outgoing:
    ending = Ending(status=OutcomeStatus.WITHDRAWN, at=now, reason=Reason.SUPERSEDED)
    return outcome(one.subject, one.message, ending, prefix)


@dataclass(slots=True)
class Entering:
    """One of the two ways into the ledger."""

    streak: Streak


class Reading:
    """The loop over the batches. The position is the group's, committed after the database.

    Reminders are taken in beside everything else, a portion at a time: their transaction is one of
    its own, so that no news waits for it. Too many of them that cannot be understood stop them, and
    nothing else.
    """

    def __init__(
        self,
        consumer: Consumer,
        intake: Intake,
        holding: Holding,
        health: Health,
        streak: Streak,
    ) -> None:
        self._consumer = consumer
        self._intake = intake
        self._holding = holding
        self._metrics = intake.metrics
        self._health = health
        self._news, self._reminding = Entering(streak), Entering(streak)
        self._beside: asyncio.Task[None] | None = None
        self._have_reminders_stopped = False
        self._requested = intake.prefix + Topic.REQUESTED
        self._reminders = intake.prefix + Topic.REMINDERS
        self._line = Line(
            consumer,
            health,
            on_turn=self._turned,
            on_read=intake.metrics.polled,
            on_stop=intake.metrics.line_stopped,
        )

    async def run(self, stop: asyncio.Event, *, batch_size: int) -> None:
        """Reads and takes in until `stop` is set. What cannot be understood, again and again, ends
        the reading, not the service: what is planned is sent."""
        try:
            await self._line.run(stop, partial(self._read, stop, batch_size))
        finally:
            if self._beside is not None:  # what it did not write is read again
                await asyncio.wait({self._beside}, timeout=PAUSE)
                self._beside.cancel()

    async def _read(self, stop: asyncio.Event, batch_size: int) -> None:
        is_free = self._is_free()
        if is_free or self._have_reminders_stopped:
            await self._with_database(self._holding.settle, stop)
        records = await self._consumer.batch(
            max_records=batch_size,
            wait=POLL if is_free else BETWEEN_PORTIONS,
            portions={self._reminders: REMINDERS_AT_ONCE if is_free else 0},
        )
        self._line.turned()
        news = [record for record in records if record.topic != self._reminders]
        if news:  # first: what was said of a person beside a reminder counts for it
            await self._enter(news, self._news, stop)
        reminders = [record for record in records if record.topic == self._reminders]
        if reminders:
            await self._begin(reminders, stop)

    async def _begin(self, reminders: list[Record], stop: asyncio.Event) -> None:
        """Takes reminders in beside the loop. A partition that was just assigned gives some
        unasked: they wait for those that are under way. Where their line has stopped they are left,
        and not committed."""
        if self._beside is not None:
            await asyncio.wait({self._beside})
        if self._is_free():
            entering = self._enter(reminders, self._reminding, stop)
            self._beside = asyncio.create_task(entering)

    def _is_free(self) -> bool:
        """Whether all that was read of reminders is in the ledger, and more may be read. Raises
        what kept it out, but for what cannot be understood: that stops reminders, and no news."""
        if self._have_reminders_stopped:
            return False
        if self._beside is None:
            return True
        if not self._beside.done():
            return False
        ended, self._beside = self._beside, None
        try:
            ended.result()
        except LineStoppedError as error:
            self._have_reminders_stopped = True
            self._look()
            self._metrics.line_stopped()
            logs.logger().critical("the line of reminders stopped", error=error)
        return not self._have_reminders_stopped

    async def _enter(self, records: list[Record], entering: Entering, stop: asyncio.Event) -> None:
        async def take() -> None:
            behind = self._holding.behind
            entering.streak = await self._intake.take(records, entering.streak, behind)

        if await self._with_database(take, stop):
            await self._consumer.commit(next_offsets(records))

    def _turned(self, lag: Mapping[str, int]) -> None:
        self._metrics.lags(lag)
        self._look()

    def _look(self) -> None:
        reached = self._consumer.reached
        reminders = reached(self._reminders)
        if self._have_reminders_stopped:  # what was read last is not in the ledger
            reminders = dict.fromkeys(reminders)
        self._holding.look(reached(self._requested), reminders)
        self._metrics.partitions_behind(len(self._holding.behind))

    async def _with_database(
        self, work: Callable[[], Awaitable[None]], stop: asyncio.Event
    ) -> bool:
        """Does it, however often it takes; False when it was stopped before."""
        while not stop.is_set():
            try:
                await work()
            except DATABASE_AWAY as error:
                self._health.lacks("database", "does not answer")
                self._health.turned("consumer")
                logs.logger().error("a batch waits for the database", error=error)
                await asyncio.sleep(PAUSE)
            else:
                self._health.has("database")
                return True
        return False
