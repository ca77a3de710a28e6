"""An incident on real parts: the orders that it concerns are looked at, and no others."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from headsup.contracts import shop
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.shop import IncidentScope
from headsup.kafka.producer import Outgoing
from services.order_events import incident_rows
from tests.support.events import delivered, event, outgoing, placed, scanned
from tests.support.order_events import MONDAY, Parts
from tests.support.reading import TopicReader

HOUR = timedelta(hours=1)
TUESDAY = MONDAY + timedelta(days=1)
OPENED = shop.IncidentOpened(incident_id="I1", scope=IncidentScope.CARRIER, carrier="NOVA")


async def take(parts: Parts, *events: Event[Any]) -> None:
    """Writes these events and takes them in."""
    await parts.emit(*events)
    await parts.handle(len(events))


async def looked_at(parts: Parts) -> Sequence[str]:
    """Wakes the orders of what is known of incidents; those that are to be looked at now."""
    async with parts.store().transaction() as transaction:
        await transaction.wake([0, 1, 2], parts.clock.now())
    found = await parts.pool.fetch(
        "SELECT order_id FROM order_events.orders WHERE next_look_at <= $1 ORDER BY order_id",
        parts.clock.now(),
    )
    return [row["order_id"] for row in found]


async def four_orders(parts: Parts) -> None:
    """One is prepared, one is under way with Nova, one with somebody else, one was delivered."""
    other = shop.InTransit(order_id="A-3", shipment_id="S1", carrier="Meest")
    await take(
        parts,
        *(placed(f"A-{number}", MONDAY) for number in range(1, 5)),
        *(scanned("A-2", MONDAY), event(other, MONDAY), scanned("A-4", MONDAY)),
        delivered("A-4", MONDAY),
    )


async def test_a_carriers_incident_wakes_the_orders_with_its_parcels_and_no_others(
    parts: Parts,
) -> None:
    await four_orders(parts)
    assert await looked_at(parts) == []
    await take(parts, event(OPENED, MONDAY))
    assert await looked_at(parts) == ["A-2"]


async def test_a_shops_incident_wakes_all_its_orders_that_are_open(parts: Parts) -> None:
    await four_orders(parts)
    opened = shop.IncidentOpened(incident_id="I1", scope=IncidentScope.SHOP)
    await take(parts, event(opened, MONDAY))
    assert await looked_at(parts) == ["A-1", "A-2", "A-3"]


async def test_an_incident_that_is_said_of_another_carrier_wakes_the_orders_of_both(
    parts: Parts,
) -> None:
    await four_orders(parts)
    await take(parts, event(OPENED, MONDAY))
    await parts.sweep()
    [notice] = [e for e in await parts.requested(5) if e.data.kind is Kind.INCIDENT_NOTICE]
    await heard(parts, notice)
    parts.clock.set(MONDAY + HOUR)
    other = shop.IncidentOpened(incident_id="I1", scope=IncidentScope.CARRIER, carrier="Meest")
    await take(parts, event(other, MONDAY + HOUR))
    assert await looked_at(parts) == ["A-2", "A-3"]
    await parts.sweep()
    told = {(e.data.order_id, e.data.kind) for e in await parts.requested(7)}
    assert {("A-2", Kind.INCIDENT_SOLVED), ("A-3", Kind.INCIDENT_NOTICE)} <= told


async def test_orders_are_woken_page_by_page_and_once_more_later(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incident_rows, "PAGE", 2)
    await four_orders(parts)
    opened = shop.IncidentOpened(incident_id="I1", scope=IncidentScope.SHOP)
    await take(parts, event(opened, MONDAY))
    assert await looked_at(parts) == ["A-1", "A-2"]
    assert await looked_at(parts) == ["A-1", "A-2", "A-3"]
    wait = "SELECT wake_at > now(), wakes_left FROM order_events.incidents"
    assert tuple(await parts.pool.fetchrow(wait) or ()) == (True, 1)
    await parts.pool.execute(
        "UPDATE order_events.incidents SET wake_at = now();"
        " UPDATE order_events.orders SET next_look_at = NULL"
    )
    assert await looked_at(parts) == ["A-1", "A-2"]
    assert await looked_at(parts) == ["A-1", "A-2", "A-3"]
    assert await parts.pool.fetchval("SELECT wake_at IS NULL FROM order_events.incidents")


async def test_an_incident_of_a_partition_that_is_not_ours_is_left_to_others(parts: Parts) -> None:
    await four_orders(parts)
    await take(parts, event(OPENED, MONDAY))
    [row] = await parts.pool.fetch("TABLE order_events.incidents")
    others = [number for number in range(3) if number != row["partition"]]
    async with parts.store().transaction() as transaction:
        assert (await transaction.wake(others, MONDAY)).orders == 0
        assert (await transaction.wake([row["partition"]], MONDAY)).orders == 1


async def test_the_customers_hear_of_the_incident_and_of_its_end(parts: Parts) -> None:
    await four_orders(parts)
    await take(parts, event(OPENED, MONDAY))
    await parts.sweep()
    [notice] = [e for e in await parts.requested(5) if e.data.kind is Kind.INCIDENT_NOTICE]
    assert (notice.data.order_id, notice.data.content.carrier) == ("A-2", "NOVA")
    await heard(parts, notice)
    parts.clock.set(TUESDAY)
    await take(parts, event(shop.IncidentResolved(incident_id="I1"), TUESDAY))
    await parts.sweep()
    solved = [e for e in await parts.requested(6) if e.data.kind is Kind.INCIDENT_SOLVED]
    assert [e.data.order_id for e in solved] == ["A-2"]


async def heard(parts: Parts, request: Event[Any]) -> None:
    """A request's message arrived."""
    await take(parts, parts.outcome_of(request))


async def test_an_incident_that_is_read_twice_wakes_nobody_again(parts: Parts) -> None:
    await four_orders(parts)
    await take(parts, event(OPENED, MONDAY, event_id="one"))
    await parts.pool.execute("UPDATE order_events.incidents SET wake_at = NULL")
    await take(parts, event(OPENED, MONDAY, event_id="one"))
    assert await looked_at(parts) == []
    received = "SELECT count(*) FROM order_events.events WHERE order_id IS NULL"
    assert await parts.pool.fetchval(received) == 1


async def test_an_older_beginning_that_comes_later_has_the_orders_looked_at_again(
    parts: Parts,
) -> None:
    """An end that lay before every beginning may be one of an earlier time by it."""
    await four_orders(parts)
    await take(parts, event(OPENED, MONDAY))
    await parts.pool.execute("UPDATE order_events.incidents SET wake_at = NULL")
    assert await looked_at(parts) == []
    await take(parts, event(OPENED, MONDAY - HOUR))
    assert await looked_at(parts) == ["A-2"]


async def test_a_carriers_incident_without_a_carrier_is_set_aside_and_its_field_is_named(
    parts: Parts,
) -> None:
    good = outgoing(parts.prefix, event(OPENED, MONDAY))
    document = msgspec.json.decode(good.value or b"")
    del document["data"]["carrier"]
    bad = Outgoing(good.topic, good.key, msgspec.json.encode(document), good.headers)
    await parts.producer.publish([bad])
    await parts.handle(1)
    async with TopicReader(parts.bootstrap_servers, good.topic + ".dlq") as reader:
        [dead] = await reader.at_least(1)
    headers = dict(dead.headers)
    assert (headers["dlq-reason"], headers["dlq-field"]) == (b"bad_data", b"data.carrier")
    assert await parts.pool.fetchval("SELECT count(*) FROM order_events.incidents") == 0
