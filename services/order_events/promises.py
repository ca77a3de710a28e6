"""The moments by which customers were promised to hear from us, and whether they did. Pure.

A message names the moment of the next one. That is a promise once the message was heard, not while
it still waits to be sent; and nothing but a message that was heard keeps it.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from headsup.contracts.notifications import Reason
from services.order_events.told import Statement, Told

LEAD: Final = timedelta(hours=1)
"""So long before a promise passes it is kept by saying that there is no news: early enough to be
there in time, late enough for the news to come first."""

_ENDS_THE_DELIVERY: Final = frozenset({Kind.ORDER_CANCELLED, Kind.ORDER_EXPIRED})
_ORDER: Final = "order"
_PARCEL: Final = "shipment"
_GOING_BACK: Final = "return"
_STORIES_OF_THEIR_OWN: Final = frozenset({_PARCEL, "repair", "ticket"})
_ALSO_GOING_BACK: Final = frozenset({_GOING_BACK, "refund"})
PASSED_ON: Final = frozenset({Kind.ORDER_NOTE, Kind.ORDER_INVOICE})
"""What comes beside the story of an order. It names the moment at which its customer hears of it
anyway: that is no new promise, and it keeps none."""
_OUT_OF_REACH: Final = frozenset(
    {
        Reason.NO_ADDRESS,
        Reason.INVALID_ADDRESS,
        Reason.OPTED_OUT,
        Reason.NO_CONSENT,
        Reason.BLOCKED,
        Reason.REFUSED,
        Reason.UNDELIVERED,
    }
)


class Promise(NamedTuple):
    """That somebody hears again by a moment."""

    by: datetime
    id: str
    """The request whose message promised it."""


def outstanding(told: Told) -> datetime | None:
    """The earliest promise to anybody that nothing has kept yet; None when there is none."""
    each = (promise.by for audience in Audience for promise in open_promises(told, audience))
    return min(each, default=None)


def open_promises(told: Told, audience: Audience) -> list[Promise]:
    """The promises to buyer or recipient that nothing has kept yet, the earliest first.

    Somebody whom we cannot reach has no open promise: that the next message could not be told is
    recorded with its reason, and there is nothing else that anybody could do.
    """
    return _open(told, audience, [each for each in _to(told, audience) if _counts(each)])


def unanswered(told: Told, audience: Audience) -> list[Promise]:
    """The open promises that no news on its way will keep either. That there is none is no news."""
    keepers = [
        each
        for each in _to(told, audience)
        if _counts(each) or (each.waiting and each.kind is not Kind.ORDER_NO_NEWS)
    ]
    return _open(told, audience, keepers)


def next_word(told: Told, audience: Audience, now: datetime) -> datetime | None:
    """The moment by which buyer or recipient hears again, as they know it once what is on its way
    has come; None where nothing is promised for later than now."""
    known = [each for each in _to(told, audience) if _counts(each) or each.waiting]
    moments = [
        said.next_update_by
        for said in known
        if said.next_update_by
        and said.next_update_by > now
        and (said.heard or said.waiting)
        and _is_open(said, known)
    ]
    return min(moments, default=None)


def _to(told: Told, audience: Audience) -> Iterable[Statement]:
    return (each for each in told.statements.values() if each.audience is audience)


def _counts(statement: Statement) -> bool:
    """It was heard, or cannot be."""
    if statement.heard:
        return True
    return any(outcome.reason in _OUT_OF_REACH for outcome in statement.outcomes.values())


def _open(told: Told, audience: Audience, keepers: list[Statement]) -> list[Promise]:
    return sorted(
        Promise(said.next_update_by, id_)
        for id_, said in told.statements.items()
        if said.audience is audience
        and said.heard
        and said.next_update_by
        and _is_open(said, keepers)
    )


def _is_open(said: Statement, keepers: Iterable[Statement]) -> bool:
    """Whether it promised something that none of these kept."""
    return said.kind not in PASSED_ON and not any(_keeps(later, said) for later in keepers)


def _keeps(later: Statement, promise: Statement) -> bool:
    """Whether what was said later is the news that was promised.

    Any news of a parcel, a return, a repair or a question keeps what was promised about the same
    one. Around the order there is more that is no news of it, such as an invoice: there it has to
    be about the same thing, or to promise anew. News of the order promises anew for its parcels as
    well, and theirs for it; one parcel's news is none of another. That there is no news says where
    everything stands.
    """
    if later.said_at <= promise.said_at or later.kind in PASSED_ON:
        return False
    if later.kind is Kind.ORDER_NO_NEWS:
        return True
    mine, its = _story(promise), _story(later)
    if mine == its != _ORDER or _is_about_the_same(later, promise):
        return True
    if not (_is_delivery(mine) and _is_delivery(its)) or _ORDER not in (mine, its):
        return False
    return later.next_update_by is not None or later.kind in _ENDS_THE_DELIVERY


def _story(statement: Statement) -> str:
    """What a message is part of, for somebody who waits for the next one."""
    if statement.kind is Kind.ORDER_NO_NEWS:
        return _ORDER
    area = statement.subject.partition(":")[0]
    if area in _ALSO_GOING_BACK:
        return _GOING_BACK  # the goods, and then the money
    return statement.subject if area in _STORIES_OF_THEIR_OWN else _ORDER


def _is_delivery(story: str) -> bool:
    return story == _ORDER or story.startswith(_PARCEL)


def _is_about_the_same(one: Statement, other: Statement) -> bool:
    return (CATALOGUE[one.kind].group, one.subject) == (CATALOGUE[other.kind].group, other.subject)
