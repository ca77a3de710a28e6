"""People's questions, answered from the rows that the service wrote."""

from datetime import timedelta

import asyncpg
import pytest

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Audience
from headsup.contracts.notifications import Standing
from headsup.orders import OrderBook, StepKind, open_order_book
from headsup.postgres import DATABASE_AWAY
from services.order_events.order_book import RowsOrderBook
from tests.support.events import SHOP, placed, scanned
from tests.support.order_events import MONDAY, Parts

HOUR = timedelta(hours=1)
TARAS = Customer(id="c-2", phone="+380671112233")


@pytest.fixture
async def book(parts: Parts) -> OrderBook:
    return RowsOrderBook(parts.pool, {})


async def test_an_order_is_shown_as_the_service_knows_it(parts: Parts, book: OrderBook) -> None:
    await parts.emit(placed("A-1", MONDAY), scanned("A-1", MONDAY + HOUR))
    parts.clock.move(2 * HOUR)
    await parts.handle(2)
    [shown] = await book.orders([(SHOP, "A-1")], parts.clock.now())
    assert (shown.number, shown.standing) == ("A-1", Standing.UNDER_WAY)
    assert [step.kind for step in shown.steps] == [StepKind.PLACED, StepKind.SHIPPED]


async def test_what_was_promised_as_the_next_word_is_shown(parts: Parts, book: OrderBook) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    [said] = await parts.requested(1)
    [shown] = await book.orders([(SHOP, "A-1")], parts.clock.now())
    assert shown.next_update_by == said.data.content.next_update_by is not None


async def test_orders_come_in_the_order_in_which_they_were_asked_for(
    parts: Parts, book: OrderBook
) -> None:
    await parts.emit(placed("A-1", MONDAY), placed("A-2", MONDAY), scanned("A-3", MONDAY))
    await parts.handle(3)
    asked = [(SHOP, "A-3"), (SHOP, "A-2"), (SHOP, "none"), (SHOP, "A-1"), ("x", "A-1")]
    shown = await book.orders(asked, parts.clock.now())
    assert [each.order_id for each in shown] == ["A-2", "A-1"]
    assert await book.orders([], parts.clock.now()) == []


async def test_a_gifts_recipient_sees_no_price(parts: Parts, book: OrderBook) -> None:
    await parts.emit(placed("A-1", MONDAY, recipient=TARAS), scanned("A-1", MONDAY))
    await parts.handle(2)
    [shown] = await book.orders([(SHOP, "A-1")], parts.clock.now(), Audience.RECIPIENT)
    assert (shown.total, shown.items, shown.recipient) == (None, (), TARAS)


async def test_a_row_of_another_version_is_no_order(parts: Parts, book: OrderBook) -> None:
    await parts.emit(placed("A-1", MONDAY), placed("A-2", MONDAY))
    await parts.handle(2)
    await parts.pool.execute(
        """UPDATE order_events.orders SET facts = '{"source": 7}' WHERE order_id = 'A-1'"""
    )
    shown = await book.orders([(SHOP, "A-1"), (SHOP, "A-2")], parts.clock.now())
    assert [each.order_id for each in shown] == ["A-2"]


async def test_without_a_database_the_question_fails_in_a_way_that_is_known(
    database_url: str,
) -> None:
    pool = await asyncpg.create_pool(database_url, min_size=1)
    book = RowsOrderBook(pool, {})
    await pool.close()
    with pytest.raises(DATABASE_AWAY):
        await book.orders([(SHOP, "A-1")], MONDAY)


def test_the_book_is_found_by_its_entry_point() -> None:
    assert isinstance(open_order_book(None, {}), RowsOrderBook)
