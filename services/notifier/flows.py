"""Who was reminded of carts enough: of another cart they do not hear within the shop's pause
(`CartPolicy.pause_hours`), nor of any more often in a week than it allows. A flow is all reminders
of one visit; it begins with the first that is planned. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from headsup.contracts.notifications import CartFlow, Reason
from headsup.shops.carts import CartPolicy
from services.notifier.decide import Decided, Flow, Place, Policy, Reminded
from services.notifier.plan import Planned, Suppressed

WEEK: Final = timedelta(days=7)
_NO_FLOW: Final = Flow("", datetime.min.replace(tzinfo=UTC))
"""Is in nobody's way, and never written."""


def sort_out(
    decided: Sequence[Decided], known: Mapping[Place, Reminded | None], policy: Policy
) -> tuple[list[Decided], dict[Place, Reminded]]:
    """Of what is planned about carts, the first of each person, and as many as the shop allows; the
    rest comes to nothing. And what is to be written: by which key what is known now."""
    reminded = {place: one for place, one in known.items() if one is not None}
    kept, begun = [], dict[Place, Reminded]()
    for one in decided:
        cart = one.event.data.cart
        if cart is None or not isinstance(one.plan, Planned):
            kept.append(one)
            continue
        places = places_of(one)
        theirs = [reminded[place] for place in places if place in reminded]
        silence = _silence(cart, one.at, theirs, _terms(policy, one.event.source))
        if silence is not None:
            kept.append(replace(one, plan=Suppressed(reason=silence)))
            continue
        kept.append(one)
        flow = _flow(cart, one.at, theirs)
        for place in places:  # by each key what was said by it, and not what was by the others
            before = _worth_keeping(reminded[place], flow, one.at) if place in reminded else {}
            begun[place] = reminded[place] = Reminded(flow, before | {one.event.id: one.at})
    return kept, begun


def places_of(one: Decided) -> list[Place]:
    """Where it is known whom this goes to. What is read again has none, and is counted nowhere."""
    return [(one.event.source, who) for who in one.who]


def lately(theirs: Iterable[Reminded], at: datetime) -> dict[str, datetime]:
    """The reminders of the last week, each once, by whichever keys it is known."""
    return {
        request_id: planned_at
        for one in theirs
        for request_id, planned_at in one.reminders.items()
        if at - planned_at < WEEK
    }


def without(
    known: Mapping[Place, Reminded | None], request_ids: AbstractSet[str]
) -> dict[Place, Reminded | None]:
    """What is known, less these reminders, and less the flows of which there was no other."""
    return {place: one and _less(one, request_ids) for place, one in known.items()}


def name_of(cart: CartFlow) -> str:
    """One name for a flow, of which its own says only which visit of the cart it is."""
    return f"{cart.cart_id} {cart.flow}"


def _less(one: Reminded, request_ids: AbstractSet[str]) -> Reminded:
    """Of a flow that began before reminders were written down it is not known whether somebody
    heard of it: it stays."""
    left = {id_: at for id_, at in one.reminders.items() if id_ not in request_ids}
    were = any(at >= one.flow.began_at for at in one.reminders.values())
    are = any(at >= one.flow.began_at for at in left.values())
    return Reminded(_NO_FLOW if were and not are else one.flow, left)


def _worth_keeping(one: Reminded, flow: Flow, at: datetime) -> dict[str, datetime]:
    """Of the last week, to be counted, and of the flow however long it lasts: whether anybody heard
    of it is asked by them."""
    return {
        request_id: planned_at
        for request_id, planned_at in one.reminders.items()
        if at - planned_at < WEEK or planned_at >= flow.began_at
    }


def _silence(
    cart: CartFlow, at: datetime, theirs: Sequence[Reminded], terms: CartPolicy
) -> Reason | None:
    pause, id_ = timedelta(hours=terms.pause_hours), name_of(cart)
    if any(one.flow.id != id_ and at - one.flow.began_at < pause for one in theirs):
        return Reason.ANOTHER_CART
    return Reason.CAPPED if len(lately(theirs, at)) >= terms.most_in_a_week else None


def _flow(cart: CartFlow, at: datetime, theirs: Iterable[Reminded]) -> Flow:
    id_ = name_of(cart)
    began_at = min((one.flow.began_at for one in theirs if one.flow.id == id_), default=at)
    return Flow(id_, began_at)


def _terms(policy: Policy, source: str) -> CartPolicy:
    """For a shop that is unknown nothing is planned."""
    shop = policy.shops.get(source)
    return shop.carts if shop else CartPolicy()
