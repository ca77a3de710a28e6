"""A database that was restored is reminded of what people said since, as Kafka has it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CartFlow, OutcomeStatus
from headsup.contracts.replies import (
    Answer,
    ChatLinked,
    ChatUnlinked,
    CustomerOptedIn,
    CustomerOptedOut,
    CustomerReplied,
    PreferencesChanged,
    Question,
)
from headsup.kafka.reader import reading
from services.notifier import recall
from tests.integration.services.notifier.test_recall import became, reminded, said
from tests.integration.services.notifier.test_wishes import (
    STOPPED,
    suppressed,
    written_to,
)
from tests.support.answering import PHONE, Answering, answering, customer_of
from tests.support.events import SHOP
from tests.support.marketing import kept, opt_outs
from tests.support.notifier import MONDAY, Rig, known, requested
from tests.support.sealing import BOTH_WAYS, IN_CLEAR

MINUTE = timedelta(minutes=1)
CHAT = 771230077
BY_SMS = Customer(id="c-1", name="Оксана", phone=PHONE, language="uk")
_YESTERDAY = (
    "TRUNCATE notifier.requests, notifier.notifications, notifier.suppressions, notifier.opt_outs,"
    " notifier.wishes, notifier.stopped_numbers, notifier.counted, notifier.texts_taken"
)
"""The database is as it was before anything was said."""


def says(data: Any, at: datetime = MONDAY, name: str = "") -> Event[Any]:
    return envelope.make(SHOP, name or f"{type(data).__name__}-{at.isoformat()}", at, data)


def stops(at: datetime = MONDAY, **changes: Any) -> Event[Any]:
    return says(CustomerOptedOut(**_number(changes)), at)


def starts(at: datetime = MONDAY, **changes: Any) -> Event[Any]:
    return says(CustomerOptedIn(**_number(changes)), at)


def _number(changes: dict[str, Any]) -> dict[str, Any]:
    """Of whom and what a STOP or START is."""
    return {
        "customer_id": "c-1",
        "channel": Channel.SMS,
        "message_class": MessageClass.TRANSACTIONAL,
        "address": PHONE,
        **changes,
    }


@pytest.fixture
async def customer(rig: Rig) -> AsyncIterator[Answering]:
    settings = answering(rig.settings)
    rig.settings = replace(settings, answers=replace(settings.answers, words_at_twilio=False))
    async with customer_of(rig) as made:
        yield made


async def words_of(rig: Rig) -> dict[str, int]:
    """Only of what was said, and the group is left as it is: the small broker forgets no member."""
    servers = rig.settings.common.kafka_bootstrap_servers
    async with reading(servers, name="recall") as reader, rig.pool.acquire() as connection:
        return +(await recall._words(connection, reader, rig.prefix, MONDAY + MINUTE)).heard


@BOTH_WAYS
async def test_a_stop_that_was_written_after_the_backup_is_kept_to(
    rig: Rig, customer: Answering
) -> None:
    async with rig.running():
        await written_to(rig)
        await customer.writes("СТОП")
        await opt_outs(rig, 2)
    before = (await suppressed(rig), await kept(rig))
    await rig.pool.execute(_YESTERDAY)
    assert await words_of(rig) == {"times a number wrote STOP or START": 1}
    assert (await suppressed(rig), await kept(rig)) == before
    assert await suppressed(rig) == STOPPED
    async with rig.running():
        await rig.emit(requested("r2", customer=BY_SMS, order_id="A-2", kind=Kind.SHIPMENT_SHIPPED))
        [*_, outcome] = await rig.outcomes(2)
    assert (outcome.request_id, outcome.status) == ("r2", OutcomeStatus.SUPPRESSED)
    assert len(rig.senders.sms.sent) == 1


async def test_the_last_word_counts_and_doing_it_twice_is_doing_it_once(rig: Rig) -> None:
    other = "+380501112233"
    await said(
        rig,
        stops(MONDAY),
        starts(MONDAY + MINUTE),
        stops(MONDAY, customer_id="c-2", address=other),
        starts(MONDAY + MINUTE, customer_id="c-2", address=other),
        stops(MONDAY + 2 * MINUTE, customer_id="c-2", address=other),
    )
    for _ in range(2):
        await reminded(rig)
        assert await suppressed(rig) == [(SHOP, f"sms:{other}", "opted_out", "STOP")]
        assert [who for who, _ in await kept(rig)] == [f"sms:{other}"]


@IN_CLEAR
async def test_what_the_database_knows_to_be_later_stays(rig: Rig) -> None:
    await rig.pool.execute(
        "INSERT INTO notifier.wishes (address, wish, said_at) VALUES ($1, 'start', $2)",
        *(f"sms:{PHONE}", MONDAY + MINUTE),
    )
    await said(rig, stops(MONDAY))
    await reminded(rig)
    assert await suppressed(rig) == []


async def test_of_a_stop_without_its_address_everything_of_theirs_on_that_channel_counts(
    rig: Rig,
) -> None:
    """As it was told before it named one."""
    of_shop, of_order = "+380671112201", "+380671112202"
    await said(
        rig,
        stops(address=None),
        stops(customer_id="c-nobody", address=None),
        known((Channel.SMS, of_shop), (Channel.EMAIL, "a@mail.example")),
        requested("r1", customer=Customer(id="c-1", phone=of_order)),
    )
    assert "notifier: 1 stops of which nobody knows the address" in await reminded(rig)
    assert sorted(address for _, address, _, _ in await suppressed(rig)) == [
        f"sms:{of_shop}",
        f"sms:{of_order}",
    ]


async def test_what_somebody_chose_is_known_unless_they_chose_later(rig: Rig) -> None:
    query = "SELECT customer_id, at FROM notifier.preferences ORDER BY 1"
    await rig.pool.execute(
        "INSERT INTO notifier.preferences VALUES ($1, 'c-2', '{}', $2)", SHOP, MONDAY + MINUTE
    )
    await said(
        rig,
        says(PreferencesChanged(customer_id="c-1", language="uk")),
        says(PreferencesChanged(customer_id="c-2", language="uk"), name="of c-2"),
    )
    await reminded(rig)
    assert [tuple(row) for row in await rig.pool.fetch(query)] == [
        ("c-1", MONDAY),
        ("c-2", MONDAY + MINUTE),
    ]


def links(at: datetime, customer_id: str = "c-1") -> Event[Any]:
    data = ChatLinked(customer_id=customer_id, channel=Channel.TELEGRAM, address=str(CHAT))
    return says(data, at, f"linked-{customer_id}-{at.isoformat()}")


def unlinks(at: datetime) -> Event[Any]:
    return says(ChatUnlinked(customer_id="c-1", channel=Channel.TELEGRAM, address=str(CHAT)), at)


def leaves(at: datetime) -> Event[Any]:
    return stops(at, channel=Channel.TELEGRAM, address=str(CHAT))


def comes_back(at: datetime) -> Event[Any]:
    return starts(at, channel=Channel.TELEGRAM, address=str(CHAT))


@pytest.mark.parametrize(
    ("events", "is_open", "is_silent"),
    [
        ((links(MONDAY),), True, False),
        ((links(MONDAY), unlinks(MONDAY + MINUTE)), False, False),
        ((links(MONDAY), leaves(MONDAY + MINUTE)), False, True),
        ((links(MONDAY), leaves(MONDAY + MINUTE), comes_back(MONDAY + 2 * MINUTE)), True, False),
        ((links(MONDAY), unlinks(MONDAY + MINUTE), links(MONDAY + 2 * MINUTE)), True, False),
    ],
    ids=["linked", "cut off", "left", "came back", "linked again"],
)
async def test_a_chat_is_as_they_left_it(
    rig: Rig, events: tuple[Event[Any], ...], is_open: bool, is_silent: bool
) -> None:
    await said(rig, *events)
    for _ in range(2):
        await reminded(rig)
        found = await rig.pool.fetchval(
            "SELECT linked_at IS NOT NULL AND left_at IS NULL AND ended_at IS NULL"
            " FROM notifier.bot_chats WHERE chat = $1",
            CHAT,
        )
        assert found == is_open
        assert bool(await suppressed(rig)) == is_silent


def five(request_id: str) -> CustomerReplied:
    return CustomerReplied(
        order_id="A-1",
        customer_id="c-1",
        request_id=request_id,
        question=Question.RATING,
        answer=Answer.FIVE,
        channel=Channel.EMAIL,
    )


async def test_an_answer_counts_though_its_number_stands_behind_a_forged_one(rig: Rig) -> None:
    """The notifier counts on from the last one that it knows."""
    forged, real = 5000, 5001
    answers = (says(five("asked"), name=f"reply.asked.{each}") for each in (forged, real))
    asked = requested("asked")
    await said(rig, asked, became(asked, OutcomeStatus.SENT), *answers)
    await reminded(rig)
    rows = await rig.pool.fetch("SELECT number FROM notifier.replies ORDER BY number")
    assert [row["number"] for row in rows] == [forged, real]


async def test_an_answer_is_known_where_its_question_is(rig: Rig) -> None:
    asked = requested("asked")
    answers = [five("asked"), five("unknown")]
    await said(
        rig,
        asked,
        became(asked, OutcomeStatus.SENT),
        *(says(one, name=f"reply.{one.request_id}.2") for one in answers),
    )
    await reminded(rig)
    rows = await rig.pool.fetch("SELECT request_id, number, answer, at FROM notifier.replies")
    assert [tuple(row) for row in rows] == [("asked", 2, "5", MONDAY)]


async def test_what_somebody_said_before_they_were_erased_is_nobodys(rig: Rig) -> None:
    """That was done before the backup: nobody would go through it once more."""
    await rig.pool.execute(
        "INSERT INTO notifier.erasures (source, customer_id, at) VALUES ($1, 'c-1', $2)",
        *(SHOP, MONDAY + MINUTE),
    )
    await said(
        rig,
        stops(MONDAY),
        links(MONDAY),
        says(PreferencesChanged(customer_id="c-1")),
        links(MONDAY + 2 * MINUTE, "c-1"),
    )
    await reminded(rig)
    assert await suppressed(rig) == []
    assert await rig.pool.fetchval("SELECT count(*) FROM notifier.preferences") == 0
    assert await rig.pool.fetchval("SELECT linked_at FROM notifier.bot_chats") == (
        MONDAY + 2 * MINUTE
    ), "somebody new"


@BOTH_WAYS
async def test_what_went_out_counts_for_the_day_and_a_reminder_for_its_cart(rig: Rig) -> None:
    told = requested("told")
    flow = CartFlow(cart_id="k-1", flow="f", step=1, touched_at=MONDAY)
    reminder = requested("reminder", kind=Kind.CART_ABANDONED, order_id=None, cart=flow)
    failed = requested("failed")
    await said(
        rig,
        *(told, reminder, failed),
        became(told, OutcomeStatus.SENT),
        became(reminder, OutcomeStatus.DELIVERED),
        became(failed, OutcomeStatus.SUPPRESSED, message=False),
    )
    await reminded(rig)
    rows = await rig.pool.fetch("SELECT who, day, messages FROM notifier.counted ORDER BY who")
    marks = ["m:email:reminder.0", "t:email:told.0"]
    assert [(row["who"], row["day"], sorted(row["messages"])) for row in rows] == [
        ("customer:c-1", MONDAY.date(), marks),
        ("email:oksana@mail.example", MONDAY.date(), marks),
    ]
    rows = await rig.pool.fetch("SELECT who, flow, reminders FROM notifier.cart_flows ORDER BY who")
    assert [(row["who"], row["flow"]) for row in rows] == [
        ("cart:k-1", "k-1 f"),
        ("customer:c-1", "k-1 f"),
        ("email:oksana@mail.example", "k-1 f"),
        ("sms:+380501234567", "k-1 f"),
    ]
    assert all("reminder" in row["reminders"] for row in rows)
