"""The bot, with its database and with Kafka: chats are linked, asked in, and handed over."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts import envelope
from headsup.contracts.base import Customer, Estimate
from headsup.contracts.catalogue import Audience
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import CustomerPurchased, Reason, Standing
from headsup.contracts.replies import (
    Author,
    ChatLinked,
    CustomerOptedIn,
    CustomerOptedOut,
    CustomerWrote,
    HumanRequested,
    PreferencesChanged,
)
from headsup.contracts.shop import AgentWrote, ConversationHandedBack
from headsup.orders import MemoryOrderBook, OrderView, ParcelView
from services.notifier.attempts import State
from services.notifier.bot.links import ChatLinks, HumanPresses
from services.notifier.channels import UnknownOutcomeError
from tests.support.answering import Answering, answering, asks, customer_of
from tests.support.chatting import Chatting, events_of
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import KEY, MONDAY, OKSANA, PUBLIC, Rig, known, requested


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    rig.settings = answering(rig.settings, by_button=True)
    rig.book = MemoryOrderBook({(SHOP, "A-1", Audience.BUYER): _order()})
    async with customer_of(rig) as made:
        yield made


@pytest.fixture
def chat(rig: Rig, customer: Answering) -> Chatting:
    return Chatting(rig, customer)


def _order() -> OrderView:
    parcel = ParcelView(
        shipment_id="S1",
        standing=Standing.UNDER_WAY,
        carrier="Nova",
        tracking_number="59000",
        tracking_url="https://nova.example/59000",
        estimate=Estimate(latest=(MONDAY + timedelta(days=1)).date()),
    )
    return OrderView(
        source=SHOP,
        order_id="A-1",
        number="1001",
        audience=Audience.BUYER,
        customer=OKSANA,
        placed_at=MONDAY,
        order_url="https://shop.example/orders/A-1",
        standing=Standing.UNDER_WAY,
        parcels=(parcel,),
        next_update_by=MONDAY + timedelta(days=2),
    )


async def _ordered(rig: Rig) -> int:
    """Oksana ordered and got a mail; the number of it."""
    data = CustomerPurchased(customer=OKSANA, order_id="A-1", order_number="1001", at=MONDAY)
    bought = envelope.make(SHOP, "bought-1", MONDAY, data)
    await rig.emit(known((Channel.EMAIL, "oksana@mail.example"), name="Оксана"))
    await eventually(rig.knows_somebody)
    await rig.emit(bought, requested("r1"))
    await rig.until({"r1.0": State.SENT})
    return int(await rig.pool.fetchval("SELECT seq FROM notifier.notifications WHERE id = 'r1.0'"))


async def _link(rig: Rig, customer: Answering) -> str:
    """The deep link behind the button of her mail's page."""
    address = ChatLinks(PUBLIC, KEY).of(await _ordered(rig), MONDAY)
    page = await customer.looks(address)
    assert page.status_code == 200
    assert "https://t.me" in page.headers["content-security-policy"]
    opened = await customer.follows(address)
    assert opened.status_code == 303
    return opened.headers["location"]


async def _is_linked(rig: Rig, customer: Answering, chat: Chatting) -> None:
    """She follows the link, and is told that the chat is hers."""
    await chat.follows(await _link(rig, customer))
    await chat.hears(2)


async def test_a_deep_link_opens_the_chat_and_says_where_the_order_is(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        link = await _link(rig, customer)
        assert re.fullmatch(r"https://t\.me/headsup_bot\?start=[A-Za-z0-9_-]{22}", link)
        await chat.follows(link)
        hello, order = await chat.hears(2)
        [linked] = await events_of(rig, ChatLinked, 1)
    assert "Оксана" in hello
    assert "59000" in order
    assert (linked.customer_id, linked.address) == ("c-1", "4242")


async def test_from_then_on_its_customer_is_reached_there(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await _is_linked(rig, customer, chat)
        nameless = Customer(id="c-1")
        await rig.emit(known(at=MONDAY + timedelta(minutes=1)))
        await rig.until_read("shop.customers")
        await rig.emit(asks("r2", customer=nameless))
        assert await chat.is_told("r2.")


@pytest.mark.parametrize("start", ["/start " + "A" * 22, "/start x", "/start " + "я" * 22])
async def test_a_link_of_nobodys_opens_nothing(rig: Rig, chat: Chatting, start: str) -> None:
    async with rig.running():
        await chat.writes(start)
        [said] = await chat.hears(1)
    assert said.startswith("Це посилання вже нічого не відкриває")
    assert await rig.pool.fetchval("SELECT count(*) FROM notifier.bot_chats") == 0


async def test_a_link_opens_one_chat_once(rig: Rig, customer: Answering, chat: Chatting) -> None:
    async with rig.running():
        link = await _link(rig, customer)
        await chat.follows(link)
        await chat.hears(2)
        stranger = Chatting(rig, customer, chat=666)
        await stranger.follows(link)
        [said] = await stranger.hears(1)
        assert "Оксана" not in said
        assert said.startswith("Це посилання вже нічого не відкриває")
        await chat.follows(link)  # her own link once more: she is told what is
        assert "59000" in (await chat.hears(2))[1]
        assert len(await events_of(rig, ChatLinked, 1)) == 1


async def test_a_link_is_over_after_two_days(rig: Rig, customer: Answering, chat: Chatting) -> None:
    async with rig.running():
        link = await _link(rig, customer)
        rig.clock.move(timedelta(hours=48))
        await chat.follows(link)
        [said] = await chat.hears(1)
    assert said.startswith("Це посилання вже нічого не відкриває")


async def test_no_token_is_kept_that_opens_anything(rig: Rig, customer: Answering) -> None:
    async with rig.running():
        link = await _link(rig, customer)
        row = await rig.pool.fetchrow("SELECT token::text FROM notifier.bot_links")
    assert link.partition("=")[2] not in str(row)


async def test_an_update_that_comes_again_changes_nothing(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await _is_linked(rig, customer, chat)
        for _ in range(3):
            assert (await chat.writes("Де моє замовлення?", update=50)).status_code == 200
        await chat.hears(1)
        await chat.writes("/human")
        for _ in range(3):
            assert (await chat.writes("Агов", update=51)).status_code == 200
        await chat.writes("Ви тут?")
        wrote = await events_of(rig, CustomerWrote, 2)
        await chat.is_quiet()
        assert len(chat.heard) == 4
    assert [one.text for one in wrote] == ["Агов", "Ви тут?"]


async def test_blocking_the_bot_is_told_once_and_start_takes_it_back(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await _is_linked(rig, customer, chat)
        await chat.blocks()
        await chat.blocks()
        [left] = await events_of(rig, CustomerOptedOut, 1)
        query = "SELECT address, reason FROM notifier.suppressions"
        assert [tuple(row) for row in await rig.pool.fetch(query)] == [
            ("telegram:4242", Reason.BLOCKED)
        ]
        await chat.writes("/start")
        await chat.hears(1)
        [back] = await events_of(rig, CustomerOptedIn, 1)
        assert await rig.pool.fetch(query) == []
    assert (left.channel, left.message_class) == (Channel.TELEGRAM, MessageClass.TRANSACTIONAL)
    assert (back.customer_id, back.channel) == ("c-1", Channel.TELEGRAM)


async def test_a_person_is_called_with_the_conversation_and_the_bot_stays_out_of_the_way(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await _is_linked(rig, customer, chat)
        await chat.writes("Коробка зім’ята")
        await chat.hears(1)
        await chat.writes("/human")
        [said] = await chat.hears(1)
        [asked] = await events_of(rig, HumanRequested, 1)
        await chat.writes("Ви тут? Де моє замовлення?")
        [wrote] = await events_of(rig, CustomerWrote, 1)
        await rig.emit(_agent("a1", "Так, дивлюся <зараз>"))
        [answer] = await chat.hears(1)
        await rig.emit(_handed_back())
        [back] = await chat.hears(1)
        await chat.writes("Де моє замовлення?")
        [order] = await chat.hears(1)
    assert said.startswith("Запит передано")
    assert [(line.author, line.text) for line in asked.lines][-3:-1] == [
        (Author.CUSTOMER, "Коробка зім’ята"),
        (Author.BOT, asked.lines[-2].text),
    ]
    assert asked.order_id == "A-1"
    assert wrote.text == "Ви тут? Де моє замовлення?"
    assert answer.endswith("Так, дивлюся &lt;зараз&gt;")
    assert "знову передали розмову мені" in back
    assert "59000" in order


async def test_a_person_may_write_first_into_a_chat_that_only_the_shop_names(
    rig: Rig, chat: Chatting
) -> None:
    async with rig.running():
        await rig.emit(known((Channel.TELEGRAM, "4242"), language="uk"))
        await eventually(rig.knows_somebody)
        await rig.emit(asks("r1", customer=Customer(id="c-1")))
        assert await chat.is_told("r1.")
        await rig.emit(_agent("a1", "Вітаю"))
        [said] = await chat.hears(1)
        await rig.emit(_handed_back())
        await chat.hears(1)
        await rig.emit(_agent("a2", "Ще одне"))
        [more] = await chat.hears(1)
        await rig.emit(_handed_back("b2"))
        await chat.hears(1)
        await chat.writes("/stop")
        await chat.is_quiet()
        await rig.emit(_agent("a3", "Ви ще тут?"))
        await rig.until_read("shop.conversations")
        await chat.is_quiet()
    assert said.endswith("Вітаю")
    assert more.endswith("Ще одне")
    assert "Ви ще тут?" not in " ".join(chat.heard)


def _agent(id_: str, text: str, ago: timedelta = timedelta()) -> Any:
    data = AgentWrote(customer_id="c-1", text=text)
    return envelope.make(SHOP, id_, MONDAY - ago, data)


def _handed_back(id_: str = "b1") -> Any:
    return envelope.make(SHOP, id_, MONDAY, ConversationHandedBack(customer_id="c-1"))


async def test_what_a_person_writes_is_said_once_though_it_is_read_twice_and_calls_break(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await _is_linked(rig, customer, chat)
        rig.senders.telegram.fail(UnknownOutcomeError("cut off"))
        await rig.emit(_agent("a1", "Вітаю"), _agent("a1", "Вітаю"))
        await rig.emit(_agent("a0", "Торішнє", ago=timedelta(days=2)))
        [said] = await chat.hears(1)
        await rig.until_read("shop.conversations")
        await chat.writes("/help")
        [other] = await chat.hears(1)
    assert "Вітаю" in said
    assert "Ось що я вмію" in other


async def test_what_a_person_wrote_survives_a_kill(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await _is_linked(rig, customer, chat)
    rig.senders.telegram.hold()
    async with rig.killed():
        await rig.emit(_agent("a1", "Вітаю"))
        await rig.until_read("shop.conversations")
    await rig.pool.execute("UPDATE notifier.bot_says SET due_at = now() WHERE state = 'waiting'")
    rig.senders.telegram.release()
    async with rig.running():
        [said] = await chat.hears(1)
    assert "Вітаю" in said


async def test_a_language_that_is_chosen_is_spoken_by_the_bot_and_told_to_the_shop(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await _is_linked(rig, customer, chat)
        await chat.presses("bot:l:en")
        [said] = await chat.hears(1)
        await chat.writes("де моє замовлення")
        [order] = await chat.hears(1)
        [chosen] = await events_of(rig, PreferencesChanged, 1)
    assert said.startswith("From now on we speak English")
    assert "Right now" in order
    assert chosen.language == "en"


async def test_whoever_writes_too_much_is_told_so_once_and_then_not_answered(
    rig: Rig, chat: Chatting
) -> None:
    async with rig.running():
        for _ in range(40):
            assert (await chat.writes("агов")).status_code == 200
        said = await chat.hears(21)
        await chat.is_quiet()
        assert len(chat.heard) == 21
    assert said[-1].startswith("Це багато за один раз")


async def test_a_press_for_somebody_elses_order_says_that_it_does_nothing(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await _is_linked(rig, customer, chat)
        stranger = Chatting(rig, customer, chat=666)
        await stranger.presses("bot:o:" + "0" * 20)
        await stranger.presses("human:" + "A" * 20)
        await stranger.presses("rating:7")
    assert all("не діє" in text for text in customer.buttons.acknowledged.values())


async def test_the_button_under_a_message_calls_a_person_though_it_is_a_year_old(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await rig.emit(known((Channel.TELEGRAM, "4242"), language="uk"))
        await eventually(rig.knows_somebody)
        await rig.emit(asks("r1", customer=Customer(id="c-1")))
        assert await chat.is_told("r1.")
        rows = rig.senders.telegram.sent[0].buttons
        [press] = [b.press for row in rows for b in row if (b.press or "").startswith("human:")]
        assert press is not None
        stranger = Chatting(rig, customer, chat=666)
        await stranger.presses(press)
        await stranger.presses(press[:-1] + "!")
        assert await rig.pool.fetchval("SELECT count(*) FROM notifier.bot_talks") == 0
        rig.clock.move(timedelta(days=80))
        await chat.presses(press)
        await chat.hears(1)
        [asked] = await events_of(rig, HumanRequested, 1)
        rig.clock.move(timedelta(days=365))
        await chat.presses(press)
    assert asked.order_id == "A-1"
    assert list(customer.buttons.acknowledged.values())[-1].startswith("Ця кнопка вже не діє")


async def test_a_button_is_known_before_the_ledger_hears_that_its_message_arrived(
    rig: Rig, chat: Chatting
) -> None:
    rig.senders.telegram.hold()
    async with rig.running():
        await rig.emit(known((Channel.TELEGRAM, "4242"), language="uk"))
        await eventually(rig.knows_somebody)
        await rig.emit(asks("r1", customer=Customer(id="c-1")))
        await rig.until_called(rig.senders.telegram)
        await rig.until({"r1.0": State.SENDING})
        number = await rig.pool.fetchval("SELECT seq FROM notifier.notifications")
        await chat.presses(HumanPresses(KEY).of(number))
        [asked] = await events_of(rig, HumanRequested, 1)
        rig.senders.telegram.release()
    assert (asked.customer_id, asked.order_id) == ("c-1", "A-1")
