"""Who is reminded of a cart, and who is not: the service as a process, with a fast clock."""

from headsup.contracts.notifications import CartRecovered, CustomerPurchased, OutcomeStatus, Reason
from headsup.contracts.registry import Internal, Topic
from headsup.kafka.producer import Outgoing
from services.cart_recovery.reading import home_among
from tests.fixtures.topics import PARTITIONS
from tests.support.cart_recovery import Carts
from tests.support.events import placed
from tests.support.eventually import eventually

HOME = home_among(PARTITIONS)


async def test_the_owner_of_a_cart_that_was_left_is_reminded_of_it_each_step_once(
    carts: Carts,
) -> None:
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left("K1"))
        await carts.until_asked(("K1", 1))
        await carts.tell(*carts.left("K2"))
        steps = await carts.until_asked(("K1", 2), ("K2", 1))
    assert set(steps.values()) == {1}
    asked = {one.data.customer.id: one for one in await carts.reminders()}
    assert asked.keys() == {"owner-of-K1", "owner-of-K2"}
    request = asked["owner-of-K1"]
    assert request.source == "https://shop.example"
    assert [item.name for item in request.data.content.items] == ["Чайник"]


async def test_nobody_is_reminded_who_bought_whichever_of_the_two_came_first(carts: Carts) -> None:
    async with carts.watched() as running:
        await running.until_ready()
        left = carts.left("bought-later", "bought-before", "left")
        await carts.tell(carts.bought("bought-before"))
        await carts.until_read(Topic.ORDERS)
        await carts.tell(*left)
        await carts.tell(carts.bought("bought-later"))
        await carts.until_asked(("left", 1))
        await carts.tell(*carts.left("left-after-them"))
        steps = await carts.until_asked(("left-after-them", 1))
    assert {cart for cart, _ in steps} == {"left", "left-after-them"}


async def test_before_a_reminder_is_asked_for_every_order_that_lay_there_was_told_of(
    carts: Carts,
) -> None:
    """To whoever sends it, on the same topic: the orders that name no cart as well."""
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left("K1"), carts.bought("K2"), placed("A-1", carts.now))
        await carts.until_asked(("K1", 1))
        told = await carts.on(Topic.REMINDERS)
    bought = {each.data.order_id for each in told if isinstance(each.data, CustomerPurchased)}
    assert bought == {"order-of-K2", "A-1"}


async def test_whoever_bought_with_a_reminder_under_way_has_it_taken_back(carts: Carts) -> None:
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left("K1"))
        await carts.until_asked(("K1", 1))
        [request] = await carts.reminders()
        await carts.tell(carts.bought("K1"))

        async def is_taken_back() -> bool:
            return await carts.withdrawn() == [request.id]

        await eventually(is_taken_back)


async def test_what_the_notifier_says_ends_the_reminders_of_a_cart_or_counts_as_their_work(
    carts: Carts,
) -> None:
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left("unwanted", "heard", "other"))
        await carts.until_asked(("unwanted", 1), ("heard", 1), ("other", 1))
        found = {each.data.cart.cart_id: each for each in await carts.reminders() if each.data.cart}
        no = carts.outcome(found["unwanted"], OutcomeStatus.SUPPRESSED, reason=Reason.OPTED_OUT)
        await carts.tell(no, carts.outcome(found["heard"], OutcomeStatus.SENT))
        await carts.tell(carts.bought("heard"))
        steps = await carts.until_asked(("other", 2))

        async def recovered() -> list[CartRecovered]:
            told = [each.data for each in await carts.on(Topic.OUTCOMES)]
            return [each for each in told if isinstance(each, CartRecovered)]

        [one] = await eventually(recovered)
    assert (one.cart_id, one.order_id) == ("heard", "order-of-heard")
    assert steps == {("unwanted", 1): 1, ("heard", 1): 1, ("other", 1): 1, ("other", 2): 1}


async def test_a_cart_written_to_another_partition_meets_its_order_all_the_same(
    carts: Carts,
) -> None:
    """librdkafka, and with it the producers of most shops, chooses partitions in another way."""
    stray = (HOME("bought") + 1) % PARTITIONS
    left = next(f"left-{n}" for n in range(99) if HOME(f"left-{n}") != stray)
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left("bought", left), partition=stray)
        await carts.tell(carts.bought("bought"))
        await carts.until_asked((left, 1))
        await carts.tell(*carts.left("left-after-them"))
        steps = await carts.until_asked(("left-after-them", 1))
        metrics = (await running.get("/metrics")).text
    assert {cart for cart, _ in steps} == {left, "left-after-them"}
    assert "headsup_cart_recovery_sent_home_total 2.0" in metrics


async def test_poison_in_the_middle_of_a_partition_is_set_aside_and_what_follows_is_handled(
    carts: Carts,
) -> None:
    topic, partition = carts.prefix + Topic.CARTS, HOME("behind")
    before = next(f"before-{n}" for n in range(99) if HOME(f"before-{n}") == partition)
    poison = [
        Outgoing(topic, b"key", b"{", partition=partition),
        Outgoing(topic, b"key", None, partition=partition),
        Outgoing(topic, None, b"\xff", (("odd", None),), partition),
        Outgoing(carts.prefix + Internal.JOINED, None, b"tick tock", partition=partition),
    ]
    async with carts.watched() as running:
        await running.until_ready()
        await carts.tell(*carts.left(before))
        await carts.producer.publish(poison)
        await carts.tell(*carts.left("behind"))
        steps = await carts.until_asked((before, 1), ("behind", 1))
        assert len(await carts.dead(Topic.CARTS, 3)) == 3
        assert len(await carts.dead(Internal.JOINED, 1)) == 1
    assert set(steps.values()) == {1}


async def test_events_that_come_once_more_say_nothing_twice(carts: Carts) -> None:
    async with carts.watched() as running:
        await running.until_ready()
        told = carts.left("K1", "bought")
        await carts.tell(*told)
        order = carts.bought("bought")
        await carts.tell(order)
        await carts.until_asked(("K1", 1))
        await carts.tell(*told, order)
        await carts.until_read()
        await carts.tell(*carts.left("later"))
        steps = await carts.until_asked(("later", 1))
    assert set(steps.values()) == {1}
    assert "bought" not in {cart for cart, _ in steps}
    withdrawn = await carts.withdrawn()  # whom the second reaches in the place of the first
    assert len(withdrawn) == len(set(withdrawn))
