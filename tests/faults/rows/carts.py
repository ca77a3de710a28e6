"""Carts: whoever leaves one is reminded, once, and never after they bought."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

from headsup.clock import SystemClock
from headsup.contracts.channels import Channel
from headsup.contracts.registry import Internal, Topic
from sandbox.tempo import Tempo
from tests.faults.carts.living import Carts
from tests.faults.carts.shopper import DELAYS
from tests.faults.carts.stories import BUYERS, ORDERS_LAST, PLOTS, CartPlot
from tests.faults.ground import OF_CART_RECOVERY
from tests.faults.rows.history import expect_dead_letters, poison_for
from tests.faults.rows.row import Row
from tests.faults.world import World

_SPEED: Final = 360.0
"""Six minutes of business a second: the first reminder comes ten seconds after a visit."""
_SLOWER: Final = 240.0
_SHOWN: Final = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
_SETTINGS: Final = {
    "HEADSUP_SHOPS": str(Path("tests/faults/carts/shop.toml")),
    # Without an address at which it is stopped there is no marketing.
    "HEADSUP_PUBLIC_URL": "https://notify.example",
    "HEADSUP_ANSWER_KEY": "a key of the sandbox that is long enough",
}
MOST_AFTER_READY: Final = 4.0
"""Seconds after a process is ready in which it is killed. A second or two is what a tick needs."""
CHANNELS: Final = ((Channel.EMAIL,), (Channel.SMS,), (Channel.TELEGRAM,))
_CATCHING_UP: Final = 12.0
"""Seconds in which what fell due meanwhile is said, before nobody is there again for half a minute,
which is two hours of business: of two reminders that are due only the newer one is said."""
_CART_RECOVERY: Final = "cart_recovery-a"


def timed(speed: float = _SPEED) -> tuple[datetime, Mapping[str, str]]:
    """A morning from which the clock runs so many times as fast."""
    tempo = Tempo(SystemClock().now(), _SHOWN, speed)
    return _SHOWN, tempo.environment()


def _carts(world: World) -> Carts:
    if world.carts is None:
        raise ValueError("the row has no carts")
    return world.carts


async def open_shop(world: World, *names: str, **more: Any) -> None:
    """The services run, with replicas of cart_recovery by these names; `more` is how they do."""
    await world.begin()
    for name in names:
        world.fleet.start("cart_recovery", name, **more)
    await world.fleet.ready(*(f"cart_recovery-{name}" for name in names))


async def live_beside(world: World, harm: Awaitable[Any] | None = None) -> None:
    """People do what they do, and something may happen meanwhile."""

    async def act() -> None:
        if harm is not None:
            await harm
            world.over()

    await asyncio.gather(_carts(world).live(), act())


async def killed_beside(world: World, members: Iterable[str]) -> None:
    """One after the other, each in the middle of what it does."""

    async def harm() -> None:
        for member in members:
            await world.fleet.ready(member)
            await world.strike(MOST_AFTER_READY)
            world.fleet.kill(member)

    await live_beside(world, harm())


async def _killed(world: World, services: tuple[str, ...], kills: tuple[int, int]) -> None:
    await open_shop(world, "a")
    times = world.measure.of(*kills)
    await killed_beside(world, islice(cycle(f"{service}-a" for service in services), times))
    world.expect_strikes(times)
    if len(world.fleet.deaths) < times:
        world.broken.append(f"only {len(world.fleet.deaths)} of {times} kills")


async def _replicas(world: World) -> None:
    """One is killed, another joins, and one leaves in order. They have no lasting names, so that
    partitions wander, and those of who was killed wait for half a minute."""
    await open_shop(world, "a", "b", has_name=False)
    times = world.measure.of(1, 3)

    async def harm() -> None:
        leaving = "cart_recovery-b"
        for number in range(times):
            await world.strike(MOST_AFTER_READY)
            world.fleet.kill(_CART_RECOVERY)
            joining = world.fleet.start("cart_recovery", f"c{number}", has_name=False)
            await world.fleet.ready(_CART_RECOVERY, joining)
            await world.pause(MOST_AFTER_READY)
            await world.fleet.stop(leaving)
            leaving = joining
            await asyncio.sleep(_CATCHING_UP)

    await live_beside(world, harm())
    world.expect_strikes(times)


async def _poisoned(world: World) -> None:
    await open_shop(world, "a")
    poison = poison_for(world, (Topic.CARTS, Internal.JOINED, Topic.ORDERS))
    await live_beside(world, world.load.records(poison, over=30.0))
    await world.settle()
    await expect_dead_letters(world, poison)


async def _replayed(world: World) -> None:
    """What was sent comes once more in the middle, and again when all is over: as it came, then in
    any order, and then it is read from the beginning."""
    await open_shop(world, "a", has_name=False)
    carts = _carts(world)

    async def harm() -> None:
        await carts.until(carts.clock.now() + timedelta(hours=2.5))
        await world.load.events(list(carts.events), over=3.0)

    await live_beside(world, harm())
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
    await open_shop(world)
    carts = _carts(world)

    async def harm() -> None:
        last = max(story.begins + act.at for story in carts.stories for act in story.acts)
        await carts.until(carts.clock.now() + last + timedelta(minutes=10))
        world.fleet.start("cart_recovery")

    await live_beside(world, harm())


async def _without_order_events(world: World) -> None:
    """Most of whom the notifier must know as buyers name no cart in their order, so that nobody but
    cart_recovery can tell of them while order_events is away."""
    await open_shop(world, "a")
    carts = _carts(world)

    async def harm() -> None:
        await world.fleet.stop("order_events-a")
        last = max(story.begins + act.at for story in carts.stories for act in story.acts)
        await carts.until(carts.clock.now() + last + 2 * DELAYS[0])
        world.fleet.start("order_events")
        await world.fleet.ready("order_events-a")

    await live_beside(world, harm())


async def _kafka(world: World) -> None:
    """Once in order and once as in a crash."""
    await open_shop(world, "a")
    kafka = world.ground.kafka

    def crash() -> None:
        kafka.kill()
        kafka.start()

    times = world.measure.of(2, 6)

    async def harm() -> None:
        for number in range(times):
            await world.strike(2 * MOST_AFTER_READY)
            await asyncio.to_thread((kafka.restart, crash)[number % 2])
            await asyncio.sleep(MOST_AFTER_READY)

    await live_beside(world, harm())
    world.expect_strikes(times)


Act = Callable[[World], Awaitable[None]]


def cart_row(name: str, act: Act, plots: tuple[CartPlot, ...] = PLOTS, **more: Any) -> Row:
    """A row about carts."""
    given: dict[str, Any] = {
        "orders": (3 * len(plots), 18 * len(plots)),
        "audiences": CHANNELS,
        "settings": _SETTINGS,
        "timed": timed,
        "waits": True,
    }
    return Row(name=name, act=act, carts=plots, **given | more)


ROWS = (
    cart_row(
        "cart_recovery killed",
        partial(_killed, services=("cart_recovery",), kills=(4, 16)),
    ),
    cart_row(
        "cart_recovery and notifier killed in turn",
        partial(_killed, services=("cart_recovery", "notifier"), kills=(6, 20)),
        may_doubt=True,
        audiences=CHANNELS[:2],
        orders=(2 * len(PLOTS), 18 * len(PLOTS)),
    ),
    cart_row(
        "cart_recovery, two replicas that come and go",
        _replicas,
        partitions=6,
        timed=partial(timed, _SLOWER),  # so that half a minute is less than a pause
    ),
    cart_row("poison among carts", _poisoned),
    cart_row("carts replayed, also when they are over", _replayed),
    cart_row("cart_recovery was down while people bought", _was_down, ORDERS_LAST, may_skip=True),
    cart_row("order_events was down while people bought", _without_order_events, BUYERS),
    cart_row("carts while Kafka restarts", _kafka, alone=True),
)
