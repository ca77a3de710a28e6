"""The variables of a text, made from a request: cleaned, shortened, in the reader's zone."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

from headsup.contracts.notifications import Content
from headsup.contracts.shop import (
    AttemptFailure,
    CancelledBy,
    CancelReason,
    DelayReason,
    HandedTo,
    PaymentFailure,
    PaymentMethod,
    PaymentState,
    ReturnMethod,
)
from services.notifier.render.clean import clean, clean_url, shorten_front
from services.notifier.render.values import (
    Day,
    Frame,
    Gap,
    Hours,
    Moment,
    Span,
    Word,
    deadline,
    hours,
    money,
    span,
)

Values = dict[str, Any]
Words = Mapping[str, Mapping[str, str]]

CODE_WORDS: Final[dict[str, type[StrEnum]]] = {
    "payment": PaymentState,
    "cancelled_by": CancelledBy,
    "cancel_reason": CancelReason,
    "payment_failure": PaymentFailure,
    "delay_reason": DelayReason,
    "attempt_failure": AttemptFailure,
    "handed_to": HandedTo,
    "refund_method": PaymentMethod,
    "return_method": ReturnMethod,
    "refund_time": PaymentMethod,
}
"""Codes that have words in `_shared.toml`."""

NAME_LIMIT: Final = 80
LIMITS: Final = {
    "order_number": 40,
    "carrier": 60,
    "tracking_number": 60,
    "courier_phone": 40,
    "place": 120,
    "note": 500,
    "return_address": 200,
    "return_code": 40,
    "pickup_name": 120,
    "pickup_address": 200,
    "pickup_hours": 120,
    "pickup_code": 30,
}
SMS_LIMITS: Final = {
    **LIMITS,
    "shop_name": 20,
    "order_number": 20,
    "carrier": 18,
    "place": 30,
    "return_address": 40,
    "pickup_name": 30,
    "pickup_address": 40,
    "pickup_hours": 30,
}
"""For an SMS. A code is never cut: half a code opens no locker."""
TIGHT_LIMITS: Final = {
    **SMS_LIMITS,
    "shop_name": 8,
    "order_number": 8,
    "pickup_name": 12,
}
"""For an SMS that would still be longer than two segments."""

_URLS: Final = ("order_url", "pay_url", "tracking_url", "reschedule_url", "label_url")
_FORMS: Final[dict[str, Callable[[Frame, Any], object]]] = {
    "total": money,
    "refund": money,
    "pay_by": deadline,
    "dispatch_by": deadline,
    "next_update_by": deadline,
    "estimate": span,
    "previous_estimate": span,
    "window": hours,
    "next_attempt": Day,
    "refund_by": Day,
    "send_by": Day,
}
_TEXTS: Final = tuple(
    name for name in LIMITS if name != "order_number" and not name.startswith("pickup_")
)
_CODES: Final = tuple(name for name in CODE_WORDS if name != "refund_time")
_PICKUP: Final = ("pickup_name", "pickup_address", "pickup_hours", "pickup_code", "hold_until")
_OTHERS: Final = ("refund_days", "occurrence", "refund_time")
_SPEAKER: Final = ("happened_at", "shop_name", "support", "support_url", "name", "hidden_items")

VARIABLES: Final = frozenset(
    ("order_number", *_FORMS, *_TEXTS, *_URLS, *_CODES, *_PICKUP, *_OTHERS, *_SPEAKER),
)
"""All that a text may speak of."""
_CLASSES: Final[dict[object, type]] = {deadline: Moment, span: Span, hours: Hours, Day: Day}
FORMS_OF: Final[dict[str, type]] = {
    **{name: _CLASSES[form] for name, form in _FORMS.items() if form in _CLASSES},
    **dict.fromkeys(_CODES, Word),
    "hold_until": Day,
    "happened_at": Moment,
}
"""The variables that have forms (`.on`, `.by`, `.code`), and the class that has them."""
_GAPS: Final[Values] = {name: Gap(name=name) for name in VARIABLES}


def values_of(
    content: Content, frame: Frame, words: Words, limits: Mapping[str, int] = LIMITS
) -> Values:
    """Every variable of a text; a Gap where the request has nothing."""
    values = _GAPS.copy()
    values["occurrence"] = content.occurrence
    _put_number(values, content.order_number, limits["order_number"])
    if content.refund_days is not None:
        values["refund_days"] = content.refund_days
    for name in _TEXTS:
        _put(values, name, getattr(content, name), limits)
    for name in _URLS:
        url = getattr(content, name)
        if url is not None and (shown := clean_url(url)) is not None:
            values[name] = shown
    for name, form in _FORMS.items():
        value = getattr(content, name)
        if value is not None:
            values[name] = form(frame, value)
    _put_codes(values, content, words)
    _put_pickup(values, content, frame, limits)
    return values


def _put_number(values: Values, number: str, limit: int) -> None:
    shown = clean(number, LIMITS["order_number"])
    if shown:
        values["order_number"] = shorten_front(shown, limit)


def _put_codes(values: Values, content: Content, words: Words) -> None:
    for name in _CODES:
        code = getattr(content, name)
        if code is not None:
            values[name] = Word(code, words[name])
    if content.refund_method is not None:
        values["refund_time"] = words["refund_time"][content.refund_method]


def _put_pickup(values: Values, content: Content, frame: Frame, limits: Mapping[str, int]) -> None:
    pickup = content.pickup
    if pickup is None:
        return
    _put(values, "pickup_name", pickup.name, limits)
    _put(values, "pickup_address", pickup.address, limits)
    _put(values, "pickup_hours", pickup.hours, limits)
    _put(values, "pickup_code", pickup.code, limits)
    hold: date | None = pickup.hold_until
    if hold is not None:
        values["hold_until"] = Day(frame, hold)


def _put(values: Values, name: str, text: str | None, limits: Mapping[str, int]) -> None:
    """A text of which nothing visible is left is a text that is missing."""
    if text is not None and (shown := clean(text, limits[name])):
        values[name] = shown


def put_speaker(values: Values, shop_name: str, support: str, support_url: str | None) -> None:
    """Who speaks, and how they are reached."""
    values["shop_name"] = shop_name
    values["support"] = support
    if support_url is not None:
        values["support_url"] = support_url
