"""Receipts on their way into the ledger.

They come in bursts: a morning's messages are all delivered within a minute. So whoever brings one
waits in a queue, and one loop writes many at once, over one connection at a time: the senders keep
theirs. What cannot be written now is said to be not taken, and whoever brought it comes again.
"""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from typing import Final

import asyncpg

from headsup import logs
from headsup.clock import Clock
from headsup.contracts.channels import Channel
from headsup.health import Health
from headsup.postgres import DATABASE_AWAY
from services.notifier import receipt_rows, reporting
from services.notifier.attempts import State
from services.notifier.brought import PATIENCE, Brought, NotTakenError, Waiting
from services.notifier.fallback import take_over
from services.notifier.receipt_rows import Entry, Move
from services.notifier.receipts import Effect, Receipt, Standing, advance
from services.notifier.results import Clerks
from services.notifier.suppressions import disprove, note
from services.notifier.traced import hearing

MOST: Final = 200
"""Receipts of one transaction."""
MOST_WAITING: Final = 2_000
TRIES: Final = 3

_Waiting = Waiting[Receipt, Effect]


class Receipts(Brought[Receipt, Effect]):
    """The queue of receipts."""

    def __init__(self, patience: float = PATIENCE) -> None:
        super().__init__(MOST_WAITING, patience)


class ReceiptWriter:
    """The loop that writes them."""

    def __init__(self, receipts: Receipts, clerks: Clerks, clock: Clock, health: Health) -> None:
        self._receipts = receipts
        self._clerks = clerks
        self._clock = clock
        self._health = health

    async def run(self, stop: asyncio.Event) -> None:
        """Writes until `stop` is set and nobody waits any more."""
        waiting: Sequence[_Waiting] = ()
        while waiting or not stop.is_set():
            self._health.turned("receipts")
            waiting = await self._receipts.waiting(MOST)
            if waiting:
                await self._write(waiting)

    async def _write(self, waiting: Sequence[_Waiting]) -> None:
        try:
            effects = await self._settled([one.word for one in waiting])
        except Exception as error:  # noqa: BLE001 - given back to whoever brought them
            if len(waiting) > 1 and not isinstance(error, DATABASE_AWAY):
                for one in waiting:  # one of them is at fault, or all of us
                    await self._write([one])
                return
            logs.logger().error("receipts were not taken", count=len(waiting), error=error)
            for one in waiting:
                if not one.done.done():
                    one.done.set_exception(NotTakenError())
            return
        for one, effect in zip(waiting, effects, strict=True):
            if not one.done.done():
                one.done.set_result(effect)

    async def _settled(self, receipts: Sequence[Receipt]) -> list[Effect]:
        """Again after a deadlock with the results of attempts, which lock in their own order."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(asyncpg.TransactionRollbackError):
                return await self._settle(receipts)
        return await self._settle(receipts)

    async def _settle(self, receipts: Sequence[Receipt]) -> list[Effect]:
        """In one transaction: what the receipts change, and all that follows from it."""
        clerks, now = self._clerks, self._clock.now()
        async with clerks.ledger.transaction() as transaction:
            connection = transaction.connection
            entries = await receipt_rows.lock(connection, {one.notification_id for one in receipts})
            moves, effects = advanced(entries, receipts)
            await receipt_rows.move(connection, moves, now, clerks.deadlines)
            bad = [move.suppression(now) for move in moves if move.address_is_bad]
            await note(connection, bad)
            arrived = [move.entry for move in moves if move.arrived_after_all]
            await reporting.note(connection, _reported(moves))
            await disprove(connection, [entry.place for entry in arrived])
            spared = await receipt_rows.take_back(connection, arrived, now)
            fallen = [one for move in moves if (one := move.fallen(now))]
            added = await take_over(
                transaction,
                fallen,
                clerks.policy,
                clerks.metrics,
                clerks.deadlines.seconds_until,
                clerks.words,
            )
            steps = await hearing(clerks.tracing, connection, moves)
            told = [
                steps.carried(move.entry.id, record)
                for move in moves
                if (record := move.outcome(now, clerks.prefix))
            ]
            told += [r for row in spared if (r := receipt_rows.spared(row, now, clerks.prefix))]
            committed = await transaction.add(told)
        steps.end()
        await clerks.announcer.announce(committed)
        # The next one of the same order may go now, by whatever channel.
        clerks.wakes.ring({row.channel for row in added} | {m.entry.channel for m in moves})
        return effects


def _reported(moves: Sequence[Move]) -> list[reporting.Numbered]:
    """To which numbers text messages arrived, and from which of our senders."""
    return [
        (move.entry.row["sender"] or "", move.entry.address.value)
        for move in moves
        if move.entry.channel is Channel.SMS and move.after.state is State.DELIVERED
    ]


def advanced(
    entries: Mapping[str, Entry], receipts: Sequence[Receipt]
) -> tuple[list[Move], list[Effect]]:
    """What a batch of receipts comes to for each notification, and what each receipt did. Pure,
    but for the log."""
    standings: dict[str, Standing] = {}
    last: dict[str, Receipt] = {}
    effects = []
    for receipt in receipts:
        entry = entries.get(receipt.notification_id)
        if entry is None or entry.channel is not receipt.channel:
            effects.append(Effect.UNKNOWN)
            continue
        before = standings.get(entry.id, entry.standing)
        standings[entry.id], effect = advance(before, receipt)
        effects.append(effect)
        if effect in {Effect.MOVED, Effect.NOTED}:
            last[entry.id] = receipt
        elif effect is Effect.COPY:
            logs.logger().error(
                "a provider took a message twice", channel=entry.channel, notification=entry.id
            )
    return [Move(entries[i], standings[i], last[i]) for i in sorted(last)], effects
