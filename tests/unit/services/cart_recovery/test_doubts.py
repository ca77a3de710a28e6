"""What becomes of a cart of which a record cannot be read."""

import json

import pytest

from headsup.contracts import envelope
from headsup.contracts.shop import CartEmptied
from services.cart_recovery.shelf import ShelfError
from tests.support.poison import Poison
from tests.unit.services.cart_recovery.carts import MINUTE, MONDAY
from tests.unit.services.cart_recovery.room import HOME, HOUR, JOINED, Room, key, left


@pytest.fixture
def room() -> Room:
    return Room()


def _with_no_kettle(room: Room, cart: str, partition: int | None = None) -> Poison:
    """An update of a shop that says by a quantity of 0 what was taken out."""
    record = room.record(left(cart, MONDAY + MINUTE), partition)
    assert record.value is not None
    document = json.loads(record.value)
    document["data"]["items"][0]["quantity"] = 0
    record.value = json.dumps(document).encode()
    return record


async def test_a_cart_of_which_an_update_cannot_be_read_is_not_reminded_of(room: Room) -> None:
    """What is in it is not known any more, and what was may have been taken out."""
    room.clock.move(2 * MINUTE)
    await room.hears(left("K1"), left("K2"))
    await room.desk.take(_with_no_kettle(room, "K1"))
    room.clock.move(HOUR)
    for partition in range(3):
        await room.ticks(partition)
    assert len(room.set_aside) == 1
    assert {data.cart.cart_id for _, data in room.said} == {"K2"}


async def test_it_is_reminded_of_again_when_the_next_update_can(room: Room) -> None:
    room.clock.move(2 * MINUTE)
    await room.hears(left("K1"))
    await room.desk.take(_with_no_kettle(room, "K1"))
    await room.hears(left("K1", MONDAY + 2 * MINUTE))
    room.clock.move(HOUR)
    await room.ticks(HOME("K1"))
    assert {data.cart.cart_id for _, data in room.said} == {"K1"}


async def test_a_doubt_about_a_cart_of_another_s_partition_is_sent_home(room: Room) -> None:
    room.clock.move(2 * MINUTE)
    await room.desk.take(_with_no_kettle(room, "K1", (HOME("K1") + 1) % 3))
    [sent] = [one for one in room.publisher.published if one.topic == JOINED]
    assert sent.partition == HOME("K1")
    doubt = envelope.decode(sent.value, sent.headers, room.clock.now())
    assert doubt.data == CartEmptied(cart_id="K1")


async def test_a_doubt_about_a_cart_that_breaks_the_machine_stops_nothing(room: Room) -> None:
    """The update is set aside already; were it raised, the service would read it again for ever."""
    room.clock.move(2 * MINUTE)
    await room.hears(left("K1"))
    room.shelf.lay(0, key("K1"), b"rubbish")
    await room.desk.take(_with_no_kettle(room, "K1"))
    await room.hears(left("K2"))
    assert len(room.set_aside) == 1
    assert room.sample("cart_recovery_broken_total") == 1
    assert room.kept("K2") is not None


@pytest.mark.parametrize(
    "value",
    [
        b'{"specversion":"1.0"}',
        b'{"specversion":"1.0","id":"1","source":"s","type":"shop.cart.updated.v1",'
        b'"time":"2026-11-23T10:00:00Z","data":{"cart_id":["K1"]}}',
        b'{"specversion":"1.0","id":"1","source":"s","type":"shop.cart.identified.v1",'
        b'"time":"2026-11-23T10:00:00Z","data":{"cart_id":"K1"}}',
    ],
    ids=["no envelope", "no cart", "says nothing of what is in it"],
)
async def test_of_what_says_less_nothing_follows(room: Room, value: bytes) -> None:
    await room.desk.take(room.odd(value))
    assert len(room.publisher.published) == len(room.set_aside) == 1


async def test_a_doubt_that_nothing_can_keep_is_no_cart_that_breaks_the_machine(room: Room) -> None:
    """Else the update would be set aside, and what it said would still be reminded of."""
    await room.hears(left("K1"))
    room.clock.move(2 * MINUTE)
    room.shelf.is_full = True
    with pytest.raises(ShelfError):
        await room.desk.take(_with_no_kettle(room, "K1"))
    assert room.sample("cart_recovery_broken_total") == 0
