"""Has the people of an experiment live their stories, by the clock of the business."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from headsup.clock import Clock, SystemClock
from headsup.contracts.envelope import Event, make
from sandbox.providers.inbox import Inbox
from sandbox.scenarios.model import SHOP
from sandbox.tempo import Tempo
from tests.faults.carts import evidence
from tests.faults.carts.oracle import Course
from tests.faults.carts.stories import Act, Reminder, Story, customers_of
from tests.faults.load import Load
from tests.faults.waiting import holds

_LOOK: Final = 0.2
_JUST_NOW: Final = timedelta(seconds=0.7)
_PATIENCE: Final = timedelta(hours=15)
"""Business time for which somebody waits for a reminder that brings them back."""
_UNTIL_IT_WOULD_SHOW: Final = timedelta(minutes=45)
"""Business time at the end, for what must not come."""


@dataclass(slots=True, kw_only=True)
class Carts:
    """The stories of one experiment, and how far they are."""

    stories: tuple[Story, ...]
    tempo: Tempo
    load: Load
    inbox: Inbox
    may_skip: bool = False
    times: dict[str, datetime] = field(default_factory=dict)
    events: list[Event[Any]] = field(default_factory=list)
    """As they were sent."""

    @property
    def clock(self) -> Clock:
        """The business'."""
        return self.tempo.clock()

    @property
    def customers(self) -> list[Event[Any]]:
        """What the shop says about its customers."""
        return list(customers_of(self.stories, self.tempo.shown))

    @property
    def course(self) -> Course:
        """How it went so far."""
        return Course(
            stories=self.stories,
            tempo=self.tempo,
            times=dict(self.times),
            known=dict(self.load.acknowledged),
            may_skip=self.may_skip,
        )

    async def live(self) -> None:
        """Returns when every story is told, and whatever must not come of it would have come."""
        began = self.clock.now()
        async with asyncio.TaskGroup() as group:
            for story in self.stories:
                group.create_task(self._tell(story, began + story.begins))
        await self.until(self.ends_at() + _UNTIL_IT_WOULD_SHOW)

    def ends_at(self) -> datetime:
        """When the last reminder falls due that may come of what was told so far."""
        course = self.course
        limits = [pair for story in self.stories for pair in story.limits.items()]
        return max(at for limit in limits if (at := course.due_at(*limit)) is not None)

    async def until(self, moment: datetime) -> None:
        """Waits until the clock of the business shows this."""
        await asyncio.sleep(self.clock.seconds_until(moment))

    async def _tell(self, story: Story, began: datetime) -> None:
        """A story that waits in vain for a reminder ends there; that one is missed all the same."""
        for act in story.acts:
            if act.upon is not None:
                if not await self._hears(act.upon):
                    return
                await self.until(self.clock.now() + act.at)
            else:
                await self.until(began + act.at)
            await self._say(act, began)

    async def _say(self, act: Act, began: datetime) -> None:
        """An event that nothing brought about says when it was to happen."""
        self.times[act.id] = self.clock.now() if act.upon else began + act.at
        event = make(SHOP, act.id, self.times[act.id], act.data)
        self.events.append(event)
        await self.load.events([event])

    async def _hears(self, reminder: Reminder) -> bool:
        """Returns when it came; False when it does not."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE / timedelta(seconds=self.tempo.speed)):
                await holds(lambda: reminder in self.heard(), every=_LOOK)
                return True
        return False

    def heard(self) -> set[Reminder]:
        """What the providers took so far."""
        return {one.reminder for one in evidence.heard(self.inbox.messages())}

    def is_under_way(self) -> bool:
        """Something was told just now, or a reminder is due and nobody received it yet."""
        now, course, heard = SystemClock().now(), self.course, self.heard()
        if any(now - at < _JUST_NOW for at in course.known.values()):
            return True
        awaited = [pair for story in self.stories for pair in story.limits.items()]
        moments = [
            course.due_at(*pair) for pair in awaited if pair[1].is_due and pair[0] not in heard
        ]
        return any(at is not None and at <= course.shown(now) for at in moments)


def tempo_in(settings: Mapping[str, str]) -> Tempo:
    """The clock that these settings give to a process."""
    real, _, shown = settings["HEADSUP_CLOCK_ANCHOR"].partition("=")
    speed = float(settings["HEADSUP_CLOCK_SPEED"])
    return Tempo(datetime.fromisoformat(real), datetime.fromisoformat(shown), speed)
