"""The tick of the clock, as a record."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from headsup.contracts.envelope import EventRefusedError, decode
from services.cart_recovery import tick

NOON = datetime(2026, 11, 23, 12, 0, 0, 123456, tzinfo=UTC)


def test_a_tick_goes_to_its_partition_and_says_when_it_was_sent() -> None:
    record = tick.record(7, NOON, "x.")
    assert (record.topic, record.partition) == ("x.cart_recovery.joined", 7)
    assert tick.moment_of(record.value) == NOON


def test_a_tick_of_another_zone_is_the_same_moment() -> None:
    kyiv = NOON.astimezone(timezone(timedelta(hours=2)))
    assert tick.record(0, kyiv, "").value == tick.record(0, NOON, "").value


@pytest.mark.parametrize(
    "value",
    [
        *(None, b"", b"tick", b"tick ", b"tick yesterday", b"tick 2026-11-23T12:00:00"),
        *(b"tick \xff", b"{}", b" tick 2026-11-23T12:00:00Z", b'{"tick": 1}'),
    ],
)
def test_anything_else_is_no_tick(value: bytes | None) -> None:
    assert tick.moment_of(value) is None


def test_nobody_takes_a_tick_for_an_event() -> None:
    with pytest.raises(EventRefusedError):
        decode(tick.record(0, NOON, "").value, (), NOON)
