"""Whoever said stop, was erased, and wants messages again gets them: the stop that outlived the
erasure goes as well, at that shop and that address."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier.attempts import State
from services.notifier.bot.links import ChatLinks
from services.notifier.erased_words import ErasedWords, Word
from services.notifier.stopping import MARKETING
from tests.support.answering import PHONE, Answering, answering, customer_of
from tests.support.chatting import Chatting
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import KEY, MONDAY, PUBLIC, Rig, known, requested

OTHER = "+380671234567"
EARLIER = MONDAY - timedelta(days=1)
CHAT = "telegram:4242"


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    settings = answering(rig.settings, by_button=True)
    rig.settings = replace(settings, answers=replace(settings.answers, words_at_twilio=False))
    async with customer_of(rig) as made:
        yield made


async def _said(rig: Rig, *words: Word) -> None:
    """Somebody who was erased said that."""
    kept = ErasedWords(rig.settings.keeping.erased_key)
    async with rig.pool.acquire() as connection:
        await kept.keep(connection, SHOP, words)


async def _left(rig: Rig) -> list[str]:
    """What is kept of it."""
    query = "SELECT said FROM notifier.erased_words ORDER BY at, said"
    return [row["said"] for row in await rig.pool.fetch(query)]


async def test_who_writes_start_is_written_to_again_and_nobody_else_is(
    rig: Rig, customer: Answering
) -> None:
    stop = Word(f"sms:{PHONE}", Reason.OPTED_OUT, MONDAY)
    await _said(
        rig,
        stop,
        replace(stop, said=MARKETING, at=EARLIER),
        replace(stop, key=f"sms:{OTHER}"),
    )
    theirs, others = (Customer(id=phone, phone=phone) for phone in (PHONE, OTHER))
    shipped = Kind.SHIPMENT_SHIPPED
    async with rig.running():
        assert (await customer.writes("START")).status_code == 200
        assert await _left(rig) == [MARKETING, Reason.OPTED_OUT]
        await rig.emit(
            requested("r1", kind=shipped, customer=theirs),
            requested("r2", kind=shipped, customer=others),
        )
        await rig.until({"r1.0": State.SENT})
        await rig.until_read("notifications.requested")
        assert await rig.states() == {"r1.0": State.SENT}
        query = "SELECT address FROM notifier.suppressions"
        assert [row["address"] for row in await rig.pool.fetch(query)] == [f"sms:{OTHER}"]


async def test_a_word_of_before_stays_where_only_marketing_was_refused(
    rig: Rig, customer: Answering
) -> None:
    await _said(rig, Word(f"sms:{PHONE}", MARKETING, MONDAY))
    async with rig.running():
        await customer.writes("START")
    assert await _left(rig) == [MARKETING]


@pytest.mark.parametrize("said", [Reason.OPTED_OUT, Reason.BLOCKED])
async def test_who_starts_the_bot_again_is_told_there_again(
    rig: Rig, customer: Answering, said: Reason
) -> None:
    await _said(rig, Word(CHAT, said, MONDAY), Word("telegram:666", said, MONDAY))
    chat = Chatting(rig, customer)
    async with rig.running():
        await chat.writes("/help")  # asks, and takes nothing back
        await chat.hears(1)
        assert await _left(rig) == [said, said]
        await chat.writes("/start")
        await chat.hears(1)
        assert await _left(rig) == [said]
        await rig.emit(known((Channel.TELEGRAM, "4242")))
        await eventually(rig.knows_somebody)
        await rig.emit(requested("r1", kind=Kind.SHIPMENT_SHIPPED))
        assert await chat.is_told("r1.")


async def test_who_links_the_chat_is_told_there_again(rig: Rig, customer: Answering) -> None:
    await _said(rig, Word(CHAT, Reason.OPTED_OUT, MONDAY))
    chat = Chatting(rig, customer)
    async with rig.running():
        await rig.emit(requested("r1"))
        await rig.until({"r1.0": State.SENT})
        number = await rig.pool.fetchval("SELECT seq FROM notifier.notifications")
        opened = await customer.follows(ChatLinks(PUBLIC, KEY).of(number, MONDAY))
        await chat.follows(opened.headers["location"])
        await chat.hears(1)
        assert await _left(rig) == []
