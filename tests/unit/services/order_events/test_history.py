"""Everything that is known of an order has a line in its trace."""

from datetime import timedelta
from typing import Any

import msgspec

from headsup.contracts import envelope
from headsup.contracts.registry import EVENT_TYPES, EventType, Topic
from headsup.contracts.schemas import ROOT, read_examples
from services.order_events.history import moments
from tests.support.each import each
from tests.unit.services.order_events import orders as o

ABOUT_ORDERS = (
    *(Topic.ORDERS, Topic.PAYMENTS, Topic.SHIPMENTS, Topic.RETURNS),
    *(Topic.SUPPORT, Topic.REPLIED),
)
TYPES = [kind for kind in EVENT_TYPES if kind.topic in ABOUT_ORDERS and kind.key == "order_id"]
EXAMPLES: dict[str, Any] = {
    document["type"]: document for _, document in read_examples(ROOT).items()
}
NOW = o.MONDAY + timedelta(days=60)


@each("kind", TYPES)
def test_every_event_leaves_a_line(kind: EventType) -> None:
    event = envelope.decode(msgspec.json.encode(EXAMPLES[kind.name]), [], NOW)

    lines = moments(o.folded([event]))
    assert lines
    assert lines == sorted(lines)


def test_what_a_customer_answered_is_named_and_what_somebody_wrote_is_not() -> None:
    lines = [
        said
        for kind in TYPES
        for _, said in moments(
            o.folded([envelope.decode(msgspec.json.encode(EXAMPLES[kind.name]), [], NOW)])
        )
    ]

    assert [said for said in lines if said.startswith("answered ")]
    written = [
        document["data"]["note"] for document in EXAMPLES.values() if "note" in document["data"]
    ]
    assert written
    assert not [said for said in lines for note in written if note in said]


def test_what_happened_more_than_once_is_there_twice() -> None:
    said = [name for _, name in moments(o.folded([o.scan(o.MONDAY), o.scan(o.TUESDAY)]))]

    assert said == [
        "shipment S1 scanned by the carrier",
        "shipment S1 scanned by the carrier, for the last time",
    ]
