"""What the notifier is told about what it keeps, and for how long."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from headsup.settings import MOST_DAYS, Environment

LEAST_WORDS: Final = 31
"""Days. The links in a message lead to it; an opt-out has to work for 30 days after it was sent
(15 U.S.C. 7704(a)(3)(A)(ii))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepingSettings:
    """How what is personal is kept."""

    erased_key: bytes = field(default=b"", repr=False)
    """A part of the key of the digests by which a stop of somebody who was erased is found again.
    The other part is in the database, so that neither of the two is enough."""
    words: timedelta = timedelta(days=180)
    """What a message said, and to which address; answers."""
    ledger: timedelta = timedelta(days=1095)
    """That a message was sent, and what became of it; that somebody was erased."""
    people: timedelta = timedelta(days=730)
    """Who has not ordered since, and of whom the shop said nothing. Not longer than `orders`, by
    which it is known that they have."""
    orders: timedelta = timedelta(days=730)
    """Whose an order is, and what orders taught us of people."""
    conversations: timedelta = timedelta(days=30)
    """What was said in chats."""


def keeping_settings(environment: Environment) -> KeepingSettings:
    """Reads and checks them. The caller calls `environment.check()`."""

    def days(name: str, default: int, least: int = 1) -> timedelta:
        return timedelta(days=environment.number(name, default, least=least, most=MOST_DAYS))

    people = days("HEADSUP_KEEP_PEOPLE_DAYS", 730)
    orders = days("HEADSUP_KEEP_ORDERS_DAYS", 730, LEAST_WORDS)
    if orders < people:
        environment.refuse(
            "HEADSUP_KEEP_PEOPLE_DAYS is more than HEADSUP_KEEP_ORDERS_DAYS: whether a customer"
            " has ordered would be forgotten before the customer is."
        )
    return KeepingSettings(
        erased_key=(environment.optional("HEADSUP_ERASED_KEY") or "").encode(),
        words=days("HEADSUP_KEEP_WORDS_DAYS", 180, LEAST_WORDS),
        ledger=days("HEADSUP_KEEP_LEDGER_DAYS", 1095, LEAST_WORDS),
        people=people,
        orders=orders,
        conversations=days("HEADSUP_KEEP_CONVERSATIONS_DAYS", 30),
    )
