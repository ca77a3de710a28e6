"""What an older version stored is read by this one."""

import importlib
import json
from typing import Any

from headsup.contracts import shop
from headsup.contracts.base import Money
from services.order_events import facts
from services.order_events.batch import OrderKey
from tests.support.events import SHOP, event, placed
from tests.support.order_events import MONDAY, Parts

migration: Any = importlib.import_module("services.order_events.migrations.0003_every_moment")
REFUNDED = shop.PaymentRefunded(
    order_id="A-1", refund_id="R1", amount=Money(amount="5.00", currency="UAH")
)


async def stored(parts: Parts) -> dict[str, Any]:
    text = await parts.pool.fetchval(
        "SELECT facts::text FROM order_events.orders WHERE order_id = 'A-1'"
    )
    found: dict[str, Any] = json.loads(text)
    return found


async def run(parts: Parts, statements: tuple[str, ...]) -> None:
    for statement in statements:
        await parts.pool.execute(statement)


async def test_a_refund_that_an_older_version_stored_was_sent(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY), event(REFUNDED, MONDAY), placed("A-2", MONDAY))
    await parts.handle(3)
    new = await stored(parts)
    await run(parts, migration.DOWN)
    old = await stored(parts)
    assert old["refunds"] == {"R1": new["refunds"]["R1"]["sent"]}
    await run(parts, migration.UP)
    assert await stored(parts) == new
    async with parts.store().transaction() as transaction:
        orders = await transaction.load([OrderKey(SHOP, "A-1"), OrderKey(SHOP, "A-2")])
    refund = orders[OrderKey(SHOP, "A-1")].facts.refunds["R1"]
    assert refund.sent is not None
    assert refund.sent.value == REFUNDED
    assert facts.decode(json.dumps(new)).refunds["R1"] == refund


async def test_orders_of_an_older_version_are_looked_at_once(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    await run(parts, migration.DOWN)
    await run(parts, migration.UP)
    found = await parts.pool.fetchrow(
        "SELECT carriers, next_look_at <= now() FROM order_events.orders"
    )
    assert tuple(found or ()) == ([], True)
