"""How Kafka is reached, by the settings: what goes together, and what is said of what does not."""

import importlib.util
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import structlog

from headsup.kafka.security import OPEN, Brokers, Mechanism, Protection, reached, security_from
from headsup.settings import Environment, SettingsError, kafka_settings
from tests.support.certificates import Authority
from tests.support.each import each

Told = Mapping[str, str]
USER: Final = {"KAFKA_SASL_USERNAME": "headsup", "KAFKA_SASL_PASSWORD": "sesame"}
TOKENS: Final = {
    "KAFKA_OAUTH_TOKEN_URL": "https://login.example/token",
    "KAFKA_OAUTH_CLIENT_ID": "headsup",
    "KAFKA_OAUTH_CLIENT_SECRET": "sesame",
}
SCRAM: Final = {
    "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
    "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
    **USER,
}


def said_of(told: Told) -> list[str]:
    """What is wrong with these settings."""
    environment = Environment(told)
    security_from(environment)
    try:
        environment.check()
    except SettingsError as error:
        return error.problems
    return []


def options(told: Told) -> dict[str, Any]:
    """What aiokafka is told."""
    environment = Environment(told)
    found = security_from(environment)
    environment.check()
    return reached(Brokers("kafka:9093", found))


def test_nothing_said_is_kafka_without_tls_and_user() -> None:
    assert options({}) == {"bootstrap_servers": "kafka:9093"}
    assert reached("kafka:9093") == {"bootstrap_servers": "kafka:9093"}


def test_tls_verifies_the_broker_and_its_name() -> None:
    told = options({"KAFKA_SECURITY_PROTOCOL": "SSL"})
    assert told["security_protocol"] == "SSL"
    assert told["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert told["ssl_context"].check_hostname
    assert "sasl_mechanism" not in told


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_a_user_is_told_with_the_password(mechanism: str) -> None:
    told = options(SCRAM | {"KAFKA_SASL_MECHANISM": mechanism})
    assert told["security_protocol"] == "SASL_SSL"
    assert told["sasl_mechanism"] == mechanism
    assert (told["sasl_plain_username"], told["sasl_plain_password"]) == ("headsup", "sesame")
    assert told["ssl_context"] is not None


def test_tokens_are_asked_for_at_their_endpoint() -> None:
    mechanism = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "OAUTHBEARER"}
    told = options(mechanism | TOKENS)
    assert told["sasl_mechanism"] == "OAUTHBEARER"
    assert told["sasl_oauth_token_provider"] is not None


def test_kerberos_needs_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    kerberos = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "GSSAPI"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    assert said_of(kerberos) == [
        "KAFKA_SASL_MECHANISM is GSSAPI, which needs the Python package gssapi."
    ]
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    told = options(kerberos | {"KAFKA_KERBEROS_DOMAIN": "kafka.example"})
    assert told["sasl_mechanism"] == "GSSAPI"
    assert told["sasl_kerberos_service_name"] == "kafka"
    assert told["sasl_kerberos_domain_name"] == "kafka.example"


WRONG: Final[Mapping[str, tuple[Told, list[str]]]] = {
    "a protocol that there is not": (
        SCRAM | {"KAFKA_SECURITY_PROTOCOL": "TLS"},
        [
            "KAFKA_SECURITY_PROTOCOL is wrong: expected one of PLAINTEXT, SSL, SASL_PLAINTEXT, "
            "SASL_SSL."
        ],
    ),
    "a mechanism that there is not": (
        SCRAM | {"KAFKA_SASL_MECHANISM": "SCRAM"},
        [
            "KAFKA_SASL_MECHANISM is wrong: expected one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, "
            "GSSAPI, OAUTHBEARER."
        ],
    ),
    "SASL without a mechanism": (
        {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"},
        ["KAFKA_SASL_MECHANISM is missing: KAFKA_SECURITY_PROTOCOL is SASL_SSL."],
    ),
    "a mechanism without SASL": (
        SCRAM | {"KAFKA_SECURITY_PROTOCOL": "SSL"},
        [
            "KAFKA_SASL_MECHANISM is SCRAM-SHA-512, so KAFKA_SECURITY_PROTOCOL must be SASL_SSL "
            "(or SASL_PLAINTEXT), not SSL."
        ],
    ),
    "a user, and the protocol forgotten": (
        {name: value for name, value in SCRAM.items() if name != "KAFKA_SECURITY_PROTOCOL"},
        [
            "KAFKA_SASL_MECHANISM is SCRAM-SHA-512, so KAFKA_SECURITY_PROTOCOL must be SASL_SSL "
            "(or SASL_PLAINTEXT), not PLAINTEXT."
        ],
    ),
    "a user without a password": (
        SCRAM | {"KAFKA_SASL_PASSWORD": ""},
        ["KAFKA_SASL_PASSWORD is missing: KAFKA_SASL_MECHANISM is SCRAM-SHA-512."],
    ),
    "a password without a mechanism": (
        {"KAFKA_SASL_PASSWORD": "sesame"},
        [
            "KAFKA_SASL_PASSWORD is given, so KAFKA_SASL_MECHANISM must be PLAIN or SCRAM-SHA-256 "
            "or SCRAM-SHA-512."
        ],
    ),
    "a mechanism without what it needs": (
        {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "OAUTHBEARER"},
        [f"{name} is missing: KAFKA_SASL_MECHANISM is OAUTHBEARER." for name in TOKENS],
    ),
    "a secret that would go in plain": (
        {
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
            **TOKENS,
            "KAFKA_OAUTH_TOKEN_URL": "http://login.example/token",
        },
        ["KAFKA_OAUTH_TOKEN_URL is wrong: expected an address that begins with https://."],
    ),
    "an authority without TLS": (
        {"KAFKA_TLS_CA": "/etc/ca.pem"},
        [
            "KAFKA_TLS_CA is given, so KAFKA_SECURITY_PROTOCOL must be SSL or SASL_SSL, not "
            "PLAINTEXT."
        ],
    ),
    "files that are not there": (
        {
            "KAFKA_SECURITY_PROTOCOL": "SSL",
            "KAFKA_TLS_CA": "/no/ca.pem",
            "KAFKA_TLS_CERT": "/no/cert.pem",
        },
        [
            f"{name} is wrong: the file cannot be read (No such file or directory)."
            for name in ("KAFKA_TLS_CA", "KAFKA_TLS_CERT")
        ],
    ),
    "a key of nothing": (
        {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_TLS_KEY": "/no/key.pem"},
        ["KAFKA_TLS_KEY is given without KAFKA_TLS_CERT."],
    ),
}


@each("case", WRONG)
def test_what_does_not_go_together_is_named(case: str) -> None:
    told, problems = WRONG[case]
    assert said_of(told) == problems
    assert "sesame" not in "".join(problems)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


PAIR_IS_WRONG: Final = [
    "KAFKA_TLS_CERT and KAFKA_TLS_KEY are wrong: expected a certificate and its key, in PEM, the "
    "key without a password."
]


def test_files_with_something_else_in_them_are_named(authority: Authority, tmp_path: Path) -> None:
    ours, others = authority.vouch("ours"), authority.vouch("others")
    no_certificate = tmp_path / "nothing.pem"
    no_certificate.write_text("nothing of the kind")
    tls = {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_TLS_CA": str(authority.certificate)}
    assert said_of(tls) == []
    assert said_of(tls | {"KAFKA_TLS_CA": str(no_certificate)}) == [
        "KAFKA_TLS_CA is wrong: the file holds no certificate."
    ]
    shown = tls | {"KAFKA_TLS_CERT": str(ours.certificate)}
    assert said_of(shown | {"KAFKA_TLS_KEY": str(ours.key)}) == []
    assert said_of(tls | {"KAFKA_TLS_CERT": str(ours.in_one())}) == []
    assert said_of(shown) == PAIR_IS_WRONG
    assert said_of(shown | {"KAFKA_TLS_KEY": str(others.key)}) == PAIR_IS_WRONG
    assert said_of(shown | {"KAFKA_TLS_KEY": str(no_certificate)}) == PAIR_IS_WRONG


def test_a_key_with_a_password_is_refused_and_nobody_is_asked_at_the_terminal(
    authority: Authority,
) -> None:
    pair = authority.vouch("locked")
    told = {
        "KAFKA_SECURITY_PROTOCOL": "SSL",
        "KAFKA_TLS_CERT": str(pair.certificate),
        "KAFKA_TLS_KEY": str(authority.locked(pair, "a password")),
    }
    assert said_of(told) == PAIR_IS_WRONG


def test_nothing_secret_is_shown() -> None:
    by_token = {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_SASL_MECHANISM": "OAUTHBEARER"}
    for told in (SCRAM, by_token | TOKENS):
        found = security_from(Environment(told))
        assert "sesame" not in repr(Brokers("kafka", found))
        assert found != OPEN


WITHOUT_TLS: Final = "Kafka is reached without TLS, so anybody on the way reads along"


@pytest.mark.parametrize(
    ("servers", "protocol", "is_told"),
    [
        ("kafka.example:9092", "PLAINTEXT", True),
        ("kafka.example", "PLAINTEXT", True),
        ("127.0.0.1:9092,10.0.0.1:9092", "PLAINTEXT", True),
        ("127.0.0.1:9092, localhost:9092, [::1]:9092", "PLAINTEXT", False),
        ("kafka.example:9093", "SSL", False),
        ("", "PLAINTEXT", False),
    ],
)
def test_kafka_elsewhere_without_tls_is_told_in_the_log(
    servers: str, protocol: str, is_told: bool
) -> None:
    told = {"KAFKA_BOOTSTRAP_SERVERS": servers, "KAFKA_SECURITY_PROTOCOL": protocol}
    with structlog.testing.capture_logs() as lines:
        kafka_settings(Environment(told))
    assert [line["event"] for line in lines] == [WITHOUT_TLS] * is_told


def test_what_there_is_is_what_kafka_calls_it() -> None:
    assert Protection.SASL_SSL.has_user
    assert Protection.SASL_SSL.is_encrypted
    assert not Protection.SSL.has_user
    assert not Protection.SASL_PLAINTEXT.is_encrypted
    assert Mechanism("SCRAM-SHA-512") is Mechanism.SCRAM_SHA_512
