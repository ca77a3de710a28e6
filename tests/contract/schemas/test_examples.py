"""The examples hold what they say: for the services, for the schemas, for a shop's own checks."""

import functools
import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from headsup.contracts import envelope
from headsup.contracts.envelope import EventRefusedError
from headsup.contracts.json_schema import event_schema
from headsup.contracts.registry import BY_NAME, EVENT_TYPES, EventType, Topic
from headsup.contracts.schemas import ROOT
from headsup.contracts.shop import ReturnMethod
from tests.support.each import each

NOW = datetime(2026, 12, 24, 12, tzinfo=UTC)
VALID = sorted((ROOT / "examples" / "valid").glob("*.json"))
REFUSED_FOLDER = ROOT / "examples" / "refused"
REFUSED: dict[str, dict[str, Any]] = tomllib.loads((REFUSED_FOLDER / "index.toml").read_text())


@functools.cache
def validator(event_type: EventType) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(event_schema(event_type))


def accepted_by_a_schema(text: bytes) -> bool:
    """Whether the schema of the type that it names, or any where it names none, accepts it."""
    try:
        document = json.loads(text)
    except ValueError:
        return False
    return any(validator(event_type).is_valid(document) for event_type in EVENT_TYPES)


@each("path", VALID)
def test_a_valid_example_is_read_written_and_read_again_the_same(path: Path) -> None:
    event = envelope.decode(path.read_bytes(), envelope_headers(), NOW)
    assert envelope.decode(envelope.encode(event), envelope.headers(event), NOW) == event
    value, headers = envelope.to_binary(event)
    assert envelope.decode(value, headers, NOW) == event


@each("path", VALID)
def test_a_valid_example_loses_nothing_when_it_is_read(path: Path) -> None:
    document = json.loads(path.read_text())
    written = json.loads(envelope.encode(envelope.decode(path.read_bytes(), [], NOW)))
    assert without_defaults(written["data"]) == without_defaults(document["data"])


@each("path", VALID)
def test_a_valid_example_is_what_its_schema_describes(path: Path) -> None:
    document = json.loads(path.read_text())
    validator(BY_NAME[document["type"]]).validate(document)


@each("path", VALID)
def test_a_valid_example_is_filed_under_its_type(path: Path) -> None:
    name = json.loads(path.read_text())["type"].removesuffix(".v1")
    assert path.name.startswith(f"{name}.")


def test_every_type_has_a_valid_example() -> None:
    assert {json.loads(path.read_text())["type"] for path in VALID} == set(BY_NAME)


def test_every_way_to_send_a_return_has_a_valid_example() -> None:
    documents = [json.loads(path.read_text()) for path in VALID]
    methods = {d["data"]["method"] for d in documents if d["type"] == "shop.return.approved.v1"}
    assert methods == set(ReturnMethod)


def test_no_two_valid_examples_are_the_same_event() -> None:
    names = [(d["source"], d["id"]) for d in (json.loads(path.read_text()) for path in VALID)]
    assert len(set(names)) == len(names)


@each("name", REFUSED)
def test_a_refused_example_is_refused_in_the_words_beside_it(name: str) -> None:
    with pytest.raises(EventRefusedError) as refusal:
        envelope.decode((REFUSED_FOLDER / name).read_bytes(), envelope_headers(), NOW)
    expected = REFUSED[name]
    said = (refusal.value.code, refusal.value.field, refusal.value.problem)
    assert said == (expected["code"], expected["field"], expected["problem"])


@each("name", REFUSED)
def test_a_refused_example_is_refused_by_every_schema_that_can_say_why(name: str) -> None:
    accepted = accepted_by_a_schema((REFUSED_FOLDER / name).read_bytes())
    assert accepted is not REFUSED[name].get("schema", True)


def test_every_refused_example_has_its_words_and_the_other_way_round() -> None:
    assert {path.name for path in REFUSED_FOLDER.glob("*.json")} == set(REFUSED)


def test_every_refusal_that_one_small_record_can_meet_has_an_example() -> None:
    elsewhere = {envelope.RefusalCode.TOO_LARGE, envelope.RefusalCode.WRONG_TOPIC}
    assert {e["code"] for e in REFUSED.values()} == set(envelope.RefusalCode) - elsewhere


def test_the_example_of_a_topic_carries_its_key() -> None:
    path = ROOT / "examples" / "valid" / "headsup.notification.requested.delayed.json"
    event = envelope.decode(path.read_bytes(), [], NOW)
    assert BY_NAME[event.type].topic is Topic.REQUESTED
    assert envelope.key_of(event) == b"C-204"


def envelope_headers() -> list[tuple[str, bytes | None]]:
    return [("content-type", envelope.STRUCTURED.encode())]


def without_defaults(node: Any) -> Any:
    """What is left when fields go that say what leaving them out says: quantity 1, and the like."""
    if isinstance(node, list):
        return [without_defaults(inner) for inner in node]
    if isinstance(node, dict):
        said = {name: without_defaults(inner) for name, inner in node.items()}
        return {n: v for n, v in said.items() if [n, v] not in DEFAULTS}
    return node


DEFAULTS = [["quantity", 1]]
