"""Names stand for addresses where the operator has keys: in all rows or in none, so that what was
said before it was turned on, or off, is found after it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from headsup import name_keys
from headsup.address_names import is_named
from headsup.cli.main import app
from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.name_keys import State
from headsup.settings import SettingsError
from headsup.shops.reach import Caps
from services.notifier import opt_outs, suppressions, wish_rows
from services.notifier.ledger import SCHEMA
from services.notifier.named_rows import NAMED
from services.notifier.people import Address
from tests.support.caps import with_caps
from tests.support.cart_requests import agrees, purchased, reminder
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.keyed import keyed, renamed
from tests.support.notifier import MONDAY, OKSANA, Rig, known, requested, told
from tests.support.processes import service
from tests.support.sealing import keys, sealing

MODULE = "services.notifier"
PHONE, MAIL = "+380501234567", "oksana@mail.example"
SMS = Address(Channel.SMS, PHONE)
BY_SMS = Customer(id="c-1", name="Оксана", phone=PHONE)
NOBODY_ELSE = Customer(id="c-9", name="Інша", phone=PHONE)
CLEAR, KEY = ("clear", "k1"), ("k1",)
TURNS = pytest.mark.parametrize(
    ("before", "after"), [(CLEAR, KEY), (KEY, CLEAR)], ids=["turned on", "turned off"]
)


@pytest.fixture
def names_of_keys() -> tuple[str, ...]:
    """Each test has its own."""
    return ()


async def _stop(connection: Any) -> None:
    await wish_rows.stop(connection, SMS, [SHOP], MONDAY)


async def _bounce(connection: Any) -> None:
    bad = suppressions.Suppression(
        source=SHOP, address=SMS.key, reason=Reason.REFUSED, code=None, since=MONDAY
    )
    await suppressions.note(connection, [bad])


@TURNS
@pytest.mark.parametrize("said", [_stop, _bounce])
async def test_who_said_stop_before_is_not_written_to_after(
    rig: Rig,
    before: tuple[str, ...],
    after: tuple[str, ...],
    said: Callable[[Any], Awaitable[None]],
) -> None:
    async with keyed(rig, *before) as one:
        async with one.running():
            await one.emit(requested("r1", kind=Kind.SHIPMENT_SHIPPED, customer=BY_SMS))
            assert told(await one.outcomes(1)) == [("r1.0", "sent", None)]
        async with one.pool.acquire() as connection:
            await said(connection)
    await renamed(rig, *after)
    async with keyed(rig, *after) as one, one.running():
        await one.emit(
            requested("r2", kind=Kind.SHIPMENT_SHIPPED, customer=NOBODY_ELSE, order_id="A-2")
        )
        assert told(await one.outcomes(2))[1:] == [(None, "suppressed", "refused")]
    assert len(rig.senders.sms.sent) == 1


@TURNS
async def test_what_waits_to_be_sent_finds_a_stop_of_before(
    rig: Rig, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    rig.senders.sms.hold()
    async with keyed(rig, *before) as one:
        await one.emit(requested("r1", kind=Kind.SHIPMENT_SHIPPED, customer=BY_SMS))
        async with one.killed():
            await one.until({"r1.0": "sending"})
        await rig.pool.execute(
            "UPDATE notifier.notifications SET state = 'planned', tried_at = NULL, words = NULL"
        )
        async with one.pool.acquire() as connection:
            await _stop(connection)
    await renamed(rig, *after)
    rig.senders.sms.release()
    await rig.is_due_now()
    async with keyed(rig, *after) as one, one.running():
        assert told(await one.outcomes(1)) == [("r1.0", "suppressed", "opted_out")]


@TURNS
async def test_who_comes_back_after_it_is_written_to_again(
    rig: Rig, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    async with keyed(rig, *before) as one, one.pool.acquire() as connection:
        await _stop(connection)
    await renamed(rig, *after)
    async with keyed(rig, *after) as one:
        async with one.pool.acquire() as connection:
            assert await wish_rows.start(connection, SMS) == [SHOP]
            left = [await connection.fetchval(f"SELECT count(*) FROM {t}") for t in _SAID]  # noqa: S608
            assert left == [0, 0, 0]
        async with one.running():
            await one.emit(requested("r1", kind=Kind.SHIPMENT_SHIPPED, customer=BY_SMS))
            assert told(await one.outcomes(1)) == [("r1.0", "sent", None)]


_SAID = ("notifier.suppressions", "notifier.opt_outs", "notifier.stopped_numbers")


@TURNS
async def test_who_had_enough_before_had_enough_after(
    rig: Rig, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    caps = Caps(
        transactional_in_a_day=1, marketing_in_a_day=1, marketing_in_a_week=1, sms_in_a_day=1
    )
    rig.settings = with_caps(rig.settings, caps)
    news, customers = Kind.SHIPMENT_SHIPPED, [Customer(id=f"c-{n}", email=MAIL) for n in (1, 2)]
    async with keyed(rig, *before) as one, one.running():
        await one.emit(requested("r1", kind=news, customer=customers[0]))
        assert told(await one.outcomes(1)) == [("r1.0", "sent", None)]
    await renamed(rig, *after)
    async with keyed(rig, *after) as one, one.running():
        await one.emit(requested("r2", kind=news, customer=customers[1], order_id="A-2"))
        await one.until({"r1.0": "sent", "r2.0": "planned"})
    held = "SELECT held_for FROM notifier.notifications WHERE id = 'r2.0'"
    assert await rig.pool.fetchval(held) == "cap"


@TURNS
async def test_who_bought_before_is_not_reminded_after(
    rig: Rig, before: tuple[str, ...], after: tuple[str, ...]
) -> None:
    guest = Customer(id="guest-7", email=MAIL)
    async with keyed(rig, *before) as one, one.running():
        await one.emit(agrees("c-1", (Channel.EMAIL, MAIL)), purchased(customer=guest))
        await eventually(lambda: _has(rig, "notifier.purchases"))
    await renamed(rig, *after)
    async with keyed(rig, *after) as one, one.running():
        await one.emit(reminder("r1", customer=OKSANA))
        assert told(await one.outcomes(1)) == [(None, "suppressed", "bought")]


async def _has(rig: Rig, table: str) -> bool:
    return bool(await rig.pool.fetchval(f"SELECT count(*) FROM {table}"))  # noqa: S608


async def test_a_mail_goes_to_the_address_as_it_was_written(rig: Rig) -> None:
    ordered = Customer(id="c-1", name="Оксана", email="Oksana.K@mail.example")
    async with keyed(rig, "k1") as one, one.running():
        await one.emit(requested("r1", customer=ordered))
        await one.outcomes(1)
        await one.emit(known((Channel.EMAIL, "Oksana.Q@mail.example"), name="Оксана"))
        await one.emit(requested("r2", customer=Customer(id="c-1"), order_id="A-2"))
        await one.outcomes(2)
    assert [mail.to for mail in rig.senders.email.sent] == [
        "Oksana.K@mail.example",
        "Oksana.Q@mail.example",
    ]
    rows = await rig.pool.fetch("SELECT address FROM notifier.notifications")
    assert all(is_named(row["address"]) for row in rows)


@pytest.mark.parametrize("name", ["oksana", "оксана"])  # this database knows capitals of ASCII
async def test_of_words_about_one_address_the_newest_is_left(rig: Rig, name: str) -> None:
    forms = [f"email:{form}@mail.example" for form in (name.title(), name, name.upper())]
    async with rig.pool.acquire() as connection:
        for number, written in enumerate(forms):
            bad = suppressions.Suppression(
                source=SHOP,
                address=written,
                reason=Reason.REFUSED,
                code=str(number),
                since=MONDAY + timedelta(hours=number),
            )
            await suppressions.note(connection, [bad])
    assert await renamed(rig, "k1") == {"suppressions.address": {"named": 1}}
    async with keyed(rig, "k1") as one, one.pool.acquire() as connection:
        for written in forms:
            assert await suppressions.among(connection, [(SHOP, written)]) == {(SHOP, written)}
    assert await rig.pool.fetchval("SELECT code FROM notifier.suppressions") == "2"


async def test_two_customers_whose_ids_differ_in_capitals_stay_two(rig: Rig) -> None:
    theirs = ["customer:Ab7", "customer:aB7"]
    async with rig.pool.acquire() as connection:
        for number, who in enumerate(theirs):
            at = MONDAY + timedelta(hours=number)
            await opt_outs.remember(connection, SHOP, who.partition(":")[2], at)
    await renamed(rig, "k1")
    rows = await rig.pool.fetch("SELECT who FROM notifier.opt_outs ORDER BY at")
    assert [row["who"] for row in rows] == theirs


async def test_what_was_broken_off_goes_on_and_nobody_starts_meanwhile(
    rig: Rig,
) -> None:
    async with rig.pool.acquire() as connection:
        await _stop(connection)
        await connection.execute(
            "INSERT INTO notifier.counted VALUES ($1, $2, now(), '{}')", SHOP, SMS.key
        )
    by = sealing("k1")
    await rig.pool.execute("ALTER TABLE notifier.stopped_numbers RENAME TO away")
    with pytest.raises(asyncpg.UndefinedTableError):
        await renamed(rig, "k1")
    await rig.pool.execute("ALTER TABLE notifier.away RENAME TO stopped_numbers")
    assert (await name_keys.look(rig.pool, SCHEMA))[0] is State.CHANGING
    for seals in (None, sealing("clear", "k1"), by):
        with pytest.raises(SettingsError, match="are being changed: run `headsup addresses rotate"):
            await name_keys.admit(rig.pool, SCHEMA, seals)
    found = await renamed(rig, "k1")
    assert found["counted.who"] == found["stopped_numbers.address"] == {"named": 1}
    await name_keys.admit(rig.pool, SCHEMA, by)


async def test_what_was_named_with_a_lost_key_is_gone_and_the_rest_goes_on(rig: Rig) -> None:
    async with keyed(rig, "k1") as one:
        async with one.running():
            await one.emit(requested("r1", customer=OKSANA))
            await one.outcomes(1)
        async with one.pool.acquire() as connection:
            await _stop(connection)
            message = await opt_outs.marketed(connection, 1)
            assert message is not None
            await opt_outs.write(connection, message, MONDAY)
    found = await renamed(rig, "k2", lost="k1")
    assert found == {}
    assert [await rig.pool.fetchval(f"SELECT count(*) FROM {t}") for t in _SAID] == [0, 1, 0]  # noqa: S608
    assert await rig.pool.fetchval("SELECT address FROM notifier.notifications") == ""
    async with keyed(rig, "k2") as one, one.running():
        await one.emit(requested("r2", customer=OKSANA))
        assert told(await one.outcomes(2))[1:] == [("r2.0", "sent", None)]


async def test_a_table_of_many_blocks_is_changed_whole_and_is_as_it_was_after_it(rig: Rig) -> None:
    await rig.pool.execute(
        "INSERT INTO notifier.counted"
        " SELECT $1, 'email:' || n || repeat('x', 90) || '@mail.example', current_date,"
        " ARRAY['t:email:r' || n] FROM generate_series(1, 30000) AS n",
        SHOP,
    )
    everything = "SELECT who, messages FROM notifier.counted ORDER BY 2"
    before = await rig.pool.fetch(everything)
    assert await renamed(rig, "k1") == {"counted.who": {"named": 30000}}
    assert await renamed(rig, "clear", "k1") == {"counted.who": {"clear": 30000}}
    assert await rig.pool.fetch(everything) == before


DAYS, COUNTS = ("'2026-11-01'", "'2026-11-02'"), ("'{m1}'", "'{m1,m2}'")
WRITTEN = {
    "cart_flows": ("(source, who, flow, began_at) VALUES ('x', $1, 'f', {})", *DAYS),
    "counted": ("(source, who, day, messages) VALUES ('x', $1, '2026-11-02', {})", *COUNTS),
    "opt_outs": ("(source, who, message_class, at) VALUES ('x', $1, 'marketing', {})", *DAYS),
    "purchases": ("(source, who, at) VALUES ('x', $1, {})", *DAYS),
    "stopped_numbers": ("(source, address, at) VALUES ('x', $1, {})", *DAYS),
    "suppressions": ("(source, address, reason, since) VALUES ('x', $1, 'refused', {})", *DAYS),
    "whatsapp_windows": ("(number, wrote_at) VALUES ($1, {})", *DAYS),
    "wishes": ("(address, wish, said_at) VALUES ($1, 'stop', {})", *DAYS),
}
"""Where an address is in a key: a row, with what is older and newer in it."""


@pytest.mark.parametrize("is_newer", [True, False])
@pytest.mark.parametrize("after", [KEY, ("clear", "k1")], ids=["named", "turned off"])
async def test_of_a_row_in_clear_beside_one_with_a_name_the_newest_is_left(
    rig: Rig, after: tuple[str, ...], *, is_newer: bool
) -> None:
    """An older notifier was started by mistake, or a table was restored."""
    unique = {one.table.partition(".")[2]: one for one in NAMED if one.newest}
    for then in (not is_newer, is_newer):
        for table, (row, *forms) in WRITTEN.items():
            address = PHONE if unique[table].form == "address" else SMS.key
            insert = f"INSERT INTO notifier.{table} {row.format(forms[then])}"
            await rig.pool.execute(insert, address)
        if then is not is_newer:
            await renamed(rig, *KEY)
    found = await renamed(rig, *after)
    lie = {"clear" if "clear" in after else "named": 1}
    assert {name.partition(".")[0]: lies for name, lies in found.items()} == dict.fromkeys(
        unique, lie
    )
    for table, (_, _, newer) in WRITTEN.items():
        kept = f"SELECT {unique[table].newest} = cardinality({newer}::text[])"
        if newer in DAYS:
            kept = f"SELECT {unique[table].newest} = {newer}"
        assert await rig.pool.fetchval(f"{kept} FROM notifier.{table} AS t"), table


async def test_a_row_opens_itself_however_it_is_asked(rig: Rig) -> None:
    query = "SELECT source, address, reason FROM notifier.suppressions"
    async with keyed(rig, "k1") as one:
        async with one.pool.acquire() as connection:
            await _stop(connection)
        row = await one.pool.fetchrow(query)
        asked = "SELECT address FROM notifier.suppressions"
        assert await one.pool.fetchval(asked) == SMS.key
        [lately] = await one.pool.fetch("SELECT ARRAY[address] AS who FROM notifier.suppressions")
    assert row is not None
    assert tuple(row) == (SHOP, SMS.key, "opted_out") == (*row.values(),)
    assert (row[1], row[-2], row["address"], row.get("address")) == (SMS.key,) * 4
    assert row[:2] == (SHOP, SMS.key)
    assert dict(row) == dict(row.items()) == {"source": SHOP, "address": SMS.key, **_REASON}
    assert lately["who"] == [SMS.key]
    assert is_named(await rig.pool.fetchval(asked))


_REASON = {"reason": "opted_out"}


async def test_it_is_turned_on_as_the_page_says(
    settings: dict[str, str], rig: Rig, clean_environment: pytest.MonkeyPatch
) -> None:
    async with rig.pool.acquire() as connection:
        await _stop(connection)
    clean_environment.setenv("DATABASE_URL", settings["DATABASE_URL"])
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    reading, writing = ({"HEADSUP_ADDRESS_KEYS": keys(*names)} for names in (CLEAR, KEY))

    async def rotated() -> int:
        return (await asyncio.to_thread(CliRunner().invoke, app, ["addresses", "rotate"])).exit_code

    async with service(MODULE, settings | reading) as running:
        await running.until_ready()
        assert await rotated() == 2
        await running.terminate()
    assert await rotated() == 0
    async with service(MODULE, settings | writing) as running:
        await running.until_ready()
        assert await rotated() == 0  # nothing is changed any more
        await running.terminate()
    assert is_named(await rig.pool.fetchval("SELECT address FROM notifier.suppressions"))
