"""Marketing and orders in trouble: while there is one, its customer is left alone with the rest."""

from datetime import timedelta
from functools import partial

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.shop import Consent, CustomerUpdated
from services.notifier.attempts import State
from services.notifier.channels import TransientError
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, known, requested, told, troubled

HOUR = timedelta(hours=1)


def _agrees() -> Event[CustomerUpdated]:
    consent = Consent(
        channel=Channel.EMAIL,
        message_class=MessageClass.MARKETING,
        granted=True,
        at=MONDAY,
        source="page",
    )
    return known((Channel.EMAIL, "oksana@mail.example"), consents=[consent])


def _review(request_id: str) -> Event[NotificationRequested]:
    return requested(request_id, kind=Kind.REVIEW_REQUEST)


async def _orders_in_trouble(rig: Rig, orders: list[str]) -> bool:
    rows = await rig.pool.fetch("SELECT order_id FROM notifier.troubles ORDER BY order_id")
    return [row["order_id"] for row in rows] == orders


async def test_marketing_is_not_planned_while_any_order_of_the_customer_is_in_trouble(
    rig: Rig,
) -> None:
    async with rig.running():
        await rig.emit(_agrees(), troubled("A-1"), troubled("A-2"))
        await eventually(partial(_orders_in_trouble, rig, ["A-1", "A-2"]))
        await rig.emit(troubled("A-1", in_trouble=False, at=MONDAY + HOUR), _review("r1"))
        assert told(await rig.outcomes(1)) == [(None, "suppressed", "in_trouble")]
        await rig.emit(troubled("A-2", in_trouble=False, at=MONDAY + HOUR), _review("r2"))
        await rig.until({"r2.0": State.SENT})
    assert await _orders_in_trouble(rig, [])


async def test_marketing_that_waits_to_be_sent_is_stopped_by_trouble_that_came_meanwhile(
    rig: Rig,
) -> None:
    rig.senders.email.fail(TransientError("421", retry_after=3600.0))
    async with rig.running():
        await rig.emit(_agrees(), _review("r1"))
        await eventually(rig.has_retried)
        await rig.emit(troubled("A-2"))
        await eventually(partial(_orders_in_trouble, rig, ["A-2"]))
        await rig.is_due_now()
        await rig.until({"r1.0": State.SUPPRESSED})
        assert told(await rig.outcomes(1)) == [("r1.0", "suppressed", "in_trouble")]
    assert rig.senders.email.sent == []


async def test_trouble_that_is_over_does_not_begin_again_with_what_is_read_once_more(
    rig: Rig,
) -> None:
    begun, over = troubled("A-1"), troubled("A-1", in_trouble=False, at=MONDAY + HOUR)
    async with rig.running():
        await rig.emit(begun, over, begun, over, troubled("A-2"))
        await eventually(partial(_orders_in_trouble, rig, ["A-2"]))


async def test_of_what_was_said_about_an_order_the_newest_word_counts_whenever_it_comes(
    rig: Rig,
) -> None:
    async with rig.running():
        await rig.emit(troubled("A-1", at=MONDAY + 2 * HOUR))
        await eventually(partial(_orders_in_trouble, rig, ["A-1"]))
        await rig.emit(troubled("A-1"), troubled("A-2"))
        await eventually(partial(_orders_in_trouble, rig, ["A-1", "A-2"]))
        await rig.emit(troubled("A-1", in_trouble=False, at=MONDAY + HOUR), troubled("A-3"))
        await eventually(partial(_orders_in_trouble, rig, ["A-1", "A-2", "A-3"]))


async def test_others_and_other_messages_are_not_held_up(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(troubled("A-1"), requested("r1"))
        await rig.until({"r1.0": State.SENT})
