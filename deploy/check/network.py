"""What is needed gets through the network policies, and nothing gets through that is not named."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from deploy.check.kafka import told_in_plain
from deploy.check.manifests import Manifest, Manifests
from deploy.check.references import matches
from deploy.check.settings import SERVICES

_INSIDE: Final = re.compile(r"[^.]+\.([^.]+)\.svc(?:\.cluster\.local)?$")
"""A service in the cluster: its namespace."""
_NAME: Final = "kubernetes.io/metadata.name"
_EVERYWHERE: Final = {"0.0.0.0/0", "::/0"}
_KAFKA: Final = 9092
_OTLP: Final = {"http": 80, "https": 443}

Rule = Mapping[str, Any]


def policies_let_through_what_is_needed(manifests: Manifests) -> Iterator[str]:
    """Where there are policies at all: names, Kafka, the database, a collector; Prometheus, and on
    the notifier's public port the world."""
    policies = [each for each in manifests if each.kind == "NetworkPolicy"]
    if not policies:
        return
    for pods in (each for each in manifests if each.pod):
        around = _Around(pods, policies)
        yield from _names(around)
        yield from _of_settings(around, manifests)
        yield from _of_callers(around)


def policies_name_whom_they_let_through(manifests: Manifests) -> Iterator[str]:
    """All is denied but for what is named, and it is named by port and by place."""
    policies = [each for each in manifests if each.kind == "NetworkPolicy"]
    if policies and not any(map(_denies_all, policies)):
        yield "no NetworkPolicy denies what none of them names"
    for policy in policies:
        for way, ends in (("ingress", "from"), ("egress", "to")):
            for rule in policy.spec.get(way, []):
                if not rule.get("ports") or not rule.get(ends):
                    yield f"{policy} lets through {way} on every port, or of everybody"
                yield from _too_wide(policy, rule.get(ends, []))


class _Around:
    """The policies that hold of some pods."""

    def __init__(self, pods: Manifest, policies: Manifests) -> None:
        self.pods = pods
        self._policies = [
            each for each in policies if matches(each.spec.get("podSelector") or {}, pods.labels)
        ]

    def rules(self, way: str, port: object, protocol: str = "TCP") -> list[Rule]:
        """Those that let something through there."""
        wanted = {"protocol": protocol, "port": port}
        every = (rule for policy in self._policies for rule in policy.spec.get(way, []))
        return [rule for rule in every if wanted in rule.get("ports", [])]

    def reaches(self, host: str, port: int) -> bool:
        """Whether they may call this. Of an address outside the cluster only the port is known."""
        inside = _INSIDE.search(host)
        return any(
            inside is None or _is_namespace(end, inside[1]) or "ipBlock" in end
            for rule in self.rules("egress", port)
            for end in rule.get("to", [])
        )

    def reaches_by(self, name: str) -> bool:
        """Whether the policy of this name is about them."""
        return any(each.name == name and each.spec.get("egress") for each in self._policies)


def _is_namespace(end: Rule, name: str) -> bool:
    labels = end.get("namespaceSelector", {}).get("matchLabels", {})
    return bool(labels.get(_NAME, name) == name)


def _names(around: _Around) -> Iterator[str]:
    for protocol in ("UDP", "TCP"):
        if not around.rules("egress", 53, protocol):
            yield f"{around.pods} may not ask for names by {protocol}"


def _of_settings(around: _Around, manifests: Manifests) -> Iterator[str]:
    for container in around.pods.containers():
        told = told_in_plain(container, manifests)
        for server in filter(None, told.get("KAFKA_BOOTSTRAP_SERVERS", "").split(",")):
            host, _, port = server.strip().rpartition(":")
            if not around.reaches(host, int(port or _KAFKA)):
                yield f"{container} may not reach Kafka at {server}: components/network"
        if collector := told.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
            where = urlsplit(collector)
            if not around.reaches(where.hostname or "", where.port or _OTLP[where.scheme]):
                yield f"{container} may not reach the collector at {collector}: components/traces"
        env = {each["name"] for each in container.body.get("env", [])}
        if "DATABASE_URL" in env and not around.reaches_by("database"):
            yield f"{container} may not reach the database: components/network"
        if "SMTP_URL" in env and not around.reaches_by("providers"):
            yield f"{container} may not reach providers: components/network"


def _of_callers(around: _Around) -> Iterator[str]:
    for container in around.pods.containers():
        if container.name in SERVICES:
            for port in (each["name"] for each in container.body.get("ports", [])):
                if not around.rules("ingress", port):
                    yield f"{container} has a port {port} that nobody may call"


def _denies_all(policy: Manifest) -> bool:
    spec = policy.spec
    is_of_all = spec.get("podSelector") == {} and set(spec["policyTypes"]) == {"Ingress", "Egress"}
    return is_of_all and not spec.get("ingress") and not spec.get("egress")


def _too_wide(policy: Manifest, ends: list[Rule]) -> Iterator[str]:
    for end in ends:
        block = end.get("ipBlock", {})
        if block.get("cidr") in _EVERYWHERE and not block.get("except"):
            yield f"{policy} lets through {block['cidr']}, your own networks included"
        if end.get("namespaceSelector") == {} and not end.get("podSelector"):
            yield f"{policy} lets through every namespace"
