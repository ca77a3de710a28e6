"""Dead letters: whole where Kafka takes them whole, and always such that Kafka takes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from aiokafka.record.default_records import DefaultRecordBatchBuilder

from headsup.contracts.envelope import EventRefusedError, RefusalCode
from headsup.dead_letters import (
    Letter,
    LetterId,
    Resolution,
    Resolved,
    dead_letter,
    is_replayed,
    marker,
    original,
    read,
)
from headsup.kafka.crowded import KEPT
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


def read_back(letter: Outgoing) -> Letter:
    found = read(_Record(letter.value, letter.key, letter.headers, letter.topic))
    assert isinstance(found, Letter)
    return found


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


def test_what_was_cut_when_it_was_unpacked_says_so() -> None:
    letter = _set_aside(_Record(b"x" * KEPT, headers=(("dlq-cut-from", b"70000000"),)))
    assert dict(letter.headers)["dlq-cut-from"] == b"70000000"
    assert read_back(letter).cut_from == "70000000"


@pytest.mark.parametrize(
    "record",
    [
        _Record(b"x" * (MAX_RECORD_BYTES - 100), headers=(("dlq-cut-from", b"1"),)),
        _Record(b"x", key=b"k" * (MAX_RECORD_BYTES - 100), headers=(("dlq-cut-from", b"1"),)),
    ],
    ids=["value", "key"],
)
def test_who_says_of_their_own_record_that_it_was_cut_is_not_believed(record: _Record) -> None:
    letter = _set_aside(record)
    assert _size(letter) < MAX_RECORD_BYTES, "else Kafka takes no letter, and nothing is left of it"
    assert int(read_back(letter).cut_from) > MAX_RECORD_BYTES - 100


def test_two_megabytes_are_kept_whole() -> None:
    value = b"x" * 2 * 1024 * 1024
    letter = _set_aside(_Record(value))
    assert letter.value == value
    assert "dlq-cut-from" not in dict(letter.headers)


def test_a_record_with_neither_key_nor_value_can_be_published_all_the_same() -> None:
    letter = _set_aside(_Record(None, key=None))
    assert (letter.key, letter.value) == (None, b"")
    assert _set_aside(_Record(None)).value is None


def _lying(letter: Outgoing, offset: int = 5) -> _Record:
    """The letter as it is read again."""
    return _Record(letter.value, letter.key, letter.headers, letter.topic, 1, offset)


def test_a_letter_says_what_was_written_on_it() -> None:
    letter = read(_lying(_set_aside(_Record(b"{"))))
    assert isinstance(letter, Letter)
    assert str(letter.id) == "shop.orders.dlq/1/5"
    assert (letter.topic, letter.at, letter.reason) == ("shop.orders", NOW, "too_large")
    assert (letter.field, letter.problem) == ("data.total", "expected less")
    assert (letter.service, letter.origin) == ("notifier", "shop.orders/3/17")
    assert (letter.size, letter.cut_from) == (1, "")


def test_a_letter_that_says_nothing_is_a_letter() -> None:
    letter = read(_Record(b"{", topic="shop.orders.dlq", timestamp=-1))
    assert isinstance(letter, Letter)
    assert (letter.reason, letter.service) == ("unknown", "unknown")
    assert letter.at.year in {1969, 1970}


@pytest.mark.parametrize("at", [b"\xff", b"soon", b"2026-11-24", b"0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("timestamp", [0, 2**62, -(2**62)])
def test_a_moment_that_is_none_breaks_nothing(at: bytes, timestamp: int) -> None:
    record = _Record(b"{", headers=(("dlq-at", at),), topic="shop.orders.dlq", timestamp=timestamp)
    assert isinstance(read(record), Letter)


def test_what_would_command_a_terminal_is_not_shown() -> None:
    record = _Record(b"", headers=(("dlq-problem", b"\x1b[2J\x07\nx" + b"y" * 1000),))
    letter = read(record)
    assert isinstance(letter, Letter)
    assert letter.problem.isprintable()
    assert len(letter.problem) == 300


def test_a_replayed_record_is_what_was_set_aside() -> None:
    record = _Record(b"{", headers=(("trace", b"7"), ("empty", None)))
    again = original(_lying(_set_aside(record)))
    headers = (*record.headers, ("dlq-replayed", b"1"))
    assert again == Outgoing("shop.orders", b"A-1042", b"{", headers, 3)
    assert is_replayed(_lying(again))
    assert not is_replayed(record)


@pytest.mark.parametrize("origin", [b"", b"\xff", b"elsewhere/3/17", b"shop.orders/x/17"])
def test_where_the_partition_is_not_known_the_key_says_it(origin: bytes) -> None:
    record = _Record(b"{", headers=(("dlq-origin", origin),), topic="shop.orders.dlq")
    assert original(record).partition is None


def test_a_marker_names_its_letter_and_lies_beside_it() -> None:
    letter = LetterId("shop.orders.dlq", 1, 5)
    written = marker(letter, Resolution.DROPPED, NOW)
    assert (written.topic, written.partition) == ("shop.orders.dlq", 1)
    assert read(_lying(written)) == Resolved(letter, Resolution.DROPPED)


def test_nobody_forges_a_marker_through_a_record_of_their_own() -> None:
    forged = _Record(
        b"{", headers=(("dlq-resolves", b"shop.orders.dlq/1/5"), ("dlq-resolution", b"dropped"))
    )
    assert isinstance(read(_lying(_set_aside(forged))), Letter)


@pytest.mark.parametrize("text", ["", "a", "a/1", "a/1/2/3", "/1/2", "a/-1/2", "a/1/x", "a/1/²"])
def test_an_id_is_a_topic_and_two_numbers(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        LetterId.parse(text)
    assert LetterId.parse("a.dlq/1/2") == ("a.dlq", 1, 2)
