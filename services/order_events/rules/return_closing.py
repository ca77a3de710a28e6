"""A return that was closed before anybody looked at it: whoever waits for its next word is told."""

from functools import partial
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Area, Kind
from headsup.contracts.notifications import Content, Standing
from headsup.contracts.shop import CancelledBy
from services.order_events.facts import Return
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, content
from services.order_events.rules.return_promises import money_sent
from services.order_events.rules.return_stage import return_of, returns, standing_of
from services.order_events.rules.wording import worded

_ENDS: Final = frozenset({Kind.RETURN_CLOSED, Kind.RETURN_REJECTED})
_GOES_ON: Final = {
    kind for kind, entry in CATALOGUE.items() if entry.area is Area.RETURN and kind not in _ENDS
}
"""Who heard one of these since a return was closed hears it again when it is closed again."""


def closed(case: Case, subject: str) -> Verdict:
    """Your return does not go on: at whose wish, why, and what that means.

    It keeps the word that was promised, so only somebody who heard of the return hears it, and
    nobody whose story has ended: refused, paid back, exchanged. What was looked at is over as well;
    closing that is the shop's bookkeeping, and its result and its money stand. A later word of the
    same return opens it again, and is told from the start.
    """
    found = return_of(case.facts, subject)
    if found.cancelled is None:
        return None
    is_over = standing_of(found) is not None or _is_settled(case, subject, found)
    if is_over or not _is_waited_for(case, subject):
        return Overtaken(None)
    version = worded(case.told, subject, Kind.RETURN_CLOSED, "", _GOES_ON)
    return Announce(found.cancelled.at, partial(_closed, case, found), version)


def _is_waited_for(case: Case, subject: str) -> bool:
    """The last that was heard of it, but for its end, was not its end."""
    for _, said in case.told.newest_first():
        if said.subject == subject and said.heard and said.kind is not Kind.RETURN_CLOSED:
            return said.kind is not Kind.RETURN_REJECTED
    return False


def _is_settled(case: Case, subject: str, found: Return) -> bool:
    """The customer has the money, or something else instead. Money that names no return counts
    from when this one had left the customer; before, it is for something else."""
    left = found.in_transit or found.received or found.cancelled
    return found.exchange_sent is not None or (
        left is not None and money_sent(case, subject, left.at)
    )


def _closed(case: Case, found: Return) -> Content:
    if found.cancelled is None:
        raise ValueError("a return that was not closed")
    data = found.cancelled.value
    return content(
        case.facts,
        items=found.items.value if found.items else (),
        cancelled_by=CancelledBy(data.by) if data.by else None,
        note=data.note,
        standing=_where_it_is(found),
    )


def _where_it_is(found: Return) -> Standing | None:
    """Where the goods are, as far as we know; None where the customer has them."""
    if found.received:
        return Standing.RETURN_ARRIVED
    return Standing.RETURN_UNDER_WAY if found.in_transit else None


RULES: Final = (Rule(Kind.RETURN_CLOSED, returns, closed),)
