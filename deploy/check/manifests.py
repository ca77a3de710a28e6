"""What Kustomize builds of an overlay, as it would reach a cluster."""

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

K8S: Final = Path(__file__).parents[1] / "k8s"
OVERLAYS: Final = tuple(
    sorted(each.parent.name for each in K8S.glob("overlays/*/kustomization.yaml"))
)
"""Whoever adds one has it looked at."""
KUSTOMIZE: Final = Path("build/kustomize/kustomize")
"""What `make kustomize` builds; else kubectl has one inside."""
_PODS: Final = {"CronJob", "DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "StatefulSet"}
_ENDS: Final = {"CronJob", "Job"}
_WAITS: Final = "toolbox"
"""The container in which people run commands: by itself it does nothing."""

_SAFE: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""In C, where PyYAML was built with it: ten times as fast."""

Tree = dict[str, Any]


class BuildError(Exception):
    """Kustomize refused an overlay, or is not there; its own words."""


@dataclass(frozen=True, slots=True)
class Container:
    """A container of a pod, with whose it is."""

    owner: "Manifest"
    body: Tree
    runs_on: bool
    """Whether it serves until it is told to end; False for what runs once."""

    @property
    def name(self) -> str:
        """Its name in the pod."""
        return str(self.body["name"])

    def __str__(self) -> str:
        return f"{self.owner}: container {self.name}"


@dataclass(frozen=True, slots=True)
class Manifest:
    """One object."""

    body: Tree

    @property
    def kind(self) -> str:
        """What it is."""
        return str(self.body["kind"])

    @property
    def name(self) -> str:
        """Its name."""
        return str(self.body["metadata"]["name"])

    @property
    def spec(self) -> Tree:
        """What it is to be; empty for what has none."""
        return dict(self.body.get("spec") or {})

    @property
    def pod(self) -> Tree | None:
        """The pods that it makes; None when it makes none."""
        if self.kind not in _PODS:
            return None
        if self.kind == "Pod":
            return self.body
        spec = self.spec["jobTemplate"]["spec"] if self.kind == "CronJob" else self.spec
        return dict(spec["template"])

    @property
    def labels(self) -> dict[str, str]:
        """Those of its pods."""
        return dict((self.pod or {}).get("metadata", {}).get("labels", {}))

    def containers(self) -> Iterator[Container]:
        """All of its pods', those that run first too."""
        spec = (self.pod or {}).get("spec", {})
        for body in spec.get("initContainers", []):
            yield Container(self, body, runs_on=False)
        for body in spec.get("containers", []):
            yield Container(self, body, runs_on=self.kind not in _ENDS and body["name"] != _WAITS)

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


Manifests = Sequence[Manifest]


def build(folder: Path) -> str:
    """The objects of a Kustomize folder, in YAML. Raises BuildError."""
    words = [str(KUSTOMIZE), "build"] if KUSTOMIZE.exists() else ["kubectl", "kustomize"]
    try:
        built = subprocess.run([*words, str(folder)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise BuildError(
            "there is no kubectl (kubernetes.io/docs/tasks/tools); `make kustomize` does as well"
        ) from None
    if built.returncode:
        raise BuildError(built.stderr.strip())
    return built.stdout


def parse(text: str) -> list[Manifest]:
    """The objects in YAML."""
    return [Manifest(body) for body in yaml.load_all(text, Loader=_SAFE) if body]
