"""Records that nobody should write, and somebody will: nothing of theirs may stop what comes
after."""

import copy
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from headsup.contracts import envelope
from headsup.contracts.envelope import Event

NASTY: tuple[Any, ...] = (
    *("", " ", "\0", "\ud800", "\udfff", "\uffff", "\u2028", "\x7f", "'; DROP TABLE x; --"),
    *("\N{PILE OF POO}" * 100, "a" * 10_000, "{}", "%s%n", "..", "\\u0000"),
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "3026-11-23T09:00:00Z"),
    *("2026-11-23T09:00:00+23:59", "0001-01-01", "9999-12-31", "Etc/Nothing", "xx-yyyyyyyy"),
    *("+380000000000000", "٠٥٠١٢٣٤٥٦٧", "a@b", "a@[127.0.0.1]", "ä@xn--0.example", "@@@"),
    *(0, -1, 1, 2**63, 2**64, 10**30, 0.1, -0.0, 1e308, True, None),
    *([], [[]], {}, {"a": {}}),
)


@dataclass
class Poison:
    """A record as a consumer gives it."""

    topic: str
    value: bytes | None
    offset: int
    key: bytes | None = b"key"
    headers: Sequence[tuple[str, bytes | None]] = ()
    partition: int = 0
    timestamp: int = 0


def values_of(good: Event[Any]) -> Iterator[bytes]:
    """The event with each of its values replaced by each nasty one."""
    document = json.loads(envelope.encode(good))
    for path in _paths(document):
        for nasty in NASTY:
            changed = copy.deepcopy(document)
            place = changed
            for step in path[:-1]:
                place = place[step]
            place[path[-1]] = nasty
            yield json.dumps(changed).encode()
    yield envelope.encode(good).replace(b'"data":{', b'"data":{"odd":' + b"9" * 10_000 + b",")


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if before:
        yield before
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _paths(inner, (*before, name))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _paths(inner, (*before, index))


def records_of(good: Event[Any]) -> Iterator[tuple[bytes | None, bytes | None, Any]]:
    """Keys, values and headers that are odd in themselves."""
    value = envelope.encode(good)
    large = b"x" * 9 * 1024 * 1024
    yield None, None, ()
    yield b"key", None, ()
    yield None, b"", ()
    yield b"\xff\xfe\x00", b"\xff", ()
    yield b"k" * 1_000_000, b"{", ()
    yield b"key", large, ()
    yield b"key", b"{", (("large", large),)
    yield b"key", b"{", tuple((f"h{n}", b"v") for n in range(10_000))
    yield b"key", b"{", (("", None), ("dlq-reason", b"x"), ("\uffff", b""), ("content-type", None))
    yield b"key", value, (("content-type", b"\xff"), ("ce_specversion", b"1.0"))
    yield b"key", value, (("ce_specversion", b"1.0"), ("ce_id", b"\x00"), ("ce_time", b"\xff"))
    yield b"key", b"[" * 100_000, ()
    yield b"key", b"\xef\xbb\xbf" + value, ()


def poisons(topic: str, good: Event[Any]) -> list[Poison]:
    """All of them, on this topic."""
    odd = [(b"key", value, ()) for value in values_of(good)] + list(records_of(good))
    return [
        Poison(topic, value, offset, key, headers)
        for offset, (key, value, headers) in enumerate(odd)
    ]
