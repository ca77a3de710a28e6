"""The way in: a batch of records becomes one transaction, and what it planned is sent at once."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from headsup import logs
from headsup.announcer import Announcer
from headsup.clock import Clock
from headsup.contracts.envelope import Event, EventRefusedError, RefusalCode
from headsup.contracts.notifications import NotificationRequested, OutcomeStatus, Reason
from headsup.contracts.registry import Topic
from headsup.health import Health
from headsup.kafka.consumer import Consumer, Record, next_offsets
from headsup.kafka.producer import Outgoing
from headsup.outbox import Committed
from headsup.postgres import DATABASE_AWAY
from services.notifier.batch import Batch, read
from services.notifier.decide import Decided, Known, Policy, decide
from services.notifier.ledger import Ledger, Withdrawn
from services.notifier.metrics import IntakeMetrics
from services.notifier.outcomes import Ending, outcome
from services.notifier.suppressions import Suppressed, end_given_anew, plan_around
from services.notifier.wakes import Wakes

POLL: Final = 0.25
"""Seconds to wait for records before looking whether to stop."""
PAUSE: Final = 1.0
"""Seconds to wait after the database did not answer."""

MOST_BROKEN: Final = 10
"""Requests of a batch that may be set aside because our own code failed on them."""


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

    async def take(self, records: list[Record]) -> None:
        """Handles a batch to the end: written and committed. Publishing and sending follow beside.

        Raises a database error when there is no database; nothing was written then.
        """
        started = time.perf_counter()
        batch = read(records, self.prefix, self.clock.now())
        new, committed = await self._write(batch)
        self.wakes.ring({channel for one in new for channel in one.channels})
        await self.announcer.announce(committed)
        oldest = self.real.now().timestamp() - min(r.timestamp for r in records) / 1000
        self.metrics.batch_took(time.perf_counter() - started, oldest)
        self._report(batch, new)

    async def _write(self, batch: Batch) -> tuple[list[Decided], Committed]:
        now = self.clock.now()
        async with self.ledger.transaction() as transaction:
            await transaction.update_people(batch.customers)
            connection = transaction.connection
            await end_given_anew(connection, batch.customers.values(), self.policy)
            withdrawn = await transaction.withdraw(batch.withdrawals, now)
            known = await transaction.look_up(batch.requests)
            decided = self._decide(batch, known, now)
            decided = await plan_around(connection, decided, partial(self._again, known, now))
            new = await transaction.enter(decided)
            told = [r for one in new if (r := one.outcome(self.prefix))]
            told += [_taken_back(one, now, self.prefix) for one in withdrawn]
            return new, await transaction.add(told + batch.dead_letters)

    def _decide(self, batch: Batch, known: Known, now: datetime) -> list[Decided]:
        """Plans the requests. One that breaks the plan is set aside; when many do, it is us."""
        decided, broken = [], 0
        for event in batch.requests.values():
            try:
                decided.append(decide(event, known, self.policy, now))
            except Exception as error:
                broken += 1
                if broken > MOST_BROKEN:
                    raise
                logs.logger().error("planning broke", kind=event.data.kind, error=error)
                refusal = EventRefusedError(RefusalCode.BAD_DATA, "data", "could not be planned")
                batch.set_aside(batch.records[event.id], refusal, Topic.REQUESTED, now)
        return decided

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
        self.metrics.known_already(len(batch.requests) - len(new))


def _taken_back(one: Withdrawn, now: datetime, prefix: str) -> Outgoing:
    ending = Ending(status=OutcomeStatus.WITHDRAWN, at=now, reason=Reason.SUPERSEDED)
    return outcome(one.subject, one.message, ending, prefix)


class Reading:
    """The loop over the batches. The position is the group's, committed after the database."""

    def __init__(
        self, consumer: Consumer, intake: Intake, metrics: IntakeMetrics, health: Health
    ) -> None:
        self._consumer = consumer
        self._intake = intake
        self._metrics = metrics
        self._health = health

    async def run(self, stop: asyncio.Event, *, batch_size: int) -> None:
        """Reads and takes in until `stop` is set."""
        self._health.lacks("partitions", "none were assigned yet")
        while not stop.is_set():
            records = await self._consumer.batch(max_records=batch_size, wait=POLL)
            self._turned()
            if records and await self._take(records, stop):
                await self._consumer.commit(next_offsets(records))

    def _turned(self) -> None:
        self._health.turned("consumer")
        self._metrics.polled(self._consumer.lag())
        if self._consumer.assignment():
            self._health.has("partitions")

    async def _take(self, records: list[Record], stop: asyncio.Event) -> bool:
        """Takes a batch in, however often it takes; False when it was stopped before."""
        while not stop.is_set():
            try:
                await self._intake.take(records)
            except DATABASE_AWAY as error:
                self._health.lacks("database", "does not answer")
                self._health.turned("consumer")
                logs.logger().error("a batch waits for the database", error=error)
                await asyncio.sleep(PAUSE)
            else:
                self._health.has("database")
                return True
        return False
