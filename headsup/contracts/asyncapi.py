"""The AsyncAPI 3.0 document: which service reads and writes what, where, and under which key.

https://www.asyncapi.com/docs/reference/specification/v3.0.0, with Kafka bindings 0.5.0.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from headsup.contracts.envelope import STRUCTURED
from headsup.contracts.json_schema import data_schemas, envelope_schema
from headsup.contracts.notes import summary
from headsup.contracts.registry import EVENT_TYPES, READ, EventType, Internal, Topic

Json = dict[str, Any]
BINDING: Final = "0.5.0"
VERSION: Final = "1.0.0"
"""Of the contracts; a change that a shop must follow makes a new event type, `...v2`."""

_TOPICS: Final[dict[Topic | Internal, str]] = {
    Topic.ORDERS: "Orders placed, confirmed and cancelled.",
    Topic.PAYMENTS: "Money that arrived, was refused or went back.",
    Topic.SHIPMENTS: "Parcels on their way.",
    Topic.RETURNS: "Goods on their way back, and repairs.",
    Topic.SUPPORT: "Questions and complaints of customers.",
    Topic.INCIDENTS: "Trouble that concerns many orders at once.",
    Topic.CARTS: "What people are about to buy, and have not bought yet.",
    Topic.CUSTOMERS: "Addresses, language and consent. Compacted: the newest word of each is kept.",
    Topic.CONVERSATIONS: "What people of the shop say to customers who asked for a human.",
    Topic.REQUESTED: "What to tell whom.",
    Topic.REMINDERS: "Whom to remind of which cart, and what makes that needless. A topic of its "
    "own, so that no news stands behind a campaign.",
    Topic.OUTCOMES: "What became of it, and which carts became orders.",
    Topic.REPLIED: "What customers answered, wrote and chose, and what they want no more of.",
    Internal.JOINED: "Internal: what was said of a cart whose lines moved into another. Copies of "
    "orders and outcomes that concern a cart, and the ticks of its clock, go here as well.",
}
_READ: Final[dict[str, tuple[Topic | Internal, ...]]] = {
    "order_events": (
        Topic.ORDERS,
        Topic.PAYMENTS,
        Topic.SHIPMENTS,
        Topic.RETURNS,
        Topic.SUPPORT,
        Topic.INCIDENTS,
        Topic.REPLIED,
        Topic.OUTCOMES,
    ),
    "cart_recovery": (Topic.CARTS, Topic.ORDERS, Topic.OUTCOMES, Internal.JOINED),
    "notifier": (Topic.REQUESTED, Topic.CUSTOMERS, Topic.CONVERSATIONS, Topic.REMINDERS),
}
_WRITTEN: Final[dict[str, tuple[Topic | Internal, ...]]] = {
    "order_events": (Topic.REQUESTED,),
    "cart_recovery": (Topic.REMINDERS, Topic.OUTCOMES, Internal.JOINED),
    "notifier": (Topic.OUTCOMES, Topic.REPLIED, Topic.REQUESTED),
}
_DEAD_LETTER_HEADERS: Final[dict[str, str]] = {
    "dlq-reason": "Why, as a code.",
    "dlq-field": "The path of the field that is wrong; empty when the whole record is.",
    "dlq-problem": "What was expected there. It never repeats what stood there.",
    "dlq-origin": "Topic, partition and offset of the record.",
    "dlq-service": "The service that set it aside.",
    "dlq-at": "When, as RFC 3339 writes it.",
}
_CUT_FROM: Final[dict[str, str]] = {
    "dlq-cut-from": "Only where Kafka would not take the record whole: how many bytes it had. Then "
    "the beginning of the value is kept, and none of the record's own headers.",
}


def asyncapi(examples: Sequence[Json]) -> Json:
    """The document. Each example is shown with the message of its type."""
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": STRUCTURED,
        "servers": {
            "local": {
                "host": "localhost:9092",
                "protocol": "kafka",
                "description": "A placeholder: the address is the setting KAFKA_BOOTSTRAP_SERVERS.",
            }
        },
        "channels": {
            **{topic.value: _channel(topic) for topic in READ},
            **{topic.dead_letters: _dead_letter_channel(topic) for topic in READ},
        },
        "operations": dict([*_reading(), *_writing(), *_setting_aside()]),
        "components": {"messages": _messages(examples), "schemas": _schemas()},
    }


def _messages(examples: Sequence[Json]) -> Json:
    messages = {t.name: _message(t, examples) for t in EVENT_TYPES}
    return {**messages, "dead-letter": _dead_letter()}


def _schemas() -> Json:
    events = {t.name: envelope_schema(t, _ref("schemas", t.data.__name__)) for t in EVENT_TYPES}
    return {**events, **data_schemas(EVENT_TYPES, "#/components/schemas/{name}")}


def _info() -> Json:
    return {
        "title": "Headsup",
        "version": VERSION,
        "description": "What a shop tells Headsup, and what Headsup's services tell each other. "
        "Every event is a CloudEvent 1.0 over the Kafka binding. Shown is the structured mode; the "
        "binary mode (attributes in ce_ headers, the value is the data) is read as well. Fields "
        "that a reader does not know are passed over. A record that cannot be read goes, as it is, "
        "to the dead letters of its topic. A W3C trace context in the headers traceparent and "
        "tracestate is carried on where traces are recorded.",
    }


def _ref(kind: str, name: str) -> Json:
    return {"$ref": f"#/components/{kind}/{name}"}


def _channel(topic: Topic | Internal) -> Json:
    names = [t.name for t in EVENT_TYPES if topic in t.topics]
    return {
        "address": topic.value,
        "description": _TOPICS[topic],
        "messages": {name: _ref("messages", name) for name in names},
        "bindings": {"kafka": {"topic": topic.value, "bindingVersion": BINDING}},
    }


def _dead_letter_channel(topic: Topic | Internal) -> Json:
    return {
        "address": topic.dead_letters,
        "description": f"Records of {topic} that could not be read.",
        "messages": {"dead-letter": _ref("messages", "dead-letter")},
        "bindings": {"kafka": {"topic": topic.dead_letters, "bindingVersion": BINDING}},
    }


def _reading() -> Iterable[tuple[str, Json]]:
    for service, topics in _READ.items():
        for topic in topics:
            names = [t.name for t in EVENT_TYPES if topic in t.topics]
            operation = _operation("receive", service, topic, names)
            yield f"{service}.receives.{topic}", operation


def _writing() -> Iterable[tuple[str, Json]]:
    for service, topics in _WRITTEN.items():
        for topic in topics:
            names = [t.name for t in EVENT_TYPES if topic in t.topics]
            yield f"{service}.sends.{topic}", _operation("send", service, topic, names)


def _setting_aside() -> Iterable[tuple[str, Json]]:
    for service, topics in _READ.items():
        for topic in topics:
            address = topic.dead_letters
            operation = _operation("send", service, address, ["dead-letter"])
            yield f"{service}.sends.{address}", operation


def _operation(action: str, service: str, channel: str, messages: Sequence[str]) -> Json:
    binding: Json = {"clientId": {"type": "string", "const": service}}
    if action == "receive":
        binding["groupId"] = {"type": "string", "const": service}
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": f"{service} {action}s {channel}.",
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
        "bindings": {"kafka": {**binding, "bindingVersion": BINDING}},
    }


def _message(event_type: EventType, examples: Sequence[Json]) -> Json:
    shown = [e for e in examples if e["type"] == event_type.name]
    return {
        "name": event_type.name,
        "title": event_type.data.__name__,
        "summary": summary(event_type.data),
        "contentType": STRUCTURED,
        "headers": {
            "type": "object",
            "properties": {"content-type": {"type": "string", "const": STRUCTURED}},
        },
        "payload": _ref("schemas", event_type.name),
        "bindings": {"kafka": {"key": _key(event_type), "bindingVersion": BINDING}},
        "examples": [{"name": example["id"], "payload": example} for example in shown],
    }


def _key(event_type: EventType) -> Json:
    """The key is one of the data's identifiers, so it has that field's schema."""
    part: Json = {"$ref": f"#/{event_type.data.__name__}"}
    schemas = data_schemas([event_type], "#/{name}")
    for name in event_type.key.split("."):
        part = schemas[part["$ref"].removeprefix("#/")]["properties"][name]
    return {**part, "description": f"The text of data.{event_type.key}."}


def _dead_letter() -> Json:
    properties = {
        name: {"type": "string", "description": text}
        for name, text in (_DEAD_LETTER_HEADERS | _CUT_FROM).items()
    }
    return {
        "name": "dead-letter",
        "title": "A record set aside",
        "summary": "Key, value and headers are those of the record; what is wrong is said beside.",
        "contentType": "application/octet-stream",
        "headers": {
            "type": "object",
            "properties": properties,
            "required": list(_DEAD_LETTER_HEADERS),
        },
        "payload": {"description": "The value as it came, whatever it is."},
        "bindings": {"kafka": {"bindingVersion": BINDING}},
    }
