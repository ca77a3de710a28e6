"""What is wrong with an event, in words that a shop's developer understands.

`envelope.decode` stops at the first fault and says it briefly, for a dead letter. Here the whole
event is gone through, every fault is named, and what is allowed but unwise is advised against.
What is said never repeats a value of the event, which may be somebody's address.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Final, NoReturn, TypeAlias

import msgspec
from msgspec import Meta, inspect

from headsup.contracts import envelope
from headsup.contracts.advice import advise
from headsup.contracts.base import PATTERNS_IN_WORDS
from headsup.contracts.envelope import (
    CLOCK_SKEW,
    EARLIEST,
    MAX_BYTES,
    Envelope,
    Event,
    EventRefusedError,
)
from headsup.contracts.registry import BY_NAME

Json: TypeAlias = Any


class Severity(StrEnum):
    """Whether the event is refused for it."""

    ERROR = "error"
    ADVICE = "advice"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to say about an event. `field` is a path, empty when the whole event is meant."""

    severity: Severity
    field: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that there is to say about an event, and the event if the services would take it."""

    type: str | None
    """The event's type, where it is one that we know."""
    event: Event[Any] | None
    findings: tuple[Finding, ...]


def explain(text: bytes, now: datetime) -> Explanation:
    """Goes through one event in the structured mode."""
    try:
        document = _parsed(text)
    except _NotJsonError as error:
        return Explanation(None, None, (_error("", str(error)),))
    found = [*_size(text), *_document(document, now)]
    event = None
    try:
        event = envelope.decode(text, [], now)
    except EventRefusedError as refusal:
        if refusal.field not in {each.field for each in found if each.severity is Severity.ERROR}:
            found.append(_error(refusal.field, refusal.problem))
    if event is not None:
        found += [Finding(Severity.ADVICE, field, said) for field, said in advise(event)]
    return Explanation(_known_type(document), event, tuple(found))


class _NotJsonError(ValueError):
    """The text cannot be read at all."""


def _parsed(text: bytes) -> Json:
    try:
        return json.loads(text.decode(), parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno} of the event"
        raise _NotJsonError(f"this is not JSON: {error.msg} ({place})") from error
    except UnicodeDecodeError as error:
        raise _NotJsonError("this is not text in UTF-8") from error
    except RecursionError as error:
        raise _NotJsonError("this is nested too deeply") from error


def _no_constant(name: str) -> NoReturn:
    raise _NotJsonError(f"this is not JSON: {name} is no number there")


def _error(field: str, sentence: str) -> Finding:
    return Finding(Severity.ERROR, field, sentence)


def _size(text: bytes) -> Iterator[Finding]:
    if len(text) > MAX_BYTES:
        yield _error(
            "", f"too large: {len(text):,} bytes, and {MAX_BYTES:,} is the most that is read"
        )


def _known_type(document: Json) -> str | None:
    name = document.get("type") if isinstance(document, dict) else None
    return name if isinstance(name, str) and name in BY_NAME else None


def _document(document: Json, now: datetime) -> Iterator[Finding]:
    if not isinstance(document, dict):
        yield _unlike("", "an event, which is a JSON object", document)
        return
    kind = inspect.type_info(Envelope)
    if not isinstance(kind, inspect.StructType):
        raise TypeError("the envelope is a struct")
    yield from _struct(document, kind, "", None)
    yield from _extensions(document, [field.name for field in kind.fields])
    yield from _attributes(document, now)
    known = _known_type(document)
    if known is not None and "data" in document:
        data_kind = inspect.type_info(BY_NAME[known].data)
        yield from _check(document["data"], data_kind, "data", now)


def _attributes(document: Mapping[str, Json], now: datetime) -> Iterator[Finding]:
    if isinstance(document.get("specversion"), str) and document["specversion"] != "1.0":
        yield _error(
            "specversion", 'expected "1.0", the version of CloudEvents that is spoken here'
        )
    name = document.get("type")
    if isinstance(name, str) and name not in BY_NAME:
        hint = _closest(name, BY_NAME) or "; the types that are known are those in schemas/events"
        yield _error("type", f"no event type that is known here{hint}")
    content_type = document.get("datacontenttype")
    if isinstance(content_type, str) and not envelope.is_json(content_type):
        yield _error("datacontenttype", f'expected "{envelope.JSON}", or left out')
    time = _moment(document.get("time"))
    if time is not None and not EARLIEST <= time <= now + CLOCK_SKEW:
        yield _error(
            "time",
            f"out of range: it says when the event happened, so it lies after {EARLIEST:%Y-%m-%d} "
            f"and at most a day after now ({now:%Y-%m-%dT%H:%M}Z)",
        )


def _extensions(document: Mapping[str, Json], known: Sequence[str]) -> Iterator[Finding]:
    """Attributes that we do not know are extensions, unless they look like one that was meant."""
    for name in document:
        hint = "" if name in known else _closest(name, known)
        if hint:
            yield Finding(Severity.ADVICE, _shown(name), f"passed over{hint}")


Check: TypeAlias = Callable[[Json, Any, str, datetime | None], Iterable[Finding]]
"""Goes through a value that should be of a kind and stands in a field. Without a time, dates are
not held against it."""


def _check(value: Json, kind: inspect.Type, field: str, now: datetime | None) -> Iterable[Finding]:
    check = _CHECKS.get(type(kind))
    return check(value, kind, field, now) if check else ()


def _metadata(
    value: Json, kind: inspect.Metadata, field: str, now: datetime | None
) -> Iterable[Finding]:
    return _check(value, kind.type, field, now)


def _union(
    value: Json, kind: inspect.UnionType, field: str, now: datetime | None
) -> Iterator[Finding]:
    for member in kind.types:
        if value is not None and not isinstance(member, inspect.NoneType):
            yield from _check(value, member, field, now)


def _struct(
    value: Json, kind: inspect.StructType, field: str, now: datetime | None
) -> Iterator[Finding]:
    if not isinstance(value, dict):
        yield _unlike(field, "an object", value)
        return
    known = {inner.encode_name: inner for inner in kind.fields}
    unknown = [name for name in value if name not in known]
    for name, inner in known.items():
        path = f"{field}.{name}" if field else name
        if name in value:
            yield from _check(value[name], inner.type, path, now)
        elif inner.required:
            taken = difflib.get_close_matches(name, unknown, n=1)
            hint = f"; did you mean it with {_shown(taken[0])}?" if taken else ""
            yield _error(path, f"required, but missing{hint}")
    if field:  # at the top stand extensions, which are as good as ours
        free = [name for name in known if name not in value]
        for name in unknown:
            said = f"no field that is known here, passed over{_closest(name, free)}"
            yield Finding(Severity.ADVICE, f"{field}.{_shown(name)}", said)


def _list(
    value: Json, kind: inspect.VarTupleType, field: str, now: datetime | None
) -> Iterator[Finding]:
    if not isinstance(value, list):
        yield _unlike(field, "a list", value)
        return
    if kind.max_length is not None and len(value) > kind.max_length:
        yield _error(field, f"too long: {len(value)} entries, at most {kind.max_length} are read")
    for number, element in enumerate(value):
        yield from _check(element, kind.item_type, f"{field}[{number}]", now)


def _text(value: Json, kind: inspect.StrType, field: str, _: datetime | None) -> Iterator[Finding]:
    words = PATTERNS_IN_WORDS.get(kind.pattern, "text") if kind.pattern else "text"
    if not isinstance(value, str):
        hint = "; put it in quotes" if isinstance(value, int | float) else ""
        yield _unlike(field, words, value, hint)
    elif kind.max_length is not None and len(value) > kind.max_length:
        yield _error(
            field, f"too long: {len(value)} characters, at most {kind.max_length} are read"
        )
    elif kind.min_length and not value:
        yield _error(field, f"expected {words}; it is empty")
    elif "\0" in value:
        yield _error(field, "holds the character U+0000, which no text may")
    elif kind.pattern and not re.search(kind.pattern, value):
        yield _error(field, f"expected {words}; got other text")


def _whole(value: Json, kind: inspect.IntType, field: str, _: datetime | None) -> Iterator[Finding]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield _unlike(field, "a whole number", value)
    elif kind.ge is not None and value < kind.ge:
        yield _error(field, f"expected a whole number of at least {kind.ge}")
    elif kind.le is not None and value > kind.le:
        yield _error(field, f"expected a whole number of at most {kind.le}")


def _truth(value: Json, _: inspect.BoolType, field: str, __: datetime | None) -> Iterator[Finding]:
    if not isinstance(value, bool):
        yield _unlike(field, "true or false", value)


def _member(
    value: Json, kind: inspect.EnumType, field: str, _: datetime | None
) -> Iterator[Finding]:
    members = [str(member.value) for member in kind.cls]
    words = "one of " + ", ".join(f'"{member}"' for member in members)
    if not isinstance(value, str):
        yield _unlike(field, words, value)
    elif value not in members:
        yield _error(field, f"expected {words}{_closest(value, members)}")


_MOMENT = 'a moment with its offset from UTC, such as "2026-11-24T10:00:00+02:00"'
_DAY = 'a day, such as "2026-11-24"'


def _when(
    value: Json, _: inspect.DateTimeType, field: str, now: datetime | None
) -> Iterator[Finding]:
    moment = _moment(value)
    if not isinstance(value, str):
        number = "; seconds since 1970 are not read" if isinstance(value, int | float) else ""
        yield _unlike(field, _MOMENT, value, number)
    elif moment is not None:
        yield from _range(moment, field, now)
    elif _fits(value, datetime):
        yield _error(
            field,
            "the offset from UTC is missing, so nobody knows which moment is meant: write "
            '"2026-11-24T10:00:00+02:00" or "2026-11-24T08:00:00Z"',
        )
    else:
        only = "only a day" if _fits(value, date) else "other text"
        yield _error(field, f"expected {_MOMENT}; got {only}")


def _day(value: Json, _: inspect.DateType, field: str, now: datetime | None) -> Iterator[Finding]:
    if not isinstance(value, str):
        yield _unlike(field, _DAY, value)
    elif _fits(value, date):
        yield from _range(msgspec.convert(value, date), field, now)
    elif _fits(value, datetime):
        yield _error(field, f"expected {_DAY}; got a day with a time")
    else:
        yield _error(field, f"expected {_DAY}, that the calendar knows")


def _range(value: date, field: str, now: datetime | None) -> Iterator[Finding]:
    if now is not None and not envelope.in_range(value, now):
        yield _error(
            field,
            f"out of range: expected a date after {EARLIEST:%Y-%m-%d} and at most three years "
            f"after now ({now:%Y-%m-%d})",
        )


_CHECKS: Final[Mapping[type[inspect.Type], Check]] = {
    inspect.Metadata: _metadata,
    inspect.UnionType: _union,
    inspect.StructType: _struct,
    inspect.VarTupleType: _list,
    inspect.StrType: _text,
    inspect.IntType: _whole,
    inspect.BoolType: _truth,
    inspect.EnumType: _member,
    inspect.DateTimeType: _when,
    inspect.DateType: _day,
}


def _fits(value: Json, kind: type[date]) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True


def _moment(value: Json) -> datetime | None:
    try:
        moment: datetime = msgspec.convert(value, Annotated[datetime, Meta(tz=True)])
    except msgspec.ValidationError:
        return None
    return moment


def _unlike(field: str, words: str, value: Json, hint: str = "") -> Finding:
    got = _IN_WORDS[type(value)]
    hint = hint or ("; leave the field out instead" if value is None else "")
    return _error(field, f"expected {words}; got {got}{hint}")


_IN_WORDS: Final[Mapping[type, str]] = {
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}


def _closest(name: str, known: Iterable[str]) -> str:
    """A hint at the name that was probably meant, or nothing."""
    by_lower = {candidate.lower(): candidate for candidate in known}
    found = difflib.get_close_matches(name[:100].lower(), by_lower, n=1, cutoff=0.7)
    return f'; did you mean "{by_lower[found[0]]}"?' if found else ""


_PLAIN = re.compile(r"\w{1,40}", re.ASCII)


def _shown(name: str) -> str:
    """A name from the event, safe to print: it may hold anything that steers a terminal."""
    return name if _PLAIN.fullmatch(name) else json.dumps(name[:40])
