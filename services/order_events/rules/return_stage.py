"""Where a return stands, from events that come late, twice, or in the wrong order. Pure."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from services.order_events.facts import Facts, Return

_RETURN: Final = "return:"


class Stage(StrEnum):
    """Where a return stands."""

    REQUESTED = "requested"
    INFO_NEEDED = "info_needed"
    REJECTED = "rejected"
    APPROVED = "approved"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    INSPECTED = "inspected"


BEFORE_SENDING: Final = frozenset({Stage.REQUESTED, Stage.INFO_NEEDED, Stage.APPROVED})
"""The customer still has it, or it is not known that they have not."""
_BARS: Final = frozenset({Stage.INFO_NEEDED, Stage.REJECTED})


class Standing(msgspec.Struct, frozen=True):
    """A stage, and since when."""

    stage: Stage
    at: datetime


def returns(facts: Facts) -> Iterable[str]:
    """Every return of the order, as subjects."""
    return [_RETURN + return_id for return_id in facts.returns]


def return_of(facts: Facts, subject: str) -> Return:
    """The return that a subject names."""
    return facts.returns[subject.removeprefix(_RETURN)]


def is_at(found: Return, stage: Stage) -> bool:
    """Whether the return stands there."""
    standing = standing_of(found)
    return standing is not None and standing.stage is stage


def standing_of(found: Return) -> Standing | None:
    """Where a return stands; None before its first event, and when it was given up.

    What the parcel did is a rank, whatever the clocks of those who say so: it cannot arrive after
    it was inspected. What the shop decided is what it said last. A refusal and a question stand
    beside a parcel that is on its way all the same, until the parcel arrives or the shop says
    otherwise.
    """
    word, moved = _word(found), _moved(found)
    if moved is None or word is None:
        return moved or word
    if word.stage in _BARS and (moved.stage is Stage.IN_TRANSIT or word.at > moved.at):
        return word
    bar = _latest_bar(found)
    if bar and moved.at < bar.at < word.at:
        return Standing(moved.stage, word.at)
    return moved


def is_anything_sent_back(facts: Facts) -> bool:
    """Whether a return of the order goes on, or went through: none that was refused or given up."""
    standings = (standing_of(each) for each in facts.returns.values())
    return any(each and each.stage is not Stage.REJECTED for each in standings)


def epoch_of(found: Return) -> str:
    """Tells apart what was said before a return was given up, and what is said since."""
    return f"{found.cancelled.at.isoformat()}|" if found.cancelled else ""


def counts(found: Return, at: datetime) -> bool:
    """What happened before the return was given up is over."""
    return found.cancelled is None or at > found.cancelled.at


def _moved(found: Return) -> Standing | None:
    """How far the parcel came. A result of the inspection stands also where the shop closed the
    return afterwards."""
    if found.inspected:
        return Standing(Stage.INSPECTED, found.inspected.at)
    if found.received and counts(found, found.received.at):
        return Standing(Stage.RECEIVED, found.received.at)
    if found.in_transit and counts(found, found.in_transit.at):
        return Standing(Stage.IN_TRANSIT, found.in_transit.at)
    return None


def _word(found: Return) -> Standing | None:
    """What the shop or the customer said last. A request that comes again lifts a refusal and
    answers a question, and changes nothing about an approval."""
    said = _latest_bar(found)
    if found.approved and counts(found, found.approved.at):
        approved = Standing(Stage.APPROVED, found.approved.at)
        if said is None or approved.at >= said.at:
            return approved
    asked = found.requested.last if found.requested else None
    if asked and counts(found, asked) and (said is None or asked > said.at):
        return Standing(Stage.REQUESTED, asked)
    return said


def _latest_bar(found: Return) -> Standing | None:
    bars = [
        Standing(stage, fact.at)
        for stage, fact in (
            (Stage.INFO_NEEDED, found.info_needed),
            (Stage.REJECTED, found.rejected),
        )
        if fact and counts(found, fact.at)
    ]
    return max(bars, key=lambda bar: bar.at, default=None)
