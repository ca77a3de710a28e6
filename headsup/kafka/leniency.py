"""A header whose name is no UTF-8 does not stop its partition.

Kafka's protocol says that names are UTF-8, brokers do not look, and clients in C send whatever they
are given. aiokafka (0.14) raises UnicodeDecodeError from `getmany` then, and again each time: what
lies behind that record is never read, by nobody. It offers no way to say how names are decoded, so
its reader of batches is replaced by one that reads such a batch a second time, with its reader in
Python, and shows in such a name what stood there (`\\xff`).

What is compressed is unpacked by `unpacking`, which knows an end; and of headers there are no more
than `crowded` lets through.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from aiokafka.consumer import fetcher
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

from headsup.kafka import unpacking
from headsup.kafka.crowded import without_crowds

_LENGTH: Final = slice(8, 12)
"""Of the rest of a batch, at its beginning: https://kafka.apache.org/documentation/#recordbatch"""

_MAGIC: Final = 16
"""Where the version of its form stands."""
_NEW: Final = 2


def tolerate_header_names() -> None:
    """Has every consumer of this process read all records. Doing it again changes nothing."""
    fetcher.MemoryRecords = _Records


class _Records:
    """The batches of one answer."""

    def __init__(self, content: bytes) -> None:
        self._records = MemoryRecords(content)
        self._rest = memoryview(content)

    def size_in_bytes(self) -> int:
        return int(self._records.size_in_bytes())

    def has_next(self) -> bool:
        return bool(self._records.has_next())

    def next_batch(self) -> "_Batch":
        size = _LENGTH.stop + int.from_bytes(self._rest[_LENGTH], "big")
        content, self._rest = self._rest[:size], self._rest[size:]
        return _Batch(self._records.next_batch(), content)


class _Batch:
    """One batch. What is asked of it beside its records, aiokafka's own answers."""

    def __init__(self, batch: Any, content: memoryview) -> None:
        self._batch = batch
        self._content = content

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __next__(self) -> Any:
        return next(self._batch)

    def __iter__(self) -> Iterator[Any]:
        is_old = self._content[_MAGIC] < _NEW  # Kafka 3 and newer write none of those
        if is_old:
            return _all(self._batch, self._content)
        if not self._batch.compression_type:
            content = without_crowds(self._content)
            is_same = content is self._content
            return _all(self._batch if is_same else DefaultRecordBatch(content), content)
        return _unpacked(self._batch, self._content)


def _unpacked(batch: Any, packed: memoryview) -> Iterator[Any]:
    found, rest = unpacking.plain(batch, packed)
    content = without_crowds(found)
    offset = batch.base_offset
    try:
        for record in _all(DefaultRecordBatch(content), content):
            offset = record.offset + 1
            yield unpacking.shortened(record)
    except CorruptRecordException:
        if rest is None:
            raise
    if rest is not None:
        yield unpacking.stand_in(batch, offset, rest)


def _all(batch: Any, content: Any) -> Iterator[Any]:
    count = 0
    try:
        for record in batch:
            count += 1
            yield record
    except UnicodeDecodeError:
        yield from islice(_leniently(content), count, None)


def _leniently(content: Any) -> Iterator[Any]:
    batch = _DefaultRecordBatchPy(content)
    records: Iterator[Any] = iter(batch)
    batch._buffer = _Lenient(batch._buffer)  # noqa: SLF001 - what it takes its names from
    return records


class _Lenient(bytearray):
    """Bytes of which every part can be decoded."""

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return _Lenient(found) if isinstance(found, bytearray) else found

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Bytes that are no UTF-8 as what they are, such as `\\xff`."""
        del errors
        return super().decode(encoding, "backslashreplace")
