"""Names and addresses are encrypted in the notifier's tables, and everything goes on as it does
without."""

import json
from collections import Counter
from datetime import timedelta
from functools import partial

import asyncpg
import pytest

from headsup import sealed_tables
from headsup.contracts import envelope
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CustomerPurchased
from headsup.contracts.shop import CustomerErased
from services.notifier import whatsapp_windows, wish_rows
from services.notifier.named_rows import NAMED as NAMED_COLUMNS
from services.notifier.named_rows import names_of
from services.notifier.order_keys import find
from services.notifier.people import Address
from services.notifier.render.wishes import Wish
from services.notifier.sealed_rows import COLUMNS, SEALED
from services.notifier.trace import MESSAGES, trace
from tests.support.cart_requests import agrees, reminder
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.keyed import keyed, renamed
from tests.support.notifier import MONDAY, Rig, known, requested, told
from tests.support.sealing import sealing
from tests.support.traces import columns_with

NAME, MAIL, PHONE = "Zemfira-Q7", "zemfira@mark.example", "+380671230077"
OLD_MAIL = "zemfira.before@mark.example"
MARKS = (NAME, MAIL, PHONE, OLD_MAIL, "Zemfira", "zemfira", "671230077")
SMS = Address(Channel.SMS, PHONE)
ZEMFIRA = Customer(id="c-1", name=NAME, email=MAIL, phone=PHONE)
COVERED = {"people.entry", "learned.contacts", "requests.request"}
NAMED = {
    "notifications.address",
    "order_keys.keys",
    "counted.who",
    "purchases.who",
}
NEVER_MORE = timedelta(hours=1)


@pytest.fixture
def names_of_keys() -> tuple[str, ...]:
    """Each test has its own; the rig has none, and sees what lies in the database."""
    return ()


async def _found(rig: Rig) -> set[str]:
    """The columns in which something of hers is to be read by whoever has the rows alone."""
    return await _columns_with(rig, *MARKS)


def _bought(order_id: str = "A-0") -> Event[CustomerPurchased]:
    before = Customer(id="c-1", name=NAME, email=OLD_MAIL, phone=PHONE)
    data = CustomerPurchased(order_id=order_id, customer=before, at=MONDAY)
    return envelope.make(SHOP, f"purchase-{order_id}", MONDAY, data)


def _told_by_mail(number: str) -> Event:  # type: ignore[type-arg]
    return requested(number, customer=ZEMFIRA)


async def _known_and_told(rig: Rig, *numbers: str) -> None:
    await rig.emit(
        known((Channel.EMAIL, MAIL), (Channel.WHATSAPP, PHONE), name=NAME),
        _bought(),
        *(_told_by_mail(number) for number in numbers),
    )


async def _renewed(rig: Rig, *names: str) -> Counter[str]:
    by = sealing(*names)
    found: Counter[str] = Counter()
    connection = await asyncpg.connect(rig.settings.common.database_url)
    for column in SEALED:
        change = partial(column.renewed, by=by)
        found += await sealed_tables.renew(connection, column, change, lambda _: None)
    await connection.close()
    await renamed(rig, *names)
    return found


@pytest.mark.parametrize(("names", "found"), [(("k1",), set()), ((), COVERED | NAMED)])
async def test_no_covered_column_says_who_it_is_and_they_are_told_all_the_same(
    rig: Rig, names: tuple[str, ...], found: set[str]
) -> None:
    async with keyed(rig, *names) as one, one.running():
        await _known_and_told(one, "r1")
        await one.emit(requested("r2", kind=Kind.SHIPMENT_SHIPPED, customer=ZEMFIRA))
        assert sorted(told(await one.outcomes(2))) == [
            ("r1.0", "sent", None),
            ("r2.0", "sent", None),
        ]
    assert [message.to for message in rig.senders.email.sent] == [MAIL]
    assert [message.to for message in rig.senders.sms.sent] == [PHONE]
    assert await _found(rig) == found


async def test_whom_only_the_book_and_earlier_orders_know_is_reached_there(rig: Rig) -> None:
    nobody = Customer(id="c-1")
    async with keyed(rig, "k1") as one, one.running():
        await one.emit(_bought(), requested("r1", customer=nobody))
        await one.outcomes(1)
        await one.emit(known((Channel.EMAIL, MAIL), name=NAME), requested("r2", customer=nobody))
        await one.outcomes(2)
    assert [message.to for message in rig.senders.email.sent] == [OLD_MAIL, MAIL]


async def test_it_is_turned_on_for_old_rows_and_off_again(rig: Rig) -> None:
    async with rig.running():
        await _known_and_told(rig, "r1")
        await rig.outcomes(1)
    assert await _found(rig) >= COVERED | NAMED
    before = await _all(rig)
    assert await _renewed(rig, "k1") == {"k1": 3}
    assert await _found(rig) == set()
    assert await _renewed(rig, "clear", "k1") == {"clear": 3}
    assert await _all(rig) == before


async def _all(rig: Rig) -> list[object]:
    connection = await asyncpg.connect(rig.settings.common.database_url)
    rows = [
        await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608
        for table in sorted({column.table for column in COLUMNS})
    ]
    await connection.close()
    return [tuple(row) for several in rows for row in several]


async def test_rows_come_to_a_new_key_while_the_service_writes(rig: Rig) -> None:
    async with keyed(rig, "k1") as one, one.running():
        await _known_and_told(one, *(f"r{number}" for number in range(5)))
        await one.outcomes(5)
    async with keyed(rig, "k2", "k1") as one, one.running():
        await one.emit(*(_told_by_mail(f"s{number}") for number in range(5)))
        await _renewed(rig, "k2", "k1")
        await one.outcomes(10)
        assert await _renewed(rig, "k2", "k1") == {"k2": 12}
    async with keyed(rig, "k2") as one, one.running():
        await one.emit(_told_by_mail("t"))
        await one.outcomes(11)
    assert {message.to for message in rig.senders.email.sent} == {MAIL}


@pytest.mark.parametrize("names", [("k2",), ()])
async def test_without_the_key_nothing_is_ended_and_with_it_all_is_told(
    rig: Rig, names: tuple[str, ...]
) -> None:
    rig.senders.email.hold()
    async with keyed(rig, "k1") as one:
        async with one.running():
            await _known_and_told(one)
            await eventually(one.knows_somebody)
        await one.emit(_told_by_mail("r1"))
        async with one.killed():
            await one.until({"r1.0": "sending"})
    await rig.lease_runs_out()
    rig.senders.email.release()
    async with keyed(rig, *names) as without, without.running():
        await without.emit(_told_by_mail("r2"))
        await eventually(lambda: _stands(without, "consumer"))
        await eventually(lambda: _stands(without, "email lane"))
    assert set(await rig.states()) == {"r1.0"}
    assert rig.senders.email.sent == []
    async with keyed(rig, "k1") as one, one.running():
        await rig.is_due_now()
        assert sorted(told(await one.outcomes(2))) == [
            ("r1.0", "sent", None),
            ("r2.0", "sent", None),
        ]


async def _stands(rig: Rig, name: str) -> bool:
    problems = rig.health.not_ready()
    return any(name in each and "HEADSUP_ADDRESS_KEYS has no key 'k1'" in each for each in problems)


async def test_an_address_that_was_brought_to_another_customer_is_nobodys(rig: Rig) -> None:
    async with keyed(rig, "k1") as one:
        async with one.running():
            await one.emit(known((Channel.EMAIL, MAIL), name=NAME))
            await eventually(one.knows_somebody)
        await rig.pool.execute("UPDATE notifier.people SET customer_id = 'c-2'")
        rows = await one.pool.fetch("SELECT source, customer_id, entry FROM notifier.people")
        with pytest.raises(Exception, match="is not of this row"):
            _ = rows[0]["entry"]


async def test_what_a_lost_key_wrote_is_emptied_and_the_rest_goes_on(rig: Rig) -> None:
    async with keyed(rig, "k1") as one, one.running():
        await _known_and_told(one, "r1")
        await one.outcomes(1)
    connection = await asyncpg.connect(rig.settings.common.database_url)
    for column in SEALED:
        change = lambda row, _, column=column: column.without(row, "k1")  # noqa: E731
        await sealed_tables.renew(connection, column, change, lambda _: None)
    entry = json.loads(await connection.fetchval("SELECT entry FROM notifier.people"))
    await connection.close()
    assert (entry["customer_id"], entry["name"], entry["contacts"]) == ("c-1", None, [])
    async with keyed(rig, "k2") as one, one.running():
        await one.emit(requested("r2", customer=Customer(id="c-1", email=MAIL)))
        assert ("r2.0", "sent", None) in told(await one.outcomes(2))


async def test_somebody_is_erased_whose_rows_are_sealed(rig: Rig) -> None:
    async with keyed(rig, "k1") as one, one.running():
        await one.emit(agrees("c-1", (Channel.EMAIL, MAIL)), reminder("r2", customer=ZEMFIRA))
        await one.outcomes(1)
        await _known_and_told(one, "r1")
        await one.outcomes(2)
        async with one.pool.acquire() as connection:
            await wish_rows.stop(connection, SMS, [SHOP], MONDAY)
            await wish_rows.keep(connection, SMS, Wish.STOP, written_at=None, answered_at=None)
            await whatsapp_windows.wrote(connection, PHONE)
        names = names_of(one.pool)
        assert names is not None
        theirs = [names.of(address) for address in (MAIL, OLD_MAIL, PHONE)]
        assert await _columns_with(rig, *theirs) == {
            f"{column.table}.{column.column}".removeprefix("notifier.") for column in NAMED_COLUMNS
        }
        one.clock.move(NEVER_MORE)
        gone = CustomerErased(customer_id="c-1")
        await one.emit(envelope.make(SHOP, "erased-1", one.clock.now(), gone))

        async def done() -> bool:
            query = "SELECT passes >= 1 FROM notifier.erasures"
            return bool(await rig.pool.fetchval(query))

        await eventually(done, seconds=20)
    assert await _found(rig) == set()
    assert await _columns_with(rig, '["enc:', *theirs) == set()


async def _columns_with(rig: Rig, *marks: str) -> set[str]:
    connection = await asyncpg.connect(rig.settings.common.database_url)
    try:
        return await columns_with(connection, "notifier", *marks)
    finally:
        await connection.close()


async def test_a_trace_needs_no_key(rig: Rig) -> None:
    async with keyed(rig, "k1") as one, one.running():
        await _known_and_told(one, "r1")
        await one.outcomes(1)
    async with rig.pool.acquire() as connection:
        [message] = [e for e in await trace(connection, "A-1") if e.section == MESSAGES]
    assert message.detail["address from"] == "encrypted"


async def test_an_order_is_found_by_the_addresses_of_its_customer_before_and_after(
    rig: Rig,
) -> None:
    async with keyed(rig) as one, one.running():
        await one.emit(_bought("A-0"))
        await eventually(lambda: _has_orders(rig, 1))
    await _renewed(rig, "k1")
    async with keyed(rig, "k1") as one, one.running():
        await one.emit(_bought("A-1"))
        await eventually(lambda: _has_orders(rig, 2))
        assert await _by_address(one) == {"A-0", "A-1"}
        assert await _by_address(rig) == set()
        await _renewed(rig, "k2", "k1")
        assert await _by_address(one) == {"A-0", "A-1"}  # it knows nothing of it
    await _renewed(rig, "clear", "k2")
    assert await _by_address(rig) == {"A-0", "A-1"}


async def test_another_number_leads_to_no_order(rig: Rig) -> None:
    async with keyed(rig, "k1") as one, one.running():
        await one.emit(_bought("A-1"))
        await eventually(lambda: _has_orders(rig, 1))
        async with one.pool.acquire() as connection:
            assert await find(connection, "+380671230078") == []
            assert [known.order_id for known in await find(connection, PHONE)] == ["A-1"]
            assert [known.order_id for known in await find(connection, "a-1")] == ["A-1"]


async def _by_address(rig: Rig) -> set[str]:
    async with rig.pool.acquire() as connection:
        by_mail = {one.order_id for one in await find(connection, OLD_MAIL.upper())}
        by_phone = {one.order_id for one in await find(connection, "067 123 00 77", {"UA"})}
    assert by_mail == by_phone
    return by_mail


async def _has_orders(rig: Rig, count: int) -> bool:
    found = await rig.pool.fetchval("SELECT count(*) FROM notifier.order_keys")
    return bool(found == count)
