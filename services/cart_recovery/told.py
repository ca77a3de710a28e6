"""What became of reminders. Outcomes may be repeated, and overtake each other."""

from datetime import datetime
from typing import Final

import msgspec

from headsup.contracts.notifications import CartFlow, NotificationOutcome, OutcomeStatus, Reason
from services.cart_recovery.asking import MOST_VERSIONS, flow_of, request_id
from services.cart_recovery.cart import CartKey, Flow, Heard, Recall, Told

_HEARD: Final = frozenset({OutcomeStatus.SENT, OutcomeStatus.DELIVERED, OutcomeStatus.UNKNOWN})
"""It went out, or may have."""
_UNWANTED: Final = frozenset(
    {
        Reason.BOUGHT,
        Reason.ANOTHER_CART,
        Reason.CAPPED,
        Reason.OPTED_OUT,
        Reason.NO_CONSENT,
    }
)
"""Why no more is said of a visit."""
_UNREACHABLE: Final = frozenset({Reason.NO_ADDRESS, Reason.INVALID_ADDRESS})
"""Likewise, where it is said of the request: of one message, the next channel may take over."""
_MOST_HEARD: Final = 6
"""All reminders of the newest flow, and then some."""


def hear(told: Told, outcome: NotificationOutcome, key: CartKey) -> Told | None:
    """Told with this outcome in it; None where it is about no reminder of ours, or about an older
    flow, of which only that something went out is worth knowing."""
    cart = outcome.cart
    if cart is None or flow_of(cart.touched_at) != cart.flow:
        return None
    version = _version(outcome.request_id, key, cart)
    if version is None:
        return None
    if outcome.status in _HEARD:
        told = remembered(told, Heard(cart.touched_at, cart.step, outcome.at))
    elif told.flow is None or told.flow.touched_at != cart.touched_at:
        return None
    if told.flow is None or told.flow.touched_at != cart.touched_at:
        return told
    flow = _answered(told.flow, (cart.step, version), outcome)
    return told if flow == told.flow else msgspec.structs.replace(told, flow=flow)


def _version(id_: str, key: CartKey, cart: CartFlow) -> int | None:
    versions = range(1, MOST_VERSIONS + 1)
    return next((n for n in versions if request_id(key, cart.flow, cart.step, n) == id_), None)


def remembered(told: Told, new: Heard) -> Told:
    """Told, with a reminder that went out. The earliest word of each counts, however many messages
    and receipts it has."""
    same = [one for one in told.heard if _which(one) == _which(new)]
    if any(one.at <= new.at for one in same):
        return told
    heard = sorted({*told.heard, new} - set(same))
    return msgspec.structs.replace(told, heard=tuple(heard[-_MOST_HEARD:]))


def _which(heard: Heard) -> tuple[str, datetime, int]:
    return heard.cart_id, heard.touched_at, heard.step


def _answered(flow: Flow, which: tuple[int, int], outcome: NotificationOutcome) -> Flow:
    """The flow, after an outcome of the reminder of this step and version."""
    is_last = which == (flow.step, flow.version)
    recall = flow.recall
    if which[0] == flow.step and outcome.status in _HEARD:
        recall = None
    elif is_last and recall is Recall.ASKED and _is_proof(outcome):
        recall = Recall.PROVED
    return msgspec.structs.replace(
        flow,
        is_stopped=flow.is_stopped or _stops(outcome),
        waiting=None if is_last and not _may_still_come(outcome) else flow.waiting,
        recall=recall,
    )


def _is_proof(outcome: NotificationOutcome) -> bool:
    """Nobody will ever hear it: it was taken back before its first message was sent. The notifier
    names that after the request; of what would have come after it, another may have been heard."""
    first = (None, f"{outcome.request_id}.0")
    return outcome.status is OutcomeStatus.WITHDRAWN and outcome.notification_id in first


def _stops(outcome: NotificationOutcome) -> bool:
    if outcome.status is not OutcomeStatus.SUPPRESSED:
        return False
    is_of_request = outcome.notification_id is None
    return outcome.reason in _UNWANTED or (is_of_request and outcome.reason in _UNREACHABLE)


def _may_still_come(outcome: NotificationOutcome) -> bool:
    """One message of it failed, and the next channel may be trying; or was sent, and may bounce. Of
    what was delivered nothing more comes."""
    if outcome.status in {OutcomeStatus.SENT, OutcomeStatus.UNKNOWN}:
        return True
    if outcome.notification_id is None:
        return False
    is_unreachable = outcome.reason in _UNREACHABLE
    return outcome.status is OutcomeStatus.FAILED or (
        outcome.status is OutcomeStatus.SUPPRESSED and is_unreachable
    )
