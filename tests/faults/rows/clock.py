"""The clock changes in Kyiv while messages are held and deadlines pass."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import asyncpg

from headsup.clock import FastClock, SystemClock
from headsup.contracts import shop
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from tests.faults.journeys import Teller
from tests.faults.rows.row import Row
from tests.faults.world import World

_SPEED: Final = 360.0
"""Six minutes of business a second."""
AUTUMN: Final = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)
"""04:00 becomes 03:00."""
SPRING: Final = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
"""03:00 becomes 04:00."""
_LEAD: Final = timedelta(minutes=100)
_BY_MAIL_AT_LEAST: Final = (
    (Channel.EMAIL,),
    (Channel.EMAIL, Channel.SMS),
    (Channel.EMAIL, Channel.TELEGRAM),
    (Channel.EMAIL, Channel.SMS, Channel.TELEGRAM),
)
"""The confirmation goes by mail and is not heard while mail is down: so it promises nothing, and
the watchdog has nothing to say before the order is late."""
_DEADLINES: Final = tuple(timedelta(minutes=m) for m in (-30, -1, 0, 1, 30, 59))
"""Around the change: in autumn, the hour that the clock shows twice."""


def _timed(change: datetime) -> tuple[datetime, dict[str, str]]:
    """The clock shows the moment `_LEAD` before the change a few seconds from now, when the
    services are there."""
    start, real = change - _LEAD, SystemClock().now() + timedelta(seconds=20)
    anchor = f"{real.isoformat()}={start.isoformat()}"
    return start - timedelta(hours=3), {
        "HEADSUP_CLOCK_SPEED": str(_SPEED),
        "HEADSUP_CLOCK_ANCHOR": anchor,
    }


def _held(tell: Teller) -> None:
    tell.says(tell.placed(shop.PaymentState.PAID), Kind.ORDER_CONFIRMED)


def late(tell: Teller, change: datetime, deadline: timedelta) -> None:
    """An order that should be sent by a moment near the change of the clock, and is not."""
    due = change + deadline
    tell.says(tell.placed(shop.PaymentState.PAID, dispatch_by=due), Kind.ORDER_CONFIRMED)
    tell.also(Kind.DISPATCH_LATE)


def _clock_of(world: World) -> FastClock:
    real, _, shown = world.fleet.settings["HEADSUP_CLOCK_ANCHOR"].partition("=")
    return FastClock(
        real=datetime.fromisoformat(real), shown=datetime.fromisoformat(shown), speed=_SPEED
    )


async def _crossed(world: World, change: datetime) -> None:
    """Mail is down while the clock changes; the other channels are there."""
    clock = _clock_of(world)
    await world.providers.close(Channel.EMAIL)
    await world.begin()
    await world.load.events(world.events)
    orders = len(world.expected.orders)
    known = "SELECT count(*) FROM order_events.orders"
    await world.until(lambda: world.number(known), orders, "the orders")
    if clock.now() >= change:
        world.broken.append("the clock had changed before everything was there")
    await _expect(world, _WRONG_LOOK, "will be looked at when nothing is due or promised")
    await asyncio.sleep(clock.seconds_until(change + timedelta(minutes=75)))
    await world.providers.open(Channel.EMAIL)
    world.over()
    await world.settle()
    await world.expect_failures([Channel.EMAIL])
    await _expect(world, _TOO_EARLY, "was told before it was late")


_WRONG_LOOK: Final = """
    SELECT order_id FROM order_events.orders
    WHERE jsonb_path_exists(told, '$.statements.*.kind ? (@ == "order.confirmed")')
      AND NOT jsonb_path_exists(told, '$.statements.*.kind ? (@ == "dispatch.late")')
      AND next_look_at IS DISTINCT FROM least(
          (facts->'dispatch_by'->>2)::timestamptz,
          (SELECT min((one->>'next_update_by')::timestamptz)
           FROM jsonb_each(told->'statements') AS said (id, one))
      )
"""
_TOO_EARLY: Final = """
    SELECT order_id FROM order_events.orders, jsonb_each(told->'statements') AS said (id, one)
    WHERE one->>'kind' = 'dispatch.late'
      AND (one->>'said_at')::timestamptz < (facts->'dispatch_by'->>2)::timestamptz
"""


async def _expect(world: World, none_of: str, complaint: str) -> None:
    connection = await asyncpg.connect(world.plot.database)
    try:
        rows = await connection.fetch(none_of)
    finally:
        await connection.close()
    world.broken += [f"{row['order_id']} {complaint}" for row in rows]


def _row(name: str, change: datetime) -> Row:
    too_late = tuple(partial(late, change=change, deadline=deadline) for deadline in _DEADLINES)
    return Row(
        name=name,
        act=partial(_crossed, change=change),
        plots=(_held, *too_late),
        orders=(28, 56),
        audiences=_BY_MAIL_AT_LEAST,
        waits=True,
        timed=partial(_timed, change),
    )


ROWS = (
    _row("the clock goes back, Kyiv, 25 October 2026", AUTUMN),
    _row("the clock goes forward, Kyiv, 28 March 2027", SPRING),
)
