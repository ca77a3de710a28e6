"""How a customer's answer comes back from a Telegram chat: by a button, or by its link."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.replies import Answer
from services.notifier.answers import LIFETIME
from services.notifier.attempts import State
from services.notifier.channels import PermanentError
from tests.support.answering import (
    SECRET,
    Answering,
    answering,
    asks,
    customer_of,
    pressed,
    replies,
    rows,
)
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, Rig, known

CHAT = known((Channel.TELEGRAM, "4242"))
NAMELESS = Customer(id="c-1")
GONE = "Ця кнопка вже не діє. Напишіть /orders, і я скажу, де ваше замовлення."


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    rig.settings = answering(rig.settings)
    async with customer_of(rig) as made:
        yield made


@pytest.fixture
async def chatting(rig: Rig) -> AsyncIterator[Answering]:
    """Whose Telegram tells us what was pressed."""
    rig.settings = answering(rig.settings, by_button=True)
    async with customer_of(rig) as made:
        yield made


async def _asked_in_chat(rig: Rig) -> None:
    await rig.emit(CHAT)
    await eventually(rig.knows_somebody)
    await rig.emit(asks(customer=NAMELESS))
    await rig.until({"r1.0": State.SENT})


async def test_a_button_in_telegram_is_pressed_and_shows_what_was_chosen(
    rig: Rig, chatting: Answering
) -> None:
    async with rig.running():
        await _asked_in_chat(rig)
        rows = rig.senders.telegram.sent[0].buttons
        data = [button.press for row in rows for button in row if button.press]
        assert data[:2] == ["r1:wait", "r1:cancel"]
        assert [each.partition(":")[0] for each in data[2:]] == ["human"]
        assert (await chatting.presses("r1:cancel")).status_code == 200
        [(_, reply)] = await replies(rig, 1)
    assert (reply.answer, reply.channel) == (Answer.CANCEL, Channel.TELEGRAM)
    assert chatting.buttons.acknowledged == {"q1": "Вашу відповідь отримано."}
    shown = [[(b.label, b.url, b.press) for b in row] for row in chatting.buttons.shown[4242, 7]]
    assert shown == [
        [("Зачекаю", "", "r1:wait")],
        [("✓ Скасувати замовлення", "", "r1:cancel")],
        [("Замовлення", "https://shop.example/orders/A-1", None)],
    ]


async def test_only_the_chat_that_was_asked_may_answer(rig: Rig, chatting: Answering) -> None:
    async with rig.running():
        await _asked_in_chat(rig)
        assert (await chatting.presses("r1:cancel", chat=666)).status_code == 200
    assert await rows(rig) == []
    assert (chatting.buttons.acknowledged, chatting.buttons.shown) == ({"q1": GONE}, {})


@pytest.mark.parametrize("data", ["r1:yes", "r2:wait", "r1", "", ":", "r1:stay", "r1/x:wait"])
async def test_a_button_of_nobodys_is_acknowledged_and_does_nothing(
    rig: Rig, chatting: Answering, data: str
) -> None:
    async with rig.running():
        await _asked_in_chat(rig)
        assert (await chatting.presses(data)).status_code == 200
    assert (await rows(rig), chatting.buttons.acknowledged) == ([], {"q1": GONE})


async def test_an_answer_counts_though_telegram_does_not_change_the_buttons(
    rig: Rig, chatting: Answering
) -> None:
    chatting.buttons.error = PermanentError("BadRequest")
    async with rig.running():
        await _asked_in_chat(rig)
        assert (await chatting.presses("r1:wait")).status_code == 200
    assert await rows(rig) == [(1, "wait", "telegram")]


async def test_a_press_that_is_too_old_to_acknowledge_shows_all_the_same(
    rig: Rig, chatting: Answering
) -> None:
    chatting.buttons.not_acknowledged = PermanentError("BadRequest")
    async with rig.running():
        await _asked_in_chat(rig)
        assert (await chatting.presses("r1:wait")).status_code == 200
    assert _labels(chatting)[0] == "✓ Зачекаю"


async def test_one_may_change_ones_mind_and_the_last_press_counts_in_whatever_order_they_come(
    rig: Rig, chatting: Answering
) -> None:
    async with rig.running():
        await _asked_in_chat(rig)
        for data, number in (("r1:wait", 1), ("r1:cancel", 3), ("r1:wait", 2)):
            assert (await chatting.presses(data, number=number)).status_code == 200
    assert await rows(rig) == [(1, "wait", "telegram"), (2, "cancel", "telegram")]
    assert _labels(chatting)[:2] == ["Зачекаю", "✓ Скасувати замовлення"]
    assert chatting.counted("telegram", "overtaken", "wait_or_cancel", "wait") == 1


async def test_under_a_message_that_telegram_no_longer_shows_us_no_button_is_changed(
    rig: Rig, chatting: Answering
) -> None:
    update = pressed("r1:wait")
    update["callback_query"]["message"] = {"message_id": 7, "chat": {"id": 4242}, "date": 0}
    async with rig.running():
        await _asked_in_chat(rig)
        await chatting.updates(update)
    assert await rows(rig) == [(1, "wait", "telegram")]
    assert (len(chatting.buttons.acknowledged), chatting.buttons.shown) == (1, {})


async def test_who_presses_too_late_is_told_that_a_person_helps(
    rig: Rig, chatting: Answering
) -> None:
    async with rig.running():
        await _asked_in_chat(rig)
        rig.clock.set(MONDAY + LIFETIME)
        await chatting.presses("r1:wait")
    assert "хто вам допоможе" in chatting.buttons.acknowledged["q1"]
    assert (await rows(rig), chatting.buttons.shown) == ([], {})


def _labels(chatting: Answering) -> list[str]:
    return [button.label for row in chatting.buttons.shown[4242, 7] for button in row]


async def test_telegram_proves_itself_by_the_secret(rig: Rig, chatting: Answering) -> None:
    async with rig.running():
        await _asked_in_chat(rig)
        for secret in (None, "", SECRET[:-1], SECRET + "x", "ї"):
            answer = await chatting.updates(pressed("r1:wait"), secret)
            assert answer.status_code == 403
    assert await rows(rig) == []
    assert chatting.counted("telegram", "forged") == 5


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1, "message": {"text": "hello"}},
        {"update_id": 1, "callback_query": {"id": "q", "data": 3}},
        ["nothing"],
        {"update_id": 1, "text": "x" * 140_000},
    ],
)
async def test_what_is_no_button_of_ours_is_passed_over(chatting: Answering, update: Any) -> None:
    assert (await chatting.updates(update)).status_code == 200


async def test_without_the_webhook_telegrams_buttons_lead_to_the_page(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await _asked_in_chat(rig)
        buttons = [b for row in rig.senders.telegram.sent[0].buttons for b in row]
        [link] = [b.url for b in buttons if "/answers/r1/wait/" in b.url]
        assert all(button.press is None for button in buttons)
        assert (await customer.updates(pressed("r1:wait"))).status_code == 404
        assert (await customer.follows(link)).status_code == 200
        [(_, reply)] = await replies(rig, 1)
    assert reply.channel is Channel.TELEGRAM


async def test_a_link_that_came_after_a_mail_had_failed_was_followed_in_the_chat(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await _asked_in_chat(rig)
        await rig.pool.execute(
            "INSERT INTO notifier.notifications (id, request_id, route, channel, address, language,"
            " planned_at, state, changed_at, source, order_id, over_at)"
            " SELECT 'r1.9', request_id, route, 'email', 'o@mail.example', language, planned_at,"
            " 'failed', changed_at, source, order_id, over_at"
            " FROM notifier.notifications WHERE id = 'r1.0'"
        )
        buttons = [b for row in rig.senders.telegram.sent[0].buttons for b in row]
        await customer.follows(next(b.url for b in buttons if "/wait/" in b.url))
    assert await rows(rig) == [(1, "wait", "telegram")]
