"""An order as its buyer, and a gift's recipient, may see it."""

from datetime import datetime
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts import shop
from headsup.contracts.base import Customer, Estimate, Item, Money, PickupPoint, Window
from headsup.contracts.catalogue import Audience
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Standing
from headsup.contracts.shop import HandedTo, Inspection, PaymentState, ReturnMethod
from headsup.orders import Ended, OrderView, StepKind
from services.order_events.order_views import view_of
from services.order_events.rules.base import Case
from services.order_events.told import Told
from tests.support.each import each
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events import parcels as p
from tests.unit.services.order_events.aftersale import aftersale_journeys
from tests.unit.services.order_events.strategies import (
    TROUBLES,
    journeys,
    order_journeys,
    parcel_journeys,
)
from tests.unit.services.order_events.world import STEPS, World, live

PAID = o.placed_and_paid()
GIFT = o.placed_and_paid(recipient=m.FRIEND, order_url="https://shop.example/orders/A1")


def about(data: type[Any], at: datetime, **what: Any) -> Event[Any]:
    return o.event(at, data(order_id="A1", **what))


def parcel(data: type[Any], at: datetime, **what: Any) -> Event[Any]:
    return about(data, at, **({"shipment_id": "S1"} | what))


def sent_back(data: type[Any], at: datetime, **what: Any) -> Event[Any]:
    return about(data, at, return_id="B1", **what)


def seen(
    *events: Event[Any],
    at: datetime | None = None,
    told: Told | None = None,
    audience: Audience = Audience.BUYER,
) -> OrderView:
    now = at or max(event.time for event in events)
    found = view_of(Case(o.folded(events), told or Told(), now, audience=audience))
    assert found is not None
    return found


APPROVED = sent_back(
    shop.ReturnApproved,
    o.WEDNESDAY,
    method=ReturnMethod.DROP_OFF,
    send_by=(o.WEDNESDAY + 7 * o.DAY).date(),
    address="Post office 7",
    code="R-77",
    items=(Item(name="Kettle"),),
)


HAPPENED: list[tuple[list[Event[Any]], StepKind]] = [
    ([], StepKind.PLACED),
    ([about(shop.OrderConfirmed, o.TUESDAY)], StepKind.ACCEPTED),
    ([about(shop.OrderHeld, o.TUESDAY)], StepKind.HELD),
    ([about(shop.OrderReleased, o.TUESDAY)], StepKind.RELEASED),
    ([c.edited(o.TUESDAY)], StepKind.EDITED),
    ([o.cancelled(o.TUESDAY)], StepKind.CANCELLED),
    ([c.brought_back(o.TUESDAY)], StepKind.REINSTATED),
    ([o.pay(o.TUESDAY)], StepKind.PAID),
    ([o.pay_in_vain(o.TUESDAY)], StepKind.PAYMENT_FAILED),
    ([o.refund(o.TUESDAY)], StepKind.REFUNDED),
    ([c.refund_comes_back(o.TUESDAY)], StepKind.REFUND_FAILED),
    ([o.label(o.TUESDAY)], StepKind.LABELLED),
    ([o.scan(o.TUESDAY)], StepKind.SHIPPED),
    ([o.on_the_van(o.TUESDAY)], StepKind.OUT_FOR_DELIVERY),
    ([o.nobody_home(o.TUESDAY)], StepKind.ATTEMPT_FAILED),
    ([o.at_the_locker(o.TUESDAY)], StepKind.READY_FOR_PICKUP),
    ([m.duty(o.TUESDAY)], StepKind.CUSTOMS_DUE),
    ([m.duty_paid(o.TUESDAY)], StepKind.CUSTOMS_CLEARED),
    ([m.unclear_address(o.TUESDAY)], StepKind.ADDRESS_PROBLEM),
    ([m.clear_address(o.TUESDAY)], StepKind.ADDRESS_FIXED),
    ([m.damage(o.TUESDAY)], StepKind.DAMAGED),
    ([p.lose(o.TUESDAY)], StepKind.LOST),
    ([p.send_back(o.TUESDAY)], StepKind.RETURNING),
    ([p.arrive_back(o.TUESDAY)], StepKind.RETURNED),
    ([o.handed_over(o.TUESDAY)], StepKind.DELIVERED),
    ([o.handed_over(o.TUESDAY), p.not_delivered(o.WEDNESDAY)], StepKind.NOT_DELIVERED),
    ([c.download(o.TUESDAY)], StepKind.DOWNLOAD_READY),
    ([sent_back(shop.ReturnRequested, o.TUESDAY)], StepKind.RETURN_REQUESTED),
    ([APPROVED], StepKind.RETURN_APPROVED),
    ([sent_back(shop.ReturnRejected, o.TUESDAY)], StepKind.RETURN_REJECTED),
    ([sent_back(shop.ReturnInTransit, o.TUESDAY)], StepKind.RETURN_IN_TRANSIT),
    ([sent_back(shop.ReturnReceived, o.TUESDAY)], StepKind.RETURN_RECEIVED),
    (
        [sent_back(shop.ReturnInspected, o.TUESDAY, result=Inspection.ACCEPTED)],
        StepKind.RETURN_INSPECTED,
    ),
    ([sent_back(shop.ReturnCancelled, o.TUESDAY)], StepKind.RETURN_CANCELLED),
    ([sent_back(shop.ExchangeSent, o.TUESDAY)], StepKind.EXCHANGE_SENT),
    ([about(shop.RepairAccepted, o.TUESDAY, repair_id="R1")], StepKind.REPAIR_ACCEPTED),
    ([about(shop.RepairReady, o.TUESDAY, repair_id="R1")], StepKind.REPAIR_READY),
    ([about(shop.TicketOpened, o.TUESDAY, ticket_id="T1")], StepKind.QUESTION_ASKED),
    (
        [
            about(shop.TicketOpened, o.TUESDAY, ticket_id="T1"),
            about(shop.TicketAnswered, o.WEDNESDAY, ticket_id="T1"),
        ],
        StepKind.QUESTION_ANSWERED,
    ),
]


@each(
    ("events", "step"),
    HAPPENED,
)
def test_what_happened_stands_in_the_timeline(events: list[Event[Any]], step: StepKind) -> None:
    shown = seen(o.placed(), *events)
    last = max((event.time for event in events), default=o.MONDAY)
    assert [found.at for found in shown.steps if found.kind is step] == [last]


def test_every_step_is_reached_by_some_event() -> None:
    assert {step for _, step in HAPPENED} == set(StepKind)


def test_the_timeline_begins_with_the_oldest() -> None:
    shown = seen(PAID, o.scan(o.TUESDAY), o.handed_over(o.WEDNESDAY))
    assert [step.at for step in shown.steps] == sorted(step.at for step in shown.steps)


def test_a_scan_that_comes_again_is_one_step() -> None:
    shown = seen(PAID, o.scan(o.TUESDAY), o.scan(o.WEDNESDAY))
    assert [step.at for step in shown.steps if step.kind is StepKind.SHIPPED] == [o.TUESDAY]


def test_of_one_of_several_parcels_its_id_is_said() -> None:
    shown = seen(PAID, o.scan(o.TUESDAY, "S1", tracking_number="N1"), o.scan(o.TUESDAY, "S2"))
    shipped = [step.parcel for step in shown.steps if step.kind is StepKind.SHIPPED]
    assert shipped == ["S1", "S2"]


def test_of_the_only_parcel_no_id_is_said() -> None:
    shown = seen(PAID, o.scan(o.TUESDAY, tracking_number="N1"))
    assert {step.parcel for step in shown.steps} == {None}


def test_before_it_was_placed_there_is_nothing_to_see() -> None:
    case = Case(o.folded([o.scan(o.TUESDAY)]), Told(), o.TUESDAY)
    assert view_of(case) is None


def test_the_buyer_sees_what_was_bought_and_for_how_much() -> None:
    shown = seen(PAID, o.scan(o.TUESDAY))
    assert (shown.items, shown.total, shown.payment) == (o.ITEMS, o.UAH_100, PaymentState.PAID)
    assert shown.parcels[0].items == o.ITEMS
    assert shown.customer == o.CUSTOMER


def test_where_the_buyer_gets_the_parcels_there_is_no_recipient_to_see_them() -> None:
    assert view_of(Case(o.folded([PAID]), Told(), o.MONDAY, audience=Audience.RECIPIENT)) is None


def test_a_recipient_sees_the_way_of_the_parcel() -> None:
    shown = seen(GIFT, o.scan(o.TUESDAY, tracking_number="N1"), audience=Audience.RECIPIENT)
    assert [step.kind for step in shown.steps] == [StepKind.SHIPPED]
    assert (shown.standing, shown.parcels[0].tracking_number) == (Standing.UNDER_WAY, "N1")


def test_a_recipient_sees_no_price_no_contents_and_nothing_of_the_buyer() -> None:
    events = [GIFT, o.scan(o.TUESDAY), m.duty(o.WEDNESDAY), APPROVED, o.refund(o.THURSDAY)]
    shown = seen(*events, audience=Audience.RECIPIENT)
    hides_all(shown)
    assert [step.kind for step in shown.steps] == [StepKind.SHIPPED]


def hides_all(shown: OrderView) -> None:
    assert (shown.items, shown.total, shown.payment, shown.order_url) == ((), None, None, None)
    assert (shown.returns, shown.return_until, shown.dispatch_by) == ((), None, None)
    assert shown.customer == Customer(id=o.CUSTOMER.id)
    assert all(each.items == () for each in shown.parcels)


def test_the_days_of_a_parcel_are_named_until_they_are_over() -> None:
    events = [PAID, o.scan(o.TUESDAY, estimate=o.by(o.WEDNESDAY))]
    assert seen(*events).parcels[0].estimate == Estimate(latest=o.WEDNESDAY.date())
    assert seen(*events, at=o.FRIDAY).parcels[0].estimate is None
    assert seen(*events, at=o.FRIDAY).estimate is None


def test_while_an_incident_holds_a_parcel_up_no_day_is_named() -> None:
    events = [PAID, o.scan(o.TUESDAY, carrier="Meest", estimate=o.by(o.FRIDAY))]
    incidents = m.incidents_at(o.WEDNESDAY, [m.opens(o.TUESDAY, "I1", "Meest")])
    shown = view_of(Case(o.folded(events), Told(), o.WEDNESDAY, incidents=incidents))
    assert shown is not None
    assert shown.parcels[0].estimate is None


def test_the_hours_of_the_courier_are_named_until_they_are_over() -> None:
    hours = Window(start=o.TUESDAY + o.HOUR, end=o.TUESDAY + 3 * o.HOUR)
    events = [PAID, parcel(shop.OutForDelivery, o.TUESDAY, window=hours)]
    assert seen(*events).parcels[0].window == hours
    assert seen(*events, at=hours.end).parcels[0].window is None


def test_a_parcel_that_waits_says_where_and_until_when() -> None:
    point = PickupPoint(name="Locker 5", address="Khreshchatyk 1", code="123")
    shown = seen(PAID, o.at_the_locker(o.TUESDAY, pickup=point)).parcels[0].pickup
    assert shown is not None
    assert (shown.name, shown.code) == ("Locker 5", "123")
    assert shown.hold_until is not None
    assert seen(PAID, o.at_the_locker(o.TUESDAY), o.handed_over(o.FRIDAY)).parcels[0].pickup is None


def test_a_parcel_that_was_handed_over_says_to_whom() -> None:
    shown = seen(PAID, o.handed_over(o.TUESDAY, handed_to=HandedTo.NEIGHBOUR))
    assert (shown.parcels[0].delivered_at, shown.parcels[0].handed_to) == (
        o.TUESDAY,
        HandedTo.NEIGHBOUR,
    )
    assert (shown.standing, shown.ended) == (None, Ended.DELIVERED)
    assert shown.return_until is not None


def test_the_last_day_to_send_something_back_is_named_until_it_passed() -> None:
    events = [PAID, o.handed_over(o.TUESDAY)]
    until = seen(*events).return_until
    assert until is not None
    assert seen(*events, at=o.TUESDAY + 100 * o.DAY).return_until is None


def test_a_cancelled_order_is_over_when_the_money_is_back() -> None:
    events = [PAID, o.cancelled(o.TUESDAY)]
    assert seen(*events).standing is Standing.REFUND_UNDER_WAY
    assert seen(*events, o.refund(o.WEDNESDAY)).ended is Ended.CANCELLED


def test_a_lost_parcel_that_was_paid_back_did_not_end_as_delivered() -> None:
    shown = seen(PAID, p.lose(o.TUESDAY, remedy=shop.Remedy.REFUND), o.refund(o.WEDNESDAY))
    assert (shown.standing, shown.ended) == (None, None)


def test_what_was_sent_back_and_paid_back_ended_as_returned() -> None:
    result = sent_back(shop.ReturnInspected, o.THURSDAY, result=Inspection.ACCEPTED)
    shown = seen(PAID, o.handed_over(o.TUESDAY), APPROVED, result, o.refund(o.FRIDAY))
    assert (shown.standing, shown.ended) == (None, Ended.RETURNED)


def test_an_approved_return_says_all_that_there_is_to_do() -> None:
    [shown] = seen(PAID, o.handed_over(o.TUESDAY), APPROVED).returns
    assert shown.approved
    assert (shown.method, shown.address, shown.code) == (
        ReturnMethod.DROP_OFF,
        "Post office 7",
        "R-77",
    )
    assert shown.send_by == (o.WEDNESDAY + 7 * o.DAY).date()
    assert shown.standing is Standing.RETURN_AWAITED


def test_a_label_that_comes_later_is_shown_and_one_that_failed_is_not() -> None:
    url = "https://shop.example/label"
    labelled = sent_back(shop.ReturnLabelReady, o.THURSDAY, label_url=url, code="R-78")
    [shown] = seen(PAID, APPROVED, labelled).returns
    assert (shown.label_url, shown.code) == (url, "R-78")
    [shown] = seen(PAID, APPROVED, labelled, sent_back(shop.ReturnLabelFailed, o.FRIDAY)).returns
    assert shown.label_url is None


def test_a_return_of_which_the_shop_asks_more_says_what() -> None:
    asked = sent_back(
        shop.ReturnInfoNeeded, o.TUESDAY, note="A photograph.", url="https://shop.example/r"
    )
    [shown] = seen(PAID, asked).returns
    assert (shown.approved, shown.note, shown.url) == (
        False,
        "A photograph.",
        "https://shop.example/r",
    )


def test_a_refused_return_says_why() -> None:
    [shown] = seen(PAID, sent_back(shop.ReturnRejected, o.TUESDAY, note="It was worn.")).returns
    assert (shown.approved, shown.note) == (False, "It was worn.")


@given(
    journeys() | parcel_journeys() | order_journeys() | aftersale_journeys(),
    st.lists(STEPS, max_size=20),
    TROUBLES,
)
def test_whatever_happens_both_see_something_and_the_recipient_no_money(
    events: list[Event[Any]], steps: list[tuple[Any, ...]], troubles: list[Event[Any]]
) -> None:
    world = World(events, troubles)
    world.now = max(event.time for event in events)
    live(world, steps)
    world.ends()
    order = world.order
    case = Case(order.facts, order.told, world.now, incidents=world.shop.incidents)
    bought = view_of(case)
    assert bought is not None
    assert not (bought.standing and bought.ended)
    assert bought.next_update_by is None or bought.next_update_by > world.now
    got = view_of(msgspec.structs.replace(case, audience=Audience.RECIPIENT))
    assert (got is None) is (order.facts.recipient is None)
    if got is not None:
        hides_all(got)
        assert not any(isinstance(value, Money) for value in vars_of(got))


def vars_of(shown: OrderView) -> list[Any]:
    parts: list[Any] = [shown, *shown.parcels, *shown.returns, *shown.steps]
    return [getattr(part, name) for part in parts for name in part.__dataclass_fields__]
