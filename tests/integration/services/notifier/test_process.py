"""`python -m services.notifier` as an operator sees it, in front of the providers' stand-ins."""

import asyncio
import json
from datetime import UTC, datetime
from functools import partial
from typing import Any

import asyncpg

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.kafka.producer import Outgoing, Producer
from sandbox.providers.inbox import Inbox
from tests.support.events import outgoing
from tests.support.eventually import eventually
from tests.support.notifier import PROVIDERS, known, requested
from tests.support.processes import Service, ended, service
from tests.support.providers import providers
from tests.support.reading import TopicReader
from tests.support.sealing import IN_CLEAR, keys

MODULE = "services.notifier"


def _now() -> datetime:
    return datetime.now(UTC)


async def test_it_sends_by_every_channel_and_ends_within_ten_seconds_of_sigterm(
    settings: dict[str, str],
) -> None:
    inbox, at = Inbox(_now), _now()
    prefix, servers = settings["HEADSUP_TOPIC_PREFIX"], settings["KAFKA_BOOTSTRAP_SERVERS"]
    events: list[Event[Any]] = [
        requested("r1", kind=Kind.ORDER_CANCELLED, at=at),
        known((Channel.TELEGRAM, "424242424242"), at=at),
        requested("r2", kind=Kind.SHIPMENT_SHIPPED, at=at),
    ]
    async with providers(inbox) as addresses, service(MODULE, settings | addresses) as running:
        await running.until_ready()
        producer = Producer(servers, name="test")
        await producer.start()
        await producer.publish([Outgoing(prefix + "shop.customers", b"x", b"{")])
        for event in events:
            await producer.publish([outgoing(prefix, event)])
            await eventually(partial(_consumed, running, event))
        await producer.stop()
        await eventually(lambda: _arrived(inbox, 3))
        async with TopicReader(servers, prefix + "notifications.outcomes") as reader:
            await reader.at_least(3)
        metrics = (await running.get("/metrics")).text
        assert (await running.get("/livez")).json() == {"ok": True, "problems": []}
        code, seconds, logs = await running.terminate()
    assert sorted(m.channel for m in inbox.messages()) == ["email", "sms", "telegram"]
    assert code == 0
    assert seconds < 10
    assert 'decided_total{decision="planned",kind="order.cancelled",reason=""} 1.0' in metrics
    assert 'dead_lettered_total{reason="not_json",topic="shop.customers"} 1.0' in metrics
    assert 'state="sent"' in metrics
    assert "ended" in {json.loads(line)["event"] for line in logs.splitlines()}
    for secret in ("oksana", "380501234567", "424242424242", "token", "Оксана"):
        assert secret not in logs
        assert secret not in metrics


async def _consumed(running: Service, event: Event[Any]) -> bool:
    return f'consumed_total{{type="{event.type}"}}' in (await running.get("/metrics")).text


async def _arrived(inbox: Inbox, count: int) -> bool:
    return len(inbox.messages()) >= count


async def test_a_database_without_our_tables_stops_the_start_with_what_to_do(
    settings: dict[str, str], empty_database_url: str
) -> None:
    here = {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0", "DATABASE_URL": empty_database_url}
    code, said = await ended(MODULE, settings | PROVIDERS | here)
    assert code == 2
    assert said.splitlines()[-1] == (
        "notifier cannot run: The database at DATABASE_URL has no tables of notifier: "
        "run `headsup db migrate` of this version."
    )


async def test_tables_that_somebody_has_locked_are_a_sentence_soon(
    settings: dict[str, str], database_url: str
) -> None:
    here = settings | {"HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0"}
    keyed = here | {"HEADSUP_ADDRESS_KEYS": keys("k1")}
    connection = await asyncpg.connect(database_url)
    async with connection.transaction(), asyncio.timeout(60):
        await connection.execute("LOCK TABLE notifier.address_keys")
        ends = await asyncio.gather(ended(MODULE, here), ended(MODULE, keyed))
    await connection.close()
    for code, said in ends:
        assert code == 2
        assert said.splitlines()[-1].startswith(
            "notifier cannot run: The database at DATABASE_URL lets us in, and says nothing for "
            "8 seconds: somebody has locked our tables"
        )


async def test_every_missing_setting_is_named_at_once() -> None:
    code, said = await ended(MODULE, {})
    assert code == 2
    names = (
        *("KAFKA_BOOTSTRAP_SERVERS", "DATABASE_URL", "SMTP_URL", "TWILIO_ACCOUNT_SID"),
        *("TWILIO_AUTH_TOKEN", "TWILIO_FROM", "TELEGRAM_BOT_TOKEN", "HEADSUP_SHOPS"),
    )
    expected = [f"notifier cannot run: {name} is missing." for name in names]
    assert said.splitlines() == expected


async def test_every_wrong_setting_stops_the_start_with_a_sentence() -> None:
    settings = {
        **PROVIDERS,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "DATABASE_URL": "postgresql://x/y",
        "SMTP_URL": "mail.example",
        "TELEGRAM_API_URL": "ftp://x",
        "HEADSUP_SMTP_CONNECTIONS": "0",
        "HEADSUP_SHOPS": "no/such/file.toml",
        "HEADSUP_MESSAGES": "no/such/folder",
    }
    code, said = await ended(MODULE, settings)
    assert code == 2
    assert sorted(said.splitlines()) == [
        "notifier cannot run: HEADSUP_MESSAGES is wrong: no/such/folder: is no folder.",
        "notifier cannot run: HEADSUP_SHOPS is wrong: "
        "no/such/file.toml: cannot be read: No such file or directory.",
        "notifier cannot run: HEADSUP_SMTP_CONNECTIONS is wrong: expected a number of at least 1.",
        "notifier cannot run: SMTP_URL is wrong: it must start with smtp:// or smtps://.",
        "notifier cannot run: TELEGRAM_API_URL is wrong: "
        "expected an address that begins with https:// or http://.",
    ]


async def test_one_wrong_setting_is_enough_to_stop_the_start() -> None:
    settings = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", "DATABASE_URL": "postgresql://x/y"}
    code, said = await ended(MODULE, PROVIDERS | settings | {"HEADSUP_MESSAGES": "no/such/folder"})
    assert code == 2
    assert said == (
        "notifier cannot run: HEADSUP_MESSAGES is wrong: no/such/folder: is no folder.\n"
    )


@IN_CLEAR
async def test_it_never_starts_again_without_a_key_that_it_writes_with(
    settings: dict[str, str],
) -> None:
    async with service(MODULE, settings | {"HEADSUP_ADDRESS_KEYS": keys("k1")}) as running:
        await running.until_ready()
        await running.terminate()

    code, said = await ended(MODULE, settings)
    assert code == 2
    assert said.splitlines()[-1] == (
        "notifier cannot run: HEADSUP_ADDRESS_KEYS is missing: rows of notifier are encrypted "
        "with its key 'k1'."
    )
