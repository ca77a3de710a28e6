"""Each service does its work as the user of the database that docs/operating/install.md makes for
it, and can do nothing else there."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from headsup.contracts.registry import Topic
from headsup.kafka.producer import Producer
from headsup.migrations import migrate
from headsup.settings import SettingsError
from sandbox.parts.postgres import EmbeddedPostgres
from sandbox.providers.inbox import Inbox
from services.order_events.migrations import OFFERED
from tests.support.database_users import NOTIFIER, ORDERS, TOOLS, run
from tests.support.events import outgoing, placed
from tests.support.notifier import PROVIDERS, shop_without_night
from tests.support.processes import ended, free_port, service
from tests.support.providers import providers
from tests.support.reading import TopicReader

pytestmark = pytest.mark.timeout(180)  # a server of its own starts first

SUPPORT = "what only the proxy says, and nobody else"
LOGGED_IN = {
    "X-Headsup-Proxy-Secret": SUPPORT,
    "X-Auth-Request-Email": "ada@shop.example",
    "X-Auth-Request-Groups": "support",
}
As = Callable[[str], str]


@pytest.fixture
def url(server: EmbeddedPostgres) -> As:
    """The address for a user."""
    return lambda user: server.url_of("headsup", user)


@pytest.fixture
async def connected(url: As) -> AsyncIterator[Callable[[str], Any]]:
    """A connection as a user."""
    opened = []

    async def connect(user: str) -> Any:
        opened.append(await asyncpg.connect(url(user)))
        return opened[-1]

    yield connect
    for one in opened:
        await one.close()


async def tables(connection: Any) -> list[str]:
    """All of ours, with their schemas."""
    rows = await connection.fetch(
        "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
        "WHERE schemaname IN ('order_events', 'notifier')"
    )
    return [row[0] for row in rows]


async def may(connection: Any, statement: str) -> bool:
    """Whether it is allowed; nothing of it stays."""
    tried = connection.transaction()
    await tried.start()
    try:
        await connection.execute(statement)
    except asyncpg.InsufficientPrivilegeError:
        return False
    finally:
        await tried.rollback()
    return True


def deleting(table: str) -> str:
    return f"DELETE FROM {table} WHERE false"  # noqa: S608 - our own tables


@pytest.mark.parametrize(
    ("user", "own", "offered"), [(ORDERS, "order_events", ()), (NOTIFIER, "notifier", OFFERED)]
)
async def test_a_service_has_the_rows_of_its_own_tables_and_no_other(
    connected: Callable[[str], Any], user: str, own: str, offered: tuple[str, ...]
) -> None:
    connection = await connected(user)
    readable, writable = set(), set()
    for table in await tables(connection):
        if await may(connection, f"SELECT FROM {table} LIMIT 1"):
            readable.add(table)
        if await may(connection, deleting(table)):
            writable.add(table)
        assert not await may(connection, f"TRUNCATE {table}")
        assert not await may(connection, f"ALTER TABLE {table} ADD COLUMN x int")
    mine = {table for table in await tables(connection) if table.startswith(f"{own}.")}
    assert len(mine) > 5
    assert writable == mine - {f"{own}.alembic_version"}
    assert readable == mine | {f"order_events.{table}" for table in offered}
    assert not await may(connection, f"CREATE TABLE {own}.mine ()")
    assert not await may(connection, "CREATE TABLE public.mine ()")
    assert not await may(connection, "CREATE SCHEMA mine")
    assert not await may(connection, "CREATE TEMP TABLE mine ()")


async def test_people_have_the_rows_of_all_tables(connected: Callable[[str], Any]) -> None:
    connection = await connected(TOOLS)
    for table in await tables(connection):
        is_version = table.endswith(".alembic_version")
        assert await may(connection, f"SELECT FROM {table} LIMIT 1")
        assert await may(connection, deleting(table)) != is_version
        assert not await may(connection, f"ALTER TABLE {table} ADD COLUMN x int")


async def test_a_table_that_comes_later_is_theirs_from_its_first_moment(
    connected: Callable[[str], Any],
) -> None:
    owner = await connected("headsup")
    await owner.execute("CREATE TABLE notifier.later (id bigint GENERATED ALWAYS AS IDENTITY)")
    try:
        for user, is_theirs in ((NOTIFIER, True), (TOOLS, True), (ORDERS, False)):
            connection = await connected(user)
            writes = await may(connection, "INSERT INTO notifier.later DEFAULT VALUES")
            assert writes == is_theirs, user
    finally:
        await owner.execute("DROP TABLE notifier.later")


async def test_a_user_that_is_made_later_has_its_rights_after_the_next_migration(
    server: EmbeddedPostgres,
) -> None:
    administrator = await asyncpg.connect(server.url)
    for statement in ("CREATE ROLE lavka LOGIN", "CREATE DATABASE lavka OWNER lavka"):
        await administrator.execute(statement)
    address = server.url_of("lavka", "lavka")
    assert [done.users for done in await migrate(address)] == [(), ()]
    await administrator.execute("CREATE ROLE lavka_notifier LOGIN")
    await administrator.close()
    assert [done.users for done in await migrate(address)] == [("lavka_notifier",), ()]
    connection = await asyncpg.connect(server.url_of("lavka", "lavka_notifier"))
    assert await may(connection, "DELETE FROM notifier.people")
    assert await may(connection, "SELECT FROM order_events.orders")
    await connection.close()


async def test_from_an_order_to_its_mail_and_to_support(
    url: As, topics: str, bootstrap_servers: str, tmp_path: Path
) -> None:
    """What is read for support is also what the pages and the bot read, and more."""
    common = {"KAFKA_BOOTSTRAP_SERVERS": bootstrap_servers, "HEADSUP_TOPIC_PREFIX": topics}
    public = free_port()
    of_notifier = {
        **PROVIDERS,
        "HEADSUP_SHOPS": shop_without_night(tmp_path),
        "HEADSUP_PUBLIC_URL": f"http://127.0.0.1:{public}",
        "HEADSUP_PUBLIC_PORT": str(public),
        "HEADSUP_ANSWER_KEY": "a key that is long enough to be one",
        "HEADSUP_SUPPORT_SECRET": SUPPORT,
        "HEADSUP_SUPPORT_GROUPS": "support",
    }
    inbox = Inbox(lambda: datetime.now(UTC))
    async with (
        providers(inbox) as addresses,
        service("services.order_events", common | {"DATABASE_URL": url(ORDERS)}) as orders,
        service(
            "services.notifier", common | of_notifier | addresses | {"DATABASE_URL": url(NOTIFIER)}
        ) as notifier,
    ):
        await orders.until_ready()
        await notifier.until_ready()
        producer = Producer(bootstrap_servers, name="shop")
        await producer.start()
        await producer.publish([outgoing(topics, placed("A-1", datetime.now(UTC)))])
        await producer.stop()
        async with TopicReader(bootstrap_servers, topics + Topic.OUTCOMES) as reader:
            await reader.at_least(1)
        assert inbox.messages()
        said = await asked_by_support(f"http://127.0.0.1:{public}", "A-1")
        logs = [(await one.terminate()) for one in (orders, notifier)]
    assert "shop.order.placed.v1" in said, said
    for code, _, log in logs:
        assert code == 0
        assert "InsufficientPrivilege" not in log


async def asked_by_support(public: str, order: str) -> str:
    """The page that it is shown."""
    ours = LOGGED_IN | {"Origin": public, "Sec-Fetch-Site": "same-origin"}
    async with httpx.AsyncClient(base_url=public) as client:
        form = (await client.get("/support", headers=LOGGED_IN)).text
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        said = await client.post("/support", data=hidden | {"asked": order}, headers=ours)
    assert said.status_code == 200, said.text
    return said.text


async def test_people_at_the_command_line(url: As, clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("DATABASE_URL", url(TOOLS))
    status = await run("db", "status")
    assert status.exit_code == 0, status.output
    assert (await run("trace", "nobody-ordered-this")).exit_code == 1
    assert (await run("suppressions", "list")).exit_code == 0
    migrated = await run("db", "migrate")
    assert migrated.exit_code == 2
    assert migrated.output.startswith("The user in DATABASE_URL may not make or change tables here")


async def test_a_restored_ledger_is_set_on_by_people(connected: Callable[[str], Any]) -> None:
    connection = await connected(TOOLS)
    number = "pg_get_serial_sequence('notifier.notifications', 'seq')"
    assert await may(connection, f"SELECT setval({number}, nextval({number}) + 1)")
    notifier = await connected(NOTIFIER)
    assert not await may(notifier, f"SELECT setval({number}, 1)")


async def test_a_pod_waits_for_its_own_tables(
    url: As, clean_environment: pytest.MonkeyPatch
) -> None:
    clean_environment.setenv("DATABASE_URL", url(ORDERS))
    waited = await run("db", "wait", "order_events", "--seconds", "5")
    assert waited.exit_code == 0, waited.output
    all_of_them = await run("db", "wait", "--seconds", "0")
    assert all_of_them.exit_code == 1
    assert "may not use the tables of notifier" in all_of_them.output
    strange = await run("db", "wait", "orders")
    assert strange.exit_code == 2
    assert "There is no schema orders, but notifier and order_events." in strange.output


@pytest.mark.parametrize(("module", "user"), [("order_events", NOTIFIER), ("notifier", ORDERS)])
async def test_a_service_that_is_told_the_address_of_another_one_says_so(
    url: As, module: str, user: str
) -> None:
    settings = {
        **PROVIDERS,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "DATABASE_URL": url(user),
        "HTTP_HOST": "127.0.0.1",
        "HTTP_PORT": "0",
    }
    code, said = await ended(f"services.{module}", settings)
    assert code == 2
    assert said.splitlines()[-1].startswith(
        f"{module} cannot run: The user in DATABASE_URL may not use the tables of {module}: "
    )


async def test_whoever_may_make_no_tables_is_told_so(url: As) -> None:
    with pytest.raises(SettingsError, match="may not make or change tables here"):
        await migrate(url(NOTIFIER))


async def test_nobody_else_comes_in(server: EmbeddedPostgres) -> None:
    administrator = await asyncpg.connect(server.url)
    await administrator.execute("CREATE ROLE stranger LOGIN")
    await administrator.close()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(server.url_of("headsup", "stranger"))
