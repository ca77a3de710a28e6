"""A guest logs in: what was said of their cart goes with its lines, from partition to partition."""

from headsup.contracts import shop
from headsup.contracts.notifications import CartRecovered, OutcomeStatus
from headsup.contracts.registry import Topic
from services.cart_recovery.reading import home_among
from tests.fixtures.topics import PARTITIONS
from tests.support.cart_recovery import Carts
from tests.support.events import event
from tests.support.eventually import eventually

HOME = home_among(PARTITIONS)
GUESTS = "K1"
THEIRS = next(f"K{n}" for n in range(2, 99) if HOME(f"K{n}") != HOME(GUESTS))


async def test_who_is_reminded_as_a_guest_logs_in_and_buys_was_brought_back(carts: Carts) -> None:
    async def recovered() -> list[CartRecovered] | None:
        told = [each.data for each in await carts.on(Topic.OUTCOMES)]
        return [each for each in told if isinstance(each, CartRecovered)] or None

    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left(GUESTS))
        await carts.until_asked((GUESTS, 1))
        [asked] = await carts.reminders()
        await carts.tell(carts.outcome(asked, OutcomeStatus.SENT))
        merged = shop.CartMerged(cart_id=GUESTS, into_cart_id=THEIRS)
        await carts.tell(event(merged, carts.now), *carts.left(THEIRS))
        await carts.tell(carts.bought(THEIRS))
        [one] = await eventually(recovered)
        steps = await carts.until_asked((GUESTS, 1))
    assert (one.cart_id, one.order_id, one.step) == (THEIRS, f"order-of-{THEIRS}", 1)
    assert one.customer_id == f"owner-of-{THEIRS}"
    assert steps == {(GUESTS, 1): 1}
