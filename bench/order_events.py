"""Events a second through order_events, beside what a shop would write instead."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

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
from bench.said import Answers
from bench.waves import Course

OURS, BARE, BURST = "order_events", "bare aiokafka loop", "order_events, all steps at once"
ORDERS, ORDERS_OF_PEERS = 20_000, 2_000
"""Orders of the full load, five events each. Peers are slow: to them a tenth is load enough, and we
have the same beside them."""
AT_ONCE = 1_000
"""New orders in each wave: with the next steps of others it has five times as many events."""
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
    answers_only: bool = False
    """It sends one message for each event, and knows nothing of orders."""


BARE_PEER = Peer(BARE, "bench.peers.bare_orders", answers_only=True)
FAUST = Peer("Faust with a table", "bench.peers.faust_orders", "faust")
FASTSTREAM = Peer("FastStream with PostgreSQL", "bench.peers.faststream_orders", "faststream")
QUIXSTREAMS = Peer("Quix Streams with RocksDB", "bench.peers.quixstreams_orders", "quixstreams")


async def measure_ours(here: Ground, orders: int) -> float:
    """Events a second of order_events, one core."""
    async with afresh(here) as fresh, _ready(fresh):
        return await _answered(fresh, orders)


async def measure_peer(peer: Peer, here: Ground, orders: int) -> float:
    """Events a second of a peer, one core."""
    python = await python_of(peer.venv) if peer.venv else sys.executable
    async with afresh(here) as fresh, _started(peer, python, fresh):
        return await _answered(fresh, orders, answers_only=peer.answers_only)


async def _answered(here: Ground, orders: int, *, answers_only: bool = False) -> float:
    """Events a second of who is there now. Raises WorkNotDoneError unless it said what there was to
    say, as often as everybody."""
    course = Course(here, orders, AT_ONCE, answers_each_once=answers_only)
    async with Answers(here) as answers:
        found = await course.speed(answers)
        if not answers_only:
            (await answers.said()).check(course.orders, course.expected)
        return found


async def measure_burst(here: Ground, orders: int) -> float:
    """Events a second of order_events where all steps of all orders come at once: of an order it
    says only where it stands after what it read together, which is less to do."""
    async with afresh(here) as fresh, _ready(fresh) as service:
        load = Load(fresh.bootstrap_servers)
        load.prepare(journeys(orders, fresh.prefix))
        pouring = asyncio.create_task(load.pour())
        found = await rate(fresh, service, _DONE.format(total=load.count), total=load.count)
        await pouring
        return found


@asynccontextmanager
async def _ready(here: Ground) -> AsyncIterator[Process]:
    """Runs ours on its core, as soon as it has read what there is."""
    async with AsyncExitStack() as parts:
        with cores.of_the_contestant():
            service = await parts.enter_async_context(
                running("services.order_events", here.settings)
            )
        await until(lambda: _is_current(here, service), 1)
        yield service


async def _is_current(here: Ground, service: Process) -> bool:
    """Whether it reads, and knows that it has read everything."""
    reads = await here.query("SELECT count(*) FROM order_events.positions")
    return bool(reads) and not await service.metric("headsup_order_events_partitions_behind")


@asynccontextmanager
async def _started(peer: Peer, python: str, here: Ground) -> AsyncIterator[None]:
    """Runs a peer on its core; what it complains of is kept under build/bench/."""
    LOGS.mkdir(parents=True, exist_ok=True)
    with (LOGS / f"{peer.module}.log").open("wb") as log, cores.of_the_contestant():
        process = await asyncio.create_subprocess_exec(
            *(python, "-m", peer.module),
            env={**os.environ, **here.settings},
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    try:
        async with asyncio.timeout(PATIENCE):
            await _says_ready(process)
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _says_ready(process: asyncio.subprocess.Process) -> None:
    """Raises RuntimeError where the process ends before it is."""
    assert process.stdout is not None  # noqa: S101 - for mypy
    async for line in process.stdout:
        if line.startswith(READY):
            return
    raise RuntimeError(f"ended before it was ready; see {LOGS}")


async def _hold(here: Ground, peers: Sequence[Peer], size: Size, say: Say, orders: int) -> Contest:
    contestants = [Contestant(OURS, lambda _round: measure_ours(here, orders))]
    contestants += [Contestant(peer.name, partial(_round_of, peer, here, orders)) for peer in peers]
    if BARE_PEER in peers and size.rounds > 1:
        contestants.append(Contestant(BURST, lambda _round: measure_burst(here, orders)))
    at_once = min(AT_ONCE, orders) * STEPS
    counted = f"{orders * STEPS:,} events of {orders:,} orders, {at_once:,} at once, one core"
    return await hold(contestants, size, say, unit="events/s", counted=counted)


async def _round_of(peer: Peer, here: Ground, orders: int, _round: int) -> float:
    return await measure_peer(peer, here, orders)


async def _beside_bare(size: Size, say: Say) -> list[Row]:
    with cores.of_the_others():
        async with ground() as here:
            contest = await _hold(here, [BARE_PEER], size, say, size.of(ORDERS, LEAST))
    goal = at_least(0.5)
    beside = [contest.beside(OURS, BARE, goal=goal), contest.row(BARE)]
    return beside + [contest.row(name) for name in contest.found if name == BURST]


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
