"""Manifests are found with which a service does not outlast a node, or cannot scale."""

import pytest

from tests.support.each import each
from tests.support.overlays import (
    CARTS,
    NOTIFIER,
    Wrong,
    expect_kustomize,
    expect_said,
    of_pod,
    of_spec,
    scaled_by,
    spread,
    triggered,
)

pytestmark = pytest.mark.timeout(240)  # much is built and looked at, on a busy machine too


@pytest.fixture(autouse=True)
def _kubectl() -> None:
    expect_kustomize()


WRONG: Wrong = {
    "a node that is never drained": (
        ("PodDisruptionBudget", "notifier"),
        of_spec("maxUnavailable", 0),
        "PodDisruptionBudget notifier lets no pod go",
    ),
    "a node that is never drained, in percent": (
        ("PodDisruptionBudget", "notifier"),
        of_spec("maxUnavailable", "0%"),
        "PodDisruptionBudget notifier lets no pod go",
    ),
    "a node that is not drained while the database is away": (
        ("PodDisruptionBudget", "notifier"),
        of_spec("unhealthyPodEvictionPolicy", "IfHealthyBudget"),
        "PodDisruptionBudget notifier keeps pods that are not ready",
    ),
    "a budget of other pods": (
        ("PodDisruptionBudget", "notifier"),
        of_spec("selector", {"matchLabels": {"app.kubernetes.io/name": "toolbox"}}),
        "Deployment notifier has no disruption budget",
    ),
    "all on one node": (
        NOTIFIER,
        of_pod("topologySpreadConstraints", []),
        "Deployment notifier may have all of its pods on one node",
    ),
    "spread that cannot be": (
        NOTIFIER,
        spread(whenUnsatisfiable="DoNotSchedule"),
        "Deployment notifier does not run where it cannot be spread by kubernetes.io/hostname",
    ),
    "spread by others": (
        NOTIFIER,
        spread(labelSelector={"matchLabels": {"app.kubernetes.io/name": "notifer"}}),
        "Deployment notifier is spread by the labels of other pods",
    ),
    "a number beside KEDA": (
        NOTIFIER,
        of_spec("replicas", 2),
        "Deployment notifier says how many replicas there are, and so does ScaledObject notifier",
    ),
    "no number at all": (
        CARTS,
        lambda body: body["spec"].pop("replicas"),
        "StatefulSet cart-recovery does not say how many replicas there are",
    ),
    "KEDA down to none": (
        ("ScaledObject", "notifier"),
        of_spec("minReplicaCount", 0),
        "ScaledObject notifier goes to no replicas at all, and never comes back",
    ),
    "more than partitions": (
        ("ScaledObject", "notifier"),
        of_spec("maxReplicaCount", 13),
        "ScaledObject notifier has more replicas than there are partitions, 12",
    ),
    "scales what is not there": (
        ("ScaledObject", "notifier"),
        of_spec("scaleTargetRef", {"name": "notifer"}),
        "ScaledObject notifier scales notifer, which is not there",
    ),
    "by Kafka's lag, with the trap of a poisoned partition": (
        ("ScaledObject", "notifier"),
        triggered("kafka", ensureEvenDistributionOfPartitions="true"),
        "ScaledObject notifier lacks excludePersistentLag",
    ),
    "by Kafka's lag, with the trap of uneven shares": (
        ("ScaledObject", "notifier"),
        triggered("kafka", excludePersistentLag="true"),
        "ScaledObject notifier lacks ensureEvenDistributionOfPartitions",
    ),
    "by what waits in staging": (
        ("ScaledObject", "notifier"),
        scaled_by("sum(headsup_notifier_lag_records)"),
        "ScaledObject notifier also counts what waits in other namespaces",
    ),
    "scaled by what nobody shows": (
        ("ScaledObject", "notifier"),
        scaled_by("sum(headsup_notifier_lag)"),
        "ScaledObject notifier: headsup_notifier_lag is no metric of ours",
    ),
}


@each("what", WRONG)
def test_what_is_wrong_is_said(what: str) -> None:
    expect_said(what, WRONG)
