"""Dead letters: whole where Kafka takes them whole, and always such that Kafka takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from headsup.contracts.envelope import EventRefusedError, RefusalCode
from headsup.dead_letters import dead_letter
from headsup.kafka.producer import Outgoing
from headsup.kafka.topics import MAX_RECORD_BYTES

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class _Record:
    value: bytes | None
    key: bytes | None = b"A-1042"
    headers: Sequence[tuple[str, bytes | None]] = ()
    topic: str = "shop.orders"
    partition: int = 3
    offset: int = 17
    timestamp: int = 0


def _set_aside(record: _Record) -> Outgoing:
    refusal = EventRefusedError(RefusalCode.TOO_LARGE, "data.total", "expected less")
    return dead_letter(record, refusal, service="notifier", at=NOW)


def _size(letter: Outgoing) -> int:
    """As aiokafka's producer measures it before it refuses."""
    size = DefaultRecordBatchBuilder.estimate_size_in_bytes
    return int(size(letter.key, letter.value, list(letter.headers)))


def test_a_record_lies_beside_its_topic_as_it_was_with_the_reason_in_its_headers() -> None:
    letter = _set_aside(_Record(b"{", headers=(("trace", b"7"), ("empty", None))))
    assert (letter.topic, letter.key, letter.value) == ("shop.orders.dlq", b"A-1042", b"{")
    assert dict(letter.headers) == {
        "trace": b"7",
        "empty": None,
        "dlq-reason": b"too_large",
        "dlq-field": b"data.total",
        "dlq-problem": b"expected less",
        "dlq-origin": b"shop.orders/3/17",
        "dlq-service": b"notifier",
        "dlq-at": b"2026-11-23T09:00:00+00:00",
    }


def test_a_reason_of_an_earlier_time_is_replaced() -> None:
    letter = _set_aside(_Record(b"{", headers=(("dlq-reason", b"not_json"),)))
    assert [content for name, content in letter.headers if name == "dlq-reason"] == [b"too_large"]


@pytest.mark.parametrize(
    "record",
    [
        _Record(b"x" * (MAX_RECORD_BYTES - 100)),
        _Record(b"x" * (MAX_RECORD_BYTES * 3)),  # compressed, a broker lets it pass
        _Record(b"{", key=b"k" * MAX_RECORD_BYTES),
        _Record(b"{", headers=(("note", b"n" * MAX_RECORD_BYTES),)),
    ],
    ids=["value as large as the topic takes", "larger value", "key", "header"],
)
def test_what_kafka_would_not_take_whole_is_cut_and_says_so(record: _Record) -> None:
    whole = len(record.value or b"") + len(record.key or b"")
    whole += sum(len(name) + len(content or b"") for name, content in record.headers)
    letter = _set_aside(record)
    assert _size(letter) < MAX_RECORD_BYTES
    assert dict(letter.headers)["dlq-cut-from"] == str(whole).encode()
    assert dict(letter.headers)["dlq-reason"] == b"too_large"
    assert (record.value or b"").startswith(letter.value or b"")


def test_two_megabytes_are_kept_whole() -> None:
    value = b"x" * 2 * 1024 * 1024
    letter = _set_aside(_Record(value))
    assert letter.value == value
    assert "dlq-cut-from" not in dict(letter.headers)
