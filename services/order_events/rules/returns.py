"""Sending things back: asked for, decided, labelled, on its way, arrived, looked at, exchanged.

A return stands at one stage, so of the rules that tell a stage one speaks at a time and the others
are overtaken. What no event brings (reminders, a decision that is late) is in `return_reminders`.
"""

import hashlib
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import timedelta
from functools import partial
from typing import Final

import msgspec

from headsup.contracts.base import Items, Window
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content
from headsup.contracts.shop import (
    ExchangeSent,
    Inspection,
    ReturnApproved,
    ReturnInspected,
)
from services.order_events.facts import Latest, Return
from services.order_events.rules.approvals import (
    NOT_YET,
    approval_words,
    current_label,
    own_label,
)
from services.order_events.rules.base import Announce, Case, Overtaken, Rule, Verdict, content
from services.order_events.rules.days import day_of, if_not_over, word_on
from services.order_events.rules.refund_clock import OF_REFUND, missing, owed
from services.order_events.rules.return_labels import LABELS
from services.order_events.rules.return_promises import (
    decision_by,
    is_late,
    is_undecided,
    last_day,
    next_reminder,
    word_on_decision,
)
from services.order_events.rules.return_stage import (
    Stage,
    epoch_of,
    return_of,
    returns,
    standing_of,
)
from services.order_events.rules.wording import worded

_DAY: Final = timedelta(days=1)
_SOON: Final = timedelta(days=2)
"""When we write again of money that should have been sent already."""
_GOES_ON: Final = frozenset(
    {
        Kind.RETURN_REQUESTED,
        Kind.RETURN_APPROVED,
        Kind.RETURN_RECEIVED,
        Kind.RETURN_INSPECTED,
    }
)
_MARK: Final = 12
"""Hexadecimal digits that stand for a text."""


class _Words(msgspec.Struct, frozen=True):
    """What is said of a return at a stage."""

    kind: Kind
    what: str
    say: Callable[[], Content]
    contrary: AbstractSet[Kind] = frozenset()
    """Who heard one of these since hears it again."""


def requested(case: Case, subject: str) -> Verdict:
    """We know that you want to send something back. Said again to a customer who asks again after a
    refusal or a question of the shop's."""
    found = return_of(case.facts, subject)
    if found.requested is None:
        return None
    say = partial(content, case.facts, items=_items(found))
    words = _Words(Kind.RETURN_REQUESTED, epoch_of(found), say, NOT_YET)
    return _tell(case, subject, Stage.REQUESTED, words)


def info_needed(case: Case, subject: str) -> Verdict:
    """The shop asks something before it decides; no word is promised, the customer's is next."""
    found = return_of(case.facts, subject)
    if found.info_needed is None:
        return None
    data = found.info_needed.value
    what = f"{epoch_of(found)}{_mark(data.note, data.url, data.by)}"
    say = partial(content, case.facts, note=data.note, action_url=data.url, act_by=data.by)
    words = _Words(Kind.RETURN_INFO_NEEDED, what, say, _GOES_ON)
    return _tell(case, subject, Stage.INFO_NEEDED, words)


def rejected(case: Case, subject: str) -> Verdict:
    """The shop does not take it back, and why."""
    found = return_of(case.facts, subject)
    if found.rejected is None:
        return None
    data = found.rejected.value
    what = f"{epoch_of(found)}{data.reason}|{_mark(data.note)}"
    say = partial(content, case.facts, return_refusal=data.reason, note=data.note)
    words = _Words(Kind.RETURN_REJECTED, what, say, _GOES_ON)
    return _tell(case, subject, Stage.REJECTED, words)


def approved(case: Case, subject: str) -> Verdict:
    """How to send it back, where to, until when, and what becomes of the money.

    Instructions that change are told again: the customer would follow the old ones.
    """
    found = return_of(case.facts, subject)
    if found.approved is None:
        return None
    data = found.approved.value
    what = approval_words(case, subject, found, data)
    say = partial(_approved, case, subject, found, data)
    return _tell(case, subject, Stage.APPROVED, _Words(Kind.RETURN_APPROVED, what, say, NOT_YET))


def _approved(case: Case, subject: str, found: Return, data: ReturnApproved) -> Content:
    return content(
        case.facts,
        items=_items(found),
        window=data.collected_in if _is_ahead(case, data.collected_in) else None,
        refund=data.refund,
        refund_days=data.refund_days,
        refund_method=data.refund_method,
        next_update_by=word_on(case, next_reminder(case, subject, found)),
        **instructions(case, found, data),
    )


def _is_ahead(case: Case, window: Window | None) -> bool:
    return window is not None and window.end > case.now


def instructions(case: Case, found: Return, data: ReturnApproved) -> dict[str, object]:
    """How to send it back, with the newest label. A last day that has passed when it would be named
    is not."""
    label = current_label(found)
    return {
        "return_method": data.method,
        "return_address": data.address,
        "return_code": data.code or (label and label.value.code),
        "label_url": (label and label.value.label_url) or own_label(found),
        "send_by": if_not_over(case, last_day(case, found), case.now),
    }


def in_transit(case: Case, subject: str) -> Verdict:
    """A carrier has it, or the shop's own counter: the first scan; the others are no news."""
    found = return_of(case.facts, subject)
    if found.in_transit is None:
        return None
    data = found.in_transit.value
    say = partial(
        content,
        case.facts,
        carrier=data.carrier,
        tracking_number=data.tracking_number,
        tracking_url=data.tracking_url,
    )
    words = _Words(Kind.RETURN_IN_TRANSIT, epoch_of(found), say, NOT_YET)
    return _tell(case, subject, Stage.IN_TRANSIT, words)


def received(case: Case, subject: str) -> Verdict:
    """It arrived, and by when the shop has looked at it. Said again when that day changes. Not once
    it has passed, because then it is the delay that is told; nor once the money was sent."""
    found = return_of(case.facts, subject)
    if found.received is None:
        return None
    what = f"{epoch_of(found)}{found.received.value.decide_by or ''}"
    if is_late(case, subject, found) or not is_undecided(case, subject, found):
        return Overtaken(what)
    say = partial(_received, case, subject, found)
    return _tell(case, subject, Stage.RECEIVED, _Words(Kind.RETURN_RECEIVED, what, say, NOT_YET))


def _received(case: Case, subject: str, found: Return) -> Content:
    return content(
        case.facts,
        decide_by=decision_by(case, subject, found),
        next_update_by=word_on_decision(case, subject, found),
    )


def inspected(case: Case, subject: str) -> Verdict:
    """What the shop found, and by when the money is sent; the day after that, the customer hears of
    it in any case. Nothing is promised where no money is owed, or it was sent already. Silent where
    something else was sent instead: then that is the news."""
    found = return_of(case.facts, subject)
    if found.inspected is None:
        return None
    data = found.inspected.value
    amount = f"{data.refund.decimal.normalize():f} {data.refund.currency}" if data.refund else ""
    what = f"{data.result}|{amount}|{data.refund_by or ''}"
    if _is_exchanged(found, found.inspected):
        return Overtaken(what)
    say = partial(_inspected, case, subject, data)
    return _tell(case, subject, Stage.INSPECTED, _Words(Kind.RETURN_INSPECTED, what, say, NOT_YET))


def _is_exchanged(found: Return, looked: Latest[ReturnInspected]) -> bool:
    """Something was sent instead because the goods were accepted; not before anybody saw them."""
    is_instead = looked.value.result is Inspection.ACCEPTED and looked.value.refund is None
    sent = found.exchange_sent
    return is_instead and sent is not None and sent.at >= looked.at


def _inspected(case: Case, subject: str, data: ReturnInspected) -> Content:
    refund_by, promised = None, None
    debt = owed(case, OF_REFUND + subject)
    if debt and missing(case.facts, debt):
        refund_by = debt.by if debt.by >= day_of(case, case.now) else None
        promised = word_on(case, debt.by + _DAY)
        promised = promised or case.policy.word_within(case.now, _SOON, case.zone)
    return content(
        case.facts,
        inspection=data.result,
        note=data.note,
        refund=data.refund,
        refund_by=refund_by,
        next_update_by=promised,
    )


def exchange_sent(case: Case, subject: str) -> Verdict:
    """Something else comes instead. Also where the shop sends it before it has the return; said
    again when it travels under another number."""
    found = return_of(case.facts, subject)
    if found.exchange_sent is None:
        return None
    data = found.exchange_sent.value
    what = data.tracking_number or ""
    version = worded(case.told, subject, Kind.RETURN_EXCHANGE_SENT, what)
    return Announce(found.exchange_sent.at, partial(_exchange_sent, case, data), version)


def _exchange_sent(case: Case, data: ExchangeSent) -> Content:
    return content(
        case.facts,
        items=data.items,
        carrier=data.carrier,
        tracking_number=data.tracking_number,
        tracking_url=data.tracking_url,
        estimate=data.estimate,
    )


def _tell(case: Case, subject: str, stage: Stage, words: _Words) -> Verdict:
    """Speaks where the return stands at this stage."""
    standing = standing_of(return_of(case.facts, subject))
    if standing is None or standing.stage is not stage:
        return Overtaken(words.what)
    version = worded(case.told, subject, words.kind, words.what, words.contrary)
    return Announce(standing.at, words.say, version)


def _items(found: Return) -> Items:
    return found.items.value if found.items else ()


def _mark(*texts: object) -> str:
    """Stands for texts in a version, which is no place to keep them."""
    said = "\n".join(str(text or "") for text in texts)
    return hashlib.sha256(said.encode()).hexdigest()[:_MARK]


RULES: Final = (
    Rule(Kind.RETURN_REQUESTED, returns, requested),
    Rule(Kind.RETURN_INFO_NEEDED, returns, info_needed),
    Rule(Kind.RETURN_REJECTED, returns, rejected),
    Rule(Kind.RETURN_APPROVED, returns, approved),
    Rule(Kind.RETURN_IN_TRANSIT, returns, in_transit),
    Rule(Kind.RETURN_RECEIVED, returns, received),
    Rule(Kind.RETURN_INSPECTED, returns, inspected),
    Rule(Kind.RETURN_EXCHANGE_SENT, returns, exchange_sent),
    *LABELS,
)
