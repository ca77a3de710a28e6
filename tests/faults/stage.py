"""How the world of an experiment is made."""

import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from headsup.clock import SystemClock
from sandbox.parts.places import free_port
from tests.faults.carts.living import Carts, tempo_in
from tests.faults.carts.shopper import Story
from tests.faults.carts.stories import CartCast, stories
from tests.faults.fleet import Fleet
from tests.faults.ground import Ground
from tests.faults.journeys import Cast, Journey, expectation, journeys
from tests.faults.load import Load
from tests.faults.providers import Providers
from tests.faults.world import Measure, World

SHOPS: Final = Path("sandbox/shops")
TIMES: Final = {
    False: {
        "HEADSUP_LEASE_SECONDS": "30",
        "HEADSUP_SEND_TIMEOUT_SECONDS": "10",
        "HEADSUP_SETTLE_SECONDS": "1",
    },
    True: {
        "HEADSUP_LEASE_SECONDS": "6",
        "HEADSUP_SEND_TIMEOUT_SECONDS": "2",
        "HEADSUP_SETTLE_SECONDS": "1",
    },
}
"""Where calls end without an answer, shorter than at home, so that an experiment does not take
longer. Elsewhere a slow machine must not be the cause of a doubt."""
BEGAN_AGO: Final = timedelta(minutes=40)
"""The journeys begin so long ago, and are over by now: nothing in them is old news."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What there is in it."""

    cast: Cast
    settings: Mapping[str, str] = field(default_factory=dict)
    partitions: int = 3
    may_doubt: bool = False
    """Calls may end without an answer."""
    start: datetime | None = None
    """When the journeys begin; None: a while ago."""
    receipts: bool = False
    """Providers say later what became of a message."""
    carts: CartCast | None = None
    """Who leaves carts. Then `cast` is not asked: the orders are those of who buys."""
    may_skip: bool = False
    """Of several reminders that fall due meanwhile only the newest is said."""

    def told(self, start: datetime) -> tuple[list[Journey], tuple[Story, ...]]:
        """The orders, and the carts."""
        if self.carts is None:
            return journeys(self.cast, start), ()
        people = stories(self.carts, start)
        return [story.journey for story in people if story.journey], people


@contextlib.asynccontextmanager
async def world(ground: Ground, stage: Stage, measure: Measure, logs: Path) -> AsyncIterator[World]:
    """Everything that one experiment needs; nothing of it is left."""
    told, people = stage.told(stage.start or SystemClock().now() - BEGAN_AGO)
    async with AsyncExitStack() as parts:
        plot = await parts.enter_async_context(ground.plot(partitions=stage.partitions))
        providers = await parts.enter_async_context(
            Providers.made(receipts=stage.receipts).running()
        )
        settings = {
            **plot.settings,
            **providers.settings,
            **TIMES[stage.may_doubt],
            "HEADSUP_SHOPS": str(SHOPS),
            **stage.settings,
        }
        pages = {**providers.receipts}
        if people:
            pages["HTTP_PORT"] = str(free_port())
        fleet = await parts.enter_async_context(Fleet(settings, logs, pages).running())
        load = await parts.enter_async_context(Load(plot.servers, plot.prefix).running())
        here = World(
            ground=ground,
            plot=plot,
            providers=providers,
            fleet=fleet,
            load=load,
            measure=measure,
            dice=random.Random(f"{measure.seed}/{logs.name}"),  # noqa: S311 - repeatable on purpose
            journeys=told,
            expected=expectation(told),
            may_doubt=stage.may_doubt,
        )
        if people:
            tempo = tempo_in(settings)
            here.carts = Carts(
                stories=people,
                tempo=tempo,
                load=load,
                inbox=providers.inbox,
                notifier=f"http://127.0.0.1:{pages['HTTP_PORT']}",
                may_skip=stage.may_skip,
            )
        yield here
