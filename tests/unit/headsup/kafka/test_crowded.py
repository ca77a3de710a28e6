"""Records with more headers than a service can hold."""

import tracemalloc
from typing import Any, Final

import pytest
from aiokafka import codec
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBase, _DefaultRecordBatchBuilderPy
from aiokafka.record.util import encode_varint

from headsup.contracts.envelope import MAX_BYTES
from headsup.kafka.crowded import CUT_FROM, KEPT, MOST
from headsup.kafka.leniency import tolerate_header_names

MEGABYTE: Final = 1024 * 1024
Headers = list[tuple[str, bytes | None]]
Sent = tuple[bytes | None, bytes | None, Headers]
FEW: Final[Headers] = [("name", b"text"), ("none", None)]
BEFORE: Final[Sent] = (b"key", b"before", FEW)
BEHIND: Final[Sent] = (None, None, [])


def batch(*records: Sent, is_packed: bool = False, empty: int | None = None) -> bytes:
    """As a broker gives it. One behind the records has `empty` headers without name and value."""
    builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 64 * MEGABYTE)
    for number, (key, value, headers) in enumerate(records):
        builder.append(number, 1_700_000_000_000 + number, key, value, headers)
    content = bytearray(builder.build())
    if empty is not None:
        content += crowd(empty, len(records))
        content[57:61] = (len(records) + 1).to_bytes(4, "big")
    head, rest = content[: DefaultRecordBase.HEADER_STRUCT.size], bytes(content[61:])
    if is_packed:
        rest = codec.zstd_encode(rest)
        head[21:23] = DefaultRecordBase.CODEC_ZSTD.to_bytes(2, "big")
    head[8:12] = (len(head) - 12 + len(rest)).to_bytes(4, "big")
    return bytes(head) + rest


def crowd(count: int, offset: int) -> bytes:
    """A record of so many headers, of two bytes each: no name, and no value."""
    record = bytearray()
    for number in (0, 0, offset, 3):
        encode_varint(number, record.append)
    record += b"key"
    encode_varint(5, record.append)
    record += b"value"
    encode_varint(count, record.append)
    record += b"\0\1" * count
    length = bytearray()
    encode_varint(len(record), length.append)
    return bytes(length + record)


def read(*batches: bytes) -> list[Any]:
    """What a consumer gets of them."""
    tolerate_header_names()
    answer = fetcher.MemoryRecords(b"".join(batches))
    found: list[Any] = []
    while answer.has_next():
        found += answer.next_batch()
    return found


@pytest.mark.parametrize("is_packed", [False, True])
def test_millions_of_headers_are_not_read_and_their_record_is_too_large(is_packed: bool) -> None:
    content = batch(BEFORE, is_packed=is_packed, empty=3 * MEGABYTE)
    tracemalloc.start()
    before, record, next_ = read(content, batch(BEFORE))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * MEGABYTE
    assert (before.value, list(before.headers)) == (b"before", FEW)
    assert (record.offset, record.key, len(record.value)) == (1, b"key", KEPT)
    assert record.value.startswith(b"value")
    [(name, size)] = record.headers
    assert name == CUT_FROM
    assert int(size) > 6 * MEGABYTE
    assert next_.value == b"before"


@pytest.mark.parametrize("is_packed", [False, True])
def test_what_stands_around_it_is_read_as_it_is(is_packed: bool) -> None:
    many: Sent = (b"many", b"x" * 9_000, [("h", b"v")] * (MOST + 1))
    size = MAX_BYTES - 100
    large: Sent = (None, b"x" * size, FEW)
    found = read(batch(BEFORE, large, many, large, BEHIND, is_packed=is_packed))
    assert [record.offset for record in found] == [0, 1, 2, 3, 4]
    assert [record.timestamp - 1_700_000_000_000 for record in found] == [0, 1, 2, 3, 4]
    assert [record.key for record in found] == [b"key", None, b"many", None, None]
    assert [len(record.value or b"") for record in found] == [6, size, KEPT, size, 0]
    assert list(found[3].headers) == FEW


@pytest.mark.parametrize("value", [None, b"", b"x" * 100_000])
def test_as_many_as_anybody_has_use_for_are_read(value: bytes | None) -> None:
    headers: Headers = [("name", b"x" * 100)] * MOST
    [record] = read(batch((None, value, headers)))
    assert (record.value, list(record.headers)) == (value, headers)


def test_a_batch_that_is_none_is_left_to_whoever_says_so() -> None:
    content = bytearray(batch((b"key", b"x" * 100_000, FEW)))
    content[61:66] = b"\xff" * 5
    with pytest.raises(Exception, match="CorruptRecordException"):
        read(bytes(content))
