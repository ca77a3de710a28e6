"""An event is explained in words, whole, and in agreement with the decoder."""

import copy
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts import envelope
from headsup.contracts.base import PATTERNS_IN_WORDS
from headsup.contracts.envelope import EventRefusedError
from headsup.contracts.explain import Severity, explain
from headsup.contracts.json_schema import event_schema
from headsup.contracts.registry import EVENT_TYPES
from headsup.contracts.schemas import ROOT, read_examples
from tests.support.each import each

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
EXAMPLES = {path.stem: document for path, document in read_examples(ROOT).items()}
PLACED: dict[str, Any] = EXAMPLES["shop.order.placed.card"]


def errors(document: Any) -> dict[str, str]:
    found = explain(json.dumps(document).encode(), NOW).findings
    return {f.field: f.sentence for f in found if f.severity is Severity.ERROR}


def advice(document: Any) -> dict[str, str]:
    found = explain(json.dumps(document).encode(), NOW).findings
    return {f.field: f.sentence for f in found if f.severity is Severity.ADVICE}


def placed(data: Mapping[str, Any]) -> dict[str, Any]:
    """A good event, with fields of its data replaced; `...` takes one out."""
    fields = {n: v for n, v in (PLACED["data"] | data).items() if v is not ...}
    return PLACED | {"data": fields}


@each("name", EXAMPLES)
def test_there_is_nothing_wrong_with_a_valid_example(name: str) -> None:
    explanation = explain(json.dumps(EXAMPLES[name]).encode(), NOW)
    assert explanation.event is not None
    assert explanation.type == EXAMPLES[name]["type"]
    assert errors(EXAMPLES[name]) == {}


def test_everything_that_is_wrong_is_said_at_once() -> None:
    data = {
        "order_id": 1001,
        "total": {"amount": 12.5, "currency": "₴"},
        "customer": {"name": "x" * 201},
        "items": [{"name": "cup", "quantity": 0}],
    }
    document = placed(data) | {"time": "2026-11-24T10:00:00", "specversion": "0.3"}
    assert set(errors(document)) == {
        "time",
        "specversion",
        "data.order_id",
        "data.total.amount",
        "data.total.currency",
        "data.customer.id",
        "data.customer.name",
        "data.items[0].quantity",
    }


@pytest.mark.parametrize(
    ("data", "field", "sentence"),
    [
        (
            {"total": {"amount": 1299.0, "currency": "UAH"}},
            "data.total.amount",
            'expected a decimal number as text, such as "1299.00"; got a number; put it in quotes',
        ),
        ({"order_id": ...}, "data.order_id", "required, but missing"),
        (
            {"order_id": ..., "orderId": "A-1001"},
            "data.order_id",
            "required, but missing; did you mean it with orderId?",
        ),
        (
            {"payment": "authorized"},
            "data.payment",
            'expected one of "pending", "authorised", "paid", "on_delivery"; '
            'did you mean "authorised"?',
        ),
        (
            {"dispatch_by": "2026-11-25T18:00:00"},
            "data.dispatch_by",
            "the offset from UTC is missing, so nobody knows which moment is meant: write "
            '"2026-11-24T10:00:00+02:00" or "2026-11-24T08:00:00Z"',
        ),
        (
            {"dispatch_by": "2026-11-25"},
            "data.dispatch_by",
            'expected a moment with its offset from UTC, such as "2026-11-24T10:00:00+02:00"; '
            "got only a day",
        ),
        (
            {"dispatch_by": "2200-01-01T00:00:00Z"},
            "data.dispatch_by",
            "out of range: expected a date after 2015-01-01 and at most three years after now "
            "(2026-11-24)",
        ),
        (
            {"estimate": {"latest": "2026-11-28T18:00:00Z"}},
            "data.estimate.latest",
            'expected a day, such as "2026-11-24"; got a day with a time',
        ),
        (
            {"estimate": {"latest": "2200-01-01"}},
            "data.estimate.latest",
            "out of range: expected a date after 2015-01-01",
        ),
        (
            {"estimate": {"latest": "2026-02-30"}},
            "data.estimate.latest",
            'expected a day, such as "2026-11-24", that the calendar knows',
        ),
        ({"items": None}, "data.items", "expected a list; got null; leave the field out instead"),
        ({"items": [{"name": "a"}] * 501}, "data.items", "too long: 501 entries, at most 500"),
        ({"number": ""}, "data.number", "expected text; it is empty"),
        ({"number": "a\0"}, "data.number", "holds the character U+0000"),
        ({"customer": "C-204"}, "data.customer", "expected an object; got text"),
    ],
)
def test_a_wrong_field_is_explained(data: dict[str, Any], field: str, sentence: str) -> None:
    said = errors(placed(data))
    assert list(said) == [field]
    assert said[field].startswith(sentence)


@pytest.mark.parametrize(
    ("attributes", "field", "sentence"),
    [
        (
            {"type": "shop.order.place.v1"},
            "type",
            'no event type that is known here; did you mean "shop.order.placed.v1"?',
        ),
        ({"type": "x"}, "type", "no event type that is known here; the types that are known"),
        ({"time": "1970-01-01T00:00:00Z"}, "time", "out of range: it says when the event happened"),
        ({"time": 1795507200}, "time", "expected a moment with its offset from UTC"),
        ({"datacontenttype": "text/xml"}, "datacontenttype", 'expected "application/json"'),
        ({"data": "{}"}, "data", "expected an object; got text"),
        ({"id": "a\nb"}, "id", "expected text on one line"),
    ],
)
def test_a_wrong_attribute_is_explained(
    attributes: dict[str, Any], field: str, sentence: str
) -> None:
    said = errors(PLACED | attributes)
    assert list(said) == [field]
    assert said[field].startswith(sentence)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"order", "this is not JSON: Expecting value (line 1, column 1 of the event)"),
        (b'{\n"id": 1,\n}', "this is not JSON"),
        (b"\xff", "this is not text in UTF-8"),
        (b"[" * 20_000, "this is nested too deeply"),
        (b'{"id": NaN}', "this is not JSON: NaN is no number there"),
        (b'["event"]', "expected an event, which is a JSON object; got a list"),
    ],
)
def test_what_is_no_event_at_all_is_explained(text: bytes, sentence: str) -> None:
    (finding,) = explain(text, NOW).findings
    assert finding.severity is Severity.ERROR
    assert finding.sentence.startswith(sentence)


def test_an_event_that_is_too_large_is_explained_with_its_size() -> None:
    said = errors(placed({"notes": "x" * 300_000}))
    assert said[""].startswith("too large: 301,")


def test_an_unknown_field_is_passed_over_with_a_hint_at_the_right_one() -> None:
    said = advice(placed({"dispatch_by": ..., "dispatchBy": "2026-11-25T18:00:00Z"}))
    assert said["data.dispatchBy"] == (
        'no field that is known here, passed over; did you mean "dispatch_by"?'
    )


def test_an_extension_of_the_envelope_needs_no_advice() -> None:
    assert advice(PLACED | {"traceparent": "00-1", "partitionkey": "A-1001"}) == {}


def test_an_attribute_that_is_nearly_ours_is_pointed_out() -> None:
    said = advice(PLACED | {"datacontentype": "application/json"})
    assert said == {"datacontentype": 'passed over; did you mean "datacontenttype"?'}


def test_a_name_that_steers_a_terminal_is_shown_harmlessly() -> None:
    said = advice(placed({"\x1b[31mred\n": 1}))
    assert list(said) == ['data."\\u001b[31mred\\n"']


def test_no_value_is_repeated() -> None:
    secret = "olena.secret@example.com"
    for field in PLACED["data"]:
        found = explain(json.dumps(placed({field: secret})).encode(), NOW).findings
        assert not any("secret" in f.sentence + f.field for f in found)


def test_every_pattern_has_words() -> None:
    patterns = {
        node["pattern"]
        for event_type in EVENT_TYPES
        for node in nodes(event_schema(event_type))
        if "pattern" in node and "format" not in node and "default" not in node
    }
    assert patterns == set(PATTERNS_IN_WORDS)


def nodes(node: Any) -> list[dict[str, Any]]:
    if isinstance(node, list):
        return [found for inner in node for found in nodes(inner)]
    if isinstance(node, dict):
        return [node, *(found for inner in node.values() for found in nodes(inner))]
    return []


def paths(node: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node)
    return [
        path
        for name, value in inner
        for path in [
            (*here, name),
            *(paths(value, (*here, name)) if isinstance(value, dict | list) else []),
        ]
    ]


VALUES = st.one_of(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
        max_leaves=4,
    ),
    st.sampled_from(
        ["2026-11-24", "2026-11-24T10:00:00", "2026-11-24T10:00:00Z", "1970-01-01T00:00:00Z"]
    ),
    st.sampled_from(["x\n", "x" * 201, "٣", "uk", "card", "UAH", "1.00", "https://shop.example"]),
)


def refused_field(text: bytes) -> str | None:
    """The field that the decoder stops at; None when it takes the event."""
    try:
        envelope.decode(text, [], NOW)
    except EventRefusedError as refusal:
        return refusal.field
    return None


def test_a_character_that_no_database_keeps_is_named_where_it_stands_beside_other_errors() -> None:
    document = copy.deepcopy(EXAMPLES["shop.order.placed.card"])
    document["data"]["payment"] = "barter"
    document["data"]["unknown"] = {"x": "\0"}

    assert {"data.payment", "data.unknown.x"} <= errors(document).keys()


@given(st.sampled_from(sorted(EXAMPLES)), st.data(), VALUES, st.booleans())
def test_there_is_an_error_exactly_where_the_decoder_refuses(
    name: str, data: st.DataObject, value: Any, remove: bool
) -> None:
    document = copy.deepcopy(EXAMPLES[name])
    *outer, last = data.draw(st.sampled_from(paths(document)))
    place = document
    for part in outer:
        place = place[part]
    if remove:
        del place[last]
    else:
        place[last] = value
    text = json.dumps(document).encode()
    refused = refused_field(text)
    assert (explain(text, NOW).event is None) is (refused is not None)
    assert bool(errors(document)) is (refused is not None)
    assert not refused or refused in errors(document)


def test_the_contracts_are_made_of_kinds_that_can_be_explained() -> None:
    explained = {
        msgspec.inspect.StructType,
        msgspec.inspect.VarTupleType,
        msgspec.inspect.StrType,
        msgspec.inspect.IntType,
        msgspec.inspect.BoolType,
        msgspec.inspect.EnumType,
        msgspec.inspect.DateTimeType,
        msgspec.inspect.DateType,
        msgspec.inspect.NoneType,
    }
    for event_type in EVENT_TYPES:
        assert leaves(msgspec.inspect.type_info(event_type.data)) <= explained


def leaves(kind: msgspec.inspect.Type) -> set[type]:
    match kind:
        case msgspec.inspect.Metadata(type=inner):
            return leaves(inner)
        case msgspec.inspect.UnionType(types=members):
            return {leaf for member in members for leaf in leaves(member)}
        case msgspec.inspect.StructType(fields=fields):
            return {type(kind), *(leaf for field in fields for leaf in leaves(field.type))}
        case msgspec.inspect.VarTupleType(item_type=inner):
            return {type(kind), *leaves(inner)}
    return {type(kind)}
