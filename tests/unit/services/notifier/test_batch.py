"""Reading a batch of records."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from headsup.contracts import envelope
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.registry import BY_DATA
from services.notifier.batch import Batch, read
from tests.support.cart_requests import purchased, reminder
from tests.support.events import placed
from tests.support.notifier import MONDAY, known, requested, troubled, withdrawn


@dataclass
class _Record:
    topic: str
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]] = ()
    partition: int = 0
    offset: int = 0
    timestamp: int = 0
    key: bytes | None = b"key"


def _record(event: Event[Any], topic: str | None = None) -> _Record:
    topic = topic or BY_DATA[type(event.data)].topic
    return _Record("t." + topic, envelope.encode(event), envelope.headers(event))


def _read(*records: _Record) -> Batch:
    return read(records, "t.", MONDAY)


def test_each_event_goes_where_it_belongs() -> None:
    batch = _read(_record(requested("r1")), _record(known()), _record(withdrawn("r0")))
    assert list(batch.requests) == ["r1"]
    assert list(batch.customers) == [("https://shop.example", "c-1")]
    assert list(batch.withdrawals) == ["r0"]
    assert len(batch.types) == 3


def test_what_is_about_an_order_is_held_by_its_own_partition_and_a_cart_by_any() -> None:
    records = [_record(requested("r1")), _record(requested("r2")), _record(reminder("r3"))]
    records[1].partition = 1
    batch = _read(*records)
    assert batch.held(set()) == {}
    assert batch.held({1}) == {"r2": 1, "r3": 1}
    assert batch.held({0, 1}) == {"r1": 0, "r2": 1, "r3": 0}


def test_everybody_who_bought_is_kept() -> None:
    first, second = purchased(order_id="B-1"), purchased(order_id="B-2")
    assert _read(_record(first), _record(second)).purchases == [first, second]


def test_a_request_that_comes_twice_is_read_once() -> None:
    batch = _read(_record(requested("r1")), _record(requested("r1")))
    assert list(batch.requests) == ["r1"]


def test_of_a_customer_the_newest_word_is_kept_whatever_the_order() -> None:
    old = known((Channel.EMAIL, "old@mail.example"))
    new = known((Channel.EMAIL, "new@mail.example"), at=MONDAY + timedelta(hours=1))
    for batch in (_read(_record(old), _record(new)), _read(_record(new), _record(old))):
        assert list(batch.customers.values()) == [new]


def test_of_two_words_of_one_moment_the_one_that_was_written_later_is_kept() -> None:
    first = known((Channel.EMAIL, "first@mail.example"))
    second = known((Channel.EMAIL, "second@mail.example"))
    assert list(_read(_record(first), _record(second)).customers.values()) == [second]


def test_what_cannot_be_read_is_set_aside_and_the_rest_is_read() -> None:
    batch = _read(
        _Record("t.notifications.requested", b"{", offset=7),
        _record(placed("A-1", MONDAY), "notifications.requested"),
        _record(requested("r" * 91)),
        _record(requested("r" * 90)),
    )
    assert list(batch.requests) == ["r" * 90]
    assert batch.refusals == [
        ("notifications.requested", "not_json"),
        ("notifications.requested", "wrong_topic"),
        ("notifications.requested", "bad_envelope"),
    ]
    assert {letter.topic for letter in batch.dead_letters} == {"t.notifications.requested.dlq"}
    assert dict(batch.dead_letters[0].headers)["dlq-origin"] == b"t.notifications.requested/0/7"


def test_of_an_orders_trouble_the_newest_word_is_kept_whatever_the_order() -> None:
    begun, over = troubled(), troubled(in_trouble=False, at=MONDAY + timedelta(hours=1))
    for batch in (_read(_record(begun), _record(over)), _read(_record(over), _record(begun))):
        assert batch.troubles == {("https://shop.example", "A-1"): over}


def test_of_trouble_and_its_end_at_one_moment_the_one_that_was_written_later_is_kept() -> None:
    begun, over = troubled(), troubled(in_trouble=False)
    assert list(_read(_record(begun), _record(over)).troubles.values()) == [over]
