"""For how long a receipt is awaited, and what tells carriers apart."""

from datetime import UTC, datetime

import pytest

from headsup.clock import FastClock, ManualClock
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.deadlines import LEAST, Deadlines, beginning_of
from tests.support.notifier import MONDAY

URGENT, SOON, WHENEVER = Kind.SHIPMENT_OUT_FOR_DELIVERY, Kind.ORDER_RECEIVED, Kind.ORDER_SPLIT


@pytest.mark.parametrize(
    ("kind", "channel", "seconds"),
    [
        (URGENT, Channel.SMS, 600.0),
        (URGENT, Channel.WHATSAPP, 600.0),
        (SOON, Channel.SMS, 7200.0),
        (WHENEVER, Channel.SMS, None),
        (URGENT, Channel.EMAIL, None),
        (URGENT, Channel.TELEGRAM, None),
    ],
)
def test_a_receipt_is_awaited_where_one_can_come(
    kind: Kind, channel: Channel, seconds: float | None
) -> None:
    assert Deadlines(ManualClock(MONDAY), can_hear=True).wait(kind, channel) == seconds


def test_nothing_is_awaited_where_nobody_can_call_us() -> None:
    assert Deadlines(ManualClock(MONDAY), can_hear=False).wait(URGENT, Channel.SMS) is None


def test_a_fast_clock_does_not_hurry_providers() -> None:
    fast = FastClock(real=datetime.now(UTC), shown=MONDAY, speed=14_400)
    assert Deadlines(fast, can_hear=True).wait(URGENT, Channel.SMS) == LEAST
    assert Deadlines(fast, can_hear=True, least=2.0).wait(URGENT, Channel.SMS) == 2.0


@pytest.mark.parametrize(
    ("number", "beginning"),
    [
        ("+380501234567", "+38050"),
        ("+380671234567", "+38067"),
        ("+447911123456", "+447911"),
        ("+37120000000", "+37120"),
        ("no number", "no number"),
    ],
)
def test_a_number_begins_with_its_country_and_its_network(number: str, beginning: str) -> None:
    assert beginning_of(number) == beginning
