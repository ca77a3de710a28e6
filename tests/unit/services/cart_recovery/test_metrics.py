"""What the shop sees that its reminders brought, and what operators see of a Kafka that is away."""

from collections.abc import Sequence

from prometheus_client import CollectorRegistry

from headsup.contracts.base import Money
from headsup.contracts.notifications import CartContinued, CartReminder
from headsup.kafka.producer import MemoryPublisher, Outgoing
from headsup.shops.carts import CartPolicy
from services.cart_recovery.metrics import Metrics
from services.cart_recovery.terms import Terms
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import HOUR, MINUTE, MONDAY, Kept
from tests.unit.services.cart_recovery.room import HOME, Room, left


def _after(total: Money, *shops: str) -> CollectorRegistry:
    """What is counted of a cart that was bought for so much after a reminder, every event of which
    came twice."""
    cart, registry = Kept(), CollectorRegistry()
    cart.hears(c.updated())
    [asked] = c.reminders(cart.passes(MONDAY + HOUR))
    for event in (
        c.outcome(asked, MONDAY + HOUR + MINUTE),
        c.ordered(MONDAY + 2 * HOUR, total=total),
    ):
        cart.hears(event, event)
    metrics, before = Metrics(registry, dict.fromkeys(shops, Terms.of(None))), None
    for step in cart.steps:
        metrics.stepped(before, step)
        before = step.cart
    return registry


def _counted(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"headsup_{name}_total", {"step": "1", **labels})


def test_what_went_out_and_what_it_brought_is_counted_once_by_shop_and_step() -> None:
    found = _after(c.uah("99.50"), c.SHOP)
    kind = "cart.abandoned"
    assert _counted(found, "cart_reminders_requested", shop=c.SHOP, kind=kind) == 1
    assert _counted(found, "carts_reminded", shop=c.SHOP) == 1
    assert _counted(found, "carts_recovered", shop=c.SHOP) == 1
    assert _counted(found, "carts_recovered_value", shop=c.SHOP, currency="UAH") == 99.5


def test_neither_a_shop_nor_a_currency_that_nobody_knows_becomes_a_label() -> None:
    found = _after(Money(amount="5", currency="ZZZ"))
    assert _counted(found, "carts_recovered_value", shop="other", currency="other") == 5
    labels = {
        text for each in found.collect() for one in each.samples for text in one.labels.items()
    }
    assert not {("shop", c.SHOP), ("currency", "ZZZ")} & labels


def test_a_reminder_of_a_cart_that_was_merged_into_this_one_is_not_counted_again() -> None:
    heard = CartReminder(cart_id="K0", touched_at=MONDAY, step=1, at=MONDAY + HOUR)
    continued = CartContinued(cart_id=c.CART, from_cart_id="K0", heard=(heard,))
    cart, registry = Kept(), CollectorRegistry()
    cart.hears(c.event(MONDAY + HOUR, continued))
    Metrics(registry, {c.SHOP: Terms.of(None)}).stepped(None, cart.last)
    assert cart.cart.told.heard
    assert _counted(registry, "carts_reminded", shop=c.SHOP) == 0


def test_what_is_counted_for_the_first_time_was_shown_as_nought_before() -> None:
    registry = CollectorRegistry()
    once = Terms(policy=CartPolicy(reminder_hours=(1,), checkout_hours=(1, 6)))
    Metrics(registry, {c.SHOP: once})
    checkout = {"shop": c.SHOP, "kind": "checkout.abandoned"}
    assert _counted(registry, "cart_reminders_requested", step="2", **checkout) == 0
    checkout["kind"] = "cart.abandoned"
    assert _counted(registry, "cart_reminders_requested", step="1", **checkout) == 0
    assert _counted(registry, "cart_reminders_requested", step="2", **checkout) is None
    for shop, steps in ((c.SHOP, 2), ("other", 3)):
        for name in ("carts_reminded", "carts_recovered"):
            assert _counted(registry, name, shop=shop, step=str(steps)) == 0
            assert _counted(registry, name, shop=shop, step=str(steps + 1)) is None


async def test_while_kafka_takes_nothing_nothing_is_read_however_often_it_is_tried() -> None:
    asked, poll = list[float | None](), "cart_recovery_last_poll_timestamp_seconds"

    class Away(MemoryPublisher):
        async def publish(self, records: Sequence[Outgoing]) -> None:
            asked.append(room.sample(poll))
            self.is_away = len(asked) < 4
            await super().publish(records)

    room = Room(publisher=Away())
    assert room.sample(poll) == 0
    await room.hears(left("K1"))
    room.clock.move(HOUR)
    await room.ticks(HOME("K1"))
    assert len(asked) == 4
    assert len(set(asked)) == 1
    assert asked[0]
