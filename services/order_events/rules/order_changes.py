"""What changes about an order before it is a parcel: held back, edited, split, short of a line."""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import ItemChange, ItemChanged, OrderHeld
from services.order_events.facts import Facts, Milestone
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
    if_ahead,
    the_order,
)
from services.order_events.rules.dispatch import told_of_dispatch
from services.order_events.rules.orders import confirmed, expected_on
from services.order_events.rules.wording import last_of, worded
from services.order_events.told import Statement, Told, digest_of

_ITEM: Final = "item:"
_AT_ONCE: Final = timedelta(0)
_ONE_EDIT_IN: Final = timedelta(hours=1)
"""Somebody at the shop who puts an order right goes on doing so, line by line; the customer reads
where it stands from time to time, and the end of it. The five minutes after which an edit has
settled are too short for that, and longer ones would keep the first word back."""
_TELL_LINES: Final = frozenset(
    {
        Kind.ORDER_RECEIVED,
        Kind.ORDER_CONFIRMED,
        Kind.ORDER_REINSTATED,
        Kind.ORDER_EDITED,
        Kind.PAYMENT_INSTRUCTIONS,
    }
)
"""Messages from which the customer knows the lines and the price."""
_GOES_ON: Final = (Kind.ORDER_CONFIRMED, Kind.ORDER_REINSTATED)
_CHANGES: Final = {
    Kind.ORDER_ITEM_UNAVAILABLE: ItemChange.UNAVAILABLE,
    Kind.ORDER_ITEM_SUBSTITUTED: ItemChange.SUBSTITUTED,
    Kind.ORDER_ITEM_BACKORDERED: ItemChange.BACKORDERED,
}


def on_hold(case: Case, subject: str) -> Verdict:
    """The shop holds your order back, and why. Said again when the reason or the day changes, and
    when the customer heard in between that it goes on."""
    held = case.facts.held
    if held is None:
        return None
    what = f"{held.value.reason}|{held.value.until or ''}"
    if case.facts.hold is None or case.facts.cancellation or case.facts.has_moved:
        return Overtaken(what)
    version = worded(case.told, subject, Kind.ORDER_ON_HOLD, what, {Kind.ORDER_RELEASED})
    return Announce(held.at, partial(_on_hold, case, held.value), version)


def _on_hold(case: Case, data: OrderHeld) -> Content:
    until = if_ahead(data.until, case.now)
    by = case.policy.word_within(until, _AT_ONCE, case.zone) if until else None
    return content(case.facts, hold_reason=data.reason, until=until, next_update_by=by)


def released(case: Case, subject: str) -> Verdict:
    """Your order goes on. Only to a customer who heard that it did not, and whom no confirmation
    tells the same."""
    facts = case.facts
    if facts.held is None or facts.released is None:
        return None
    if facts.hold or facts.cancellation or facts.has_moved:
        return Overtaken(None)
    version = _releases(case, subject)
    if version is None:
        return Overtaken(None)
    is_last = facts.is_all_downloaded
    return Announce(facts.released.last, partial(_goes_on, case), version, is_last=is_last)


def _releases(case: Case, subject: str) -> str | None:
    goes_on = last_of(case.told, subject, *_GOES_ON)
    for id_, said in case.told.newest_first():
        if said.subject != subject or said.taken_back:
            continue
        if said.kind is Kind.ORDER_RELEASED:
            return said.version
        if said.kind is Kind.ORDER_ON_HOLD and said.heard:
            is_confirmed_since = goes_on is not None and goes_on.said_at > said.said_at
            is_told = is_confirmed_since or (goes_on is None and _will_be_confirmed(case, subject))
            return None if is_told else id_
    return None


def _will_be_confirmed(case: Case, subject: str) -> bool:
    return isinstance(confirmed(case, subject), Announce)


def _goes_on(case: Case) -> Content:
    leaves = told_of_dispatch(case, Kind.ORDER_RELEASED)
    return content(case.facts, estimate=expected_on(case), **leaves)


def edited(case: Case, subject: str) -> Verdict:
    """Your order is not what we told you any more: lines, price or address.

    Measured against what the customer was told last, so nothing is said of an edit that came before
    any message, nor of one that was undone at once. Not after the parcel left: then the order on
    the shop's page is the truth, and what is in the parcel is told with it.

    The first edit is told as soon as it has settled; while there are more, one message an hour says
    how the order stands by then, and the last of them is always told.
    """
    del subject
    facts = case.facts
    if facts.edited is None:
        return None
    last = _lines_told(case.told)
    if facts.cancellation or facts.has_moved or last is None or last[1].waiting:
        return Overtaken(None)  # what waits is worded anew by its own rule
    version = _edit(facts, *last)
    if version is None:
        return Overtaken(None)
    again = _edits_again_from(case.told)
    if again and case.now < again:
        return Overtaken(None, until=again)
    is_last = facts.is_all_downloaded
    return Announce(facts.edited.last, partial(_edited, case), version, is_last=is_last)


def _edits_again_from(told: Told) -> datetime | None:
    """From when on an edit may be told again; None where none was heard yet."""
    edits = (said for _, said in told.newest_first() if said.kind is Kind.ORDER_EDITED)
    last = next((said for said in edits if said.heard), None)
    return last.said_at + _ONE_EDIT_IN if last else None


def _lines_told(told: Told) -> tuple[str, Statement] | None:
    """The last message that told the lines, with its id. An edit that waits has told nobody."""
    for id_, said in told.newest_first():
        if said.kind not in _TELL_LINES or said.lines is None:
            continue
        if said.heard or (said.waiting and said.kind is not Kind.ORDER_EDITED):
            return id_, said
    return None


def _edit(facts: Facts, id_: str, last: Statement) -> str | None:
    """What is true now and was not told, as a version; None where nothing is."""
    lines = digest_of(facts.lines, facts.price)
    moved = facts.address_changed
    is_moved = moved is not None and moved.last > last.said_at
    if last.lines == lines and not is_moved:
        return None
    return f"{id_}|{lines}|{moved.last.isoformat() if moved and is_moved else ''}"


def _edited(case: Case) -> Content:
    return content(
        case.facts,
        items=case.facts.lines,
        total=case.facts.price,
        estimate=expected_on(case),
        **told_of_dispatch(case, Kind.ORDER_EDITED),
    )


def split(case: Case, subject: str) -> Verdict:
    """Your order comes in several parcels. Once one of them has left, the message about that one
    says so."""
    found = case.facts.split
    if found is None:
        return None
    what = str(found.value)
    if case.facts.cancellation or case.facts.has_moved:
        return Overtaken(what)
    say = partial(content, case.facts, parcels=found.value)
    return Announce(found.at, say, worded(case.told, subject, Kind.ORDER_SPLIT, what))


def item_changes(facts: Facts) -> Iterable[str]:
    """Every change of a line."""
    return [_ITEM + change_id for change_id in facts.item_changes]


def item_changed(kind: Kind, case: Case, subject: str) -> Verdict:
    """A line does not come as it was ordered. Said after the rest has left as well: it is not in
    that parcel. Only what comes instead is no news to whoever has it already."""
    found = case.facts.item_changes[subject.removeprefix(_ITEM)]
    if found.value.change is not _CHANGES[kind]:
        return Overtaken(None)
    what = _words_of(found.value)
    is_there = kind is Kind.ORDER_ITEM_SUBSTITUTED and _has_arrived(case.facts)
    if case.facts.cancellation or is_there:
        return Overtaken(what)
    others = _CHANGES.keys() - {kind}
    version = worded(case.told, subject, kind, what, others)
    return Announce(found.at, partial(_item_changed, case.facts, found.value), version)


def _words_of(data: ItemChanged) -> str:
    words = (
        data.item.name,
        data.item.quantity,
        data.substitute.name if data.substitute else "",
        data.back_by or "",
        f"{data.refund.decimal.normalize():f} {data.refund.currency}" if data.refund else "",
    )
    return hashlib.sha256("|".join(map(str, words)).encode()).hexdigest()[:16]


def _has_arrived(facts: Facts) -> bool:
    current = [shipment.now_at for shipment in facts.shipments.values()]
    return bool(current) and all(each and each[0] is Milestone.DELIVERED for each in current)


def _item_changed(facts: Facts, data: ItemChanged) -> Content:
    return content(
        facts,
        item=data.item,
        substitute=data.substitute,
        back_by=data.back_by,
        refund=data.refund if data.refund and not data.refund.is_zero else None,
    )


RULES: Final = (
    Rule(Kind.ORDER_ON_HOLD, the_order, on_hold),
    Rule(Kind.ORDER_RELEASED, the_order, released),
    Rule(Kind.ORDER_EDITED, the_order, edited),
    Rule(Kind.ORDER_SPLIT, the_order, split),
    *(Rule(kind, item_changes, partial(item_changed, kind)) for kind in _CHANGES),
)
