"""Of every column it is said what becomes of it when somebody is erased."""

import re

import asyncpg

from services.notifier import erasing_bot, erasing_rows
from tests.support.personal import KEPT, PERSONAL, columns

_COLUMNS = """
    SELECT table_schema || '.' || table_name || '.' || column_name
    FROM information_schema.columns
    WHERE table_schema IN ('notifier', 'order_events') AND table_name <> 'alembic_version'
"""


async def test_every_column_is_personal_or_is_not_and_somebody_said_which(
    database_url: str,
) -> None:
    connection = await asyncpg.connect(database_url)
    found = {row[0] for row in await connection.fetch(_COLUMNS)}
    await connection.close()
    personal, kept = columns(PERSONAL), columns(KEPT)
    assert personal & kept == set()
    assert found - personal - kept == set(), "say in tests/support/personal.py what these hold"
    assert (personal | kept) - found == set(), "there are no such columns any more"


def test_every_table_with_something_personal_is_removed_from() -> None:
    statements = [
        *erasing_rows.OF_REQUESTS,
        *erasing_rows.OF_CUSTOMER,
        *erasing_rows.OF_KEYS,
        *erasing_rows.OF_REFUSALS,
        *erasing_rows.OF_NUMBERS,
        *(erasing_rows.OF_COUNTS, erasing_rows.OF_STOPS, erasing_rows.SCRUB, erasing_rows.OUTBOX),
        *erasing_bot.OF_CHATS,
        *erasing_bot.OF_CUSTOMER,
    ]
    written = {
        t for each in statements for t in re.findall(r"(?:UPDATE|FROM) (notifier\.\w+)", each)
    }
    tables = {table for table in PERSONAL if table.startswith("notifier.")}
    assert tables - written == set()
