"""What happens to messages in the night of those who get them."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested, Reason
from services.notifier.attempts import State
from services.notifier.channels import PermanentError, TransientError
from services.notifier.trace import MESSAGES, trace
from tests.support.eventually import eventually
from tests.support.notifier import Rig, known, requested, told, withdrawn

EVENING = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)
"""Ten in Kyiv."""
MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
BY_PHONE = Customer(id="c-1", name="Оксана", phone="+380501234567")
SHIPPED, DELAYED = Kind.SHIPMENT_SHIPPED, Kind.SHIPMENT_DELAYED


def _news(
    request_id: str, kind: Kind = SHIPPED, *, about: str | None = "shipment:S1", **changes: Any
) -> Event[NotificationRequested]:
    given = {"customer": BY_PHONE, "about": about} | changes
    return requested(request_id, kind=kind, at=EVENING - HOUR, **given)


async def _held(rig: Rig) -> dict[str, tuple[str, int]]:
    """What is held, what for, and for how many hours more."""
    rows = await rig.pool.fetch("""
        SELECT id, held_for, extract(epoch FROM due_at - now()) / 3600 AS hours
        FROM notifier.notifications WHERE held_for IS NOT NULL AND state = 'planned'
    """)
    return {row["id"]: (row["held_for"], round(row["hours"])) for row in rows}


async def _it_is_morning(rig: Rig) -> None:
    rig.clock.set(MORNING)
    await rig.is_due_now()


@pytest.fixture
def night(rig: Rig) -> Rig:
    """It is ten in the evening."""
    rig.clock.set(EVENING)
    return rig


async def test_a_text_message_waits_for_the_morning_and_a_mail_does_not(night: Rig) -> None:
    async with night.running():
        await night.emit(_news("r1"), requested("r2", kind=Kind.ORDER_INVOICE, at=EVENING))
        await night.until({"r1.0": State.PLANNED, "r2.0": State.SENT})
        assert await _held(night) == {"r1.0": ("night", 10)}
        assert await night.shows("held_back_total", 1, channel="sms", reason="night")
        await _it_is_morning(night)
        await night.until({"r1.0": State.SENT, "r2.0": State.SENT})
    assert len(night.senders.sms.sent) == 1


async def test_whoever_looks_into_it_sees_what_it_waits_for(night: Rig) -> None:
    async with night.running():
        await night.emit(_news("r1"))
        await night.until({"r1.0": State.PLANNED})
    async with night.pool.acquire() as connection:
        [message] = [one for one in await trace(connection, "A-1") if one.section == MESSAGES]
    assert message.detail["held for"] == "their morning"


async def test_what_is_held_holds_up_nothing_that_cannot_wait(night: Rig) -> None:
    async with night.running():
        await night.emit(_news("r1"))
        await night.until({"r1.0": State.PLANNED})
        await night.emit(_news("r2", Kind.SHIPMENT_OUT_FOR_DELIVERY, about="shipment:S2"))
        await night.until({"r1.0": State.PLANNED, "r2.0": State.SENT})


async def test_in_the_morning_only_the_newest_of_each_thing_goes_out(night: Rig) -> None:
    async with night.running():
        await night.emit(_news("r1"), _news("r2", about="shipment:S2"), _news("r3", DELAYED))
        await night.until(dict.fromkeys(("r1.0", "r2.0", "r3.0"), State.PLANNED))
        await _it_is_morning(night)
        await night.until({"r1.0": State.WITHDRAWN, "r2.0": State.SENT, "r3.0": State.SENT})
        assert ("r1.0", "withdrawn", "superseded") in told(await night.outcomes(3))
    assert len(night.senders.sms.sent) == 2


async def test_of_what_nobody_said_what_it_is_about_all_goes_out(night: Rig) -> None:
    async with night.running():
        await night.emit(_news("r1", about=None), _news("r2", DELAYED, about=None))
        await night.until(dict.fromkeys(("r1.0", "r2.0"), State.PLANNED))
        await _it_is_morning(night)
        await night.until(dict.fromkeys(("r1.0", "r2.0"), State.SENT))


async def test_what_a_law_asks_for_is_told_whatever_came_after_it(night: Rig) -> None:
    cancelled = _news("r1", Kind.ORDER_CANCELLED, about="order")
    async with night.running():
        await night.emit(cancelled, _news("r2", Kind.ORDER_RECEIVED, about="order"))
        await night.until(dict.fromkeys(("r1.0", "r2.0"), State.PLANNED))
        await _it_is_morning(night)
        await night.until(dict.fromkeys(("r1.0", "r2.0"), State.SENT))


async def test_newer_news_that_was_taken_back_leaves_nothing_out(night: Rig) -> None:
    async with night.running():
        await night.emit(_news("r1"), _news("r2", DELAYED))
        await night.until(dict.fromkeys(("r1.0", "r2.0"), State.PLANNED))
        await night.emit(withdrawn("r2", EVENING))
        await night.until({"r1.0": State.PLANNED, "r2.0": State.WITHDRAWN})
        await _it_is_morning(night)
        await night.until({"r1.0": State.SENT, "r2.0": State.WITHDRAWN})


async def test_a_retry_that_falls_into_the_night_waits_for_the_morning(rig: Rig) -> None:
    rig.clock.set(EVENING - 2 * HOUR)
    rig.senders.sms.fail(TransientError("503", retry_after=3600.0))
    async with rig.running():
        await rig.emit(_news("r1"))
        await eventually(rig.has_retried)
        rig.clock.set(EVENING)
        await rig.is_due_now()
        await eventually(partial(_holds_until_morning, rig))
        assert await rig.shows("held_again_total", 1, channel="sms", reason="night")
        await _it_is_morning(rig)
        await rig.until({"r1.0": State.SENT})
    assert len(rig.senders.sms.sent) == 1


async def test_what_was_held_and_is_tried_again_is_still_overtaken(night: Rig) -> None:
    night.senders.sms.fail(TransientError("503", retry_after=3600.0))
    async with night.running():
        await night.emit(_news("r1"))
        await night.until({"r1.0": State.PLANNED})
        await _it_is_morning(night)
        await eventually(night.has_retried)
        await night.emit(_news("r2", DELAYED))
        await night.until({"r1.0": State.PLANNED, "r2.0": State.SENT})
        await night.is_due_now()
        await night.until({"r1.0": State.WITHDRAWN, "r2.0": State.SENT})
    assert len(night.senders.sms.sent) == 1


async def _holds_until_morning(rig: Rig, id_: str = "r1.0") -> bool:
    return await _held(rig) == {id_: ("night", 10)}


async def test_a_channel_that_takes_over_at_night_waits_for_the_morning_as_well(rig: Rig) -> None:
    rig.clock.set(EVENING - 2 * HOUR)
    rig.senders.telegram.hold()
    rig.senders.telegram.fail(PermanentError("403", Reason.BLOCKED))
    async with rig.running():
        await rig.emit(known((Channel.TELEGRAM, "4242"), at=EVENING - 2 * HOUR), _news("r1"))
        await rig.until_called(rig.senders.telegram)
        rig.clock.set(EVENING)
        rig.senders.telegram.release()
        await rig.until({"r1.0": State.FAILED, "r1.0.1": State.PLANNED})
        await eventually(partial(_holds_until_morning, rig, "r1.0.1"))
