"""When which reminder of a visit is due, and when there is nothing left to wait for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from headsup.contracts.catalogue import CATALOGUE
from services.cart_recovery.cart import Cart, Flow, Stage, Told
from services.cart_recovery.terms import Terms
from services.cart_recovery.visit import Visit


@dataclass(frozen=True, slots=True)
class Reminder:
    """One that is to be asked for."""

    step: int
    due: datetime
    at: datetime
    """When to ask: now, where it is due, unless now is night."""
    is_last: bool
    version: int
    """The first, unless it was asked for before, and nobody will hear that."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The reminders of one visit."""

    visit: Visit
    starts_at: datetime
    """From when the delays count."""
    dues: Sequence[datetime]
    """In the order of the steps; never in the night of whose cart it is."""
    flow: Flow | None
    """What was asked for of them."""

    def reminder(self, terms: Terms, zone_name: str | None, now: datetime) -> Reminder | None:
        """The one to ask for next. Of several that are due only the highest is said; one that is
        due for longer than its kind is worth telling, or that the night makes so, is not."""
        worth, zone = CATALOGUE[self.visit.kind].time_to_live, terms.zone_of(zone_name)
        found: Reminder | None = None
        for step, due in enumerate(self.dues, 1):
            if self.flow is not None and step <= self.flow.done:
                continue
            if found is not None and due > now:
                break
            at = terms.by_day(max(due, now), zone)
            if at < due + worth:
                found = Reminder(step, due, at, step == len(self.dues), self._version(step))
        return found

    def _version(self, step: int) -> int:
        flow = self.flow
        return flow.version + 1 if flow is not None and step == flow.step else 1

    @property
    def is_stopped(self) -> bool:
        """Nobody wants to hear more of this visit, or can."""
        return self.flow is not None and self.flow.is_stopped

    @property
    def idle_at(self) -> datetime:
        """When somebody might be reminded first."""
        return self.dues[0] if self.dues else self.visit.touched_at

    def expired_at(self, terms: Terms) -> datetime:
        """When nothing more comes of it: the last reminder is too old to be said, and no order
        would count as its work."""
        last = self.dues[-1] if self.dues else self.visit.touched_at
        worth = CATALOGUE[self.visit.kind].time_to_live
        return last + worth + (terms.window if self.flow else timedelta())


def schedule(visit: Visit, cart: Cart, terms: Terms) -> Schedule:
    """The reminders of a visit."""
    owner, flow = cart.facts.owner, cart.told.flow
    delays = terms.delays(at_checkout=visit.at_checkout)
    is_known = flow is not None and flow.touched_at == visit.touched_at
    starts_at = visit.touched_at
    if flow is not None and is_known:
        starts_at = flow.starts_at
    elif delays and (began_at := _began_at(cart.told)):
        starts_at = max(starts_at, began_at + terms.pause - delays[0])
    zone = terms.zone_of(owner.time_zone if owner else None)
    dues = [terms.by_day(starts_at + delay, zone) for delay in delays]
    return Schedule(visit, starts_at, dues, flow if is_known else None)


def first_at(flow: Flow, told: Told) -> datetime:
    """When a flow began: its first reminder was asked for, or went out, which is what the notifier
    counts from."""
    went_out = told.heard_of(flow.touched_at, flow.first_step)
    return max(flow.first_at, went_out or flow.first_at)


def _began_at(told: Told) -> datetime | None:
    """When the last flow began, of this cart or of one whose lines are in it now."""
    began = [told.began_at] if told.began_at else []
    return max([*began, first_at(told.flow, told)] if told.flow else began, default=None)


def forget_at(cart: Cart, found: Schedule | Stage, terms: Terms) -> datetime:
    """From when on nothing can come of a cart, even if every event of it came once more: each is
    too old then for any reminder, and each order for what was reminded. Of the shop's own changes
    none keeps a cart that somebody touched: prices change every day."""
    facts = cart.facts
    flow, checkout = cart.told.flow, facts.checkout
    moments = [
        facts.fillings[-1].at if facts.fillings else None,
        facts.orders[-1].at if facts.orders else None,
        checkout.at if checkout else None,
        *(facts.identified_at, facts.emptied_at, facts.merged_at),
        flow.starts_at if flow else None,
        found.starts_at if isinstance(found, Schedule) else None,
        cart.told.began_at,
        *(one.at for one in cart.told.heard if one.cart_id),
    ]
    known = [moment for moment in moments if moment is not None]
    if not known and facts.contents is not None:
        known.append(facts.contents.at)  # nobody touched it yet
    end = max(known) + terms.reach + terms.window
    began = [flow.first_at if flow else None, cart.told.began_at]
    return max([end, *(at + terms.pause for at in began if at is not None)])
