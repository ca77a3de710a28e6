"""What is wrong with compose.yaml is found, and its passwords are made."""

import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from deploy.check.compose import COMPOSE, problems
from headsup.settings import Environment
from sandbox.beside import place_from
from services.notifier.settings import NotifierSettings
from tests.support.each import each

ROOT = Path(__file__).parents[4]
TEXT = (ROOT / COMPOSE).read_text("utf-8")
Tree = dict[str, Any]
Change = Callable[[Tree], None]
OTHERS: Tree = {"restart": "no"}


def told(service: str, name: str, value: str | None) -> Change:
    def change(services: Tree) -> None:
        environment = services[service]["environment"]
        environment.pop(name, None)
        if value is not None:
            environment[name] = value

    return change


def of(service: str, name: str, value: Any) -> Change:
    def change(services: Tree) -> None:
        services[service][name] = value

    return change


def without(service: str, name: str) -> Change:
    def change(services: Tree) -> None:
        del services[service][name]

    return change


WRONG: dict[str, tuple[Change, str]] = {
    "a mistyped setting": (
        told("notifier", "HEADSUP_PUBLIC_URI", "x"),
        "service notifier is told HEADSUP_PUBLIC_URI, which it does not read",
    ),
    "a setting of another service": (
        told("cart-recovery", "DATABASE_URL", "${X:?}"),
        "service cart-recovery is told DATABASE_URL, which it does not read",
    ),
    "not told what it needs": (
        told("notifier", "SMTP_URL", None),
        "service notifier may not be told SMTP_URL, without which it does not start",
    ),
    "perhaps not told what it needs": (
        told("notifier", "TWILIO_FROM", "${FROM:-}"),
        "service notifier may not be told TWILIO_FROM, without which it does not start",
    ),
    "a password in plain": (
        told("migrations", "DATABASE_URL", "postgresql://headsup:headsup@postgres/headsup"),
        "service migrations is told DATABASE_URL in plain; it belongs into a secret",
    ),
    "the password of another's": (
        told("grafana", "GF_SECURITY_ADMIN_PASSWORD", "admin"),
        "service grafana is told GF_SECURITY_ADMIN_PASSWORD as it stands in the file",
    ),
    "a password that may be none": (
        told("postgres", "POSTGRES_PASSWORD", "${POSTGRES_PASSWORD}"),
        "service postgres is told POSTGRES_PASSWORD as it stands in the file",
    ),
    "the owner's user": (
        told(
            "notifier",
            "DATABASE_URL",
            "postgresql://headsup:${POSTGRES_PASSWORD:?}@postgres/headsup",
        ),
        "service notifier comes to the database as headsup, and not as headsup_notifier",
    ),
    "a migration that may make no tables": (
        told("migrations", "DATABASE_URL", "postgresql://headsup_tools:${X:?}@postgres/headsup"),
        "service migrations comes to the database as headsup_tools, and not as headsup",
    ),
    "the owner's password": (
        told("users", "NOTIFIER_PASSWORD", "${POSTGRES_PASSWORD:?}"),
        "service notifier comes to the database with another password than NOTIFIER_PASSWORD",
    ),
    "somebody who cannot read what another encrypted": (
        told("toolbox", "HEADSUP_ADDRESS_KEYS", None),
        "service toolbox has other keys for addresses than ${ADDRESS_KEYS:-}",
    ),
    "open to everybody": (
        of("postgres", "ports", ["5432:5432"]),
        "service postgres opens 5432:5432 to the network",
    ),
    "writes on its root": (
        without("order-events", "read_only"),
        "service order-events lacks: read_only True",
    ),
    "runs as root": (of("sandbox", "user", "0"), "service sandbox lacks: user 65532:65532"),
    "keeps capabilities": (
        without("topics", "cap_drop"),
        "service topics lacks: cap_drop ['ALL']",
    ),
    "whatever is newest": (
        of("mailpit", "image", "axllent/mailpit"),
        "service mailpit runs axllent/mailpit, which is no one version",
    ),
    "another one every few months": (
        of("postgres", "image", "postgres:17"),
        "service postgres runs postgres:17, which is no one version",
    ),
    "nobody knows whether it is well": (
        without("grafana", "healthcheck"),
        "service grafana never says whether it is well: it has no healthcheck",
    ),
    "ours from elsewhere": (
        without("notifier", "build"),
        "service notifier is ours and is not built",
    ),
    "two are built at once under one name": (
        of("migrations", "image", "headsup-tools:compose"),
        "service topics builds headsup-tools:compose, and so does migrations",
    ),
    "lives where somebody else may end": (
        of("sandbox", "network_mode", "service:notifier"),
        "service sandbox is cut off when notifier ends: it lives at its address",
    ),
    "waits for ever": (
        without("postgres", "healthcheck"),
        "service users waits for postgres, which never says that it is well",
    ),
    "waits for an end that is none": (
        of("topics", "restart", "always"),
        "service cart-recovery waits for the end of topics, which begins anew",
    ),
    "waits for nobody": (
        of("grafana", "depends_on", {"loki": {"condition": "service_healthy"}}),
        "service grafana waits for loki, which is not there",
    ),
}


def test_ours_is_as_it_should_be() -> None:
    assert list(problems(TEXT)) == []


@each("what", WRONG)
def test_what_is_wrong_is_said(what: str) -> None:
    change, sentence = WRONG[what]
    file = yaml.safe_load(TEXT)
    # An anchor is one object for all who refer to it.
    file["services"] = {name: deep(each_) for name, each_ in file["services"].items()}
    change(file["services"])
    assert sentence in list(problems(yaml.safe_dump(file)))


RIGHT: dict[str, Change] = {
    "two that are built and named by compose": lambda services: services.update(
        {name: OTHERS | {"build": "."} for name in ("one", "two")}
    ),
    "one that runs what another builds": lambda services: services.update(
        one=OTHERS | {"build": ".", "image": "of-us:1.0"}, two=OTHERS | {"image": "of-us:1.0"}
    ),
    "at the machine's own address": of("postgres", "network_mode", "host"),
}


@each("what", RIGHT)
def test_what_is_right_is_let_be(what: str) -> None:
    file = yaml.safe_load(TEXT)
    RIGHT[what](file["services"])
    named = ("builds", "cut off")
    assert [
        each_ for each_ in problems(yaml.safe_dump(file)) if any(n in each_ for n in named)
    ] == []


def deep(tree: Tree) -> Tree:
    copied: Tree = yaml.safe_load(yaml.safe_dump(tree))
    return copied


def made(folder: Path) -> tuple[dict[str, str], Path]:
    """What make-env writes beside a copy of itself."""
    script = folder / "compose/make-env"
    script.parent.mkdir(exist_ok=True)
    script.write_text((ROOT / "deploy/compose/make-env").read_text("utf-8"))
    subprocess.run(["/bin/sh", str(script)], check=True, capture_output=True)
    lines = (folder / ".env").read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if not line.startswith("#")), folder / ".env"


def filled(service: str, variables: dict[str, str]) -> dict[str, str]:
    """What the service is told, as compose would fill it in."""
    text = TEXT
    for name, value in variables.items():
        text = text.replace(f"${{{name}:?sh deploy/compose/make-env makes one}}", value)
    text = text.replace("${ADDRESS_KEYS:-}", "")  # who wants none has none
    environment: dict[str, str] = yaml.safe_load(text)["services"][service]["environment"]
    assert "${" not in str(environment)
    return environment


def test_the_notifier_and_the_sandbox_start_with_what_is_made_and_know_the_same(
    tmp_path: Path,
) -> None:
    variables, _ = made(tmp_path)
    notifier = filled("notifier", variables) | {"HEADSUP_SHOPS": str(ROOT / "sandbox/shops")}
    settings = NotifierSettings.from_environment(Environment(notifier))
    place = place_from(Environment(filled("sandbox", variables)))
    twilio = settings.providers.twilio
    assert place.secrets.twilio == (twilio.sid, twilio.auth_token)
    assert place.secrets.twilio_from == twilio.sender
    assert place.secrets.telegram == settings.providers.telegram_token
    assert place.secrets.telegram_secret == settings.answers.telegram_secret
    assert place.notifier == settings.public_url
    assert settings.providers.twilio_api_url == f"http://127.0.0.1:{place.port}"
    assert settings.providers.telegram_api_url == f"http://127.0.0.1:{place.port}"


def test_passwords_are_new_each_time_nobody_else_reads_them_and_they_stay(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    one, file = made(tmp_path / "one")
    two, _ = made(tmp_path / "two")
    assert not set(one.values()) & set(two.values())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert made(tmp_path / "one")[0] == one
