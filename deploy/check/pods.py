"""What holds of every pod: what it may do, what it may use, and how it is looked after."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from deploy.check.manifests import Container, Manifest, Manifests
from headsup.service import GRACE

_RESOURCES: Final = ("cpu", "memory")
_PROBES: Final = {
    "startupProbe": "/readyz",
    "readinessProbe": "/readyz",
    "livenessProbe": "/livez",
}
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
        "not privileged": not context.get("privileged"),
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
            if asked.get("path") != page:
                yield f"{container} has no {probe} on {page}"


def ends_are_awaited(manifests: Manifests) -> Iterator[str]:
    """A pod is given longer than we take to end in order."""
    for manifest in manifests:
        if manifest.pod and any(each.runs_on for each in manifest.containers()):
            given = manifest.pod["spec"].get("terminationGracePeriodSeconds", 0)
            if given < GRACE + _MARGIN:
                yield f"{manifest} is killed after {given} s; we take {GRACE:g} to end"


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
