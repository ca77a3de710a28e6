"""An order of many parcels is told of as a whole: sixty messages tell somebody less than one.

Up to `Policy.parcels_told_alone` parcels each is told of alone. Of an order with more, one message
tells how many have left, how many are there, how many are late: when the first leaves, when a
courier sets out with some, in the evening of a working day on which something changed, and when
all have left; that all are there says `order.completed`. What somebody has to act on, or worry
about, is told of each parcel as ever: where one waits and by which code, a duty, an address, an
attempt in vain, damage, loss, a return. A parcel that was told of alone for such a reason is told
of alone to its end: it was promised.
"""

from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Final, NamedTuple

from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.notifications import Content
from services.order_events.facts import Facts, Milestone, Shipment
from services.order_events.rules.base import (
    Announce,
    Case,
    Overtaken,
    Rule,
    Verdict,
    content,
    once_of_facts,
    the_order,
)
from services.order_events.rules.one_voice import is_to_come
from services.order_events.rules.parcels import day_there, estimate_of, is_paused, on_the_day
from services.order_events.rules.wording import last_of, worded, words_of
from services.order_events.standing import standing
from services.order_events.told import Statement

_PROGRESS: Final = Kind.ORDER_PROGRESS
_SETTLES: Final = timedelta(minutes=10)
"""Parcels that leave together are scanned one after another."""
_DAY: Final = timedelta(days=1)
_MIDNIGHT: Final = time(0)
_DAY_OF_A_VAN: Final = "@"
_TOGETHER: Final = frozenset(
    {
        Kind.SHIPMENT_NOT_SCANNED,
        Kind.SHIPMENT_SHIPPED,
        Kind.SHIPMENT_PARTLY_SHIPPED,
        Kind.SHIPMENT_ARRIVING_TOMORROW,
        Kind.SHIPMENT_COURIER_WINDOW,
        Kind.SHIPMENT_OUT_FOR_DELIVERY,
        Kind.SHIPMENT_STALLED,
        Kind.SHIPMENT_DELAYED,
        Kind.SHIPMENT_OVERDUE,
        Kind.SHIPMENT_EARLIER,
        Kind.SHIPMENT_DELIVERED,
    }
)
"""How it goes on, which one message tells of all."""
_COUNTED_ONLY: Final = frozenset(
    {Kind.SHIPMENT_NOT_SCANNED, Kind.SHIPMENT_SHIPPED, Kind.SHIPMENT_PARTLY_SHIPPED}
)
"""Whoever heard of a duty, say, hears no more of it when the parcel leaves."""
_FETCHED: Final = frozenset(
    {Kind.SHIPMENT_READY_FOR_PICKUP, Kind.PICKUP_REMINDER, Kind.PICKUP_LAST_DAY}
)
"""Who fetched a parcel knows that they have it."""
_TO_COME: Final = frozenset(
    {Milestone.LABELLED, Milestone.IN_TRANSIT, Milestone.OUT_FOR_DELIVERY, None}
)


@once_of_facts
def is_told_together(case: Case) -> bool:
    """Whether the order has so many parcels that it is told of as a whole."""
    return _parcels(case.facts) > case.policy.parcels_told_alone


def told_together(rule: Rule) -> Rule:
    """A rule about parcels that leaves those of a large order to `progress`."""
    if rule.kind not in _TOGETHER:
        return rule
    may_be_alone = rule.kind not in _COUNTED_ONLY

    def judge(case: Case, subject: str) -> Verdict:
        if is_told_together(case) and not (may_be_alone and _is_told_alone(case, subject)):
            return Overtaken(None)
        return rule.judge(case, subject)

    return Rule(rule.kind, rule.subjects, judge, only_in_silence=rule.only_in_silence)


def _is_told_alone(case: Case, subject: str) -> bool:
    return any(
        said.subject == subject and said.kind not in _FETCHED and not said.taken_back
        for said in case.told.statements.values()
    )


class _Count(NamedTuple):
    """Where the parcels are."""

    parcels: int
    moved: int
    there: int
    today: int
    late: int
    all_by: date | None

    @property
    def words(self) -> str:
        """What is told of them, but for the couriers of a day."""
        return f"{self.moved}.{self.there}.{self.late}.{self.all_by or ''} of {self.parcels}"


def progress(case: Case, subject: str) -> Verdict:
    """How far the parcels of a large order are. At most once a working day, but for the first of
    them, for the last that leaves, and for the courier, for whom somebody has to be there."""
    if not is_told_together(case) or case.facts.cancellation:
        return Overtaken(None)
    counted = _counted(case)
    if not counted.moved:
        return Overtaken(None)
    are_all_there = counted.there == counted.parcels
    if are_all_there and case.audience is Audience.BUYER:
        return Overtaken(None)  # that the order is complete says it
    last = last_of(case.told, subject, _PROGRESS)
    say = partial(_told, case, counted)
    due = _due(case, counted, last)
    if last is not None and (due > case.now or _is_said(case, counted, last)):
        return Announce(case.now, say, last.version, until=_look_again(case, counted, due))
    if due > case.now:
        return Overtaken(None, until=due)
    version = worded(case.told, subject, _PROGRESS, _version(case, counted))
    happened_at = _last_change(case) if last is None else case.now
    until = _look_again(case, counted, _evening(case, case.now))
    # Who gets a gift waits for nothing where the rest is settled with the buyer.
    is_last = are_all_there or standing(case) is None
    return Announce(happened_at, say, version, until=until, is_last=is_last)


def _look_again(case: Case, counted: _Count, due: datetime) -> datetime:
    """What is told of today is not told tomorrow, though it waited for the morning."""
    if counted.today:
        tomorrow = on_the_day(case, _today(case) + _DAY, _MIDNIGHT)
        return min(tomorrow, due) if due > case.now else tomorrow
    return due if due > case.now else _evening(case, case.now)


def _due(case: Case, counted: _Count, last: Statement | None) -> datetime:
    """When the next word is due, if anything changed."""
    if last is None:
        return min(_moves(case)) + _SETTLES
    if last.waiting:  # held for the morning, say: it does not leave with old numbers
        return last.said_at + _SETTLES
    if counted.today and not _is_van_told(case):
        return min(_vans(case)) + _SETTLES
    if counted.moved == counted.parcels != _moved_told(last):
        return max(_moves(case)) + _SETTLES
    if counted.there == counted.parcels:
        return case.now
    return _evening(case, last.said_at)


def _is_said(case: Case, counted: _Count, last: Statement) -> bool:
    is_same = words_of(last).partition(_DAY_OF_A_VAN)[0] == counted.words
    return is_same and (not counted.today or _is_van_told(case))


def _version(case: Case, counted: _Count) -> str:
    day = f"{_DAY_OF_A_VAN}{_today(case)}" if counted.today else ""
    return counted.words + day


def _is_van_told(case: Case) -> bool:
    return any(
        said.kind is _PROGRESS
        and not said.taken_back
        and words_of(said).endswith(f"{_DAY_OF_A_VAN}{_today(case)}")
        for said in case.told.statements.values()
    )


def _moved_told(last: Statement) -> int:
    return int(words_of(last).partition(".")[0])


def _evening(case: Case, since: datetime) -> datetime:
    """The evening of the next working day."""
    day = case.policy.working_day_after(since.astimezone(case.zone).date(), 1)
    return case.policy.evening_of(day, case.zone)


def _today(case: Case) -> date:
    return day_there(case, case.now)


def _vans(case: Case) -> list[datetime]:
    return [
        current[1]
        for each in case.facts.shipments.values()
        if (current := each.now_at) and _is_on_a_van(case, current)
    ]


def _is_on_a_van(case: Case, current: tuple[Milestone, datetime]) -> bool:
    milestone, at = current
    return milestone is Milestone.OUT_FOR_DELIVERY and day_there(case, at) == _today(case)


def _moves(case: Case) -> list[datetime]:
    """When each parcel that has left was first known to have."""
    moments = (_left_at(each) for each in case.facts.shipments.values() if each.has_moved)
    return [at for at in moments if at] or [case.now]


def _left_at(shipment: Shipment) -> datetime | None:
    if shipment.scans:
        return shipment.scans.first
    return shipment.now_at[1] if shipment.now_at else None


def _last_change(case: Case) -> datetime:
    known = (each.now_at for each in case.facts.shipments.values())
    return max(current[1] for current in known if current)


def _parcels(facts: Facts) -> int:
    return max(len(facts.shipments), facts.split.value if facts.split else 0)


def _counted(case: Case) -> _Count:
    parcels = case.facts.shipments.values()
    to_come = [each for each in parcels if (each.now_at and each.now_at[0]) in _TO_COME]
    is_all_known = len(parcels) == _parcels(case.facts)
    return _Count(
        parcels=_parcels(case.facts),
        moved=sum(each.has_moved for each in parcels),
        there=sum(
            each.now_at is not None and each.now_at[0] is Milestone.DELIVERED for each in parcels
        ),
        today=len(_vans(case)),
        late=sum(_is_late(case, each) for each in to_come),
        all_by=_all_by(case, to_come) if is_all_known else None,
    )


def _is_late(case: Case, shipment: Shipment) -> bool:
    days = estimate_of(case.facts, shipment)
    is_on_a_van = bool(shipment.now_at and _is_on_a_van(case, shipment.now_at))
    if days is None or is_on_a_van or is_paused(case, shipment):
        return False
    return not is_to_come(case, days)


def _all_by(case: Case, to_come: list[Shipment]) -> date | None:
    """The day by which the last of them is expected, where all have one that may be kept."""
    days = [estimate_of(case.facts, each) for each in to_come if not is_paused(case, each)]
    known = [each.latest for each in days if each and is_to_come(case, each)]
    return max(known) if known and len(known) == len(to_come) else None


def _told(case: Case, counted: _Count) -> Content:
    return content(
        case.facts,
        parcels=counted.parcels,
        parcels_moved=counted.moved,
        parcels_there=counted.there or None,
        parcels_today=counted.today or None,
        parcels_late=counted.late or None,
        all_by=counted.all_by,
    )


RULES: Final = (Rule(_PROGRESS, the_order, progress),)
