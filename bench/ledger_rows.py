"""What it costs the notifier to claim a mail and to settle it when its ledger has millions of rows,
beside when it has none."""

import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final

import asyncpg

from bench.contest import Contest, Contestant, Say, Size, hold
from bench.databases import Server, beside, copied, ladder, server_of, that_fit
from bench.experiment import Experiment, Findings
from bench.figures import Series, at_most
from bench.ground import Ground, ground, running, until
from bench.load import emit
from bench.mails import requests, settings_of
from bench.sink import smtp_sink
from headsup.contracts.channels import Channel
from headsup.kafka.producer import MemoryPublisher
from headsup.outbox import Outbox
from services.notifier.attempts import sent
from services.notifier.claims import Claims, Terms
from services.notifier.ledger import Ledger
from services.notifier.loops import MAILS_AT_HAND
from services.notifier.settling import settle

_MANY: Final = 10_000_000
ROW_BYTES: Final = 3_000
"""Of a notification and its request on disk, with their entries in the indexes and room for the
log that is written meanwhile."""
_SEEN: Final = 50
_WAITING: Final = 1_000
"""Mails of one round."""
_AT_A_TIME: Final = 1_000_000
_BEYOND: Final = 1_000_000_000
"""The first number of a mail that waits."""
_GOAL: Final = at_most(1.3)
TABLES: Final = ("notifier.requests", "notifier.notifications")

# What the notifier wrote of mails that it sent, each beside its number; then others in their
# shape: sent as well, or (named) waiting, with what is theirs in the request.
_KEEP = """
    CREATE TABLE {table} AS
    SELECT *, row_number() OVER (ORDER BY {by}) - 1 AS number FROM notifier.{table}
"""
_FRESH = """
    SELECT md5('r' || n) AS id, md5('o' || n) AS order_id, n
    FROM generate_series($1::bigint, $2::bigint) AS n ORDER BY 1
"""
_PUT_REQUESTS = f"""
    INSERT INTO notifier.requests (id, source, order_id, customer_id, kind, request, expires_at,
                                   decided_at, decision, reason, passed_over, received_at)
    SELECT fresh.id, source, fresh.order_id, 'c-' || fresh.order_id, kind,
           CASE WHEN $3 THEN convert_to(
               replace(replace(convert_from(request, 'UTF8'), shape.order_id, fresh.order_id),
                       lower(shape.order_id) || '@', fresh.order_id || '@'), 'UTF8')
           ELSE request END,
           expires_at, decided_at, decision, reason, passed_over, received_at
    FROM ({_FRESH}) AS fresh JOIN public.requests AS shape ON shape.number = n % {_SEEN}
"""  # noqa: S608 - our own words
_PUT_NOTIFICATIONS = f"""
    INSERT INTO notifier.notifications (id, request_id, route, channel, address, language, source,
                                        order_id, over_at, changed_at, planned_at, state, due_at,
                                        attempt, sender, written_at, provider_ref, priority)
    SELECT fresh.id || '.0', fresh.id, route, channel, fresh.order_id || '@example.com', language,
           source, fresh.order_id, over_at, changed_at, planned_at,
           CASE WHEN $3 THEN 'planned' ELSE state END,
           CASE WHEN $3 THEN now() + $4::interval ELSE due_at END,
           CASE WHEN $3 THEN 0 ELSE attempt END, CASE WHEN $3 THEN NULL ELSE sender END,
           CASE WHEN $3 THEN NULL ELSE written_at END,
           CASE WHEN $3 THEN NULL ELSE '<' || fresh.id || '.0@shop.example>' END, priority
    FROM ({_FRESH}) AS fresh JOIN public.notifications AS shape ON shape.number = n % {_SEEN}
"""  # noqa: S608 - our own words


@dataclass(slots=True)
class _Side:
    """A ledger, and what claims and settles in it."""

    name: str
    server: Server
    claims: Claims
    ledger: Ledger
    rows: int = 0
    waited: int = 0
    clock: list[float] = field(default_factory=list)
    """Microseconds for each mail, round by round."""

    async def grow(self, rows: int) -> None:
        """Puts in mails that were sent, until there are so many."""
        while self.rows < rows:
            upto = min(rows, self.rows + _AT_A_TIME)
            await put(self.server, self.rows + 1, upto, waits=False)
            self.rows = upto
        await self.server.settled(*TABLES)

    async def cost(self, count: int) -> float:
        """Microseconds of a core, the notifier's and the database's, to claim and settle one of so
        many mails."""
        first = _BEYOND + self.waited
        self.waited += count
        await put(self.server, first, first + count - 1, waits=True)
        before, begun, done = time.process_time() + self.server.cpu_seconds, time.perf_counter(), 0
        while done < count:
            claimed = (await self.claims.claim(_terms(), MAILS_AT_HAND)).claimed
            results = [sent(each, f"<{each.id}@shop.example>", _now()) for each in claimed]
            async with self.ledger.transaction() as transaction:
                settled = await settle(transaction, results)
            if not settled.counted:
                raise RuntimeError(f"{done} of {count} mails were claimed and settled")
            done += len(settled.counted)
        self.clock.append((time.perf_counter() - begun) / count * 1e6)
        return (time.process_time() + self.server.cpu_seconds - before) / count * 1e6


async def put(
    server: Server, first: int, last: int, *, waits: bool, later: timedelta = timedelta()
) -> None:
    """Puts in mails of these numbers: sent, or waiting, to go now or so much later. `seen` was
    called before."""
    await server.connection.execute(_PUT_REQUESTS, first, last, waits)
    await server.connection.execute(_PUT_NOTIFICATIONS, first, last, waits, later)


def _now() -> datetime:
    return datetime.now(UTC)


def _terms() -> Terms:
    return Terms(
        channel=Channel.EMAIL, senders=("primary",), can_be_asked=False, now=_now(), lease=60.0
    )


async def run(size: Size, say: Say) -> Findings:
    """Lets one of two ledgers grow, and compares at every step."""
    steps = ladder(that_fit(size.of(_MANY, 10_000), ROW_BYTES))
    found: dict[int, Contest] = {}
    async with ground() as here, beside(here) as other, AsyncExitStack() as parts:
        few = await _side(parts, "no rows", here)
        many = await _side(parts, "many rows", other)
        say("the notifier sends mails, to have others in their shape")
        await seen(here, few.server)
        await _shared(few.server, many.server)
        for side in (few, many):
            await side.cost(_WAITING)  # neither is measured cold
        for count in steps:
            say(f"{count:,} rows are put in")
            await many.grow(count)
            found[count] = await _compare([many, few], size, say, f"{count:,} rows")
        clock = Contest(
            "µs",
            found[steps[-1]].counted,
            {f"a mail by the clock, {side.name}": side.clock for side in (many, few)},
        )
    contests = (found[steps[-1]], clock)
    return Findings(
        [contest.beside(*contest.found, goal=_GOAL) for contest in contests],
        tuple(
            Series(
                f"notifier: to claim and settle a mail, {name}",
                "rows of the ledger",
                "µs of a core for each mail",
                tuple(
                    (float(count), median(list(contest.found.values())[side]))
                    for count, contest in found.items()
                ),
            )
            for side, name in enumerate(("so many rows", "beside it, no rows"))
        ),
    )


async def _compare(sides: list[_Side], size: Size, say: Say, load: str) -> Contest:
    def contestant(side: _Side) -> Contestant:
        side.clock.clear()
        return Contestant(f"a mail, {side.name}", lambda _number: side.cost(_WAITING))

    return await hold(
        [contestant(side) for side in sides],
        size,
        say,
        unit="µs of a core",
        counted=f"{load}, {_WAITING:,} mails claimed and settled",
    )


async def _side(parts: AsyncExitStack, name: str, here: Ground) -> _Side:
    pool = await parts.enter_async_context(asyncpg.create_pool(here.database_url, min_size=1))
    server = await parts.enter_async_context(server_of(here))
    ledger = Ledger(pool, Outbox("notifier", pool, MemoryPublisher()))
    return _Side(name, server, Claims(pool), ledger)


async def seen(here: Ground, server: Server) -> None:
    """Has the notifier send mails, and keeps what it wrote of them, for others in their shape. Its
    ledger is empty then."""
    connection: Any = server.connection

    async def done() -> float:
        return float(
            await connection.fetchval(
                "SELECT count(*) FROM notifier.notifications WHERE state = 'sent'"
            )
        )

    with smtp_sink() as port:
        async with running("services.notifier", settings_of(here, port, 1)) as service:
            await emit(here.bootstrap_servers, requests(_SEEN, here.prefix))
            await until(done, _SEEN)
            service.check()
    for table, by in (("requests", "id"), ("notifications", "request_id")):
        await connection.execute(_KEEP.format(table=table, by=by))
    await connection.execute(f"TRUNCATE {', '.join(TABLES)}")


async def _shared(one: Server, other: Server) -> None:
    """Takes what was seen over to another server."""
    for table in ("requests", "notifications"):
        await other.connection.execute(
            f"CREATE TABLE {table} AS SELECT *, 0::bigint AS number FROM notifier.{table}"  # noqa: S608
        )
        await copied(f"public.{table}", one.connection, other.connection)


EXPERIMENT = Experiment("ledger-rows", run)
