"""Whether objects are as Kubernetes, and the makers of the other kinds, say they must be."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema

from bench.venv import python_with
from deploy.check.manifests import Manifest, parse

KUBERNETES: Final = "1.32"
"""The oldest that is looked after; what it takes, newer ones take."""
_TOOL: Final = Path("tools/deploy/requirements.txt")
_OURS: Final = {"", "apps", "batch", "policy", "networking.k8s.io", "scheduling.k8s.io"}
"""The groups of Kubernetes itself, that we use."""
_KINDS: Final = {
    *("ConfigMap", "Namespace", "Secret", "Service", "ServiceAccount"),
    *("CronJob", "DaemonSet", "Deployment", "Job", "StatefulSet"),
    *("NetworkPolicy", "PodDisruptionBudget", "PriorityClass"),
}


class CannotValidateError(Exception):
    """What says how objects must be is not there."""


def invalid(text: str) -> Iterator[str]:
    """What is wrong with these objects. Raises CannotValidateError."""
    yield from _by_kubernetes(text)
    for manifest in parse(text):
        yield from _by_its_maker(manifest)


def _by_kubernetes(text: str) -> Iterator[str]:
    python = python_with("deploy", _TOOL)
    words = ("-k", KUBERNETES, "--strict", "--no-warn", "--quiet")
    found = subprocess.run(
        [python.with_name("kubernetes-validate"), *words, "/dev/stdin"],
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        yield from (line for line in (found.stdout + found.stderr).splitlines() if line.strip())


def _by_its_maker(manifest: Manifest) -> Iterator[str]:
    group, _, version = manifest.body["apiVersion"].rpartition("/")
    if group in _OURS:
        if manifest.kind not in _KINDS:  # kubernetes-validate says nothing of what it does not know
            yield f"{manifest} is of a kind that nobody here uses, or that there is not"
        return
    schema = _schema(group, manifest.kind, version)
    for error in jsonschema.Draft7Validator(schema).iter_errors(manifest.body):
        yield f"{manifest}: {'.'.join(map(str, error.absolute_path))}: {error.message}"


def schemas() -> Path:
    """The folder with the schemas of custom resources: where CRDS says, or else the nearest
    `shared/crds` beside a folder that we are in. Raises CannotValidateError where there is none."""
    named = os.environ.get("CRDS")
    here = Path.cwd()
    places = [Path(named)] if named else [each / "shared/crds" for each in (here, *here.parents)]
    for place in places:
        if place.is_dir():
            return place
    raise CannotValidateError(
        "there is no folder with the schemas of custom resources: CRDS says where it is, laid out "
        "as GROUP/KIND_VERSION.json"
    )


def _schema(group: str, kind: str, version: str) -> Any:
    """How its maker says that it must be."""
    path = schemas() / group / f"{kind.lower()}_{version}.json"
    if not path.exists():
        raise CannotValidateError(f"there is no schema of {group}/{version} {kind}: {path.name}")
    return json.loads(path.read_text("utf-8"))
