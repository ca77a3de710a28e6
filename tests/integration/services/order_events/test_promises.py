"""The gauge of customers who wait for longer than they were promised, on a real database."""

from datetime import datetime, timedelta

from headsup.contracts.catalogue import Kind
from services.order_events.promises import LEAD
from tests.support.events import delivered, placed
from tests.support.order_events import MONDAY, Parts


async def promised_until(parts: Parts) -> datetime | None:
    found: datetime | None = await parts.pool.fetchval(
        "SELECT promised_until FROM order_events.orders"
    )
    return found


async def test_a_customer_is_past_the_promise_when_nobody_kept_it(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY, dispatch_by=None))
    await parts.handle(1)
    [confirmed] = await parts.requested(1)
    assert await promised_until(parts) is None
    await parts.emit(parts.outcome_of(confirmed))
    await parts.handle(1)
    promised = await promised_until(parts)
    assert promised == confirmed.data.content.next_update_by
    store = parts.store()
    assert await store.past_promise([0, 1, 2], promised) == 0
    late = promised + timedelta(seconds=1)
    assert await store.past_promise([0, 1, 2], late) == 1
    assert await store.past_promise([], late) == 0


async def test_the_watchdog_keeps_the_promise_in_time(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY, dispatch_by=None))
    await parts.handle(1)
    [confirmed] = await parts.requested(1)
    await parts.emit(parts.outcome_of(confirmed))
    await parts.handle(1)
    promised = confirmed.data.content.next_update_by
    parts.clock.set(promised - LEAD)
    assert await parts.sweep() == 1
    [_, no_news] = await parts.requested(2)
    assert no_news.data.kind is Kind.ORDER_NO_NEWS
    await parts.emit(parts.outcome_of(no_news))
    await parts.handle(1)
    assert await promised_until(parts) == no_news.data.content.next_update_by
    assert await parts.store().past_promise([0, 1, 2], promised + LEAD) == 0


async def test_nobody_waits_for_an_order_that_is_over(parts: Parts) -> None:
    await parts.emit(placed("A-1", MONDAY))
    await parts.handle(1)
    [confirmed] = await parts.requested(1)
    await parts.emit(parts.outcome_of(confirmed), delivered("A-1", MONDAY))
    await parts.handle(2)
    assert await promised_until(parts) is None
    open_ = "SELECT count(*) FROM order_events.orders WHERE carriers IS NOT NULL"
    assert await parts.pool.fetchval(open_) == 0
