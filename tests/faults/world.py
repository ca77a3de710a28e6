"""One experiment: a plot, providers, services and a load, and what became of it."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import asyncpg

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from sandbox.providers.faults import Fault
from tests.faults import evidence
from tests.faults.carts import evidence as cart_evidence
from tests.faults.carts.living import Carts
from tests.faults.carts.oracle import judge_carts
from tests.faults.carts.reading import read as read_reminder
from tests.faults.fleet import Fleet, FleetTroubleError
from tests.faults.ground import Ground, Plot
from tests.faults.journeys import (
    REACHED,
    Expectation,
    Journey,
    customers,
    in_turns,
)
from tests.faults.load import Load
from tests.faults.oracle import Incident, Verdict, judge
from tests.faults.providers import Providers
from tests.faults.waiting import holds

_LOOK: Final = 0.7
_CLOSE_LOOK: Final = 0.005
_LONGEST_WAIT: Final = 1.0
"""Seconds for which a blow waits for something to hit."""
_UNRECORDED: Final = timedelta(seconds=5)
"""So long it may take, on a busy machine, until an answer is written down."""
_A_MOMENT: Final = timedelta(seconds=1)
_FAILURES: Final = """
    SELECT count(*) FROM notifier.attempts AS a
    JOIN notifier.notifications AS n ON n.id = a.notification_id
    WHERE n.channel = '{channel}' AND a.state <> 'sent'
"""
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_MOST_ENDS: Final = 5
"""Processes that end by themselves, after which nothing gets better by waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """How much of everything."""

    is_long: bool
    seed: int

    @property
    def patience(self) -> float:
        """Seconds for which a message may still come."""
        return 400.0 if self.is_long else 150.0

    @property
    def quiet(self) -> float:
        """Seconds at the end in which a second message would show."""
        return 8.0 if self.is_long else 3.0

    def of(self, short: int, long: int) -> int:
        """A number for each of the two runs."""
        return long if self.is_long else short


@dataclass(slots=True, kw_only=True)
class World:
    """What an experiment can act on."""

    ground: Ground
    plot: Plot
    providers: Providers
    fleet: Fleet
    load: Load
    measure: Measure
    dice: random.Random
    journeys: list[Journey]
    expected: Expectation
    broken: list[str] = field(default_factory=list)
    """Promises that are this experiment's own."""
    over_at: datetime | None = None
    """When the fault was over."""
    patience: float = 0.0
    may_doubt: bool = True
    strikes: list[bool] = field(default_factory=list)
    """For each blow of ours, whether something was under way that it could hit."""
    incidents: list[Incident] = field(default_factory=list)
    """Doubts that the experiment left, beside those of the fleet and of the providers."""
    carts: Carts | None = None
    """Where there are any. Then the journeys are the orders of those who buy."""

    @property
    def events(self) -> list[Event[Any]]:
        """The events of all orders, as a busy shop sends them."""
        return in_turns(self.journeys, self.dice)

    async def begin(self, *, order_events: bool = True, **notifier: Any) -> None:
        """Services run, and the notifier knows the customers."""
        told = self.carts.customers if self.carts else customers(self.journeys)
        await self.load.events(told)
        member = self.fleet.start("notifier", **notifier)
        if order_events:
            self.fleet.start("order_events")
        await self.fleet.ready(member)
        known = "SELECT count(*) FROM notifier.people"
        await self.until(lambda: self.number(known), len(told), "the customers")
        if self.broken:
            raise FleetTroubleError("the notifier never got to know the customers")
        if order_events:
            await self.fleet.ready("order_events-a")

    async def number(self, query: str) -> int:
        """A number from the database."""
        connection = await asyncpg.connect(self.plot.database)
        try:
            return int(await connection.fetchval(query) or 0)
        finally:
            await connection.close()

    async def execute(self, *statements: str) -> None:
        """Changes the database behind the services' backs."""
        connection = await asyncpg.connect(self.plot.database)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def until(
        self, count: Callable[[], Awaitable[int]], least: int, what: str, seconds: float = 120.0
    ) -> None:
        """Waits. What never comes breaks a promise, in words."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    if await count() >= least:
                        return
                    await asyncio.sleep(_LOOK)
        except TimeoutError:
            self.broken.append(f"waited in vain for {what}")

    async def in_rounds(
        self,
        rounds: int,
        act: Callable[[int], Awaitable[None]],
        *,
        over: float = 1.5,
        when_ready: str = "",
    ) -> None:
        """Publishes the events in so many parts, each over so many seconds, and acts beside each.
        A part begins when the member of the fleet that is named is ready."""
        events = self.events
        size = -(-len(events) // rounds)
        for number in range(rounds):
            part = events[number * size : (number + 1) * size]
            if when_ready:
                await self.fleet.ready(when_ready)
            await asyncio.gather(self.load.events(part, over=over), act(number))

    async def strike(self, most: float, longest: float = _LONGEST_WAIT) -> None:
        """Waits for a moment of the seed's choice, and then until something is under way."""
        await self.pause(most)
        is_hit = False
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(longest):
                await holds(self._is_under_way, every=_CLOSE_LOOK)
                is_hit = True
        self.strikes.append(is_hit)

    def _is_under_way(self) -> bool:
        """Kafka has an event whose message nobody has received yet. What might be left out for
        newer news counts for a moment only."""
        if self.carts is not None:
            return self.carts.is_under_way()
        known, since = self.load.acknowledged, SystemClock().now() - timedelta(seconds=_LOOK)
        heard = {one.message for one in evidence.heard(self.providers.inbox.messages())}
        return any(
            message not in heard
            and known.get(self.expected.causes.get(message.statement, ""), _NEVER) > after
            for messages, after in ((self.expected.due, _NEVER), (self.expected.may, since))
            for message in messages
        )

    def expect_strikes(self, least: int) -> None:
        """So many blows must have come, and two of three while something was under way."""
        hits = sum(self.strikes)
        if len(self.strikes) < least or 3 * hits < 2 * least:
            done = f"{len(self.strikes)} of {least} blows came"
            self.broken.append(f"{done}, {hits} of them while something was under way")

    def expect_fired(self, fault: Fault, channels: Sequence[Channel] = REACHED) -> None:
        """The fault must have struck on each of these channels."""
        fired = [one.rule for one in self.providers.faults.fired]
        struck = {rule.channel for rule in fired if rule.fault is fault}
        self.broken += [f"{fault} never struck by {c}" for c in channels if c not in struck]

    async def expect_failures(self, channels: Sequence[Channel] = REACHED) -> None:
        """Calls must have failed on each of these channels."""
        for channel in channels:
            if not await self.number(_FAILURES.format(channel=channel)):
                self.broken.append(f"no call failed by {channel}")

    async def pause(self, most: float) -> None:
        """A moment of the seed's choice."""
        await asyncio.sleep(self.dice.random() * most)

    def over(self) -> None:
        """The fault is over; from here on the recovery is measured."""
        self.over_at = SystemClock().now()

    async def look(self, channels: Sequence[Channel] = REACHED) -> Verdict:
        """The verdict as it would be now."""
        known = await evidence.gather(self.plot)
        messages = self.providers.inbox.messages()
        if self.carts is not None:
            messages = [one for one in messages if read_reminder(one.text) is None]
        doubts = self.doubts() if self.may_doubt else []
        ask = partial(
            judge, self.expected, evidence.heard(messages), known, channels, incidents=doubts
        )
        verdict = await asyncio.to_thread(ask)  # the providers go on meanwhile
        return verdict.beside(await self._look_at_carts(channels)) if self.carts else verdict

    async def _look_at_carts(self, channels: Sequence[Channel]) -> Verdict:
        assert self.carts is not None
        known = await cart_evidence.gather(self.plot, self.carts.clock.now())
        heard = cart_evidence.heard(self.providers.inbox.messages())
        doubts = self.doubts() if self.may_doubt else []
        course = replace(self.carts.course, over_at=self.over_at)
        return await asyncio.to_thread(
            judge_carts, course, heard, known, frozenset(channels), doubts
        )

    def doubts(self) -> list[Incident]:
        """All that may have left a call without an answer, or an answer unrecorded."""
        killed = [
            Incident(since=at - _UNRECORDED, until=at + _A_MOMENT)
            for service, at in self.fleet.deaths
            if service == "notifier"
        ]
        return [*self.incidents, *self.providers.incidents, *killed]

    def disturbed(self, since: datetime) -> None:
        """Since then, answers may not have been recorded, until now."""
        until = SystemClock().now() + _UNRECORDED
        self.incidents.append(Incident(since=since - _UNRECORDED, until=until))

    async def settle(self) -> None:
        """Waits until nothing is missing any more, and a while longer for what is too much."""
        patience = self.patience or self.measure.patience
        try:
            async with asyncio.timeout(patience):
                while True:
                    is_hopeless = len(self.fleet.ended) > _MOST_ENDS
                    if is_hopeless or not (await self.look()).unfinished:
                        break
                    await asyncio.sleep(_LOOK)
        except TimeoutError:
            self.broken.append(f"was not at rest after {patience:g} seconds")
        await asyncio.sleep(self.measure.quiet)
        if self.providers.is_full:
            self.broken.append("the inbox may have forgotten messages")

    def recovery(self, verdict: Verdict) -> float:
        """Seconds from the end of the fault until all that was due was there."""
        if self.over_at is None or verdict.last_at is None:
            return 0.0
        return max(0.0, (verdict.last_at - self.over_at).total_seconds())
