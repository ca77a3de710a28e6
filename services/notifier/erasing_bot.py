"""Removes somebody from what the bot keeps: their chats, what was said there, links, orders."""

from datetime import datetime
from typing import Any, Final

from services.notifier.erasing_rows import Theirs

_CHATS: Final = """
    SELECT chat FROM notifier.bot_chats WHERE source = $1 AND customer_id = $2
    UNION SELECT chat FROM notifier.bot_talks WHERE source = $1 AND customer_id = $2
    UNION SELECT used_by FROM notifier.bot_links
        WHERE source = $1 AND customer_id = $2 AND used_by IS NOT NULL
"""
_ORDERS: Final = """
    SELECT order_id FROM notifier.order_keys WHERE source = $1 AND customer_id = $2 AND at <= $3
"""
OF_CHATS: Final[tuple[str, ...]] = (
    "DELETE FROM notifier.bot_lines WHERE chat = ANY($1::bigint[])",
    "DELETE FROM notifier.bot_says WHERE chat = ANY($1::bigint[])",
    "DELETE FROM notifier.bot_updates WHERE chat = ANY($1::bigint[])",
    "DELETE FROM notifier.bot_talks WHERE chat = ANY($1::bigint[])",
)
OF_CUSTOMER: Final[tuple[str, ...]] = (
    "DELETE FROM notifier.bot_chats WHERE source = $1 AND customer_id = $2"
    " AND (linked_at IS NULL OR linked_at <= $3)",
    "DELETE FROM notifier.bot_links WHERE source = $1 AND customer_id = $2"
    " AND $3::timestamptz IS NOT NULL",
    "DELETE FROM notifier.order_keys WHERE source = $1 AND customer_id = $2 AND at <= $3",
)


async def remove(connection: Any, theirs: Theirs) -> None:
    """Removes it. Of a chat that two customers share, what was said there goes for both: nobody can
    tell whose it was."""
    place = (theirs.source, theirs.customer_id)
    chats = [row["chat"] for row in await connection.fetch(_CHATS, *place)]
    for statement in OF_CHATS:
        await connection.execute(statement, chats)
    for statement in OF_CUSTOMER:
        await connection.execute(statement, *place, theirs.at)


async def chats_of(pool: Any, source: str, customer_id: str) -> list[str]:
    """The keys of their chats as addresses, of those that they cut off as well."""
    rows = await pool.fetch(_CHATS, source, customer_id)
    return [f"telegram:{row['chat']}" for row in rows]


async def orders_of(pool: Any, source: str, customer_id: str, until: datetime) -> list[str]:
    """The numbers of the orders that they are known to have."""
    rows = await pool.fetch(_ORDERS, source, customer_id, until)
    return [row["order_id"] for row in rows]
