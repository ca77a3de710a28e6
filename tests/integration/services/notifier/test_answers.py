"""How a customer's answer comes back, by each channel, and reaches the shop."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.replies import Answer, Question
from headsup.kafka.producer import PublishError
from services.notifier.answer_settings import AnswerSettings
from services.notifier.answers import LIFETIME, MOST_CHANGES, AnswerLinks
from services.notifier.attempts import State
from services.notifier.trace import ANSWERS, trace
from tests.support.answering import (
    PHONE,
    Answering,
    answering,
    asks,
    customer_of,
    links_in,
    replies,
    rows,
)
from tests.support.full_disk import no_room_in
from tests.support.notifier import KEY, MONDAY, PUBLIC, Rig

BY_MAIL = Customer(id="c-1", name="Оксана", email="oksana@mail.example")


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    rig.settings = answering(rig.settings)
    async with customer_of(rig) as made:
        yield made


async def _asked_by_mail(rig: Rig) -> dict[str, str]:
    """The links of the mail that asks, by answer."""
    await _sent(rig, asks(customer=BY_MAIL))
    return links_in(rig.senders.email.sent[0].text)


async def _sent(rig: Rig, event: Event[Any]) -> None:
    await rig.emit(event)
    await rig.until({"r1.0": State.SENT})


async def test_a_link_of_a_mail_is_looked_at_by_anybody_and_counts_when_its_button_is_pressed(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        links = await _asked_by_mail(rig)
        assert list(links) == ["wait", "cancel"]
        for link in links.values():  # as a scanner does
            assert (await customer.looks(link)).status_code == 200
        assert await rows(rig) == []
        assert (await customer.follows(links["cancel"])).status_code == 200
        [(event_id, reply)] = await replies(rig, 1)
    assert event_id == "reply.r1.1"
    assert (reply.order_id, reply.customer_id, reply.request_id) == ("A-1", "c-1", "r1")
    assert (reply.question, reply.answer) == (Question.WAIT_OR_CANCEL, Answer.CANCEL)
    assert reply.channel is Channel.EMAIL
    assert await rows(rig) == [(1, "cancel", "email")]
    assert customer.counted("email", "heard", "wait_or_cancel", "cancel") == 1


async def test_the_same_answer_again_changes_nothing_and_another_one_counts(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        links = await _asked_by_mail(rig)
        for answer in ("wait", "wait", "cancel", "wait"):
            assert (await customer.follows(links[answer])).status_code == 200
        said = [(event_id, reply.answer) for event_id, reply in await replies(rig, 3)]
    assert said == [
        ("reply.r1.1", Answer.WAIT),
        ("reply.r1.2", Answer.CANCEL),
        ("reply.r1.3", Answer.WAIT),
    ]
    assert customer.counted("email", "same", "wait_or_cancel", "wait") == 1
    async with rig.pool.acquire() as connection:
        traced = [entry for entry in await trace(connection, "A-1") if entry.section == ANSWERS]
    assert [entry.heading for entry in traced] == [
        "wait by email",
        "cancel by email",
        "wait by email",
    ]


async def test_an_answer_is_not_lost_when_kafka_is_away(rig: Rig, customer: Answering) -> None:
    class Away:
        async def publish(self, records: Sequence[Any]) -> None:
            raise PublishError(list(range(len(records))))

    async with rig.running(publisher=Away()):
        links = await _asked_by_mail(rig)
        assert (await customer.follows(links["wait"])).status_code == 200
    await rig.pool.execute("UPDATE notifier.outbox SET created_at = now() - interval '1 hour'")
    async with rig.running():
        [(event_id, _)] = await replies(rig, 1)
    assert event_id == "reply.r1.1"


async def test_the_page_is_in_the_language_of_the_message_and_names_nobody(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        links = await _asked_by_mail(rig)
        page = await customer.looks(links["cancel"])
        thanks = await customer.follows(links["cancel"])
    assert 'lang="uk"' in page.text
    assert "Скасувати замовлення" in page.text
    assert page.text.count("<button") == 1
    assert "Дякуємо" in thanks.text
    assert "<button" not in thanks.text
    for text in (page.text, thanks.text):
        assert "<script" not in text
        for personal in ("Оксана", "oksana", PHONE, "c-1", "A-1"):
            assert personal not in text


@pytest.mark.parametrize("method", ["looks", "follows"])
async def test_every_page_is_kept_out_of_caches_frames_and_search(
    rig: Rig, customer: Answering, method: str
) -> None:
    async with rig.running():
        links = await _asked_by_mail(rig)
        good = await getattr(customer, method)(links["wait"])
        gone = await getattr(customer, method)(links["wait"][:-1] + "_")
    for response in (good, gone):
        headers = response.headers
        assert headers["cache-control"] == "no-store"
        assert "noindex" in headers["x-robots-tag"]
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("method", ["looks", "follows"])
async def test_who_guesses_and_who_comes_too_late_see_the_same_page(
    rig: Rig, customer: Answering, method: str
) -> None:
    async with rig.running():
        links = await _asked_by_mail(rig)
        visit = getattr(customer, method)
        forged = await visit(links["wait"].replace("/wait/", "/cancel/"))
        other = await visit(links["wait"].replace("/r1/", "/r2/"))
        rig.clock.set(MONDAY + LIFETIME + timedelta(hours=1))
        late = await visit(links["wait"])
    assert {page.status_code for page in (forged, other, late)} == {404}
    assert forged.text == other.text == late.text
    assert await rows(rig) == []


async def test_a_page_that_is_not_there_speaks_the_language_of_the_browser(
    customer: Answering,
) -> None:
    page = await customer.looks(
        f"{PUBLIC}/answers/r1/wait/{'x' * 22}", **{"Accept-Language": "ru-RU,ru;q=0.9,en;q=0.5"}
    )
    assert 'lang="ru"' in page.text


async def test_what_cannot_be_written_now_is_asked_for_again(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        links = await _asked_by_mail(rig)
        async with no_room_in(rig.pool, "replies"):
            assert (await customer.follows(links["wait"])).status_code == 503
        assert (await customer.follows(links["wait"])).status_code == 200
    assert customer.counted("email", "not_taken") == 1


@pytest.mark.parametrize("method", ["looks", "follows"])
async def test_a_link_of_ours_with_the_answer_to_another_question_does_nothing(
    rig: Rig, customer: Answering, method: str
) -> None:
    foreign = AnswerLinks(PUBLIC, KEY).of("r1", Question.RATING)
    assert foreign is not None
    async with rig.running():
        await _asked_by_mail(rig)
        page = await getattr(customer, method)(foreign[Answer.FIVE])
    assert (page.status_code, await rows(rig)) == (404, [])


async def test_the_next_answer_follows_the_last_one_where_the_first_is_forgotten(
    rig: Rig, customer: Answering
) -> None:
    """As where the database was restored, and Kafka has only the second one any more."""
    async with rig.running():
        links = await _asked_by_mail(rig)
        await rig.pool.execute(
            "INSERT INTO notifier.replies (request_id, number, answer, channel, at)"
            " VALUES ('r1', 2, 'wait', 'email', now())"
        )
        assert (await customer.follows(links["cancel"])).status_code == 200
        assert [number for number, *_ in await rows(rig)] == [2, 3]


async def test_who_changes_their_mind_without_end_is_led_to_a_person(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        links = await _asked_by_mail(rig)
        await rig.pool.execute(
            "INSERT INTO notifier.replies (request_id, number, answer, channel, at)"
            " SELECT 'r1', n, 'wait', 'email', now() FROM generate_series(1, $1::int) AS n",
            MOST_CHANGES,
        )
        page = await customer.follows(links["cancel"])
    assert page.status_code == 429
    assert "names a person" in page.text
    assert "try again" not in page.text
    assert customer.counted("email", "too_often", "wait_or_cancel", "cancel") == 1


async def test_a_form_that_is_too_large_is_refused(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        links = await _asked_by_mail(rig)
        path = links["wait"].removeprefix(PUBLIC)
        answer = await customer.client.post(path, content=b"x" * 5_000)
    assert answer.status_code == 400
    assert await rows(rig) == []


async def test_without_a_key_nobody_is_given_a_link_and_there_is_no_page(rig: Rig) -> None:
    rig.settings = replace(rig.settings, answers=AnswerSettings())
    async with rig.running(), customer_of(rig) as customer:
        assert await _asked_by_mail(rig) == {}
        page = await customer.looks(f"{PUBLIC}/answers/r1/wait/{'x' * 22}")
    assert page.status_code == 404
