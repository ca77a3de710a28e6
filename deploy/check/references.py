"""What one object says of another is so."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

from deploy.check.manifests import Manifest, Manifests
from headsup.contracts.settings import settings_of

_ANY_CA: Final = "ca.crt"
SECRETS: Final[Mapping[str, frozenset[str]]] = {
    "headsup-addresses": frozenset({"keys"}),
    "headsup-database": frozenset({"migrations", "notifier", "order-events", "tools", _ANY_CA}),
    "headsup-kafka": frozenset({"cart-recovery", "notifier", "order-events", "tools", _ANY_CA}),
    "headsup-providers": frozenset(
        name for name in settings_of("notifier") if not name.startswith(("DATABASE_", "KAFKA_"))
    ),
    "headsup-dkim": frozenset(),
    "headsup-traces": frozenset({"headers"}),
}
"""That an operator makes, by hand or out of a store, and what is in them, where it is not theirs to
say: docs/operating/install.md."""
_OF_THE_NAMESPACE: Final = "pod-security.kubernetes.io/enforce"


def names_lead_somewhere(manifests: Manifests) -> Iterator[str]:
    """Every account, map and secret that a pod names is there, or is the operator's to make."""
    have = {(each.kind, each.name) for each in manifests}
    have |= {("Secret", name) for name in SECRETS}
    for manifest in manifests:
        for kind, name in _named(manifest):
            if (kind, name) not in have:
                yield f"{manifest} needs {kind} {name}, which is not there"
        for name, key in _keys_named(manifest):
            known = SECRETS.get(name)
            if known and key not in known:
                yield f"{manifest} needs {key} of Secret {name}, which has no such key"


def addresses_are_their_own(manifests: Manifests) -> Iterator[str]:
    """Nobody is a user of the database that another one is: what one may is not the other's."""
    seen: dict[tuple[str, str], str] = {}
    for manifest in manifests:
        for reference in _references(manifest, "DATABASE_URL"):
            it = reference["name"], reference["key"]
            if seen.setdefault(it, str(manifest)) != str(manifest):
                yield f"{manifest} is the same user of the database as {seen[it]}"


def _keys_named(manifest: Manifest) -> Iterator[tuple[str, str]]:
    """Of secrets: whose, and which."""
    for reference in _references(manifest):
        yield reference["name"], reference["key"]
    for volume in (manifest.pod or {}).get("spec", {}).get("volumes", []):
        for item in volume.get("secret", {}).get("items", []):
            yield volume["secret"]["secretName"], item["key"]


def _references(manifest: Manifest, variable: str | None = None) -> Iterator[Mapping[str, str]]:
    """To secrets, by this variable or by any."""
    for container in manifest.containers():
        for each in container.body.get("env", []):
            found = each.get("valueFrom", {}).get("secretKeyRef")
            if found and variable in (None, each["name"]):
                yield found


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
    yield from (("Secret", reference["name"]) for reference in _references(manifest))


def selectors_find_pods(manifests: Manifests) -> Iterator[str]:
    """What selects pods finds some, and the ports that it names are theirs."""
    for manifest in manifests:
        selector = _selector(manifest)
        if selector is None:
            continue
        found = [each for each in manifests if each.pod and matches(selector, each.labels)]
        if not found:
            yield f"{manifest} selects no pod"
            continue
        for port in _ports_named(manifest):
            lacking = [each for each in found if port not in _ports_of(each)]
            if lacking == found or (lacking and manifest.kind != "NetworkPolicy"):
                yield f"{manifest} names a port {port}, which {lacking[0]} has not"


def store_makes_what_is_needed(manifests: Manifests) -> Iterator[str]:
    """Where a store fills secrets, each is one that somebody asks for, and none that must be there
    is left out."""
    made = {each.spec["target"]["name"] for each in manifests if each.kind == "ExternalSecret"}
    needed = {
        reference["name"]
        for manifest in manifests
        for reference in _references(manifest)
        if not reference.get("optional")
    }
    if made:
        yield from (
            f"ExternalSecret {name} is for nobody" for name in sorted(made - SECRETS.keys())
        )
        yield from (f"no ExternalSecret makes {name}" for name in sorted(needed - made))


def _selector(manifest: Manifest) -> dict[str, Any] | None:
    match manifest.kind:
        case "Service":
            return {"matchLabels": manifest.spec.get("selector", {})}
        case "NetworkPolicy":
            return dict(manifest.spec.get("podSelector") or {})
        case "PodDisruptionBudget" | "PodMonitor":
            return dict(manifest.spec.get("selector") or {})
    return None


def matches(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Whether a selector finds pods with these labels."""
    wanted: Mapping[str, str] = selector.get("matchLabels", {})
    among: Iterable[Mapping[str, Any]] = selector.get("matchExpressions", [])
    return all(labels.get(name) == value for name, value in wanted.items()) and all(
        _fits(each["operator"], labels.get(each["key"]), each.get("values", [])) for each in among
    )


def _fits(operator: str, value: str | None, values: Collection[str | None]) -> bool:
    match operator:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case _:
            return value is None


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


def namespaces_are_restricted(manifests: Manifests) -> Iterator[str]:
    """The cluster itself holds the pods to what we hold them to."""
    for manifest in manifests:
        labels = manifest.body["metadata"].get("labels", {})
        if manifest.kind == "Namespace" and labels.get(_OF_THE_NAMESPACE) != "restricted":
            yield f"{manifest} does not enforce the restricted pods"
