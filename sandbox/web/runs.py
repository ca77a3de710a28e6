"""Stories that are being played now."""

import asyncio
import secrets
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from headsup.clock import Clock
from sandbox.scenarios.model import Expected, Person, PhoneOff, Scenario, Story, TimedAct, Word
from sandbox.scenarios.player import Publisher, live, play
from sandbox.scenarios.telling import acts, expected, is_recovered, steps, story_of, words
from sandbox.web.hand import Hand


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
    def words(self) -> list[Word]:
        """What the bot must say."""
        return words(self.scenario, self.story)

    @property
    def is_recovered(self) -> bool:
        """Whether the shop must hear that a reminder brought the order."""
        return is_recovered(self.scenario, self.story)

    @property
    def ends_at(self) -> datetime:
        """When the last thing happens, in business time; it may be a deadline that passes."""
        return max(step.at for step in self.scenario.tell(self.story))


class Runs:
    """Starts stories and keeps hold of them. Without a hand nobody answers in them."""

    def __init__(self, clock: Clock, publisher: Publisher, hand: Hand | None = None) -> None:
        self._clock = clock
        self._hand = hand
        self._publisher = publisher
        self._tasks: set[asyncio.Task[None]] = set()
        self._orders: set[str] = set()

    def start(self, scenario: Scenario, person: Person) -> Run:
        """Begins to tell a scenario about a person, under a new order number."""
        story = story_of(scenario, person, self._new_order(), self._clock.now())
        run = Run(scenario, story)
        timed = steps(run.scenario, run.story)
        self._keep(play(timed, self._clock, self._publisher))
        if self._hand is not None:
            do = partial(self._do, self._hand, story)
            self._keep(live(acts(scenario, story), self._clock, do))
        return run

    async def _do(self, hand: Hand, story: Story, timed: TimedAct) -> None:
        """A phone that is off is off by the business clock; providers know the real one."""
        if isinstance(timed.act, PhoneOff):
            hand.turn_off(story.person, self._clock.seconds_until(timed.at + timed.act.lasts))
        else:
            await hand.do(story, timed.act)

    def _keep(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(telling)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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
