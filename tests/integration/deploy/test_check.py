"""What is in deploy/k8s is right, and what is wrong in it is found."""

import os
import shutil
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from deploy.check.manifests import K8S, KUSTOMIZE, OVERLAYS, BuildError, Manifest, build, parse
from deploy.check.rules import RULES
from deploy.check.valid import CannotValidateError, invalid, schemas
from tests.support.each import each

Tree = dict[str, Any]
Change = Callable[[Tree], None]


@pytest.fixture(autouse=True)
def _kubectl() -> None:
    is_there = KUSTOMIZE.exists() or shutil.which("kubectl")
    if not is_there and not os.environ.get("CI"):
        pytest.skip("there is neither kubectl nor `make kustomize` here")


@pytest.fixture
def _crds() -> None:
    try:
        schemas()
    except CannotValidateError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@cache
def built(overlay: str = "prod") -> str:
    return build(K8S / "overlays" / overlay)


def problems(manifests: list[Manifest]) -> list[str]:
    return [problem for rule in RULES for problem in rule(manifests)]


def of(manifests: list[Manifest], kind: str, name: str) -> Tree:
    return next(each.body for each in manifests if (each.kind, each.name) == (kind, name))


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


NOTIFIER = "Deployment", "notifier"
HERE = "Deployment notifier: container notifier"
WRONG: dict[str, tuple[tuple[str, str], Change, str]] = {
    "no limit of memory": (
        NOTIFIER,
        without("resources", "limits", "memory"),
        f"{HERE} has no limits of memory",
    ),
    "no request of a core": (
        NOTIFIER,
        without("resources", "requests", "cpu"),
        f"{HERE} has no requests of cpu",
    ),
    "runs as root": (
        NOTIFIER,
        of_pod("securityContext", {"runAsUser": 0}),
        "Deployment notifier lacks: runAsNonRoot",
    ),
    "writes on its root": (
        NOTIFIER,
        without("securityContext", "readOnlyRootFilesystem"),
        f"{HERE} lacks: readOnlyRootFilesystem",
    ),
    "keeps capabilities": (
        NOTIFIER,
        without("securityContext", "capabilities"),
        f"{HERE} lacks: capabilities dropped",
    ),
    "mounts the node": (
        NOTIFIER,
        of_pod("volumes", [{"name": "node", "hostPath": {"path": "/"}}]),
        "Deployment notifier mounts node, which is not of the kinds allowed",
    ),
    "not asked at the start": (
        NOTIFIER,
        without("startupProbe"),
        f"{HERE} has no startupProbe on /readyz",
    ),
    "life is not asked": (NOTIFIER, without("livenessProbe"), f"{HERE} has no livenessProbe"),
    "killed in the middle": (
        NOTIFIER,
        of_pod("terminationGracePeriodSeconds", 9),
        "Deployment notifier is killed after 9 s; we take 9 to end",
    ),
    "whatever is newest": (
        NOTIFIER,
        image("images.shop.example/headsup/notifier:latest"),
        "runs images.shop.example/headsup/notifier:latest, which is no version",
    ),
    "a mistyped setting": (
        NOTIFIER,
        told("HEADSUP_SMPT_CONNECTIONS", value="4"),
        f"{HERE} is told HEADSUP_SMPT_CONNECTIONS, which it does not read",
    ),
    "a setting of another service": (
        ("Deployment", "order-events"),
        told("SMTP_URL", value="x"),
        "container order-events is told SMTP_URL, which it does not read",
    ),
    "not told what it needs": (
        NOTIFIER,
        told("TWILIO_FROM"),
        f"{HERE} may not be told TWILIO_FROM, without which it does not start",
    ),
    "perhaps not told what it needs": (
        NOTIFIER,
        told(
            "TWILIO_FROM",
            valueFrom={
                "secretKeyRef": {
                    "name": "headsup-providers",
                    "key": "TWILIO_FROM",
                    "optional": True,
                }
            },
        ),
        f"{HERE} may not be told TWILIO_FROM, without which it does not start",
    ),
    "a password in plain": (
        NOTIFIER,
        told("TWILIO_AUTH_TOKEN", value="token"),
        f"{HERE} is told TWILIO_AUTH_TOKEN in plain; it belongs into a secret",
    ),
    "Kafka without TLS": (
        NOTIFIER,
        told("KAFKA_SECURITY_PROTOCOL", value="SASL_PLAINTEXT"),
        f"{HERE} reaches Kafka without TLS",
    ),
    "a user that Kafka does not know": (
        NOTIFIER,
        told("KAFKA_SASL_USERNAME", value="headsup-notifer"),
        f"{HERE} is headsup-notifer to Kafka, which knows no such user",
    ),
    "the user of another service": (
        ("StatefulSet", "cart-recovery"),
        told("KAFKA_SASL_USERNAME", value="headsup-order-events"),
        "is headsup-order-events to Kafka, and so is",
    ),
    "a secret that nobody makes": (
        NOTIFIER,
        told("SMTP_URL", valueFrom={"secretKeyRef": {"name": "mail", "key": "url"}}),
        "Deployment notifier needs Secret mail, which is not there",
    ),
    "a key that the secret has not": (
        NOTIFIER,
        told("SMTP_URL", valueFrom={"secretKeyRef": {"name": "headsup-providers", "key": "SMTP"}}),
        "Deployment notifier needs SMTP of Secret headsup-providers, which has no such key",
    ),
    "the database's user of another one": (
        ("Deployment", "toolbox"),
        told(
            "DATABASE_URL",
            valueFrom={"secretKeyRef": {"name": "headsup-database", "key": "notifier"}},
        ),
        "Deployment toolbox is the same user of the database as Deployment notifier",
    ),
    "an account that is not there": (
        NOTIFIER,
        of_pod("serviceAccountName", "nobody"),
        "Deployment notifier needs ServiceAccount nobody, which is not there",
    ),
    "a service of nobody": (
        ("Service", "notifier"),
        of_spec("selector", {"app.kubernetes.io/name": "notifer"}),
        "Service notifier selects no pod",
    ),
    "a port that there is not": (
        ("Service", "notifier"),
        of_spec("ports", [{"name": "web", "port": 80, "targetPort": "web"}]),
        "Service notifier names a port web, which none of its pods has",
    ),
    "a node that is never drained": (
        ("PodDisruptionBudget", "notifier"),
        of_spec("maxUnavailable", 0),
        "PodDisruptionBudget notifier lets no pod go",
    ),
    "a number that its scaler has to say": (
        NOTIFIER,
        of_spec("replicas", 2),
        "Deployment notifier says how many there are",
    ),
    "a topic of one partition": (
        ("KafkaTopic", "shop.orders"),
        of_spec("partitions", 1),
        "KafkaTopic shop.orders has 1 partitions, not 12",
    ),
    "carts that are thrown away": (
        ("KafkaTopic", "cart-recovery.carts"),
        of_spec("config", {"cleanup.policy": "delete"}),
        "KafkaTopic cart_recovery.carts has cleanup.policy delete, not compact",
    ),
    "a topic that is forgotten": (
        ("KafkaTopic", "shop.orders"),
        of_spec("topicName", "shop.oders"),
        "KafkaTopic shop.orders is not declared",
    ),
    "scaled by what nobody shows": (
        ("ScaledObject", "notifier"),
        scaled_by("sum(headsup_notifier_lag)"),
        "ScaledObject notifier: headsup_notifier_lag is no metric of ours",
    ),
    "an alert by a label that there is not": (
        ("PrometheusRule", "headsup"),
        alerting('headsup_notifier_lag_records{partition="1"} > 5'),
        "PrometheusRule headsup: headsup_notifier_lag_records has no label partition",
    ),
    "a namespace for anything": (
        ("Namespace", "headsup"),
        lambda body: body["metadata"].update(labels={}),
        "Namespace headsup does not enforce the restricted pods",
    ),
}


@each("overlay", OVERLAYS)
def test_an_overlay_is_as_it_should_be(overlay: str) -> None:
    assert problems(parse(built(overlay))) == []


@each("name", ["OTEL_BSP_SCHEDULE_DELAY", "OTEL_TRACES_SAMPLER_ARG"])
def test_a_setting_of_opentelemetry_is_known(name: str) -> None:
    manifests = parse(built())
    told(name, value="1")(of(manifests, *NOTIFIER))
    assert problems(manifests) == []


@pytest.mark.usefixtures("_crds")
@each("overlay", OVERLAYS)
def test_an_overlay_is_valid(overlay: str) -> None:
    assert list(invalid(built(overlay))) == []


@each("what", WRONG)
def test_what_is_wrong_is_said(what: str) -> None:
    (kind, name), change, sentence = WRONG[what]
    manifests = parse(built())
    body = of(manifests, kind, name)
    before = deepcopy(body)
    change(body)
    assert body != before
    assert any(sentence in problem for problem in problems(manifests))


@pytest.mark.usefixtures("_crds")
@each(
    ("right", "wrong", "said"),
    [
        ("replicas: 1", "replicaz: 1", "'replicaz' was unexpected"),
        ("minReplicaCount: 2", 'minReplicaCount: "two"', "'two' is not of type 'integer'"),
    ],
)
def test_what_kubernetes_does_not_take_is_said(right: str, wrong: str, said: str) -> None:
    assert right in built()
    assert any(said in problem for problem in invalid(built().replace(right, wrong)))


def test_a_kind_that_nobody_described_is_no_silence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CRDS", str(tmp_path))
    with pytest.raises(
        CannotValidateError, match=r"no schema of external-secrets\.io/v1 ExternalSecret"
    ):
        list(invalid(built()))


def test_a_folder_that_kustomize_refuses_is_no_silence(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [gone.yaml]\n")
    with pytest.raises(BuildError, match=r"gone\.yaml"):
        build(tmp_path)
