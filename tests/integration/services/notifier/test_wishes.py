"""Somebody writes STOP, START or HELP to our number."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.replies import CustomerOptedIn, CustomerOptedOut
from headsup.contracts.shop import Consent, ContactPoint, CustomerUpdated
from services.notifier.attempts import State
from services.notifier.channels import RateLimitedError, TextIn
from tests.support.answering import (
    PHONE,
    Answering,
    answering,
    asks,
    customer_of,
    rows,
    text_message,
)
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.marketing import kept, opt_outs
from tests.support.notifier import MONDAY, PROVIDERS, Rig, requested
from tests.support.sealing import BOTH_WAYS

pytestmark = BOTH_WAYS

BY_SMS = Customer(id="c-1", name="Оксана", phone=PHONE, language="uk")
BY_BOTH = Customer(id="c-1", name="Оксана", phone=PHONE, email="oksana@mail.example")
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    settings = answering(rig.settings)
    rig.settings = replace(settings, answers=replace(settings.answers, words_at_twilio=False))
    async with customer_of(rig) as made:
        yield made


async def written_to(rig: Rig, request_id: str = "r1", **changes: Any) -> None:
    given = {"customer": BY_SMS} | changes
    await rig.emit(requested(request_id, kind=Kind.SHIPMENT_SHIPPED, **given))
    await rig.until({f"{request_id}.0": State.SENT})


async def suppressed(rig: Rig) -> list[tuple[str, str, str, str]]:
    query = "SELECT source, address, reason, code FROM notifier.suppressions ORDER BY 1, 2"
    return [tuple(row) for row in await rig.pool.fetch(query)]


STOPPED = [(SHOP, f"sms:{PHONE}", "opted_out", "STOP")]


@pytest.mark.parametrize("text", ["STOP", "стоп!", "Не пишіть мені більше.", "otpisatsya"])
async def test_a_stop_is_kept_to_and_answered_once(
    rig: Rig, customer: Answering, text: str
) -> None:
    async with rig.running():
        await written_to(rig)
        answer = await customer.writes(text)
        again = await customer.writes("stop please")
        told = await opt_outs(rig, 2)
        await rig.emit(requested("r2", customer=BY_SMS, order_id="A-2"))
        await rig.until({"r1.0": State.SENT})
    assert answer.status_code == again.status_code == 200
    assert "<Message>Lavka: більше не пишемо на цей номер." in answer.text
    assert "надішліть СТАРТ.</Message>" in answer.text
    assert again.text.endswith("<Response/>")
    assert await suppressed(rig) == STOPPED
    assert [(key, data.message_class, data.channel) for key, _, data in told] == [
        ("c-1", MessageClass.TRANSACTIONAL, Channel.SMS),
        ("c-1", MessageClass.MARKETING, Channel.SMS),
    ]
    assert [who for who, _ in await kept(rig)] == [f"sms:{PHONE}"]
    assert len(rig.senders.sms.sent) == 1
    assert customer.counted("sms", "stopped") == 1
    assert customer.counted("sms", "same") == 1


async def test_what_waits_for_that_number_and_what_comes_goes_by_the_next_channel(
    rig: Rig, customer: Answering
) -> None:
    given: dict[str, Any] = {"kind": Kind.SHIPMENT_OUT_FOR_DELIVERY, "customer": BY_BOTH}
    async with rig.running():
        await written_to(rig)
        rig.senders.sms.fail(RateLimitedError("20429", 3.0, limits_all=True))
        await rig.emit(requested("r2", order_id="A-2", **given))
        await eventually(lambda: _waits(rig, "r2"))
        await customer.writes("стоп")
        await rig.emit(requested("r3", order_id="A-3", **given))
        await eventually(lambda: _came_by(rig, Channel.EMAIL, "r3"))
        await eventually(lambda: _came_by(rig, Channel.EMAIL, "r2"))
    for request_id in ("r2", "r3"):
        assert not await _came_by(rig, Channel.SMS, request_id)


async def _waits(rig: Rig, request_id: str) -> bool:
    query = """
        SELECT EXISTS (SELECT FROM notifier.notifications
                       WHERE request_id = $1 AND channel = 'sms' AND state = 'planned')
    """
    return bool(await rig.pool.fetchval(query, request_id))


async def _came_by(rig: Rig, channel: Channel, request_id: str) -> bool:
    query = """
        SELECT EXISTS (SELECT FROM notifier.notifications
                       WHERE request_id = $1 AND channel = $2 AND state = 'sent')
    """
    return bool(await rig.pool.fetchval(query, request_id, channel))


async def test_a_start_takes_exactly_that_back(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        await written_to(rig)
        await customer.writes("стоп")
        answer = await customer.writes("СТАРТ")
        told = await opt_outs(rig, 4)
        assert await suppressed(rig) == []
        assert await kept(rig) == []
        again = await customer.writes("Стоп.")
    assert "пишемо на цей номер про ваші замовлення" in answer.text
    assert [type(data) for _, _, data in told] == [*[CustomerOptedOut] * 2, *[CustomerOptedIn] * 2]
    assert len({event_id for _, event_id, _ in told}) == 4
    assert "<Message>" in again.text  # it is another stop than the first


async def test_a_start_leaves_what_was_said_elsewhere(rig: Rig, customer: Answering) -> None:
    said = "INSERT INTO notifier.opt_outs VALUES ($1, $2, 'marketing', $3)"
    before = MONDAY - DAY
    await rig.pool.execute(said, SHOP, f"sms:{PHONE}", before)
    async with rig.running():
        await written_to(rig)
        await customer.writes("стоп")
        await customer.writes("стоп!")
        await customer.writes("старт")
    assert await kept(rig) == [(f"sms:{PHONE}", before)]


@pytest.mark.parametrize(
    ("agreed_at", "stays"),
    [(None, True), (MONDAY - DAY, True), (MONDAY + DAY, False)],
)
async def test_only_a_newer_consent_of_the_shops_lifts_it(
    rig: Rig, customer: Answering, agreed_at: datetime | None, stays: bool
) -> None:
    consents = () if agreed_at is None else (_agreed(agreed_at),)
    data = CustomerUpdated(
        customer_id="c-1",
        contacts=(ContactPoint(channel=Channel.SMS, address=PHONE),),
        consents=consents,
    )
    async with rig.running():
        await written_to(rig)
        await customer.writes("стоп")
        rig.clock.set(MONDAY + 2 * DAY)
        event = envelope.make(SHOP, "told", MONDAY + 2 * DAY, data)
        await rig.emit(event)
        await rig.until_read("shop.customers")
        await eventually(lambda: _is_as(rig, STOPPED if stays else []))


def _agreed(at: datetime) -> Consent:
    return Consent(
        channel=Channel.SMS,
        message_class=MessageClass.TRANSACTIONAL,
        granted=True,
        at=at,
        source="page",
    )


async def _is_as(rig: Rig, wanted: object) -> bool:
    return await suppressed(rig) == wanted


async def test_a_stop_from_an_unknown_number_is_kept_and_says_nothing_of_anybody(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        answer = await customer.writes("STOP", number="+380671112233")
        assert "Lavka" not in answer.text
        assert "<Message>" in answer.text
        found = await suppressed(rig)
        assert {source for source, *_ in found} == set(rig.settings.shops)
        stranger = Customer(id="c-9", phone="+380671112233")
        await rig.emit(requested("r9", customer=stranger))
        await rig.until_read("notifications.requested")
    assert rig.senders.sms.sent == []


async def test_help_says_who_writes_and_how_to_reach_a_person(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await written_to(rig)
        answer = await customer.writes("допомога")
        again = await customer.writes("ХЕЛП")
        rig.clock.set(MONDAY + DAY + SECOND)
        tomorrow = await customer.writes("довідка")
        stranger = await customer.writes("помощь", number="+380671112233")
    assert "Lavka: пишемо про ваші замовлення. Людина допоможе: +380443002121" in answer.text
    assert again.text.endswith("<Response/>")
    assert "<Message>" in tomorrow.text
    assert "С этого номера магазины пишут о заказах" in stranger.text
    assert await suppressed(rig) == []


async def test_a_word_that_answers_a_question_is_an_answer(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        await rig.emit(asks(customer=BY_SMS))
        await rig.until({"r1.0": State.SENT})
        answer = await customer.writes("CANCEL")
    assert answer.text.endswith("<Response/>")
    assert await rows(rig) == [(1, "cancel", "sms")]
    assert await suppressed(rig) == []


async def test_where_nothing_was_asked_cancel_stops_and_yes_takes_that_back(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await written_to(rig)
        nothing = await customer.writes("YES")
        await customer.writes("CANCEL")
        assert await suppressed(rig) == STOPPED
        back = await customer.writes("Yes!")
    assert nothing.text.endswith("<Response/>")
    assert "<Message>" in back.text
    assert await suppressed(rig) == []


async def test_a_stop_is_a_stop_whatever_is_asked(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        await rig.emit(asks(customer=BY_SMS))
        await rig.until({"r1.0": State.SENT})
        await customer.writes("Стоп")
    assert await rows(rig) == []
    assert await suppressed(rig) == STOPPED


async def test_what_twilio_answered_is_kept_to_and_not_answered_again(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await rig.emit(asks(customer=BY_SMS))
        await rig.until({"r1.0": State.SENT})
        answer = await customer.writes("CANCEL", OptOutType="STOP")
        assert answer.text.endswith("<Response/>")
        assert await suppressed(rig) == STOPPED
        assert await rows(rig) == [(1, "cancel", "sms")]
        await customer.writes("Поверніть", OptOutType="START")
        assert await suppressed(rig) == []
        other = await customer.writes("Hola", OptOutType="TOMORROWS")
    assert other.status_code == 200


async def test_twilios_own_words_are_answered_by_twilio(rig: Rig) -> None:
    rig.settings = answering(rig.settings)
    async with customer_of(rig) as other, rig.running():
        await written_to(rig)
        kept_by_twilio = await other.writes(" stop ")
        assert await suppressed(rig) == STOPPED
        ours = await other.writes("старт")
    assert kept_by_twilio.text.endswith("<Response/>")
    assert "<Message>" in ours.text


async def test_a_message_that_is_brought_twice_counts_once(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        await written_to(rig)
        for text in ("стоп", "старт", "стоп", "старт"):
            await customer.writes(text, MessageSid=f"SM{text == 'стоп':032x}")
        assert len(await opt_outs(rig, 4)) == 4
    assert await suppressed(rig) == []


async def test_what_is_found_later_is_kept_to_in_its_order_and_not_answered(
    rig: Rig, customer: Answering
) -> None:
    now = datetime.now(UTC)
    listed = [_listed("стоп", now - 30 * SECOND, 1), _listed("старт", now - 60 * SECOND, 2)]
    async with rig.running():
        await written_to(rig)
    rig.texts_in.texts += listed
    async with rig.running():
        await eventually(lambda: _is_as(rig, STOPPED))
        answer = await customer.writes("СТОП")
    assert await suppressed(rig) == STOPPED
    assert "<Message>" in answer.text


async def test_a_stop_from_before_a_start_changes_nothing(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        await written_to(rig)
        await customer.writes("стоп")
        await customer.writes("старт")
    rig.texts_in.texts.append(_listed("відписатися", datetime.now(UTC) - 60 * SECOND, 7))
    async with rig.running():
        await eventually(lambda: _taken(rig, 3))
    assert await suppressed(rig) == []


async def _taken(rig: Rig, count: int) -> bool:
    return bool(await rig.pool.fetchval("SELECT count(*) = $1 FROM notifier.texts_taken", count))


def _listed(text: str, at: datetime, number: int) -> TextIn:
    return TextIn(
        ref=f"SM{number:032d}",
        number=PHONE,
        account=PROVIDERS["TWILIO_ACCOUNT_SID"],
        to=PROVIDERS["TWILIO_FROM"],
        text=text,
        at=at,
    )


async def test_a_text_to_a_number_that_is_not_ours_stops_nothing(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await written_to(rig)
        answer = await customer.writes("STOP", To="+15005550009")
    assert answer.text.endswith("<Response/>")
    assert await suppressed(rig) == []
    assert text_message("STOP")["To"] != "+15005550009"


async def test_a_stop_on_whatsapp_is_about_whatsapp(rig: Rig) -> None:
    number = "+15005550006"
    account = replace(rig.settings.providers.twilio, sender=number)
    providers = replace(rig.settings.providers, whatsapp=account)
    rig.settings = answering(replace(rig.settings, providers=providers))
    async with customer_of(rig) as other, rig.running():
        await written_to(rig)
        answer = await other.writes(
            "не пишіть мені", number=f"whatsapp:{PHONE}", To=f"whatsapp:{number}"
        )
        assert "<Message>" in answer.text
        assert {address for _, address, _, _ in await suppressed(rig)} == {f"whatsapp:{PHONE}"}
        await other.writes("старт", number=f"whatsapp:{PHONE}", To=f"whatsapp:{number}")
    assert await suppressed(rig) == []
