"""What order_events and the notifier hold in memory while very many orders and mails wait. Open
carts are measured by `open-carts`."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from bench import ledger_rows, many_orders
from bench.contest import Say, Size
from bench.databases import server_of, that_fit
from bench.figures import Row, at_most
from bench.ground import Process, ground, running, until
from bench.load import emit
from bench.mails import requests, settings_of
from bench.many_orders import new_ones, table_of
from sandbox.parts.places import free_port

GROWTH: Final = 1.5
LARGEST_MB: Final = 200.0
_WAITING: Final = 1_000_000
_NEWS: Final = 20_000
"""Events, or requests, that come meanwhile."""
_STEPS: Final = 5
_MORNING: Final = timedelta(hours=8)
_A_WHILE: Final = 10.0
"""Seconds for which nothing else happens: what waits is looked at again and again."""


async def measure(size: Size, say: Say) -> list[Row]:
    """First one service, then the other."""
    return [*await _orders(size, say), *await _mails(size, say)]


async def _orders(size: Size, say: Say) -> list[Row]:
    """Orders on their way, none of which is to be looked at yet; others come."""
    async with ground() as base, table_of(base, say) as table:
        here, settings = table.here, table.here.settings
        start = await _at_the_start("order_events", settings)
        many = that_fit(size.of(_WAITING, 2_000), many_orders.ROW_BYTES)
        say(f"{many:,} orders that wait are put in")
        await table.grow(many, are_open=True)
        async with _running("order_events", settings) as service:
            news = size.of(_NEWS, 1_000) // _STEPS
            sent = 0
            for step in new_ones(here.prefix, news):
                sent += await emit(here.bootstrap_servers, iter(step))
                await many_orders.handled(table.server, service, sent)
            await _a_while(service)
            counted = f"{many:,} orders that wait, {sent:,} events of others"
            return _rows("order_events, resident with many orders waiting", service, start, counted)


async def _mails(size: Size, say: Say) -> list[Row]:
    """Mails that wait for the morning; as many are due, and the provider is away."""
    async with ground() as here, server_of(here) as server:
        say("the notifier sends mails, to have others in their shape")
        await ledger_rows.seen(here, server)
        settings = settings_of(here, free_port(), 4)
        start = await _at_the_start("notifier", settings)
        many = that_fit(size.of(_WAITING, 2_000), ledger_rows.ROW_BYTES)
        say(f"{many:,} mails that wait are put in")
        await ledger_rows.put(server, 1, many // 2, waits=True, later=_MORNING)
        await ledger_rows.put(server, many // 2 + 1, many, waits=True)
        await server.settled(*ledger_rows.TABLES)
        async with _running("notifier", settings) as service:
            news = size.of(_NEWS, 1_000)
            await emit(here.bootstrap_servers, requests(news, here.prefix))
            decided = "SELECT count(*) FROM notifier.requests WHERE decided_at IS NOT NULL"
            await until(lambda: here.query(decided), many + news, every=0.5)
            await _a_while(service)
            counted = f"{many:,} mails that wait, half of them for a provider that is away"
            return _rows("notifier, resident with many mails waiting", service, start, counted)


@asynccontextmanager
async def _running(name: str, settings: Mapping[str, str]) -> AsyncIterator[Process]:
    async with running(f"services.{name}", settings) as service:
        await until(service.is_ready, True)
        yield service


async def _at_the_start(name: str, settings: Mapping[str, str]) -> float:
    """What it holds when nothing is there."""
    async with _running(name, settings) as service:
        return service.resident_mb


async def _a_while(service: Process) -> None:
    await asyncio.sleep(_A_WHILE)
    service.check()


def held(names: tuple[str, str], service: Process, start: float, counted: str) -> list[Row]:
    """What a service holds now beside the start, and the most that it ever held, by these names."""
    now, counted = service.resident_mb, f"{counted}; {start:.0f} MB at the start"
    return [
        Row(
            name=names[0],
            value=now,
            unit="MB",
            beside="at the start",
            ratio=now / start,
            goal=at_most(GROWTH),
            counted=counted,
        ),
        Row(
            name=names[1],
            value=service.peak_mb,
            unit="MB",
            goal=at_most(LARGEST_MB),
            counted=counted,
        ),
    ]


def _rows(name: str, service: Process, start: float, counted: str) -> list[Row]:
    return held((name, f"{name}, at its peak"), service, start, counted)
