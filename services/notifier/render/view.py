"""The variables of a text, made from a request: cleaned, shortened, in the reader's zone."""

from collections.abc import Callable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Final

from headsup.contracts.base import Item
from headsup.contracts.notifications import Content, Standing
from headsup.contracts.replies import Question
from headsup.contracts.shop import (
    AttemptFailure,
    CancelledBy,
    CancelReason,
    DelayReason,
    HandedTo,
    HoldReason,
    IncidentScope,
    Inspection,
    NeededAction,
    PaymentFailure,
    PaymentMethod,
    PaymentState,
    Remedy,
    ReturningReason,
    ReturnMethod,
    ReturnRefusal,
)
from services.notifier.render.clean import clean, clean_url, is_readable, shorten_front
from services.notifier.render.values import (
    Code,
    Day,
    Frame,
    Gap,
    Hours,
    Moment,
    Span,
    Word,
    deadline,
    hours,
    moment,
    money,
    span,
)

Values = dict[str, Any]
Say = Callable[[Values], str]
"""One of the shared texts."""
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
    "hold_reason": HoldReason,
    "action": NeededAction,
    "remedy": Remedy,
    "returning_reason": ReturningReason,
    "return_refusal": ReturnRefusal,
    "inspection": Inspection,
    "scope": IncidentScope,
    "standing": Standing,
    "pay_method": PaymentMethod,
    "question": Question,
    "refund_time": PaymentMethod,
}
"""Codes that have words in `_shared.toml`."""

_SEVERAL: Final = 2
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
    "previous_carrier": 60,
    "seen_in": 120,
    "ticket": 40,
    "pay_details": 500,
    "pay_reference": 60,
    "item": 120,
    "substitute": 120,
    "first_item": 120,
    "short_item": 45,
    "running_out": 80,
    "part_item": 60,
    "number_end": 0,
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
    "previous_carrier": 18,
    "seen_in": 25,
    "note": 60,
    "item": 28,
    "substitute": 28,
    "first_item": 28,
    "short_item": 20,
    "running_out": 28,
    "part_item": 20,
    "number_end": 8,
}
"""For an SMS. A code is never cut: half a code opens no locker, and half an account number pays
nobody."""
NAMED_LIMITS: Final = {
    **SMS_LIMITS,
    "order_number": 8,
    "pickup_name": 12,
    "note": 45,
    "item": 14,
    "substitute": 14,
    "first_item": 14,
    "short_item": 14,
    "running_out": 14,
    "part_item": 0,
    "number_end": 6,
    "seen_in": 14,
}
"""For an SMS that would still be too long: everything is cut before the name of who writes."""
TIGHT_LIMITS: Final = {**NAMED_LIMITS, "shop_name": 8}
"""For an SMS of two segments that would be longer even then."""
UNNAMED_LIMITS: Final = {**NAMED_LIMITS, "short_item": 0}
"""For one about a cart that is longer still: the list stands behind its link."""
BARE_LIMITS: Final = {
    **UNNAMED_LIMITS,
    "shop_name": 10,
    "order_number": 6,
    "pickup_name": 8,
    "number_end": 5,
}
"""For an SMS that is too long even then: the way to a human stands there without its question,
which leaves a little more of the shop's name."""

_URLS: Final = (
    *("order_url", "pay_url", "tracking_url", "reschedule_url", "label_url", "action_url"),
    *("ticket_url", "download_url", "invoice_url", "review_url", "cart_url"),
)
_FORMS: Final[dict[str, Callable[[Frame, Any], object]]] = {
    "total": money,
    "refund": money,
    "due": money,
    "pay_by": deadline,
    "dispatch_by": deadline,
    "act_by": deadline,
    "answer_by": deadline,
    "until": deadline,
    "next_update_by": deadline,
    "seen_at": moment,
    "estimate": span,
    "previous_estimate": span,
    "window": hours,
    "next_attempt": Day,
    "refund_by": Day,
    "send_by": Day,
    "back_by": Day,
    "remedy_by": Day,
    "decide_by": Day,
    "return_until": Day,
    "repair_by": Day,
    "all_by": Day,
}
_ITEMS: Final = ("item", "substitute")
_OF_PARTS: Final = ("part_item", "number_end")
_OF_CARTS: Final = ("short_item", "running_out", "left", "is_last", "return_days")
_NUMBERS: Final = (
    *("refund_days", "parcels", "parcels_left", "parcels_moved", "parcels_there"),
    *("parcels_today", "parcels_late"),
)
_TEXTS: Final = tuple(
    name
    for name in LIMITS
    if name not in {"order_number", "first_item", *_ITEMS, *_OF_PARTS, *_OF_CARTS}
    and not name.startswith("pickup_")
)
NAMELESS: Final = "-"
_CODES: Final = tuple(name for name in CODE_WORDS if name != "refund_time")
_PICKUP: Final = ("pickup_name", "pickup_address", "pickup_hours", "pickup_code", "hold_until")
_OTHERS: Final = (
    *(
        "occurrence",
        "refund_time",
        "audience",
        "by_download",
        "first_item",
        "other_items",
        "can_answer",
    ),
    *("part", *_OF_PARTS, *_OF_CARTS),
)
_SPEAKER: Final = ("happened_at", "shop_name", "support", "support_url", "name", "hidden_items")

VARIABLES: Final = frozenset(
    (
        *("order_number", *_FORMS, *_TEXTS, *_URLS, *_CODES, *_ITEMS, *_NUMBERS),
        *(*_PICKUP, *_OTHERS, *_SPEAKER),
    ),
)
"""All that a text may speak of."""
_CLASSES: Final[dict[object, type]] = {
    deadline: Moment,
    moment: Moment,
    span: Span,
    hours: Hours,
    Day: Day,
}
FORMS_OF: Final[dict[str, type]] = {
    **{name: _CLASSES[form] for name, form in _FORMS.items() if form in _CLASSES},
    **dict.fromkeys(_CODES, Word),
    "hold_until": Day,
    "happened_at": Moment,
    "audience": Code,
    "by_download": Code,
}
"""The variables that have forms (`.on`, `.by`, `.code`), and the class that has them."""
_GAPS: Final[Values] = {name: Gap(name=name) for name in VARIABLES}


def values_of(
    content: Content, frame: Frame, words: Words, limits: Mapping[str, int] = LIMITS
) -> Values:
    """Every variable of a text; a Gap where the request has nothing."""
    values = _GAPS.copy()
    values["occurrence"] = content.occurrence
    values["audience"] = Code(content.audience)
    if content.by_download is not None:
        values["by_download"] = Code(content.by_download)
    _put_number(values, content.order_number or "", limits["order_number"])
    for name in _NUMBERS:
        number = getattr(content, name)
        if number is not None:
            values[name] = number
    for name in _TEXTS:
        put(values, name, getattr(content, name), limits)
    for name in _URLS:
        url = getattr(content, name)
        if url is not None and (shown := clean_url(url)) is not None:
            values[name] = shown
    for name, form in _FORMS.items():
        value = getattr(content, name)
        if value is not None:
            values[name] = form(frame, value)
    _put_items(values, content, limits)
    _put_codes(values, content, words)
    _put_pickup(values, content, frame, limits)
    return values


def _put_number(values: Values, number: str, limit: int) -> None:
    shown = clean(number, LIMITS["order_number"])
    if shown:
        values["order_number"] = shorten_front(shown, limit)


def _put_items(values: Values, content: Content, limits: Mapping[str, int]) -> None:
    """`first_item` and `other_items` speak of a whole order, parcel or return where a list has no
    room: its first line, and how many more there are."""
    for name in _ITEMS:
        item = getattr(content, name)
        if item is not None:
            put(values, name, counted(item), limits)
    if content.items:
        put(values, "first_item", counted(content.items[0]), limits)
        values["other_items"] = content.item_count - 1


def counted(item: Item) -> str:
    """ "2 × Green tea"; one is not counted."""
    name = name_of(item)
    return f"{item.quantity} × {name}" if item.quantity > 1 else name


def name_of(item: Item) -> str:
    """The name of an item; a dash where nothing in it can be read: the message says the rest."""
    return item.name if is_readable(item.name) else NAMELESS


def put_part(values: Values, content: Content, limits: Mapping[str, int], say: Say) -> None:
    """`part` stands after the order's number wherever a message speaks of one parcel of several:
    how many there are, and which it is. Two parcels of an order are told apart by what is in them,
    and an SMS, which shows no table, also by the end of their numbers. Empty where it is the only
    one."""
    values["part"] = ""
    if content.parcels is None or content.parcels < _SEVERAL:
        return
    number = clean(content.tracking_number or "", LIMITS["tracking_number"])
    if number and limits["number_end"]:
        values["number_end"] = shorten_front(number, limits["number_end"])
    room = limits["part_item"] or (0 if number else limits["first_item"])
    if content.items and room:
        more = f" +{content.item_count - 1}" if content.item_count > 1 else ""
        values["part_item"] = clean(counted(content.items[0]), room - len(more)) + more
    values["part"] = f" {say(values)}"


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
    put(values, "pickup_name", pickup.name, limits)
    put(values, "pickup_address", pickup.address, limits)
    put(values, "pickup_hours", pickup.hours, limits)
    put(values, "pickup_code", pickup.code, limits)
    hold: date | None = pickup.hold_until
    if hold is not None:
        values["hold_until"] = Day(frame, hold)


def put(values: Values, name: str, text: str | None, limits: Mapping[str, int]) -> None:
    """A text of which nothing visible is left is a text that is missing."""
    if text is not None and (shown := clean(text, limits[name])):
        values[name] = shown


def put_speaker(values: Values, shop_name: str, support: str, support_url: str | None) -> None:
    """Who speaks, and how they are reached."""
    values["shop_name"] = shop_name
    values["support"] = support
    if support_url is not None:
        values["support_url"] = support_url
