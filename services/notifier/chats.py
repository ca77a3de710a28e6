"""Telegram chats that customers opened by a link of theirs: addresses of theirs, beside those that
the shop names."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from services.notifier.choosing import LinkedChat
from services.notifier.people import Person

Who = tuple[str, str]
"""A shop and its customer."""
_OF: Final = """
    SELECT source, customer_id, array_agg(chat::text ORDER BY linked_at DESC) AS chats
    FROM unnest($1::text[], $2::text[]) AS wanted (source, customer_id)
    JOIN notifier.bot_chats AS c USING (source, customer_id)
    WHERE c.linked_at IS NOT NULL AND c.left_at IS NULL AND c.ended_at IS NULL
    GROUP BY source, customer_id
"""
COLUMN: Final = """
    (SELECT array_agg(b.chat::text ORDER BY b.linked_at DESC) FROM notifier.bot_chats AS b
     WHERE b.source = r.source AND b.customer_id = r.customer_id
       AND b.linked_at IS NOT NULL AND b.left_at IS NULL AND b.ended_at IS NULL) AS chats
"""
"""The same as a column, of whoever is the customer of `r`."""
_LINKED: Final = """
    SELECT chat, linked_at, left_at FROM notifier.bot_chats
    WHERE source = $1 AND customer_id = $2 AND linked_at IS NOT NULL AND ended_at IS NULL
    ORDER BY linked_at DESC
"""
_END: Final = """
    UPDATE notifier.bot_chats SET ended_at = $4
    WHERE source = $1 AND customer_id = $2 AND chat = $3 AND ended_at IS NULL RETURNING true
"""
_END_TALK: Final = """
    UPDATE notifier.bot_talks SET source = NULL, customer_id = NULL, since = NULL, heard_at = NULL
    WHERE source = $1 AND customer_id = $2 AND chat = $3
"""
_CLOSE_LINKS: Final = """
    UPDATE notifier.bot_links SET expires_at = $3
    WHERE source = $1 AND customer_id = $2 AND used_by IS NULL AND expires_at > $3
"""
_ENDED: Final = """
    SELECT chat FROM notifier.bot_chats
    WHERE source = $1 AND customer_id = $2 AND ended_at IS NOT NULL
"""


async def ended(connection: Any, who: Who) -> list[int]:
    """The chats that a customer cut off: nothing goes there, whoever names them."""
    return [row["chat"] for row in await connection.fetch(_ENDED, *who)]


async def of(connection: Any, keys: Collection[Who]) -> dict[Who, tuple[str, ...]]:
    """The chats of each of these customers who has any, the one that was linked last first."""
    if not keys:
        return {}
    found = await connection.fetch(_OF, [key[0] for key in keys], [key[1] for key in keys])
    return {(row["source"], row["customer_id"]): tuple(row["chats"]) for row in found}


async def with_chats(
    connection: Any, keys: Collection[Who], people: Mapping[Who, Person]
) -> dict[Who, Person]:
    """The same people with their chats; of somebody who is known by a chat alone, that."""
    linked = await of(connection, keys)
    known = {who: replace(people.get(who, Person()), chats=chats) for who, chats in linked.items()}
    return {**people, **known}


async def linked(connection: Any, who: Who) -> Sequence[LinkedChat]:
    """All that were linked to a customer, the last one first: from a chat that was left one may
    still ask."""
    return [
        LinkedChat(
            chat=row["chat"], linked_at=row["linked_at"], has_left=row["left_at"] is not None
        )
        for row in await connection.fetch(_LINKED, *who)
    ]


async def unlink(connection: Any, who: Who, chat: int, at: datetime) -> bool:
    """The chat is not theirs any more, with all that hangs on it: a conversation that a person has,
    links that open another one. What waits to go there asks before it goes (`truths`). False when
    it was not theirs."""
    if not await connection.fetchval(_END, *who, chat, at):
        return False
    await connection.execute(_END_TALK, *who, chat)
    await connection.execute(_CLOSE_LINKS, *who, at)
    return True
