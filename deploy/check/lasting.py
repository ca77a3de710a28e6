"""What serves goes on while nodes come and go, and while there is more or less to do."""

from collections.abc import Iterator
from typing import Final

from deploy.check.manifests import Manifest, Manifests
from deploy.check.references import matches
from headsup.kafka.topics import topic_specs

_NODE: Final = "kubernetes.io/hostname"
_LEAST: Final = 1
"""Replicas. With none, nobody shows what waits, and nothing wakes anybody."""
_OF_KAFKA: Final = ("excludePersistentLag", "ensureEvenDistributionOfPartitions")
"""components/keda/README.md says why."""


def nodes_can_be_drained(manifests: Manifests) -> Iterator[str]:
    """Each service has a disruption budget, and it lets one pod go at a time, whatever the number
    of replicas, and any that is not ready."""
    budgets = [each for each in manifests if each.kind == "PodDisruptionBudget"]
    for budget in budgets:
        if budget.spec.get("maxUnavailable") in (None, 0, "0", "0%"):
            yield f"{budget} lets no pod go: a node with one of them can never be drained"
        if budget.spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield f"{budget} keeps pods that are not ready: a node with one may never be drained"
    for serving in filter(_serves, manifests):
        if not any(matches(each.spec.get("selector") or {}, serving.labels) for each in budgets):
            yield f"{serving} has no disruption budget: all of its pods may be drained at once"


def pods_are_spread(manifests: Manifests) -> Iterator[str]:
    """Over nodes, by their own labels; and where there is one node, they all run there."""
    for serving in filter(_serves, manifests):
        spread = (serving.pod or {})["spec"].get("topologySpreadConstraints", [])
        if _NODE not in {each["topologyKey"] for each in spread}:
            yield f"{serving} may have all of its pods on one node"
        for each in spread:
            if not matches(each.get("labelSelector") or {}, serving.labels):
                yield f"{serving} is spread by the labels of other pods"
            if each["whenUnsatisfiable"] != "ScheduleAnyway":
                yield f"{serving} does not run where it cannot be spread by {each['topologyKey']}"


def scalers_can_scale(manifests: Manifests) -> Iterator[str]:
    """What KEDA scales is there, has no number of its own, never goes to none, and has no more
    replicas than partitions. Without KEDA the number stands in the manifest."""
    serving = {each.name: each for each in filter(_serves, manifests)}
    scaled = {each.spec["scaleTargetRef"]["name"]: each for each in _scalers(manifests)}
    most = max(spec.partitions for spec in topic_specs())
    for name, scaler in scaled.items():
        if name not in serving:
            yield f"{scaler} scales {name}, which is not there"
        elif "replicas" in serving[name].spec:
            yield f"{serving[name]} says how many replicas there are, and so does {scaler}"
        if scaler.spec.get("minReplicaCount", 0) < _LEAST:
            yield f"{scaler} goes to no replicas at all, and never comes back"
        if scaler.spec.get("maxReplicaCount", 100) > most:
            yield f"{scaler} has more replicas than there are partitions, {most}"
        yield from _of_triggers(scaler)
    for each in serving.values():
        if each.name not in scaled and each.spec.get("replicas", 0) < _LEAST:
            yield f"{each} does not say how many replicas there are"


def _of_triggers(scaler: Manifest) -> Iterator[str]:
    for trigger in scaler.spec.get("triggers", []):
        told = trigger["metadata"]
        if trigger["type"] == "kafka":
            yield from (f"{scaler} lacks {each}" for each in _OF_KAFKA if told.get(each) != "true")
        if trigger["type"] == "prometheus":
            here = scaler.body["metadata"]["namespace"]
            if f'namespace="{here}"' not in told["query"]:
                yield f"{scaler} also counts what waits in other namespaces"


def _scalers(manifests: Manifests) -> Iterator[Manifest]:
    return (each for each in manifests if each.kind == "ScaledObject")


def _serves(manifest: Manifest) -> bool:
    return any(each.runs_on for each in manifest.containers())
