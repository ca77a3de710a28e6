"""Marketing is stopped from a Telegram chat, by a button or a link, and from an SMS."""

from collections.abc import AsyncIterator

import pytest

from headsup.contracts.base import Customer, Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import CartFlow, Content
from services.notifier.attempts import State
from services.notifier.channels import PermanentError
from services.notifier.rendered import Button
from services.notifier.stopping import StopLinks
from tests.support.answering import Answering, answering, customer_of
from tests.support.eventually import eventually
from tests.support.marketing import (
    DAY,
    PHONE,
    agrees,
    asks_for_a_review,
    kept,
    opt_outs,
    stop_links_in,
)
from tests.support.notifier import KEY, MONDAY, PUBLIC, Rig, told

NAMELESS = Customer(id="c-1")
SILENCED = (None, "suppressed", "opted_out")
NO_MORE = "Не надсилати таких повідомлень"
GONE = "Ця кнопка вже не діє. Напишіть /orders, і я скажу, де ваше замовлення."


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    async with customer_of(rig) as made:
        yield made


@pytest.fixture
async def chatting(rig: Rig) -> AsyncIterator[Answering]:
    """Whose Telegram tells us what was pressed."""
    rig.settings = answering(rig.settings, by_button=True)
    async with customer_of(rig) as made:
        yield made


async def _got_marketing_in_chat(rig: Rig) -> Button:
    """The button by which what she got in Telegram is stopped."""
    await rig.emit(agrees((Channel.TELEGRAM, "4242")))
    await eventually(rig.knows_somebody)
    await rig.emit(asks_for_a_review("r1", customer=NAMELESS))
    await rig.until({"r1.0": State.SENT})
    button: Button = rig.senders.telegram.sent[0].buttons[-1][0]
    assert button.label == NO_MORE
    return button


async def _press_of(rig: Rig) -> str:
    press = (await _got_marketing_in_chat(rig)).press
    assert press is not None
    return press


async def test_a_button_in_telegram_stops_it_with_one_press_and_says_so(
    rig: Rig, chatting: Answering
) -> None:
    async with rig.running():
        press = await _press_of(rig)
        assert (await chatting.presses(press)).status_code == 200
        [(key, _, _)] = await opt_outs(rig, 1)
        await rig.emit(asks_for_a_review("r2", customer=NAMELESS))
        assert told(await rig.outcomes(2))[1] == SILENCED
    assert key == "c-1"
    assert await kept(rig) == [("customer:c-1", MONDAY), ("telegram:4242", MONDAY)]
    [toast] = chatting.buttons.acknowledged.values()
    assert toast.startswith(
        "Lavka більше не надсилатиме вам таких повідомлень. Про свої замовлення"
    )
    assert len(toast) <= 200  # core.telegram.org/bots/api#answercallbackquery
    [shown] = chatting.buttons.shown.values()
    assert [button.label for row in shown for button in row] == ["Замовлення", f"✓ {NO_MORE}"]


async def test_a_press_of_a_year_ago_that_is_repeated_or_not_shown_any_more_counts_all_the_same(
    rig: Rig, chatting: Answering
) -> None:
    async with rig.running():
        press = await _press_of(rig)
        rig.clock.set(MONDAY + 365 * DAY)
        chatting.buttons.error = PermanentError("400")
        for number in (1, 2):
            assert (await chatting.presses(press, number=number)).status_code == 200
        assert len(await opt_outs(rig, 1)) == 1


@pytest.mark.parametrize("chat", [77, -4242])
async def test_a_button_that_is_pressed_in_another_chat_stops_nothing(
    rig: Rig, chatting: Answering, chat: int
) -> None:
    async with rig.running():
        press = await _press_of(rig)
        assert (await chatting.presses(press, chat=chat)).status_code == 200
        other = StopLinks(PUBLIC, KEY).press_of(999)
        assert (await chatting.presses(other, number=2)).status_code == 200
        assert (await chatting.presses(press[:-1] + "!", number=3)).status_code == 200
    assert await kept(rig) == []
    assert set(chatting.buttons.acknowledged.values()) == {GONE}
    assert chatting.buttons.shown == {}


async def test_without_telegrams_word_the_button_leads_to_the_page(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        button = await _got_marketing_in_chat(rig)
        assert button.press is None
        assert (await customer.follows(button.url)).status_code == 200
        await opt_outs(rig, 1)


async def test_a_text_message_ends_in_the_address_at_which_it_is_stopped(
    rig: Rig, customer: Answering
) -> None:
    cart = CartFlow(cart_id="k-1", flow="f-1", step=1, touched_at=MONDAY)
    content = Content(items=(Item(name="Чайник"),), cart_url="https://shop.example/cart/k-1")
    async with rig.running():
        await rig.emit(agrees())
        await eventually(rig.knows_somebody)
        reminder = asks_for_a_review(
            "r1",
            kind=Kind.CART_ABANDONED,
            order_id=None,
            cart=cart,
            content=content,
            customer=Customer(id="c-1", phone=PHONE),
        )
        await rig.emit(reminder)
        await rig.until({"r1.0": State.SENT})
        text = rig.senders.sms.sent[0].text
        [link] = stop_links_in(text)
        assert text.endswith(f"Не писати: {link}")
        assert (await customer.follows(link)).status_code == 200
        await opt_outs(rig, 1)
    assert await kept(rig) == [("customer:c-1", MONDAY), (f"sms:{PHONE}", MONDAY)]
