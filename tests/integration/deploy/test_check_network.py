"""Network policies that keep out who is needed, or let in anybody, are found."""

from pathlib import Path

import pytest

from tests.support.each import each
from tests.support.overlays import (
    HERE,
    Wrong,
    expect_kustomize,
    expect_said,
    is_now,
    of,
    of_spec,
    problems,
    telling,
    with_component,
)

pytestmark = pytest.mark.timeout(240)  # much is built and looked at, on a busy machine too


@pytest.fixture(autouse=True)
def _kubectl() -> None:
    expect_kustomize()


WRONG: Wrong = {
    "nothing is denied": (
        ("NetworkPolicy", "nobody"),
        of_spec("podSelector", {"matchLabels": {"app.kubernetes.io/name": "notifier"}}),
        "no NetworkPolicy denies what none of them names",
    ),
    "Kafka at another port": (
        ("ConfigMap", "headsup-kafka"),
        telling(KAFKA_BOOTSTRAP_SERVERS="kafka-kafka-bootstrap.kafka.svc:9094"),
        f"{HERE} may not reach Kafka at kafka-kafka-bootstrap.kafka.svc:9094",
    ),
    "Kafka in another namespace": (
        ("ConfigMap", "headsup-kafka"),
        telling(KAFKA_BOOTSTRAP_SERVERS="kafka-kafka-bootstrap.streams.svc:9093"),
        f"{HERE} may not reach Kafka at kafka-kafka-bootstrap.streams.svc:9093",
    ),
    "a collector that nobody may reach": (
        ("ConfigMap", "headsup-services"),
        telling(OTEL_EXPORTER_OTLP_ENDPOINT="http://collector.observability.svc:4318"),
        f"{HERE} may not reach the collector at http://collector.observability.svc:4318",
    ),
    "no way to the database": (
        ("NetworkPolicy", "database"),
        is_now("database"),
        f"{HERE} may not reach the database",
    ),
    "no way to providers": (
        ("NetworkPolicy", "providers"),
        is_now("providers"),
        f"{HERE} may not reach providers",
    ),
    "names by TCP": (
        ("NetworkPolicy", "names"),
        lambda body: body["spec"]["egress"][0]["ports"].pop(),
        "Deployment notifier may not ask for names by TCP",
    ),
    "Prometheus at the door": (
        ("NetworkPolicy", "metrics"),
        is_now("metrics"),
        f"{HERE} has a port http that nobody may call",
    ),
    "every port": (
        ("NetworkPolicy", "database"),
        lambda body: body["spec"]["egress"][0].pop("ports"),
        "NetworkPolicy database lets through egress on every port, or of everybody",
    ),
    "our own networks": (
        ("NetworkPolicy", "providers"),
        lambda body: body["spec"]["egress"][0]["to"][0]["ipBlock"].pop("except"),
        "NetworkPolicy providers lets through 0.0.0.0/0, your own networks included",
    ),
    "every namespace": (
        ("NetworkPolicy", "pages"),
        lambda body: body["spec"]["ingress"][0].update({"from": [{"namespaceSelector": {}}]}),
        "NetworkPolicy pages lets through every namespace",
    ),
}


@each("what", WRONG)
def test_what_is_wrong_is_said(what: str) -> None:
    expect_said(what, WRONG)


def test_with_its_component_a_collector_is_reached(tmp_path: Path) -> None:
    manifests = with_component(tmp_path, "traces")
    endpoint = "http://collector.observability.svc:4318"
    telling(OTEL_EXPORTER_OTLP_ENDPOINT=endpoint)(of(manifests, "ConfigMap", "headsup-services"))
    assert problems(manifests) == []
    elsewhere = endpoint.replace("4318", "4319")
    telling(OTEL_EXPORTER_OTLP_ENDPOINT=elsewhere)(of(manifests, "ConfigMap", "headsup-services"))
    assert any("may not reach the collector" in problem for problem in problems(manifests))
