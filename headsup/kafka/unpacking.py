"""A batch that is far larger unpacked than it is on Kafka ends no service.

A broker limits a batch as it is sent. zlib makes a thousandth of zeros, zstd a thirty-thousandth: a
batch of some kilobytes can be gigabytes. aiokafka (0.14) unpacks it whole, and a service would end
at its memory limit, be started again, and read the same batch once more. So compressed batches are
unpacked here, up to UNPACKED; of one that is more, the records that are whole by then are read, and
one stands for all the rest. Whoever decodes it finds it too large, and it is set aside.

A record that is too large by itself is cut, for many of them may be at hand at once.
"""

import contextlib
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import cramjam
from aiokafka.codec import _detect_xerial_stream
from aiokafka.record.default_records import DefaultRecordBase
from aiokafka.record.util import decode_varint

from headsup import logs
from headsup.contracts.envelope import MAX_BYTES
from headsup.kafka.crowded import CUT_FROM, KEPT

UNPACKED: Final = 32 * 1024 * 1024
"""Bytes of a batch. A producer limits what it sends before it is compressed, by a megabyte unless
told otherwise."""
LONGEST_KEY: Final = 1024
_SLACK: Final = 1024 * 1024
"""What a library may have unpacked before it found that there is no more room, is in it for sure
but for this much at its end."""
_HEAD: Final = DefaultRecordBase.HEADER_STRUCT.size
_ATTRIBUTES: Final = slice(
    DefaultRecordBase.ATTRIBUTES_OFFSET, DefaultRecordBase.ATTRIBUTES_OFFSET + 2
)
_LENGTH: Final = slice(8, 12)
_COUNT: Final = slice(_HEAD - 4, _HEAD)
_BLOCK: Final = 4
"""Bytes of the length before each of snappy's blocks."""
_XERIAL: Final = 16
"""Bytes before the first of them."""


class Unpacked(NamedTuple):
    """What came out of a batch."""

    content: memoryview | bytes
    is_whole: bool


class Plain(NamedTuple):
    """A batch without compression."""

    content: bytes
    rest: memoryview | None
    """What is known of the records that are not in it; None where all are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortened:
    """What is left of a record, as aiokafka's own show themselves."""

    offset: int
    timestamp: int
    timestamp_type: int
    key: bytes | None
    value: bytes
    headers: Sequence[tuple[str, bytes | None]]
    checksum: None = None


def plain(batch: Any, content: memoryview) -> Plain:
    """The same batch without compression, with the records that are whole in what was unpacked."""
    data, is_whole = _CODECS[batch.compression_type](content[_HEAD:])
    head = bytearray(content[:_HEAD])
    attributes = int.from_bytes(head[_ATTRIBUTES], "big") & ~DefaultRecordBase.CODEC_MASK
    head[_ATTRIBUTES] = attributes.to_bytes(2, "big")
    rest = None
    if not is_whole:
        count, end = _whole(data)
        head[_COUNT] = count.to_bytes(4, "big")
        data, rest = memoryview(data)[:end], memoryview(data)[end:]
    head[_LENGTH] = (_HEAD - _LENGTH.stop + len(data)).to_bytes(4, "big")
    return Plain(b"".join((head, data)), rest)


def _whole(data: memoryview | bytes) -> tuple[int, int]:
    """How many records are whole, and where they end."""
    count = end = 0
    with contextlib.suppress(IndexError):  # a length that is cut
        while True:
            size, begin = decode_varint(data, end)
            if size <= 0 or begin + size > len(data):
                break
            count, end = count + 1, begin + size
    return count, end


def cut_from(record: Any) -> bytes:
    """How many bytes a record had, where it was cut as it was read; else nothing. Anybody may write
    that on a record of their own: but what is cut is small, and has no other headers."""
    if len(record.headers) != 1 or record.headers[0][0] != CUT_FROM:
        return b""
    is_cut = len(record.value or b"") <= KEPT and len(record.key or b"") <= LONGEST_KEY
    return record.headers[0][1] or b"" if is_cut else b""


def shortened(record: Any) -> Any:
    """The record, cut where it is too large for an event."""
    value = record.value or b""
    size = len(record.key or b"") + len(value)
    size += sum(len(name) + len(text or b"") for name, text in record.headers)
    if size <= MAX_BYTES or cut_from(record):
        return record
    return Shortened(
        offset=record.offset,
        timestamp=record.timestamp,
        timestamp_type=record.timestamp_type,
        key=record.key and record.key[:LONGEST_KEY],
        value=value[:KEPT],
        headers=((CUT_FROM, str(size).encode()),),
    )


def stand_in(batch: Any, offset: int, rest: memoryview) -> Shortened:
    """For the records from `offset` to the end of a batch that is too large."""
    logs.logger().error(
        "a batch is too large unpacked, or cannot be; the rest of it is not read",
        first=offset,
        last=batch.next_offset - 1,
        most=UNPACKED,
    )
    return Shortened(
        offset=batch.next_offset - 1,
        timestamp=batch.max_timestamp,
        timestamp_type=batch.timestamp_type,
        key=None,
        value=bytes(rest[:KEPT]).ljust(KEPT),  # however little: so that it is found too large
        headers=((CUT_FROM, str(UNPACKED).encode()),),
    )


def _gzip(payload: memoryview) -> Unpacked:
    """One member after the other, as the standard allows (RFC 1952, 2.2)."""
    found, room, waiting = [], UNPACKED, bytes(payload)
    while waiting and room > 0:
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            found.append(member.decompress(waiting, room))
        except zlib.error:
            break
        room -= len(found[-1])
        if not member.eof:
            break
        waiting = member.unused_data.lstrip(b"\0")
    return Unpacked(found[0] if len(found) == 1 else b"".join(found), not waiting)


def _snappy(payload: memoryview) -> Unpacked:
    """One block after the other, as Java has them (each says how much it is), or a single one."""
    if not _detect_xerial_stream(payload):
        data = _block(payload, UNPACKED)
        return Unpacked(data or b"", data is not None)
    found, at, room = [], _XERIAL, UNPACKED
    while at < len(payload):
        begin = at + _BLOCK
        at = begin + int.from_bytes(payload[at:begin], "big")
        data = _block(payload[begin:at], room)
        if data is None:
            break
        found.append(data)
        room -= len(data)
    else:
        return Unpacked(b"".join(found), is_whole=True)
    return Unpacked(b"".join(found), is_whole=False)


def _block(block: memoryview, room: int) -> bytes | None:
    """One of snappy's; None where there is not so much room, or it is none."""
    try:
        if cramjam.snappy.decompress_raw_len(block) > room:
            return None
        return bytes(cramjam.snappy.decompress_raw(block))
    except cramjam.DecompressionError:
        return None


def _by(into: Callable[[memoryview, bytearray], int]) -> Callable[[memoryview], Unpacked]:
    def unpack(payload: memoryview) -> Unpacked:
        room = bytearray(UNPACKED)  # zeros of the system's; of memory only what is written to
        try:
            size = into(payload, room)
        except cramjam.DecompressionError:
            return Unpacked(memoryview(room)[:-_SLACK], is_whole=False)
        return Unpacked(memoryview(room)[:size], is_whole=True)

    return unpack


_CODECS: Final[Mapping[int, Callable[[memoryview], Unpacked]]] = {
    DefaultRecordBase.CODEC_GZIP: _gzip,
    DefaultRecordBase.CODEC_SNAPPY: _snappy,
    DefaultRecordBase.CODEC_LZ4: _by(cramjam.lz4.decompress_into),
    DefaultRecordBase.CODEC_ZSTD: _by(cramjam.zstd.decompress_into),
}
