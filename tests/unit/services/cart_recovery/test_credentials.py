"""How Kafka is reached, in Faust's words: its driver makes aiokafka's of them again."""

import importlib.util
from collections.abc import Mapping

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from headsup.kafka.security import OPEN, security_from
from headsup.settings import Environment
from services.cart_recovery.credentials import credentials

USER = {"KAFKA_SASL_USERNAME": "headsup", "KAFKA_SASL_PASSWORD": "sesame"}
WAYS: Mapping[str, Mapping[str, str]] = {
    "TLS": {"KAFKA_SECURITY_PROTOCOL": "SSL"},
    **{
        f"{protocol} {mechanism}": {
            "KAFKA_SECURITY_PROTOCOL": protocol,
            "KAFKA_SASL_MECHANISM": mechanism,
            **more,
        }
        for protocol in ("SASL_SSL", "SASL_PLAINTEXT")
        for mechanism, more in {
            "PLAIN": USER,
            "SCRAM-SHA-256": USER,
            "SCRAM-SHA-512": USER,
            "GSSAPI": {"KAFKA_KERBEROS_SERVICE": "broker", "KAFKA_KERBEROS_DOMAIN": "k.example"},
            "OAUTHBEARER": {
                "KAFKA_OAUTH_TOKEN_URL": "https://login.example/token",
                "KAFKA_OAUTH_CLIENT_ID": "headsup",
                "KAFKA_OAUTH_CLIENT_SECRET": "sesame",
            },
        }.items()
    },
}


@pytest.mark.parametrize("way", WAYS)
def test_faust_tells_its_clients_what_we_tell_ours(
    monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: object())
    environment = Environment(WAYS[way])
    ours = security_from(environment)
    environment.check()
    told = credentials_to_aiokafka_auth(credentials(ours))
    expected = ours.options()
    assert told["security_protocol"] == expected["security_protocol"]
    for name, value in told.items():
        assert value == expected[name], name
    wanted = {name for name, value in expected.items() if value is not None}
    assert wanted - {"sasl_kerberos_service_name"} <= told.keys()
    assert "sesame" not in repr(credentials(ours))


def test_without_tls_and_user_there_is_nothing_to_tell() -> None:
    assert credentials(OPEN) is None
