"""cart_recovery on a Kafka that asks who is there: Faust's clients are told, too."""

import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from headsup.kafka.topics import apply_topics
from tests.fixtures.topics import PARTITIONS
from tests.support.cart_recovery import MODULE, carts_on
from tests.support.certificates import Authority
from tests.support.processes import ended
from tests.support.secured_kafka import PASSWORD, USER, Door, SecuredKafka, unsigned_token
from tests.support.serving import serving

pytestmark = pytest.mark.timeout(180)  # a Kafka of its own starts first


def as_user(authority: Authority, mechanism: str = "SCRAM-SHA-512") -> dict[str, str]:
    return {
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_TLS_CA": str(authority.certificate),
        "KAFKA_SASL_MECHANISM": mechanism,
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": PASSWORD,
    }


def ways(secured_kafka: SecuredKafka, authority: Authority) -> dict[str, dict[str, str]]:
    client = authority.vouch("client", "DNS:client")
    certificate = {
        "KAFKA_SECURITY_PROTOCOL": "SSL",
        "KAFKA_TLS_CA": str(authority.certificate),
        "KAFKA_TLS_CERT": str(client.certificate),
        "KAFKA_TLS_KEY": str(client.key),
        "KAFKA_BOOTSTRAP_SERVERS": secured_kafka.at(Door.MUTUAL),
    }
    password = {"KAFKA_BOOTSTRAP_SERVERS": secured_kafka.at(Door.SASL_TLS)}
    return {
        "SCRAM": as_user(authority) | password,
        "PLAIN": as_user(authority, "PLAIN") | password,
        "a certificate": certificate,
    }


@pytest.mark.parametrize("way", ["SCRAM", "PLAIN", "a certificate"])
async def test_it_reminds_of_carts(
    secured_kafka: SecuredKafka, authority: Authority, topic_prefix: str, tmp_path: Path, way: str
) -> None:
    inside = secured_kafka.bootstrap_servers
    await apply_topics(inside, topic_prefix, partitions=PARTITIONS)
    told = ways(secured_kafka, authority)[way]
    async with carts_on(inside, topic_prefix, tmp_path) as carts, carts.watched(**told) as running:
        await running.until_ready()
        await carts.tell(*carts.left("K1"))
        await carts.until_asked(("K1", 1))
        code, seconds, logs = await running.terminate()
    assert (code, seconds < 10) == (0, True)
    assert PASSWORD not in logs
    assert not re.search(r"without TLS", logs)


async def test_its_clients_share_a_token_though_faust_reads_in_a_thread(
    secured_kafka: SecuredKafka, authority: Authority, topic_prefix: str, tmp_path: Path
) -> None:
    asked: list[str] = []

    async def token(request: Request) -> JSONResponse:
        asked.append(request.headers["authorization"])
        return JSONResponse({"access_token": unsigned_token("root"), "expires_in": 300})

    inside = secured_kafka.bootstrap_servers
    await apply_topics(inside, topic_prefix, partitions=PARTITIONS)
    async with serving(Starlette(routes=[Route("/token", token, methods=["POST"])])) as url:
        told = {
            "KAFKA_BOOTSTRAP_SERVERS": secured_kafka.at(Door.SASL_TLS),
            "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KAFKA_TLS_CA": str(authority.certificate),
            "KAFKA_SASL_MECHANISM": "OAUTHBEARER",
            "KAFKA_OAUTH_TOKEN_URL": f"{url}/token",
            "KAFKA_OAUTH_CLIENT_ID": "headsup",
            "KAFKA_OAUTH_CLIENT_SECRET": PASSWORD,
        }
        async with (
            carts_on(inside, topic_prefix, tmp_path) as carts,
            carts.watched(**told) as running,
        ):
            await running.until_ready()
            await carts.tell(*carts.left("K1"))
            await carts.until_asked(("K1", 1))
            code, _, logs = await running.terminate()
    assert code == 0
    assert len(asked) == 1
    assert PASSWORD not in logs


async def test_a_wrong_password_stops_the_start_with_a_sentence(
    secured_kafka: SecuredKafka, authority: Authority
) -> None:
    here = {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0"}
    servers = {"KAFKA_BOOTSTRAP_SERVERS": secured_kafka.at(Door.SASL_TLS)}
    wrong = as_user(authority) | servers | {"KAFKA_SASL_PASSWORD": "forgotten"}
    code, said = await ended(MODULE, here | wrong)
    assert code == 2
    assert said.splitlines()[-1] == (
        "cart_recovery cannot run: KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: the broker "
        "refused the user."
    )
    assert "SaslAuthenticationFailed" in said, "the library's own line says what it was about"
    assert "forgotten" not in said
