"""What a record makes the desk say and keep, and in which order."""

import asyncio
import struct
from collections.abc import Sequence
from datetime import timedelta

import pytest

from headsup.contracts.notifications import NotificationRequested, NotificationWithdrawn
from headsup.contracts.shop import CartEmptied
from headsup.kafka.producer import MemoryPublisher, Outgoing
from headsup.pace import Pace
from headsup.streak import LineStoppedError
from services.cart_recovery.cart import Stage
from services.cart_recovery.desk import AT_ONCE
from services.cart_recovery.shelf import NEVER, ShelfError, write
from tests.support.events import event, outgoing, placed
from tests.support.eventually import eventually
from tests.unit.services.cart_recovery.carts import MINUTE, MONDAY
from tests.unit.services.cart_recovery.room import (
    HOME,
    HOUR,
    JOINED,
    PREFIX,
    KnownShelf,
    Room,
    key,
    left,
    on_partition,
    topic_of,
)


class Watched(KnownShelf):
    """Notes what was on Kafka when something was kept."""

    def __init__(self, publisher: MemoryPublisher) -> None:
        super().__init__()
        self._publisher = publisher
        self.said_before: list[int] = []

    def put(self, partition: int, key: bytes, value: bytes | None) -> None:
        self.said_before.append(len(self._publisher.published))
        super().put(partition, key, value)


class Away(MemoryPublisher):
    """Takes nothing so often."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.tried = 0

    async def publish(self, records: Sequence[Outgoing]) -> None:
        self.tried += bool(records)
        self.is_away = bool(records) and self.tried <= self.times
        await super().publish(records)


@pytest.fixture
def room() -> Room:
    return Room()


async def reminded(room: Room, *carts: str) -> None:
    """These carts were left, and their owners are reminded of them an hour later."""
    await room.hears(*(left(cart) for cart in carts))
    room.clock.move(HOUR)
    for partition in {HOME(cart) for cart in carts}:
        await room.ticks(partition)


async def test_a_cart_that_was_left_is_kept_and_reminded_of_at_the_tick_of_its_hour(
    room: Room,
) -> None:
    await room.hears(left("K1"))
    assert room.said == []
    room.clock.move(HOUR)
    await room.ticks(HOME("K1"))
    [(_, request)] = room.said
    assert isinstance(request, NotificationRequested)
    assert request.customer.id == "owner-of-K1"
    kept = room.kept("K1")
    assert kept is not None
    assert (kept.cart.stage, kept.partition) == (Stage.REMINDED, HOME("K1"))
    await room.ticks(HOME("K1"))
    assert len(room.said) == 1
    assert room.ticked == [HOME("K1")] * 2
    assert room.sample("cart_reminder_age_seconds_count") == 1


async def test_what_is_said_is_on_kafka_before_the_shelf_knows_of_it() -> None:
    publisher = MemoryPublisher()
    shelf = Watched(publisher)
    room = Room(shelf, publisher)
    await reminded(room, "K1")
    await room.hears(placed("A-1", MONDAY + HOUR, cart_id="K1"))
    assert [type(data) for _, data in room.said] == [NotificationRequested, NotificationWithdrawn]
    assert shelf.said_before == [0, 1, 2]


async def test_a_kafka_that_is_away_is_waited_for_and_nothing_is_said_twice() -> None:
    publisher = Away(3)
    room = Room(publisher=publisher)
    await reminded(room, "K1")
    assert publisher.tried == 4
    assert len(room.said) == 1
    assert room.sample("cart_recovery_kafka_away") == 0
    assert room.done > 4  # else it would be taken for dead meanwhile


async def test_whoever_is_ended_before_kafka_took_it_says_it_again_and_kept_nothing() -> None:
    publisher = Away(10**9)
    room = Room(publisher=publisher)
    await room.hears(left("K1"))
    before = dict(room.shelf.kept)
    room.clock.move(HOUR)
    ticking = asyncio.create_task(room.ticks(HOME("K1")))

    async def tried() -> bool:
        return publisher.tried > 2

    await eventually(tried)
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    assert room.shelf.kept == before
    publisher.times = 0
    room.clock.move(MINUTE)
    await room.ticks(HOME("K1"))
    other = Room()
    await reminded(other, "K1")
    assert [id_ for id_, _ in room.said] == [id_ for id_, _ in other.said]


async def test_a_redelivered_event_says_the_same_under_the_same_id() -> None:
    publisher = Away(0)
    room = Room(publisher=publisher)
    await reminded(room, "K1")
    before = dict(room.shelf.kept)
    order = room.record(placed("A-1", MONDAY + HOUR, cart_id="K1"))
    await room.desk.take(order)
    room.shelf.kept = before  # whoever died before the shelf was on Kafka
    await room.desk.take(order)
    [_, first, again] = room.said
    assert first == again
    await room.desk.take(order)
    assert len(room.said) == 3


async def test_what_kafka_never_takes_stops_nothing() -> None:
    large, other = on_partition(0, 2)
    publisher = MemoryPublisher()
    publisher.refused = {f"owner-of-{large}".encode()}
    room = Room(publisher=publisher)
    await reminded(room, large, other)
    assert [data.cart.cart_id for _, data in room.said] == [other]
    assert room.sample("cart_recovery_refused_total") == 1
    await room.ticks(0)
    assert len(room.said) == 1


async def test_a_tick_looks_only_at_what_is_due(room: Room) -> None:
    first, second, later = on_partition(0, 3)
    [elsewhere] = on_partition(1, 1)
    await room.hears(left(first), left(elsewhere), left(second))
    await room.hears(left(later, MONDAY + MINUTE))
    room.clock.move(HOUR)
    await room.ticks(0)
    asked = [data.cart.cart_id for _, data in room.said]
    assert sorted(asked) == sorted([first, second])
    assert room.sample("cart_recovery_looked_at_total") == 2
    assert room.sample("cart_recovery_tick_seconds_count") == 1


async def test_a_tick_looks_at_so_many_and_the_next_at_the_rest(room: Room) -> None:
    await room.hears(*(left(cart) for cart in on_partition(0, AT_ONCE + 5)))
    room.clock.move(HOUR)
    await room.ticks(0)
    assert len(room.said) == AT_ONCE
    await room.ticks(0)
    assert len(room.said) == AT_ONCE + 5


async def test_a_replica_asks_for_no_more_reminders_a_second_than_its_pace_allows() -> None:
    room = Room(pace=Pace(rate=0.001, most=3))
    await room.hears(*(left(cart) for cart in on_partition(0, 5)))
    room.clock.move(HOUR)
    await room.ticks(0)
    assert len(room.said) == 3
    await room.ticks(0)
    assert len(room.said) == 3


async def test_what_the_pace_left_over_is_asked_for_later() -> None:
    room = Room(pace=Pace(rate=1e6, most=3))
    await room.hears(*(left(cart) for cart in on_partition(0, 5)))
    room.clock.move(HOUR)
    await room.ticks(0)
    await room.ticks(0)
    assert len(room.said) == 5


async def test_nobody_is_reminded_before_our_own_clock_says_so(room: Room) -> None:
    await room.hears(left("K1"))
    await room.ticks(HOME("K1"), at=MONDAY + 2 * HOUR)
    assert room.said == []
    room.clock.move(HOUR)
    await room.ticks(HOME("K1"), at=MONDAY + HOUR - MINUTE)
    assert room.said == []


async def test_a_cart_that_was_touched_again_is_due_later(room: Room) -> None:
    await room.hears(left("K1"))
    room.clock.move(HOUR / 2)
    await room.hears(left("K1", MONDAY + HOUR / 2))
    room.clock.set(MONDAY + HOUR)
    await room.ticks(HOME("K1"))
    assert room.said == []
    look_at = (MONDAY + HOUR * 1.5).timestamp()
    assert [room.shelf.is_due(HOME("K1"), at) for at in (look_at - 1, look_at)] == [False, True]
    room.clock.set(MONDAY + HOUR * 1.5)
    await room.ticks(HOME("K1"))
    assert len(room.said) == 1


async def test_a_cart_that_breaks_the_machine_is_put_off_and_the_others_go_on(room: Room) -> None:
    broken, whole = on_partition(0, 2)
    await room.hears(left(broken), left(whole))
    good = room.shelf.kept[key(broken)]
    room.shelf.rewrite(key(broken), good[: struct.calcsize(">dHB")] + b"rubbish")
    room.clock.move(HOUR)
    await room.ticks(0)
    assert [data.cart.cart_id for _, data in room.said] == [whole]
    assert room.sample("cart_recovery_broken_total") == 1
    room.shelf.rewrite(key(broken), good)
    await room.ticks(0)
    assert len(room.said) == 1
    room.clock.move(HOUR)
    await room.ticks(0)
    assert [data.cart.cart_id for _, data in room.said] == [whole, broken]


@pytest.mark.parametrize("is_known", [False, True])
async def test_a_shelf_that_is_full_is_not_the_records_fault(room: Room, is_known: bool) -> None:
    """It would be set aside, and all others after it."""
    if is_known:
        await room.hears(left("K1"))
    room.shelf.is_full = True
    with pytest.raises(ShelfError):
        await room.hears(left("K1", MONDAY + MINUTE))
    with pytest.raises(ShelfError):
        await room.ticks(HOME("K1"))
    assert room.set_aside == []


async def test_a_record_that_is_no_event_is_set_aside_and_the_next_is_taken(room: Room) -> None:
    await room.desk.take(room.odd(b"{"))
    await room.hears(left("K1"))
    [letter] = room.set_aside
    assert letter.topic == PREFIX + "shop.carts.dlq"
    assert (letter.value, dict(letter.headers)["dlq-reason"]) == (b"{", b"not_json")
    assert room.kept("K1") is not None
    dead = {"topic": "shop.carts", "reason": "not_json"}
    assert room.sample("cart_recovery_dead_lettered_total", **dead) == 1


@pytest.mark.parametrize("value", [None, b"", b"tick", b"tick soon", b"\xff"])
async def test_rubbish_between_the_ticks_is_set_aside(room: Room, value: bytes | None) -> None:
    await room.desk.take(room.odd(value, JOINED))
    assert [letter.topic for letter in room.set_aside] == [JOINED + ".dlq"]
    assert room.ticked == []


async def test_a_record_that_breaks_the_machine_is_set_aside_as_well(room: Room) -> None:
    await room.hears(left("K1"))
    room.shelf.lay(0, key("K1"), b"rubbish")
    await room.hears(left("K1", MONDAY + MINUTE), left("K2"))
    [letter] = room.set_aside
    assert dict(letter.headers)["dlq-problem"] == b"could not be understood"
    assert room.kept("K2") is not None


async def test_many_bad_records_in_a_row_stop_the_line(room: Room) -> None:
    for _ in range(49):
        await room.desk.take(room.odd(b"{"))
    with pytest.raises(LineStoppedError, match="50 records in a row could not be understood"):
        await room.desk.take(room.odd(b"{"))
    assert len(room.set_aside) == 49


async def test_our_own_ticks_in_between_do_not_let_the_line_go_on(room: Room) -> None:
    for _ in range(49):
        await room.desk.take(room.odd(b"{"))
        await room.ticks(0)
    with pytest.raises(LineStoppedError):
        await room.desk.take(room.odd(b"{"))


async def test_a_good_record_in_between_lets_the_line_go_on(room: Room) -> None:
    for n in range(6):
        for _ in range(20):
            await room.desk.take(room.odd(b"{"))
        await room.hears(left(f"K{n}"))
    assert len(room.set_aside) == 120


async def test_a_cart_of_another_s_partition_is_sent_home_as_it_came(room: Room) -> None:
    stray = left("K1")
    elsewhere = (HOME("K1") + 1) % 3
    await room.desk.take(room.record(stray, elsewhere))
    [sent] = room.publisher.published
    came = outgoing(PREFIX, stray)
    assert (sent.topic, sent.partition) == (JOINED, HOME("K1"))
    assert (sent.value, sent.headers) == (came.value, came.headers)
    assert sent.key == b"K1"
    assert room.kept("K1") is None
    assert room.sample("cart_recovery_sent_home_total") == 1
    await room.desk.take(room.odd(sent.value, JOINED, HOME("K1"), sent))
    assert room.kept("K1") is not None
    assert len(room.publisher.published) == 1


async def test_what_concerns_no_cart_is_passed_over(room: Room) -> None:
    await room.hears(placed("A-1", MONDAY))
    assert room.publisher.published == []
    assert room.shelf.kept == {}
    labels = {"type": "shop.order.placed.v1", "result": "not_about_a_cart"}
    assert room.sample("cart_recovery_consumed_total", **labels) == 1


async def test_an_event_on_the_wrong_topic_is_set_aside(room: Room) -> None:
    order = placed("A-1", MONDAY, cart_id="K1")
    await room.desk.take(room.odd(outgoing("", order).value, PREFIX + "shop.carts"))
    assert topic_of(order) == PREFIX + "shop.orders"
    [letter] = room.set_aside
    assert dict(letter.headers)["dlq-reason"] == b"wrong_topic"


async def test_a_cart_of_which_nothing_can_come_any_more_is_forgotten(room: Room) -> None:
    await room.hears(left("K1"))
    room.clock.move(timedelta(days=60))
    await room.ticks(HOME("K1"))
    assert room.said == []
    assert room.shelf.kept == {}


async def test_a_complete_table_says_what_is_due_and_what_is_ours() -> None:
    before = Room()
    mine, others = on_partition(0, 2), on_partition(1, 2)
    await before.hears(*(left(cart) for cart in (*mine, *others)))
    room = Room(before.shelf)
    await room.desk.recovered([0, 2])
    assert sorted(room.shelf.kept) == sorted(map(key, mine))
    assert sorted(room.shelf.due(0, 1e12, 9)) == sorted(map(key, mine))
    assert room.sample("carts", stage="active") == 2
    room.clock.move(HOUR)
    await room.ticks(0)
    assert sorted(data.cart.cart_id for _, data in room.said) == sorted(mine)


async def test_a_table_that_is_ours_no_more_is_not_counted() -> None:
    room = Room()
    await room.hears(left("K1"))
    await room.desk.recovered([], lambda: False)
    assert room.kept("K1") is not None
    assert room.sample("carts", stage="active") == 1


async def test_a_cart_with_nothing_to_come_is_never_due() -> None:
    room = Room()
    await room.hears(left("K1"))
    kept = room.kept("K1")
    assert kept is not None
    room.shelf.lay(0, key("K1"), write(kept._replace(look_at=NEVER)))
    await room.desk.recovered([HOME("K1")])
    assert room.shelf.due(HOME("K1"), 1e12, 9) == []
    assert room.kept("K1") is not None


async def test_what_a_newer_version_kept_is_left_as_it_lies(room: Room) -> None:
    of_tomorrow = struct.pack(">dHB", 0.0, 0, 200) + b"?"
    room.shelf.lay(0, b"odd", of_tomorrow)
    await room.desk.recovered([0, 1, 2])
    assert room.shelf.kept[b"odd"] == of_tomorrow
    assert room.sample("cart_recovery_broken_total") == 1
    await room.ticks(0)
    assert room.shelf.kept[b"odd"] == of_tomorrow


async def test_an_emptied_cart_that_nobody_knew_of_says_nothing(room: Room) -> None:
    await room.hears(event(CartEmptied(cart_id="K1"), MONDAY))
    room.clock.move(3 * HOUR)
    await room.ticks(HOME("K1"))
    assert room.said == []
