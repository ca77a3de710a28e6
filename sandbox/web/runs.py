"""Stories that are being played now."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime

from headsup.clock import Clock
from sandbox.scenarios.model import Expected, Person, Scenario, Story
from sandbox.scenarios.player import Publisher, play
from sandbox.scenarios.telling import expected, steps, story_of


@dataclass(frozen=True, slots=True)
class Run:
    """One telling of a scenario."""

    scenario: Scenario
    story: Story

    @property
    def expected(self) -> list[Expected]:
        """The messages that must arrive."""
        return expected(self.scenario, self.story)

    @property
    def ends_at(self) -> datetime:
        """When the last thing happens, in business time; it may be a deadline that passes."""
        return max(step.at for step in self.scenario.tell(self.story))


class Runs:
    """Starts stories and keeps hold of them."""

    def __init__(self, clock: Clock, publisher: Publisher) -> None:
        self._clock = clock
        self._publisher = publisher
        self._tasks: set[asyncio.Task[None]] = set()
        self._orders: set[str] = set()

    def start(self, scenario: Scenario, person: Person) -> Run:
        """Begins to tell a scenario about a person, under a new order number."""
        story = story_of(scenario, person, self._new_order(), self._clock.now())
        run = Run(scenario, story)
        timed = steps(run.scenario, run.story)
        task = asyncio.create_task(play(timed, self._clock, self._publisher))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return run

    def _new_order(self) -> str:
        while (order := str(100_000 + secrets.randbelow(900_000))) in self._orders:
            pass
        self._orders.add(order)
        return order

    async def finished(self) -> None:
        """Waits until every story has been sent to its end. Raises what stopped one."""
        if self._tasks:
            await asyncio.gather(*self._tasks)

    async def close(self) -> None:
        """Stops in the middle of every story."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
