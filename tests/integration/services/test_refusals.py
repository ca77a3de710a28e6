"""What each service says to surroundings in which it cannot work: a sentence that names what is
wrong and what to do, and exit code 2; no silent loop, and no topic made by looking for it."""

from pathlib import Path

import asyncpg
import pytest
from aiokafka.admin import AIOKafkaAdminClient

from headsup.contracts.registry import Internal, Topic
from services.cart_recovery.wiring import BESIDE, TOGETHER
from services.notifier.batch import NEEDED as OF_NOTIFIER
from services.order_events.batch import NEEDED as OF_ORDER_EVENTS
from tests.fixtures.topics import NewTopicFixture
from tests.support.certificates import Authority
from tests.support.notifier import PROVIDERS, shop_without_night
from tests.support.processes import ended
from tests.support.secured_kafka import USER, Door, SecuredKafka

NEEDED: dict[str, tuple[Topic | Internal | str, ...]] = {
    "order_events": OF_ORDER_EVENTS,
    "notifier": OF_NOTIFIER,
    "cart_recovery": (*TOGETHER, *BESIDE),
}
WITH_TABLES = ("order_events", "notifier")
pytestmark = pytest.mark.timeout(180)  # a Kafka of its own starts first; else some seconds


async def sentences(service: str, settings: dict[str, str]) -> list[str]:
    """With which it refuses to start; none of the library's lines holds a secret."""
    here = {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0"}
    code, said = await ended(f"services.{service}", settings | here)
    assert code == 2, said
    assert "sesame" not in said
    assert "Traceback" not in said
    ours = [line for line in said.splitlines() if not line.startswith("{")]
    return [line.removeprefix(f"{service} cannot run: ") for line in ours]


@pytest.fixture
def settings(
    bootstrap_servers: str, database_url: str, topic_prefix: str, tmp_path: Path
) -> dict[str, str]:
    """What all services need."""
    return {
        **PROVIDERS,
        "HEADSUP_SHOPS": shop_without_night(tmp_path),
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "DATABASE_URL": database_url,
        "HEADSUP_TOPIC_PREFIX": topic_prefix,
    }


async def topics_of(settings: dict[str, str]) -> set[str]:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings["KAFKA_BOOTSTRAP_SERVERS"])
    await admin.start()
    try:
        prefix = settings["HEADSUP_TOPIC_PREFIX"]
        return {each for each in await admin.list_topics() if each.startswith(prefix)}
    finally:
        await admin.close()


@pytest.mark.parametrize("service", NEEDED)
async def test_every_missing_topic_is_named_and_none_is_made(
    settings: dict[str, str], service: str
) -> None:
    prefix = settings["HEADSUP_TOPIC_PREFIX"]
    assert await sentences(service, settings) == [
        f"There is no topic {prefix}{topic}: run `headsup topics apply`."
        for topic in NEEDED[service]
    ]
    assert await topics_of(settings) == set()


@pytest.mark.parametrize("service", NEEDED)
async def test_one_missing_topic_is_enough(
    settings: dict[str, str], new_topic: NewTopicFixture, service: str
) -> None:
    *there, gone = NEEDED[service]
    for topic in there:
        await new_topic(topic, partitions=2)
    name = f"{settings['HEADSUP_TOPIC_PREFIX']}{gone}"
    assert await sentences(service, settings) == [
        f"There is no topic {name}: run `headsup topics apply`."
    ]


@pytest.mark.parametrize("service", NEEDED)
async def test_a_user_that_the_broker_does_not_know(
    settings: dict[str, str], secured_kafka: SecuredKafka, authority: Authority, service: str
) -> None:
    told = {
        "KAFKA_BOOTSTRAP_SERVERS": secured_kafka.at(Door.SASL_TLS),
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_TLS_CA": str(authority.certificate),
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_SASL_USERNAME": USER,
        "KAFKA_SASL_PASSWORD": "sesame-shut",
    }
    assert await sentences(service, settings | told) == [
        "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD: the broker refused the user."
    ]


@pytest.mark.parametrize("service", NEEDED)
async def test_a_user_without_rights(
    settings: dict[str, str], secured_kafka: SecuredKafka, authority: Authority, service: str
) -> None:
    stranger = authority.vouch("stranger", "DNS:stranger")
    told = {
        "KAFKA_BOOTSTRAP_SERVERS": secured_kafka.at(Door.MUTUAL),
        "KAFKA_SECURITY_PROTOCOL": "SSL",
        "KAFKA_TLS_CA": str(authority.certificate),
        "KAFKA_TLS_CERT": str(stranger.certificate),
        "KAFKA_TLS_KEY": str(stranger.key),
    }
    (sentence,) = await sentences(service, settings | told)
    assert sentence.startswith(("The broker lets this user", "The broker does not let this user"))
    assert sentence.endswith(": see docs/operating/tls.md.")


@pytest.mark.parametrize("service", WITH_TABLES)
@pytest.mark.parametrize(
    ("found", "note", "sentence"),
    [
        ("0001", None, "The tables are at {service}_0001 and this version needs"),
        ("9999", "9998", "The tables are at {service}_9999, which needs {service}_9998 or newer"),
    ],
)
async def test_tables_of_another_version(
    settings: dict[str, str], service: str, found: str, note: str | None, sentence: str
) -> None:
    database = await asyncpg.connect(settings["DATABASE_URL"])
    try:
        table = f"{service}.alembic_version"
        await database.execute(f"UPDATE {table} SET version_num = $1", f"{service}_{found}")  # noqa: S608
        if note is not None:
            await database.execute(f"COMMENT ON TABLE {table} IS '{service}_{note}'")
    finally:
        await database.close()
    (said,) = await sentences(service, settings)
    assert said.startswith(sentence.format(service=service))


@pytest.mark.parametrize("service", NEEDED)
async def test_a_wrong_setting(settings: dict[str, str], service: str) -> None:
    wrong = {"HEADSUP_MOST_BAD_IN_A_ROW": "many"}
    (said,) = await sentences(service, settings | wrong)
    assert said.startswith("HEADSUP_MOST_BAD_IN_A_ROW is wrong: expected a number")


@pytest.mark.parametrize("service", WITH_TABLES)
async def test_a_database_that_does_not_know_the_password_is_told_without_it(
    settings: dict[str, str], service: str
) -> None:
    nobody = "postgresql://nobody:sesame-shut@127.0.0.1:1/x"
    (said,) = await sentences(service, settings | {"DATABASE_URL": nobody})
    assert said.startswith("DATABASE_URL leads to no database")
