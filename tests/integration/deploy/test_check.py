"""What is in deploy/k8s is right, and what is wrong in it is found."""

import os
from pathlib import Path

import pytest

from deploy.check.apart import overlays_are_apart
from deploy.check.manifests import OVERLAYS, BuildError, Manifest, build, parse
from deploy.check.valid import CannotValidateError, invalid, schemas
from tests.support.each import each
from tests.support.overlays import (
    CARTS,
    HERE,
    NOTIFIER,
    Wrong,
    alerting,
    built,
    expect_kustomize,
    expect_said,
    filling,
    image,
    in_container,
    of,
    of_container,
    of_pod,
    of_prod,
    of_spec,
    problems,
    telling,
    told,
    without,
)

pytestmark = pytest.mark.timeout(240)  # much is built and looked at, on a busy machine too


@pytest.fixture(autouse=True)
def _kubectl() -> None:
    expect_kustomize()


@pytest.fixture
def _crds() -> None:
    try:
        schemas()
    except CannotValidateError as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


WRONG: Wrong = {
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
        "Deployment notifier is killed after 9 s; we take 14 to end",
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
        "Service notifier names a port web, which Deployment notifier has not",
    ),
    "a service that Prometheus does not see": (
        CARTS,
        of_container("ports", [{"name": "metrics", "containerPort": 8080}]),
        "PodMonitor headsup names a port http, which StatefulSet cart-recovery has not",
    ),
    "root in one container": (
        NOTIFIER,
        in_container("securityContext", "runAsUser", value=0),
        f"{HERE} lacks: no user of its own",
    ),
    "a capability more": (
        NOTIFIER,
        in_container("securityContext", "capabilities", "add", value=["NET_ADMIN"]),
        f"{HERE} lacks: no capabilities added",
    ),
    "without seccomp in one container": (
        NOTIFIER,
        in_container("securityContext", "seccompProfile", value={"type": "Unconfined"}),
        f"{HERE} lacks: no seccompProfile of its own",
    ),
    "a port of the node": (
        NOTIFIER,
        in_container("ports", 0, "hostPort", value=8080),
        f"{HERE} lacks: no hostPort",
    ),
    "a probe of the public port": (
        NOTIFIER,
        in_container("readinessProbe", "httpGet", "port", value="public"),
        f"{HERE} has no readinessProbe on /readyz of its port http",
    ),
    "a probe that has no patience": (
        NOTIFIER,
        without("livenessProbe", "timeoutSeconds"),
        f"{HERE} is asked by livenessProbe with less than 5 s to answer",
    ),
    "gone while it is called": (
        NOTIFIER,
        without("lifecycle"),
        "Deployment notifier ends while Service notifier still leads to it",
    ),
    "killed because it waited": (
        NOTIFIER,
        in_container("lifecycle", "preStop", "sleep", "seconds", value=15),
        "Deployment notifier is killed after 30 s; we take 24 to end",
    ),
    "told twice": (
        NOTIFIER,
        told("HEADSUP_PUBLIC_URL", value="https://elsewhere.example"),
        f"{HERE} is told HEADSUP_PUBLIC_URL 2 times, and only the last counts",
    ),
    "a mistyped setting in a file": (
        ("ConfigMap", "headsup-notifier"),
        telling(HEADSUP_PUBLIC_ADDRESS="https://notify.shop.example"),
        f"{HERE} is told HEADSUP_PUBLIC_ADDRESS, which it does not read",
    ),
    "a number that is none": (
        ("ConfigMap", "headsup-notifier"),
        telling(HEADSUP_TRUSTED_PROXIES="one"),
        f"{HERE}: HEADSUP_TRUSTED_PROXIES is wrong: expected a number",
    ),
    "an address that nobody can call": (
        ("ConfigMap", "headsup-notifier"),
        telling(HEADSUP_PUBLIC_URL="notify.shop.example"),
        f"{HERE}: HEADSUP_PUBLIC_URL is wrong",
    ),
    "a way to Kafka that there is not": (
        ("ConfigMap", "headsup-kafka"),
        telling(KAFKA_SECURITY_PROTOCOL="SASL-SSL"),
        "container cart-recovery: KAFKA_SECURITY_PROTOCOL is wrong",
    ),
    "a shop with a mistyped line": (
        ("ConfigMap", "headsup-shops"),
        lambda body: body["data"].update(
            {"shop.toml": body["data"]["shop.toml"].replace("mail_from", "mail_form")}
        ),
        "container order-events: HEADSUP_SHOPS is wrong",
    ),
    "a password in a file": (
        ("ConfigMap", "headsup-notifier"),
        telling(KAFKA_OAUTH_CLIENT_SECRET="not a secret any more"),
        f"{HERE} is told KAFKA_OAUTH_CLIENT_SECRET in plain; it belongs into a secret",
    ),
    "a secret of the store that nobody asks for": (
        ("ExternalSecret", "headsup-database"),
        filling("headsup-databases"),
        "ExternalSecret headsup-databases is for nobody",
    ),
    "a secret that the store does not make": (
        ("ExternalSecret", "headsup-database"),
        filling("headsup-databases"),
        "no ExternalSecret makes headsup-database",
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
    manifests = of_prod()
    told(name, value="1")(of(manifests, *NOTIFIER))
    assert problems(manifests) == []


@pytest.mark.usefixtures("_crds")
@each("overlay", OVERLAYS)
def test_an_overlay_is_valid(overlay: str) -> None:
    assert list(invalid(built(overlay))) == []


@each("what", WRONG)
def test_what_is_wrong_is_said(what: str) -> None:
    expect_said(what, WRONG)


@pytest.mark.usefixtures("_crds")
@each(
    ("right", "wrong", "said"),
    [
        ("maxSurge: 1", "maxSurges: 1", "'maxSurges' was unexpected"),
        ("kind: StatefulSet", "kind: StatefullSet", "StatefullSet cart-recovery is of a kind"),
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


def test_overlays_have_each_their_own() -> None:
    every = {overlay: parse(built(overlay)) for overlay in OVERLAYS}
    assert list(overlays_are_apart(every)) == []
    found = list(overlays_are_apart({"prod": every["prod"], "east": every["prod"]}))
    assert "east has the namespace of prod: headsup" in found
    assert "east has the topics of prod: * at kafka-kafka-bootstrap.kafka.svc:9093" in found
    assert "east has the secret of prod: headsup/database" in found
    assert "east has the topic of prod: shop.orders beside Kafka in kafka" in found


def test_a_workload_of_whichever_kind_is_looked_at() -> None:
    pod = {"spec": {"containers": [{"name": "night", "image": "night:latest"}]}}
    job = {"spec": {"jobTemplate": {"spec": {"template": pod}}}}
    for kind, body in (("CronJob", job), ("DaemonSet", {"spec": {"template": pod}}), ("Pod", pod)):
        one = Manifest({"kind": kind, "metadata": {"name": "night"}, **body})
        assert any("runs night:latest" in problem for problem in problems([*of_prod(), one]))


def test_a_folder_that_kustomize_refuses_is_no_silence(tmp_path: Path) -> None:
    (tmp_path / "kustomization.yaml").write_text("resources: [gone.yaml]\n")
    with pytest.raises(BuildError, match=r"gone\.yaml"):
        build(tmp_path)
