"""Of which visit somebody was reminded last: of another cart they do not hear within a day. A flow
is all reminders of one visit; it begins with the first that is planned."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from headsup.contracts.notifications import CartFlow, Reason
from services.notifier.decide import Decided, Flow, Place, Policy
from services.notifier.plan import Planned, Suppressed

_LOCK: Final = """
    INSERT INTO notifier.cart_flows AS known (source, who, flow, began_at)
    SELECT source, who, '', '-infinity' FROM unnest($1::text[], $2::text[]) AS asked (source, who)
    ON CONFLICT (source, who) DO UPDATE SET flow = known.flow WHERE false
"""
"""What is there is locked, and not changed; what is not is there from now on, for others to wait
for. One address may be two customers', whose requests come to different replicas."""
_KNOWN: Final = """
    SELECT source, who, flow, began_at
    FROM unnest($1::text[], $2::text[]) AS asked (source, who)
    JOIN notifier.cart_flows USING (source, who)
    WHERE began_at > '-infinity'
"""
_BEGIN: Final = """
    UPDATE notifier.cart_flows AS known SET flow = begun.flow, began_at = begun.began_at
    FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
         AS begun (source, who, flow, began_at)
    WHERE known.source = begun.source AND known.who = begun.who
"""
_UNDO: Final = """
    DELETE FROM notifier.cart_flows AS known
    USING unnest($1::text[], $2::text[]) AS asked (source, who)
    WHERE known.source = asked.source AND known.who = asked.who AND known.began_at = '-infinity'
"""


async def lock(connection: Any, places: Collection[Place]) -> dict[Place, Flow | None]:
    """The flow that is known by each key; None where none is. Until the transaction ends nobody
    else begins one by any of them."""
    columns = _columns(sorted(places))  # locks are taken in one order everywhere
    await connection.execute(_LOCK, *columns)
    known: dict[Place, Flow | None] = dict.fromkeys(places)
    for row in await connection.fetch(_KNOWN, *columns):
        known[row["source"], row["who"]] = Flow(row["flow"], row["began_at"])
    return known


async def begin(
    connection: Any,
    decided: Sequence[Decided],
    known: Mapping[Place, Flow | None],
    policy: Policy,
) -> list[Decided]:
    """What is left of the plans, one flow for each person; the flows that begin are kept. `known`
    was locked."""
    if not known:
        return list(decided)
    kept, begun = one_for_each(decided, known, policy)
    if begun:
        flows = begun.values()
        columns = (*_columns(begun), [one.id for one in flows], [one.began_at for one in flows])
        await connection.execute(_BEGIN, *columns)
    unused = [place for place, flow in known.items() if flow is None and place not in begun]
    if unused:
        await connection.execute(_UNDO, *_columns(unused))
    return kept


def one_for_each(
    decided: Sequence[Decided], known: Mapping[Place, Flow | None], policy: Policy
) -> tuple[list[Decided], dict[Place, Flow]]:
    """Of what is planned about carts, the first of each person; what is of another flow than theirs
    comes to nothing. And what is to be written: by which key which flow is known now. Pure."""
    flows = {place: flow for place, flow in known.items() if flow is not None}
    kept, begun = [], dict[Place, Flow]()
    for one in decided:
        cart = one.event.data.cart
        if cart is None or not isinstance(one.plan, Planned):
            kept.append(one)
            continue
        places = [(one.event.source, who) for who in one.who]
        theirs = [flows[place] for place in places if place in flows]
        pause = _pause(policy, one.event.source)
        id_ = name_of(cart)
        if any(flow.id != id_ and one.at - flow.began_at < pause for flow in theirs):
            kept.append(replace(one, plan=Suppressed(reason=Reason.ANOTHER_CART)))
            continue
        kept.append(one)
        began_at = min((flow.began_at for flow in theirs if flow.id == id_), default=one.at)
        mine = dict.fromkeys(places, Flow(id_, began_at))
        begun |= {place: flow for place, flow in mine.items() if flows.get(place) != flow}
        flows |= mine
    return kept, begun


def name_of(cart: CartFlow) -> str:
    """One name for a flow, of which its own says only which visit of the cart it is."""
    return f"{cart.cart_id} {cart.flow}"


def _pause(policy: Policy, source: str) -> timedelta:
    shop = policy.shops.get(source)
    return timedelta(hours=shop.carts.pause_hours) if shop else timedelta()


def _columns(places: Iterable[Place]) -> tuple[list[str], list[str]]:
    ordered = list(places)
    return [source for source, _ in ordered], [who for _, who in ordered]
