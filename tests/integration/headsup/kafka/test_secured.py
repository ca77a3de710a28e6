"""Kafka with TLS and SASL is reached by every client of ours, and a refusal is a sentence."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import httpx
import pytest

from headsup.erased_letters import letter_eraser
from headsup.kafka.consumer import Consumer
from headsup.kafka.emitter import Written, write
from headsup.kafka.following import Group
from headsup.kafka.producer import Outgoing, Producer
from headsup.kafka.reader import reading
from headsup.kafka.security import Brokers, security_from
from headsup.kafka.topics import apply_topics, partitions_alike
from headsup.settings import Environment, SettingsError
from tests.support.certificates import Authority
from tests.support.secured_kafka import PASSWORD, USER, Door, SecuredKafka, unsigned_token

pytestmark = pytest.mark.timeout(180)  # a Kafka of its own starts first

TOPIC: Final = "shop.orders"
AS_USER: Final = {"KAFKA_SASL_USERNAME": USER, "KAFKA_SASL_PASSWORD": PASSWORD}
BY_TOKEN: Final = {
    "KAFKA_OAUTH_TOKEN_URL": "https://login.example/token",
    "KAFKA_OAUTH_CLIENT_ID": "root",
    "KAFKA_OAUTH_CLIENT_SECRET": "the-secret",
}


@pytest.fixture(autouse=True)
def provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives tokens to whoever asks with the right secret."""

    def post(_url: str, *, auth: tuple[str, str], **_more: Any) -> httpx.Response:
        if auth[1] != "the-secret":
            return httpx.Response(401)
        token = unsigned_token(auth[0])
        return httpx.Response(200, json={"access_token": token, "expires_in": 300})

    monkeypatch.setattr(httpx, "post", post)


Told = Mapping[str, str]
Ways = Mapping[str, tuple[Door, Told]]
WAYS: Final[Ways] = {
    "TLS": (Door.TLS, {"KAFKA_SECURITY_PROTOCOL": "SSL"}),
    "TLS and our certificate": (Door.MUTUAL, {"KAFKA_SECURITY_PROTOCOL": "SSL"}),
    **{
        f"{protocol} {mechanism}": (
            door,
            {
                "KAFKA_SECURITY_PROTOCOL": protocol,
                "KAFKA_SASL_MECHANISM": mechanism,
                **(BY_TOKEN if mechanism == "OAUTHBEARER" else AS_USER),
            },
        )
        for protocol, door in (("SASL_SSL", Door.SASL_TLS), ("SASL_PLAINTEXT", Door.SASL_OPEN))
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")
    },
}


@pytest.fixture
def at(secured_kafka: SecuredKafka, authority: Authority) -> Callable[..., Brokers]:
    """The brokers behind a door, as settings say how they are reached."""

    def brokers(door: Door, told: Told) -> Brokers:
        settings = dict(told)
        if "SSL" in told.get("KAFKA_SECURITY_PROTOCOL", ""):
            settings.setdefault("KAFKA_TLS_CA", str(authority.certificate))
        if door is Door.MUTUAL and "KAFKA_TLS_CERT" not in told:
            ours = authority.vouch("client", "DNS:client")
            settings |= {"KAFKA_TLS_CERT": str(ours.certificate), "KAFKA_TLS_KEY": str(ours.key)}
        environment = Environment({name: value for name, value in settings.items() if value})
        security = security_from(environment)
        environment.check()
        return Brokers(secured_kafka.at(door), security)

    return brokers


@pytest.mark.parametrize("way", WAYS)
async def test_every_client_of_ours_comes_in(at: Callable[..., Brokers], way: str) -> None:
    brokers = at(*WAYS[way])
    await apply_topics(brokers, partitions=2)
    assert await partitions_alike(brokers, [TOPIC]) == 2
    written: list[Written] = []
    await write(brokers, [Outgoing(TOPIC, b"1", b"{}")], written.append)
    producer = Producer(brokers, name="test")
    await producer.start()
    await producer.publish([Outgoing(TOPIC, b"1", b"{}")])
    await producer.stop()
    consumer = Consumer(brokers, [TOPIC], group=f"readers of {way}")
    await consumer.start()
    found: list[Any] = []
    while len(found) < 2:
        found += await consumer.batch(max_records=10, wait=1.0)
    await consumer.stop()
    async with reading(brokers, name="test") as reader:
        assert reader.partitions(TOPIC) == 2
    async with letter_eraser(brokers, "") as eraser:
        assert eraser is not None
    group = Group(brokers, f"readers of {way}", [TOPIC])
    await group.start()
    ends = await group.ends()
    await group.stop()
    assert sum(ends.values()) >= len(written) + 1


USER_REFUSED: Final = "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: the broker refused the user."
REFUSED: Final[Mapping[str, tuple[Door, Told, str]]] = {
    **{
        f"the wrong password by {mechanism}": (
            Door.SASL_TLS,
            {
                "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                "KAFKA_SASL_MECHANISM": mechanism,
                "KAFKA_SASL_USERNAME": USER,
                "KAFKA_SASL_PASSWORD": "secret",
            },
            USER_REFUSED,
        )
        for mechanism in ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
    },
    "a client that gets no token": (
        Door.SASL_TLS,
        {**WAYS["SASL_SSL OAUTHBEARER"][1], "KAFKA_OAUTH_CLIENT_SECRET": "secret"},
        "KAFKA_OAUTH_TOKEN_URL gives no token: 401.",
    ),
    "an authority that does not vouch": (
        Door.TLS,
        {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_TLS_CA": ""},
        "KAFKA_TLS_CA: the broker's certificate is not trusted: "
        "unable to get local issuer certificate.",
    ),
    "a certificate that is missing": (
        Door.MUTUAL,
        {"KAFKA_SECURITY_PROTOCOL": "SSL", "KAFKA_TLS_CERT": ""},
        "KAFKA_TLS_CERT and KAFKA_TLS_KEY: the broker wants a certificate, and asks for one of "
        "ours.",
    ),
    "no TLS where there is some": (
        Door.TLS,
        {"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"},
        "KAFKA_SECURITY_PROTOCOL is PLAINTEXT, and the broker ended the connection: it may expect "
        "another one at this port.",
    ),
    "TLS where there is none": (
        Door.SASL_OPEN,
        {"KAFKA_SECURITY_PROTOCOL": "SSL"},
        "KAFKA_SECURITY_PROTOCOL is SSL, and the broker ended the connection: it may expect "
        "another one at this port.",
    ),
    "nobody where a user is expected": (
        Door.SASL_TLS,
        {"KAFKA_SECURITY_PROTOCOL": "SSL"},
        "KAFKA_SECURITY_PROTOCOL is SSL, and the broker ended the connection: it may expect "
        "another one at this port.",
    ),
    "a user where none is asked for": (
        Door.TLS,
        WAYS["SASL_SSL PLAIN"][1],
        "KAFKA_SECURITY_PROTOCOL: the broker asks for no user at this port.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
async def test_a_refusal_is_a_sentence(at: Callable[..., Brokers], case: str) -> None:
    door, told, sentence = REFUSED[case]
    producer = Producer(at(door, told), name="test")
    with pytest.raises(SettingsError) as caught:
        await producer.start()
    assert caught.value.problems == [sentence]
    assert "secret" not in repr(at(door, told))


async def test_a_certificate_of_another_host_is_refused(
    secured_kafka: SecuredKafka, at: Callable[..., Brokers]
) -> None:
    brokers = at(*WAYS["TLS"])
    elsewhere = Brokers(
        secured_kafka.at(Door.TLS).replace("127.0.0.1", "localhost"), brokers.security
    )
    with pytest.raises(SettingsError, match="certificate is not trusted: Hostname mismatch"):
        await Producer(elsewhere, name="test").start()
