"""What became of reminders. Outcomes may be repeated, and overtake each other."""

from typing import Final

import msgspec

from headsup.contracts.notifications import NotificationOutcome, OutcomeStatus, Reason
from services.cart_recovery.asking import flow_of, request_id
from services.cart_recovery.cart import CartKey, Flow, Heard, Told

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
    if outcome.request_id != request_id(key, cart.flow, cart.step):
        return None
    if outcome.status in _HEARD:
        told = _heard(told, Heard(cart.touched_at, cart.step, outcome.at))
    elif told.flow is None or told.flow.touched_at != cart.touched_at:
        return None
    if told.flow is None or told.flow.touched_at != cart.touched_at:
        return told
    return msgspec.structs.replace(told, flow=_answered(told.flow, cart.step, outcome))


def _heard(told: Told, new: Heard) -> Told:
    """The earliest word of each reminder counts, however many messages and receipts it has."""
    same = [one for one in told.heard if (one.touched_at, one.step) == (new.touched_at, new.step)]
    if any(one.at <= new.at for one in same):
        return told
    heard = sorted({*told.heard, new} - set(same))
    return msgspec.structs.replace(told, heard=tuple(heard[-_MOST_HEARD:]))


def _answered(flow: Flow, step: int, outcome: NotificationOutcome) -> Flow:
    is_stopped = flow.is_stopped or _stops(outcome)
    waiting = flow.waiting if step != flow.step or _may_still_come(outcome) else None
    if (is_stopped, waiting) == (flow.is_stopped, flow.waiting):
        return flow
    return msgspec.structs.replace(flow, is_stopped=is_stopped, waiting=waiting)


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
