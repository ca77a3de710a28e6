"""CloudEvents 1.0 over the Kafka binding: reading both modes, writing the structured one.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md

A record is structured when its content-type begins with `application/cloudevents`; otherwise the
attributes are `ce_` headers and the value is the data. Reading is on the hot path: one pass over
the bytes per record, and the type's own decoder for the data.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Final, Generic, TypeVar

import msgspec
from msgspec import Meta

from headsup.contracts.base import Contract
from headsup.contracts.registry import BY_DATA, BY_NAME

MAX_BYTES: Final = 256 * 1024
"""The largest event that is read. An order of 500 lines is about 100 kB."""
EARLIEST: Final = datetime(2015, 1, 1, tzinfo=UTC)
"""Nothing that we speak of happened before; a date of 1970 is a clock that was never set."""
AHEAD: Final = timedelta(days=3 * 366)
"""No promise of a shop lies further in the future."""
CLOCK_SKEW: Final = timedelta(hours=24)
"""An event may be this far ahead of our clock."""

STRUCTURED: Final = "application/cloudevents+json; charset=UTF-8"
Headers = Sequence[tuple[str, bytes]]
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


_Attribute = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Envelope(msgspec.Struct):
    specversion: str
    id: _Attribute
    source: _Attribute
    type: _Attribute
    time: Annotated[datetime, Meta(tz=True)]
    data: msgspec.Raw
    datacontenttype: str = "application/json"


class _Attributes(msgspec.Struct):
    specversion: str
    id: _Attribute
    source: _Attribute
    type: _Attribute
    time: Annotated[datetime, Meta(tz=True)]


class _StructuredOut(msgspec.Struct):
    specversion: str
    id: str
    source: str
    type: str
    time: datetime
    datacontenttype: str
    data: Contract


_envelope_decoder = msgspec.json.Decoder(_Envelope)
_encoder = msgspec.json.Encoder()
_data_decoders: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(event_type.data) for name, event_type in BY_NAME.items()
}


def decode(value: bytes | None, headers: Iterable[tuple[str, bytes]], now: datetime) -> Event[Any]:
    """The event in a Kafka record, in either mode. Raises EventRefusedError."""
    if not value:
        raise EventRefusedError(RefusalCode.EMPTY, "", "the record has no value")
    if len(value) > MAX_BYTES:
        raise EventRefusedError(
            RefusalCode.TOO_LARGE, "", f"expected at most {MAX_BYTES} bytes, got {len(value)}"
        )
    attributes, data_bytes = _open(value, headers)
    return _finish(attributes, data_bytes, now)


def _open(
    value: bytes, headers: Iterable[tuple[str, bytes]]
) -> tuple[_Envelope | _Attributes, bytes | msgspec.Raw]:
    by_name = {name.lower(): content for name, content in headers}
    content_type = by_name.get("content-type", b"").lower()
    binary = "ce_specversion" in by_name and not content_type.startswith(b"application/cloudevents")
    try:
        if binary:
            return _attributes(by_name), value
        envelope = _envelope_decoder.decode(value)
    except msgspec.ValidationError as error:
        raise _translated(RefusalCode.BAD_ENVELOPE, error, "") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EventRefusedError(RefusalCode.NOT_JSON, "", "expected JSON in UTF-8") from error
    return envelope, envelope.data


def _attributes(headers: dict[str, bytes]) -> _Attributes:
    fields = {n[3:]: c.decode() for n, c in headers.items() if n.startswith("ce_")}
    return msgspec.convert(fields, _Attributes, strict=False)


def _finish(
    attributes: _Envelope | _Attributes, data_bytes: bytes | msgspec.Raw, now: datetime
) -> Event[Any]:
    if attributes.specversion != "1.0":
        raise EventRefusedError(RefusalCode.BAD_ENVELOPE, "specversion", 'expected "1.0"')
    decoder = _data_decoders.get(attributes.type)
    if decoder is None:
        raise EventRefusedError(
            RefusalCode.UNKNOWN_TYPE, "type", "expected one of the types in schemas/"
        )
    try:
        data = decoder.decode(data_bytes)
    except msgspec.ValidationError as error:
        raise _translated(RefusalCode.BAD_DATA, error, "data") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EventRefusedError(RefusalCode.NOT_JSON, "data", "expected JSON in UTF-8") from error
    _check_time(attributes.time, now)
    for path in _date_paths(type(data)):
        _check_date(path, data, now)
    return Event(attributes.id, attributes.source, attributes.type, attributes.time, data)


def _translated(code: RefusalCode, error: msgspec.ValidationError, root: str) -> EventRefusedError:
    """msgspec says "Expected `str`, got `int` - at `$.customer.email`": path and problem apart.
    It names types and limits, never the value."""
    problem, _, path = str(error).partition(" - at `")
    path = path.rstrip("`").removeprefix("$").removeprefix(".")
    field = ".".join(part for part in (root, path) if part)
    return EventRefusedError(code, field, problem[:1].lower() + problem[1:])


def _check_time(time: datetime, now: datetime) -> None:
    if not EARLIEST <= time <= now + CLOCK_SKEW:
        raise EventRefusedError(
            RefusalCode.BAD_DATE,
            "time",
            f"expected a moment between {EARLIEST:%Y-%m-%d} and a day from now",
        )


_DatePath = tuple[str, ...]
_paths_of: dict[type, tuple[_DatePath, ...]] = {}


def _date_paths(data_type: type) -> tuple[_DatePath, ...]:
    return _paths_of[data_type]


def _find_dates(data_type: type) -> Iterable[_DatePath]:
    """The paths to every date of a contract, so that each can be checked without a walk.

    Dates inside lists (consents) are history and are not checked."""
    for field in msgspec.structs.fields(data_type):
        for kind in _unions(msgspec.inspect.type_info(field.type)):
            if isinstance(kind, msgspec.inspect.DateTimeType | msgspec.inspect.DateType):
                yield (field.name,)
            elif isinstance(kind, msgspec.inspect.StructType):
                for rest in _find_dates(kind.cls):
                    yield (field.name, *rest)


def _unions(kind: msgspec.inspect.Type) -> Iterable[msgspec.inspect.Type]:
    if isinstance(kind, msgspec.inspect.UnionType):
        return [inner for member in kind.types for inner in _unions(member)]
    if isinstance(kind, msgspec.inspect.Metadata):
        return _unions(kind.type)
    return [kind]


def _check_date(path: _DatePath, data: Contract, now: datetime) -> None:
    value: Any = data
    for name in path:
        value = getattr(value, name)
        if value is None:
            return
    if isinstance(value, datetime):
        fine = EARLIEST <= value <= now + AHEAD
    else:
        fine = EARLIEST.date() <= value <= (now + AHEAD).date()
    if not fine:
        raise EventRefusedError(
            RefusalCode.BAD_DATE,
            ".".join(("data", *path)),
            f"expected a date between {EARLIEST:%Y-%m-%d} and three years from now",
        )


_paths_of.update({t.data: tuple(_find_dates(t.data)) for t in BY_NAME.values()})


def encode(event: Event[Any]) -> bytes:
    """The event as one JSON document: the structured mode."""
    return _encoder.encode(
        _StructuredOut(
            "1.0", event.id, event.source, event.type, event.time, "application/json", event.data
        )
    )


def headers(event: Event[Any]) -> list[tuple[str, bytes]]:
    """The Kafka headers that go with `encode`."""
    del event
    return [("content-type", STRUCTURED.encode())]


def key_of(event: Event[Any]) -> bytes:
    """The Kafka key of an event."""
    return BY_NAME[event.type].key_of(event.data).encode()


def make(source: str, event_id: str, time: datetime, data: T) -> Event[T]:
    """An event of ours, its type taken from its data."""
    return Event(event_id, source, BY_DATA[type(data)].name, time, data)
