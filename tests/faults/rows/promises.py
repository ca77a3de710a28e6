"""A word was promised, and nothing comes that would keep it."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg

from headsup.clock import FastClock, SystemClock
from headsup.contracts import shop
from headsup.contracts.catalogue import Kind
from tests.faults.journeys import Teller
from tests.faults.rows.row import Row
from tests.faults.world import World

_SPEED: Final = 60.0
"""A minute of business a second."""
_SHOWN: Final = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""What the clock shows when the services should be there."""
_STARTING: Final = timedelta(seconds=20)
_AGO: Final = timedelta(hours=1)
PROMISED: Final = _SHOWN + timedelta(minutes=95)
"""The customer hears by then, as they were told."""
_DUE: Final = PROMISED - timedelta(hours=1)
"""When it is time to say that there is no news."""
_AWAY_UNTIL: Final = _DUE + timedelta(minutes=8)
_HEARD: Final = """
    SELECT count(*) FROM order_events.orders
    WHERE (SELECT count(*) FROM jsonb_each(told->'statements') AS said (id, one)
           WHERE one ? 'outcomes') = 2
"""
_NOT_KEPT: Final = """
    SELECT order_id FROM order_events.orders
    WHERE NOT EXISTS (SELECT FROM jsonb_each(told->'statements') AS said (id, one)
                      WHERE one->>'kind' = 'order.no_news'
                        AND (one->>'said_at')::timestamptz < $1)
       OR promised_until < $1
"""


def promised(tell: Teller) -> None:
    """A question that is to be answered by a moment, and nobody answers it."""
    tell.says(tell.placed(shop.PaymentState.PAID), Kind.ORDER_CONFIRMED)
    asked = shop.TicketOpened(order_id=tell.order, ticket_id="T1", answer_by=PROMISED)
    tell.says(asked, Kind.SUPPORT_OPENED, "ticket:T1")
    tell.also(Kind.ORDER_NO_NEWS)


def _timed() -> tuple[datetime, Mapping[str, str]]:
    anchor = f"{(SystemClock().now() + _STARTING).isoformat()}={_SHOWN.isoformat()}"
    return _SHOWN - _AGO, {"HEADSUP_CLOCK_SPEED": str(_SPEED), "HEADSUP_CLOCK_ANCHOR": anchor}


async def _falls_due(world: World) -> None:
    """order_events is away when it is time to say that there is no news, and comes back before the
    promise has passed."""
    real, _, shown = world.fleet.settings["HEADSUP_CLOCK_ANCHOR"].partition("=")
    clock = FastClock(
        real=datetime.fromisoformat(real), shown=datetime.fromisoformat(shown), speed=_SPEED
    )
    await world.begin()
    await world.load.events(world.events)
    await world.until(lambda: world.number(_HEARD), len(world.journeys), "what was promised")
    await world.fleet.stop("order_events-a")
    if clock.now() >= _DUE:
        world.broken.append("it was time before the promise was heard")
    await asyncio.sleep(max(0.0, clock.seconds_until(_AWAY_UNTIL)))
    world.over()
    world.fleet.start("order_events")
    await world.settle()
    connection = await asyncpg.connect(world.plot.database)
    try:
        rows = await connection.fetch(_NOT_KEPT, PROMISED)
    finally:
        await connection.close()
    world.broken += [f"{row['order_id']} did not hear as promised" for row in rows]


ROWS = (
    Row(
        name="a promise falls due while order_events is down",
        act=_falls_due,
        plots=(promised,),
        orders=(24, 48),
        waits=True,
        timed=_timed,
    ),
)
