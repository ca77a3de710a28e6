"""Providers that are away, broken, too busy, silent, or do not know us."""

import asyncio
from functools import partial

from headsup.contracts.channels import Channel
from sandbox.providers.faults import Fault, FaultRule
from tests.faults.journeys import REACHED
from tests.faults.providers import SECOND_RELAY, TOO_SLOW
from tests.faults.rows.row import NAMES, Row
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
            await world.providers.close(*REACHED)
            await asyncio.sleep(_seconds(world))
            await world.providers.open(*REACHED)
            world.over()

    await world.in_rounds(3, act, over=3.0)
    await world.expect_failures()


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
    world.expect_fired(fault)


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
    others = [other for other in NAMES if other is not channel]

    async def came() -> int:
        heard = {one.channel for one in world.providers.inbox.messages()}
        verdict = await world.look(others)
        return int(heard == set(others) and verdict.due == verdict.once)

    await world.until(came, 1, f"the other channels while {channel} was down")
    await world.expect_failures([channel])
    await world.providers.open(channel)
    world.over()


async def _second_relay(world: World) -> None:
    """The first relay is down all the time."""
    await world.providers.open(SECOND_RELAY)
    await world.begin()
    await world.providers.close(Channel.EMAIL)
    await world.load.events(world.events, over=3.0)
    world.over()
    await world.settle()
    await world.expect_failures([Channel.EMAIL])
    other = "SELECT count(*) FROM notifier.notifications WHERE sender = 'secondary'"
    if not await world.number(other):
        world.broken.append("nothing went by the second relay")


async def _now_and_then_silent(world: World) -> None:
    """Three in ten messages are accepted, and nobody says so."""
    await world.begin()
    rules = [
        FaultRule(
            channel=channel,
            fault=Fault.ACCEPT_THEN_SILENCE,
            probability=0.3,
            seed=world.measure.seed,
        )
        for channel in NAMES
    ]
    world.providers.faults.set(*rules)
    await world.load.events(world.events, over=4.0)
    world.expect_fired(Fault.ACCEPT_THEN_SILENCE)
    world.over()


async def _slow(world: World) -> None:
    """Half of the calls take a while, and half of those longer than we wait: their messages are
    accepted when we have given up."""
    await world.begin()
    rules = [
        FaultRule(
            channel=channel,
            fault=Fault.DELAY,
            delay_s=seconds,
            probability=chance,
            seed=world.measure.seed,
        )
        for channel in NAMES
        for seconds, chance in ((TOO_SLOW, 0.25), (_SLOW, 0.33))
    ]
    world.providers.faults.set(*rules)
    await world.load.events(world.events, over=4.0)
    await asyncio.sleep(_seconds(world))
    fired = {(one.rule.channel, one.rule.delay_s) for one in world.providers.faults.fired}
    if len(fired) < len(rules):
        world.broken.append("some channel was not slow")
    world.providers.faults.clear()
    world.over()
    await asyncio.sleep(TOO_SLOW)  # what was late has come


_SLOW = 0.8
"""Seconds that a call takes; we wait for two."""
_CAST = (24, 120)
ROWS = (
    Row(name="every provider refuses connections", act=_refused, orders=_CAST, may_doubt=True),
    Row(
        name="every provider answers 5xx",
        act=partial(_broken, fault=Fault.SERVER_ERROR),
        orders=_CAST,
        may_doubt=True,
    ),
    Row(
        name="every provider resets connections",
        act=partial(_broken, fault=Fault.RESET),
        orders=_CAST,
        may_doubt=True,
    ),
    Row(
        name="every provider answers 429",
        act=partial(_broken, fault=Fault.RATE_LIMIT, retry_after=3),
        orders=_CAST,
    ),
    Row(
        name="wrong credentials, then right ones", act=_wrong_credentials, orders=_CAST, waits=True
    ),
    *(
        Row(name=f"{NAMES[channel]} alone down", act=partial(_one_down, channel=channel))
        for channel in NAMES
    ),
    Row(
        name="first relay down, a second one there",
        act=_second_relay,
        audiences=((Channel.EMAIL,),),
        second_relay=True,
    ),
    Row(
        name="accepted, then silence, 3 in 10",
        act=_now_and_then_silent,
        orders=(32, 200),
        may_doubt=True,
    ),
    Row(
        name="slow, a part of it slower than we wait",
        act=_slow,
        orders=(32, 200),
        settings={"HEADSUP_SETTLE_SECONDS": "6"},
        may_doubt=True,
    ),
    Row(
        name="accepted, then silence, at first always",
        act=partial(_broken, fault=Fault.ACCEPT_THEN_SILENCE),
        orders=(32, 200),
        may_doubt=True,
    ),
)
