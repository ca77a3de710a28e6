"""Nobody is reminded of a cart after they bought, under whatever name, and however late it becomes
known."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from headsup.clock import ManualClock, SystemClock
from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import NotificationOutcome, Reason
from headsup.kafka.consumer import Partition
from headsup.shops.carts import SETTLING
from headsup.streak import Streak
from services.notifier.attempts import State
from services.notifier.channels import PermanentError, TransientError
from services.notifier.claims import CLAIM_DUE
from services.notifier.forgetting import KEPT
from services.notifier.hand import FRESH
from services.notifier.holding import Holding
from tests.integration.services.notifier.test_intake import record, way_in
from tests.support.cart_requests import LEFT_AT, agrees, purchased, reminder
from tests.support.eventually import eventually
from tests.support.notifier import MONDAY, OKSANA, Rig, requested, told
from tests.support.sealing import BOTH_WAYS, IN_CLEAR

EMAIL, TELEGRAM = Channel.EMAIL, Channel.TELEGRAM
MAIL = "oksana@mail.example"
BOUGHT = [(None, "suppressed", "bought")]
BOUGHT_MEANWHILE = [("r1.0", "suppressed", "bought")]


async def _knows_of(rig: Rig, *events: Event[Any]) -> None:
    """Takes these in before anything else."""
    await rig.emit(*events, requested("before", customer=Customer(id="c-0")))

    async def is_read() -> bool:
        return bool(await rig.pool.fetchval("SELECT count(*) FROM notifier.requests"))

    await eventually(is_read)


async def _outcome(rig: Rig) -> list[NotificationOutcome]:
    """What was told about the reminder."""
    return [one for one in await rig.outcomes(2) if one.request_id == "r1"]


@BOTH_WAYS
@pytest.mark.parametrize(
    "bought",
    [
        purchased(),
        purchased(LEFT_AT),
        purchased(LEFT_AT - SETTLING),
        purchased(customer=Customer(id="guest-7", email=MAIL)),
        purchased(customer=Customer(id="guest-7", email="Oksana@Mail.example")),
        purchased(customer=Customer(id="guest-7", phone="050 123 45 67")),
        purchased(customer=Customer(id="guest-7"), cart_id="cart-of-f-1"),
        purchased(customer=Customer(id="guest-7", email="work@mail.example")),
    ],
    ids=[
        "by the same customer",
        "at the very moment at which the cart was touched last",
        "shortly before that, as by a shop that tidies up or another clock",
        "as a guest with the same mail address",
        "as a guest who wrote that address with a capital",
        "as a guest with the same phone, written otherwise",
        "as a guest with the same cart",
        "as a guest with another address out of the address book",
    ],
)
async def test_nobody_is_reminded_who_bought_since(rig: Rig, bought: Event[Any]) -> None:
    book = agrees("c-1", (EMAIL, "work@mail.example"))
    async with rig.running():
        await _knows_of(rig, book, bought)
        await rig.emit(reminder("r1"))
        [outcome] = await _outcome(rig)
    assert told([outcome]) == BOUGHT
    assert outcome.cart == reminder("r1").data.cart
    assert outcome.order_id is None
    assert rig.senders.email.sent == []


@pytest.mark.parametrize(
    "bought",
    [
        purchased(LEFT_AT - SETTLING - timedelta(seconds=1)),
        purchased(customer=Customer(id="c-2", email="other@mail.example"), cart_id="k-2"),
    ],
    ids=["they bought some time before they left the cart", "somebody else bought"],
)
async def test_a_reminder_is_sent_when(rig: Rig, bought: Event[Any]) -> None:
    async with rig.running():
        await _knows_of(rig, agrees(), bought)
        await rig.emit(reminder("r1"))
        await rig.until({"r1.0": State.SENT})


async def test_who_only_logged_in_since_they_bought_is_not_reminded(rig: Rig) -> None:
    filled_at = LEFT_AT - timedelta(minutes=40)
    async with rig.running():
        await _knows_of(rig, agrees(), purchased(filled_at + timedelta(minutes=5)))
        await rig.emit(reminder("r1", filled_at=filled_at))
        assert told(await _outcome(rig)) == BOUGHT


async def test_who_bought_with_an_account_is_not_reminded_of_what_they_left_as_a_guest(
    rig: Rig,
) -> None:
    guest = Customer(id="guest-7", email=MAIL)
    async with rig.running():
        await _knows_of(rig, agrees("c-1", (EMAIL, MAIL)), agrees("guest-7"))
        await rig.emit(purchased(customer=Customer(id="c-1")), reminder("r1", customer=guest))
        assert told(await _outcome(rig)) == BOUGHT


PHONE = "+380501234567"
LEFT_BY_PHONE = reminder("r1", customer=Customer(id="guest-7", phone=PHONE, email=MAIL))
ACCOUNT = purchased(customer=Customer(id="c-1"), cart_id="k-2")
"""The account alone is named in it."""
BOOK = agrees("c-1", (Channel.SMS, "050 123 45 67"), at=MONDAY)
DECIDED = "SELECT concat_ws(' ', decision, reason) FROM notifier.requests WHERE id = 'r1'"


async def _takes(rig: Rig, *batches: list[Event[Any]]) -> None:
    """Takes these in, one batch after the other."""
    intake = way_in(rig).intake
    for events in batches:
        await intake.take([record(event) for event in events], Streak())


@pytest.mark.parametrize(
    "told_of",
    [
        [[ACCOUNT], [BOOK]],
        [[BOOK], [ACCOUNT]],
        [[ACCOUNT, BOOK]],
        [[agrees("c-1", (EMAIL, "old@mail.example")), ACCOUNT], [BOOK]],
    ],
    ids=[
        "when the book is told after the purchase",
        "when it is told before",
        "when both are read at once",
        "when the book said something else before",
    ],
)
async def test_who_bought_is_known_by_the_addresses_in_the_book(
    rig: Rig, told_of: list[list[Event[Any]]]
) -> None:
    await _takes(rig, [agrees("guest-7")], *told_of, [LEFT_BY_PHONE])
    assert await rig.pool.fetchval(DECIDED) == "suppressed bought"


@IN_CLEAR
async def test_a_reminder_that_waits_is_not_sent_when_the_book_tells_who_bought(rig: Rig) -> None:
    rig.senders.email.fail(TransientError("421", retry_after=3600.0))
    async with rig.running():
        await rig.emit(agrees("guest-7"), ACCOUNT, LEFT_BY_PHONE)
        await eventually(rig.has_retried)
        await eventually(partial(_is_known, rig, "c-1"))
        await rig.emit(BOOK)
        await eventually(partial(_bought_by, rig, f"sms:{PHONE}"))
        await rig.is_due_now()
        assert told(await rig.outcomes(1)) == BOUGHT_MEANWHILE
    assert rig.senders.email.sent == []


async def test_a_book_of_whoever_bought_nothing_tells_of_no_purchase(rig: Rig) -> None:
    other = purchased(customer=Customer(id="c-2"))
    await _takes(rig, [agrees("guest-7")], [other], [BOOK], [LEFT_BY_PHONE])
    assert await rig.pool.fetchval(DECIDED) == "planned"


async def test_who_bought_under_another_id_is_known_by_their_landline(rig: Rig) -> None:
    """It takes no text messages, and is theirs all the same."""
    left = Customer(id="guest-7", email=MAIL, phone="+380442345678")
    async with rig.running():
        await _knows_of(
            rig, agrees("guest-7"), purchased(customer=Customer(id="c-1", phone="044 234 56 78"))
        )
        await rig.emit(reminder("r1", customer=left))
        assert told(await _outcome(rig)) == BOUGHT


async def test_a_purchase_counts_that_was_read_together_with_the_reminder_and_after_it(
    rig: Rig,
) -> None:
    await rig.emit(agrees(), reminder("r1"), purchased())
    async with rig.running():
        assert told(await rig.outcomes(1)) == BOUGHT


async def test_an_older_purchase_that_is_read_later_does_not_hide_a_newer_one(rig: Rig) -> None:
    async with rig.running():
        await _knows_of(rig, agrees(), purchased())
        await rig.emit(purchased(LEFT_AT - timedelta(days=1), order_id="B-0"))
        await rig.emit(reminder("r1"))
        assert told(await _outcome(rig)) == BOUGHT


async def _is_known(rig: Rig, customer_id: str) -> bool:
    return await _bought_by(rig, f"customer:{customer_id}")


async def _bought_by(rig: Rig, key: str) -> bool:
    query = "SELECT EXISTS (SELECT FROM notifier.purchases WHERE who = $1)"
    return bool(await rig.pool.fetchval(query, key))


@pytest.mark.parametrize(
    "customer",
    [
        OKSANA,
        Customer(id="guest-7", email=MAIL),
        Customer(id="guest-7", email="work@mail.example"),
    ],
    ids=["by the same customer", "by the address it goes to", "by another address of theirs"],
)
async def test_a_reminder_that_waits_is_not_sent_after_a_purchase(
    rig: Rig, customer: Customer
) -> None:
    rig.senders.email.fail(TransientError("421", retry_after=3600.0))
    async with rig.running():
        await rig.emit(agrees("c-1", (EMAIL, "work@mail.example")), reminder("r1"))
        await eventually(rig.has_retried)
        await rig.emit(purchased(LEFT_AT - SETTLING, customer))
        await eventually(partial(_is_known, rig, customer.id))
        await rig.is_due_now()
        [outcome] = await rig.outcomes(1)
    assert told([outcome]) == BOUGHT_MEANWHILE
    assert outcome.cart == reminder("r1").data.cart
    assert rig.senders.email.sent == []


async def test_a_purchase_counts_that_came_between_the_claim_and_the_call(rig: Rig) -> None:
    """The connection is busy with another message while it becomes known."""
    providers = rig.settings.providers
    providers = replace(providers, connections={**providers.connections, EMAIL: 1})
    rig.settings = replace(rig.settings, providers=providers)
    rig.senders.email.hold()
    async with rig.running():
        await rig.emit(agrees(), requested("r0"), reminder("r1"))
        await rig.until({"r0.0": State.SENDING, "r1.0": State.SENDING})
        await rig.until_called(rig.senders.email)
        claimed_at = await rig.pool.fetchval("SELECT now()")
        await rig.emit(purchased())
        await eventually(partial(_is_known, rig, "c-1"))
        await eventually(partial(_has_passed, rig, claimed_at, FRESH))
        rig.senders.email.release()
        await rig.until({"r0.0": State.SENT, "r1.0": State.SUPPRESSED})
        outcomes = await rig.outcomes(2)
    assert BOUGHT_MEANWHILE[0] in told(outcomes)
    assert len(rig.senders.email.sent) == 1


async def _has_passed(rig: Rig, since: Any, seconds: float) -> bool:
    query = "SELECT now() > $1::timestamptz + make_interval(secs => $2)"
    return bool(await rig.pool.fetchval(query, since, seconds))


async def test_the_next_channel_takes_no_reminder_over_after_a_purchase(rig: Rig) -> None:
    """Not even by an address that came to be known since, under which alone somebody bought."""
    rig.senders.email.fail(TransientError("421", retry_after=3600.0))
    rig.senders.email.fail(PermanentError("550", Reason.INVALID_ADDRESS, address_is_bad=True))
    by = (EMAIL, TELEGRAM)
    async with rig.running():
        await rig.emit(agrees(by=by), reminder("r1"))
        await eventually(rig.has_retried)
        await rig.emit(
            agrees("c-1", (TELEGRAM, "4242"), by=by, at=MONDAY),
            agrees("c-2", (TELEGRAM, "4242"), by=by),
            purchased(customer=Customer(id="c-2")),
        )
        await eventually(partial(_is_known, rig, "c-2"))
        await rig.is_due_now()
        outcomes = await rig.outcomes(2)
    assert told(outcomes) == [
        ("r1.0", "failed", "invalid_address"),
        ("r1.0.1", "suppressed", "bought"),
    ]
    assert {one.cart for one in outcomes} == {reminder("r1").data.cart}
    assert rig.senders.telegram.sent == []


CUSTOMERS_0, CUSTOMERS_1 = (Partition("shop.customers", number) for number in (0, 1))
HELD = "SELECT id FROM notifier.notifications WHERE held IS NOT NULL OR due_at > now() ORDER BY id"


async def test_no_reminder_is_let_go_while_a_partition_is_behind_that_may_say_who_bought(
    rig: Rig,
) -> None:
    entrance = way_in(rig)
    intake, read = entrance.intake, SystemClock().now()
    holding = Holding(intake.ledger, intake.wakes, ManualClock(read))

    async def held(**reached: datetime) -> list[str]:
        holding.look({CUSTOMERS_0: reached["zero"], CUSTOMERS_1: reached["one"]})
        await holding.settle()
        return [row["id"] for row in await rig.pool.fetch(HELD)]

    old = read - timedelta(hours=2)
    assert await held(zero=read, one=old) == []
    events = [record(event) for event in (agrees(), reminder("r1"), requested("r2"))]
    await intake.take(events, Streak(), holding.behind)
    assert await held(zero=old, one=old) == ["r1.0"]
    assert await held(zero=old, one=read) == ["r1.0"]
    assert await held(zero=read, one=old) == ["r1.0"]
    assert await held(zero=read, one=read) == []


MANY = """
    INSERT INTO notifier.purchases (source, who, at)
    SELECT 'https://shop.example', 'customer:x-' || n, now() FROM generate_series(1, 6000) AS n
"""


async def test_who_bought_is_looked_up_in_its_index_though_the_planner_knows_nothing_of_the_table(
    rig: Rig,
) -> None:
    rig.senders.email.fail(TransientError("421", retry_after=3600.0))
    async with rig.running():
        await rig.emit(agrees(), reminder("r1"))
        await eventually(rig.has_retried)
    await rig.is_due_now()
    await rig.pool.execute("ALTER TABLE notifier.purchases SET (autovacuum_enabled = false)")
    await rig.pool.execute(MANY)
    async with rig.pool.acquire() as connection:
        await connection.execute(f"PREPARE looked_at AS {CLAIM_DUE}")
        values = "'email', 200, 60, now(), true, false, '{primary}', false, 2"
        query = f"EXPLAIN (ANALYZE, COSTS OFF) EXECUTE looked_at ({values})"
        plan = "\n".join(row[0] for row in await connection.fetch(query))
    assert "using purchases_pkey" in plan
    assert "Rows Removed by Filter: 6000" not in plan


REMEMBERED = (
    "INSERT INTO notifier.purchases (source, who, at) VALUES ('s', $1, $2)",
    "INSERT INTO notifier.cart_flows (source, who, flow, began_at) VALUES ('s', $1, 'f', $2)",
)


async def test_purchases_and_flows_are_forgotten_when_no_reminder_asks_for_them_any_more(
    rig: Rig,
) -> None:
    for statement in REMEMBERED:
        await rig.pool.execute(statement, "old", MONDAY - KEPT - timedelta(hours=1))
        await rig.pool.execute(statement, "young", MONDAY - KEPT + timedelta(hours=1))

    async def only_the_young() -> bool:
        rows = await rig.pool.fetch(
            "SELECT who FROM notifier.purchases UNION ALL SELECT who FROM notifier.cart_flows"
        )
        return [row["who"] for row in rows] == ["young", "young"]

    async with rig.running():
        await eventually(only_the_young)
