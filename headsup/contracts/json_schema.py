"""JSON Schema 2020-12 of the contracts: what `envelope.decode` accepts, but for a few things that a
schema cannot say; those are listed in each schema (`DECODER_ONLY`)."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from headsup.contracts.envelope import EARLIEST, MAX_BYTES, Envelope
from headsup.contracts.notes import field_notes, member_notes, summary
from headsup.contracts.notifications import NotificationRequested
from headsup.contracts.registry import EventType
from headsup.contracts.shop import IncidentOpened, IncidentScope

Json = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
ENVELOPE_FIELDS: Final = ("specversion", "id", "source", "type", "time", "datacontenttype", "data")

DECODER_ONLY: Final = (
    f"an event is at most {MAX_BYTES} bytes long",
    f"no date lies before {EARLIEST:%Y-%m-%d}, more than three years ahead, or, for the event's own"
    " time, more than a day ahead",
    "dates exist in the calendar, and no second is a leap second",
    "no text holds the character U+0000",
    "a whole number is written without a decimal point",
)
"""What the services refuse besides."""

_CONDITIONS: Final[dict[type, Json]] = {
    IncidentOpened: {
        "if": {"properties": {"scope": {"const": IncidentScope.CARRIER.value}}},
        "then": {"required": ["carrier"], "properties": {"carrier": {"type": "string"}}},
    },
    NotificationRequested: {
        "anyOf": [
            {"required": ["order_id"], "properties": {"order_id": {"type": "string"}}},
            {"required": ["cart"], "properties": {"cart": {"type": "object"}}},
        ]
    },
}
"""What a contract asks for besides, when something else is so: its `__post_init__` as a schema."""

# Validators may pass over "format"; a pattern beside it is checked by all of them.
_DATE_PATTERN = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"
_MOMENT_PATTERN = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?"
    r"(Z|[+-][0-9]{2}:[0-9]{2})$(?!\n)"
)
_JSON_TYPE_PATTERN = r"^(application/json|text/json|[^;\s]+\+json)(;.*)?$"


def event_schema(event_type: EventType) -> Json:
    """The schema of one event type: the whole CloudEvent, in the structured mode."""
    definitions = data_schemas([event_type], "#/$defs/{name}")
    data = {"$ref": f"#/$defs/{event_type.data.__name__}"}
    head: Json = {
        "$schema": DIALECT,
        "$id": f"urn:headsup:event:{event_type.name}",
        "$comment": "Made by python -m headsup.contracts.schemas. Services also see to it that: "
        + "; ".join(DECODER_ONLY)
        + ".",
    }
    return head | envelope_schema(event_type, data) | {"$defs": definitions}


def envelope_schema(event_type: EventType, data: Json) -> Json:
    """The CloudEvent around data of this type."""
    (_, components) = msgspec.json.schema_components([Envelope], ref_template="#/unused/{name}")
    written = _annotated(components["Envelope"], Envelope)
    properties = written["properties"]
    properties["specversion"] |= {"const": "1.0"}
    properties["type"] = {
        "const": event_type.name,
        "description": properties["type"]["description"],
    }
    properties["datacontenttype"] |= {"pattern": _JSON_TYPE_PATTERN}
    properties["data"] = data
    return {
        "title": event_type.name,
        "description": f"{summary(event_type.data)} Topic {' or '.join(event_type.topics)}, "
        f"key data.{event_type.key}.",
        "type": "object",
        "properties": {name: properties[name] for name in ENVELOPE_FIELDS},
        "required": written["required"],
    }


def data_schemas(event_types: Sequence[EventType], ref_template: str) -> Json:
    """The schemas of the data and of all that it is made of, by name."""
    roots = [event_type.data for event_type in event_types]
    _, components = msgspec.json.schema_components(roots, ref_template=ref_template)
    classes = {cls.__name__: cls for root in roots for cls in _classes(root)}
    return {name: _annotated(components[name], classes[name]) for name in sorted(components)}


def _classes(root: type) -> Iterable[type]:
    """The contract and every contract and enumeration in it."""
    waiting: list[msgspec.inspect.Type] = [msgspec.inspect.type_info(root)]
    while waiting:
        match waiting.pop():
            case msgspec.inspect.StructType(cls=cls, fields=fields):
                yield cls
                waiting += [field.type for field in fields]
            case msgspec.inspect.EnumType(cls=cls):
                yield cls
            case msgspec.inspect.UnionType(types=members):
                waiting += members
            case msgspec.inspect.VarTupleType(item_type=inner):
                waiting.append(inner)
            case msgspec.inspect.Metadata(type=inner):
                waiting.append(inner)
            case _:
                pass


def _annotated(schema: Json, cls: type) -> Json:
    """The schema with what the source says about fields and members, and patterns for dates."""
    schema = {**schema, "description": summary(cls), **_CONDITIONS.get(cls, {})}
    if issubclass(cls, StrEnum):
        notes = [f"`{value}`: {note}" for value, note in member_notes(cls).items()]
        if notes:
            schema["description"] += f" {'; '.join(notes)}."
        return {**schema, "type": "string", "enum": [member.value for member in cls]}
    for name, note in field_notes(cls).items():
        if name in schema["properties"]:
            described = schema["properties"][name]
            described["description"] = " ".join(filter(None, [note, described.get("description")]))
    schema["properties"] = {name: _dated(node) for name, node in schema["properties"].items()}
    return schema


def _dated(node: Any) -> Any:
    if isinstance(node, list):
        return [_dated(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    node = {name: _dated(inner) for name, inner in node.items()}
    match node.get("format"):
        case "date-time":
            node["pattern"] = _MOMENT_PATTERN
        case "date":
            node["pattern"] = _DATE_PATTERN
    return node
