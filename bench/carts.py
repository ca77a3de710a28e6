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
from bench.ground import PATIENCE, Ground, Process, ground, running, until
from bench.load import emit
from bench.shoppers import UPDATES, updates
from headsup.kafka.topics import PARTITIONS

ROUNDS = 3
"""How often each of them reads. What counts is the middle."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Events a second, by the clock and of one core's work. Beside others' work the clock says
    little, and the core says more."""

    by_clock: float
    by_core: float


@dataclass(frozen=True, slots=True)
class CartFigures:
    """What was measured."""

    events: int
    keeps: Pace
    """An agent that puts each event into its table."""
    reads: Pace
    """An agent that does nothing at all."""
    ours: Pace
    resident_mb: float
    lost: int
    """Events that never came to the bare agents, which count to the end of what they got."""


async def measure_carts(carts: int, rounds: int = ROUNDS) -> CartFigures:
    """Lets the bare agents and cart_recovery read the updates of so many carts, each a group of its
    own and alone, one after the other, so many rounds."""
    async with ground() as here:
        found = [await _round(await here.apart(), carts) for _ in range(rounds)]
    return CartFigures(
        events=carts * UPDATES,
        keeps=_middle([each.keeps for each in found]),
        reads=_middle([each.reads for each in found]),
        ours=_middle([each.ours for each in found]),
        resident_mb=median(each.resident_mb for each in found),
        lost=sum(each.lost for each in found),
    )


async def _round(here: Ground, carts: int) -> CartFigures:
    await _make_changelog(here)
    total = await emit(here.bootstrap_servers, updates(carts, here.prefix))
    assert total == carts * UPDATES  # noqa: S101 - the figures are per event
    keeps, unkept = await _bare(here, total, "keeps")
    async with running("services.cart_recovery", here.settings) as service:
        ours = await _ours(service, total)
        resident = service.resident_mb
    reads, unread = await _bare(here, total, "reads")
    return CartFigures(total, keeps, reads, ours, resident, unkept + unread)


def _middle(paces: Sequence[Pace]) -> Pace:
    return Pace(median(one.by_clock for one in paces), median(one.by_core for one in paces))


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
