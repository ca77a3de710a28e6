"""Shows that the suite can fail: each safeguard is switched off once, and a row must turn red."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from rich.console import Console

from headsup.contracts.channels import Channel
from sandbox.providers.faults import Fault, FaultRule
from tests.faults.carts.stories import ANOTHER, GUESTS, LEFT, PLOTS, STOPPED, CartPlot
from tests.faults.ground import Ground
from tests.faults.journeys import AUDIENCES
from tests.faults.report import Result
from tests.faults.rows.carts import CHANNELS, cart_row, killed_beside, live_beside, open_shop, timed
from tests.faults.rows.rolling import contracted
from tests.faults.rows.row import Row
from tests.faults.run import Runner
from tests.faults.versions import runnable
from tests.faults.world import Measure, World

_SOON: Final = 30.0
"""Seconds after which a mutated service will not get better."""
_NO_UNIQUENESS: Final = tuple(
    f"ALTER TABLE {table} DROP CONSTRAINT {table.partition('.')[2]}_pkey"
    for table in ("order_events.events", "notifier.requests", "notifier.notifications")
)
_NO_LEASE: Final = """
    CREATE FUNCTION notifier.lease_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF NEW.state = 'sending' THEN NEW.due_at = now(); END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER lease_nothing BEFORE UPDATE ON notifier.notifications
    FOR EACH ROW EXECUTE FUNCTION notifier.lease_nothing()
"""
_SLOWER: Final = 360.0
"""Of the clock, where a process is killed again and again: what is to be said must not be old."""
_FORGETS: Final = """
    CREATE FUNCTION notifier.keep_nothing() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RETURN NULL; END $$;
    CREATE TRIGGER keep_nothing BEFORE {} FOR EACH ROW EXECUTE FUNCTION notifier.keep_nothing()
"""
"""What is written of somebody is not kept; and nobody is told."""
_SLOW: Final = 1.6
"""Seconds that a call takes: longer than the ledger waits before it asks what became of it."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """A safeguard that is switched off, and the smallest row that shows it."""

    name: str
    act: Callable[[World], Awaitable[None]]
    audiences: tuple[tuple[Channel, ...], ...]
    shows: str
    """The figure that must give it away; or a complaint."""
    carts: tuple[CartPlot, ...] = ()
    speed: float = 900.0
    """Of the clock, where there are carts: a quarter of an hour a second."""
    of_history: bool = False
    """It runs an older version, out of the repository's history."""
    may_end: bool = False
    """Services end again and again, and this is what is to be seen."""

    @property
    def row(self) -> Row:
        """The row."""
        given: dict[str, Any] = {"audiences": self.audiences, "orders": (12, 12)}
        if self.carts:
            given["timed"] = partial(timed, self.speed)
            return cart_row(self.name, self.act, self.carts, **given)
        return Row(name=self.name, act=self.act, **given)


async def _without_uniqueness(world: World) -> None:
    """Neither the ledger nor the events refuse what they know; then everything comes again."""
    world.patience = _SOON
    await world.execute(*_NO_UNIQUENESS)
    await world.begin(has_name=False)
    await world.load.events(world.events, over=2.0)
    await world.settle()
    await world.fleet.stop("notifier-a")
    await world.plot.rewind("notifier")
    world.fleet.start("notifier", has_name=False)
    await world.fleet.ready("notifier-a")


async def _without_lease(world: World) -> None:
    """Leases last no time at all, so a second replica takes what the first one is sending."""
    world.patience = _SOON
    await world.execute(_NO_LEASE)
    await world.begin()
    world.fleet.start("notifier", "b")
    await world.fleet.ready("notifier-b")
    slow = [FaultRule(channel=c, fault=Fault.DELAY, delay_s=_SLOW) for c in Channel]
    world.providers.faults.set(*slow)
    await world.load.events(world.events)


async def _without_offsets(world: World) -> None:
    """Positions are written before the batch, and the process dies between."""
    world.patience = _SOON
    await world.begin(order_events=False)
    moments = ["in_the_middle_of_a_batch:1"] * 2
    world.fleet.start("order_events", moments=moments, mutation="no-offsets")

    async def act(number: int) -> None:
        await world.fleet.died("order_events-a", number + 1)

    await world.in_rounds(2, act, when_ready="order_events-a")


async def _forgetful(world: World, table: str) -> None:
    """The notifier does not know who bought; whom it reminded; or who wants no more."""
    world.patience = _SOON
    await world.execute(_FORGETS.format(table))
    await open_shop(world, "a")
    await live_beside(world)


_no_purchases = partial(_forgetful, table="INSERT ON notifier.purchases")
_no_flows = partial(_forgetful, table="UPDATE ON notifier.cart_flows")
_no_stops = partial(_forgetful, table="INSERT ON notifier.opt_outs")


async def _without_orders(world: World) -> None:
    """cart_recovery does not get to know of orders. What it asks for the notifier refuses."""
    world.patience = _SOON
    await open_shop(world, "a", mutation="no-orders")
    await live_beside(world)


async def _says_it_later(world: World) -> None:
    """A cart knows that its owner is reminded before that is on Kafka, and the process dies."""
    world.patience = _SOON
    await open_shop(world, "a", mutation="says-it-later")
    await killed_beside(world, ["cart_recovery-a"] * 5)


async def _reminded_again(world: World) -> None:
    """The ledger refuses nothing that it knows, and every request comes once more."""
    world.patience = _SOON
    await world.execute(*_NO_UNIQUENESS)
    await world.begin(has_name=False)
    world.fleet.start("cart_recovery")
    await world.fleet.ready("cart_recovery-a")
    await live_beside(world)
    await world.fleet.stop("notifier-a")
    await world.plot.rewind("notifier")
    world.fleet.start("notifier", has_name=False)
    await world.fleet.ready("notifier-a")


async def _taken_away(world: World) -> None:
    """A migration takes away what the version before needs."""
    world.patience = _SOON
    await contracted(world)


MUTATIONS: Final = (
    Mutation("no-unique", _without_uniqueness, ((Channel.SMS,),), "twice"),
    Mutation("no-lease", _without_lease, ((Channel.SMS,), (Channel.TELEGRAM,)), "twice"),
    Mutation("no-offsets", _without_offsets, AUDIENCES, "lost"),
    Mutation("no-purchases", _no_purchases, CHANNELS, "after_purchase", GUESTS),
    Mutation("no-flows", _no_flows, CHANNELS, "came too soon after another", ANOTHER),
    Mutation("no-stops", _no_stops, CHANNELS, "came when it was over", STOPPED),
    Mutation("no-orders", _without_orders, CHANNELS, "asked for, though it was bought", PLOTS),
    Mutation("says-it-later", _says_it_later, CHANNELS, "lost", LEFT, _SLOWER),
    Mutation("no-unique-carts", _reminded_again, ((Channel.SMS,),), "twice", LEFT),
    Mutation("taken-away", _taken_away, ((Channel.SMS,),), "lost", of_history=True, may_end=True),
)


async def show(ground: Ground, measure: Measure, console: Console, name: str | None) -> bool:
    """Runs them, or the one of this name; True when each turned its row red by its figure. A
    service that cannot even run like this shows nothing."""
    short = Measure(is_long=False, seed=measure.seed)
    runner = Runner(ground, short, Console(quiet=True), side_by_side=3)
    chosen = runnable([each for each in MUTATIONS if name in {None, each.name}])
    results = await runner.run([mutation.row for mutation in chosen])
    shown = [_gives_away(console, *pair) for pair in zip(chosen, results, strict=True)]
    return all(shown)


def _gives_away(console: Console, mutation: Mutation, found: Result) -> bool:
    figure = getattr(found.line, mutation.shows, None)
    if figure is None:
        figure = sum(mutation.shows in complaint for complaint in found.broken)
    is_red = bool(found.broken) and figure > 0 and (mutation.may_end or not found.ended)
    mark = "[green]red, as it must be[/]" if is_red else "[red]NOT SEEN[/]"
    console.print(f"{mark} {mutation.name}: {mutation.shows} {figure}", highlight=False)
    for complaint in found.broken if not is_red else ():
        console.print(f"    {complaint}", highlight=False, markup=False)
    return is_red
