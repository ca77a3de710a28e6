"""Messages that their provider took and of which nobody hears: the next channel takes over.

First the provider is asked. It may have told us while we were away, and it tries no second time, so
what came to be known is taken in as a receipt; only what Twilio itself has not heard of is given
up. A provider that cannot be asked keeps everything waiting: an outage of ours, or of theirs, is no
silence of the customer's phone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

import asyncpg
from prometheus_client import CollectorRegistry, Counter

from headsup import logs
from headsup.clock import Clock
from headsup.contracts.channels import Channel
from headsup.health import Health
from headsup.waiting import wait
from services.notifier import overdue_rows, reporting, whatsapp_windows
from services.notifier.attempts import State
from services.notifier.brought import NotTakenError
from services.notifier.channels.base import SendError
from services.notifier.channels.twilio_messages import Became
from services.notifier.failures import failure_of_sms
from services.notifier.fallback import take_over
from services.notifier.overdue_rows import Due
from services.notifier.receipts import RANKS, STATES, TWILIO, Receipt
from services.notifier.reception import Receipts
from services.notifier.results import Clerks
from services.notifier.sealed_rows import OUT_OF_REACH

EVERY: Final = 2.0
"""Seconds between two looks: together with `MOST` this bounds how often a provider is asked."""
MOST: Final = 50
"""Messages of one look."""
AT_ONCE: Final = 10
"""Questions under way."""
AGAIN: Final = timedelta(minutes=1)
"""After a question that was not answered."""
REST: Final = 30.0
"""Seconds after a look in which one was not."""


class Reports(Protocol):
    """A provider that says what became of a message."""

    async def became(self, sid: str) -> Became | None:
        """In its words; None when it knows no such message. Raises SendError."""
        ...


@dataclass
class MemoryReports:
    """The stand-in: says what it is told to say."""

    said: dict[str, Became]
    error: SendError | None = None
    """Raised whenever it is asked."""
    asked: int = 0

    async def became(self, sid: str) -> Became | None:
        """What was said of it."""
        self.asked += 1
        if self.error is not None:
            raise self.error
        return self.said.get(sid)


class Finding(StrEnum):
    """What came of looking after one that is overdue."""

    TOLD = "told"  # its provider knew more than we did
    UNKNOWN = "unknown"  # its provider knows no such message, or there is no such provider
    SILENT = "silent"  # no carrier reports from there: it is let go
    NOT_ASKED = "not_asked"  # its provider does not answer: it waits
    OVERDUE = "overdue"  # given up: the next channel takes over, where there is one


class OverdueMetrics:
    """Verbs over what is overdue."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._found = Counter(
            "headsup_notifier_overdue",
            "Messages of which no receipt came in time, and what came of each.",
            ("channel", "result"),
            registry=registry,
        )

    def found(self, channel: Channel, finding: Finding) -> None:
        """One was looked after."""
        self._found.labels(channel, finding).inc()


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """A loop beside the others."""

    pool: "asyncpg.Pool[asyncpg.Record]"
    clerks: Clerks
    receipts: Receipts
    reports: Mapping[str, Reports]
    """By our name for the sender."""
    clock: Clock
    metrics: OverdueMetrics
    health: Health

    async def run(self, stop: asyncio.Event) -> None:
        """Looks until `stop` is set."""
        while not stop.is_set():
            pause = EVERY
            try:
                found = await self.look()
                pause = REST if Finding.NOT_ASKED in found.values() else EVERY
                await whatsapp_windows.forget(self.pool)
            except (*OUT_OF_REACH, NotTakenError) as error:
                logs.logger().error("what is overdue could not be looked after", error=error)
            self.health.turned("overdue")
            await wait(stop, pause)

    async def look(self) -> dict[str, Finding]:
        """Looks after some of what is overdue; what was found, by notification. Raises a database
        error, NotTakenError."""
        due = await overdue_rows.claim(self.pool, MOST)
        if not due:
            return {}
        turns = asyncio.Semaphore(AT_ONCE)
        found = await asyncio.gather(*(self._ask(one, turns) for one in due))
        findings = {one.id: finding for one, finding in zip(due, found, strict=True)}
        findings |= await self._without_reports(due, findings)
        await self._write_what_can_be(due, findings)
        for one in due:
            self.metrics.found(one.channel, findings[one.id])
        return findings

    async def _ask(self, due: Due, turns: asyncio.Semaphore) -> Finding:
        reports = self.reports.get(due.sender)
        if not due.is_sent:
            return Finding.TOLD
        if reports is None or due.ref is None:
            return Finding.UNKNOWN
        async with turns:
            try:
                became = await reports.became(due.ref)
            except SendError as error:
                logs.logger().warning("a receipt could not be asked for", error=error)
                return Finding.NOT_ASKED
        return Finding.UNKNOWN if became is None else await self._hear(due, became)

    async def _hear(self, due: Due, became: Became) -> Finding:
        """Takes in what its provider says, as if it had come by itself."""
        word = TWILIO.get(became.status)
        if word is None:
            return Finding.OVERDUE
        has_failed = STATES[word] is State.FAILED
        if due.word is None or RANKS[word] > RANKS[due.word]:
            receipt = Receipt(
                notification_id=due.id,
                channel=due.channel,
                word=word,
                provider_ref=due.ref,
                failure=failure_of_sms(became.code) if has_failed else None,
            )
            await self.receipts.take(receipt)
        return Finding.OVERDUE if STATES[word] is State.SENT else Finding.TOLD

    async def _without_reports(
        self, due: Sequence[Due], findings: Mapping[str, Finding]
    ) -> dict[str, Finding]:
        """Of the text messages those from where no carrier reports. WhatsApp always does."""
        texts = [
            one for one in due if one.channel is Channel.SMS and findings[one.id] is Finding.OVERDUE
        ]
        known = await reporting.among(self.pool, [(one.sender, one.address) for one in texts])
        silent = [one for one in texts if (one.sender, one.address) not in known]
        return {one.id: Finding.SILENT for one in silent}

    async def _write_what_can_be(self, due: Sequence[Due], findings: Mapping[str, Finding]) -> None:
        """All at once; where that breaks, one by one, and nothing is awaited of what is at fault:
        else it would keep the others waiting for ever."""
        try:
            await self._write(due, findings)
        except OUT_OF_REACH:
            raise
        except Exception as error:  # noqa: BLE001 - found one by one, and let go
            logs.logger().error("what is overdue could not be written", error=error)
            if len(due) == 1:
                await overdue_rows.let_go(self.pool, due)
                return
            for one in due:
                await self._write_what_can_be([one], findings)

    async def _write(self, due: Sequence[Due], findings: Mapping[str, Finding]) -> None:
        def those(*wanted: Finding) -> list[Due]:
            return [one for one in due if findings[one.id] in wanted]

        clerks, now = self.clerks, self.clock.now()
        async with clerks.ledger.transaction() as transaction:
            connection = transaction.connection
            given_up = await overdue_rows.give_up(connection, those(Finding.OVERDUE), now)
            fallen = [one for entry in given_up if (one := entry.fallen(now)) is not None]
            added = await take_over(
                transaction,
                fallen,
                clerks.policy,
                clerks.metrics,
                clerks.deadlines.seconds_until,
                clerks.words,
            )
            await overdue_rows.say_why(connection, [row.id for row in added])
            await overdue_rows.later(connection, those(Finding.NOT_ASKED), AGAIN)
            done = those(Finding.TOLD, Finding.UNKNOWN, Finding.SILENT)
            await overdue_rows.let_go(connection, done)
        clerks.wakes.ring({row.channel for row in added})
