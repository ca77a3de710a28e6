"""What holds of several overlays beside each other: each has its own of what it changes."""

from collections.abc import Iterator, Mapping
from typing import Final

from deploy.check.manifests import Manifests

_OF_KAFKA: Final = "headsup-kafka"


def overlays_are_apart(overlays: Mapping[str, Manifests]) -> Iterator[str]:
    """Two that share Kafka's topics take each other's events, and two that share a namespace or
    what they are told in secret are one: staging would write to customers."""
    seen: dict[tuple[str, str], str] = {}
    for overlay, manifests in overlays.items():
        for what in _of(manifests):
            if seen.setdefault(what, overlay) != overlay:
                yield f"{overlay} has the {what[0]} of {seen[what]}: {what[1]}"


def _of(manifests: Manifests) -> Iterator[tuple[str, str]]:
    for each in manifests:
        match each.kind:
            case "Namespace":
                yield "namespace", each.name
            case "ConfigMap" if each.name.startswith(_OF_KAFKA):
                told = each.body.get("data") or {}
                prefix = told.get("HEADSUP_TOPIC_PREFIX", "")
                yield "topics", f"{prefix}* at {told.get('KAFKA_BOOTSTRAP_SERVERS')}"
            case "ExternalSecret":
                for source in each.spec.get("dataFrom", []):
                    yield "secret", source.get("extract", {}).get("key", "")
            case "KafkaTopic":
                where = each.body["metadata"]["namespace"]
                yield "topic", f"{each.spec['topicName']} beside Kafka in {where}"
