"""To whom a message is written, where the buyer is not the recipient. Pure."""

from typing import Final

import msgspec

from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from headsup.contracts.notifications import Content
from services.order_events.facts import Facts

_HEARERS: Final = {
    Audience.BUYER: (Audience.BUYER,),
    Audience.RECIPIENT: (Audience.RECIPIENT,),
    Audience.BOTH: (Audience.BUYER, Audience.RECIPIENT),
}
_THE_BUYERS: Final = {
    "order_url": None,
    "items": (),
    "item": None,
    "substitute": None,
    "total": None,
    "payment": None,
    "pay_by": None,
    "pay_url": None,
    "pay_method": None,
    "pay_details": None,
    "pay_reference": None,
    "due": None,
    "cancelled_by": None,
    "cancel_reason": None,
    "note": None,
    "refund": None,
    "refund_by": None,
    "refund_days": None,
    "refund_method": None,
    "remedy": None,
    "remedy_by": None,
    "question": None,
    "return_until": None,
}
"""What a recipient who did not buy is not told: prices, contents, and what is the buyer's to
decide."""

_SAFETY: Final = frozenset({Kind.ORDER_RECALL})
_THEIRS_TO_ANSWER: Final = frozenset({Kind.DELIVERY_CHECK})

_SETTLED_WITH_THE_BUYER: Final = frozenset(
    {Kind.SHIPMENT_DAMAGED, Kind.SHIPMENT_LOST, Kind.SHIPMENT_RETURNING}
)
"""What becomes of it, shop and buyer settle. The recipient hears again if a parcel sets out once
more, and nobody can say when that would be: no moment is promised to them."""


def hearers(kind: Kind, facts: Facts) -> tuple[Audience, ...]:
    """Who hears of this; the buyer hears all where nobody else gets the parcels."""
    if facts.recipient is None:
        return _HEARERS[Audience.BUYER]
    return _HEARERS[CATALOGUE[kind].audience]


def written_for(audience: Audience, content: Content, kind: Kind | None = None) -> Content:
    """The content as it may be read by them. What is not safe is named to whoever has it at home,
    with what to do about it; whether a parcel is there is asked where it should be."""
    if audience is Audience.BUYER:
        return content
    hidden = dict(_THE_BUYERS)
    if kind in _SAFETY:
        del hidden["item"], hidden["note"]
    if kind in _THEIRS_TO_ANSWER:
        del hidden["question"]
    if kind in _SETTLED_WITH_THE_BUYER:
        hidden["next_update_by"] = None
    return msgspec.structs.replace(content, audience=audience, **hidden)
