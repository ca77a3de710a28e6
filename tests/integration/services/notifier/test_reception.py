"""Many receipts at once: written together, over one connection, and never in each other's way."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from headsup.contracts.channels import Channel
from headsup.outbox import Outbox
from services.notifier.attempts import State
from services.notifier.brought import NotTakenError
from services.notifier.ledger import SCHEMA, Ledger, Transaction
from services.notifier.receipts import Effect, Receipt, Word
from services.notifier.reception import MOST, MOST_WAITING, Receipts
from tests.support.notifier import Rig, requested


@dataclass
class Watched(Ledger):
    """Counts transactions, and how many there were at once."""

    rig: Rig
    count: int = 0
    open: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        super().__init__(self.rig.pool, Outbox(SCHEMA, self.rig.pool, self.rig.producer))

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        self.count += 1
        self.open += 1
        self.most_at_once = max(self.most_at_once, self.open)
        try:
            async with super().transaction() as transaction:
                yield transaction
        finally:
            self.open -= 1


def _delivered(notification: str, word: Word = Word.DELIVERED) -> Receipt:
    return Receipt(notification_id=notification, channel=Channel.EMAIL, word=word)


async def test_a_burst_is_written_in_few_transactions_one_at_a_time(rig: Rig) -> None:
    names = [f"r{n}" for n in range(300)]
    async with rig.running():
        await rig.emit(*(requested(name, order_id=name) for name in names))
        await rig.until({f"{name}.0": State.SENT for name in sorted(names)})
    async with rig.receiving(ledger := Watched(rig)):
        effects = await asyncio.gather(
            *(rig.receipts.take(_delivered(f"{name}.0")) for name in names)
        )
    assert effects == [Effect.MOVED] * 300
    assert ledger.count <= 300 // MOST + 2
    assert ledger.most_at_once == 1
    assert set((await rig.states()).values()) == {State.DELIVERED}


async def test_words_about_one_message_in_one_batch_are_told_once(rig: Rig) -> None:
    words = [Word.SENT, Word.UNDELIVERED, Word.DELIVERED, Word.UNDELIVERED]
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENT})
    async with rig.receiving(Watched(rig)):
        effects = await asyncio.gather(
            *(rig.receipts.take(_delivered("r1.0", word)) for word in words)
        )
    async with rig.running():
        outcomes = await rig.outcomes(2)
    assert effects == [Effect.NOTED, Effect.MOVED, Effect.MOVED, Effect.KNOWN]
    assert [o.status for o in outcomes] == ["sent", "delivered"]
    assert await rig.states() == {"r1.0": State.DELIVERED}, "nothing took over in between"


async def test_one_receipt_that_cannot_be_written_stands_in_nobodys_way(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r1"), requested("r2", order_id="A-2"))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})
    await rig.pool.execute("UPDATE notifier.notifications SET state = 'odd' WHERE id = 'r1.0'")
    async with rig.receiving(Watched(rig)):
        first, second = await asyncio.gather(
            rig.receipts.take(_delivered("r1.0")),
            rig.receipts.take(_delivered("r2.0")),
            return_exceptions=True,
        )
    assert isinstance(first, NotTakenError)
    assert second is Effect.MOVED


async def test_more_than_can_wait_are_turned_away() -> None:
    receipts = Receipts(patience=0.5)
    waiting = [asyncio.create_task(receipts.take(_delivered("r1.0"))) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(NotTakenError):
        await receipts.take(_delivered("r1.0"))
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(one, NotTakenError) for one in found)
