"""A record with very many headers ends no service.

A header takes two bytes of a batch, and more than sixty of our memory: a record of thirty-two
megabytes, which is some kilobytes on Kafka, would be a gigabyte of them, and aiokafka (0.14) makes
all of them at once. So such a record is changed before it is read: it has no headers but one of
ours that says how large it was, and a value that is too large, so that it is set aside.
"""

from typing import Final, NamedTuple

from aiokafka.record.default_records import DefaultRecordBase
from aiokafka.record.util import decode_varint, encode_varint

from headsup.contracts.envelope import MAX_BYTES

MOST: Final = 1_000
"""Headers of a record of more than LARGE."""
LARGE: Final = 8 * 1024
"""Bytes of a record. In one that is smaller there is no room for many."""
CUT_FROM: Final = "dlq-cut-from"
"""The header of a dead letter, and of what was cut before: how many bytes there were, at least."""
KEPT: Final = MAX_BYTES + 1
"""Bytes of a value that is cut: enough to be too large."""
_SMALL: Final = 64 * 1024
"""Bytes of a batch whose headers are never too many."""
_HEAD: Final = DefaultRecordBase.HEADER_STRUCT.size
_LENGTH: Final = slice(8, 12)


class _Read(NamedTuple):
    """Where a record's parts lie."""

    before_value: int
    value: int
    headers: int
    """How many there are."""


def without_crowds(batch: bytes | memoryview) -> bytes | memoryview:
    """A batch without compression, in which no record has too many headers: mostly itself."""
    if len(batch) < _SMALL:
        return batch
    pieces: list[bytes | memoryview] = []
    at = taken = _HEAD
    try:
        while at < len(batch):
            size, begin = decode_varint(batch, at)
            if size > LARGE and (read := _read(batch, begin)).headers > MOST:
                pieces += (batch[taken:at], _spared(batch, begin, size, read))
                taken = begin + size
            at = begin + max(size, 0)
    except (IndexError, ValueError):  # whoever reads it finds that, too, and says so
        return batch
    return _joined(batch, [*pieces, batch[taken:]]) if pieces else batch


def _read(batch: bytes | memoryview, at: int) -> _Read:
    for _ in range(3):  # attributes, time and offset
        _, at = decode_varint(batch, at)
    size, at = decode_varint(batch, at)
    before_value = at + max(size, 0)
    size, at = decode_varint(batch, before_value)
    count, _ = decode_varint(batch, at + max(size, 0))
    return _Read(before_value, at, count)


def _spared(batch: bytes | memoryview, begin: int, size: int, read: _Read) -> bytes:
    """The record without them, and what says how long it is."""
    value = bytes(batch[read.value : min(begin + size, read.value + KEPT)]).ljust(KEPT)
    record = bytearray(batch[begin : read.before_value])
    for number, part in ((KEPT, value), (1, b"")):
        encode_varint(number, record.append)
        record += part
    for part in (CUT_FROM.encode(), str(size).encode()):
        encode_varint(len(part), record.append)
        record += part
    length = bytearray()
    encode_varint(len(record), length.append)
    return bytes(length + record)


def _joined(batch: bytes | memoryview, pieces: list[bytes | memoryview]) -> bytes:
    records = b"".join(pieces)
    head = bytearray(batch[:_HEAD])
    head[_LENGTH] = (_HEAD - _LENGTH.stop + len(records)).to_bytes(4, "big")
    return bytes(head) + records
