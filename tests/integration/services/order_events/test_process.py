"""`python -m services.order_events` as an operator sees it."""

import asyncio
import json
from datetime import UTC, datetime

import asyncpg
import pytest

from headsup.kafka.producer import Outgoing, Producer
from tests.support.events import outgoing, placed
from tests.support.eventually import eventually
from tests.support.processes import ended, service
from tests.support.reading import TopicReader
from tests.support.sealing import keys

MODULE = "services.order_events"


@pytest.fixture
def settings(bootstrap_servers: str, database_url: str, topics: str) -> dict[str, str]:
    return {
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers,
        "DATABASE_URL": database_url,
        "HEADSUP_TOPIC_PREFIX": topics,
        "HEADSUP_INSTANCE": "one",
    }


async def test_it_tells_counts_and_ends_within_ten_seconds_of_sigterm(
    settings: dict[str, str],
) -> None:
    prefix, servers = settings["HEADSUP_TOPIC_PREFIX"], settings["KAFKA_BOOTSTRAP_SERVERS"]
    now = datetime.now(UTC)
    async with service(MODULE, settings) as running:
        await running.until_ready()
        producer = Producer(servers, name="test")
        await producer.start()
        await producer.publish(
            [outgoing(prefix, placed("A-1", now)), Outgoing(prefix + "shop.orders", b"x", b"{")]
        )
        await producer.stop()
        async with TopicReader(servers, prefix + "notifications.requested") as reader:
            await reader.at_least(1)
        async with TopicReader(servers, prefix + "shop.orders.dlq") as reader:
            await reader.at_least(1)
        metrics = (await running.get("/metrics")).text
        assert (await running.get("/livez")).json() == {"ok": True, "problems": []}
        code, seconds, logs = await running.terminate()
    assert (
        'headsup_order_events_consumed_total{result="new",type="shop.order.placed.v1"} 1.0'
        in metrics
    )
    assert 'headsup_order_events_requested_total{kind="order.confirmed"} 1.0' in metrics
    dead = 'headsup_order_events_dead_lettered_total{reason="not_json",topic="shop.orders"} 1.0'
    assert dead in metrics
    assert code == 0
    assert seconds < 10
    lines = [json.loads(line) for line in logs.splitlines()]
    assert {"ready", "record set aside", "ended"} <= {line["event"] for line in lines}
    assert {line["service"] for line in lines} == {"order_events"}
    assert "oksana" not in logs


async def test_tables_that_somebody_has_locked_are_a_sentence_soon(
    settings: dict[str, str], database_url: str
) -> None:
    connection = await asyncpg.connect(database_url)
    async with connection.transaction(), asyncio.timeout(60):
        await connection.execute("LOCK TABLE order_events.address_keys")
        code, said = await ended(MODULE, settings | {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0"})
    await connection.close()
    assert code == 2
    assert said.splitlines()[-1].startswith(
        "order_events cannot run: The database at DATABASE_URL lets us in, and says nothing for "
        "8 seconds: somebody has locked our tables"
    )


async def test_who_ordered_is_encrypted_where_there_is_a_key_and_it_never_starts_without_again(
    settings: dict[str, str],
) -> None:
    prefix, servers = settings["HEADSUP_TOPIC_PREFIX"], settings["KAFKA_BOOTSTRAP_SERVERS"]
    async with service(MODULE, settings | {"HEADSUP_ADDRESS_KEYS": keys("k1")}) as running:
        await running.until_ready()
        producer = Producer(servers, name="test")
        await producer.start()
        await producer.publish([outgoing(prefix, placed("A-1", datetime.now(UTC)))])
        await producer.stop()
        async with TopicReader(servers, prefix + "notifications.requested") as reader:
            await reader.at_least(1)
        await running.terminate()
    connection = await asyncpg.connect(settings["DATABASE_URL"])
    row = await connection.fetchval("SELECT facts::text FROM order_events.orders")
    await connection.close()
    assert "enc:1:k1:" in row
    assert "oksana" not in row

    assert await ended(MODULE, settings) == (
        2,
        "order_events cannot run: HEADSUP_ADDRESS_KEYS is missing: rows of order_events are "
        "encrypted with its key 'k1'.\n",
    )


async def test_every_missing_or_wrong_setting_stops_the_start_with_a_sentence() -> None:
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": "",
        "DATABASE_URL": "mysql://x:secret@y/z",
        "HTTP_PORT": "http",
        "HEADSUP_CLOCK_SPEED": "-1",
    }
    code, said = await ended(MODULE, settings)
    assert code == 2
    assert sorted(said.splitlines()) == [
        "order_events cannot run: DATABASE_URL is wrong: "
        "expected an address that begins with postgresql:// or postgres://.",
        "order_events cannot run: HEADSUP_CLOCK_SPEED is wrong: "
        "expected a number of at least 0.001.",
        "order_events cannot run: HTTP_PORT is wrong: expected a port between 0 and 65535.",
        "order_events cannot run: KAFKA_BOOTSTRAP_SERVERS is missing.",
    ]


async def test_one_wrong_setting_is_enough_to_stop_the_start() -> None:
    settings = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DATABASE_URL": "postgresql://x/y"}
    code, said = await ended(MODULE, settings | {"HTTP_PORT": "http"})
    assert code == 2
    assert said == (
        "order_events cannot run: HTTP_PORT is wrong: expected a port between 0 and 65535.\n"
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "DATABASE_URL",
            "postgresql://u:secret@127.0.0.1:1/x",
            "DATABASE_URL leads to no database: nobody answers at that host and port.",
        ),
        (
            "DATABASE_URL",
            "postgresql://u:p@secret/x@127.0.0.1:1/x",
            "DATABASE_URL leads to no database: there is no host of that name.",
        ),
        (
            "KAFKA_BOOTSTRAP_SERVERS",
            "127.0.0.1:1",
            "KAFKA_BOOTSTRAP_SERVERS leads to no broker.",
        ),
    ],
)
async def test_a_setting_that_leads_nowhere_stops_the_start_with_a_sentence(
    settings: dict[str, str], name: str, value: str, sentence: str
) -> None:
    here = {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0"}
    code, said = await ended(MODULE, settings | here | {name: value})
    *before, last = said.splitlines()
    assert code == 2
    assert last == f"order_events cannot run: {sentence}"
    assert all(json.loads(line)["library"] for line in before)
    assert "secret" not in said


async def test_a_database_without_our_tables_stops_the_start_with_what_to_do(
    settings: dict[str, str], empty_database_url: str
) -> None:
    here = {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0", "DATABASE_URL": empty_database_url}
    code, said = await ended(MODULE, settings | here)
    assert code == 2
    assert said == (
        "order_events cannot run: The database at DATABASE_URL has no tables of order_events: "
        "run `headsup db migrate` of this version.\n"
    )


async def test_a_mistyped_setting_is_named_at_the_start(settings: dict[str, str]) -> None:
    mistyped = {"HEADSUP_KEEP_ORDER_DAYS": "400"}
    async with service(MODULE, settings | mistyped) as running:
        await running.until_ready()
        _, _, logs = await running.terminate()
    said = [json.loads(line).get("says") for line in logs.splitlines()]
    assert "HEADSUP_KEEP_ORDER_DAYS is no setting; is HEADSUP_KEEP_ORDERS_DAYS meant?" in said


async def test_bad_records_in_a_row_stop_the_line_and_not_the_process(
    settings: dict[str, str], database_url: str
) -> None:
    prefix, servers = settings["HEADSUP_TOPIC_PREFIX"], settings["KAFKA_BOOTSTRAP_SERVERS"]
    few = {"HEADSUP_MOST_BAD_IN_A_ROW": "5"}
    async with service(MODULE, settings | few) as running:
        await running.until_ready()
        producer = Producer(servers, name="test")
        await producer.start()
        bad = Outgoing(prefix + "shop.orders", b"one key", b"{")
        await producer.publish([bad] * 5)

        async def says_why() -> bool:
            problems = (await running.get("/readyz")).json()["problems"]
            why = "consumer: the line stopped: 5 records in a row could not be understood"
            return bool(problems == [why])

        await eventually(says_why)
        await producer.publish([outgoing(prefix, placed("A-1", datetime.now(UTC)))])
        await producer.stop()
        assert (await running.get("/livez")).json()["ok"]
        metrics = (await running.get("/metrics")).text
        code, _, _ = await running.terminate()
    assert "headsup_order_events_line_stopped 1.0" in metrics
    assert code == 0
    connection = await asyncpg.connect(database_url)
    try:
        written = await connection.fetchval(
            "SELECT (SELECT count(*) FROM order_events.outbox)"
            " + (SELECT count(*) FROM order_events.orders)"
        )
    finally:
        await connection.close()
    assert written == 0


async def test_what_stopped_the_line_is_set_aside_when_the_setting_lets_it(
    settings: dict[str, str],
) -> None:
    prefix, servers = settings["HEADSUP_TOPIC_PREFIX"], settings["KAFKA_BOOTSTRAP_SERVERS"]
    producer = Producer(servers, name="test")
    await producer.start()
    await producer.publish([Outgoing(prefix + "shop.orders", b"one key", b"{")] * 5)
    await producer.stop()
    async with (
        service(MODULE, settings | {"HEADSUP_MOST_BAD_IN_A_ROW": "6"}) as running,
        TopicReader(servers, prefix + "shop.orders.dlq") as reader,
    ):
        await reader.at_least(5)
        await running.until_ready()
