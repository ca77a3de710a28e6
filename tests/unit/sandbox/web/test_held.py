"""A morning is shown as the hour that it is, whatever the machines need in between."""

from datetime import UTC, datetime, timedelta

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from sandbox.tempo import Tempo
from sandbox.web.held import held_in

REAL = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHOWN = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
TEMPO = Tempo(REAL, SHOWN, 14_400.0)


@pytest.mark.parametrize("late", [0, 20, 90])
def test_what_is_held_waits_until_the_hour(late: int) -> None:
    row = {
        "id": "r1.0",
        "request_id": "r1",
        "kind": "shipment.shipped",
        "channel": "sms",
        "order_id": "1001",
        "customer_id": "c1",
        "planned_at": SHOWN,
        "due_at": REAL + timedelta(seconds=2.5, milliseconds=late),
    }

    held = held_in(row, TEMPO)

    assert held.until == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert (held.kind, held.channel, held.order) == (Kind.SHIPMENT_SHIPPED, Channel.SMS, "1001")
