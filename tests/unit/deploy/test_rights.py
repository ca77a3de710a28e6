"""The rights on Kafka are those of what the services read."""

from collections.abc import Mapping

from deploy.rights import USERS, User
from headsup.contracts.registry import READ, Internal, Topic
from headsup.kafka.topics import topic_specs
from services.cart_recovery.reading import JOINED_FROM
from services.cart_recovery.reading import SERVICE as CARTS
from services.notifier.batch import SERVICE as NOTIFIER
from services.notifier.batch import TOPICS as NOTIFIER_READS
from services.order_events.batch import SERVICE as ORDERS
from services.order_events.batch import TOPICS as ORDERS_READS
from tests.support.each import each

BY_NAME: Mapping[str, User] = {user.name: user for user in USERS}
DEAD_LETTERS = {topic.dead_letters for topic in READ}


def topics(user: User, operation: str) -> set[str]:
    return {r.name for r in user.rights if r.kind == "topic" and operation in r.operations}


def groups(user: User) -> set[str]:
    return {right.name for right in user.rights if right.kind == "group"}


def test_a_service_reads_what_it_consumes() -> None:
    orders, notifier = BY_NAME["headsup-order-events"], BY_NAME["headsup-notifier"]
    carts = BY_NAME["headsup-cart-recovery"]
    assert topics(orders, "Read") == set(ORDERS_READS)
    assert topics(notifier, "Read") == set(NOTIFIER_READS) | DEAD_LETTERS
    own = {Topic.CARTS, Internal.JOINED, Internal.CARTS_KEPT}
    assert topics(carts, "Read") == own | set(JOINED_FROM)
    assert [groups(user) for user in (orders, carts, notifier)] == [{ORDERS}, {CARTS}, {NOTIFIER}]


@each("user", BY_NAME)
def test_every_topic_of_which_it_may_do_something_is_there(user: str) -> None:
    known = {spec.name for spec in topic_specs()}
    for operation in ("Read", "Write", "Delete"):
        assert topics(BY_NAME[user], operation) <= known


def test_no_service_writes_as_the_shop() -> None:
    for name in ("headsup-order-events", "headsup-cart-recovery", "headsup-notifier"):
        written = topics(BY_NAME[name], "Write")
        assert not [t for t in written - DEAD_LETTERS if t.startswith("shop.")]


def test_only_who_forgets_people_cuts_topics_off_and_only_dead_letters() -> None:
    may = {user.name: topics(user, "Delete") for user in USERS}
    assert {name for name, cut in may.items() if cut} == {"headsup-notifier"}
    assert may["headsup-notifier"] == DEAD_LETTERS
