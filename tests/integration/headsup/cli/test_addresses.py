"""`headsup addresses`: from one key to another, and what is said of it."""

import asyncio
import json
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from headsup import name_keys, postgres
from headsup.cli.main import app
from headsup.name_keys import State
from services.notifier.named_rows import NAMED, TABLES
from services.notifier.sealed_rows import ENTRY
from services.order_events.sealed_orders import FACTS
from tests.support.sealing import keys, sealing

ROW = {"placed": ["2026-11-23T09:00:00Z", "e-1", {"customer": {"id": "c-7", "phone": "+38067"}}]}
NOBODYS = {"source": "x"}
NOBODY = [
    f"notifier.{column}: nobody is named in any row."
    for column in ("people.entry", "learned.contacts", "requests.request")
]
NO_ADDRESS = [f"{one.table}.{one.column}: no address is in any row." for one in NAMED]


@pytest.fixture
async def connection(database_url: str, clean_environment: pytest.MonkeyPatch) -> Any:
    clean_environment.setenv("DATABASE_URL", database_url)
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def _plant(connection: Any, order_id: str, key: str, row: Any = ROW) -> None:
    facts = FACTS.sealed(json.dumps(row).encode(), ("shop", order_id), sealing(key, "k0"))
    await connection.execute(
        "INSERT INTO order_events.orders (source, order_id, facts, told, partition)"
        " VALUES ('shop', $1, $2::jsonb, '{}', 0)",
        order_id,
        facts.decode(),
    )


async def _invoke(*arguments: str) -> Any:
    return await asyncio.to_thread(CliRunner().invoke, app, ["addresses", *arguments])


async def _phones(connection: Any) -> list[str]:
    rows = await connection.fetch(
        "SELECT facts #>> '{placed,2,customer,phone}' FROM order_events.orders ORDER BY order_id"
    )
    return [(row[0] or "none")[:10] for row in rows]


async def test_status_counts_rows_by_key_and_needs_none(connection: Any) -> None:
    for number, key in enumerate(["k1", "k1", "k2", "clear"]):
        await _plant(connection, f"A-{number}", key)
    await _plant(connection, "A-9", "k1", NOBODYS)
    said = await _invoke("status")
    assert said.exit_code == 0
    assert said.stdout.splitlines() == [
        *NOBODY,
        "order_events.orders.facts: 1 in clear, 2 with k1, 1 with k2.",
        *NO_ADDRESS,
    ]


async def test_rotate_writes_all_rows_with_the_first_key_and_says_what_may_go(
    connection: Any, clean_environment: pytest.MonkeyPatch
) -> None:
    for number, key in enumerate(["k1", "k2", "clear"] * 150):
        await _plant(connection, f"A-{number}", key)
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k2", "k1"))
    for _ in range(2):
        said = await _invoke("rotate")
        assert said.exit_code == 0
        *nobody, counted, advice = said.stdout.splitlines()
        assert nobody == [*NO_ADDRESS, *NOBODY]
        assert counted == "order_events.orders.facts: 450 with k2."
        assert advice.startswith("No row is written with k1 any more. Drop it when")
    known = await connection.fetch("SELECT id FROM order_events.address_keys")
    assert [row["id"] for row in known] == ["k2"]


async def test_rotate_without_keys_is_a_sentence(connection: Any) -> None:
    await _plant(connection, "A-1", "k1")
    said = await _invoke("rotate")
    assert (said.exit_code, said.stderr) == (
        2,
        "HEADSUP_ADDRESS_KEYS is missing: with which key?\n",
    )


async def test_a_key_that_is_missing_is_named_and_its_rows_stay(
    connection: Any, clean_environment: pytest.MonkeyPatch
) -> None:
    await _plant(connection, "A-1", "k1")
    before = await _phones(connection)
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k2"))
    said = await _invoke("rotate")
    assert said.exit_code == 2
    assert said.stderr == "HEADSUP_ADDRESS_KEYS has no key 'k1', with which rows are written.\n"
    assert await _phones(connection) == before


async def test_what_a_lost_key_wrote_is_emptied_and_the_rest_renewed(
    connection: Any, clean_environment: pytest.MonkeyPatch
) -> None:
    for number, key in enumerate(["k1", "k2", "clear"]):
        await _plant(connection, f"A-{number}", key)
    await connection.execute(
        "INSERT INTO order_events.address_keys (id, proof) VALUES ('k1', $1)",
        sealing("k1").seal(b"headsup", "order_events"),
    )
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k3", "k2"))
    assert (await _invoke("rotate")).exit_code == 2
    said = await _invoke("rotate", "--lost", "k1")
    assert said.exit_code == 0
    assert said.stdout.splitlines()[-5:-1] == [*NOBODY, "order_events.orders.facts: 2 with k3."]
    assert await _phones(connection) == ["none", '["enc:1:k3', '["enc:1:k3']
    known = await connection.fetch("SELECT id FROM order_events.address_keys")
    assert [row["id"] for row in known] == ["k3"]


async def _noted(connection: Any) -> dict[str, list[str]]:
    """The ids of the keys that each schema notes."""
    found = {}
    for schema in ("notifier", "order_events"):
        rows = await connection.fetch(f"SELECT id FROM {schema}.address_keys ORDER BY id")  # noqa: S608 - our own words
        found[schema] = [row["id"] for row in rows]
    return found


async def test_a_lost_key_is_expected_until_no_row_is_written_with_it(
    connection: Any, database_url: str, clean_environment: pytest.MonkeyPatch
) -> None:
    await _plant(connection, "A-1", "k1")
    await _known_addresses(connection)
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    assert (await _invoke("rotate")).exit_code == 0
    before = await _noted(connection)
    assert before == {"notifier": ["k1"], "order_events": ["k1"]}
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k2"))
    pool = await postgres.connect(database_url, name="notifier")
    said = await _invoke("rotate", "--lost", "k1")
    assert (said.exit_code, said.stderr) == (2, RUNS)
    assert await _noted(connection) == before
    await pool.close()
    await _plant(connection, "A-2", "k9")  # and this key is not here either
    assert (await _invoke("rotate", "--lost", "k1")).exit_code == 2
    assert "k1" in (await _noted(connection))["order_events"]
    await connection.execute("DELETE FROM order_events.orders WHERE order_id = 'A-2'")
    assert (await _invoke("rotate", "--lost", "k1")).exit_code == 0
    assert await _noted(connection) == {"notifier": ["k2"], "order_events": ["k2"]}


async def test_a_key_that_is_there_is_not_lost(
    connection: Any, clean_environment: pytest.MonkeyPatch
) -> None:
    await _plant(connection, "A-1", "k1")
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k2", "k1"))
    said = await _invoke("rotate", "--lost", "k1")
    assert (said.exit_code, said.stderr) == (
        2,
        "HEADSUP_ADDRESS_KEYS has the key 'k1', so it is not lost.\n",
    )


async def test_what_the_notifier_has_is_brought_over_too_and_a_lost_address_is_none(
    connection: Any, clean_environment: pytest.MonkeyPatch
) -> None:
    entry = {"customer_id": "c-7", "name": "Zemfira", "contacts": [{"address": "+38067"}]}
    for customer, key in (("c-7", "k1"), ("c-8", "k2"), ("c-9", "clear")):
        row = ENTRY.sealed(json.dumps(entry).encode(), ("shop", customer), sealing(key, "k0"))
        await connection.execute(
            "INSERT INTO notifier.people (source, customer_id, entry) VALUES ('shop', $1, $2)",
            customer,
            row,
        )
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k3", "k2"))
    said = await _invoke("rotate", "--lost", "k1")
    assert "notifier.people.entry: 2 with k3." in said.stdout.splitlines()
    rows = await connection.fetch("SELECT entry FROM notifier.people ORDER BY customer_id")
    emptied, second, third = (json.loads(row["entry"]) for row in rows)
    assert emptied == {"customer_id": "c-7", "name": None, "contacts": []}
    assert (second["name"][0][:9], third["name"][0][:9]) == ("enc:1:k3:", "enc:1:k3:")
    known = await connection.fetch("SELECT id FROM notifier.address_keys")
    assert [row["id"] for row in known] == ["k3"]


SMS = "sms:+380671230077"
CHATS = "telegram:77"


async def _order_is_known(connection: Any) -> None:
    await connection.execute(
        "INSERT INTO notifier.order_keys (source, order_id, audience, customer_id, keys, at)"
        " VALUES ('shop', 'A-1', 'buyer', 'c-7', $1, now())",
        [CHATS, "order:a-1", SMS],
    )


async def _known_addresses(connection: Any) -> None:
    await _order_is_known(connection)
    await connection.execute(
        "INSERT INTO notifier.suppressions (source, address, reason, since)"
        " SELECT 'shop', address, 'opted_out', now() FROM unnest($1::text[]) AS address",
        [CHATS, SMS],
    )


async def _addresses(connection: Any) -> tuple[list[str], list[str]]:
    keys = await connection.fetchval("SELECT keys FROM notifier.order_keys")
    rows = await connection.fetch("SELECT address FROM notifier.suppressions ORDER BY address DESC")
    return keys, [row["address"] for row in rows]


async def test_addresses_are_named_come_to_another_key_and_lie_in_clear_again(
    connection: Any, clean_environment: pytest.MonkeyPatch
) -> None:
    await _known_addresses(connection)
    before = await _addresses(connection)
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    said = (await _invoke("rotate")).stdout.splitlines()
    assert "notifier.suppressions.address: 1 encrypted." in said
    assert "notifier.order_keys.keys: 1 encrypted." in said
    named = await _addresses(connection)
    (chat, order, number), (same_chat, same_number) = named
    assert (chat, order, same_chat) == (CHATS, "order:a-1", CHATS)
    assert number == same_number
    assert number.startswith("sms:~")
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k2", "k1"))
    said = (await _invoke("rotate")).stdout.splitlines()
    assert said[-1].startswith("No row is written with k1 any more.")
    assert await _addresses(connection) == named
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k2"))
    assert "notifier.suppressions.address: 1 encrypted." in (await _invoke("status")).stdout
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("clear", "k2"))
    said = (await _invoke("rotate")).stdout.splitlines()
    assert "notifier.suppressions.address: 1 in clear." in said
    assert await _addresses(connection) == before
    assert await connection.fetch("SELECT FROM notifier.address_names") == []
    assert await connection.fetch("SELECT FROM notifier.address_keys") == []
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k2"))
    assert (await _invoke("rotate")).exit_code == 0
    [*_, another] = (await _addresses(connection))[0]
    assert another.startswith("sms:~")
    assert another != number


async def test_while_a_notifier_runs_it_is_not_turned_on_or_off_and_a_key_may_change(
    connection: Any, database_url: str, clean_environment: pytest.MonkeyPatch
) -> None:
    await _known_addresses(connection)
    before = await _addresses(connection)
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    pool = await postgres.connect(database_url, name="notifier pages")
    said = await _invoke("rotate")
    assert (said.exit_code, said.stderr) == (2, RUNS)
    assert await _addresses(connection) == before
    assert await name_keys.look(connection, "notifier") == (State.CLEAR, None)
    assert await connection.fetch("SELECT FROM notifier.address_keys") == []
    await pool.close()
    assert (await _invoke("rotate")).exit_code == 0
    pool = await postgres.connect(database_url, name="notifier")
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k2", "k1"))
    assert (await _invoke("rotate")).exit_code == 0
    named = await _addresses(connection)
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("clear", "k2"))
    assert (await _invoke("rotate")).stderr == RUNS
    assert await _addresses(connection) == named
    assert (await name_keys.look(connection, "notifier"))[0] is State.NAMED
    await pool.close()


RUNS = (
    "notifier runs. Stop all its replicas first, as step 4 of docs/operating/encryption.md has it, "
    "and begin this again.\n"
    "What is to be said meanwhile waits, and is said by what is true then.\n"
)


async def test_an_address_that_was_named_with_a_lost_key_is_gone(
    connection: Any, clean_environment: pytest.MonkeyPatch
) -> None:
    await _known_addresses(connection)
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    assert (await _invoke("rotate")).exit_code == 0
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k2"))
    assert (await _invoke("rotate")).exit_code == 2
    said = await _invoke("rotate", "--lost", "k1")
    assert said.exit_code == 0, said.output
    assert await _addresses(connection) == ([CHATS, "order:a-1"], [CHATS])
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("clear", "k2"))
    assert (await _invoke("rotate")).exit_code == 0
    assert await connection.fetch("SELECT FROM notifier.address_keys") == []


async def test_two_never_change_addresses_at_once_nor_while_the_database_is_reminded(
    connection: Any, database_url: str, clean_environment: pytest.MonkeyPatch
) -> None:
    await _known_addresses(connection)
    before = await _addresses(connection)
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    for is_changing in (True, False):
        async with name_keys.undisturbed(database_url, is_changing=is_changing):
            said = await _invoke("rotate")
        assert (said.exit_code, said.stderr) == (2, f"{name_keys.BUSY}\n")
        assert await _addresses(connection) == before
    assert (await _invoke("rotate")).exit_code == 0


async def test_nobody_is_reminded_of_stops_while_addresses_are_changed(
    database_url: str, clean_environment: pytest.MonkeyPatch
) -> None:
    clean_environment.setenv("DATABASE_URL", database_url)
    clean_environment.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    async with name_keys.undisturbed(database_url, is_changing=True):
        said = await asyncio.to_thread(CliRunner().invoke, app, ["db", "recall"])
    assert (said.exit_code, said.stderr) == (2, f"{name_keys.BUSY}\n")


async def test_in_a_new_database_nothing_is_decided_while_somebody_changes_addresses(
    connection: Any, database_url: str
) -> None:
    for is_changing in (True, False):
        async with name_keys.undisturbed(database_url, is_changing=is_changing):
            await name_keys.begin(database_url, "notifier", sealing("k1"), TABLES)
        assert await name_keys.look(connection, "notifier") == (State.CLEAR, None)
    await name_keys.begin(database_url, "notifier", sealing("k1"), TABLES)
    assert (await name_keys.look(connection, "notifier"))[0] is State.NAMED


async def test_what_an_older_notifier_wrote_beside_names_is_named_while_none_runs(
    connection: Any, database_url: str, clean_environment: pytest.MonkeyPatch
) -> None:
    await _known_addresses(connection)
    clean_environment.setenv("HEADSUP_ADDRESS_KEYS", keys("k1"))
    assert (await _invoke("rotate")).exit_code == 0
    named = await _addresses(connection)
    await connection.execute("DELETE FROM notifier.order_keys")
    await _written_beside(connection)
    pool = await postgres.connect(database_url, name="notifier")
    said = await _invoke("rotate")
    assert (said.exit_code, said.stderr) == (2, RUNS)
    assert "notifier.suppressions.address: 1 in clear, 1 encrypted." in said.stdout.splitlines()
    assert (await name_keys.look(connection, "notifier"))[0] is State.NAMED
    await pool.close()
    said = await _invoke("rotate")
    assert "notifier.suppressions.address: 1 encrypted." in said.stdout.splitlines()
    assert await _addresses(connection) == named
    code = "SELECT code FROM notifier.suppressions WHERE code IS NOT NULL"
    assert await connection.fetchval(code) == "newer"


async def _written_beside(connection: Any) -> None:
    await _order_is_known(connection)
    await connection.execute(
        "INSERT INTO notifier.suppressions (source, address, reason, code, since)"
        " VALUES ('shop', $1, 'opted_out', 'newer', now() + '1 hour'::interval)",
        SMS,
    )
