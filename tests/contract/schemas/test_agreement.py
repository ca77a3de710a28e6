"""The schema and the decoder agree: what one takes the other takes, but for what the schema says
that only the services see to."""

import copy
import functools
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts import envelope
from headsup.contracts.envelope import EventRefusedError, RefusalCode
from headsup.contracts.json_schema import event_schema
from headsup.contracts.registry import BY_NAME
from headsup.contracts.schemas import ROOT, read_examples
from tests.support.each import each

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
EXAMPLES = {path.stem: document for path, document in read_examples(ROOT).items()}
Path = tuple[str | int, ...]

# Wrong for most fields, right for some; the two must agree which.
REPLACEMENTS: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    7,
    1.5,
    10**9,
    "",
    "x",
    "x" * 201,
    "x" * 2049,
    "two words",
    "   ",
    "\u200b\ufeff\u00a0",
    "line\n",
    "UAH",
    "uah",
    "1299.00",
    "١٢",
    "-1",
    "2026-11-24",
    "2026-11-24T10:00:00",
    "2026-11-24T10:00:00Z",
    "https://shop.example/a",
    "https://shop.example/a b",
    "javascript:alert(1)",
    "Europe/Kyiv",
    "uk",
    "card",
    "application/vnd.shop+json",
    [],
    [{}],
    [7],
    {},
    {"id": "C-1"},
)


@functools.cache
def validator(type_name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(event_schema(BY_NAME[type_name]))


def decoder_accepts(document: Any) -> bool | None:
    """None where only the decoder can know: a date outside the range, or not in the calendar."""
    try:
        envelope.decode(json.dumps(document).encode(), [], NOW)
    except EventRefusedError as refusal:
        return None if refusal.code is RefusalCode.BAD_DATE else False
    return True


def paths(node: Any, here: Path = ()) -> Iterable[Path]:
    """The path to every value in a document, apart from the document."""
    inner: Iterable[tuple[str | int, Any]] = ()
    if isinstance(node, dict):
        inner = node.items()
    elif isinstance(node, list):
        inner = enumerate(node)
    for name, value in inner:
        yield (*here, name)
        yield from paths(value, (*here, name))


def changed(document: Any, path: Path, value: Any) -> Any:
    result = copy.deepcopy(document)
    parent(result, path)[path[-1]] = value
    return result


def without(document: Any, path: Path) -> Any:
    result = copy.deepcopy(document)
    del parent(result, path)[path[-1]]
    return result


def parent(document: Any, path: Path) -> Any:
    for name in path[:-1]:
        document = document[name]
    return document


def agree(document: Any, type_name: str) -> bool:
    accepted = decoder_accepts(document)
    return accepted is None or accepted is validator(type_name).is_valid(document)


@each("name", EXAMPLES)
def test_they_agree_on_whether_a_field_may_be_left_out(name: str) -> None:
    document = EXAMPLES[name]
    for path in paths(document):
        assert agree(without(document, path), document["type"]), path


@pytest.mark.parametrize("name", EXAMPLES)
def test_they_agree_on_every_wrong_value_in_every_field(name: str) -> None:
    document = EXAMPLES[name]
    for path in paths(document):
        if path == ("type",):
            continue  # another type has another schema
        for value in REPLACEMENTS:
            assert agree(changed(document, path, value), document["type"]), (path, value)


@each("name", EXAMPLES)
def test_both_pass_over_fields_that_they_do_not_know(name: str) -> None:
    document = EXAMPLES[name]
    for path in [(), *paths(document)]:
        if isinstance(parent(document, (*path, "")), dict):
            more = changed(document, (*path, "loyalty_points"), {"since": None})
            assert decoder_accepts(more) is True
            assert validator(document["type"]).is_valid(more)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
).filter(lambda value: "\0" not in json.dumps(value) and "\\u0000" not in json.dumps(value))


@given(st.sampled_from(sorted(EXAMPLES)), st.data(), ANY_JSON)
def test_they_agree_on_any_value_anywhere(name: str, data: st.DataObject, value: Any) -> None:
    document = EXAMPLES[name]
    path = data.draw(st.sampled_from([p for p in paths(document) if p != ("type",)]))
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # 1.0 is a whole number to a schema, and none to the services
    assert agree(changed(document, path, value), document["type"])


@given(st.binary() | st.text().map(str.encode))
def test_nothing_but_a_refusal_comes_of_other_bytes(value: bytes) -> None:
    with pytest.raises(EventRefusedError):
        envelope.decode(value, [], NOW)
