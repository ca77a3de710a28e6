"""No receipt by the kind's deadline: the next channel takes over, once, and a late receipt takes
that back while it can."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from headsup.announcer import Announcer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.outbox import Outbox
from services.notifier import overdue_rows, reporting
from services.notifier.attempts import State
from services.notifier.channels import PRIMARY, Became, TransientError
from services.notifier.deadlines import Deadlines
from services.notifier.decide import Policy
from services.notifier.ledger import SCHEMA, Ledger
from services.notifier.metrics import SendingMetrics
from services.notifier.overdue import Finding, MemoryReports, Overdue, OverdueMetrics
from services.notifier.receipts import Effect, Receipt, Word
from services.notifier.results import Clerks
from services.notifier.trace import trace
from services.notifier.wakes import Wakes
from tests.support.notifier import OKSANA, Rig, requested

COMING = Kind.SHIPMENT_OUT_FOR_DELIVERY
PHONE = str(OKSANA.phone)
BY_SMS, INSTEAD = "r1.0", "r1.0.1"


def sweeper(rig: Rig, reports: MemoryReports) -> Overdue:
    """A replica that looks after what is overdue."""
    clerks = Clerks(
        ledger=Ledger(rig.pool, outbox := Outbox(SCHEMA, rig.pool, rig.producer)),
        announcer=Announcer(outbox),
        wakes=Wakes(),
        policy=Policy(rig.settings.shops, rig.settings.voices.common.languages),
        metrics=SendingMetrics(CollectorRegistry()),
        health=rig.health,
        prefix=rig.prefix,
        deadlines=Deadlines(rig.clock, can_hear=True),
    )
    return Overdue(
        pool=rig.pool,
        clerks=clerks,
        receipts=rig.receipts,
        reports={PRIMARY: reports},
        clock=rig.clock,
        metrics=OverdueMetrics(CollectorRegistry()),
        health=rig.health,
    )


async def texted(rig: Rig) -> str:
    """An SMS to Oksana was taken, from where carriers report; the provider's name for it."""
    async with rig.running():
        await rig.emit(requested("r1", kind=COMING))
        await rig.until({BY_SMS: State.SENT})
    await reporting.note(rig.pool, [(PRIMARY, PHONE)])
    row = await rig.pool.fetchrow("SELECT provider_ref, receipt_by FROM notifier.notifications")
    assert row is not None
    assert row["receipt_by"] is not None
    return str(row["provider_ref"])


async def is_overdue(rig: Rig) -> None:
    await rig.pool.execute(
        "UPDATE notifier.notifications SET receipt_by = now() WHERE receipt_by IS NOT NULL"
    )


@asynccontextmanager
async def overdue(rig: Rig, status: str | None = "sent") -> AsyncIterator[Overdue]:
    """Nobody heard of it by its deadline; its provider says this when it is asked."""
    ref = await texted(rig)
    await is_overdue(rig)
    said = {} if status is None else {ref: Became(status)}
    ledger = Ledger(rig.pool, Outbox(SCHEMA, rig.pool, rig.producer))
    async with rig.receiving(ledger):
        yield sweeper(rig, MemoryReports(said))


async def column(rig: Rig, name: str, id_: str = BY_SMS) -> object:
    query = f"SELECT {name} FROM notifier.notifications WHERE id = $1"  # noqa: S608
    return await rig.pool.fetchval(query, id_)


async def test_an_sms_of_which_nobody_hears_is_told_by_the_next_channel(rig: Rig) -> None:
    async with overdue(rig) as replica:
        assert await replica.look() == {BY_SMS: Finding.OVERDUE}
    assert await rig.states() == {BY_SMS: State.SENT, INSTEAD: State.PLANNED}
    assert await column(rig, "channel", INSTEAD) == Channel.EMAIL
    assert await column(rig, "because", INSTEAD) == "no_receipt"
    assert await column(rig, "reason") == "no_receipt"
    async with rig.pool.acquire() as connection:
        said = [entry.detail for entry in await trace(connection, "A-1")]
    assert any(each.get("no receipt by") for each in said)
    assert any(each.get("instead of another, because of") == "no_receipt" for each in said)


@pytest.mark.parametrize("status", ["delivered", "read"])
async def test_what_its_provider_knows_is_no_silence(rig: Rig, status: str) -> None:
    async with overdue(rig, status) as replica:
        assert await replica.look() == {BY_SMS: Finding.TOLD}
        assert await replica.look() == {}
    assert await rig.states() == {BY_SMS: State.DELIVERED}


async def test_a_failure_that_nobody_brought_is_a_failure(rig: Rig) -> None:
    async with overdue(rig, "undelivered") as replica:
        assert await replica.look() == {BY_SMS: Finding.TOLD}
    assert await rig.states() == {BY_SMS: State.FAILED, INSTEAD: State.PLANNED}


async def test_nothing_is_given_up_while_its_provider_cannot_be_asked(rig: Rig) -> None:
    async with overdue(rig) as replica:
        reports = replica.reports[PRIMARY]
        assert isinstance(reports, MemoryReports)
        reports.error = TransientError("503")
        assert await replica.look() == {BY_SMS: Finding.NOT_ASKED}
        assert await replica.look() == {}, "not before a minute has passed"
        reports.error = None
        await is_overdue(rig)
        assert await replica.look() == {BY_SMS: Finding.OVERDUE}


async def test_where_no_carrier_reports_silence_says_nothing(rig: Rig) -> None:
    async with overdue(rig) as replica:
        await rig.pool.execute("DELETE FROM notifier.reporting")
        assert await replica.look() == {BY_SMS: Finding.SILENT}
    assert await rig.states() == {BY_SMS: State.SENT}
    assert await column(rig, "receipt_by") is None


async def test_an_unknown_message_is_let_go(rig: Rig) -> None:
    async with overdue(rig, None) as replica:
        assert await replica.look() == {BY_SMS: Finding.UNKNOWN}
    assert await rig.states() == {BY_SMS: State.SENT}


async def test_a_delivery_teaches_that_its_carrier_reports(rig: Rig) -> None:
    ref = await texted(rig)
    await rig.pool.execute("DELETE FROM notifier.reporting")
    async with rig.receiving(Ledger(rig.pool, Outbox(SCHEMA, rig.pool, rig.producer))):
        await rig.receipts.take(receipt(Word.DELIVERED, ref))
    assert await reporting.among(rig.pool, [(PRIMARY, "+380509999999")])
    assert not await reporting.among(rig.pool, [(PRIMARY, "+380679999999")])
    assert await column(rig, "receipt_by") is None


async def test_two_replicas_that_look_at_once_tell_it_once(rig: Rig) -> None:
    async with overdue(rig) as replica:
        found = await asyncio.gather(replica.look(), replica.look())
    assert sorted(map(len, found)) == [0, 1]
    assert await rig.states() == {BY_SMS: State.SENT, INSTEAD: State.PLANNED}


async def test_a_replica_that_stalled_over_it_changes_nothing_any_more(rig: Rig) -> None:
    async with overdue(rig) as replica:
        stale = await overdue_rows.claim(rig.pool, 10)
        await is_overdue(rig)
        assert await replica.look() == {BY_SMS: Finding.OVERDUE}
        async with replica.clerks.ledger.transaction() as transaction:
            assert await overdue_rows.give_up(transaction.connection, stale, rig.clock.now()) == []


async def test_a_replica_that_dies_over_it_leaves_it_to_the_next(rig: Rig) -> None:
    async with overdue(rig) as replica:
        assert len(await overdue_rows.claim(rig.pool, 10)) == 1
        assert await replica.look() == {}, "it is the other one's for a while"
        await is_overdue(rig)
        assert await replica.look() == {BY_SMS: Finding.OVERDUE}


async def test_a_late_receipt_takes_back_what_nobody_sent_yet(rig: Rig) -> None:
    async with overdue(rig) as replica:
        await replica.look()
        assert await rig.receipts.take(receipt(Word.DELIVERED)) is Effect.MOVED
    assert await rig.states() == {BY_SMS: State.DELIVERED, INSTEAD: State.WITHDRAWN}
    assert await column(rig, "overdue_at") == rig.clock.now()


async def test_a_late_receipt_leaves_what_was_sent_and_the_trace_says_so(rig: Rig) -> None:
    async with overdue(rig) as replica:
        await replica.look()
    async with rig.running():
        await rig.until({BY_SMS: State.SENT, INSTEAD: State.SENT})
        await rig.receipts.take(receipt(Word.DELIVERED))
    assert await rig.states() == {BY_SMS: State.DELIVERED, INSTEAD: State.SENT}
    async with rig.pool.acquire() as connection:
        said = [entry.detail for entry in await trace(connection, "A-1")]
    assert any("receipt came late" in each for each in said)


async def test_a_receipt_in_the_same_moment_ends_in_one_message_or_the_other(rig: Rig) -> None:
    async with overdue(rig) as replica:
        await asyncio.gather(replica.look(), rig.receipts.take(receipt(Word.DELIVERED)))
    states = await rig.states()
    assert states[BY_SMS] == State.DELIVERED
    assert states.get(INSTEAD, State.WITHDRAWN) == State.WITHDRAWN


async def test_a_failure_that_comes_after_it_does_not_tell_it_a_third_time(rig: Rig) -> None:
    async with overdue(rig) as replica:
        await replica.look()
        await rig.receipts.take(receipt(Word.UNDELIVERED))
    assert await rig.states() == {BY_SMS: State.FAILED, INSTEAD: State.PLANNED}


async def test_old_news_is_told_by_no_other_channel(rig: Rig) -> None:
    async with overdue(rig) as replica:
        rig.clock.move(timedelta(days=3))
        await replica.look()
    assert await rig.states() == {BY_SMS: State.SENT}


async def test_one_that_our_code_breaks_on_is_let_go(rig: Rig) -> None:
    async with overdue(rig) as replica:
        broken: Any = None
        clerks = replace(replica.clerks, policy=broken)
        assert await replace(replica, clerks=clerks).look() == {BY_SMS: Finding.OVERDUE}
    assert await rig.states() == {BY_SMS: State.SENT}
    assert await column(rig, "receipt_by") is None
    assert await column(rig, "overdue_at") is None


async def test_one_that_cannot_be_read_any_more_is_told_by_nobody_else(rig: Rig) -> None:
    async with overdue(rig) as replica:
        await rig.pool.execute("UPDATE notifier.requests SET request = 'nonsense'")
        assert await replica.look() == {BY_SMS: Finding.OVERDUE}
    assert await rig.states() == {BY_SMS: State.SENT}


async def test_mail_is_never_awaited(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r1", kind=Kind.ORDER_RECEIVED))
        await rig.until({"r1.0": State.SENT})
    assert await column(rig, "receipt_by") is None


def receipt(word: Word, ref: str | None = None) -> Receipt:
    return Receipt(notification_id=BY_SMS, channel=Channel.SMS, word=word, provider_ref=ref)
