"""A new version is rolled out beside an old one, and back, as Kubernetes does it."""

import asyncio
import contextlib
import itertools
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import asyncpg

from headsup.clock import SystemClock
from headsup.contracts.registry import READ
from tests.faults import evidence
from tests.faults.carts import evidence as cart_evidence
from tests.faults.carts.stories import PLOTS, STOPPED
from tests.faults.fleet import environment_of
from tests.faults.rows.carts import cart_row, timed
from tests.faults.rows.row import Row
from tests.faults.versions import Oldest, oldest, unpacked, words_of
from tests.faults.world import World
from tests.support.reading import TopicReader

_GRACE: Final = 10.0
"""Seconds in which a process ends that is told to: a third of what the manifests give it."""
_REPLICAS: Final = 2
_STAYS: Final = frozenset({"cart_recovery"})
"""StatefulSets: a replica ends before the one of its name that takes its place is started. Of the
others the new one is ready first (maxSurge 1, maxUnavailable 0), and none has a lasting name."""
_STRIKE: Final = (0.5, 1.0)
"""Seconds at most until it is time to end a replica, and until there is something under way."""
_BESIDE, _ALONE = 2.0, 4.0
"""Seconds over which the shop's events are spread while a replica ends, and while there is one
version only."""
_SPEED: Final = 300.0
"""Of the clock, where there are carts: some go on until all was rolled back, on a busy machine."""
_MIGRATE: Final = "from headsup.cli.main import app; app()"
_TABLES: Final = "SELECT version_num FROM {}.alembic_version"
_CONTRACTION: Final = "ALTER TABLE notifier.requests RENAME COLUMN about TO concerns"
_ASKED: Final = "SELECT count(*) FROM notifier.requests WHERE cart_id IS NOT NULL"
_WRONG: Final = frozenset({"error", "critical"})
_LIBRARY: Final = "library line"
"""What aiokafka calls an error may be a coordinator that is not there yet."""
_ORDERS, _CARTS = "orders", "carts"


@dataclass(slots=True)
class Roll:
    """Replicas of two versions, and who replaces whom."""

    world: World
    version: Oldest
    old: Path
    """Where its code is."""
    replicas: dict[str, list[str]] = field(default_factory=dict)
    """The names of those that run, by their service."""
    _parts: Iterator[Sequence[Any]] = field(default_factory=lambda: iter(()))
    """What is still to come of the events, for each blow."""
    _blow: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One at a time, so that an order's events come in their order."""
    _names: Iterator[str] = field(default_factory=lambda: (f"r{n}" for n in itertools.count(1)))

    async def begin(self) -> None:
        """The old version runs, on its own tables."""
        world = self.world
        await world.execute(*(f"DROP SCHEMA {each} CASCADE" for each in self.version.tables))
        await self.migrate(self.old)
        await self.expect_tables(self.version.tables)
        world.fleet.code = self.old
        world.fleet.of_notifier = {}  # replicas beside each other have no port in common
        await world.begin(order_events=False, has_name=False)
        self.replicas["notifier"] = ["a"]
        for service in self.version.services:
            running = self.replicas.setdefault(service, [])
            while len(running) < _REPLICAS:
                running.append(self._start(service, next(self._names)))
        await world.fleet.ready(*self._members())

    async def migrate(self, code: Path | None = None) -> None:
        """As the job does it. Raises RuntimeError with what it said."""
        settings = {"DATABASE_URL": self.world.plot.database}
        process = await asyncio.create_subprocess_exec(
            *words_of(code),
            *("-c", _MIGRATE, "db", "migrate"),
            env=environment_of(settings, code),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"the migration ended with {process.returncode}: {said.decode()}")

    async def expect_tables(self, tables: Any) -> None:
        """They are at these versions."""
        connection = await asyncpg.connect(self.world.plot.database)
        try:
            found = {each: await connection.fetchval(_TABLES.format(each)) for each in tables}
        finally:
            await connection.close()
        if found != dict(tables):
            self.world.broken.append(f"the tables of {self.version.revision[:7]} are at {found}")

    async def replace(self, code: Path | None, events: Sequence[Any] = ()) -> None:
        """Of each service one replica after the other by one that runs this code, in the middle of
        what it does: a part of the events comes just then. The services do not wait for each
        other, as one command applies all."""
        self.world.fleet.code = code
        blows = sum(len(self.replicas[service]) for service in self.version.services)
        self._parts = _shares(events, [1] * blows)
        await asyncio.gather(*(self._replace_all(service) for service in self.version.services))

    async def _replace_all(self, service: str) -> None:
        for name in list(self.replicas[service]):
            await self._replace(service, name)

    async def _replace(self, service: str, name: str) -> None:
        fleet, running = self.world.fleet, self.replicas[service]
        if service not in _STAYS:
            running.append(self._start(service, next(self._names)))
            await fleet.ready(f"{service}-{running[-1]}")
        async with self._blow:
            part = self.world.load.events(next(self._parts), over=_BESIDE)
            await asyncio.gather(part, self._end(f"{service}-{name}"))
        running.remove(name)
        if service in _STAYS:
            running.append(self._start(service, name))
            await fleet.ready(f"{service}-{name}")

    async def _end(self, member: str) -> None:
        await self.world.strike(*_STRIKE)
        await self.world.fleet.stop(member)

    def _start(self, service: str, name: str) -> str:
        self.world.fleet.start(service, name, has_name=service in _STAYS)
        return name

    def _members(self) -> list[str]:
        return [f"{service}-{name}" for service, names in self.replicas.items() for name in names]

    async def end(self) -> None:
        """All of them end, in order and in time, and nothing was set aside or logged as an error
        on the way."""
        world = self.world
        await world.settle()
        await asyncio.gather(*(world.fleet.stop(member) for member in self._members()))
        world.broken += [
            f"{each.log} ended with {each.code} after {each.seconds:.1f} s"
            for each in world.fleet.exits
            if each.code or each.seconds > _GRACE
        ]
        expected = 3 * _REPLICAS * len(self.version.services)
        if len(world.fleet.exits) != expected:
            world.broken.append(f"{len(world.fleet.exits)} of {expected} processes were ended")
        if self._was_idle():
            world.broken.append("replicas were ended while nothing was under way")
        world.broken += _errors(world.fleet.logs)
        await self._expect_no_dead_letters()

    def _was_idle(self) -> bool:
        """Whether fewer than a third of the blows came while something was under way."""
        return 3 * sum(self.world.strikes) < 2 * _REPLICAS * len(self.version.services)

    async def _expect_no_dead_letters(self) -> None:
        world = self.world
        for topic in READ:
            name = world.plot.prefix + topic.dead_letters
            async with TopicReader(world.plot.servers, name) as reader:
                if found := len(await reader.all_now()):
                    world.broken.append(f"{found} dead letters of {topic}")


def _roll(world: World, name: str) -> Roll:
    version = oldest()[name]
    return Roll(world, version, unpacked(version))


def _errors(logs: Path) -> list[str]:
    found = []
    for log in sorted(logs.glob("*.log")):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            with contextlib.suppress(ValueError):
                said = json.loads(line)
                if said["level"] in _WRONG and said["event"] != _LIBRARY:
                    found.append(f"{log.name}: {line[:400]}")
    return found[:5]


async def _orders(world: World) -> None:
    """Each order's events come to both versions."""
    roll = _roll(world, _ORDERS)
    await roll.begin()
    shares = iter(_shares(world.events, (3, 2, 5, 3, 5, 3)))
    await _told_by(world, next(shares), "the old version")
    await asyncio.gather(world.load.events(next(shares), over=_ALONE), roll.migrate())
    await roll.replace(None, next(shares))
    await _told_by(world, next(shares), "the new version")
    await roll.replace(roll.old, next(shares))
    world.over()
    await _told_by(world, next(shares), "the old version, on the new tables")
    await roll.end()


async def contracted(world: World) -> None:
    """A migration takes away what the old version needs, which goes on beside it."""
    roll = _roll(world, _ORDERS)
    await roll.begin()
    before, after = _shares(world.events, (1, 1))
    await _told_by(world, before, "the old version")
    await roll.migrate()
    await world.execute(_CONTRACTION)
    await world.load.events(after, over=_ALONE)


def _shares(events: Sequence[Any], sizes: Sequence[int]) -> Iterator[Sequence[Any]]:
    done, whole = 0, sum(sizes)
    for size in sizes:
        yield events[len(events) * done // whole : len(events) * (done + size) // whole]
        done += size


async def _told_by(world: World, events: Sequence[Any], who: str) -> None:
    """While one version is there alone, something is said because of what came meanwhile."""
    since = SystemClock().now()
    await world.load.events(events, over=_ALONE)

    async def told() -> int:
        known, causes = world.load.acknowledged, world.expected.causes
        heard = [one.message for one in evidence.heard(world.providers.inbox.messages())]
        return sum(
            known.get(causes.get(message.statement, ""), since) > since
            for message in heard
            if message
        )

    await world.until(told, 1, f"what {who} says", seconds=30.0)


async def _carts(world: World) -> None:
    """What a cart is known by comes from both versions, on Kafka and in the tables."""
    carts = world.carts
    assert carts is not None
    roll = _roll(world, _CARTS)
    await roll.begin()

    async def roll_out_and_back() -> None:
        await _reminded_by(world, "the old version")
        await roll.migrate()
        await roll.replace(None)
        await _reminded_by(world, "the new version")
        await roll.replace(roll.old)
        world.over()
        await _reminded_by(world, "the old version, on the new tables")

    await asyncio.gather(carts.live(), roll_out_and_back())
    await roll.end()


async def _reminded_by(world: World, who: str) -> None:
    """While one version is there alone, somebody is reminded whose reminder was asked for now."""
    since = SystemClock().now()
    before = await world.number(_ASKED)

    async def reminded() -> int:
        messages = cart_evidence.heard(world.providers.inbox.messages())
        asked = await world.number(_ASKED) - before
        return min(asked, sum(one.at > since for one in messages))

    await world.until(reminded, 1, f"whom {who} reminds", seconds=60.0)


ROWS = (
    Row(
        name="a new version rolled out and back",
        act=_orders,
        orders=(48, 240),
        partitions=6,
        waits=True,
        of_history=True,
    ),
    cart_row(
        "a new version rolled out and back, carts",
        _carts,
        tuple(plot for plot in PLOTS if plot not in STOPPED),
        partitions=6,
        timed=partial(timed, _SPEED),
        of_history=True,
    ),
)
