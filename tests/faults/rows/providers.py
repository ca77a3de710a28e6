"""Providers that are away, broken, too busy, silent, or do not know us."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

from headsup.contracts.channels import Channel
from sandbox.providers.faults import Fault, FaultRule
from tests.faults.providers import SECOND_RELAY
from tests.faults.rows.row import Row
from tests.faults.world import World

_AWAY = (5.0, 30.0)
"""Seconds for which they are away, in the short run and in the long one."""


def _seconds(world: World) -> float:
    return _AWAY[world.measure.is_long]


async def _refused(world: World) -> None:
    """Nobody listens, for a while in the middle of the load."""
    await world.begin()

    async def act(number: int) -> None:
        if number == 1:
            await world.providers.close(*Channel)
            await asyncio.sleep(_seconds(world))
            await world.providers.open(*Channel)
            world.over()

    await world.in_rounds(3, act, over=3.0)


async def _broken(world: World, fault: Fault, retry_after: int = 1) -> None:
    """Every provider has this fault for a while in the middle of the load."""
    await world.begin()

    async def act(number: int) -> None:
        if number == 1:
            world.providers.break_all(fault, retry_after=retry_after)
            await asyncio.sleep(_seconds(world))
            world.providers.faults.clear()
            world.over()

    await world.in_rounds(3, act, over=3.0)


async def _wrong_credentials(world: World) -> None:
    await _broken(world, Fault.BAD_CREDENTIALS)
    await world.settle()
    burnt = await world.number("SELECT count(*) FROM notifier.notifications WHERE retries > 0")
    if burnt:
        world.broken.append(f"{burnt} messages had an attempt burnt")


async def _one_down(world: World, channel: Channel) -> None:
    """The others must not wait for it."""
    await world.begin()
    await world.providers.close(channel)
    await world.load.events(world.events, over=3.0)
    others = [other for other in Channel if other is not channel]

    async def came() -> int:
        heard = {one.channel for one in world.providers.inbox.messages()}
        verdict = await world.look(others)
        return int(heard == set(others) and verdict.due == verdict.once)

    await world.until(came, 1, f"the other channels while {channel} was down")
    await world.providers.open(channel)
    world.over()


async def _second_relay(world: World) -> None:
    """The first relay is down all the time."""
    await world.providers.open(SECOND_RELAY)
    await world.begin()
    await world.providers.close(Channel.EMAIL)
    await world.load.events(world.events, over=3.0)
    world.over()


async def _silent(world: World, rules: Callable[[World], list[FaultRule]]) -> None:
    """Messages are accepted, and nobody says so."""
    await world.begin()
    world.providers.faults.set(*rules(world))
    await world.load.events(world.events, over=4.0)
    world.over()


def _now_and_then(world: World) -> list[FaultRule]:
    silence, seed = Fault.ACCEPT_THEN_SILENCE, world.measure.seed
    return [
        FaultRule(channel=channel, fault=silence, probability=0.3, seed=seed) for channel in Channel
    ]


def _at_first(world: World) -> list[FaultRule]:
    """As many on each channel as there are messages due: nearly every first attempt."""
    due = Counter(message.channel for message in world.expected.due)
    return [
        FaultRule(channel=channel, fault=Fault.ACCEPT_THEN_SILENCE, times=count)
        for channel, count in due.items()
    ]


_Act = Callable[[World], Awaitable[None]]
_ROWS: tuple[tuple[str, _Act], ...] = (
    ("every provider refuses connections", _refused),
    ("every provider answers 5xx", partial(_broken, fault=Fault.SERVER_ERROR)),
    ("every provider resets connections", partial(_broken, fault=Fault.RESET)),
    ("every provider answers 429", partial(_broken, fault=Fault.RATE_LIMIT, retry_after=3)),
    ("wrong credentials, then right ones", _wrong_credentials),
    *((f"{c} alone down", partial(_one_down, channel=c)) for c in Channel),
)
ROWS = (
    *(Row(name=name, act=act, orders=(24, 120)) for name, act in _ROWS),
    Row(
        name="first relay down, a second one there",
        act=_second_relay,
        audiences=((Channel.EMAIL,),),
        second_relay=True,
    ),
    Row(
        name="accepted, then silence, 3 in 10",
        act=partial(_silent, rules=_now_and_then),
        orders=(32, 200),
        by_channel=True,
    ),
    Row(
        name="accepted, then silence, at first always",
        act=partial(_silent, rules=_at_first),
        orders=(32, 200),
        by_channel=True,
    ),
)
