"""Who may do what on Kafka: each of our users what it does, and nothing else. A service says itself
what that is, and asks at its start whether it may.

tests/integration/deploy/test_rights.py runs each service as its user, with these rights alone. To
read or write is to be allowed to look at (Kafka's own rule), so Describe stands nowhere.
"""

from dataclasses import dataclass
from typing import Final

from headsup.contracts.registry import READ, Topic
from headsup.kafka.rights import Needs
from services.cart_recovery import reading as cart_recovery
from services.notifier import batch as notifier
from services.order_events import batch as order_events


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


def _user(name: str, needs: Needs, *, group: str) -> User:
    may: dict[str, list[str]] = {}
    acts = (("Read", needs.reads), ("Write", needs.writes), ("Delete", needs.cuts_off))
    for operation, topics in acts:
        for topic in topics:
            may.setdefault(str(topic), []).append(operation)
    rights = sorted(Right("topic", topic, tuple(done)) for topic, done in may.items())
    return User(name, (*rights, Right("group", group, ("Read",))))


_BY_RECALL: Final = (
    *(Topic.REQUESTED, Topic.REMINDERS, Topic.CUSTOMERS, Topic.OUTCOMES, Topic.REPLIED),
)

_DEAD_LETTERS: Final = tuple([topic.dead_letters for topic in READ])

USERS: Final = (
    _user("headsup-order-events", order_events.NEEDS, group=order_events.SERVICE),
    _user("headsup-cart-recovery", cart_recovery.NEEDS, group=cart_recovery.SERVICE),
    _user("headsup-notifier", notifier.NEEDS, group=notifier.SERVICE),
    # A person at the command line: emit, erase, dead letters, which are replayed on any topic; and
    # recall, which reads what was told and sets the notifier's group back.
    _user(
        "headsup-tools",
        Needs(reads=(*_BY_RECALL, *_DEAD_LETTERS), writes=(*READ, *_DEAD_LETTERS)),
        group=notifier.SERVICE,
    ),
)
