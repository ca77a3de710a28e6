"""All that the notifier is told of carts lies on one topic, in the order in which it was said: that
somebody bought before any reminder after it, that somebody is forgotten behind all of them."""

from headsup.contracts import envelope
from headsup.contracts.registry import Topic
from headsup.shops.carts import CartPolicy
from services.cart_recovery.erase import Erase, forgotten
from services.cart_recovery.publications import publications
from services.cart_recovery.step import Terms
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MONDAY, Kept
from tests.unit.services.cart_recovery.test_joining import PREFIX, joining, of_another_topic

SAID = {
    "headsup.notification.requested.v1",
    "headsup.notification.withdrawn.v1",
    "headsup.customer.purchased.v1",
    "headsup.customer.forgotten.v1",
}


def test_all_that_the_notifier_is_told_of_carts_has_one_order() -> None:
    cart, (brings, _) = Kept(Terms(policy=CartPolicy(reminder_hours=(1,)))), joining()
    cart.hears(c.updated())
    cart.passes(MONDAY + HOUR)
    cart.hears(c.updated(MONDAY + 2 * HOUR))
    erase = Erase(source=c.SHOP, customer_id="C1", at=MONDAY)
    told = [
        *publications(c.SHOP, cart.said, PREFIX, MONDAY),
        *brings.brings(of_another_topic(c.ordered(MONDAY)))[:1],
        *forgotten(erase, 0, ["K1"], MONDAY, PREFIX),
    ]
    found = {envelope.decode(one.value, one.headers, MONDAY + DAY).type for one in told}
    assert found == SAID
    assert {(one.topic, one.key) for one in told} == {(PREFIX + Topic.REMINDERS, b"C1")}
