"""Batches that unpack to more than a service can hold."""

import gzip
import tracemalloc
from collections.abc import Callable
from typing import Any, Final

import cramjam
import pytest
from aiokafka import codec
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBase, _DefaultRecordBatchBuilderPy

from headsup.contracts.envelope import MAX_BYTES
from headsup.kafka.crowded import CUT_FROM, KEPT
from headsup.kafka.leniency import tolerate_header_names
from headsup.kafka.unpacking import UNPACKED

Pack = Callable[[bytes], bytes]
MEGABYTE: Final = 1024 * 1024
HUGE: Final = 5 * UNPACKED // 2
"""Bytes: so many more than are unpacked would be seen."""


def raw_snappy(payload: bytes) -> bytes:
    return bytes(cramjam.snappy.compress_raw(payload))


def two_members(payload: bytes) -> bytes:
    middle = len(payload) // 2
    return gzip.compress(payload[:middle], 1) + gzip.compress(payload[middle:], 1)


PACKED: Final[dict[str, tuple[int, Pack]]] = {
    "gzip": (DefaultRecordBase.CODEC_GZIP, lambda payload: gzip.compress(payload, 1)),
    "gzip in two members": (DefaultRecordBase.CODEC_GZIP, two_members),
    "snappy": (DefaultRecordBase.CODEC_SNAPPY, codec.snappy_encode),
    "snappy without blocks": (DefaultRecordBase.CODEC_SNAPPY, raw_snappy),
    "lz4": (DefaultRecordBase.CODEC_LZ4, codec.lz4_encode),
    "zstd": (DefaultRecordBase.CODEC_ZSTD, codec.zstd_encode),
}


def batch(values: list[bytes], how: str | None, base: int = 100, less: int = 0) -> bytes:
    """As a broker gives it: the records of `values`, from an offset; without its last bytes."""
    builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 2 * HUGE)
    for number, value in enumerate(values):
        builder.append(number, 1_700_000_000_000 + number, b"key", value, [("name", b"text")])
    content = bytearray(builder.build())
    head, records = content[: DefaultRecordBase.HEADER_STRUCT.size], bytes(content[61:])
    if how is not None:
        kind, pack = PACKED[how]
        records = pack(records)
        records = records[: len(records) - less]
        head[21:23] = kind.to_bytes(2, "big")
    head[0:8] = base.to_bytes(8, "big")
    head[8:12] = (len(head) - 12 + len(records)).to_bytes(4, "big")
    return bytes(head) + records


def read(*batches: bytes) -> list[Any]:
    """What a consumer gets of them."""
    tolerate_header_names()
    answer = fetcher.MemoryRecords(b"".join(batches))
    found: list[Any] = []
    while answer.has_next():
        found += answer.next_batch()
    return found


@pytest.mark.parametrize("how", PACKED)
def test_what_is_not_too_large_is_read_as_it_is(how: str) -> None:
    values = [b"first", b"x" * MAX_BYTES, b"last"]
    found = read(batch(values, how), batch([b"next"], None, 103))
    assert [record.offset for record in found] == [100, 101, 102, 103]
    assert found[0].value == b"first"
    assert found[2].value == b"last"
    assert list(found[2].headers) == [("name", b"text")]
    assert found[2].timestamp == 1_700_000_000_002


@pytest.mark.parametrize("how", PACKED)
def test_a_record_that_is_too_large_is_cut_and_says_so(how: str) -> None:
    [found, small] = read(batch([b"x" * 2 * MEGABYTE, b"small"], how))
    assert found.value == b"x" * KEPT
    assert found.key == b"key"
    assert [name for name, _ in found.headers] == [CUT_FROM]
    assert int(found.headers[0][1]) > 2 * MEGABYTE
    assert small.value == b"small"


@pytest.mark.parametrize("how", PACKED)
def test_of_a_batch_that_is_too_large_no_more_is_unpacked_than_there_is_room_for(how: str) -> None:
    content = batch([b"first", b"second", b"\0" * HUGE, b"behind it"], how)
    tracemalloc.start()
    found = read(content, batch([b"next"], None, 104))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 * UNPACKED
    whole = [(record.offset, record.value) for record in found[:-2]]
    if how != "snappy without blocks":  # of which nothing can be read alone
        assert whole == [(100, b"first"), (101, b"second")]
    stands_for = found[-2]
    assert (stands_for.offset, len(stands_for.value)) == (103, KEPT)
    assert list(stands_for.headers) == [(CUT_FROM, str(UNPACKED).encode())]
    assert found[-1].value == b"next"


@pytest.mark.parametrize("how", PACKED)
def test_a_batch_of_many_small_records_that_is_too_large_ends_with_one_for_the_rest(
    how: str,
) -> None:
    count = 2 * UNPACKED // MEGABYTE
    found = read(batch([b"x" * MEGABYTE] * count, how))
    assert len(found) < count
    assert found[-1].offset == 100 + count - 1
    assert all(len(record.value) == KEPT for record in found)


@pytest.mark.parametrize("how", PACKED)
def test_what_cannot_be_unpacked_is_set_aside_as_well(how: str) -> None:
    content = batch([b"first", b"x" * MEGABYTE], how, less=20)
    found = read(content, batch([b"next"], None, 102))[-2:]
    assert [record.offset for record in found] == [101, 102]
    assert found[0].headers
