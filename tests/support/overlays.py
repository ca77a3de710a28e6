"""What Kustomize builds, changed so that it is wrong."""

import os
import shutil
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from deploy.check.manifests import K8S, KUSTOMIZE, Manifest, build, parse
from deploy.check.rules import RULES

Tree = dict[str, Any]
Change = Callable[[Tree], Any]
Wrong = Mapping[str, tuple[tuple[str, str], Change, str]]
"""Which object, what is done to it, and what has to be said of it."""

NOTIFIER = "Deployment", "notifier"
CARTS = "StatefulSet", "cart-recovery"
HERE = "Deployment notifier: container notifier"


def expect_kustomize() -> None:
    """Skips where there is none, but not in CI."""
    is_there = KUSTOMIZE.exists() or shutil.which("kubectl")
    if not is_there and not os.environ.get("CI"):
        pytest.skip("there is neither kubectl nor `make kustomize` here")


@cache
def built(overlay: str = "prod") -> str:
    return build(K8S / "overlays" / overlay)


@cache
def _parsed() -> list[Manifest]:
    return parse(built())


def of_prod() -> list[Manifest]:
    """What may be changed."""
    return [Manifest(deepcopy(one.body)) for one in _parsed()]


def problems(manifests: list[Manifest]) -> list[str]:
    return [problem for rule in RULES for problem in rule(manifests)]


def of(manifests: list[Manifest], kind: str, name: str) -> Tree:
    """A map's name ends with the digest of what is in it."""
    found = [one for one in manifests if one.kind == kind]
    if kind == "ConfigMap":
        return next(one.body for one in found if one.name.rpartition("-")[0] == name)
    return next(one.body for one in found if one.name == name)


def container(body: Tree, first: str = "containers") -> Tree:
    found: Tree = body["spec"]["template"]["spec"][first][0]
    return found


def without(*path: str) -> Change:
    """Takes away what stands there of the container."""

    def change(body: Tree) -> None:
        node = container(body)
        for step in path[:-1]:
            node = node[step]
        del node[path[-1]]

    return change


def told(name: str, **how: Any) -> Change:
    """Tells the container this, in whatever way."""

    def change(body: Tree) -> None:
        env = container(body)["env"]
        env[:] = [each for each in env if each["name"] != name]
        if how:
            env.append({"name": name, **how})

    return change


def of_pod(name: str, value: Any) -> Change:
    def change(body: Tree) -> None:
        body["spec"]["template"]["spec"][name] = value

    return change


def of_spec(name: str, value: Any) -> Change:
    def change(body: Tree) -> None:
        body["spec"][name] = value

    return change


def image(value: str) -> Change:
    def change(body: Tree) -> None:
        container(body)["image"] = value

    return change


def scaled_by(query: str) -> Change:
    def change(body: Tree) -> None:
        body["spec"]["triggers"][0]["metadata"]["query"] = query

    return change


def alerting(expr: str) -> Change:
    def change(body: Tree) -> None:
        body["spec"]["groups"][0]["rules"][0]["expr"] = expr

    return change


def of_container(name: str, value: Any) -> Change:
    def change(body: Tree) -> None:
        container(body)[name] = value

    return change


def in_container(*path: str | int, value: Any) -> Change:
    """Puts this in the place of what is there."""

    def change(body: Tree) -> None:
        node: Any = container(body)
        for step in path[:-1]:
            node = node[step]
        node[path[-1]] = value

    return change


def spread(**how: Any) -> Change:
    def change(body: Tree) -> None:
        for one in body["spec"]["template"]["spec"]["topologySpreadConstraints"]:
            one.update(how)

    return change


def triggered(kind: str, **told: str) -> Change:
    def change(body: Tree) -> None:
        body["spec"]["triggers"] = [{"type": kind, "metadata": told}]

    return change


def filling(name: str) -> Change:
    def change(body: Tree) -> None:
        body["spec"]["target"]["name"] = name

    return change


def telling(**settings: str) -> Change:
    """Writes these into a file of the overlay."""

    def change(body: Tree) -> None:
        body["data"] = (body.get("data") or {}) | settings

    return change


def is_now(name: str) -> Change:
    """Nothing finds it any more by the name that it had."""

    def change(body: Tree) -> None:
        body["metadata"]["name"] = name
        body["spec"]["podSelector"] = {"matchLabels": {"of": "nobody"}}

    return change


def with_component(folder: Path, component: str) -> list[Manifest]:
    """Production with one more."""
    shutil.copytree(K8S, folder / "k8s")
    shutil.copytree(K8S.parent / "dashboards", folder / "dashboards")  # of a component
    file = folder / "k8s/overlays/prod/kustomization.yaml"
    text = file.read_text("utf-8")
    more = f"components:\n  - ../../components/{component}\n"
    file.write_text(text.replace("components:\n", more))
    return parse(build(file.parent))


def expect_said(what: str, wrong: Wrong) -> None:
    """That which is wrong is said of what is built, and was not there before."""
    (kind, name), change, sentence = wrong[what]
    manifests = of_prod()
    body = of(manifests, kind, name)
    before = deepcopy(body)
    change(body)
    assert body != before
    assert any(sentence in problem for problem in problems(manifests))
