"""Marketing is stopped with one click, and nothing of the kind is sent after that."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import CartFlow
from headsup.contracts.replies import CustomerOptedOut
from headsup.kafka.producer import PublishError
from services.notifier.answer_settings import AnswerSettings
from services.notifier.attempts import State
from services.notifier.channels import TransientError
from services.notifier.hand import FRESH
from services.notifier.stopping import StopLinks
from tests.support.answering import Answering, customer_of
from tests.support.eventually import eventually
from tests.support.marketing import (
    BY_MAIL,
    DAY,
    MAIL,
    PHONE,
    agrees,
    asks_for_a_review,
    kept,
    opened,
    opt_outs,
    stop_links_in,
)
from tests.support.notifier import KEY, MONDAY, PUBLIC, Rig, requested, told
from tests.support.sealing import BOTH_WAYS

BY_GMAIL = {"List-Unsubscribe": "One-Click"}
"""What a mail program posts: RFC 8058, section 3.2."""
SILENCED = (None, "suppressed", "opted_out")
CART = CartFlow(cart_id="k-1", flow="f-1", step=1, touched_at=MONDAY)


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    async with customer_of(rig) as made:
        yield made


async def _knows(rig: Rig, *events: Any) -> None:
    before = await rig.pool.fetchval("SELECT max(told_at) FROM notifier.people")
    await rig.emit(*events)

    async def written() -> bool:
        after = await rig.pool.fetchval("SELECT max(told_at) FROM notifier.people")
        return bool(after != before)

    await eventually(written)


async def _got_marketing(rig: Rig) -> str:
    """The address at which the mail that she got is stopped."""
    await _knows(rig, agrees())
    await rig.emit(asks_for_a_review("r1"))
    await rig.until({"r1.0": State.SENT})
    return str(rig.senders.email.sent[-1].stop_url)


async def _got_marketing_of(rig: Rig, customer_id: str) -> str:
    """The same, of somebody who has the same mailbox, and agreed unless that is known."""
    if not await rig.pool.fetchval(
        "SELECT count(*) FROM notifier.people WHERE customer_id = $1", customer_id
    ):
        await _knows(rig, agrees(customer_id=customer_id, told_at=MONDAY))
    await rig.emit(asks_for_a_review("r1", customer=Customer(id=customer_id, email=MAIL)))
    await rig.until({"r1.0": State.SENT})
    return str(rig.senders.email.sent[-1].stop_url)


def _counted(customer: Answering, result: str, kind: str = "none", channel: str = "none") -> float:
    labels = {"kind": kind, "channel": channel, "result": result}
    name = "headsup_notifier_opt_outs_total"
    return customer.registry.get_sample_value(name, labels) or 0.0


def _path(link: str) -> str:
    return link.removeprefix(PUBLIC)


async def test_a_mail_program_stops_marketing_with_the_address_that_the_mail_names(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await _got_marketing(rig)
        mail = opened(rig.senders.email.sent[0])
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        link = mail["List-Unsubscribe"].strip("<>")

        response = await customer.client.post(_path(link), data=BY_GMAIL)

        assert (response.status_code, response.history) == (200, [])
        assert "set-cookie" not in response.headers
        [(key, _, said)] = await opt_outs(rig, 1)
        await rig.emit(asks_for_a_review("r2", order_id=None, cart=CART))
        outcomes = await rig.outcomes(2)
    assert key == "c-1"
    assert said == CustomerOptedOut(customer_id="c-1", message_class=MessageClass.MARKETING)
    assert await kept(rig) == [("customer:c-1", MONDAY), (f"email:{MAIL}", MONDAY)]
    assert told(outcomes)[1] == SILENCED
    assert outcomes[1].cart == CART


async def test_the_address_stands_in_both_texts_of_the_mail_for_people_to_click(
    rig: Rig,
) -> None:
    async with rig.running():
        link = await _got_marketing(rig)
        mail = opened(rig.senders.email.sent[0])
    for subtype in ("plain", "html"):
        part = mail.get_body((subtype,))
        assert part is not None
        assert stop_links_in(part.get_content()) == [link]
        assert "Не надсилати таких повідомлень" in part.get_content()


async def test_news_of_an_order_names_no_such_address_and_goes_on(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await customer.follows(await _got_marketing(rig))
        await rig.emit(requested("r2", customer=BY_MAIL))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})
    mail = rig.senders.email.sent[-1]
    assert opened(mail)["List-Unsubscribe"] is None
    assert stop_links_in(mail.text + mail.html) == []


async def test_whoever_opens_the_address_changes_nothing(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = await _got_marketing(rig)
        page = await customer.looks(link)
        head = await customer.client.head(_path(link))
        assert (page.status_code, head.status_code) == (200, 200)
        assert page.text.count("<button") == 1
        assert await kept(rig) == []
        await rig.emit(asks_for_a_review("r2"))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})


async def test_the_page_is_in_the_language_of_the_message_and_names_nobody(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        link = await _got_marketing(rig)
        asked, done = await customer.looks(link), await customer.follows(link)
        after = await customer.looks(link)
    assert 'lang="uk"' in asked.text
    assert "Lavka більше не надсилатиме вам таких повідомлень" in done.text
    assert "Про свої замовлення ви дізнаватиметеся" in done.text
    assert "Захочете отримувати їх знову?" in done.text
    assert "<button" not in done.text
    assert after.text == done.text
    for text in (asked.text, done.text, link):
        assert "<script" not in text
        for personal in ("Оксана", "oksana", PHONE, "c-1", "A-1"):
            assert personal not in text
    assert "default-src 'none'" in done.headers["content-security-policy"]
    assert done.headers["cache-control"] == "no-store"


async def test_to_click_twice_is_to_click_once(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = await _got_marketing(rig)
        first = await customer.follows(link)
        rig.clock.set(MONDAY + 90 * DAY)
        second = await customer.client.post(_path(link), data=BY_GMAIL)
        await rig.emit(agrees(customer_id="c-2", at=MONDAY + 90 * DAY))
        assert len(await opt_outs(rig, 1)) == 1
    assert (first.status_code, second.status_code) == (200, 200)
    pages = {re.sub(r"/p/[\w-]+", "", each.text) for each in (first, second)}
    assert len(pages) == 1  # but for the day until which a link opens
    assert _counted(customer, "stopped", "review.request", "email") == 1
    assert _counted(customer, "known", "review.request", "email") == 1


@pytest.mark.parametrize("method", ["looks", "follows"])
async def test_who_guesses_and_who_alters_see_the_same_kind_page(
    rig: Rig, customer: Answering, method: str
) -> None:
    async with rig.running():
        link = await _got_marketing(rig)
        visit = getattr(customer, method)
        altered = await visit(link[:-1] + ("A" if link[-1] != "A" else "B"))
        another = await visit(StopLinks(PUBLIC, b"k" * 32).of(1))
        unknown = await visit(StopLinks(PUBLIC, KEY).of(999_999))
        nonsense = [await visit(f"{PUBLIC}/s/{text}") for text in ("x", "%00", "%D1%97" * 20)]
    pages = [altered, another, unknown, *nonsense]
    assert {page.status_code for page in pages} == {404}
    assert {page.text for page in pages} == {altered.text}
    assert "names a person" in altered.text
    assert await kept(rig) == []
    assert _counted(customer, "forged") == (5 if method == "follows" else 0)
    assert _counted(customer, "unknown") == (1 if method == "follows" else 0)


async def test_an_opt_out_is_not_lost_when_kafka_is_away(rig: Rig, customer: Answering) -> None:
    class Away:
        async def publish(self, records: Sequence[Any]) -> None:
            raise PublishError(list(range(len(records))))

    async with rig.running(publisher=Away()):
        link = await _got_marketing(rig)
        assert (await customer.follows(link)).status_code == 200
    await rig.pool.execute("UPDATE notifier.outbox SET created_at = now() - interval '1 hour'")
    async with rig.running():
        [(key, _, _)] = await opt_outs(rig, 1)
    assert key == "c-1"


async def test_nothing_is_kept_that_the_shop_is_not_told(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = await _got_marketing(rig)
        await rig.pool.execute(
            "ALTER TABLE notifier.outbox ADD CONSTRAINT full_up"
            " CHECK (topic NOT LIKE '%customers.replied') NOT VALID"
        )
        assert (await customer.follows(link)).status_code == 503
        assert await kept(rig) == []
        await rig.pool.execute("ALTER TABLE notifier.outbox DROP CONSTRAINT full_up")
        assert (await customer.follows(link)).status_code == 200
        await opt_outs(rig, 1)


async def test_who_agrees_again_gets_marketing_again_and_may_stop_it_again(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        link = await _got_marketing(rig)
        await customer.follows(link)
        rig.clock.set(MONDAY + DAY)
        await _knows(rig, agrees(to=(Channel.EMAIL,), at=MONDAY + DAY))
        await rig.emit(asks_for_a_review("r2", at=MONDAY + DAY))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})

        rig.clock.set(MONDAY + 2 * DAY)
        await customer.follows(link)
        await rig.emit(asks_for_a_review("r3", at=MONDAY + 2 * DAY))
        assert told(await rig.outcomes(3))[2] == SILENCED
        ids = [event_id for _, event_id, _ in await opt_outs(rig, 2)]
    assert len(set(ids)) == 2
    assert dict(await kept(rig))["customer:c-1"] == MONDAY + 2 * DAY


async def test_what_was_agreed_to_before_and_told_later_lifts_nothing(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await customer.follows(await _got_marketing(rig))
        await _knows(rig, agrees(at=MONDAY - timedelta(hours=1), told_at=MONDAY + DAY))
        await rig.emit(asks_for_a_review("r2"))
        assert told(await rig.outcomes(2))[1] == SILENCED


@pytest.mark.parametrize("told_again", [False, True], ids=["told once", "told again after it"])
@pytest.mark.parametrize("ahead", [timedelta(hours=2), 900 * DAY], ids=["hours", "years"])
async def test_one_click_stops_it_for_the_mailbox_though_another_agreed_ahead_of_our_clock(
    rig: Rig, customer: Answering, ahead: timedelta, told_again: bool
) -> None:
    agreed = partial(agrees, customer_id="c-2", at=MONDAY + ahead)
    async with rig.running():
        await _knows(rig, agreed(told_at=MONDAY - timedelta(hours=2)))
        await customer.follows(await _got_marketing_of(rig, "guest-7"))
        rig.clock.set(MONDAY + timedelta(hours=3))
        if told_again:
            await _knows(rig, agreed(told_at=MONDAY + timedelta(hours=3)))
        await rig.emit(asks_for_a_review("r2", customer=Customer(id="c-2", email=MAIL)))
        assert told(await rig.outcomes(2))[1] == SILENCED
        assert dict(await kept(rig))[f"email:{MAIL}"] == MONDAY


async def test_whoever_agrees_after_that_by_a_clock_ahead_of_ours_gets_marketing_again(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await _knows(rig, agrees(at=MONDAY + 2 * DAY, told_at=MONDAY - timedelta(hours=2)))
        await customer.follows(await _got_marketing_of(rig, "c-1"))
        rig.clock.set(MONDAY + timedelta(hours=3))
        await _knows(rig, agrees(at=MONDAY + 3 * DAY, told_at=MONDAY + timedelta(hours=3)))
        await rig.emit(asks_for_a_review("r2"))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT})


@pytest.mark.parametrize(
    "guest",
    [
        Customer(id="guest-7", email=MAIL),
        Customer(id="guest-7", email=MAIL.upper(), phone="+380671112233"),
    ],
    ids=["the same address", "in capitals, beside another phone"],
)
async def test_who_comes_back_as_a_guest_is_left_alone_by_every_channel(
    rig: Rig, customer: Answering, guest: Customer
) -> None:
    async with rig.running():
        await customer.follows(await _got_marketing(rig))
        await _knows(rig, agrees((Channel.TELEGRAM, "77"), customer_id="guest-7", told_at=MONDAY))
        await rig.emit(asks_for_a_review("r2", customer=guest))
        assert told(await rig.outcomes(2))[1] == SILENCED
        await rig.emit(asks_for_a_review("r3", customer=Customer(id="c-9", email="b@mail.example")))
        assert told(await rig.outcomes(3))[2] == (None, "suppressed", "no_consent")


async def test_who_stopped_it_by_mail_is_not_written_to_in_a_chat(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await customer.follows(await _got_marketing(rig))
        await _knows(rig, agrees((Channel.TELEGRAM, "4242"), told_at=MONDAY))
        await rig.emit(asks_for_a_review("r2", customer=Customer(id="c-1")))
        assert told(await rig.outcomes(2))[1] == SILENCED
    assert rig.senders.telegram.sent == []


@BOTH_WAYS
async def test_what_waits_to_be_sent_is_not_sent_any_more(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = await _got_marketing(rig)
        rig.senders.email.fail(TransientError("421", retry_after=3600.0))
        await rig.emit(asks_for_a_review("r2"))
        await eventually(rig.has_retried)
        await customer.follows(link)
        await rig.is_due_now()
        assert told(await rig.outcomes(2))[1] == ("r2.0", "suppressed", "opted_out")
    assert len(rig.senders.email.sent) == 1


async def test_what_was_claimed_already_and_waits_its_turn_is_not_sent_either(
    rig: Rig, customer: Answering
) -> None:
    """The connection is busy with another message meanwhile."""
    providers = rig.settings.providers
    connections = {**providers.connections, Channel.EMAIL: 1}
    rig.settings = replace(rig.settings, providers=replace(providers, connections=connections))
    async with rig.running():
        link = await _got_marketing(rig)
        rig.senders.email.hold()
        await rig.emit(requested("r2", customer=BY_MAIL, order_id="B-2"), asks_for_a_review("r3"))
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENDING, "r3.0": State.SENDING})
        await rig.until_called(rig.senders.email)
        claimed_at = await rig.pool.fetchval("SELECT now()")
        await customer.follows(link)
        await eventually(partial(_has_passed, rig, claimed_at, FRESH))
        rig.senders.email.release()
        await rig.until({"r1.0": State.SENT, "r2.0": State.SENT, "r3.0": State.SUPPRESSED})
        assert ("r3.0", "suppressed", "opted_out") in told(await rig.outcomes(3))


async def _has_passed(rig: Rig, since: Any, seconds: float) -> bool:
    query = "SELECT now() > $1::timestamptz + make_interval(secs => $2)"
    return bool(await rig.pool.fetchval(query, since, seconds))


async def test_without_an_address_of_ours_there_is_no_marketing(rig: Rig) -> None:
    rig.settings = replace(rig.settings, public_url=None)
    async with rig.running():
        await _knows(rig, agrees())
        await rig.emit(asks_for_a_review("r1"), requested("r2", customer=BY_MAIL))
        await rig.until({"r2.0": State.SENT})
        assert told(await rig.outcomes(2))[0] == (None, "suppressed", "bad_configuration")


async def test_what_was_planned_while_it_could_be_stopped_is_not_sent_without_a_way_to(
    rig: Rig,
) -> None:
    rig.senders.email.fail(TransientError("421", retry_after=3600.0))
    async with rig.running():
        await _knows(rig, agrees())
        await rig.emit(asks_for_a_review("r1"))
        await eventually(rig.has_retried)
    rig.settings = replace(rig.settings, answers=AnswerSettings())
    await rig.is_due_now()
    async with rig.running():
        assert told(await rig.outcomes(1)) == [("r1.0", "suppressed", "bad_configuration")]


async def test_a_customer_whom_we_cannot_read_is_heard(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = await _got_marketing(rig)
        await rig.pool.execute("UPDATE notifier.people SET entry = '{'")
        assert (await customer.follows(link)).status_code == 200
        await opt_outs(rig, 1)


async def test_a_form_that_is_too_large_is_refused(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = await _got_marketing(rig)
        answer = await customer.client.post(_path(link), content=b"x" * 5_000)
    assert answer.status_code == 400
    assert await kept(rig) == []
