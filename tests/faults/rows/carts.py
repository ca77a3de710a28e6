"""Carts: whoever leaves one is reminded, once, and never after they bought."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from headsup.contracts.registry import Internal, Topic
from sandbox.tempo import Tempo
from tests.faults.carts.living import Carts
from tests.faults.carts.stories import ORDERS_LAST, PLOTS, CartPlot
from tests.faults.ground import OF_CART_RECOVERY
from tests.faults.rows.history import expect_dead_letters, poison_for
from tests.faults.rows.row import Row
from tests.faults.world import World

_SPEED: Final = 360.0
"""Six minutes of business a second: the first reminder comes ten seconds after a visit."""
_SHOWN: Final = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
_SETTINGS: Final = {
    "HEADSUP_SHOPS": str(Path("tests/faults/carts/shop.toml")),
    # Without an address at which it is stopped there is no marketing.
    "HEADSUP_PUBLIC_URL": "https://notify.example",
    "HEADSUP_ANSWER_KEY": "a key of the sandbox that is long enough",
}
_MOST_AFTER_READY: Final = 4.0
"""Seconds after a process is ready in which it is killed. A second or two is what a tick needs."""
_CHANNELS: Final = ((Channel.EMAIL,), (Channel.SMS,), (Channel.TELEGRAM,))
_CART_RECOVERY: Final = "cart_recovery-a"


def _timed() -> tuple[datetime, Mapping[str, str]]:
    tempo = Tempo(SystemClock().now(), _SHOWN, _SPEED)
    return _SHOWN, tempo.environment()


def _carts(world: World) -> Carts:
    if world.carts is None:
        raise ValueError("the row has no carts")
    return world.carts


async def _open(world: World, *names: str, has_name: bool = True) -> None:
    await world.begin()
    for name in names:
        world.fleet.start("cart_recovery", name, has_name=has_name)
    await world.fleet.ready(*(f"cart_recovery-{name}" for name in names))


async def _live_beside(world: World, harm: Awaitable[Any]) -> None:
    """People do what they do, and something happens meanwhile."""

    async def act() -> None:
        await harm
        world.over()

    await asyncio.gather(_carts(world).live(), act())


async def _killed(world: World, services: tuple[str, ...], kills: tuple[int, int]) -> None:
    """One after the other, each in the middle of what it does."""
    await _open(world, "a")
    times = world.measure.of(*kills)

    async def harm() -> None:
        members = cycle(f"{service}-a" for service in services)
        for _, member in zip(range(times), members, strict=False):
            await world.fleet.ready(member)
            await world.strike(_MOST_AFTER_READY)
            world.fleet.kill(member)

    await _live_beside(world, harm())
    world.expect_strikes(times)
    if len(world.fleet.deaths) < times:
        world.broken.append(f"only {len(world.fleet.deaths)} of {times} kills")


async def _replicas(world: World) -> None:
    """One is killed, another joins, and one leaves in order. They have no lasting names, so that
    partitions wander, and those of who was killed wait for half a minute."""
    await _open(world, "a", "b", has_name=False)
    times = world.measure.of(1, 3)

    async def harm() -> None:
        leaving = "cart_recovery-b"
        for number in range(times):
            await world.strike(_MOST_AFTER_READY)
            world.fleet.kill(_CART_RECOVERY)
            joining = world.fleet.start("cart_recovery", f"c{number}", has_name=False)
            await world.fleet.ready(_CART_RECOVERY, joining)
            await world.pause(_MOST_AFTER_READY)
            await world.fleet.stop(leaving)
            leaving = joining

    await _live_beside(world, harm())
    world.expect_strikes(times)


async def _poisoned(world: World) -> None:
    await _open(world, "a")
    poison = poison_for(world, (Topic.CARTS, Internal.JOINED, Topic.ORDERS))
    await _live_beside(world, world.load.records(poison, over=30.0))
    await world.settle()
    await expect_dead_letters(world, poison)


async def _replayed(world: World) -> None:
    """What was sent comes once more in the middle, and again when all is over: as it came, then in
    any order, and then it is read from the beginning."""
    await _open(world, "a", has_name=False)
    carts = _carts(world)

    async def harm() -> None:
        await carts.until(carts.clock.now() + timedelta(hours=2.5))
        await world.load.events(list(carts.events), over=3.0)

    await _live_beside(world, harm())
    await world.settle()
    events = list(carts.events)
    await world.load.events(events)
    world.dice.shuffle(events)
    await world.load.events(events)
    await world.settle()
    await world.fleet.stop(_CART_RECOVERY)
    await world.plot.rewind("cart_recovery", OF_CART_RECOVERY)
    world.fleet.start("cart_recovery", "b", has_name=False)
    await world.fleet.ready("cart_recovery-b")
    await carts.until(carts.clock.now() + timedelta(hours=1))


async def _was_down(world: World) -> None:
    """It comes back when carts were left, reminders fell due, and some have ordered since."""
    await _open(world)
    carts = _carts(world)

    async def harm() -> None:
        last = max(story.begins + act.at for story in carts.stories for act in story.acts)
        await carts.until(carts.clock.now() + last + timedelta(minutes=10))
        world.fleet.start("cart_recovery")

    await _live_beside(world, harm())


async def _kafka(world: World) -> None:
    """Once in order and once as in a crash."""
    await _open(world, "a")
    kafka = world.ground.kafka

    def crash() -> None:
        kafka.kill()
        kafka.start()

    times = world.measure.of(2, 6)

    async def harm() -> None:
        for number in range(times):
            await world.strike(2 * _MOST_AFTER_READY)
            await asyncio.to_thread((kafka.restart, crash)[number % 2])
            await asyncio.sleep(_MOST_AFTER_READY)

    await _live_beside(world, harm())
    world.expect_strikes(times)


_Act = Callable[[World], Awaitable[None]]


def _row(name: str, act: _Act, plots: tuple[CartPlot, ...] = PLOTS, **more: Any) -> Row:
    given: dict[str, Any] = {
        "orders": (3 * len(plots), 18 * len(plots)),
        "audiences": _CHANNELS,
        "settings": _SETTINGS,
        "timed": _timed,
        "waits": True,
    }
    return Row(name=name, act=act, carts=plots, **given | more)


ROWS = (
    _row(
        "cart_recovery killed",
        partial(_killed, services=("cart_recovery",), kills=(4, 16)),
        only_long=True,  # not mended yet: see docs/reliability.md
    ),
    _row(
        "cart_recovery and notifier killed in turn",
        partial(_killed, services=("cart_recovery", "notifier"), kills=(6, 20)),
        may_doubt=True,
        only_long=True,
        audiences=_CHANNELS[:2],
        orders=(2 * len(PLOTS), 18 * len(PLOTS)),
    ),
    _row("cart_recovery, two replicas that come and go", _replicas, partitions=6),
    _row("poison among carts", _poisoned),
    _row("carts replayed, also when they are over", _replayed),
    _row("cart_recovery was down while people bought", _was_down, ORDERS_LAST, may_skip=True),
    _row("carts while Kafka restarts", _kafka, alone=True),
)
