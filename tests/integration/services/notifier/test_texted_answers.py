"""How a customer's answer comes back by SMS: brought by Twilio's webhook, or found in its list."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.replies import Answer, Question
from services.notifier import missed_texts
from services.notifier.attempts import State
from services.notifier.channels import TextIn, TransientError, TwilioAccount
from tests.support.answering import (
    PHONE,
    Answering,
    answering,
    asks,
    customer_of,
    replies,
    rows,
    text_message,
)
from tests.support.eventually import eventually
from tests.support.full_disk import no_room_in
from tests.support.notifier import MONDAY, PROVIDERS, Rig
from tests.support.sealing import IN_CLEAR

BY_SMS = Customer(id="c-1", name="Оксана", phone=PHONE)
SECOND = timedelta(seconds=1)


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    rig.settings = answering(rig.settings)
    async with customer_of(rig) as made:
        yield made


async def asked_by_sms(rig: Rig) -> None:
    await rig.emit(asks(customer=BY_SMS))
    await rig.until({"r1.0": State.SENT})


@pytest.mark.parametrize("text", ["ЧЕКАЮ", " чекаю! ", "Wait", "жду"])
async def test_a_word_in_any_of_our_languages_answers_an_sms(
    rig: Rig, customer: Answering, text: str
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
        answer = await customer.writes(text)
        [(_, reply)] = await replies(rig, 1)
    assert (answer.status_code, answer.headers["content-type"]) == (
        200,
        "text/xml; charset=utf-8",
    )
    assert answer.text.endswith("<Response/>")
    assert (reply.answer, reply.channel) == (Answer.WAIT, Channel.SMS)


async def test_a_word_answers_the_newest_question_that_it_fits(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
        await rig.emit(asks("r2", Question.RECEIVED, customer=BY_SMS))
        await rig.emit(asks("r3", None, customer=BY_SMS))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT, "r3.0": State.SENT})
        await customer.writes("так")
        await customer.writes("чекаю")
        await customer.writes("дякую")
        said = {event_id: reply.answer for event_id, reply in await replies(rig, 2)}
    assert said == {"reply.r2.1": Answer.YES, "reply.r1.1": Answer.WAIT}
    assert customer.counted("sms", "not_understood", "received") == 1


async def test_a_word_that_may_be_about_either_of_two_orders_is_left_to_a_person(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
        await rig.emit(asks("r2", customer=BY_SMS, order_id="A-2"))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})
        assert (await customer.writes("скасуйте")).status_code == 200
    assert await rows(rig) == []
    assert customer.counted("sms", "ambiguous", "wait_or_cancel") == 1


async def test_a_yes_that_may_be_about_either_of_two_parcels_is_left_to_a_person(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        for name, parcel in (("r1", "59000001"), ("r2", "59000002")):
            await rig.emit(asks(name, Question.RECEIVED, parcel, customer=BY_SMS))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})
        await customer.writes("так")
    assert await rows(rig) == []
    assert customer.counted("sms", "ambiguous", "received") == 1


async def test_a_text_that_is_no_answer_is_left_alone(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        await asked_by_sms(rig)
        assert (await customer.writes("не чекаю, де моє замовлення?")).status_code == 200
        assert (await customer.writes("чекаю", number="+380671234567")).status_code == 200
        other = {"AccountSid": "AC" + "9" * 32}
        assert (await customer.writes("чекаю", **other)).status_code == 403
        elsewhere = {"To": "+15005550009", "MessageSid": "SM" + "9" * 32}
        assert (await customer.writes("чекаю", **elsewhere)).status_code == 200
    assert await rows(rig) == []
    assert customer.counted("sms", "not_understood", "wait_or_cancel") == 1
    assert customer.counted("sms", "unknown") == 2


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        pytest.param(-1, [(1, "wait", "sms")], id="until the fourteenth day is over"),
        pytest.param(1, [], id="and not later"),
    ],
)
async def test_a_word_answers_for_two_weeks(
    rig: Rig, customer: Answering, minutes: int, said: list[tuple[int, str, str]]
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
        rig.clock.set(MONDAY + timedelta(days=14, minutes=minutes))
        await customer.writes("чекаю")
    assert await rows(rig) == said


async def test_a_reply_that_is_brought_twice_counts_once(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        await asked_by_sms(rig)
        for text in ("чекаю", "скасуйте", "чекаю"):
            await customer.writes(text, MessageSid=f"SM{text == 'чекаю':032x}")
    assert await rows(rig) == [(1, "wait", "sms"), (2, "cancel", "sms")]


async def test_what_twilio_did_not_sign_is_refused(customer: Answering) -> None:
    fields = text_message("чекаю")
    for headers in ({}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "a guess"}):
        assert (await customer.brings(fields, headers)).status_code == 403
    assert (await customer.brings({"From": PHONE}, {})).status_code == 400


async def test_where_the_sender_is_a_name_nobody_is_told_to_reply(rig: Rig) -> None:
    settings = answering(rig.settings)
    named = replace(settings.providers.twilio, sender="Lavka")
    rig.settings = replace(settings, providers=replace(settings.providers, twilio=named))
    async with rig.running():
        await asked_by_sms(rig)
    assert "ЧЕКАЮ" not in rig.senders.sms.sent[0].text


async def test_where_it_is_a_number_the_words_are_named(rig: Rig) -> None:
    rig.settings = answering(rig.settings)
    async with rig.running():
        await asked_by_sms(rig)
    assert "ЧЕКАЮ" in rig.senders.sms.sent[0].text


def _written(text: str, *, at: datetime | None = None, ref: str = "") -> TextIn:
    """What Twilio lists of it."""
    fields = text_message(text)
    return TextIn(
        ref=ref or fields["MessageSid"],
        number=PHONE,
        account=PROVIDERS["TWILIO_ACCOUNT_SID"],
        to=PROVIDERS["TWILIO_FROM"],
        text=text,
        at=at or datetime.now(UTC),
    )


async def _is_taken(rig: Rig, text: TextIn) -> bool:
    query = "SELECT EXISTS (SELECT FROM notifier.texts_taken WHERE ref = $1)"
    return bool(await rig.pool.fetchval(query, text.ref))


async def _until_taken(rig: Rig, text: TextIn) -> None:
    await eventually(partial(_is_taken, rig, text))


async def test_an_answer_that_could_not_be_written_is_found_in_twilios_list(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
        async with no_room_in(rig.pool, "replies"):
            assert (await customer.writes("чекаю")).status_code == 503
            assert customer.counted("sms", "not_taken") == 1
    rig.texts_in.texts.append(text := _written("чекаю"))
    async with rig.running():
        await _until_taken(rig, text)
        [(event_id, reply)] = await replies(rig, 1)
        await eventually(partial(rig.shows, "missed_texts_total", 1, result="heard"))
    assert (event_id, reply.answer, reply.channel) == ("reply.r1.1", Answer.WAIT, Channel.SMS)


@pytest.mark.usefixtures("customer")
async def test_what_was_written_while_nobody_ran_is_heard_at_the_start(
    rig: Rig,
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
    rig.texts_in.texts.append(text := _written("чекаю"))
    async with rig.running():
        await _until_taken(rig, text)
    assert await rows(rig) == [(1, "wait", "sms")]


@pytest.mark.usefixtures("customer")
async def test_what_was_missed_of_whatsapp_is_found_as_well(rig: Rig) -> None:
    account = TwilioAccount(
        sid=PROVIDERS["TWILIO_ACCOUNT_SID"], auth_token="token", sender="+380441234567"
    )
    rig.settings = replace(
        rig.settings, providers=replace(rig.settings.providers, whatsapp=account)
    )
    came = replace(_written("стоп"), number=f"whatsapp:{PHONE}", to=f"whatsapp:{account.sender}")
    rig.texts_in.texts.append(came)
    async with rig.running():
        await _until_taken(rig, came)
    query = "SELECT address FROM notifier.suppressions"
    assert [row["address"] for row in await rig.pool.fetch(query)] == [f"whatsapp:{PHONE}"]


async def test_what_the_webhook_brought_is_not_heard_again_from_the_list(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
        await customer.writes("чекаю")
        await customer.writes("скасуйте")
    rig.texts_in.texts += [_written("чекаю"), _written("скасуйте")]
    rig.texts_in.texts.append(marker := _written("дякую"))
    async with rig.running():
        await _until_taken(rig, marker)
        await eventually(partial(rig.shows, "missed_texts_total", 1, result="not_understood"))
    assert await rows(rig) == [(1, "wait", "sms"), (2, "cancel", "sms")]


async def test_what_the_list_told_is_not_heard_again_from_the_webhook(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
    rig.texts_in.texts.append(text := _written("чекаю"))
    async with rig.running():
        await _until_taken(rig, text)
        await customer.writes("скасуйте")
        assert (await customer.writes("чекаю")).status_code == 200
    assert await rows(rig) == [(1, "wait", "sms"), (2, "cancel", "sms")]


async def test_an_older_text_that_was_missed_does_not_undo_a_newer_answer(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
        missed = _written("чекаю")
        await customer.writes("скасуйте")
    rig.texts_in.texts.append(missed)
    async with rig.running():
        await _until_taken(rig, missed)
        await eventually(partial(rig.shows, "missed_texts_total", 1, result="overtaken"))
    assert await rows(rig) == [(1, "cancel", "sms")]


@pytest.mark.usefixtures("customer")
async def test_of_two_texts_that_were_missed_the_later_one_counts(rig: Rig) -> None:
    async with rig.running():
        await asked_by_sms(rig)
    first = _written("чекаю")
    rig.texts_in.texts += [first, then := _written("скасуйте", at=first.at + SECOND / 1000)]
    async with rig.running():
        await _until_taken(rig, then)
    assert await rows(rig) == [(1, "wait", "sms"), (2, "cancel", "sms")]


@pytest.mark.usefixtures("customer")
async def test_a_text_that_was_missed_answers_no_question_that_was_asked_after_it(
    rig: Rig,
) -> None:
    before = datetime.now(UTC) - SECOND
    async with rig.running():
        await asked_by_sms(rig)
    rig.texts_in.texts.append(text := _written("чекаю", at=before))
    async with rig.running():
        await _until_taken(rig, text)
    assert await rows(rig) == []


async def test_a_list_that_cannot_be_read_stops_nothing_and_is_read_later_from_where_it_was(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
    rig.texts_in.error = TransientError("503")
    rig.texts_in.texts.append(text := _written("чекаю"))
    async with rig.running():
        await eventually(partial(rig.shows, "texts_unread_total", 1))
        assert (await customer.writes("дякую")).status_code == 200
    rig.texts_in.error = None
    async with rig.running():
        await _until_taken(rig, text)
    assert await rows(rig) == [(1, "wait", "sms")]


async def test_after_weeks_the_list_is_read_for_three_days(rig: Rig) -> None:
    now = datetime.now(UTC)
    await rig.pool.execute(
        "INSERT INTO notifier.texts_read (sender, up_to) VALUES ('primary', $1)",
        now - timedelta(weeks=3),
    )
    async with rig.running():

        async def asked() -> bool:
            return bool(rig.texts_in.asked)

        await eventually(asked)
    assert rig.texts_in.asked[0][0] >= now - missed_texts.FURTHEST


@IN_CLEAR
@pytest.mark.usefixtures("customer")
async def test_a_text_that_can_never_be_taken_holds_up_no_other_and_is_not_passed_over(
    rig: Rig,
) -> None:
    async with rig.running():
        await asked_by_sms(rig)
    poison = replace(_written("так"), number="+38\0")
    rig.texts_in.texts += [poison, text := _written("чекаю")]
    async with rig.running():
        await _until_taken(rig, text)
        await eventually(partial(rig.shows, "texts_unread_total", 1))
    assert await rows(rig) == [(1, "wait", "sms")]
    assert not await _is_taken(rig, poison)
    up_to = await rig.pool.fetchval("SELECT max(up_to) FROM notifier.texts_read")
    assert up_to < poison.at


@pytest.mark.usefixtures("customer")
async def test_after_a_long_stop_the_list_is_read_from_where_it_was_in_pieces(
    rig: Rig,
) -> None:
    now = datetime.now(UTC)
    stopped = now - timedelta(hours=2)
    await rig.pool.execute(
        "INSERT INTO notifier.texts_read (sender, up_to) VALUES ('primary', $1)", stopped
    )
    rig.texts_in.texts.append(text := _written("чекаю", at=now))
    async with rig.running():
        await _until_taken(rig, text)
    starts = [start for start, _ in rig.texts_in.asked[:3]]
    assert starts[0] == stopped - missed_texts.OVERLAP
    assert starts[1] - starts[0] == missed_texts.AT_ONCE
    assert starts[2] - starts[1] == missed_texts.AT_ONCE
