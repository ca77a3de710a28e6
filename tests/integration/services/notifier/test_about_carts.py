"""What names a cart and no order goes the same ways as the rest: it is sent, put off, taken back,
receipted and stopped, and whatever is told of it names its cart."""

import importlib
from functools import partial
from typing import Any

import msgspec

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationOutcome, NotificationWithdrawn, Reason
from headsup.contracts.replies import Question
from services.notifier import reply_rows
from services.notifier.attempts import State
from services.notifier.channels import PermanentError, TransientError, UnknownOutcomeError
from services.notifier.receipts import Failure, Receipt, Word
from tests.support.cart_requests import agrees, reminder
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, requested, told, troubled

EMAIL, SMS = Channel.EMAIL, Channel.SMS
LATER = TransientError("421", retry_after=3600.0)


def _withdrawn(request_id: str) -> Event[NotificationWithdrawn]:
    data = NotificationWithdrawn(request_id=request_id, customer_id="c-1")
    return envelope.make(SHOP, f"withdraw-{request_id}", MONDAY, data)


def _expect_its_cart(outcomes: list[NotificationOutcome]) -> None:
    for one in outcomes:
        assert one.cart == reminder("r1").data.cart
        assert one.order_id is None


async def test_a_reminder_is_sent_and_what_is_told_of_it_names_its_cart(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(agrees(), reminder("r1"))
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "sent", None)]
    _expect_its_cart(outcomes)
    [mail] = rig.senders.email.sent
    assert "https://shop.example/cart/restore" in mail.text


async def test_no_reminder_is_planned_while_an_order_of_the_customer_is_in_trouble(
    rig: Rig,
) -> None:
    async with rig.running():
        await rig.emit(agrees(), troubled("A-1"), reminder("r1"))
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [(None, "suppressed", "in_trouble")]
    _expect_its_cart(outcomes)


async def test_a_reminder_that_waits_is_stopped_by_trouble_that_came_meanwhile(rig: Rig) -> None:
    rig.senders.email.fail(LATER)
    async with rig.running():
        await rig.emit(agrees(), reminder("r1"))
        await eventually(rig.has_retried)
        await rig.emit(troubled("A-1"))
        await eventually(partial(_holds, rig, "TABLE notifier.troubles"))
        await rig.is_due_now()
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "suppressed", "in_trouble")]
    _expect_its_cart(outcomes)


async def _holds(rig: Rig, query: str) -> bool:
    return bool(await rig.pool.fetchrow(query))


async def test_a_reminder_that_waits_holds_up_no_other_and_no_order(rig: Rig) -> None:
    rig.senders.email.fail(LATER)
    async with rig.running():
        await rig.emit(agrees(), reminder("r1"))
        await eventually(rig.has_retried)
        await rig.emit(reminder("r2", step=2), requested("r3"))
        await rig.until({"r1.0": State.PLANNED, "r2.0": State.SENT, "r3.0": State.SENT})


async def test_no_reminder_is_taken_for_the_next_one_of_another(rig: Rig) -> None:
    """What has no order stands in no line, neither when it is claimed nor when it ends."""
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(agrees(), reminder("r1"), reminder("r2", step=2))
        await rig.until({"r1.0": State.SENDING, "r2.0": State.SENDING})
        rig.senders.email.release()
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})


async def test_a_reminder_is_taken_back_though_no_order_is_named(rig: Rig) -> None:
    rig.senders.email.fail(LATER)
    async with rig.running():
        await rig.emit(agrees(), reminder("r1"))
        await eventually(rig.has_retried)
        await rig.emit(_withdrawn("r1"))
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "withdrawn", "superseded")]
    _expect_its_cart(outcomes)


async def test_a_reminder_that_was_taken_back_before_it_came_is_not_sent(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(agrees(), _withdrawn("r1"))
        await eventually(rig.remembers_a_withdrawal)
        await rig.emit(reminder("r1"))
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [(None, "withdrawn", "superseded")]
    _expect_its_cart(outcomes)


async def test_the_next_channel_reminds_of_the_same_cart(rig: Rig) -> None:
    rig.senders.email.fail(PermanentError("550", Reason.INVALID_ADDRESS, address_is_bad=True))
    async with rig.running():
        await rig.emit(agrees(by=(EMAIL, SMS)), reminder("r1"))
        outcomes = await rig.outcomes(2)
    assert told(outcomes) == [("r1.0", "failed", "invalid_address"), ("r1.0.1", "sent", None)]
    _expect_its_cart(outcomes)
    assert len(rig.senders.sms.sent) == 1


async def test_a_receipt_about_a_reminder_is_told_with_its_cart_and_another_channel_takes_over(
    rig: Rig,
) -> None:
    delivered = Receipt(notification_id="r1.0.1", channel=SMS, word=Word.DELIVERED)
    bounced = Receipt(
        notification_id="r1.0",
        channel=EMAIL,
        word=Word.FAILED,
        failure=Failure(Reason.INVALID_ADDRESS, "5.1.1", address_is_bad=True),
    )
    async with rig.running():
        await rig.emit(agrees(by=(EMAIL, SMS)), reminder("r1"))
        await rig.until({"r1.0": State.SENT})
        await rig.receipts.take(bounced)
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
        await rig.receipts.take(delivered)
        outcomes = await rig.outcomes(4)
    assert [one.status.value for one in outcomes] == ["sent", "failed", "sent", "delivered"]
    _expect_its_cart(outcomes)


async def test_a_reminder_in_doubt_is_settled_like_any_message(rig: Rig) -> None:
    rig.senders.sms.fail(UnknownOutcomeError("timeout"), accepted=True)
    async with rig.running():
        await rig.emit(agrees(by=(SMS,)), reminder("r1"))
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "sent", None)]
    _expect_its_cart(outcomes)
    assert len(rig.senders.sms.sent) == 1


async def test_a_reminder_that_nobody_can_read_any_more_ends_with_its_cart(rig: Rig) -> None:
    rig.senders.email.fail(LATER)
    async with rig.running():
        await rig.emit(agrees(), reminder("r1"))
        await eventually(rig.has_retried)
        await rig.pool.execute("UPDATE notifier.requests SET request = '{}'")
        await rig.is_due_now()
        outcomes = await rig.outcomes(1)
    assert told(outcomes) == [("r1.0", "suppressed", "cannot_render")]
    _expect_its_cart(outcomes)


async def test_nobody_answers_a_question_about_a_cart(rig: Rig) -> None:
    """Answers go to the shop under their order; a question without one is none of ours."""
    content = msgspec.structs.replace(reminder("r1").data.content, question=Question.ALL_RIGHT)
    async with rig.running():
        await rig.emit(agrees(), reminder("r1", content=content))
        await eventually(partial(_holds, rig, "TABLE notifier.requests"))
    assert await reply_rows.asked(rig.pool, "r1") is None


MIGRATIONS = ("0009_reminders", "0008_opt_outs", "0007_purchases", "0006_carts")


async def test_an_older_version_may_follow_a_newer_one_that_reminded_of_carts(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(agrees(), reminder("r1"), requested("r2", kind=Kind.ORDER_RECEIVED))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})
    migrations: list[Any] = [
        importlib.import_module(f"services.notifier.migrations.{name}") for name in MIGRATIONS
    ]
    for migration in migrations:
        for statement in migration.BACK:
            await rig.pool.execute(statement)
    assert await rig.states() == {"r2.0": State.SENT}
    for migration in reversed(migrations):
        for statement in migration.STATEMENTS:
            await rig.pool.execute(statement)
