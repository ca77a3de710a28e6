"""How a kind's content differs in real life: without what may be missing, with every code, said
again, asking, and to somebody who did not order. A text has to hold in all of them."""

from collections.abc import Iterator
from enum import StrEnum
from types import UnionType
from typing import Any, Final, get_args, get_type_hints

import msgspec

from headsup.contracts.base import PickupPoint
from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from headsup.contracts.notifications import ByDownload, Content
from headsup.contracts.replies import Answer, Question
from headsup.contracts.shop import CancelledBy, PaymentState, Remedy
from services.notifier.render.carts import is_of_cart
from services.order_events.audiences import written_for
from tests.unit.services.notifier.render.carts import long_cart, of_carts
from tests.unit.services.notifier.render.contents import CONTENTS, NEXT_NEWS, REQUIRED, uah

OCCURRENCES: Final = (2, 3)
QUESTIONS: Final[dict[Kind, Question]] = {
    Kind.DISPATCH_LATE: Question.WAIT_OR_CANCEL,
    Kind.SHIPMENT_STALLED: Question.WAIT_OR_CANCEL,
    Kind.SHIPMENT_DELAYED: Question.WAIT_OR_CANCEL,
    Kind.DELIVERY_CHECK: Question.RECEIVED,
    Kind.SUPPORT_CLOSED: Question.RATING,
    Kind.ORDER_CHECK_IN: Question.ALL_RIGHT,
}
"""What a kind may ask."""
DOWNLOADED: Final = frozenset(
    {Kind.ORDER_RECEIVED, Kind.ORDER_CONFIRMED, Kind.ORDER_EDITED, Kind.ORDER_RELEASED}
)
"""Kinds that say how an order comes."""
REMEDIED: Final = frozenset({Kind.SHIPMENT_DAMAGED, Kind.SHIPMENT_LOST, Kind.SHIPMENT_RETURNED})
"""Kinds that say what the shop does about a parcel."""
LINKS: Final = {answer: f"https://headsup.example/a/{answer}" for answer in Answer}
"""Where each answer is given."""

_NEVER_MISSING: Final = frozenset(
    {"order_number", "audience", "occurrence", "question", "pickup", "order_url"}
)
_BARE_LOCKER: Final = PickupPoint(name="Поштомат 4017", address="Київ, вул. Саксаганського, 12")


def bare(kind: Kind) -> Content:
    """Only what the kind cannot be said without."""
    kept = {name: getattr(CONTENTS[kind], name) for name in REQUIRED[kind]}
    if "pickup" in kept:
        is_last_day = kind is Kind.PICKUP_LAST_DAY
        kept["pickup"] = msgspec.structs.replace(
            _BARE_LOCKER, hold_until=kept["pickup"].hold_until if is_last_day else None
        )
    number = None if is_of_cart(kind) else "A-1042"
    return Content(order_number=number, **kept)


_LONG: Final[dict[str, object]] = {
    "carrier": "Міжнародна експрес-доставка «Меридіан»",
    "previous_carrier": "Міжнародна експрес-доставка «Меридіан»",
    "refund": uah("123456.78"),
    "due": uah("123456.78"),
    "place": "у пані Ковальчук, під’їзд 3, квартира 14",
    "seen_in": "Київ, міжнародний центр обробки та перевезення № 3",
}
_LONG_ITEM: Final = "Чайник заварний глиняний з ситечком «Опішнянський», 1,2 л, теракотовий"


def lengthy(kind: Kind) -> Content:
    """Everything there is, as long as it gets in real life."""
    content = CONTENTS[kind]
    changes: dict[str, Any] = {
        name: value for name, value in _LONG.items() if getattr(content, name) is not None
    }
    for name in ("item", "substitute"):
        item = getattr(content, name)
        if item is not None:
            changes[name] = msgspec.structs.replace(item, name=_LONG_ITEM, quantity=12)
    if content.pickup is not None:
        changes["pickup"] = PickupPoint(
            name="Відділення № 217 (торговий центр «Республіка Парк», 2-й поверх)",
            address="Київська обл., с. Софіївська Борщагівка, вул. Велика Кільцева, 1-Б, прим. 14",
            hours="пн–пт 8:00–21:00, сб–нд 9:00–19:00",
            code="4829-1377",
            hold_until=content.pickup.hold_until,
        )
    if is_of_cart(kind):
        return long_cart(content, _LONG_ITEM)
    changes |= {"order_number": "2026-11-ЗАМ-00001042", "next_update_by": NEXT_NEWS}
    return msgspec.structs.replace(content, **changes)


def variations(kind: Kind) -> dict[str, Content]:
    """Every variation of a kind by its name, the complete one first."""
    return dict(_all(kind, CONTENTS[kind]))


def _all(kind: Kind, whole: Content) -> Iterator[tuple[str, Content]]:
    replace = msgspec.structs.replace
    yield "complete", whole
    yield "bare", bare(kind)
    for name in _set_in(whole):
        if name not in {*REQUIRED[kind], *_NEVER_MISSING}:
            yield f"without {name}", replace(whole, **{name: _empty(name)})
    for name, code in _other_codes(whole):
        yield f"{name} {code}", replace(whole, **{name: code})
    for occurrence in OCCURRENCES:
        said_again = replace(whole, occurrence=occurrence)
        yield f"said {occurrence} times", said_again
        if kind in QUESTIONS:
            yield f"said {occurrence} times, asking", replace(said_again, question=QUESTIONS[kind])
    if kind in QUESTIONS:
        yield "asking", replace(whole, question=QUESTIONS[kind])
    yield from _downloaded(kind, whole)
    yield from _at_the_end(kind, whole)
    if is_of_cart(kind):
        yield from of_carts(whole)
    if CATALOGUE[kind].audience is not Audience.BUYER:
        yield from _to_the_recipient(kind, whole)


def _downloaded(kind: Kind, whole: Content) -> Iterator[tuple[str, Content]]:
    """Of an order of which nothing is sent, or not all."""
    if kind not in DOWNLOADED:
        return
    yield "partly downloaded", msgspec.structs.replace(whole, by_download=ByDownload.SOME)
    nothing_sent = msgspec.structs.replace(
        whole, by_download=ByDownload.ALL, dispatch_by=None, estimate=None
    )
    yield "downloaded", nothing_sent
    yield "downloaded, and ready", msgspec.structs.replace(nothing_sent, next_update_by=None)


def _at_the_end(kind: Kind, whole: Content) -> Iterator[tuple[str, Content]]:
    """Of parcels after which little or nothing follows."""
    if kind in REMEDIED:
        yield "nothing to refund", nothing_owed(whole, PaymentState.ON_DELIVERY)
    if kind is Kind.SHIPMENT_RETURNED:
        yield "refunded already", nothing_owed(whole, PaymentState.PAID)
    if kind in (Kind.SHIPMENT_RETURNING, Kind.SHIPMENT_DELIVERED):
        of_cancelled = msgspec.structs.replace(whole, return_until=None)
        yield "cancelled", msgspec.structs.replace(of_cancelled, cancelled_by=CancelledBy.SHOP)


def nothing_owed(content: Content, payment: PaymentState) -> Content:
    """A parcel that is to be refunded, and no money is missing: so no word of it is promised."""
    return msgspec.structs.replace(
        content, remedy=Remedy.REFUND, payment=payment, refund_by=None, next_update_by=None
    )


def _to_the_recipient(kind: Kind, whole: Content) -> Iterator[tuple[str, Content]]:
    yield "to the recipient", written_for(Audience.RECIPIENT, whole, kind)
    yield "bare, to the recipient", written_for(Audience.RECIPIENT, bare(kind), kind)
    for name, code in _other_codes(whole):
        changed = msgspec.structs.replace(whole, **{name: code})
        yield f"{name} {code}, to the recipient", written_for(Audience.RECIPIENT, changed, kind)


def _set_in(content: Content) -> list[str]:
    empty = Content(order_number="-")
    names = content.__struct_fields__
    return [name for name in names if getattr(content, name) != getattr(empty, name)]


def _empty(name: str) -> object:
    return () if name in {"items", "running_out"} else None


def _codes() -> dict[str, type[StrEnum]]:
    """The fields of a content that hold codes."""
    found = {}
    for name, hint in get_type_hints(Content).items():
        for part in get_args(hint) if isinstance(hint, UnionType) else ():
            if isinstance(part, type) and issubclass(part, StrEnum) and part is not Question:
                found[name] = part
    return found


CODES: Final = _codes()


def _other_codes(content: Content) -> Iterator[tuple[str, StrEnum]]:
    for name, codes in CODES.items():
        code = getattr(content, name)
        if code is not None:
            yield from ((name, other) for other in codes if other is not code)
