"""Repairs under warranty: taken in, examined, ready, late.

How long they may take is the law's word, which the shop's profile names; the shop may promise less.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import RepairReady
from services.order_events.facts import Facts, Repair
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, content
from services.order_events.rules.days import day_of, late_from, word_on
from services.order_events.rules.lateness import notice
from services.order_events.rules.wording import last_of, worded

_REPAIR: Final = "repair:"
_DAY: Final = timedelta(days=1)


def repairs(facts: Facts) -> Iterable[str]:
    """Every repair, as subjects."""
    return [_REPAIR + repair_id for repair_id in facts.repairs]


def accepted(case: Case, subject: str) -> Verdict:
    """The shop has it, and by when it is ready. Said again when the shop names another day, and
    when something that was ready is taken in once more."""
    repair = _repair(case.facts, subject)
    if repair.accepted is None:
        return None
    what = f"{repair.accepted.value.ready_by or ''}"
    if _now_at(repair) is not Kind.REPAIR_ACCEPTED or _is_past(case, ready_by(case, subject)):
        return Overtaken(what)
    version = worded(case.told, subject, Kind.REPAIR_ACCEPTED, what, {Kind.REPAIR_READY})
    return Announce(repair.accepted.at, partial(_accepted, case, subject, repair), version)


def _accepted(case: Case, subject: str, repair: Repair) -> Content:
    due = ready_by(case, subject)
    return content(
        case.facts, item=_item(repair), repair_by=due, next_update_by=_word_after(case, due)
    )


def expertise(case: Case, subject: str) -> Verdict:
    """Somebody examines whether the fault is covered, and by when that is known."""
    repair = _repair(case.facts, subject)
    if repair.expertise is None:
        return None
    known_by = repair.expertise.value.result_by
    what = f"{known_by or ''}"
    if _now_at(repair) is not Kind.REPAIR_EXPERTISE:
        return Overtaken(what)
    due = known_by or day_of(case, repair.expertise.at) + case.policy.expertise_days * _DAY
    say = partial(
        content,
        case.facts,
        item=_item(repair),
        repair_by=due,
        next_update_by=word_on(case, due),
    )
    contrary = {Kind.REPAIR_READY, Kind.REPAIR_ACCEPTED}
    version = worded(case.told, subject, Kind.REPAIR_EXPERTISE, what, contrary)
    return Announce(repair.expertise.at, say, version)


def ready(case: Case, subject: str) -> Verdict:
    """It is repaired, and where it can be fetched. Said again when it waits elsewhere."""
    repair = _repair(case.facts, subject)
    if repair.ready is None:
        return None
    data = repair.ready.value
    what = f"{data.pickup.name}|{data.pickup.address}|{data.pickup.code}" if data.pickup else ""
    if _now_at(repair) is not Kind.REPAIR_READY:
        return Overtaken(what)
    version = worded(case.told, subject, Kind.REPAIR_READY, what, {Kind.REPAIR_ACCEPTED})
    return Announce(repair.ready.at, partial(_ready, case, repair, data), version)


def _ready(case: Case, repair: Repair, data: RepairReady) -> Content:
    return content(case.facts, item=_item(repair), pickup=data.pickup, note=data.note)


def late(case: Case, subject: str) -> Verdict:
    """It should be ready by now: by the shop's word, else by the longest time that the law allows.
    Of an examination that takes long nothing else is said; it does not stop that time."""
    repair = _repair(case.facts, subject)
    due = ready_by(case, subject)
    if due is None or _now_at(repair) is Kind.REPAIR_READY:
        return Overtaken(None)
    say = partial(_late, case.facts, _item(repair), due)
    return notice(case, subject, Kind.REPAIR_LATE, due, say)


def _late(facts: Facts, item: Item | None, due: date, number: int, promised: datetime) -> Content:
    return content(facts, item=item, repair_by=due, occurrence=number, next_update_by=promised)


def ready_by(case: Case, subject: str) -> date | None:
    """The day by which it is ready: the shop's word, else what the customer was told, else the
    longest time that the shop's law allows. None before it was taken in."""
    taken_in = _repair(case.facts, subject).accepted
    if taken_in is None:
        return None
    if taken_in.value.ready_by:
        return taken_in.value.ready_by
    told = last_of(case.told, subject, Kind.REPAIR_ACCEPTED, Kind.REPAIR_READY)
    if told and told.kind is Kind.REPAIR_ACCEPTED and told.promised_by:
        return told.promised_by
    return day_of(case, taken_in.at) + case.policy.repair_days * _DAY


def _word_after(case: Case, due: date | None) -> datetime | None:
    """The evening of the day after: where it is not ready we say so in that morning."""
    return word_on(case, due + _DAY) if due else None


def _is_past(case: Case, due: date | None) -> bool:
    return due is not None and case.now >= late_from(case, due)


def _now_at(repair: Repair) -> Kind:
    """What the shop said last; of the same moment, what is further on."""
    words = (
        (Kind.REPAIR_READY, repair.ready),
        (Kind.REPAIR_EXPERTISE, repair.expertise),
        (Kind.REPAIR_ACCEPTED, repair.accepted),
    )
    said = [(word.at, kind) for kind, word in words if word is not None]
    return max(said, key=lambda each: each[0])[1]


def _item(repair: Repair) -> Item | None:
    return repair.accepted.value.item if repair.accepted else None


def _repair(facts: Facts, subject: str) -> Repair:
    return facts.repairs[subject.removeprefix(_REPAIR)]


RULES: Final = (
    Rule(Kind.REPAIR_LATE, repairs, late),
    Rule(Kind.REPAIR_READY, repairs, ready),
    Rule(Kind.REPAIR_EXPERTISE, repairs, expertise),
    Rule(Kind.REPAIR_ACCEPTED, repairs, accepted),
)
