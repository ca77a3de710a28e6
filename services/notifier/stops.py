"""Whoever wants no more marketing, on their way into the ledger, and out to the shop. From the
moment at which that is written nothing of the kind is sent to them."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import Final

from headsup.outbox import Committed
from services.notifier import opt_outs
from services.notifier.brought import PATIENCE, Brought, Writer
from services.notifier.ledger import Transaction
from services.notifier.stopping import Effect, Marketed, is_stopped, stopped_at

MOST_WAITING: Final = 500


@dataclass(frozen=True, slots=True)
class Look:
    """Which message is this?"""

    number: int


@dataclass(frozen=True, slots=True)
class Stop:
    """No more messages like this one. Who says so was vouched for by a signature."""

    number: int
    chat: str | None = field(default=None, repr=False)
    """The Telegram chat in which a button was pressed; None: a link was followed."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """What came of it."""

    effect: Effect
    message: Marketed | None = None


_NOTHING: Final = Stopped(Effect.UNKNOWN)
_SILENCE: Final = Committed([], [])
Word = Look | Stop


class Stops(Brought[Word, Stopped]):
    """The queue; of a `Look`, which message it is."""

    def __init__(self, patience: float = PATIENCE) -> None:
        super().__init__(MOST_WAITING, patience)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopWriter(Writer):
    """The loop that writes them."""

    stops: Stops

    async def run(self, stop: asyncio.Event) -> None:
        """Writes until `stop` is set and nobody waits any more."""
        await self._serve("stops", self.stops, self._heard, stop)

    async def _heard(self, transaction: Transaction, word: Word) -> tuple[Stopped, Committed]:
        connection = transaction.connection
        if isinstance(word, Stop):
            await opt_outs.lock(connection, word.number)
        message = await opt_outs.marketed(connection, word.number)
        if message is None:
            return _NOTHING, _SILENCE
        if isinstance(word, Look):
            return Stopped(Effect.KNOWN, message), _SILENCE
        if word.chat is not None and word.chat != message.address.value:
            return _NOTHING, _SILENCE
        return await self._stopped(transaction, message)

    async def _stopped(
        self, transaction: Transaction, message: Marketed
    ) -> tuple[Stopped, Committed]:
        """It is written each time, because the last word counts. The shop hears of it once."""
        now = self.clock.now()
        at = stopped_at(message.person, now)
        await opt_outs.write(transaction.connection, message, at)
        if is_stopped(message.person):
            return Stopped(Effect.KNOWN, message), _SILENCE
        committed = await transaction.add([opt_outs.opted_out(message, now, self.prefix)])
        person = replace(message.person, opted_out_at=at)
        return Stopped(Effect.STOPPED, replace(message, person=person)), committed
