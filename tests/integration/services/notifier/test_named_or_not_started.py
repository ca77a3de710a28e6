"""A notifier starts, and gets connections, where addresses lie as its keys have it, and only there:
also while somebody else decides how they lie."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import asyncpg
import pytest

from headsup import name_keys, postgres
from headsup.contracts.channels import Channel
from headsup.name_keys import Fence, OtherwiseError, State
from headsup.settings import SettingsError
from services.notifier import wish_rows
from services.notifier.ledger import SCHEMA
from services.notifier.named_rows import TABLES
from services.notifier.people import Address
from tests.support.events import SHOP
from tests.support.eventually import eventually
from tests.support.keyed import renamed
from tests.support.notifier import MONDAY, Rig
from tests.support.processes import ended, service
from tests.support.sealing import keys, sealing

MODULE = "services.notifier"
STATES = f"{SCHEMA}.address_names"
SMS = Address(Channel.SMS, "+380501234567")


@pytest.fixture
def names_of_keys() -> tuple[str, ...]:
    """Each test has its own."""
    return ()


async def test_whoever_was_cut_off_meanwhile_gets_no_connection(rig: Rig) -> None:
    fence = Fence(SCHEMA, None)
    pool = await postgres.connect(rig.settings.common.database_url, name="x", look=fence)
    fence.stand()
    assert await pool.fetchval("SELECT 1") == 1
    async with rig.pool.acquire() as connection:
        await wish_rows.stop(connection, SMS, [SHOP], MONDAY)
    await renamed(rig, "k1")
    await pool.expire_connections()
    with pytest.raises(OtherwiseError, match="addresses of notifier lie otherwise by now"):
        await pool.fetchval("SELECT 1")
    await renamed(rig, "clear", "k1")
    assert await pool.fetchval("SELECT 1") == 1
    await pool.close()


async def _turned_off_and_on(rig: Rig) -> None:
    await renamed(rig, "clear", "k1")
    await renamed(rig, "k1")


async def _lost_its_key(rig: Rig) -> None:
    await renamed(rig, "k2", lost="k1")


@pytest.mark.parametrize("happened", [_turned_off_and_on, _lost_its_key])
async def test_whoever_has_other_names_than_are_made_by_now_gets_no_connection(
    rig: Rig, happened: Callable[[Rig], Awaitable[None]]
) -> None:
    by = sealing("k1")
    await renamed(rig, "k1")
    fence = Fence(SCHEMA, by)
    pool = await postgres.connect(rig.settings.common.database_url, name="x", look=fence)
    fence.stand()
    await name_keys.admit(pool, SCHEMA, by)
    await renamed(rig, "k2", "k1")
    await renamed(rig, "k1", "k2")
    await pool.expire_connections()
    assert await pool.fetchval("SELECT 1") == 1  # the names are the same
    await happened(rig)
    await pool.expire_connections()
    with pytest.raises(OtherwiseError, match="addresses of notifier lie otherwise by now"):
        await pool.fetchval("SELECT 1")
    await pool.close()


async def test_in_a_new_database_the_first_service_with_a_key_has_addresses_named(
    settings: dict[str, str], rig: Rig
) -> None:
    async with service(MODULE, settings | {"HEADSUP_ADDRESS_KEYS": keys("k1")}) as running:
        await running.until_ready()
        assert await name_keys.is_running(rig.pool, SCHEMA)
        assert not await name_keys.is_running(rig.pool, "order_events")
        # As a user without rights of its own sees it, such as that of the toolbox.
        url = rig.settings.common.database_url
        connection = await asyncpg.connect(url.replace("//postgres:", "//postgres_order_events:"))
        assert await name_keys.is_running(connection, SCHEMA)
        await connection.close()
        await running.terminate()
    assert (await name_keys.look(rig.pool, SCHEMA))[0] is State.NAMED
    code, said = await ended(MODULE, settings | {"HEADSUP_ADDRESS_KEYS": keys("clear", "k1")})
    assert (code, said.splitlines()[-1]) == (
        2,
        "notifier cannot run: Addresses of notifier are encrypted, which HEADSUP_ADDRESS_KEYS "
        "has in clear: take `clear` away there, or run `headsup addresses rotate` while none of "
        "its replicas runs.",
    )


async def test_it_does_not_start_with_a_key_on_rows_in_clear_and_does_without_it(
    settings: dict[str, str], rig: Rig
) -> None:
    async with rig.pool.acquire() as connection:
        await wish_rows.stop(connection, SMS, [SHOP], MONDAY)
    code, said = await ended(MODULE, settings | {"HEADSUP_ADDRESS_KEYS": keys("k1")})
    assert (code, said.splitlines()[-1]) == (
        2,
        "notifier cannot run: Addresses of notifier lie in clear, which HEADSUP_ADDRESS_KEYS "
        "has encrypted: run `headsup addresses rotate` while none of its replicas runs.",
    )
    async with service(MODULE, settings) as running:
        await running.until_ready()
        await running.terminate()
    # Half of what hides who was erased would lie beside the digests, and the other half is nothing.
    assert "which numbers were erased" in said


async def test_beside_one_that_writes_in_clear_nothing_is_named(
    settings: dict[str, str], rig: Rig
) -> None:
    async with service(MODULE, settings) as running:
        await running.until_ready()
        url = rig.settings.common.database_url
        await name_keys.begin(url, SCHEMA, sealing("k1"), TABLES)
        await running.terminate()
    assert (await name_keys.look(rig.pool, SCHEMA))[0] is State.CLEAR


async def test_who_starts_without_a_key_before_it_is_decided_has_all_in_clear(rig: Rig) -> None:
    url = rig.settings.common.database_url
    async with _holding(rig, f"LOCK TABLE {TABLES[-1]} IN ACCESS EXCLUSIVE MODE"):
        beginning = asyncio.create_task(name_keys.begin(url, SCHEMA, sealing("k1"), TABLES))
        await eventually(lambda: _waits(rig, TABLES[-1]))
        pool = await postgres.connect(url, name=SCHEMA)
        await name_keys.admit(pool, SCHEMA, None)
    await beginning
    assert (await name_keys.look(rig.pool, SCHEMA))[0] is State.CLEAR
    await pool.close()


async def test_who_starts_without_a_key_while_it_is_decided_does_not_start(rig: Rig) -> None:
    url = rig.settings.common.database_url
    async with AsyncExitStack() as its_end:
        async with _holding(rig, f"SELECT FROM {STATES}"):
            beginning = asyncio.create_task(name_keys.begin(url, SCHEMA, sealing("k1"), TABLES))
            await eventually(lambda: _waits(rig, STATES))
            end = f"LOCK TABLE {TABLES[-1]} IN ACCESS EXCLUSIVE MODE"
            await its_end.enter_async_context(_holding(rig, end))
        await eventually(lambda: _waits(rig, TABLES[-1]))
        pool = await postgres.connect(url, name=SCHEMA)
        admitting = asyncio.create_task(name_keys.admit(pool, SCHEMA, None))
        await eventually(lambda: _waits(rig, STATES))
    await beginning
    with pytest.raises(SettingsError, match="are encrypted, which HEADSUP_ADDRESS_KEYS has in"):
        await admitting
    await pool.close()


@asynccontextmanager
async def _holding(rig: Rig, statement: str) -> AsyncIterator[None]:
    async with rig.pool.acquire() as connection, connection.transaction():
        await connection.execute(statement)
        yield


async def _waits(rig: Rig, table: str) -> bool:
    """Whether somebody waits for a lock of this table."""
    query = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND relation = $1::regclass)"
    return bool(await rig.pool.fetchval(query, table))
