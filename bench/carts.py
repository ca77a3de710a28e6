"""Events a second through cart_recovery, beside a bare Faust agent over the same records."""

import asyncio
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.bare_agent import KEPT
from bench.contest import Say, Size
from bench.experiment import Experiment
from bench.figures import Row, at_least, at_most, compared, times
from bench.ground import PATIENCE, Ground, Process, ground, running, until
from bench.load import emit
from bench.shoppers import UPDATES, updates
from headsup.kafka.topics import PARTITIONS

_CARTS = 30_000
_READS, _KEEPS = "a bare Faust agent that reads", "a bare Faust agent with a table"


@dataclass(frozen=True, slots=True)
class Pace:
    """Events a second, by the clock and of one core's work. Beside others' work the clock says
    little, and the core says more."""

    by_clock: float
    by_core: float


@dataclass(frozen=True, slots=True)
class _Round:
    """What was measured once."""

    keeps: Pace
    """An agent that puts each event into its table."""
    reads: Pace
    """An agent that does nothing at all."""
    ours: Pace
    resident_mb: float
    lost: int
    """Events that never came to the bare agents, which count to the end of what they got."""


async def _measure(size: Size, say: Say) -> list[Row]:
    """Lets the bare agents and cart_recovery read the updates of so many carts, each a group of its
    own and alone, one after the other, so many rounds."""
    carts = size.of(_CARTS, 100)
    found = []
    async with ground() as here:
        for number in range(size.rounds):
            say(f"round {number + 1} of {size.rounds}: cart updates")
            found.append(await _round(await here.apart(), carts, number))
    counted = f"{carts * UPDATES:,} updates of {carts:,} carts; {times(size.rounds, 'round')}"
    lost = sum(one.lost for one in found)
    return [
        _row(found, _KEEPS, [one.keeps for one in found], counted, goal=0.7),
        _row(found, _READS, [one.reads for one in found], counted),
        Row(
            name="cart_recovery, resident after the updates",
            value=median(one.resident_mb for one in found),
            unit="MB",
            goal=at_most(200),
            counted=counted,
        ),
        Row(name="updates that Faust agents lost", value=lost, unit="updates", counted=counted),
    ]


def _row(
    found: Sequence[_Round],
    beside: str,
    theirs: Sequence[Pace],
    counted: str,
    goal: float | None = None,
) -> Row:
    ours = [one.ours.by_clock for one in found]
    ratio, spread = compared(ours, [one.by_clock for one in theirs])
    return Row(
        name=f"cart_recovery / {beside}",
        value=median(ours),
        unit="events/s",
        beside=beside,
        ratio=ratio,
        spread=spread,
        goal=at_least(goal) if goal else None,
        counted=counted,
    )


async def _round(here: Ground, carts: int, number: int) -> _Round:
    """Who begins changes."""
    await _make_changelog(here)
    total = await emit(here.bootstrap_servers, updates(carts, here.prefix))
    assert total == carts * UPDATES  # noqa: S101 - the figures are per event
    bare = {}
    for does in ("keeps", "reads") if number % 2 else ("reads", "keeps"):
        bare[does] = await _bare(here, total, does)
    async with running("services.cart_recovery", here.settings) as service:
        ours = await _ours(service, total)
        resident = service.resident_mb
    keeps, reads = bare["keeps"], bare["reads"]
    return _Round(keeps[0], reads[0], ours, resident, keeps[1] + reads[1])


async def _make_changelog(here: Ground) -> None:
    """The topic of the bare agent's table: like that of cart_recovery."""
    admin = AIOKafkaAdminClient(bootstrap_servers=here.bootstrap_servers)
    await admin.start()
    try:
        config = {"cleanup.policy": "compact"}
        topic = NewTopic(here.prefix + KEPT, PARTITIONS, 1, topic_configs=config)
        await admin.create_topics([topic])
    finally:
        await admin.close()


async def _bare(here: Ground, total: int, does: str) -> tuple[Pace, int]:
    """Its pace, and how many events it lost."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.bare_agent", str(total), does),
        env={**os.environ, **here.settings},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    by_clock, by_core, handled = map(float, output.split())
    return Pace(by_clock, by_core), total - int(handled)


async def _ours(service: Process, total: int) -> Pace:
    """By the service's own count."""

    async def taken() -> float:
        return await service.metric("headsup_cart_recovery_consumed_total", result="taken")

    first = await until(taken, 1)
    begun, worked = time.monotonic(), service.cpu_seconds
    last = await until(taken, total, every=0.25)
    count = last - first
    return Pace(count / (time.monotonic() - begun), count / (service.cpu_seconds - worked))


EXPERIMENT = Experiment("carts", _measure)
