"""Why something was not said, in a few words for a person who watches or helps."""

from headsup.contracts.notifications import Reason

REASONS: dict[Reason, str] = {
    Reason.NO_ADDRESS: "no way leads to them",
    Reason.NOT_USED: "the shop does not use the channel",
    Reason.INVALID_ADDRESS: "the address is malformed",
    Reason.OPTED_OUT: "they said no to it",
    Reason.NO_CONSENT: "they never agreed to it",
    Reason.IN_TROUBLE: "an order of theirs is in trouble",
    Reason.BOUGHT: "they have bought since",
    Reason.ANOTHER_CART: "they were reminded of another cart",
    Reason.CAPPED: "they had as many as the shop allows",
    Reason.QUIET_HOURS: "it would have been old by their morning",
    Reason.STALE: "it is old news by now",
    Reason.SUPERSEDED: "newer news took its place",
    Reason.UNKNOWN_SHOP: "nobody knows the shop",
    Reason.CANNOT_RENDER: "its text lacks something",
    Reason.REFUSED: "the provider refuses it",
    Reason.BLOCKED: "they blocked us",
    Reason.BAD_CONFIGURATION: "the provider refuses us",
    Reason.GAVE_UP: "the provider could not take it in time",
    Reason.UNDELIVERED: "it did not arrive",
    Reason.NO_ANSWER: "nobody knows whether it was taken",
    Reason.NO_RECEIPT: "no sign that it arrived came in time",
    Reason.NO_TEMPLATE: "WhatsApp has no approved text for it",
    Reason.ERASED: "they want to be forgotten",
}
