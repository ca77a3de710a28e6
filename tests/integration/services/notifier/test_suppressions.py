"""`headsup suppressions`, and what the older form of the table held."""

import asyncio
import base64
import importlib
from datetime import datetime
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from headsup.cli.main import app
from headsup.contracts.notifications import Reason
from services.notifier.suppressions import Suppression, among, note
from tests.support.events import SHOP
from tests.support.notifier import MONDAY
from tests.support.sealing import keys

migration: Any = importlib.import_module("services.notifier.migrations.0003_suppressions")


async def _invoke(*arguments: str, given: str = "") -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, ["suppressions", *arguments], given)


@pytest.fixture
async def connection(database_url: str, clean_environment: pytest.MonkeyPatch) -> Any:
    clean_environment.setenv("DATABASE_URL", database_url)
    connected = await asyncpg.connect(database_url)
    yield connected
    await connected.close()


def _bad(address: str, *, source: str = SHOP, since: datetime = MONDAY) -> Suppression:
    return Suppression(
        source=source, address=address, reason=Reason.INVALID_ADDRESS, code="5.1.1", since=since
    )


async def test_addresses_are_listed_masked_and_lifted_from_standard_input(connection: Any) -> None:
    await note(connection, [_bad("email:oksana@mail.example"), _bad("sms:+380501234567")])
    listed = await _invoke("list")
    assert listed.exit_code == 0
    assert "2026-11-23 09:00:00  email o***@mail.example" in listed.output
    assert "sms +380******567" in listed.output
    lifted = await _invoke("lift", given="oksana@mail.example\n\nnonsense\n4242\n")
    assert lifted.exit_code == 1
    assert lifted.stdout.startswith("Lifted: 2026-11-23 09:00:00  email o***@mail.example")
    assert lifted.stderr.splitlines() == [
        "Line 3 is no address.",
        "The address of line 4 is not suppressed.",
    ]
    assert "oksana" not in lifted.output + listed.output
    rows = await connection.fetch("SELECT address FROM notifier.suppressions")
    assert [row["address"] for row in rows] == ["sms:+380501234567"]


async def test_only_the_shop_that_is_named_is_listed_and_lifted(connection: Any) -> None:
    other = "https://other.example"
    await note(connection, [_bad("email:a@b.example"), _bad("email:a@b.example", source=other)])
    assert (await _invoke("list", "--shop", other)).output.count("email") == 1
    assert (await _invoke("lift", "--shop", other, given="a@b.example")).exit_code == 0
    assert (await _invoke("list", "--shop", other)).output == "No address is suppressed.\n"
    assert (await _invoke("list")).output.count("email") == 1


async def test_of_two_words_about_one_address_the_newer_counts(connection: Any) -> None:
    newer = MONDAY.replace(hour=10)
    for since in (newer, MONDAY):
        await note(connection, [_bad("email:a@b.example", since=since)])
    assert await connection.fetchval("SELECT since FROM notifier.suppressions") == newer
    twice = [_bad("email:c@d.example"), _bad("email:c@d.example", since=newer)]
    await note(connection, twice)
    assert await among(connection, [(SHOP, "email:c@d.example"), (SHOP, "email:x@y.example")]) == {
        (SHOP, "email:c@d.example")
    }


async def test_what_customers_rows_held_becomes_rows_of_its_own(connection: Any) -> None:
    for statement in migration.BACK:
        await connection.execute(statement)
    await connection.execute(
        """
        INSERT INTO notifier.people (source, customer_id, entry, told_at, refused) VALUES
            ('s', 'c-1', '{}', '2026-11-20 10:00Z', '{email:a@b.example,sms:+380501234567}'),
            ('s', 'c-2', NULL, '-infinity', '{email:a@b.example}'),
            ('s', 'c-3', '{}', '2026-11-21 10:00Z', '{}')
        """
    )
    for statement in migration.STATEMENTS:
        await connection.execute(statement)
    rows = await connection.fetch("SELECT * FROM notifier.suppressions ORDER BY address")
    assert [(r["source"], r["address"], r["reason"], r["since"].day) for r in rows] == [
        ("s", "email:a@b.example", "refused", 20),
        ("s", "sms:+380501234567", "refused", 20),
    ]
    people = await connection.fetch("SELECT customer_id FROM notifier.people ORDER BY customer_id")
    assert [row["customer_id"] for row in people] == ["c-1", "c-3"]


async def test_where_addresses_are_encrypted_they_are_listed_without_a_key_and_lifted_with_one(
    connection: Any, clean_environment: pytest.MonkeyPatch
) -> None:
    await note(connection, [_bad("sms:+380501234567")])
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    rotated = await asyncio.to_thread(CliRunner().invoke, app, ["addresses", "rotate"])
    assert rotated.exit_code == 0
    assert "sms +380******567" in (await _invoke("list")).output
    clean_environment.delenv("HEADSUP_ADDRESS_KEYS")
    assert "sms (encrypted)" in (await _invoke("list")).output
    refused = await _invoke("lift", given="+380501234567\n")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("HEADSUP_ADDRESS_KEYS is missing: rows of notifier are")
    another = f"k1:{base64.b64encode(b'another'.ljust(32)).decode()}"
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", another)
    assert "sms (encrypted)" in (await _invoke("list")).output
    refused = await _invoke("lift", given="+380501234567\n")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("HEADSUP_ADDRESS_KEYS is wrong: its key 'k1' is another one")
    assert await connection.fetchval("SELECT count(*) FROM notifier.suppressions") == 1
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    lifted = await _invoke("lift", given="+380501234567\n")
    assert lifted.stdout.startswith("Lifted: 2026-11-23 09:00:00  sms +380******567")
    assert await connection.fetchval("SELECT count(*) FROM notifier.suppressions") == 0
