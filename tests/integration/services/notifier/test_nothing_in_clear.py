"""With keys, whoever has the notifier's tables alone reads in them who somebody is, and how they
are reached, only in the columns that are named here. It lives through every story by which that
gets into a table; then all of the schema is dumped."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Final

import asyncpg
import pytest

from headsup import name_keys, postgres
from headsup.contracts import envelope
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus
from headsup.contracts.replies import CustomerOptedOut
from headsup.kafka.producer import Outgoing, PublishError
from headsup.sealed_rows import rows_with
from services.notifier.ledger import SCHEMA
from services.notifier.recall import recall
from services.notifier.sealed_rows import SEALED
from tests.integration.services.notifier.test_recall import became
from tests.support.events import SHOP
from tests.support.in_clear import Dump, dump_of, in_clear
from tests.support.lives import CHATTY, EVERYBODY, RECALLED, UNHEARD, Life, bought, living, news
from tests.support.notifier import MONDAY, Rig
from tests.support.personal import PERSONAL, columns
from tests.support.sealing import sealing
from tests.support.stories import STORIES

pytestmark = pytest.mark.timeout(300)

_LOOKED_UP: Final = "it is looked up by address, from one table in another"
STILL_OPEN: Final[Mapping[str, str]] = {
    # Being closed: whoever seals one of these takes its line out.
    "notifications.address": _LOOKED_UP,
    "requests.who": _LOOKED_UP,
    "suppressions.address": _LOOKED_UP,
    "opt_outs.who": _LOOKED_UP,
    "counted.who": _LOOKED_UP,
    "purchases.who": _LOOKED_UP,
    "cart_flows.who": _LOOKED_UP,
    "stopped_numbers.address": _LOOKED_UP,
    "wishes.address": _LOOKED_UP,
    "whatsapp_windows.number": _LOOKED_UP,
    # To stay.
    "bot_lines.text": "what was said in a chat, for the person who takes it over; 30 days",
    "bot_says.html": "what the bot is to say, a greeting by name among it; until it was said",
    "outbox.value": "on its way to Kafka, where it lies in clear as everything does",
}
"""Columns in which a name, a mail address or a phone number is to be read, and why."""
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
async def _with_keys(rig: Rig) -> AsyncIterator[Rig]:
    by = sealing("k1")
    url = rig.settings.common.database_url
    pool = await postgres.connect(url, name="keyed", rows=rows_with(by, SEALED))
    try:
        by.names = await name_keys.ready(pool, SCHEMA, by)
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
    async with _with_keys(rig) as one:
        await _live(one)
    dump = await _dumped(rig)
    marks = {mark for who in EVERYBODY for mark in who.marks}
    assert in_clear(dump, marks) == set(STILL_OPEN)
    assert in_clear(dump, [str(CHATTY.chat)]) == CHATS
    ours = {name.removeprefix("notifier.") for name in columns(PERSONAL) if "notifier." in name}
    assert {column for column in ours if not any(dump[column])} == set(), "no story fills these"
