"""What is true of an order, as far as the shop told us.

Facts are a function of the *set* of events: any order and any repetition of the same events gives
equal facts. Three shapes make that so, and every field is one of them: the latest word wins
(`Latest`), the first and the last time that something happened (`Span`), or a dict of such by id.

Facts are mutable because folding is on the hot path: the shell loads them, folds, reconciles and
stores them, and shares them with nobody. They are kept as JSON with `encode` and `decode`.
"""

from services.order_events.facts.money import Payment, Refund
from services.order_events.facts.order import Action, Facts, decode, encode, kept
from services.order_events.facts.parcels import Expected, Milestone, Shipment
from services.order_events.facts.returns import Repair, Return
from services.order_events.facts.shapes import Latest, Span
from services.order_events.facts.support import Ticket

__all__ = [
    "Action",
    "Expected",
    "Facts",
    "Latest",
    "Milestone",
    "Payment",
    "Refund",
    "Repair",
    "Return",
    "Shipment",
    "Span",
    "Ticket",
    "decode",
    "encode",
    "kept",
]
