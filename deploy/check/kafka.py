"""Every service reaches Kafka by TLS, as a user of its own."""

from collections.abc import Iterator

from deploy.check.manifests import Container, Manifests
from deploy.check.settings import SERVICES


def kafka_is_reached_safely(manifests: Manifests) -> Iterator[str]:
    """Nobody on the way reads along, and nobody can do what another service may do."""
    known = {each.name for each in manifests if each.kind == "KafkaUser"}
    seen: dict[str, Container] = {}
    for container in (each for one in manifests for each in one.containers()):
        if container.name not in SERVICES:
            continue
        told = told_in_plain(container, manifests)
        if not told.get("KAFKA_SECURITY_PROTOCOL", "").endswith("SSL"):
            yield f"{container} reaches Kafka without TLS"
        user = told.get("KAFKA_SASL_USERNAME", "nobody")
        if known and user not in known:
            yield f"{container} is {user} to Kafka, which knows no such user"
        if user in seen:
            yield f"{container} is {user} to Kafka, and so is {seen[user]}"
        seen[user] = container


def told_in_plain(container: Container, manifests: Manifests) -> dict[str, str]:
    """What a container is told that is no secret."""
    told: dict[str, str] = {}
    maps = {each.name: each for each in manifests if each.kind == "ConfigMap"}
    for source in container.body.get("envFrom", []):
        found = maps.get(source.get("configMapRef", {}).get("name"))
        told |= (found.body.get("data") or {}) if found is not None else {}
    plain = (each for each in container.body.get("env", []) if "value" in each)
    return told | {each["name"]: each["value"] for each in plain}
