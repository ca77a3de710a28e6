"""Our reading and writing of CloudEvents against the standard's own library."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from cloudevents.core.bindings import kafka as oracle
from cloudevents.core.v1.event import CloudEvent

from headsup.contracts import envelope
from headsup.contracts.base import Customer, Estimate, Money
from headsup.contracts.envelope import Event
from headsup.contracts.shop import OrderPlaced, PaymentState

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PLACED = OrderPlaced(
    order_id="A-1001",
    customer=Customer(id="C-204", name="Олена <b>\r\nКоваленко 🫖"),
    total=Money(amount="1299.00", currency="UAH"),
    payment=PaymentState.PAID,
    estimate=Estimate(latest=date(2026, 11, 28)),
)
EVENT = envelope.make("https://shop.example", "e-1", NOW, PLACED)
DATA = json.loads(envelope.encode(EVENT))["data"]


def as_read_by_the_oracle(
    value: bytes, headers: list[tuple[str, bytes]]
) -> tuple[dict[str, Any], Any]:
    message = oracle.KafkaMessage(dict(headers), b"A-1001", value)
    event = oracle.from_kafka_event(message)
    return event.get_attributes(), event.get_data()


def assert_read_as_written(attributes: dict[str, Any], data: Any, event: Event[Any]) -> None:
    assert attributes["specversion"] == "1.0"
    assert (attributes["id"], attributes["source"]) == (event.id, event.source)
    assert (attributes["type"], attributes["time"]) == (event.type, event.time)
    assert data == DATA


def test_the_library_reads_our_structured_mode() -> None:
    read = as_read_by_the_oracle(envelope.encode(EVENT), envelope.headers(EVENT))
    assert_read_as_written(*read, EVENT)


def test_the_library_reads_our_binary_mode() -> None:
    assert_read_as_written(*as_read_by_the_oracle(*envelope.to_binary(EVENT)), EVENT)


@pytest.mark.parametrize("write", [oracle.to_binary_event, oracle.to_structured_event])
def test_we_read_both_modes_of_the_library(write: Any) -> None:
    attributes = {
        "id": EVENT.id,
        "source": EVENT.source,
        "type": EVENT.type,
        "specversion": "1.0",
        "time": EVENT.time,
        "datacontenttype": "application/json",
        "partitionkey": "A-1001",
    }
    message = write(CloudEvent(attributes, DATA))
    assert envelope.decode(message.value, list(message.headers.items()), NOW) == EVENT
