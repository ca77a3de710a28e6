"""The moments by which customers were promised to hear from us, and whether they did. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from headsup.contracts.catalogue import CATALOGUE, Kind
from services.order_events.told import Statement, Told

_ENDS_ALL: Final = frozenset({Kind.ORDER_CANCELLED, Kind.ORDER_EXPIRED})


def outstanding(told: Told) -> datetime | None:
    """The earliest promise that nothing has kept yet; None when there is none.

    What was said later keeps a promise if it promises another moment, or if it is about the same
    thing: then the story goes on there, or ends. A statement that was taken back, or is known not
    to have been heard, promised nothing and keeps nothing.
    """
    said = [each for _, each in told.newest_first() if each.waiting or each.heard]
    moments = (
        each.next_update_by
        for number, each in enumerate(said)
        if each.next_update_by and not _is_kept(each, said[:number])
    )
    return min(moments, default=None)


def _is_kept(promise: Statement, later: Iterable[Statement]) -> bool:
    return any(
        each.audience is promise.audience
        and (
            each.next_update_by is not None
            or each.kind in _ENDS_ALL
            or _is_about_the_same(each, promise)
        )
        for each in later
    )


def _is_about_the_same(one: Statement, other: Statement) -> bool:
    return (CATALOGUE[one.kind].group, one.subject) == (CATALOGUE[other.kind].group, other.subject)
