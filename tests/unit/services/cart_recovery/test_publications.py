"""What is said, as records."""

from headsup.contracts import envelope
from headsup.contracts.notifications import CartRecovered
from headsup.contracts.registry import Internal, Topic
from headsup.shops.carts import CartPolicy
from services.cart_recovery.cart import CartKey
from services.cart_recovery.publications import publications
from services.cart_recovery.step import Continue, Terms, cart_of
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept

PREFIX = "test."


def _said() -> Kept:
    """A cart that was reminded of twice, and bought after that."""
    cart = Kept(Terms(policy=CartPolicy(reminder_hours=(1, 5))))
    cart.hears(c.updated())
    [first] = c.reminders(cart.passes(MONDAY + HOUR))
    cart.passes(MONDAY + 5 * HOUR)
    cart.hears(c.outcome(first, MONDAY + HOUR), c.ordered(MONDAY + 5 * HOUR + MINUTE))
    return cart


def test_every_saying_is_an_event_that_can_be_read() -> None:
    now = MONDAY + 2 * DAY
    for record in publications(c.SHOP, _said().said, PREFIX, now):
        event = envelope.decode(record.value, record.headers, now)
        envelope.expect_topic(event, record.topic.removeprefix(PREFIX))
        assert event.source == c.SHOP
        assert event.time == now


def test_requests_go_to_the_notifier_and_reports_to_whoever_reads_outcomes() -> None:
    records = publications(c.SHOP, _said().said, PREFIX, MONDAY)
    requested, outcomes = PREFIX + Topic.REMINDERS, PREFIX + Topic.OUTCOMES
    assert [record.topic for record in records] == [*[requested] * 4, outcomes]
    assert {record.key for record in records} == {b"C1"}


def test_what_is_taken_back_comes_before_what_is_said_instead() -> None:
    records = publications(c.SHOP, _said().said, PREFIX, MONDAY)
    types = [envelope.decode(it.value, it.headers, MONDAY + DAY).type for it in records]
    assert [each.split(".")[2] for each in types] == [
        *("requested", "withdrawn", "requested", "withdrawn", "recovered")
    ]


def test_saying_it_again_says_it_under_the_same_ids() -> None:
    def ids() -> list[str]:
        records = publications(c.SHOP, _said().said, PREFIX, MONDAY)
        events = (envelope.decode(it.value, it.headers, MONDAY) for it in records)
        return [event.id for event in events if not isinstance(event.data, CartRecovered)] + ["R"]

    assert ids() == ids()
    assert len(set(ids())) == 5


def test_what_was_said_of_a_cart_goes_to_where_the_one_is_read_that_it_was_merged_into() -> None:
    cart = Kept()
    cart.hears(c.updated())
    cart.passes(MONDAY + HOUR)
    said = [it for it in cart.hears(c.merged(MONDAY + 2 * HOUR)) if isinstance(it, Continue)]
    [record] = publications(c.SHOP, said, PREFIX, MONDAY + 2 * HOUR)
    event = envelope.decode(record.value, record.headers, MONDAY + 2 * HOUR)
    assert (record.topic, record.key, record.partition) == (PREFIX + Internal.JOINED, b"K2", None)
    assert cart_of(event) == CartKey(c.SHOP, "K2")
    assert event.data == said[0].continued
