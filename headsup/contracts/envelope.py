"""CloudEvents 1.0 over the Kafka binding: reading and writing both modes.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md

A record is structured when its content-type begins with `application/cloudevents`; otherwise the
attributes are `ce_` headers and the value is the data. Reading is on the hot path: one pass over
the bytes per record, and the type's own decoder for the data.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from msgspec import Meta

from headsup.contracts.base import ATTRIBUTE_PATTERN, PATTERNS_IN_WORDS, Contract, Instant
from headsup.contracts.registry import BY_DATA, BY_NAME

MAX_BYTES: Final = 256 * 1024
"""The largest event that is read. An order of 500 lines is about 100 kB."""
EARLIEST: Final = datetime(2015, 1, 1, tzinfo=UTC)
"""Nothing that we speak of happened before; a date of 1970 is a clock that was never set."""
AHEAD: Final = timedelta(days=3 * 366)
"""No promise of a shop lies further in the future. A day of 2999 or 9999 stands for "none" in some
shop's database, and would be told as a day: it is refused, and the field is left out instead."""
CLOCK_SKEW: Final = timedelta(hours=24)
"""An event may be this far ahead of our clock."""

STRUCTURED: Final = "application/cloudevents+json; charset=UTF-8"
JSON: Final = "application/json"
Headers = Sequence[tuple[str, bytes]]
"""Kafka headers as we write them. A record of another's may also carry headers without a value."""
ReceivedHeaders = Iterable[tuple[str, bytes | None]]
T = TypeVar("T", bound=Contract)


class RefusalCode(StrEnum):
    """Why a record was set aside."""

    TOO_LARGE = "too_large"
    EMPTY = "empty"
    NOT_JSON = "not_json"
    BAD_ENVELOPE = "bad_envelope"
    UNKNOWN_TYPE = "unknown_type"
    WRONG_TOPIC = "wrong_topic"
    BAD_DATA = "bad_data"
    BAD_DATE = "bad_date"


class EventRefusedError(ValueError):
    """A record that is no event of ours. Says where and what was expected, never what stood there:
    the value may be somebody's address.

    `field` is a path such as `data.customer.email`, empty when the whole record is meant.
    """

    def __init__(self, code: RefusalCode, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}" if field else problem)
        self.code = code
        self.field = field
        self.problem = problem


class Event(msgspec.Struct, Generic[T], frozen=True):
    """An event as the services see it: who said it, what it is called, when it happened, what."""

    id: str
    source: str
    type: str
    time: datetime
    data: T


Attribute = Annotated[str, Meta(min_length=1, max_length=200, pattern=ATTRIBUTE_PATTERN)]


class Attributes(msgspec.Struct):
    """What a CloudEvent says beside its data. Of those that the standard calls optional we need
    the time; others, and extensions, are passed over."""

    specversion: str
    """The version of CloudEvents: 1.0."""
    id: Attribute
    """Together with the source it names the event: the same pair again is the same event again."""
    source: Attribute
    """The shop, as a URI: the same in all its events."""
    type: Attribute
    """What happened; it decides the shape of the data."""
    time: Instant
    """When it happened, not when it was sent."""


class Envelope(Attributes):
    """An event in the structured mode: attributes and data in one JSON document."""

    data: msgspec.Raw
    datacontenttype: str = JSON
    """The data is JSON; anything else is refused."""


class _StructuredOut(msgspec.Struct):
    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    datacontenttype: str
    data: Contract


_envelope_decoder = msgspec.json.Decoder(Envelope)
_any_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()


@cache
def _data_decoder(name: str) -> msgspec.json.Decoder[Any]:
    """Of a type that there is, made with its first event: a start does not wait for all of them."""
    return msgspec.json.Decoder(BY_NAME[name].data)


def decode(value: bytes | None, headers: ReceivedHeaders, now: datetime) -> Event[Any]:
    """The event in a Kafka record, in either mode. Raises EventRefusedError, whatever is read."""
    if not value:
        raise EventRefusedError(RefusalCode.EMPTY, "", "the record has no value")
    if len(value) > MAX_BYTES:
        raise EventRefusedError(
            RefusalCode.TOO_LARGE, "", f"expected at most {MAX_BYTES} bytes, got {len(value)}"
        )
    if b"\\u0000" in value and _NUL.search(value):
        # PostgreSQL keeps no such character, so it may not get as far as there.
        raise _refusal_of_nul(value, headers)
    attributes, data_bytes = _open(value, headers)
    return _finish(attributes, data_bytes, now)


def opened(
    value: bytes | None, headers: ReceivedHeaders
) -> tuple[Attributes, bytes | msgspec.Raw] | None:
    """The attributes of an event whose data could not be read, and that data; None where they are
    not readable either."""
    try:
        found, data = _open(value or b"", headers)
    except EventRefusedError:
        return None
    fields = {name: getattr(found, name) for name in Attributes.__struct_fields__}
    return Attributes(**fields), data


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_DEEPEST: Final = 12
"""Deeper than any field of ours; what lies below is named by what holds it."""


def _refusal_of_nul(value: bytes, headers: ReceivedHeaders) -> EventRefusedError:
    document = _read(_any_decoder, value, RefusalCode.NOT_JSON, "")
    field = _holder_of_nul(document, "data" if _is_binary(_by_name(headers)) else "", _DEEPEST)
    is_data = field is not None and field.startswith("data")
    code = RefusalCode.BAD_DATA if is_data or not field else RefusalCode.BAD_ENVELOPE
    return EventRefusedError(code, field or "", "expected text without U+0000")


def _holder_of_nul(node: Any, here: str, depth: int) -> str | None:
    """The first field that holds the character, or an object of which a name does. A name that is
    not one of ours may say anything, and is not repeated: it is named by the object around it."""
    if isinstance(node, str):
        return here if "\0" in node else None
    inner: Iterable[tuple[str, Any]] = ()
    if isinstance(node, dict):
        if any("\0" in name for name in node):
            return here
        inner = ((_below(here, name), value) for name, value in node.items())
    elif isinstance(node, list):
        inner = ((f"{here}[{number}]", value) for number, value in enumerate(node))
    for field, value in inner:
        found = _holder_of_nul(value, field if depth else here, max(depth - 1, 0))
        if found is not None:
            return found
    return None


def _below(here: str, name: str) -> str:
    return ".".join(filter(None, (here, name))) if _PLAIN_NAME.fullmatch(name) else here


def _open(
    value: bytes, headers: ReceivedHeaders
) -> tuple[Envelope | Attributes, bytes | msgspec.Raw]:
    by_name = _by_name(headers)
    if _is_binary(by_name):
        content_type = by_name.get("content-type", b"").lower()
        _check_content_type(content_type.decode(errors="replace") or JSON, "content-type")
        return _attributes(by_name), value
    envelope: Envelope = _read(_envelope_decoder, value, RefusalCode.BAD_ENVELOPE, "")
    if envelope.datacontenttype != JSON:
        _check_content_type(envelope.datacontenttype, "datacontenttype")
    return envelope, envelope.data


def _by_name(headers: ReceivedHeaders) -> dict[str, bytes]:
    return {name.lower(): content for name, content in headers if content is not None}


def _is_binary(headers: Mapping[str, bytes]) -> bool:
    content_type = headers.get("content-type", b"").lower()
    return "ce_specversion" in headers and not content_type.startswith(b"application/cloudevents")


def _read(
    decoder: msgspec.json.Decoder[Any], text: bytes | msgspec.Raw, code: RefusalCode, root: str
) -> Any:
    """What the decoder reads. Every way in which it can fail becomes a refusal."""
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise _translated(code, error, root) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EventRefusedError(RefusalCode.NOT_JSON, root, "expected JSON in UTF-8") from error
    except RecursionError as error:
        raise EventRefusedError(RefusalCode.NOT_JSON, root, "expected less nesting") from error


def is_json(content_type: str) -> bool:
    """Whether data of this media type is JSON (RFC 6839 for those that end in +json)."""
    media_type = content_type.partition(";")[0].strip().lower()
    return media_type in {JSON, "text/json"} or media_type.endswith("+json")


def _check_content_type(content_type: str, field: str) -> None:
    if not is_json(content_type):
        raise EventRefusedError(RefusalCode.BAD_ENVELOPE, field, f"expected {JSON}")


def _attributes(headers: Mapping[str, bytes]) -> Attributes:
    fields = {}
    for name in Attributes.__struct_fields__:
        try:
            if (content := headers.get(f"ce_{name}")) is not None:
                fields[name] = content.decode()
        except UnicodeDecodeError as error:
            raise EventRefusedError(RefusalCode.BAD_ENVELOPE, name, "expected UTF-8") from error
    try:
        return msgspec.convert(fields, Attributes)
    except msgspec.ValidationError as error:
        raise _translated(RefusalCode.BAD_ENVELOPE, error, "") from error


def _finish(
    attributes: Envelope | Attributes, data_bytes: bytes | msgspec.Raw, now: datetime
) -> Event[Any]:
    if attributes.specversion != "1.0":
        raise EventRefusedError(RefusalCode.BAD_ENVELOPE, "specversion", 'expected "1.0"')
    if attributes.type not in BY_NAME:
        expected = "expected one of the types in schemas/"
        raise EventRefusedError(RefusalCode.UNKNOWN_TYPE, "type", expected)
    data = _read(_data_decoder(attributes.type), data_bytes, RefusalCode.BAD_DATA, "data")
    _check_time(attributes.time, now)
    for path in _date_paths(attributes.type):
        _check_dates(data, path, "data", now)
    return Event(attributes.id, attributes.source, attributes.type, attributes.time, data)


_MISSING = re.compile(r"Object missing required field `(\w+)`")
_WORDS: Final[Mapping[str, str]] = {
    f"Expected `str` matching regex {pattern!r}": f"expected {words}"
    for pattern, words in PATTERNS_IN_WORDS.items()
} | {
    "Expected `datetime` with a timezone component": "expected an offset, such as +02:00",
    "Invalid RFC3339 encoded datetime": "expected a moment such as 2026-11-24T10:00:00+02:00",
    "Invalid RFC3339 encoded date": "expected a day such as 2026-11-24",
}


def _translated(code: RefusalCode, error: msgspec.ValidationError, root: str) -> EventRefusedError:
    """msgspec says "Expected `str`, got `int` - at `$.customer.email`": path and problem apart.
    It names types and limits, but of an unknown enum member also the value, which is left out."""
    problem, found, path = str(error).rpartition(" - at `$")
    if not found:  # the document itself is meant
        problem, path = path, ""
    parts = [root, path.rstrip("`").removeprefix(".")]
    if missing := _MISSING.match(problem):
        parts.append(missing[1])
        problem = "required, but missing"
    elif problem.startswith("Invalid enum value"):
        problem = "expected one of the values in schemas/"
    problem = _WORDS.get(problem, problem[:1].lower() + problem[1:])
    return EventRefusedError(code, ".".join(filter(None, parts)), problem)


def _check_time(time: datetime, now: datetime) -> None:
    if not EARLIEST <= time <= now + CLOCK_SKEW:
        raise EventRefusedError(
            RefusalCode.BAD_DATE,
            "time",
            f"expected a moment between {EARLIEST:%Y-%m-%d} and a day from now",
        )


_Path = tuple[str, ...]
_EACH: Final = "[]"
"""In a path: every element of the list."""


def _find_dates(kind: msgspec.inspect.Type) -> Iterable[_Path]:
    """The paths to every date of a type, so that each can be checked without a walk."""
    match kind:
        case msgspec.inspect.Metadata(type=inner):
            yield from _find_dates(inner)
        case msgspec.inspect.UnionType(types=members):
            for member in members:
                yield from _find_dates(member)
        case msgspec.inspect.StructType(fields=fields):
            for field in fields:
                yield from ((field.name, *rest) for rest in _find_dates(field.type))
        case msgspec.inspect.VarTupleType(item_type=item):
            yield from ((_EACH, *rest) for rest in _find_dates(item))
        case msgspec.inspect.DateTimeType() | msgspec.inspect.DateType():
            yield ()


@cache
def _date_paths(name: str) -> tuple[_Path, ...]:
    """Where the data of a type has dates; found likewise."""
    return tuple(_find_dates(msgspec.inspect.type_info(BY_NAME[name].data)))


def _check_dates(value: Any, path: _Path, root: str, now: datetime) -> None:
    for index, name in enumerate(path):
        if name is _EACH:
            field = ".".join((root, *path[:index]))
            for number, element in enumerate(value):
                _check_dates(element, path[index + 1 :], f"{field}[{number}]", now)
            return
        value = getattr(value, name)
        if value is None:
            return
    if not in_range(value, now):
        raise EventRefusedError(
            RefusalCode.BAD_DATE,
            ".".join((root, *path)),
            f"expected a date between {EARLIEST:%Y-%m-%d} and three years from now",
        )


def in_range(value: date, now: datetime) -> bool:
    """Whether a date or moment of an event's data is one that a shop can mean today."""
    if isinstance(value, datetime):
        return EARLIEST <= value <= now + AHEAD
    return EARLIEST.date() <= value <= (now + AHEAD).date()


def expect_topic(event: Event[Any], topic: str) -> None:
    """Raises EventRefusedError unless this type travels on this topic (named without prefix): on
    another it would have another key, and lose its place among its order's events."""
    expected = BY_NAME[event.type].topics
    if topic not in expected:
        problem = f"expected on {' or '.join(expected)}"
        raise EventRefusedError(RefusalCode.WRONG_TOPIC, "type", problem)


def encode(event: Event[Any]) -> bytes:
    """The event as one JSON document: the structured mode."""
    return _encoder.encode(
        _StructuredOut("1.0", event.id, event.source, event.type, event.time, JSON, event.data)
    )


def headers(event: Event[Any]) -> list[tuple[str, bytes]]:
    """The Kafka headers that go with `encode`."""
    del event
    return [("content-type", STRUCTURED.encode())]


def to_binary(event: Event[Any]) -> tuple[bytes, list[tuple[str, bytes]]]:
    """The event in the binary mode: the data as the value, the attributes as headers."""
    attributes = {
        "specversion": "1.0",
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "time": event.time.isoformat(),
    }
    head = [("content-type", JSON.encode())]
    head += [(f"ce_{name}", text.encode()) for name, text in attributes.items()]
    return _encoder.encode(event.data), head


def key_of(event: Event[Any]) -> bytes:
    """The Kafka key of an event."""
    return BY_NAME[event.type].key_of(event.data).encode()


def make(source: str, event_id: str, time: datetime, data: T) -> Event[T]:
    """An event of ours, its type taken from its data."""
    return Event(event_id, source, BY_DATA[type(data)].name, time, data)
