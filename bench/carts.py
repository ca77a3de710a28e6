"""Events a second through cart_recovery, beside a bare Faust agent over the same records."""

import asyncio
import os
import sys
from dataclasses import dataclass

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.bare_agent import KEPT
from bench.ground import Ground, Process, ground, running, speed
from bench.load import emit
from bench.shoppers import UPDATES, updates
from headsup.kafka.topics import PARTITIONS


@dataclass(frozen=True, slots=True)
class CartFigures:
    """What was measured."""

    events: int
    keeps_per_second: float
    reads_per_second: float
    ours_per_second: float
    resident_mb: float

    @property
    def of_keeping(self) -> float:
        """How much is left of the speed of an agent that puts each event into its table."""
        return self.ours_per_second / self.keeps_per_second

    @property
    def of_reading(self) -> float:
        """How much is left of the speed of an agent that does nothing at all."""
        return self.ours_per_second / self.reads_per_second


async def measure_carts(carts: int) -> CartFigures:
    """Lets the bare agents and cart_recovery read the updates of so many carts, each a group of its
    own and alone."""
    async with ground() as here:
        await _make_changelog(here)
        total = await emit(here.bootstrap_servers, updates(carts, here.prefix))
        assert total == carts * UPDATES  # noqa: S101 - the figures are per event
        keeps = await _bare(here, total, "keeps")
        async with running("services.cart_recovery", here.settings) as service:
            ours = await _ours(service, total)
            resident = service.resident_mb
        reads = await _bare(here, total, "reads")
        return CartFigures(total, keeps, reads, ours, resident)


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


async def _bare(here: Ground, total: int, does: str) -> float:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.bare_agent", str(total), does),
        env={**os.environ, **here.settings},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    return float(output)


async def _ours(service: Process, total: int) -> float:
    """Events a second, by the service's own count."""
    name = "headsup_cart_recovery_consumed_total"
    return await speed(lambda: service.metric(name, result="taken"), total, every=0.25)
