"""The words of a fixed set that events use: states, reasons, ways."""

from enum import StrEnum


class PaymentState(StrEnum):
    """Where the money stands when an order is placed."""

    PENDING = "pending"  # the shop waits for the money
    AUTHORISED = "authorised"  # reserved on the card
    PAID = "paid"
    ON_DELIVERY = "on_delivery"  # the courier collects it


class CancelledBy(StrEnum):
    """Who cancelled an order."""

    CUSTOMER = "customer"
    SHOP = "shop"
    PAYMENT_TIMEOUT = "payment_timeout"


class CancelReason(StrEnum):
    """Why an order was cancelled; each has words in every language."""

    CUSTOMER_REQUEST = "customer_request"
    OUT_OF_STOCK = "out_of_stock"
    NOT_PAID = "not_paid"
    CANNOT_DELIVER = "cannot_deliver"
    OTHER = "other"


class PaymentFailure(StrEnum):
    """Why a payment failed; each has words in every language."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    CARD_EXPIRED = "card_expired"
    DECLINED = "declined"
    NOT_CONFIRMED = "not_confirmed"  # 3-D Secure was not completed
    OTHER = "other"


class PaymentMethod(StrEnum):
    """How the money moves; it decides how long a refund takes."""

    CARD = "card"
    BANK_TRANSFER = "bank_transfer"
    WALLET = "wallet"
    CASH = "cash"
    STORE_CREDIT = "store_credit"
    OTHER = "other"


class DelayReason(StrEnum):
    """Why a parcel is late; each has words in every language."""

    CARRIER = "carrier"
    WEATHER = "weather"
    CUSTOMS = "customs"
    ADDRESS = "address"
    SHOP = "shop"
    OTHER = "other"


class AttemptFailure(StrEnum):
    """Why the courier could not hand over a parcel; each has words in every language."""

    NOBODY_HOME = "nobody_home"
    ADDRESS_NOT_FOUND = "address_not_found"
    NO_ACCESS = "no_access"
    REFUSED = "refused"
    OTHER = "other"


class HandedTo(StrEnum):
    """Who or what received a parcel; each has words in every language."""

    RECIPIENT = "recipient"
    NEIGHBOUR = "neighbour"
    SAFE_PLACE = "safe_place"
    LOCKER = "locker"
    PICKUP_POINT = "pickup_point"  # collected by the customer
    LETTERBOX = "letterbox"


class ReturnMethod(StrEnum):
    """How a return travels back."""

    DROP_OFF = "drop_off"
    COURIER = "courier"
    STORE = "store"


class HoldReason(StrEnum):
    """Why a shop holds an order back; each has words in every language."""

    PAYMENT_CHECK = "payment_check"
    ADDRESS_CHECK = "address_check"
    STOCK_CHECK = "stock_check"
    CUSTOMER_REQUEST = "customer_request"
    OTHER = "other"


class NeededAction(StrEnum):
    """What only the customer can do; each has words in every language."""

    CONFIRM_ADDRESS = "confirm_address"
    CONFIRM_AGE = "confirm_age"
    SEND_DOCUMENT = "send_document"
    CHOOSE = "choose"  # between what the shop offers, on its page
    OTHER = "other"


class ItemChange(StrEnum):
    """What became of a line of an order."""

    UNAVAILABLE = "unavailable"
    SUBSTITUTED = "substituted"
    BACKORDERED = "backordered"  # comes later, on its own or with the rest


class Remedy(StrEnum):
    """What the shop does about a parcel that is lost or damaged."""

    REFUND = "refund"
    REPLACEMENT = "replacement"
    INVESTIGATION = "investigation"  # the carrier looks for it first
    CUSTOMER_CHOICE = "customer_choice"


class ReturningReason(StrEnum):
    """Why a parcel goes back to the shop; each has words in every language."""

    NOT_COLLECTED = "not_collected"
    REFUSED = "refused"
    ADDRESS = "address"
    DAMAGED = "damaged"
    OTHER = "other"


class ReturnRefusal(StrEnum):
    """Why a shop refuses a return; each has words in every language."""

    TOO_LATE = "too_late"
    NOT_RETURNABLE = "not_returnable"
    USED = "used"
    INCOMPLETE = "incomplete"
    OTHER = "other"


class ReturnClosedBy(StrEnum):
    """Who closed a return."""

    CUSTOMER = "customer"
    SHOP = "shop"


class Inspection(StrEnum):
    """What the shop found in a return that arrived."""

    ACCEPTED = "accepted"
    IN_PART = "in_part"
    REFUSED = "refused"


class IncidentScope(StrEnum):
    """Whose trouble an incident is; each has words in every language."""

    CARRIER = "carrier"
    SHOP = "shop"


class CartChangedBy(StrEnum):
    """Whose doing a change of a cart is."""

    CUSTOMER = "customer"
    SHOP = "shop"  # prices, or what is left
