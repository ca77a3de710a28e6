"""Events a second through cart_recovery, beside a bare Faust agent over the same records."""

import asyncio
import os
import sys
from dataclasses import dataclass, field
from functools import partial

from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.bare_agent import KEPT
from bench.contest import Contest, Contestant, Say, Size, hold
from bench.experiment import Experiment
from bench.figures import Row, at_least, at_most
from bench.ground import PATIENCE, Ground, ground, running, speed
from bench.load import emit
from bench.shoppers import UPDATES, updates
from headsup.kafka.topics import PARTITIONS

_CARTS = 30_000
_OURS = "cart_recovery"
_READS, _KEEPS = "a bare Faust agent that reads", "a bare Faust agent with a table"


@dataclass(slots=True)
class _Scene:
    """The updates of many carts, and what was seen beside the pace."""

    here: Ground
    carts: int
    grounds: list[Ground] = field(default_factory=list)
    """Topics of each round."""
    resident_mb: list[float] = field(default_factory=list)
    lost: int = 0
    """Events that never came to the bare agents, which count to the end of what they got."""

    @property
    def events(self) -> int:
        """Of a round."""
        return self.carts * UPDATES

    async def of_round(self, number: int) -> Ground:
        """Where the updates of this round are. Each contestant reads them as a group of its own,
        and alone."""
        while len(self.grounds) <= number:
            here = await self.here.apart()
            await _make_changelog(here)
            await emit(here.bootstrap_servers, updates(self.carts, here.prefix))
            self.grounds.append(here)
        return self.grounds[number]


async def _measure(size: Size, say: Say) -> list[Row]:
    """Lets cart_recovery and the bare agents read the updates of so many carts, in turn."""
    async with ground() as here:
        scene = _Scene(here, size.of(_CARTS, 100))
        counted = f"{scene.events:,} updates of {scene.carts:,} carts"
        contest = await hold(
            [
                Contestant(_KEEPS, partial(_bare, scene, "keeps")),
                Contestant(_READS, partial(_bare, scene, "reads")),
                Contestant(_OURS, partial(_ours, scene)),
            ],
            size,
            say,
            unit="events/s",
            counted=counted,
        )
    memory = Contest("MB", counted, {f"{_OURS}, resident after the updates": scene.resident_mb})
    return [
        contest.beside(_OURS, _KEEPS, goal=at_least(0.7)),
        contest.beside(_OURS, _READS),
        *(memory.row(name, goal=at_most(200)) for name in memory.found),
        Row(
            name="updates that Faust agents lost",
            value=scene.lost,
            unit="updates",
            counted=f"{counted}, of all rounds and both agents",
        ),
    ]


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


async def _bare(scene: _Scene, does: str, number: int) -> float:
    """Events a second, as the agent itself counts them."""
    here = await scene.of_round(number)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.bare_agent", str(scene.events), does),
        env={**os.environ, **here.settings},
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    pace, handled = output.split()
    scene.lost += scene.events - int(handled)
    return float(pace)


async def _ours(scene: _Scene, number: int) -> float:
    """By the service's own count."""
    here = await scene.of_round(number)
    async with running("services.cart_recovery", here.settings) as service:
        taken = partial(service.metric, "headsup_cart_recovery_consumed_total", result="taken")
        found = await speed(taken, scene.events, every=0.25)
        scene.resident_mb.append(service.resident_mb)
        return found


EXPERIMENT = Experiment("carts", _measure)
