"""kill -9, at random moments and at named ones."""

from functools import partial

from tests.faults.rows.row import Row
from tests.faults.world import World

_MOST_AFTER_READY = 1.5
"""Seconds after a process is ready in which it is killed."""
_OF_ORDER_EVENTS = (
    "after_commit_before_publish",
    "in_the_middle_of_a_batch",
    "between_the_lanes",
)
_OF_NOTIFIER = (
    "after_accept_before_record.email",
    "after_accept_before_record.sms",
    "after_accept_before_record.telegram",
    "after_commit_before_publish",
    "in_the_middle_of_a_batch",
)


async def _at_random(world: World, service: str, *, has_name: bool = True) -> None:
    await world.begin()
    member = f"{service}-a"
    if not has_name:
        await world.fleet.stop(member)
        world.fleet.start(service, has_name=False)
    kills = world.measure.of(3, 90) if has_name else world.measure.of(1, 3)

    async def act(_round: int) -> None:
        await world.strike(_MOST_AFTER_READY)
        world.fleet.kill(member)

    await world.in_rounds(kills, act, when_ready=member)
    world.over()
    world.expect_strikes(kills)
    if len(world.fleet.deaths) < kills:
        world.broken.append(f"only {len(world.fleet.deaths)} of {kills} kills")


async def _at_moments(world: World, service: str, moments: tuple[str, ...]) -> None:
    again = world.measure.of(1, 5)
    planned = [f"{moment}:{world.dice.randint(1, 2)}" for moment in moments * again]
    member = f"{service}-a"
    if service == "notifier":
        await world.begin()
        await world.fleet.stop(member)
        world.fleet.start(service, moments=planned)
    else:
        await world.begin(order_events=False)
        world.fleet.start(service, moments=planned)

    async def act(number: int) -> None:
        if not await world.fleet.died(member, number + 1):
            world.broken.append(f"the moment never came: {planned[number]}")

    await world.in_rounds(len(planned), act, over=2.5, when_ready=member)
    world.over()


ROWS = (
    Row(
        name="order_events killed",
        act=partial(_at_random, service="order_events"),
        orders=(24, 700),
    ),
    Row(
        name="notifier killed",
        act=partial(_at_random, service="notifier"),
        orders=(32, 700),
        may_doubt=True,
    ),
    Row(
        name="order_events killed at named moments",
        act=partial(_at_moments, service="order_events", moments=_OF_ORDER_EVENTS),
        orders=(36, 240),
    ),
    Row(
        name="notifier killed at named moments",
        act=partial(_at_moments, service="notifier", moments=_OF_NOTIFIER),
        orders=(60, 400),
        may_doubt=True,
    ),
    Row(
        name="order_events killed, without a lasting name",
        act=partial(_at_random, service="order_events", has_name=False),
        only_long=True,
    ),
    Row(
        name="notifier killed, without a lasting name",
        act=partial(_at_random, service="notifier", has_name=False),
        only_long=True,
        may_doubt=True,
    ),
)
