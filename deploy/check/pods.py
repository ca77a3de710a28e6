"""What holds of every pod: what it may do, what it may use, and how it is looked after."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deploy.check.manifests import Container, Manifest, Manifests
from deploy.check.references import matches
from headsup.service import GRACE

_RESOURCES: Final = ("cpu", "memory")
_PROBES: Final = {
    "startupProbe": "/readyz",
    "readinessProbe": "/readyz",
    "livenessProbe": "/livez",
}
_PORT: Final = "http"
_PATIENCE: Final = 5
"""Seconds: who works hard answers late, and is not ill for that."""
_FIRST_OF_NOBODY: Final = 10_000
"""Ids below belong to somebody on most machines."""
_MARGIN: Final = 10
"""Seconds beyond our own, until Kubernetes kills."""
_VOLUMES: Final = {"configMap", "emptyDir", "secret", "projected"}


def limits_are_set(manifests: Manifests) -> Iterator[str]:
    """A container without limits takes the others' place on a node."""
    for container in _containers(manifests):
        resources = container.body.get("resources", {})
        for kind in ("requests", "limits"):
            for what in _RESOURCES:
                if what not in resources.get(kind, {}):
                    yield f"{container} has no {kind} of {what}"


def pods_are_restricted(manifests: Manifests) -> Iterator[str]:
    """Pod Security's "restricted", and a little more:
    kubernetes.io/docs/concepts/security/pod-security-standards/"""
    for manifest in manifests:
        if manifest.pod is None:
            continue
        spec = manifest.pod["spec"]
        yield from _missing(manifest, _wanted_of_pod(spec))
        for volume in spec.get("volumes", []):
            if not _VOLUMES & volume.keys():
                yield f"{manifest} mounts {volume['name']}, which is not of the kinds allowed"
        for container in manifest.containers():
            yield from _missing(container, _wanted_of_container(container.body))


def _wanted_of_pod(spec: Mapping[str, Any]) -> dict[str, bool]:
    context = spec.get("securityContext", {})
    return {
        "runAsNonRoot": context.get("runAsNonRoot") is True,
        "a high runAsUser": context.get("runAsUser", 0) >= _FIRST_OF_NOBODY,
        "a high runAsGroup": context.get("runAsGroup", 0) >= _FIRST_OF_NOBODY,
        "seccompProfile RuntimeDefault": context.get("seccompProfile", {}).get("type")
        == "RuntimeDefault",
        "automountServiceAccountToken: false": spec.get("automountServiceAccountToken") is False,
        "enableServiceLinks: false": spec.get("enableServiceLinks") is False,
        "no hostNetwork, hostPID and hostIPC": not any(
            spec.get(name) for name in ("hostNetwork", "hostPID", "hostIPC")
        ),
    }


def _wanted_of_container(body: Mapping[str, Any]) -> dict[str, bool]:
    context = body.get("securityContext", {})
    return {
        "allowPrivilegeEscalation: false": context.get("allowPrivilegeEscalation") is False,
        "readOnlyRootFilesystem": context.get("readOnlyRootFilesystem") is True,
        "capabilities dropped": context.get("capabilities", {}).get("drop") == ["ALL"],
        "no capabilities added": not context.get("capabilities", {}).get("add"),
        "not privileged": not context.get("privileged"),
        "no user of its own": {"runAsUser", "runAsGroup", "runAsNonRoot"}.isdisjoint(context),
        "no seccompProfile of its own": "seccompProfile" not in context,
        "no hostPort": not any("hostPort" in port for port in body.get("ports", [])),
    }


def _missing(whose: Manifest | Container, wanted: Mapping[str, bool]) -> Iterator[str]:
    return (f"{whose} lacks: {what}" for what, is_there in wanted.items() if not is_there)


def probes_tell_the_truth(manifests: Manifests) -> Iterator[str]:
    """What serves is asked at the start, for work, and for life, each on its own page."""
    for container in _containers(manifests):
        if not container.runs_on:
            continue
        for probe, page in _PROBES.items():
            asked = container.body.get(probe, {}).get("httpGet", {})
            if asked.get("path") != page or asked.get("port") != _PORT:
                yield f"{container} has no {probe} on {page} of its port {_PORT}"
            elif container.body[probe].get("timeoutSeconds", 1) < _PATIENCE:
                yield f"{container} is asked by {probe} with less than {_PATIENCE} s to answer"


def ends_are_awaited(manifests: Manifests) -> Iterator[str]:
    """A pod is given longer than we take to end in order."""
    for manifest in manifests:
        if manifest.pod and any(each.runs_on for each in manifest.containers()):
            given = manifest.pod["spec"].get("terminationGracePeriodSeconds", 0)
            taken = GRACE + max(map(_waits, manifest.containers()))
            if given < taken + _MARGIN:
                yield f"{manifest} is killed after {given} s; we take {taken:g} to end"


def whoever_is_called_waits_for_the_callers(manifests: Manifests) -> Iterator[str]:
    """Pods that a Service leads to are still called for a moment after they were told to end."""
    services = [each for each in manifests if each.kind == "Service"]
    called = [each for each in services if each.spec.get("clusterIP") != "None"]
    for manifest in (each for each in manifests if each.pod):
        waits = all(_waits(each) for each in manifest.containers() if each.runs_on)
        for service in called:
            is_led_to = matches({"matchLabels": service.spec["selector"]}, manifest.labels)
            if is_led_to and not waits:
                yield f"{manifest} ends while {service} still leads to it: it has no preStop"


def _waits(container: Container) -> float:
    """Seconds before it is told to end."""
    hook = container.body.get("lifecycle", {}).get("preStop", {})
    return float(hook.get("sleep", {}).get("seconds", 0))


def images_are_pinned(manifests: Manifests) -> Iterator[str]:
    """What runs is a version, and says so."""
    for container in _containers(manifests):
        image = str(container.body.get("image", ""))
        tag = image.rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in image and tag in ("", "latest"):
            yield f"{container} runs {image or 'no image'}, which is no version"


def _containers(manifests: Manifests) -> Iterator[Container]:
    for manifest in manifests:
        yield from manifest.containers()
