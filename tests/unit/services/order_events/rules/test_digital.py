"""Orders of which all, or a part, is downloaded."""

from datetime import timedelta
from typing import Any

import msgspec

from headsup.contracts import shop
from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import ByDownload, Content, Standing
from headsup.shops.policy import Policy
from services.order_events.rules.base import Case
from services.order_events.standing import standing
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p

BOOK, FONT = Item(name="Book", digital=True), Item(name="Font", digital=True)
KETTLE = Item(name="Kettle")
CONFIRMED, READY, NO_NEWS = Kind.ORDER_CONFIRMED, Kind.ORDER_DOWNLOAD_READY, Kind.ORDER_NO_NEWS


def ready(at: Any, item: Item = BOOK, id_: str = "D1") -> Event[Any]:
    """Something can be downloaded."""
    url = "https://shop.example/d/1"
    data = shop.DownloadReady(order_id="A1", download_id=id_, item=item, url=url)
    return o.event(at, data)


def ordered(*items: Item, **what: Any) -> o.Order:
    """A paid order of these lines, confirmed and heard."""
    order = o.Order(Policy(dispatch_days=3))
    order.hears(o.placed_and_paid(items=items, **what))
    order.learns(CONFIRMED)
    return order


def stands(order: o.Order, at: Any) -> Standing | None:
    """Where the order stands."""
    assert order.facts is not None
    return standing(Case(order.facts, order.told, at, order.policy))


def confirmation(*items: Item, **what: Any) -> Content:
    """What the confirmation says."""
    return o.only(o.Order(Policy(dispatch_days=3)).hears(o.placed_and_paid(items=items, **what)))


def test_a_confirmation_of_downloads_promises_no_dispatch_and_the_next_word_within_a_day() -> None:
    said = confirmation(BOOK, dispatch_by=o.WEDNESDAY, estimate=o.by(o.FRIDAY))

    assert (said.by_download, said.dispatch_by, said.estimate) == (ByDownload.ALL, None, None)
    assert said.next_update_by is not None
    assert o.MONDAY + o.DAY <= said.next_update_by < o.MONDAY + 2 * o.DAY


def test_what_is_downloaded_is_never_late_to_leave() -> None:
    order = ordered(BOOK, dispatch_by=o.TUESDAY)

    for days in range(1, 12):
        order.looks(o.MONDAY + days * o.DAY)
    assert Kind.DISPATCH_LATE not in order.said


def test_whoever_waits_for_a_download_in_vain_hears_what_we_know_before_the_word_is_broken() -> (
    None
):
    order = ordered(BOOK)
    promised = order.told.statements[order.id_of(CONFIRMED)].next_update_by
    assert promised is not None

    said = o.only(order.looks(promised - o.HOUR))
    assert order.said[-1] is NO_NEWS
    assert said.standing is Standing.DOWNLOAD_AWAITED


def test_whoever_waits_for_a_download_hears_of_the_shops_trouble_and_no_day_at_its_end() -> None:
    order = ordered(BOOK, estimate=o.by(o.FRIDAY))
    order.incidents = (m.outage(o.TUESDAY, None),)
    told = o.kinds(order.looks(o.TUESDAY + o.HOUR))
    p.all_is_heard(order)

    order.incidents = (m.outage(o.TUESDAY, None, resolved_at=o.WEDNESDAY),)
    over = o.only(order.looks(o.WEDNESDAY + o.HOUR))

    assert Kind.INCIDENT_NOTICE in told
    assert (over.scope, over.estimate) == (shop.IncidentScope.SHOP, None)


def test_whoever_has_all_downloads_is_in_nobodys_trouble() -> None:
    order = ordered(BOOK)
    order.hears(ready(o.MONDAY + o.HOUR))
    p.all_is_heard(order)
    order.incidents = (m.outage(o.TUESDAY, None),)

    assert Kind.INCIDENT_NOTICE not in o.kinds(order.looks(o.TUESDAY + o.HOUR))


def test_it_is_over_when_all_can_be_downloaded() -> None:
    order = ordered(BOOK, FONT)

    assert stands(order, o.TUESDAY) is Standing.DOWNLOAD_AWAITED
    assert o.kinds(order.hears(ready(o.MONDAY + o.HOUR))) == [READY]
    order.learns(READY)
    assert stands(order, o.TUESDAY) is Standing.DOWNLOAD_AWAITED
    order.hears(ready(o.MONDAY + 2 * o.HOUR, FONT, "D2"))
    assert stands(order, o.TUESDAY) is None
    assert order.looks(o.MONDAY + 9 * o.DAY).announce == ()


def test_two_files_of_one_line_do_not_make_the_other_ready_and_files_go_by_other_names() -> None:
    part = msgspec.structs.replace(BOOK, name="Book")
    lines = o.placed_and_paid(items=(BOOK, FONT))
    assert o.folded([lines, ready(o.MONDAY, part), ready(o.MONDAY, part, "D2")]).missing_downloads
    other = ready(o.MONDAY, Item(name="Grotesk.otf"), "D3")
    assert not o.folded([lines, ready(o.MONDAY), other]).missing_downloads


def test_a_confirmation_of_what_is_ready_already_promises_nothing() -> None:
    order = o.Order()
    decision = order.hears(o.placed_and_paid(items=(BOOK,)), ready(o.MONDAY))

    said = {each.request.kind: each.request.content for each in decision.announce}
    assert said.keys() == {CONFIRMED, READY}
    assert said[CONFIRMED].next_update_by is None


def test_of_a_mixed_order_only_what_is_sent_is_in_parcels() -> None:
    said = confirmation(BOOK, KETTLE, dispatch_by=o.WEDNESDAY)
    assert (said.by_download, said.dispatch_by) == (ByDownload.SOME, o.WEDNESDAY)

    order = p.paid_order(items=(BOOK, KETTLE))
    shipped = o.only(order.hears(o.label(o.MONDAY, items=(KETTLE,)), o.scan(o.TUESDAY)))
    assert order.said[-1] is Kind.SHIPMENT_SHIPPED
    assert (shipped.items, shipped.parcels_left) == ((KETTLE,), None)


def test_a_late_mixed_order_names_only_what_should_have_left() -> None:
    order = ordered(BOOK, KETTLE, dispatch_by=o.TUESDAY)

    late = o.only(order.looks(o.TUESDAY + timedelta(minutes=1)))
    assert order.said[-1] is Kind.DISPATCH_LATE
    assert late.items == (KETTLE,)
