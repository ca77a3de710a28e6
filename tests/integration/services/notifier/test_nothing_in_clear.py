"""With keys, whoever has the notifier's tables alone reads in them who somebody is, and how they
are reached, only in the columns that are named here. It lives through every story by which that
gets into a table; then all of the schema is dumped."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import asyncpg
import pytest

from headsup import postgres
from headsup.contracts import envelope
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus
from headsup.contracts.replies import CustomerOptedOut
from headsup.kafka.producer import Outgoing, PublishError
from headsup.sealed_rows import rows_with
from services.notifier.ledger import SCHEMA
from services.notifier.recall import recall
from services.notifier.sealed_rows import COLUMNS
from tests.integration.services.notifier.test_recall import became
from tests.support.events import SHOP
from tests.support.in_clear import Dump, dump_of, in_clear
from tests.support.listening import listening
from tests.support.lives import CHATTY, EVERYBODY, RECALLED, UNHEARD, Life, bought, living, news
from tests.support.logged import logged
from tests.support.notifier import MONDAY, Rig
from tests.support.personal import PERSONAL, columns
from tests.support.sealing import let_name, sealing
from tests.support.stories import STORIES

pytestmark = pytest.mark.timeout(300)

STILL_OPEN: Final[Mapping[str, str]] = {
    "bot_lines.text": "what was said in a chat, for the person who takes it over; 30 days",
    "bot_says.html": "what the bot is to say, a greeting by name among it; until it was said",
    "outbox.value": "on its way to Kafka, where it lies in clear as everything does",
}
"""Columns in which a name, a mail address or a phone number is to be read, and why."""
MARKS: Final = frozenset(mark for who in EVERYBODY for mark in who.marks)
CHATS: Final = {
    *("bot_chats.chat", "bot_lines.chat", "bot_links.used_by", "bot_says.chat", "bot_talks.chat"),
    *("bot_updates.chat", "counted.who", "notifications.address"),
}
"""Columns with the number of a chat: only our own bot can write to it, and it says who somebody is
to nobody but Telegram."""


class _Away:
    """A Kafka that takes nothing."""

    async def publish(self, records: Sequence[Outgoing]) -> None:
        """Raises PublishError."""
        raise PublishError(list(range(len(records))))


@asynccontextmanager
async def _with_keys(rig: Rig, heard: list[str]) -> AsyncIterator[Rig]:
    by, addresses = sealing("k1"), {mark for mark in MARKS if mark.startswith("+") or "@" in mark}
    url = rig.settings.common.database_url
    rows = listening(rows_with(by, COLUMNS), addresses, heard)
    pool = await postgres.connect(url, name="keyed", rows=rows)
    try:
        await let_name(pool, SCHEMA, by)
        yield replace(rig, pool=pool)
    finally:
        await pool.close()


async def _live(rig: Rig) -> None:
    await _recalled(rig)  # first, because the small broker forgets nobody who was in a group
    async with living(rig) as life:
        for story in STORIES:
            await story.play(life)
            for table in story.tables:
                there = await rig.pool.fetchval(f"SELECT EXISTS (SELECT FROM notifier.{table})")  # noqa: S608
                assert there, f"{story.name} left nothing in {table}"
    async with living(rig, _Away()) as life:
        await _stops_unheard(life)


async def _stops_unheard(life: Life) -> None:
    """While Kafka takes nothing: what is said of it waits in the outbox."""
    await life.rig.emit(news("unheard", UNHEARD))
    await life.until("unheard.0")
    await life.texts(UNHEARD, "стоп")
    await life.has("outbox", "convert_from(value, 'UTF8') LIKE '%opted_out%'")


async def _recalled(rig: Rig) -> None:
    """The database is yesterday's, and is reminded of somebody."""
    told = news("recalled", RECALLED)
    stop = CustomerOptedOut(
        customer_id=RECALLED.id,
        message_class=MessageClass.TRANSACTIONAL,
        channel=Channel.SMS,
        address=RECALLED.phone,
    )
    said: list[Event[Any]] = [bought(RECALLED), told, became(told, OutcomeStatus.SENT)]
    await rig.emit(*said, envelope.make(SHOP, "recalled-stop", MONDAY, stop))
    servers = rig.settings.common.kafka_bootstrap_servers
    async with rig.pool.acquire() as connection:
        sentences = await recall(connection, servers, rig.prefix, MONDAY)
    assert "notifier: 1 times a number wrote STOP or START" in sentences


async def _dumped(rig: Rig) -> Dump:
    """As somebody has it who has no key."""
    connection = await asyncpg.connect(rig.settings.common.database_url)
    try:
        return await dump_of(connection, SCHEMA)
    finally:
        await connection.close()


async def test_who_has_the_tables_alone_reads_nobodys_name_or_address(rig: Rig) -> None:
    heard: list[str] = []
    with logged() as lines:
        async with _with_keys(rig, heard) as one:
            await _live(one)
    assert set(heard) == set(), "these look for an address where its name stands"
    assert "records wait in the outbox" in lines.getvalue()
    assert in_clear({"the log": lines.getvalue().splitlines()}, MARKS) == set()
    dump = await _dumped(rig)
    assert in_clear(dump, MARKS) == set(STILL_OPEN)
    assert in_clear(dump, [str(CHATTY.chat)]) == CHATS
    ours = {name.removeprefix("notifier.") for name in columns(PERSONAL) if "notifier." in name}
    assert {column for column in ours if not any(dump[column])} == set(), "no story fills these"


async def test_a_statement_that_looks_for_an_address_in_clear_is_heard(rig: Rig) -> None:
    heard: list[str] = []
    address = next(mark for mark in sorted(MARKS) if "@" in mark)
    async with _with_keys(rig, heard) as one:
        await one.pool.fetch(_LOOKS, [f"email:{address.upper()}"])
        await one.pool.fetchval("SELECT $1::text", address)  # not where names are
    assert heard == [_LOOKS]


_LOOKS: Final = "SELECT FROM notifier.suppressions WHERE address = ANY($1::text[])"
