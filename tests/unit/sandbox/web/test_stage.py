"""Messages are joined with what the notifier says about them, whichever comes first."""

from datetime import timedelta

import msgspec
import pytest

from headsup.contracts.base import Contract
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import OutcomeStatus, Reason
from headsup.contracts.reasons import REASONS
from headsup.contracts.replies import CustomerOptedOut
from headsup.contracts.shop import IncidentOpened, IncidentScope, InTransit
from sandbox.web.hub import Hub
from sandbox.web.shown import Held
from sandbox.web.stage import KEPT, Stage
from tests.unit.sandbox.web.samples import (
    CART,
    DELIVERED,
    FLOW,
    NOON,
    message,
    outcome,
    record,
    recovered,
    reminded,
    unsaid,
)

MS = timedelta(milliseconds=1)


@pytest.fixture
def stage() -> Stage:
    return Stage(Hub())


def test_an_event_is_shown_with_a_title_and_its_place_in_kafka(stage: Stage) -> None:
    stage.saw(record(DELIVERED), NOON)

    (seen,) = stage.events
    assert (seen.title, seen.order, seen.topic) == ("Delivered", "1001", "shop.shipments")
    assert (seen.partition, seen.offset) == (3, 17)


def test_what_is_no_event_is_passed_over(stage: Stage) -> None:
    broken = record(DELIVERED)
    stage.saw(type(broken)(**{**broken.__dict__, "value": b"no json"}), NOON)

    assert stage.events == []


def test_a_message_is_known_better_when_the_outcome_comes_after_it(stage: Stage) -> None:
    stage.saw(record(DELIVERED), NOON)
    stage.received(message(after=40 * MS))
    stage.saw(record(outcome("SM1"), event_id="e2"), NOON)

    (known,) = stage.messages
    assert (known.kind, known.order, known.language) == (Kind.SHIPMENT_DELIVERED, "1001", "en")
    assert (known.cause, known.latency_ms) == ("e1", 40)


def test_a_message_is_known_at_once_when_the_outcome_came_before_it(stage: Stage) -> None:
    stage.saw(record(outcome("SM1")), NOON)
    stage.received(message())

    assert [m.kind for m in stage.messages] == [Kind.SHIPMENT_DELIVERED]


def test_a_message_id_is_the_same_with_and_without_brackets(stage: Stage) -> None:
    stage.received(message(ref="<a@mail.example>"))
    stage.saw(record(outcome("a@mail.example")), NOON)

    assert [m.kind for m in stage.messages] == [Kind.SHIPMENT_DELIVERED]


def test_the_same_message_twice_is_shown_twice_and_known_twice(stage: Stage) -> None:
    stage.received(message("m1"))
    stage.saw(record(outcome("SM1")), NOON)
    stage.received(message("m2"))

    assert [(m.id, m.kind) for m in stage.messages] == [
        ("m1", Kind.SHIPMENT_DELIVERED),
        ("m2", Kind.SHIPMENT_DELIVERED),
    ]


def test_an_outcome_without_a_message_changes_nothing(stage: Stage) -> None:
    stage.received(message())
    stage.saw(record(outcome(None)), NOON)

    assert [m.kind for m in stage.messages] == [None]


def test_a_message_about_silence_has_no_cause(stage: Stage) -> None:
    stage.saw(record(DELIVERED), NOON)
    stage.received(message(after=MS))
    stage.saw(record(outcome("SM1", Kind.DISPATCH_LATE)), NOON)

    assert [(m.cause, m.latency_ms, m.of_time) for m in stage.messages] == [(None, None, True)]


def test_a_message_whose_event_was_not_seen_is_not_one_about_silence(stage: Stage) -> None:
    stage.received(message())
    stage.saw(record(outcome("SM1")), NOON)

    assert [(m.cause, m.of_time) for m in stage.messages] == [(None, False)]


def test_an_incident_is_the_cause_though_it_names_no_order(stage: Stage) -> None:
    opened = IncidentOpened(incident_id="i1", scope=IncidentScope.SHOP)
    stage.saw(record(opened, event_id="trouble"), NOON)
    stage.received(message(after=MS))
    stage.saw(record(outcome("SM1", Kind.INCIDENT_NOTICE)), NOON)

    assert [m.cause for m in stage.messages] == ["trouble"]


def test_the_cause_is_the_newest_fitting_event_before_the_message(stage: Stage) -> None:
    scan = InTransit(order_id="1001", shipment_id="1001-1")
    stage.saw(record(DELIVERED, event_id="first"), NOON)
    stage.saw(record(DELIVERED, event_id="second", after=10 * MS), NOON)
    stage.saw(record(scan, event_id="another kind", after=11 * MS), NOON)
    stage.saw(record(DELIVERED, event_id="too late", after=60 * MS), NOON)
    stage.received(message(after=50 * MS))
    stage.saw(record(outcome("SM1"), event_id="o"), NOON)

    assert [(m.cause, m.latency_ms) for m in stage.messages] == [("second", 40)]


def test_a_reminder_leads_back_to_the_last_visit_to_its_cart(stage: Stage) -> None:
    later = NOON + timedelta(minutes=1)
    stage.saw(record(CART, event_id="first"), NOON)
    stage.saw(record(CART, event_id="visit", after=MS), NOON)
    stage.saw(record(CART, event_id="new prices", after=2 * MS, happened=later), later)
    stage.saw(record(DELIVERED, event_id="of an order", after=3 * MS), NOON)
    stage.received(message(after=300 * MS))
    stage.saw(record(reminded("SM1"), event_id="o"), NOON)

    (known,) = stage.messages
    assert (known.kind, known.cart, known.order) == (Kind.CART_ABANDONED, "C1001", None)
    assert (known.cause, known.of_time) == ("visit", False)


def test_a_reminder_waited_on_purpose_and_says_nothing_of_how_fast_we_are(stage: Stage) -> None:
    stage.saw(record(CART), NOON)
    stage.received(message(after=300 * MS))
    stage.saw(record(reminded("SM1"), event_id="o"), NOON)

    assert [m.latency_ms for m in stage.messages] == [None]


def test_an_event_of_a_cart_is_no_cause_of_what_is_said_of_an_order(stage: Stage) -> None:
    stage.saw(record(CART), NOON)
    stage.received(message(after=MS))
    stage.saw(record(outcome("SM1"), event_id="o"), NOON)

    assert [m.cause for m in stage.messages] == [None]


def test_why_nobody_was_reminded_is_shown_at_the_cart(stage: Stage) -> None:
    stage.saw(record(CART), NOON)
    none = unsaid(Kind.CART_ABANDONED, Reason.NO_CONSENT, order_id=None, cart=FLOW)
    stage.saw(record(none, event_id="o", after=300 * MS), NOON)

    (shown,) = stage.unsaid
    assert (shown.because, shown.cause) == ("they never agreed to it", "e1")
    assert (shown.cart, shown.order, shown.channel) == ("C1001", None, None)
    assert [seen.id for seen in stage.events] == ["e1"]


def test_one_of_several_messages_that_is_not_sent_names_its_channel(stage: Stage) -> None:
    refused = unsaid(Kind.SHIPMENT_DELIVERED, Reason.REFUSED)
    by_mail = msgspec.structs.replace(refused, notification_id="r1.0", channel=Channel.EMAIL)
    stage.saw(record(by_mail), NOON)

    assert [(u.id, u.request, u.channel) for u in stage.unsaid] == [("r1.0", "r1", Channel.EMAIL)]


def test_what_a_provider_did_not_take_was_meant_to_be_said(stage: Stage) -> None:
    failed = msgspec.structs.replace(outcome(None), status=OutcomeStatus.FAILED)
    stage.saw(record(failed), NOON)

    assert stage.unsaid == []


@pytest.mark.parametrize(
    ("data", "title", "detail"),
    [
        (recovered("1001"), "The reminder worked", "order 1001, 1199.00 UAH"),
        (
            CustomerOptedOut(customer_id="c1", message_class=MessageClass.MARKETING),
            "Customer opted out",
            "marketing, all channels",
        ),
    ],
)
def test_what_the_services_tell_the_shop_is_shown_too(
    stage: Stage, data: Contract, title: str, detail: str
) -> None:
    stage.saw(record(data), NOON)

    assert [(s.title, s.detail, s.customer) for s in stage.events] == [(title, detail, "c1")]


def test_an_order_is_known_by_its_cart_too(stage: Stage) -> None:
    stage.saw(record(recovered("1001")), NOON)

    assert [(seen.order, seen.cart) for seen in stage.events] == [("1001", "C1001")]


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)


def test_the_oldest_is_forgotten_first(stage: Stage) -> None:
    for number in range(KEPT + 1):
        stage.received(message(f"m{number}", ref=f"SM{number}"))

    assert [stage.messages[0].id, stage.messages[-1].id] == ["m1", f"m{KEPT}"]


def test_clearing_forgets_events_and_messages_and_what_was_not_said(stage: Stage) -> None:
    stage.saw(record(DELIVERED), NOON)
    stage.received(message())
    stage.saw(record(unsaid(Kind.ORDER_CHECK_IN, Reason.NO_ADDRESS), event_id="o"), NOON)

    stage.clear()

    assert (stage.events, stage.messages, stage.unsaid) == ([], [], [])


def _held(request: str = "r1") -> Held:
    return Held(
        id=f"{request}.0",
        request=request,
        kind=Kind.SHIPMENT_DELIVERED,
        channel=Channel.SMS,
        order="1001",
        customer="c1",
        at=NOON,
        until=NOON + timedelta(hours=20),
    )


def test_what_waits_for_the_morning_is_shown_under_its_event(stage: Stage) -> None:
    stage.saw(record(DELIVERED), NOON)
    stage.holds(_held())

    (held,) = stage.held
    assert (held.cause, held.of_time) == ("e1", False)
    stage.received(message(after=MS))
    stage.saw(record(outcome("SM1"), event_id="o1"), NOON)
    assert [each.latency_ms for each in stage.messages] == [None]  # it was not we who were slow
    stage.clear()
    assert stage.held == []


def test_what_waited_and_was_overtaken_is_shown_as_not_said(stage: Stage) -> None:
    stage.saw(record(DELIVERED), NOON)
    stage.holds(_held())
    taken_back = unsaid(Kind.SHIPMENT_DELIVERED, Reason.SUPERSEDED)
    taken_back = msgspec.structs.replace(taken_back, status=OutcomeStatus.WITHDRAWN)
    other = msgspec.structs.replace(taken_back, request_id="r2")

    stage.saw(record(taken_back, event_id="o1", after=MS), NOON)
    stage.saw(record(other, event_id="o2", after=MS), NOON)

    assert [(each.request, each.because) for each in stage.unsaid] == [
        ("r1", "newer news took its place")
    ]


def test_a_message_that_takes_over_names_the_channel_before_it(stage: Stage) -> None:
    first = msgspec.structs.replace(outcome("SM0"), channel=Channel.WHATSAPP)
    second = msgspec.structs.replace(outcome("SM1"), notification_id="r1.0.1")
    stage.saw(record(DELIVERED), NOON)
    stage.saw(record(first, event_id="o1"), NOON)
    stage.received(message(ref="SM0"))
    stage.received(message("m2", ref="SM1"))
    stage.saw(record(second, event_id="o2"), NOON)

    assert [each.instead_of for each in stage.messages] == [None, Channel.WHATSAPP]
    assert stage.messages[1].latency_ms is None


def test_what_customers_write_is_kept_until_the_phone_is_new(stage: Stage) -> None:
    stage.wrote(Channel.SMS, "+447911123456", "STOP", NOON)
    stage.wrote(Channel.SMS, "+447911123456", "You are out", NOON, mine=False)

    assert [(each.text, each.mine) for each in stage.written] == [
        ("STOP", True),
        ("You are out", False),
    ]
    stage.clear()
    assert stage.written == []
