"""Who may do what on Kafka: each of our users what it does, and nothing else.

tests/integration/deploy/test_rights.py runs each service as its user, with these rights alone. To
read or write is to be allowed to look at (Kafka's own rule), so Describe stands nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from headsup.contracts.registry import READ, Internal, Topic

Name = Topic | Internal


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """What a user may do with a topic, or a group."""

    kind: str
    """topic or group"""
    name: str
    operations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody Kafka knows."""

    name: str
    rights: tuple[Right, ...]


def _user(
    name: str,
    *,
    reads: Iterable[str],
    writes: Iterable[str],
    cuts_off: Iterable[str] = (),
    group: str | None = None,
) -> User:
    """`cuts_off`: of these topics it deletes records."""
    may: dict[str, list[str]] = {}
    for operation, topics in (("Read", reads), ("Write", writes), ("Delete", cuts_off)):
        for topic in topics:
            may.setdefault(str(topic), []).append(operation)
    rights = sorted(Right("topic", topic, tuple(done)) for topic, done in may.items())
    return User(name, (*rights, *([Right("group", group, ("Read",))] if group else ())))


def _dead_letters(topics: Iterable[Name]) -> list[str]:
    return [topic.dead_letters for topic in topics]


_BY_ORDER_EVENTS: Final[tuple[Name, ...]] = (
    *(Topic.ORDERS, Topic.PAYMENTS, Topic.SHIPMENTS, Topic.RETURNS, Topic.SUPPORT),
    *(Topic.INCIDENTS, Topic.REPLIED, Topic.OUTCOMES, Topic.CUSTOMERS),
)
_BY_CART_RECOVERY: Final[tuple[Name, ...]] = (
    *(Topic.CARTS, Topic.ORDERS, Topic.OUTCOMES, Topic.CUSTOMERS),
    Internal.JOINED,
)
_BY_NOTIFIER: Final[tuple[Name, ...]] = (
    *(Topic.REQUESTED, Topic.REMINDERS, Topic.CUSTOMERS, Topic.CONVERSATIONS),
)
_BY_RECALL: Final[tuple[Name, ...]] = (
    *(Topic.REQUESTED, Topic.REMINDERS, Topic.CUSTOMERS, Topic.OUTCOMES, Topic.REPLIED),
)

USERS: Final = (
    _user(
        "headsup-order-events",
        reads=_BY_ORDER_EVENTS,
        writes=[Topic.REQUESTED, *_dead_letters(_BY_ORDER_EVENTS)],
        group="order_events",
    ),
    _user(
        "headsup-cart-recovery",
        reads=[*_BY_CART_RECOVERY, Internal.CARTS_KEPT],
        writes=[
            *(Topic.REMINDERS, Topic.OUTCOMES, Internal.JOINED, Internal.CARTS_KEPT),
            *_dead_letters(_BY_CART_RECOVERY),
        ],
        group="cart_recovery",
    ),
    # It removes whoever is forgotten from the dead letters of all services.
    _user(
        "headsup-notifier",
        reads=[*_BY_NOTIFIER, *_dead_letters(READ)],
        writes=[Topic.OUTCOMES, Topic.REPLIED, Topic.REQUESTED, *_dead_letters(READ)],
        cuts_off=_dead_letters(READ),
        group="notifier",
    ),
    # A person at the command line: emit, erase, dead letters, which are replayed on any topic; and
    # recall, which reads what was told and sets the notifier's group back.
    _user(
        "headsup-tools",
        reads=[*_BY_RECALL, *_dead_letters(READ)],
        writes=[*READ, *_dead_letters(READ)],
        group="notifier",
    ),
)
