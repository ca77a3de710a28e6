"""Messages are joined with what the notifier says about them, whichever comes first."""

from datetime import timedelta

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.shop import IncidentOpened, IncidentScope, InTransit
from sandbox.web.hub import Hub
from sandbox.web.stage import KEPT, Stage
from tests.unit.sandbox.web.samples import DELIVERED, NOON, message, outcome, record

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


def test_the_oldest_is_forgotten_first(stage: Stage) -> None:
    for number in range(KEPT + 1):
        stage.received(message(f"m{number}", ref=f"SM{number}"))

    assert [stage.messages[0].id, stage.messages[-1].id] == ["m1", f"m{KEPT}"]


def test_clearing_forgets_events_and_messages(stage: Stage) -> None:
    stage.saw(record(DELIVERED), NOON)
    stage.received(message())

    stage.clear()

    assert (stage.events, stage.messages) == ([], [])
