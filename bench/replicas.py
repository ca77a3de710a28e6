"""Three replicas of a service beside one, over twelve partitions on the same two cores."""

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Final

from bench.contest import Contest, Contestant, Say, Size, hold
from bench.databases import Server, beside, server_of
from bench.experiment import Experiment
from bench.figures import Row, at_least, at_most
from bench.ground import Ground, Process, ground, running, until
from bench.load import STEPS, emit
from bench.mails import requests, settings_of
from bench.many_orders import DONE, new_ones
from bench.said import Answers
from bench.sink import CountingSink, counting_sink

_JOURNEYS: Final = 4_000
"""Orders of one round. All their events are on Kafka before the first half is handled."""
_MAILS: Final = 6_000
"""Of one round."""
_LEAST: Final = 200
_CONNECTIONS: Final = 4
"""To the mail server, of each replica."""
_THREE: Final = 3
_SENT: Final = "SELECT count(*) FROM notifier.notifications WHERE state = 'sent'"
_ONE, _MORE = "one replica", "three replicas"
_BESIDE: Final = "while the other group idles"
"""What that takes of the machine is a little more where three idle."""


@dataclass(slots=True)
class _Group(ABC):
    """Replicas of a service, on topics and a database of their own."""

    here: Ground
    server: Server
    replicas: list[Process]
    sent: int = 0
    """Records that they were given."""
    core: list[float] = field(default_factory=list)
    """Microseconds of a core that each record of a round cost: theirs and the database's."""

    @property
    def _used(self) -> float:
        return self.server.cpu_seconds + sum(each.cpu_seconds for each in self.replicas)

    async def speed(self, count: int) -> float:
        """Records a second, of so many orders or mails."""
        begun, before, already = time.monotonic(), self._used, self.sent
        await self._give(count)
        await until(self._handled, self.sent)
        given = self.sent - already
        self.core.append((self._used - before) / given * 1e6)
        return given / (time.monotonic() - begun)

    @abstractmethod
    async def _give(self, count: int) -> None:
        """Puts it on Kafka."""

    @abstractmethod
    async def said_twice(self) -> int:
        """How many messages came out more than once."""

    async def _handled(self) -> float:
        for each in self.replicas:
            each.check()
        return float(await self.server.connection.fetchval(self._done()) or 0)

    @abstractmethod
    def _done(self) -> str:
        """The query that counts records that are handled to the end."""


class _OrderEvents(_Group):
    async def _give(self, count: int) -> None:
        for records in new_ones(self.here.prefix, count):
            self.sent += await emit(self.here.bootstrap_servers, iter(records))

    async def said_twice(self) -> int:
        """Records on Kafka that say what another one said before."""
        async with Answers(self.here) as answers:
            said = await answers.said()
        if len(said.of_order) != self.sent / STEPS:
            raise RuntimeError(f"{len(said.of_order)} orders of {self.sent} events were told of")
        return said.twice

    def _done(self) -> str:
        return DONE


@dataclass(slots=True)
class _Notifiers(_Group):
    sink: CountingSink = field(kw_only=True)

    async def _give(self, count: int) -> None:
        asked = requests(count, self.here.prefix, first=self.sent)
        self.sent += await emit(self.here.bootstrap_servers, asked)

    async def said_twice(self) -> int:
        """Mails that the server took beyond those that were asked for."""
        taken = self.sink.taken
        if taken < self.sent:
            raise RuntimeError(f"{taken} mails of {self.sent} came")
        return taken - self.sent

    def _done(self) -> str:
        return _SENT


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a group stands."""

    here: Ground
    server: Server


async def _of_orders(size: Size, say: Say) -> list[Row]:
    """order_events, with journeys."""
    orders = size.of(_JOURNEYS, _LEAST)
    async with AsyncExitStack() as parts:
        groups = {}
        for name, (place, count) in (await _places(parts)).items():
            replicas = await _replicas(parts, "order_events", place.here.settings, count)
            groups[name] = _OrderEvents(place.here, place.server, replicas)
        counted = f"{orders * STEPS:,} events of {orders:,} orders, 12 partitions, {_BESIDE}"
        return await _compare("order_events", groups, (size, say), orders, counted)


async def _of_mails(size: Size, say: Say) -> list[Row]:
    """The notifier, with mails."""
    mails = size.of(_MAILS, _LEAST)
    async with AsyncExitStack() as parts:
        groups = {}
        for name, (place, count) in (await _places(parts)).items():
            sink = parts.enter_context(counting_sink())
            settings = settings_of(place.here, sink.port, _CONNECTIONS)
            replicas = await _replicas(parts, "notifier", settings, count)
            groups[name] = _Notifiers(place.here, place.server, replicas, sink=sink)
        counted = f"{mails:,} mails, 12 partitions, {_CONNECTIONS} connections each, {_BESIDE}"
        return await _compare("notifier", groups, (size, say), mails, counted)


async def _places(parts: AsyncExitStack) -> dict[str, tuple[_Place, int]]:
    """By the name of a group, where it stands and how many replicas it has."""
    here = await parts.enter_async_context(ground())
    other = await parts.enter_async_context(beside(here))
    return {
        name: (_Place(one, await parts.enter_async_context(server_of(one))), count)
        for name, one, count in ((_MORE, here, _THREE), (_ONE, other, 1))
    }


async def _replicas(
    parts: AsyncExitStack, service: str, settings: Mapping[str, str], count: int
) -> list[Process]:
    replicas = [
        await parts.enter_async_context(
            running(f"services.{service}", settings, name=f"{service}-{number}-of-{count}")
        )
        for number in range(1, count + 1)
    ]
    for each in replicas:
        await until(each.is_ready, 1)
    return replicas


async def _compare(
    service: str,
    groups: Mapping[str, _Group],
    how: tuple[Size, Say],
    count: int,
    counted: str,
) -> list[Row]:
    """Gives the same work to both, in turn."""
    size, say = how
    for group in groups.values():
        await asyncio.sleep(2)  # a group that has just been joined settles
        await group.speed(count)  # until everybody has their partitions
        group.core.clear()
    named = {name: f"{service}, {name}" for name in groups}
    speeds = [Contestant(named[name], _speed_of(group, count)) for name, group in groups.items()]
    contest = await hold(speeds, size, say, unit="records/s", counted=counted)
    core = {f"{service}, a record, {name}": group.core for name, group in groups.items()}
    of_core = Contest("µs of a core", counted, core)
    say("what they said is counted")
    return [
        contest.beside(*named.values(), goal=at_least(1)),
        of_core.beside(*core),
        *[
            Row(
                name=f"{service}, said twice by {name}",
                value=await group.said_twice(),
                unit="messages",
                goal=at_most(0),
                counted=f"{group.sent:,} records, those of all rounds and the one before them",
            )
            for name, group in groups.items()
        ],
    ]


def _speed_of(group: _Group, count: int) -> Callable[[int], Awaitable[float]]:
    return lambda _number: group.speed(count)


async def run(size: Size, say: Say) -> list[Row]:
    """One service after the other."""
    return [*await _of_orders(size, say), *await _of_mails(size, say)]


EXPERIMENT = Experiment("replicas", run)
