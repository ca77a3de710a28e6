"""Nobody gets more messages than their shop allows, whoever counts them."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationRequested, Reason
from headsup.shops.reach import Caps
from services.notifier.attempts import State
from services.notifier.channels import PermanentError
from services.notifier.forgetting import Forgetting
from services.notifier.trace import MESSAGES, trace
from tests.integration.services.notifier.test_intake import record, way_in
from tests.integration.services.notifier.test_overdue import INSTEAD, overdue
from tests.support.caps import with_caps
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.marketing import agrees, asks_for_a_review
from tests.support.notifier import MONDAY, OKSANA, Rig, known, requested, told, withdrawn
from tests.support.sealing import BOTH_WAYS

BY_PHONE = Customer(id="c-1", phone="+380501234567")
SOMEBODY_ELSE = Customer(id="c-2", phone="050 123 45 67")
"""Who has the same phone."""
BY_MAIL = Customer(id="c-1", email="oksana@mail.example")
SHIPPED, NOW = Kind.SHIPMENT_SHIPPED, Kind.SHIPMENT_OUT_FOR_DELIVERY
TOMORROW_MORNING = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)


@pytest.fixture
def few(rig: Rig) -> Rig:
    """Whose shop sends two messages a day, one of them by SMS."""
    caps = Caps(
        transactional_in_a_day=2, marketing_in_a_day=1, marketing_in_a_week=2, sms_in_a_day=1
    )
    rig.settings = with_caps(rig.settings, caps)
    return rig


def _news(
    request_id: str, kind: Kind = SHIPPED, customer: Customer = BY_MAIL, **changes: Any
) -> Event[NotificationRequested]:
    return requested(request_id, kind=kind, customer=customer, **changes)


async def _decisions(rig: Rig) -> dict[str, str]:
    rows = await rig.pool.fetch("SELECT id, decision, reason FROM notifier.requests ORDER BY id")
    return {row["id"]: row["reason"] or row["decision"] for row in rows}


async def _held(rig: Rig) -> dict[str, str]:
    rows = await rig.pool.fetch(
        "SELECT id, held_for FROM notifier.notifications WHERE held_for > ''"
    )
    return {row["id"]: row["held_for"] for row in rows}


@BOTH_WAYS
async def test_one_message_too_many_waits_for_the_next_day(few: Rig) -> None:
    async with few.running():
        await few.emit(_news("r1"), _news("r2"), _news("r3"))
        await few.until({"r1.0": State.SENT, "r2.0": State.SENT, "r3.0": State.PLANNED})
        assert await _held(few) == {"r3.0": "cap"}
        assert await few.shows("held_back_total", 1, channel="email", reason="cap")
        few.clock.set(TOMORROW_MORNING)
        await few.is_due_now()
        await few.until(dict.fromkeys(("r1.0", "r2.0", "r3.0"), State.SENT))


async def test_whoever_looks_into_it_sees_that_they_had_enough(few: Rig) -> None:
    entrance = way_in(few)
    await entrance.take(*(record(_news(f"r{n}")) for n in range(3)))
    async with few.pool.acquire() as connection:
        *_, last = [one for one in await trace(connection, "A-1") if one.section == MESSAGES]
    assert last.detail["held for"] == "a day on which they had less, as the shop wants it"


async def test_what_is_old_by_the_next_day_goes_by_mail(few: Rig) -> None:
    both = Customer(id="c-1", phone=BY_PHONE.phone, email=BY_MAIL.email)
    soon_old: dict[str, Any] = {"expires_at": MONDAY + timedelta(hours=3)}
    entrance = way_in(few)
    await entrance.take(record(_news("r1")), record(_news("r2")))
    await entrance.take(record(_news("r3", customer=both, **soon_old)))
    await entrance.take(record(_news("r4", customer=BY_PHONE, **soon_old)))
    assert (await _decisions(few))["r4"] == "capped"
    assert [channel for _, channel in await _channels(few)] == ["email"] * 3


async def test_one_text_message_too_many_goes_by_another_channel(few: Rig) -> None:
    both = Customer(id="c-1", phone=BY_PHONE.phone, email=BY_MAIL.email)
    await way_in(few).take(*(record(_news(f"r{n}", customer=both)) for n in (1, 2)))
    assert await _channels(few) == [("r1.0", "sms"), ("r2.0", "email")]
    assert await _held(few) == {}


async def _channels(rig: Rig) -> list[tuple[str, str]]:
    rows = await rig.pool.fetch("SELECT id, channel FROM notifier.notifications ORDER BY id")
    return [(row["id"], row["channel"]) for row in rows]


async def test_what_cannot_wait_and_what_a_law_asks_for_is_sent_and_counted(few: Rig) -> None:
    laws, urgent = Kind.ORDER_CONFIRMED, {"customer": BY_PHONE}
    await way_in(few).take(
        *(record(_news(f"r{n}", laws)) for n in (1, 2)),
        *(record(_news(f"r{n}", NOW, **urgent)) for n in (3, 4)),
        record(_news("r5")),
    )
    assert await _held(few) == {"r5.0": "cap"}
    assert len(await _channels(few)) == 5


async def test_marketing_too_many_is_not_sent_and_says_why(few: Rig) -> None:
    async with few.running():
        await few.emit(agrees(), asks_for_a_review("r1"), asks_for_a_review("r2"))
        await few.until({"r1.0": State.SENT})
        assert (None, "suppressed", "capped") in told(await few.outcomes(2))


async def test_what_was_taken_back_does_not_count(few: Rig) -> None:
    entrance = way_in(few)
    await entrance.take(record(agrees()), record(asks_for_a_review("r1")))
    await entrance.take(record(withdrawn("r1")), record(asks_for_a_review("r2")))
    assert await _decisions(few) == {"r1": "planned", "r2": "planned"}


async def test_what_is_read_again_counts_once(few: Rig) -> None:
    entrance = way_in(few)
    for _ in range(3):
        await entrance.take(record(_news("r1")))
    await entrance.take(record(_news("r2")))
    assert await _decisions(few) == {"r1": "planned", "r2": "planned"}
    assert await _held(few) == {}


@BOTH_WAYS
async def test_replicas_that_count_one_person_under_two_names_send_no_more_together(
    few: Rig,
) -> None:
    one, other = way_in(few), way_in(few)
    mine = [record(_news(f"a{n}", customer=BY_PHONE)) for n in range(8)]
    theirs = [record(_news(f"b{n}", customer=SOMEBODY_ELSE)) for n in range(8)]
    await asyncio.gather(*(one.take(each) for each in mine), *(other.take(each) for each in theirs))
    rows = await few.pool.fetch(
        "SELECT id FROM notifier.notifications WHERE held_for IS NULL AND source = $1", SHOP
    )
    assert len(rows) == 1
    assert len(await _decisions(few)) == 16


async def _telegram_refuses(rig: Rig, times: int) -> None:
    rig.senders.telegram.fail(PermanentError("403", Reason.REFUSED), times)
    await rig.emit(known((Channel.TELEGRAM, "4242")))
    await eventually(rig.knows_somebody)


@BOTH_WAYS
async def test_a_text_message_that_takes_over_is_counted(few: Rig) -> None:
    async with few.running():
        await _telegram_refuses(few, 1)
        await few.emit(_news("r1", customer=BY_PHONE))
        await few.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
    rows = await few.pool.fetch(
        "SELECT who FROM notifier.counted WHERE 'T:sms:r1.0.1' = ANY(messages)"
    )
    assert {row["who"] for row in rows} == {"customer:c-1", f"sms:{BY_PHONE.phone}"}


async def test_what_was_told_once_more_by_another_channel_is_one_message_of_the_day(
    few: Rig,
) -> None:
    async with overdue(few) as replica:
        await replica.look()
    assert (await few.states())[INSTEAD] == State.PLANNED
    entrance = way_in(few)
    await entrance.take(*(record(_news(id_, customer=OKSANA)) for id_ in ("r2", "r3")))
    assert {id_ for id_, held_for in (await _held(few)).items() if held_for == "cap"} == {"r3.0"}


async def test_a_text_message_too_many_does_not_take_over_where_another_channel_can(
    few: Rig,
) -> None:
    both = Customer(id="c-1", phone=BY_PHONE.phone, email=BY_MAIL.email)
    async with few.running():
        await _telegram_refuses(few, 2)
        await few.emit(_news("r1", customer=BY_PHONE))
        await few.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
        await few.emit(_news("r2", customer=both))
        await eventually(partial(_is_sent, few, "r2.0.1"))
    assert ("r2.0.1", "email") in await _channels(few)
    assert len(few.senders.sms.sent) == 1


async def test_a_text_message_too_many_that_alone_can_take_over_waits_for_the_next_day(
    few: Rig,
) -> None:
    async with few.running():
        await _telegram_refuses(few, 2)
        await few.emit(_news("r1", customer=BY_PHONE))
        await few.until({"r1.0": State.FAILED, "r1.0.1": State.SENT})
        await few.emit(_news("r2", customer=BY_PHONE))
        await eventually(partial(_is_held, few, {"r2.0.1": "cap"}))
        few.clock.set(TOMORROW_MORNING)
        await few.is_due_now()
        await eventually(partial(_is_sent, few, "r2.0.1"))
    assert len(few.senders.sms.sent) == 2


async def test_what_cannot_wait_takes_over_however_many_text_messages_there_were(
    few: Rig,
) -> None:
    async with few.running():
        await few.emit(_news("r1", customer=BY_PHONE))
        await few.until({"r1.0": State.SENT})
        await _telegram_refuses(few, 1)
        await few.emit(_news("r2", NOW, BY_PHONE))
        await eventually(partial(_is_sent, few, "r2.0.1"))
    assert len(few.senders.sms.sent) == 2


async def _is_held(rig: Rig, what: dict[str, str]) -> bool:
    return await _held(rig) == what


async def _is_sent(rig: Rig, id_: str) -> bool:
    return (await rig.states()).get(id_) == State.SENT


async def test_what_somebody_was_sent_is_forgotten_after_the_week_for_which_it_counts(
    few: Rig,
) -> None:
    await way_in(few).take(record(_news("r1")))
    forgetting = Forgetting(few.pool, few.clock)
    few.clock.move(timedelta(days=9))
    assert await forgetting.turn() == 0
    few.clock.move(timedelta(days=1))
    assert await forgetting.turn() == 2
