"""Has the people of an experiment live their stories, by the clock of the business."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from headsup.clock import Clock, SystemClock
from headsup.contracts.envelope import Event, make
from sandbox.providers.inbox import Inbox
from sandbox.scenarios.model import SHOP
from sandbox.tempo import Tempo
from tests.faults.carts import evidence
from tests.faults.carts.oracle import Course
from tests.faults.carts.reading import read, stopped_at
from tests.faults.carts.shopper import Act, Reminder, Stops, Story
from tests.faults.carts.stories import customers_of
from tests.faults.load import Load
from tests.faults.waiting import holds

_LOOK: Final = 0.2
_JUST_NOW: Final = timedelta(seconds=0.7)
_PATIENCE: Final = timedelta(hours=15)
"""Business time for which somebody waits for a reminder that brings them back."""
_PERSISTENCE: Final = 30.0
"""Seconds in which a button works at last, whoever is killed meanwhile."""
_UNTIL_IT_WOULD_SHOW: Final = timedelta(minutes=45)
"""Business time at the end, for what must not come."""


@dataclass(slots=True, kw_only=True)
class Carts:
    """The stories of one experiment, and how far they are."""

    stories: tuple[Story, ...]
    tempo: Tempo
    load: Load
    inbox: Inbox
    notifier: str
    """Where its pages are, whatever their address is in a message."""
    may_skip: bool = False
    times: dict[str, datetime] = field(default_factory=dict)
    events: list[Event[Any]] = field(default_factory=list)
    """As they were sent."""
    pressed: dict[str, datetime] = field(default_factory=dict)
    """When the notifier took what somebody pressed (real time), by the act."""

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
            known=self.load.acknowledged | self.pressed,
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
            since = began if act.upon is None else await self._heard_at(act.upon)
            if since is None:
                return
            await self.until(since + act.at)
            await self._do(act, since + act.at)

    async def _do(self, act: Act, at: datetime) -> None:
        """An event says when it was to happen."""
        self.times[act.id] = at
        if isinstance(act.data, Stops):
            await self._press(act.id, act.data)
            return
        event = make(SHOP, act.id, at, act.data)
        self.events.append(event)
        await self.load.events([event])

    async def _press(self, act: str, what: Stops) -> None:
        """Again and again, until it is taken. Raises TimeoutError."""
        [received, *_] = [m for m in self.inbox.messages() if read(m.text) == what.reminder]
        buttons = (button.url for row in received.buttons for button in row)
        path = stopped_at([received.text, received.html or "", *buttons])
        async with (
            asyncio.timeout(_PERSISTENCE),
            httpx.AsyncClient(base_url=self.notifier, trust_env=False) as browser,
        ):
            await _until_it_takes(browser, path or "/")
        self.pressed[act] = SystemClock().now()

    async def _heard_at(self, reminder: Reminder) -> datetime | None:
        """When it came, as soon as it has; None when it does not."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE / timedelta(seconds=self.tempo.speed)):
                await holds(lambda: reminder in self.heard(), every=_LOOK)
                messages = evidence.heard(self.inbox.messages())
                at = min(one.at for one in messages if one.reminder == reminder)
                return self.course.shown(at)
        return None

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


async def _until_it_takes(browser: httpx.AsyncClient, path: str) -> None:
    while True:
        if await _takes(browser, path):
            return
        await asyncio.sleep(_LOOK)


async def _takes(browser: httpx.AsyncClient, path: str) -> bool:
    """As a mail program does it (RFC 8058)."""
    try:
        answer = await browser.post(path, data={"List-Unsubscribe": "One-Click"})
    except httpx.TransportError:
        return False
    return answer.is_success


def tempo_in(settings: Mapping[str, str]) -> Tempo:
    """The clock that these settings give to a process."""
    real, _, shown = settings["HEADSUP_CLOCK_ANCHOR"].partition("=")
    speed = float(settings["HEADSUP_CLOCK_SPEED"])
    return Tempo(datetime.fromisoformat(real), datetime.fromisoformat(shown), speed)
