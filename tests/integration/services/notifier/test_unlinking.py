"""Who links a chat may be somebody else: the customer is told of it elsewhere, and cuts it off."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content, CustomerPurchased
from headsup.contracts.replies import ChatLinked, ChatUnlinked, HumanRequested
from headsup.contracts.shop import AgentWrote
from headsup.orders import MemoryOrderBook
from services.notifier.attempts import State
from services.notifier.bot.links import LIFETIME, MOST_OPEN, ChatLinks
from services.notifier.channels import TransientError
from services.notifier.rendered import RenderedEmail
from tests.support.answering import Answering, answering, customer_of
from tests.support.chatting import Chatting, events_of
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import KEY, MONDAY, OKSANA, PUBLIC, Rig, known, requested
from tests.support.sealing import IN_CLEAR


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    rig.settings = answering(rig.settings, by_button=True)
    rig.book = MemoryOrderBook({})
    async with customer_of(rig) as made:
        yield made


@pytest.fixture
def chat(rig: Rig, customer: Answering) -> Chatting:
    return Chatting(rig, customer)


async def _link(rig: Rig, customer: Answering, **changes: Any) -> str:
    """A deep link behind the button of a mail that Oksana got."""
    await rig.emit(known((Channel.EMAIL, "oksana@mail.example"), language="uk"))
    await eventually(rig.knows_somebody)
    data = CustomerPurchased(customer=OKSANA, order_id="A-1", order_number="1001", at=MONDAY)
    await rig.emit(envelope.make(SHOP, "bought-1", MONDAY, data), requested("r1", **changes))
    await rig.until({"r1.0": State.SENT})
    number = await rig.pool.fetchval("SELECT seq FROM notifier.notifications WHERE id = 'r1.0'")
    opened = await customer.follows(ChatLinks(PUBLIC, KEY).of(number, MONDAY))
    return opened.headers["location"]


async def _notices(rig: Rig, count: int = 1) -> list[RenderedEmail]:
    """The mails about chats, when there are so many and all that was asked for is settled."""

    async def told() -> bool:
        query = """SELECT count(*) FROM notifier.notifications
                   WHERE id LIKE 'chat.%' AND state = 'sent'"""
        return int(await rig.pool.fetchval(query)) >= count

    await eventually(told)
    sent = rig.senders.email.sent
    return [mail for mail in sent if mail.notification_id.startswith("chat.")]


async def _page(rig: Rig) -> str:
    """The address in the mail about the chat."""
    [mail] = await _notices(rig)
    [found] = set(re.findall(rf"{re.escape(PUBLIC)}(/p/[\w-]+)\n\n", mail.text))
    return str(found)


def _button(page: httpx.Response) -> str:
    [value] = re.findall(r'form="chats" name="unlink" value="(\w+)"', page.text)
    return str(value)


async def _unlinks(rig: Rig, customer: Answering) -> httpx.Response:
    address = await _page(rig)
    shown = await customer.client.get(address)
    assert shown.status_code == 200
    assert "прив’язано 23\u00a0листопада\u00a02026\u00a0року" in shown.text
    return await customer.client.post(address, data={"unlink": _button(shown)})


async def test_a_customer_is_told_once_and_elsewhere_that_a_chat_was_linked(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        link = await _link(rig, customer)
        await chat.follows(link)
        await chat.hears(1)
        await chat.follows(link)
        await chat.hears(1)
        await rig.until_read("notifications.requested")
        [mail] = await _notices(rig)
    assert (mail.to, mail.subject) == (
        "oksana@mail.example",
        "До ваших замовлень прив’язано чат у Telegram",
    )
    assert not any(one.notification_id.startswith("chat.") for one in rig.senders.telegram.sent)


async def _new_link(rig: Rig, customer: Answering) -> str | None:
    """Another deep link behind the same button; None when there is none for them."""
    number = await rig.pool.fetchval("SELECT seq FROM notifier.notifications WHERE id = 'r1.0'")
    opened = await customer.follows(ChatLinks(PUBLIC, KEY).of(number, MONDAY))
    found: str | None = opened.headers.get("location")
    return found


async def test_linking_what_is_theirs_already_is_no_news(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await chat.follows(await _link(rig, customer))
        await chat.hears(1)
        again = await _new_link(rig, customer)
        assert again is not None
        await chat.follows(again)
        await chat.hears(1)
        await chat.blocks()
        after = await _new_link(rig, customer)
        assert after is not None
        await chat.follows(after)  # it was left in between: that is news
        await chat.hears(1)
        assert len(await events_of(rig, ChatLinked, 2)) == 2
        await _notices(rig, 2)
        query = "SELECT count(*) FROM notifier.bot_links WHERE used_by IS NULL"
        assert await rig.pool.fetchval(query) == 0
        asked = "SELECT count(*) FROM notifier.requests WHERE id LIKE 'chat.%'"
        assert await rig.pool.fetchval(asked) == 2


async def test_nobody_is_flooded_with_what_was_linked(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await chat.follows(await _link(rig, customer))
        await chat.hears(1)
        for _ in range(MOST_OPEN - 1):
            assert await _new_link(rig, customer) is not None
        await rig.pool.execute("UPDATE notifier.bot_links SET used_by = 4242")
        assert await _new_link(rig, customer) is None
        rig.clock.move(LIFETIME + timedelta(seconds=1))
        assert await _new_link(rig, customer) is not None


@IN_CLEAR
async def test_somebody_who_was_sent_a_gift_stays_one_who_learns_no_price(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    gift = Content(order_number="A-1", carrier="Nova", audience=Audience.RECIPIENT)
    async with rig.running():
        await chat.follows(await _link(rig, customer, kind=Kind.SHIPMENT_SHIPPED, content=gift))
        await _notices(rig)
        query = "SELECT DISTINCT audience FROM notifier.order_keys WHERE customer_id = 'c-1'"
        found = {row["audience"] for row in await rig.pool.fetch(query)}
        query = "SELECT request FROM notifier.requests WHERE id LIKE 'chat.%'"
        asked = bytes(await rig.pool.fetchval(query))
    assert found == {"buyer", "recipient"}  # she bought as well; the notice adds nobody
    assert b'"audience":"recipient"' in asked


async def test_a_chat_that_is_cut_off_hears_so_and_nothing_more(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await chat.follows(await _link(rig, customer))
        await chat.hears(1)
        done = await _unlinks(rig, customer)
        assert "Чат відв’язано" in done.text
        assert 'name="unlink"' not in done.text
        [said] = await chat.hears(1)
        await chat.writes("/orders")
        [stranger] = await chat.hears(1)
        await rig.emit(requested("r2", kind=Kind.SHIPMENT_SHIPPED))
        await eventually(lambda: _is_texted(rig, "r2."))
        [told] = await events_of(rig, ChatUnlinked, 1)
    assert said.startswith("Цей чат більше не прив’язано")
    assert "мені потрібне посилання" in stranger
    assert (told.customer_id, told.address) == ("c-1", "4242")
    assert not any(m.notification_id.startswith("r2.") for m in rig.senders.telegram.sent)


async def test_what_was_on_its_way_there_goes_elsewhere(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await chat.follows(await _link(rig, customer))
        await chat.hears(1)
        rig.senders.telegram.fail(TransientError("busy", retry_after=600))
        await rig.emit(requested("r2", kind=Kind.SHIPMENT_SHIPPED))
        await eventually(rig.has_retried)
        await _unlinks(rig, customer)
        await rig.is_due_now()
        await eventually(lambda: _is_texted(rig, "r2."))
    assert not any(m.notification_id.startswith("r2.") for m in rig.senders.telegram.sent)


async def _is_texted(rig: Rig, request: str) -> bool:
    return any(text.notification_id.startswith(request) for text in rig.senders.sms.sent)


async def test_a_conversation_with_a_person_ends_there_too(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await chat.follows(await _link(rig, customer))
        await chat.hears(1)
        await chat.writes("/human")
        await chat.hears(1)
        await events_of(rig, HumanRequested, 1)
        await _unlinks(rig, customer)
        await chat.hears(1)
        data = AgentWrote(customer_id="c-1", text="Ваша адреса?")
        await rig.emit(envelope.make(SHOP, "a1", MONDAY, data))
        await rig.until_read("shop.conversations")
        await chat.is_quiet()
    assert not any("Ваша адреса?" in said for said in chat.heard)


async def test_it_is_cut_off_once_and_may_be_linked_again(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await chat.follows(await _link(rig, customer))
        await chat.hears(1)
        address = await _page(rig)
        button = _button(await customer.client.get(address))
        for _ in range(2):
            assert (await customer.client.post(address, data={"unlink": button})).status_code == 200
        await chat.hears(1)
        rig.clock.move(timedelta(minutes=1))
        number = await rig.pool.fetchval("SELECT seq FROM notifier.notifications WHERE id = 'r1.0'")
        opened = await customer.follows(ChatLinks(PUBLIC, KEY).of(number, MONDAY))
        await chat.follows(opened.headers["location"])
        await chat.hears(1)
        await _notices(rig, 2)
        await customer.client.post(address, data={"unlink": button})  # of the page of before
        assert len(await events_of(rig, ChatLinked, 2)) == 2
        assert len(await events_of(rig, ChatUnlinked, 1)) == 1
        assert await rig.pool.fetchval("SELECT ended_at IS NULL FROM notifier.bot_chats")
        assert await rig.pool.fetchval("SELECT count(*) FROM notifier.suppressions") == 0


async def _has_waiting(rig: Rig, request: str, order: str, customer: Customer) -> None:
    """A message that is planned into the chat and not sent yet."""
    retries = await rig.pool.fetchval("SELECT sum(retries) FROM notifier.notifications")
    rig.senders.telegram.fail(TransientError("busy", retry_after=600))
    kind = Kind.SHIPMENT_SHIPPED
    await rig.emit(requested(request, kind=kind, order_id=order, customer=customer))

    async def has_failed() -> bool:
        query = "SELECT sum(retries) FROM notifier.notifications"
        return bool(await rig.pool.fetchval(query) > retries)

    await eventually(has_failed)


async def _is_mailed(rig: Rig, request: str) -> bool:
    query = "SELECT state FROM notifier.notifications WHERE id = $1"
    return bool(await rig.pool.fetchval(query, f"{request}0") == State.SENT)


async def _is_named(rig: Rig, address: str) -> bool:
    """Whether the shop said that this is where she is."""
    query = "SELECT convert_from(entry, 'UTF8') LIKE '%' || $1 || '%' FROM notifier.people"
    return bool(await rig.pool.fetchval(query, address))


async def _is_linked(rig: Rig, customer_id: str) -> None:
    """The chat is somebody else's, too."""
    query = "INSERT INTO notifier.bot_chats VALUES (4242, $1, $2, $3)"
    await rig.pool.execute(query, SHOP, customer_id, MONDAY)


async def test_whoever_else_has_the_chat_keeps_it_and_gets_nothing_of_hers(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    other = Customer(id="c-2", phone="+380501234568", language="uk")
    async with rig.running():
        await chat.follows(await _link(rig, customer))
        await chat.hears(1)
        await _is_linked(rig, "c-2")
        await _has_waiting(rig, "r2", "A-1", OKSANA)
        await _unlinks(rig, customer)
        await rig.is_due_now()
        await eventually(lambda: _is_texted(rig, "r2."))
        await rig.emit(requested("r3", kind=Kind.SHIPMENT_SHIPPED, order_id="B-1", customer=other))
        await chat.is_told("r3.")
        query = "SELECT customer_id FROM notifier.bot_chats WHERE ended_at IS NULL"
        assert [row["customer_id"] for row in await rig.pool.fetch(query)] == ["c-2"]
        assert await rig.pool.fetchval("SELECT count(*) FROM notifier.suppressions") == 0
    assert not any(m.notification_id.startswith("r2.") for m in rig.senders.telegram.sent)


async def test_nor_by_linking_it_to_an_order_of_their_own(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    thief = Customer(id="c-9", email="thief@mail.example", language="uk")
    async with rig.running():
        await chat.follows(await _link(rig, customer))
        await chat.hears(1)
        await _has_waiting(rig, "r2", "A-1", OKSANA)
        await _unlinks(rig, customer)
        await chat.hears(1)
        await rig.emit(requested("r3", order_id="B-1", customer=thief))
        await eventually(lambda: _is_mailed(rig, "r3."))
        number = await rig.pool.fetchval("SELECT seq FROM notifier.notifications WHERE id = 'r3.0'")
        opened = await customer.follows(ChatLinks(PUBLIC, KEY).of(number, MONDAY))
        await chat.follows(opened.headers["location"])
        await chat.hears(1)
        await rig.is_due_now()
        await eventually(lambda: _is_texted(rig, "r2."))
    assert not any(m.notification_id.startswith("r2.") for m in rig.senders.telegram.sent)


@IN_CLEAR
async def test_nor_where_the_shop_names_it_as_hers(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await chat.follows(await _link(rig, customer))
        await chat.hears(1)
        done = await _unlinks(rig, customer)
        assert "Чат відв’язано" in done.text
        contacts = (Channel.TELEGRAM, "4242"), (Channel.SMS, "+380501234567")
        await rig.emit(known(*contacts, at=rig.clock.now(), language="uk"))
        await eventually(lambda: _is_named(rig, "4242"))
        await rig.emit(requested("r2", kind=Kind.SHIPMENT_SHIPPED))
        await eventually(lambda: _is_texted(rig, "r2."))
        query = "SELECT channel, state FROM notifier.notifications WHERE request_id = 'r2'"
        found = {row["channel"]: row["state"] for row in await rig.pool.fetch(query)}
    assert found["telegram"] == State.SUPPRESSED
    assert not any(m.notification_id.startswith("r2.") for m in rig.senders.telegram.sent)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param({"unlink": "0" * 20}, 200, id="nobody's button"),
        pytest.param({"unlink": "4242"}, 200, id="a number of a chat"),
        pytest.param({"unlink": "я" * 2000}, 200, id="a long one"),
        pytest.param({"unlink": "0" * 20, "language": "uk"}, 400, id="with something more"),
    ],
)
async def test_a_button_that_is_made_up_cuts_nothing_off(
    rig: Rig, customer: Answering, chat: Chatting, fields: dict[str, str], status: int
) -> None:
    async with rig.running():
        await chat.follows(await _link(rig, customer))
        await chat.hears(1)
        said = await customer.client.post(await _page(rig), data=fields)
        assert said.status_code == status
        assert await rig.pool.fetchval("SELECT ended_at IS NULL FROM notifier.bot_chats")
