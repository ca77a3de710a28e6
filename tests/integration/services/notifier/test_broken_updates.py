"""What something of ours breaks on is brought once: nobody's row silences the bot for others."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

import pytest

from headsup.contracts import envelope
from headsup.contracts.catalogue import Audience
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import CustomerPurchased
from headsup.orders import OrderKey, OrderView
from services.notifier.bot.flood import MOST_A_MINUTE
from tests.support.answering import Answering, answering, asks, customer_of
from tests.support.chatting import Chatting
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, OKSANA, Rig, known

LATER = "Зараз не вдається це перевірити"
UNREADABLE = b'{"customer_id":"c-1","quiet_hours":{"begins":"x"}}'


class BrokenBook:
    """Its code breaks."""

    async def orders(
        self, _keys: Sequence[OrderKey], _now: datetime, _audience: Audience = Audience.BUYER
    ) -> list[OrderView]:
        """Never."""
        raise KeyError("a fact that this version does not know")


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    rig.settings = answering(rig.settings, by_button=True)
    rig.book = BrokenBook()
    async with customer_of(rig) as made:
        yield made


@pytest.fixture
def chat(rig: Rig, customer: Answering) -> Chatting:
    return Chatting(rig, customer)


async def _has_a_chat(rig: Rig) -> None:
    """The shop says that it is hers, and she has an order."""
    await rig.emit(known((Channel.TELEGRAM, "4242"), name="Оксана"))
    await eventually(rig.knows_somebody)
    data = CustomerPurchased(customer=OKSANA, order_id="A-1", order_number="1001", at=MONDAY)
    await rig.emit(envelope.make(SHOP, "bought-1", MONDAY, data))
    query = "INSERT INTO notifier.bot_chats VALUES (4242, $1, 'c-1', $2)"
    await rig.pool.execute(query, SHOP, MONDAY)

    async def is_known() -> bool:
        return bool(await rig.pool.fetchval("SELECT count(*) FROM notifier.order_keys"))

    await eventually(is_known)


async def _is_sent(rig: Rig) -> bool:
    return (await rig.states()).get("r1.0") == "sent"


async def test_where_our_code_breaks_they_are_told_so_once(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await _has_a_chat(rig)
        answers = [(await chat.writes("/orders", update=7)).status_code for _ in range(3)]
        assert answers == [200] * 3
        [said] = await chat.hears(1)
        await chat.is_quiet()
    assert LATER in said
    assert len(chat.heard) == 1
    assert customer.registry.get_sample_value(
        "headsup_notifier_bot_updates_total", {"what": "wrote", "result": "broken"}
    )


async def test_a_choice_that_cannot_be_read_is_kept_and_they_are_told_so(
    rig: Rig, chat: Chatting
) -> None:
    async with rig.running():
        await _has_a_chat(rig)
        query = "INSERT INTO notifier.preferences (source, customer_id, chosen, at)"
        await rig.pool.execute(f"{query} VALUES ($1, 'c-1', $2, $3)", SHOP, UNREADABLE, MONDAY)
        assert (await chat.presses("bot:l:uk")).status_code == 200
        [said] = await chat.hears(1)
    assert LATER in said
    assert await rig.pool.fetchval("SELECT chosen FROM notifier.preferences") == UNREADABLE


async def test_an_answer_to_a_question_that_cannot_be_read_silences_nobody(
    rig: Rig, customer: Answering, chat: Chatting
) -> None:
    async with rig.running():
        await _has_a_chat(rig)
        await rig.emit(asks("r1"))
        await eventually(lambda: _is_sent(rig))
        await rig.pool.execute(r"UPDATE notifier.requests SET request = '\xff'")
        assert (await chat.presses("r1:wait")).status_code == 200
        assert await chat.hears(1)
    assert customer.buttons.acknowledged


async def test_who_blocks_the_bot_is_heard_after_the_worst_flood(rig: Rig, chat: Chatting) -> None:
    async with rig.running():
        await _has_a_chat(rig)
        for _ in range(MOST_A_MINUTE + 5):
            await chat.writes("x")
        await chat.blocks()
    query = "SELECT left_at IS NOT NULL FROM notifier.bot_chats"
    assert await rig.pool.fetchval(query)
