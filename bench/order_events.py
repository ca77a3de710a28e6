"""Events a second through order_events, beside what a shop would write instead."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

import msgspec

from bench import cores
from bench.afresh import afresh
from bench.contest import Contest, Contestant, Say, Size, hold
from bench.experiment import Experiment
from bench.figures import Row, at_least
from bench.ground import LOGS, PATIENCE, Ground, Process, ground, rate, running, until
from bench.load import STEPS, journeys
from bench.peers.venvs import python_of
from bench.peers.work import READY
from bench.pouring import Load
from bench.said import said_on

OURS, BARE = "order_events", "bare aiokafka loop"
ORDERS, ORDERS_OF_PEERS = 20_000, 2_000
"""Orders of the full load, five events each. Peers are slow: to them a tenth is load enough, and we
have the same beside them."""
LEAST = 200
_DONE = """
    SELECT CASE WHEN read < {total} THEN read ELSE read - (
        EXISTS (SELECT FROM order_events.outbox)
        OR EXISTS (SELECT FROM order_events.orders WHERE next_look_at <= now())
    )::int END
    FROM (SELECT sum(next_offset) AS read FROM order_events.positions) AS positions
"""
"""Events handled to the end: the last one counts when everything it led to is on Kafka, and no
order waits to be looked at because more of it was still unread when its event came."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else who does the work."""

    name: str
    module: str
    venv: str | None = None
    """None: ours."""
    is_there_first: bool = False
    """The load comes when it says that it is ready."""
    answers_only: bool = False
    """It sends one message for each event, and knows nothing of orders."""


BARE_PEER = Peer(BARE, "bench.peers.bare_orders", answers_only=True)
FAUST = Peer("Faust with a table", "bench.peers.faust_orders", "faust", is_there_first=True)
FASTSTREAM = Peer("FastStream with PostgreSQL", "bench.peers.faststream_orders", "faststream")
QUIXSTREAMS = Peer("Quix Streams with RocksDB", "bench.peers.quixstreams_orders", "quixstreams")


async def measure_ours(here: Ground, orders: int) -> float:
    """Events a second of order_events, one core, live: it is there before the events are. (Of a
    backlog it says only the newest, which is less.)"""
    async with afresh(here) as fresh:
        async with AsyncExitStack() as parts:
            with cores.of_the_contestant():
                service = await parts.enter_async_context(
                    running("services.order_events", fresh.settings)
                )
            await until(lambda: _is_current(fresh, service), 1)
            load = _prepared(fresh, orders)
            pouring = asyncio.create_task(load.pour())
            done = _DONE.format(total=load.count)
            found = await rate(fresh, service, done, total=load.count)
            await pouring
        (await said_on(fresh)).check(orders)
        return found


async def measure_peer(peer: Peer, here: Ground, orders: int) -> float:
    """Events a second of a peer, one core."""
    python = await python_of(peer.venv) if peer.venv else sys.executable
    async with afresh(here) as fresh:
        load = _prepared(fresh, orders)
        if not peer.is_there_first:
            await load.pour()
        async with _started(peer, python, fresh, load.count) as process, asyncio.timeout(PATIENCE):
            if peer.is_there_first:
                await _line(process, READY)
                await load.pour()
            told = msgspec.json.decode(await _line(process, b"{"))
        said = await said_on(fresh) if not peer.answers_only else None
        if said:
            said.check(orders)
        return float(told["events"] / told["seconds"])


def _prepared(here: Ground, orders: int) -> Load:
    load = Load(here.bootstrap_servers)
    load.prepare(journeys(orders, here.prefix))
    assert load.count == orders * STEPS  # noqa: S101 - the figures are per event
    return load


async def _is_current(here: Ground, service: Process) -> bool:
    """Whether it reads, and knows that it has read everything."""
    reads = await here.query("SELECT count(*) FROM order_events.positions")
    return bool(reads) and not await service.metric("headsup_order_events_partitions_behind")


@asynccontextmanager
async def _started(
    peer: Peer, python: str, here: Ground, total: int
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Runs a peer on its core; what it complains of is kept under build/bench/."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"{peer.module}.log").open("wb") as log, cores.of_the_contestant():
        process = await asyncio.create_subprocess_exec(
            *(python, "-m", peer.module, str(total)),
            env={**os.environ, **here.settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _line(process: asyncio.subprocess.Process, begins: bytes) -> bytes:
    """The next line that begins so. Raises RuntimeError where the process ends before it."""
    assert process.stdout is not None  # noqa: S101 - for mypy
    async for line in process.stdout:
        if line.startswith(begins):
            return line
    raise RuntimeError(f"ended without a figure; see {LOGS}")


async def _hold(here: Ground, peers: Sequence[Peer], size: Size, say: Say, orders: int) -> Contest:
    contestants = [Contestant(OURS, lambda _round: measure_ours(here, orders))]
    contestants += [Contestant(peer.name, partial(_round_of, peer, here, orders)) for peer in peers]
    counted = f"{orders * STEPS:,} events of {orders:,} orders, one core"
    return await hold(contestants, size, say, unit="events/s", counted=counted)


async def _round_of(peer: Peer, here: Ground, orders: int, _round: int) -> float:
    return await measure_peer(peer, here, orders)


async def _beside_bare(size: Size, say: Say) -> list[Row]:
    with cores.of_the_others():
        async with ground() as here:
            contest = await _hold(here, [BARE_PEER], size, say, size.of(ORDERS, LEAST))
    return [contest.beside(OURS, BARE, goal=at_least(0.5)), contest.row(BARE)]


async def _beside_peers(size: Size, say: Say) -> list[Row]:
    peers = {FAUST: 4.0, FASTSTREAM: 4.0, QUIXSTREAMS: 1.0}
    orders = size.of(ORDERS_OF_PEERS, LEAST)
    with cores.of_the_others():
        async with ground() as here:
            contest = await _hold(here, list(peers), size, say, orders)
    beside = [contest.beside(OURS, peer.name, goal=at_least(goal)) for peer, goal in peers.items()]
    return beside + [contest.row(peer.name) for peer in peers]


EXPERIMENTS = (
    Experiment("order_events", _beside_bare, is_in_short=True),
    Experiment("order_events_peers", _beside_peers),
)
