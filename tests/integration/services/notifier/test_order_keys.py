"""Which orders somebody has, as the notifier keeps it."""

from datetime import timedelta
from typing import Any

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Audience
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from services.notifier.order_keys import KnownOrder, find, orders_of
from tests.integration.services.notifier.test_intake import record, way_in
from tests.support.cart_requests import purchased
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, OKSANA, Rig, known, requested
from tests.support.sealing import BOTH_WAYS

DAY = timedelta(days=1)
TARAS = Customer(id="c-2", phone="+380671112233")


def ids(found: list[KnownOrder]) -> list[str]:
    return [one.order_id for one in found]


async def test_the_orders_of_a_customer_are_known_the_newest_first(rig: Rig) -> None:
    way = way_in(rig)
    await way.take(
        record(purchased(order_id="B-1")),
        record(purchased(MONDAY + DAY, order_id="B-2")),
        record(purchased(order_id="B-3", customer=TARAS)),
    )
    assert ids(await orders_of(rig.pool, SHOP, "c-1", 10)) == ["B-2", "B-1"]
    assert ids(await orders_of(rig.pool, SHOP, "c-1", 1)) == ["B-2"]
    assert await orders_of(rig.pool, "https://other.example", "c-1", 10) == []


@BOTH_WAYS
async def test_an_order_is_found_by_its_number_and_by_the_addresses_of_its_customer(
    rig: Rig,
) -> None:
    way = way_in(rig)
    await way.take(record(known((Channel.EMAIL, "work@mail.example"))))
    await way.take(record(purchased(order_id="B-1", order_number="1001")))
    for text in ("B-1", "№1001", "OKSANA@mail.example", "work@mail.example", "050 123 45 67"):
        assert ids(await find(rig.pool, text, {"UA"})) == ["B-1"], text
    assert await find(rig.pool, "050 123 45 68", {"UA"}) == []


async def test_where_it_turns_out_to_be_somebody_elses_it_is_no_longer_the_firsts(
    rig: Rig,
) -> None:
    way = way_in(rig)
    await way.take(record(purchased(order_id="B-1")))
    await way.take(record(purchased(MONDAY + DAY, order_id="B-1", customer=TARAS)))
    await way.take(record(purchased(order_id="B-1")))  # an old word that comes again
    assert await orders_of(rig.pool, SHOP, "c-1", 10) == []
    assert ids(await orders_of(rig.pool, SHOP, "c-2", 10)) == ["B-1"]
    assert await find(rig.pool, str(OKSANA.email)) == []


async def test_a_gifts_recipient_has_the_order_once_they_are_written_to(rig: Rig) -> None:
    content = Content(order_number="1001", audience=Audience.RECIPIENT, carrier="Nova")
    told: dict[str, Any] = {"customer": TARAS, "content": content, "order_id": "B-1"}
    way = way_in(rig)
    await way.take(record(purchased(order_id="B-1")), record(requested("r1", **told)))
    [theirs] = await orders_of(rig.pool, SHOP, "c-2", 10)
    assert (theirs.order_id, theirs.audience) == ("B-1", Audience.RECIPIENT)
    found = await find(rig.pool, "B-1")
    assert {one.audience for one in found} == {Audience.BUYER, Audience.RECIPIENT}
    [bought] = await orders_of(rig.pool, SHOP, "c-1", 10)
    assert bought.audience is Audience.BUYER


async def test_a_message_to_the_buyer_makes_nobody_a_recipient(rig: Rig) -> None:
    way = way_in(rig)
    await way.take(record(requested("r1")))
    assert await orders_of(rig.pool, SHOP, "c-1", 10) == []
