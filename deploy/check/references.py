"""What one object says of another is so."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from deploy.check.manifests import Manifest, Manifests

SECRETS: Final = ("headsup-addresses", "headsup-database", "headsup-kafka", "headsup-providers")
"""That an operator makes, by hand or out of a store: docs/operating/install.md."""
_OF_THE_NAMESPACE: Final = "pod-security.kubernetes.io/enforce"


def names_lead_somewhere(manifests: Manifests) -> Iterator[str]:
    """Every account, map and secret that a pod names is there, or is the operator's to make."""
    have = {(each.kind, each.name) for each in manifests}
    have |= {("Secret", name) for name in SECRETS}
    for manifest in manifests:
        for kind, name in _named(manifest):
            if (kind, name) not in have:
                yield f"{manifest} needs {kind} {name}, which is not there"


def _named(manifest: Manifest) -> Iterator[tuple[str, str]]:
    if manifest.pod is None:
        return
    spec = manifest.pod["spec"]
    yield "ServiceAccount", spec.get("serviceAccountName", "default")
    yield "PriorityClass", spec.get("priorityClassName", "")
    for volume in spec.get("volumes", []):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
    for container in manifest.containers():
        for source in container.body.get("envFrom", []):
            if "configMapRef" in source:
                yield "ConfigMap", source["configMapRef"]["name"]
        for variable in container.body.get("env", []):
            reference = variable.get("valueFrom", {})
            if "secretKeyRef" in reference:
                yield "Secret", reference["secretKeyRef"]["name"]


def selectors_find_pods(manifests: Manifests) -> Iterator[str]:
    """What selects pods finds some, and the ports that it names are theirs."""
    for manifest in manifests:
        selector = _selector(manifest)
        if selector is None:
            continue
        found = [each for each in manifests if each.pod and _matches(selector, each.labels)]
        if not found:
            yield f"{manifest} selects no pod"
        ports = {name for each in found for name in _ports_of(each)}
        for port in _ports_named(manifest):
            if port not in ports:
                yield f"{manifest} names a port {port}, which none of its pods has"


def _selector(manifest: Manifest) -> dict[str, Any] | None:
    match manifest.kind:
        case "Service":
            return {"matchLabels": manifest.spec.get("selector", {})}
        case "NetworkPolicy":
            return dict(manifest.spec.get("podSelector") or {})
        case "PodDisruptionBudget" | "PodMonitor":
            return dict(manifest.spec.get("selector") or {})
    return None


def _matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    among: Iterable[Mapping[str, Any]] = selector.get("matchExpressions", [])
    return all(labels.get(name) == value for name, value in wanted.items()) and all(
        labels.get(each["key"]) in each["values"] for each in among
    )


def _ports_of(manifest: Manifest) -> Iterator[str]:
    for container in manifest.containers():
        yield from (port["name"] for port in container.body.get("ports", []))


def _ports_named(manifest: Manifest) -> Iterator[str]:
    spec = manifest.spec
    named = [port.get("targetPort") for port in spec.get("ports", [])]
    named += [each.get("port") for each in spec.get("podMetricsEndpoints", [])]
    if manifest.kind == "NetworkPolicy":
        named += [port.get("port") for rule in spec.get("ingress", []) for port in rule["ports"]]
    return (port for port in named if isinstance(port, str))


def nodes_can_be_drained(manifests: Manifests) -> Iterator[str]:
    """A disruption budget lets one go at a time, whatever the number of replicas."""
    for manifest in manifests:
        if manifest.kind == "PodDisruptionBudget" and not manifest.spec.get("maxUnavailable"):
            yield f"{manifest} lets no pod go: a node with one of them can never be drained"


def namespaces_are_restricted(manifests: Manifests) -> Iterator[str]:
    """The cluster itself holds the pods to what we hold them to."""
    for manifest in manifests:
        labels = manifest.body["metadata"].get("labels", {})
        if manifest.kind == "Namespace" and labels.get(_OF_THE_NAMESPACE) != "restricted":
            yield f"{manifest} does not enforce the restricted pods"
