"""The page of an order, over rows that both services wrote: order_events takes in what the shop
says and asks for messages, the notifier sends them, and its pages are on a port of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
from starlette.applications import Starlette

from headsup.clock import ManualClock
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.orders import OrderBook, open_order_book
from services.notifier.page_links import PageLinks
from services.notifier.page_rows import PageRows
from services.notifier.web.page_routes import Library, page_routes
from tests.support.eventually import eventually
from tests.support.notifier import KEY, PUBLIC, Rig
from tests.support.order_events import Parts
from tests.support.serving import serving


def parts_beside(rig: Rig) -> Parts:
    """An order_events over the same broker, database and clock."""
    servers = rig.settings.common.kafka_bootstrap_servers
    clock = rig.settings.common.clock
    assert isinstance(clock, ManualClock)
    return Parts(rig.pool, rig.producer, clock, rig.prefix, servers)


def library_of(rig: Rig, book: OrderBook | None = None) -> Library:
    """What the pages of a rig are read from."""
    policies = {source: shop.policy for source, shop in rig.settings.shops.items()}
    return Library(rows=PageRows(rig.pool), book=book or open_order_book(rig.pool, policies))


@dataclass
class Orders:
    """What happens to orders, and what is told of it."""

    rig: Rig
    parts: Parts

    async def happens(self, *events: Event[Any]) -> None:
        """The shop says so, and order_events takes it in. The clock is at the last of them."""
        clock = self.rig.clock
        last = max(event.time for event in events)
        if last > clock.now():
            clock.move(last - clock.now())
        await self.parts.emit(*events)
        await self.parts.handle(len(events))

    async def until_told(self, kind: Kind, customer: str | None = None) -> tuple[int, Any]:
        """The number of the first message of this kind, once it was sent, and when it was
        planned."""
        query = """
            SELECT n.seq, n.planned_at FROM notifier.notifications AS n
            JOIN notifier.requests AS r ON r.id = n.request_id
            WHERE r.kind = $1 AND n.state IN ('sent', 'delivered')
              AND ($2::text IS NULL OR r.customer_id = $2)
            ORDER BY n.seq LIMIT 1
        """
        fetch = partial(self.rig.pool.fetchrow, query, kind, customer)

        async def is_told() -> bool:
            return await fetch() is not None

        await eventually(is_told)
        row = await fetch()
        assert row is not None
        return row["seq"], row["planned_at"]


@dataclass
class OrderReader(Orders):
    """Somebody who opens the pages of their messages."""

    client: httpx.AsyncClient
    links: PageLinks

    async def opens(self, url: str, **headers: str) -> httpx.Response:
        """GET of an address of ours."""
        return await self.client.get(url.removeprefix(PUBLIC), headers=headers)


@asynccontextmanager
async def reader_of(rig: Rig, book: OrderBook | None = None) -> AsyncIterator[OrderReader]:
    """Somebody who reads; the loops of the notifier are the caller's to run."""
    app = Starlette(routes=page_routes(rig.settings, library_of(rig, book)))
    async with (
        serving(app) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        yield OrderReader(rig, parts_beside(rig), client, PageLinks.under(PUBLIC, KEY))
