"""The difference between what is true of a cart and what was said: what to say now, what to take
back, and when to look again."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from headsup.contracts.notifications import NotificationWithdrawn
from services.cart_recovery.asking import MOST_VERSIONS, flow_of, remind, request_id, said_of
from services.cart_recovery.cart import Cart, Flow, Recall, Stage, Told
from services.cart_recovery.merging import handed_on
from services.cart_recovery.recovery import reported
from services.cart_recovery.sayings import Saying, Withdraw
from services.cart_recovery.schedule import Reminder, Schedule, forget_at, schedule
from services.cart_recovery.terms import Terms
from services.cart_recovery.visit import Visit, standing


@dataclass(frozen=True, slots=True)
class Settled:
    """A cart of which nothing more is to be said now."""

    cart: Cart | None
    """None: nothing can come of it any more."""
    says: tuple[Saying, ...]
    look_at: datetime | None


def settle(cart: Cart, now: datetime, terms: Terms, *, is_tick: bool = False) -> Settled:
    """Takes back what is not true any more, reports what was brought back, hands on what was said
    of what is in another cart now, and at a tick asks for the reminder that is due."""
    found = standing(cart.facts)
    cart, taken_back = _taken_back(cart, found, now, terms)
    cart, reports = reported(cart, terms)
    cart, continued = handed_on(cart)
    plan = schedule(found, cart, terms) if isinstance(found, Visit) else found
    asked: list[Saying] = []
    if is_tick and isinstance(plan, Schedule):
        cart, asked = _asked(cart, plan, now, terms)
        plan = replace(plan, flow=cart.told.flow) if asked else plan
    says = (*taken_back, *reports, *continued, *asked)
    end = forget_at(cart, plan, terms)
    if end <= now:
        return Settled(None, says, None)
    stage = _stage(cart, plan, now, terms)
    if stage is not cart.stage:
        cart = msgspec.structs.replace(cart, stage=stage)
    return Settled(cart, says, min([end, *_looks(cart, plan, now, terms)]))


def _taken_back(
    cart: Cart, found: Visit | Stage, now: datetime, terms: Terms
) -> tuple[Cart, list[Saying]]:
    """A reminder that may still come is taken back, once, when the cart is over, or another visit
    began, or nobody wants more of this one, or the cart is somebody else's now; or is not any more
    what it says, and then it is said anew if that was in time."""
    flow, owner = cart.told.flow, cart.facts.owner
    if flow is None or flow.waiting is None:
        return cart, []
    is_of_visit = isinstance(found, Visit) and found.touched_at == flow.touched_at
    is_wanted = is_of_visit and not flow.is_stopped and owner and owner.id == flow.waiting
    if is_wanted and _is_true(cart, flow, terms):
        return cart, []
    says = _withdrawal(cart, flow, now)
    recall = Recall.ASKED if says and is_wanted and _may_be_anew(cart.told, flow) else None
    done = msgspec.structs.replace(flow, waiting=None, recall=recall)
    return _with_flow(cart, done), says


def _is_true(cart: Cart, flow: Flow, terms: Terms) -> bool:
    """The cart is as the last reminder says, and something of it can still be bought."""
    contents = cart.facts.contents
    if contents is None or contents.is_sold_out:
        return False
    return flow.said is None or flow.said == said_of(contents, terms)


def _may_be_anew(told: Told, flow: Flow) -> bool:
    """It was not heard, as far as we know, and not asked for too often."""
    is_heard = told.heard_of(flow.touched_at, flow.step) is not None
    return not is_heard and flow.version < MOST_VERSIONS


def _withdrawal(
    cart: Cart, flow: Flow, now: datetime, superseded_by: str | None = None
) -> list[Saying]:
    """Takes back the last reminder of a flow, from whoever it was for, while it may still come."""
    if flow.waiting is None or (flow.expires_at is not None and flow.expires_at <= now):
        return []
    withdrawn = NotificationWithdrawn(
        request_id=request_id(cart.key, flow_of(flow.touched_at), flow.step, flow.version),
        customer_id=flow.waiting,
        superseded_by=superseded_by,
    )
    return [Withdraw(withdrawn)]


def _reminder(cart: Cart, plan: Schedule | Stage, now: datetime, terms: Terms) -> Reminder | None:
    """The one that is due, or comes next. Nobody is reminded of a cart that is nobody's, of which
    we never heard what is in it, or of which nothing is left."""
    owner, contents = cart.facts.owner, cart.facts.contents
    if isinstance(plan, Stage) or plan.is_stopped or owner is None:
        return None
    if contents is None or contents.is_sold_out:
        return None
    return plan.reminder(terms, owner.time_zone, now)


def _asked(cart: Cart, plan: Schedule, now: datetime, terms: Terms) -> tuple[Cart, list[Saying]]:
    """Asks for the reminder that is due, in the place of one that still waits."""
    reminder, flow = _reminder(cart, plan, now, terms), plan.flow
    owner, contents = cart.facts.owner, cart.facts.contents
    if reminder is None or owner is None or contents is None or reminder.at > now:
        return cart, []
    asked = remind(cart, plan.visit, reminder, terms)
    says = [*(_withdrawal(cart, flow, now, asked.request_id) if flow else ()), asked]
    new = Flow(
        touched_at=plan.visit.touched_at,
        starts_at=plan.starts_at,
        first_at=flow.first_at if flow else now,
        first_step=flow.first_step if flow else reminder.step,
        step=reminder.step,
        waiting=owner.id,
        expires_at=asked.request.expires_at,
        said=said_of(contents, terms),
        version=reminder.version,
    )
    return _with_flow(cart, new), says


def _with_flow(cart: Cart, flow: Flow) -> Cart:
    return msgspec.structs.replace(cart, told=msgspec.structs.replace(cart.told, flow=flow))


def _stage(cart: Cart, plan: Schedule | Stage, now: datetime, terms: Terms) -> Stage:
    if isinstance(plan, Stage):
        order = cart.facts.order
        is_recovered = order is not None and order.order_id in cart.told.recovered
        return Stage.RECOVERED if plan is Stage.ORDERED and is_recovered else plan
    if plan.is_stopped:
        return Stage.STOPPED
    if now >= plan.expired_at(terms):
        return Stage.EXPIRED
    if plan.flow is not None:
        return Stage.REMINDED
    return Stage.IDLE if now >= plan.idle_at else Stage.ACTIVE


def _looks(cart: Cart, plan: Schedule | Stage, now: datetime, terms: Terms) -> Iterator[datetime]:
    """When something may have to be said though no event came, or the stage is another."""
    if isinstance(plan, Stage):
        return
    if reminder := _reminder(cart, plan, now, terms):
        yield reminder.at
    if not plan.is_stopped:
        yield from (at for at in (plan.idle_at, plan.expired_at(terms)) if at > now)
