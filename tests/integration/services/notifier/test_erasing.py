# ruff: noqa: S608 - the words of the test
"""Somebody is erased from everything that the notifier keeps, and nobody else is."""

import json
from datetime import timedelta
from typing import Any

from headsup.contracts import envelope
from headsup.contracts.base import Customer, Item
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    Content,
    CustomerForgotten,
    CustomerPurchased,
    Forgetter,
    Reason,
)
from headsup.contracts.replies import PreferencesChanged
from headsup.contracts.shop import Consent, CustomerErased
from services.notifier import erasing_rows, preferences
from services.notifier.suppressions import Suppression, note
from services.notifier.trace import MESSAGES, trace
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, OKSANA, Rig, known, requested, told
from tests.support.sealing import BOTH_WAYS, IN_CLEAR
from tests.support.traces import columns_with, records_with

NAME, MAIL, PHONE, CHAT = "Zemfira-Q7", "zemfira@mark.example", "+380671230077", "771230077"
NOTE = "leave it behind the blue gate"
UNLINKED = "771230078"
MARKS = (NAME, MAIL, PHONE, CHAT, UNLINKED, NOTE, "zemfira", "671230077")
ZEMFIRA = Customer(id="c-1", name=NAME, email=MAIL, phone=PHONE)
LATER = MONDAY + timedelta(minutes=5)


def erased(at: Any = LATER, customer_id: str = "c-1") -> Event[CustomerErased]:
    """The shop has a customer forgotten."""
    data = CustomerErased(customer_id=customer_id)
    return envelope.make(SHOP, f"erased-{customer_id}-{at.isoformat()}", at, data)


def _content(**changes: Any) -> Content:
    return Content(order_number="A-1", items=(Item(name="Kettle"),), note=NOTE, **changes)


async def _is_done(rig: Rig, passes: int = 1) -> None:
    async def done() -> bool:
        query = "SELECT passes >= $1 FROM notifier.erasures"
        return bool(await rig.pool.fetchval(query, passes))

    await eventually(done, seconds=20)


async def _plant(rig: Rig) -> None:
    """Puts a person into every table that may hold one."""
    bought = CustomerPurchased(order_id="A-1", customer=ZEMFIRA, at=MONDAY, cart_id="k-1")
    await rig.emit(
        known((Channel.EMAIL, MAIL), (Channel.TELEGRAM, CHAT), name=NAME),
        envelope.make(SHOP, "purchase-1", MONDAY, bought),
        requested("r-1", customer=ZEMFIRA),
    )
    error = json.dumps({"source": SHOP, "data": {"customer": {"id": "c-1", "email": MAIL}}})
    await rig.publish("notifications.requested", error.encode())


async def _by_hand(rig: Rig) -> None:
    chosen = PreferencesChanged(customer_id="c-1", language="uk")
    bad = Suppression(
        source=SHOP, address=f"sms:{PHONE}", reason=Reason.OPTED_OUT, code=MAIL, since=MONDAY
    )
    async with rig.pool.acquire() as connection:
        await preferences.write(connection, SHOP, chosen, MONDAY)
        await note(connection, [bad])
        for statement in (
            f"INSERT INTO notifier.attempts VALUES ('r-1.0', 1, 's', now(), 'failed', NULL,"
            f" '550 5.1.1 <{MAIL}> unknown', NULL, true)",
            f"UPDATE notifier.notifications SET words = '{NOTE}', code = '<{MAIL}>'",
            f"INSERT INTO notifier.cart_flows VALUES ('{SHOP}', 'email:{MAIL}', 'f', '{MONDAY}')",
            f"INSERT INTO notifier.opt_outs VALUES ('{SHOP}', 'email:{MAIL}', 'marketing',"
            f" '{MONDAY}')",
            f"INSERT INTO notifier.outbox (topic, key, value, created_at)"
            f" VALUES ('t', 'c-1', convert_to('{NOTE}', 'UTF8'), 'infinity')",
            f"INSERT INTO notifier.bot_chats VALUES ({CHAT}, '{SHOP}', 'c-1', '{MONDAY}')",
            f"INSERT INTO notifier.suppressions VALUES"
            f" ('{SHOP}', 'telegram:{UNLINKED}', 'blocked', NULL, '{MONDAY}')",
            f"INSERT INTO notifier.bot_chats VALUES"
            f" ({UNLINKED}, '{SHOP}', 'c-1', '{MONDAY}', NULL, '{MONDAY}')",
            f"INSERT INTO notifier.bot_lines (chat, author, text, at)"
            f" VALUES ({CHAT}, 'customer', '{NOTE}', '{MONDAY}')",
            f"INSERT INTO notifier.bot_says (id, chat, html) VALUES ('1', {CHAT}, '{NOTE}')",
            f"INSERT INTO notifier.bot_updates (id, chat) VALUES (1, {CHAT})",
            f"INSERT INTO notifier.wishes VALUES ('sms:{PHONE}', 'stop', now())",
            f"INSERT INTO notifier.stopped_numbers VALUES ('{SHOP}', 'sms:{PHONE}', '{MONDAY}')",
            f"INSERT INTO notifier.whatsapp_windows VALUES ('{PHONE}', now())",
            f"INSERT INTO notifier.bot_talks (chat) VALUES ({CHAT})",
            f"INSERT INTO notifier.bot_links (token, source, customer_id, expires_at)"
            f" VALUES ('t', '{SHOP}', 'c-1', 'infinity')",
            f"INSERT INTO notifier.troubles VALUES ('{SHOP}', 'A-9', 'c-1', '{MONDAY}')",
            f"INSERT INTO notifier.replies (request_id, number, answer, channel, at)"
            f" VALUES ('r-1', 1, '{NOTE}', 'sms', '{MONDAY}')",
            f"UPDATE notifier.requests SET passed_over = convert_to('{MAIL}', 'UTF8'),"
            f" who = ARRAY['email:{MAIL}']",
        ):
            await connection.execute(statement)


@IN_CLEAR
async def test_nothing_is_left_of_who_was_erased_but_that_they_were_written_to(rig: Rig) -> None:
    async with rig.running():
        await _plant(rig)
        await rig.until({"r-1.0": "sent"})
        await _by_hand(rig)
        before = await columns_with(rig.pool, "notifier", *MARKS)
        assert {"people.entry", "requests.request", "notifications.address"} <= before
        await eventually(lambda: _letters(rig, 1))

        await rig.emit(erased())
        await _is_done(rig)

    assert await columns_with(rig.pool, "notifier", *MARKS) == set()
    assert await columns_with(rig.pool, "notifier", "c-1") == {
        "erasures.customer_id",
        "requests.customer_id",
        "requests.request",
    }
    assert await _letters(rig, 0)
    [row] = await rig.pool.fetch("SELECT * FROM notifier.notifications")
    assert (row["channel"], row["state"], row["provider_ref"] is not None) == (
        "email",
        "sent",
        True,
    )
    [row] = await rig.pool.fetch("SELECT * FROM notifier.requests")
    assert (row["kind"], row["order_id"], row["decision"]) == ("order.received", "A-1", "planned")


async def _letters(rig: Rig, count: int) -> bool:
    servers = rig.settings.common.kafka_bootstrap_servers
    topic = rig.prefix + "notifications.requested.dlq"
    return await records_with(servers, topic, *MARKS) == count


async def test_who_names_no_address_is_reached_where_an_earlier_order_said(rig: Rig) -> None:
    bought = CustomerPurchased(order_id="A-0", customer=ZEMFIRA, at=MONDAY)
    async with rig.running():
        await rig.emit(
            envelope.make(SHOP, "purchase-0", MONDAY, bought),
            requested("r-1", customer=Customer(id="c-1")),
        )
        await rig.until({"r-1.0": "sent"})

    assert await rig.pool.fetchval("SELECT address FROM notifier.notifications") == MAIL
    [message] = [one for one in await trace(rig.pool, "A-1") if one.section == MESSAGES]
    assert message.detail["address from"] == "an earlier order"
    assert message.detail["to"] == "z***@mark.example"


async def test_a_message_of_who_was_erased_is_traced_without_its_address(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(requested("r-1", customer=ZEMFIRA))
        await rig.until({"r-1.0": "sent"})
        await rig.emit(erased())
        await _is_done(rig)

    [message] = [one for one in await trace(rig.pool, "A-1") if one.section == MESSAGES]
    assert message.detail["to"] == "removed"


async def test_others_keep_what_is_theirs(rig: Rig) -> None:
    other = Customer(id="c-2", name="Ivan", email="ivan@mail.example")
    async with rig.running():
        await rig.emit(requested("r-1", customer=ZEMFIRA), requested("r-2", customer=other))
        await rig.until({"r-1.0": "sent", "r-2.0": "sent"})
        await rig.emit(erased())
        await _is_done(rig)

    assert "requests.request" in await columns_with(rig.pool, "notifier", "ivan@mail.example")
    assert await columns_with(rig.pool, "notifier", *MARKS) == set()


async def test_what_waits_is_withdrawn_and_said_to_be(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(requested("r-1", customer=OKSANA))
        await rig.until_called(rig.senders.email)
        await rig.emit(requested("r-2", customer=OKSANA, order_id="A-1"))
        await rig.until({"r-1.0": "sending", "r-2.0": "planned"})
        await rig.emit(erased())
        await rig.until({"r-1.0": "sending", "r-2.0": "withdrawn"})
        rig.senders.email.release()
        await _is_done(rig)
        outcomes = await rig.outcomes(2)

    assert ("r-2.0", "withdrawn", Reason.ERASED) in told(outcomes)
    assert await columns_with(rig.pool, "notifier", "oksana", "501234567") == set()


class _Resting:
    """A connection beside which a message comes to rest, after the removal passed its row."""

    def __init__(self, connection: Any, rig: Rig) -> None:
        self._connection = connection
        self._rig = rig
        self.fetchval = connection.fetchval

    async def execute(self, statement: str, *values: Any) -> str:
        if statement == erasing_rows.OF_COUNTS:
            await self._rig.pool.execute("UPDATE notifier.notifications SET state = 'sent'")
        return str(await self._connection.execute(statement, *values))


async def test_what_comes_to_rest_while_it_is_passed_over_is_gone_through_again(rig: Rig) -> None:
    rig.senders.email.hold()
    async with rig.killed():
        await rig.emit(requested("r-1", customer=OKSANA))
        await rig.until_called(rig.senders.email)
        await rig.until({"r-1.0": "sending"})
    theirs = erasing_rows.Theirs(
        source=SHOP,
        customer_id=OKSANA.id,
        at=MONDAY,
        requests={"r-1": None},
        keys=frozenset(),
        ids=frozenset(),
        marks=frozenset(),
    )
    async with rig.pool.acquire() as connection, connection.transaction():
        assert not await erasing_rows.remove(_Resting(connection, rig), theirs)
    async with rig.pool.acquire() as connection, connection.transaction():
        assert await erasing_rows.remove(connection, theirs)
    assert not await rig.pool.fetchval("SELECT address FROM notifier.notifications")


async def test_what_was_asked_for_before_and_comes_after_is_not_sent_nor_kept(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(erased())
        await rig.until_read(rig.prefix + "shop.customers")
        await rig.emit(
            known((Channel.EMAIL, MAIL), at=MONDAY),
            requested("r-1", customer=ZEMFIRA),
            envelope.make(
                SHOP,
                "purchase-1",
                MONDAY,
                CustomerPurchased(order_id="A-1", customer=ZEMFIRA, at=MONDAY),
            ),
        )
        outcomes = await rig.outcomes(1)

    assert told(outcomes) == [(None, "suppressed", Reason.ERASED)]
    assert await columns_with(rig.pool, "notifier", *MARKS) == set()


async def test_who_comes_after_under_the_same_number_is_somebody_new(rig: Rig) -> None:
    async with rig.running():
        await rig.emit(erased())
        await rig.until_read(rig.prefix + "shop.customers")
        rig.clock.move(timedelta(hours=1))
        at = rig.clock.now()
        await rig.emit(requested("r-1", customer=ZEMFIRA, at=at))
        await rig.until({"r-1.0": "sent"})


@BOTH_WAYS
async def test_a_stop_is_not_forgotten_when_the_shop_imports_its_customers_again(rig: Rig) -> None:
    stop = Suppression(
        source=SHOP, address=f"email:{MAIL}", reason=Reason.OPTED_OUT, code=None, since=MONDAY
    )
    async with rig.running():
        await rig.emit(requested("r-1", customer=ZEMFIRA))
        await rig.until({"r-1.0": "sent"})
        await note(rig.pool, [stop])
        await rig.emit(erased())
        await _is_done(rig)
        assert await columns_with(rig.pool, "notifier", *MARKS) == set()
        rig.clock.move(timedelta(hours=1))
        at = rig.clock.now()
        only_mail = Customer(id="c-9", email=MAIL)
        await rig.emit(requested("r-2", customer=only_mail, order_id="A-2", at=at))
        outcomes = await rig.outcomes(2)

    assert told(outcomes)[-1] == (None, "suppressed", Reason.REFUSED)


@BOTH_WAYS
async def test_a_stop_outlasts_an_import_and_ends_with_a_newer_consent(rig: Rig) -> None:
    stop = Suppression(
        source=SHOP, address=f"email:{MAIL}", reason=Reason.OPTED_OUT, code=None, since=MONDAY
    )
    async with rig.running():
        await rig.emit(requested("r-1", customer=ZEMFIRA))
        await rig.until({"r-1.0": "sent"})
        await note(rig.pool, [stop])
        await rig.emit(erased())
        await _is_done(rig)
        rig.clock.move(timedelta(hours=1))
        await rig.emit(known((Channel.EMAIL, MAIL), at=rig.clock.now()))
        await eventually(rig.knows_somebody)
        assert await rig.pool.fetchval("SELECT reason FROM notifier.suppressions") == "opted_out"
        rig.clock.move(timedelta(hours=1))
        agreed = Consent(
            channel=Channel.EMAIL,
            message_class=MessageClass.TRANSACTIONAL,
            granted=True,
            at=rig.clock.now(),
            source="form",
        )
        await rig.emit(known((Channel.EMAIL, MAIL), at=rig.clock.now(), consents=[agreed]))

        async def is_lifted() -> bool:
            query = "SELECT count(*) = 0 FROM notifier.suppressions"
            return bool(await rig.pool.fetchval(query))

        await eventually(is_lifted)


@IN_CLEAR
async def test_an_older_consent_does_not_come_back_with_an_import(rig: Rig) -> None:
    agreed = Consent(
        channel=Channel.EMAIL,
        message_class=MessageClass.MARKETING,
        granted=True,
        at=MONDAY,
        source="form",
    )
    async with rig.running():
        await rig.emit(erased())
        await rig.until_read(rig.prefix + "shop.customers")
        rig.clock.move(timedelta(hours=1))
        await rig.emit(known((Channel.EMAIL, MAIL), at=rig.clock.now(), consents=[agreed]))
        await eventually(rig.knows_somebody)

    entry = await rig.pool.fetchval("SELECT entry FROM notifier.people")
    assert b"granted" not in entry


async def test_what_another_service_asked_for_too_late_goes_as_well(rig: Rig) -> None:
    late = LATER + timedelta(seconds=2)
    async with rig.running():
        await rig.emit(erased())
        await rig.until_read(rig.prefix + "shop.customers")
        rig.clock.move(timedelta(hours=1))
        await rig.emit(requested("r-1", customer=ZEMFIRA, at=late))
        await rig.until({"r-1.0": "sent"})
        said = CustomerForgotten(
            customer_id="c-1", by=Forgetter.ORDER_EVENTS, order_ids=("A-1",), is_all=True
        )
        await rig.emit(envelope.make(SHOP, "forgotten-1", late, said))

        async def is_clean() -> bool:
            return await columns_with(rig.pool, "notifier", *MARKS) == set()

        await eventually(is_clean, seconds=20)

    confirmed = await rig.pool.fetchval("SELECT confirmed FROM notifier.erasures")
    assert confirmed == ["order_events"]
