"""The bot's tables. `at`: business time, everywhere but in what is named real."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from headsup.contracts.replies import Author, Line
from services.notifier import chats
from services.notifier.attempts import State
from services.notifier.bot.known import Rows, Saying

OF_A_CHAT: Final = timedelta(days=90)
"""A chat that the shop named, and not its owner, is known for so long after the last message."""
MOST_LINES: Final = 50
"""Of a conversation that are kept, the newest."""
LINES_KEPT: Final = timedelta(days=30)
CLOCKS_DIFFER: Final = timedelta(minutes=1)
"""A shop's from ours: what it hands back was asked for before, as far as that can be told."""
MINUTE: Final = timedelta(minutes=1)
_MOST_OWNERS: Final = 10

_IS_NEW: Final = """
    INSERT INTO notifier.bot_updates (id, chat) VALUES ($1, $2)
    ON CONFLICT DO NOTHING RETURNING true
"""
_LATELY: Final = """
    SELECT count(*) FROM notifier.bot_updates WHERE chat = $1 AND at > now() - $2::interval
"""
_OWNERS: Final = f"""
    WITH theirs AS (
        SELECT source, customer_id, linked_at, left_at, ended_at
        FROM notifier.bot_chats WHERE chat = $1
    ), known AS (
        SELECT source, customer_id, linked_at, left_at FROM theirs WHERE ended_at IS NULL
        UNION ALL
        SELECT DISTINCT r.source, r.customer_id, NULL::timestamptz, NULL::timestamptz
        FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id
        WHERE n.channel = 'telegram' AND n.address = $1::bigint::text
          AND n.state IN ('{State.SENT}', '{State.DELIVERED}', '{State.SENDING}', '{State.UNKNOWN}')
          AND n.changed_at > $2
          AND NOT EXISTS (SELECT FROM theirs AS t WHERE t.source = r.source
                          AND t.customer_id = r.customer_id)
    )
    SELECT k.source, k.customer_id, k.left_at, p.entry, c.chosen
    FROM known AS k
    LEFT JOIN notifier.people AS p USING (source, customer_id)
    LEFT JOIN notifier.preferences AS c USING (source, customer_id)
    ORDER BY k.linked_at DESC NULLS LAST, source, customer_id LIMIT $3
"""  # noqa: S608 - our own words
"""What is being sent counts: a button is pressed sooner than the ledger hears that Telegram has its
message. It goes where the shop says that the customer is, as all that was sent did."""
_PERSON: Final = """
    SELECT $1::text AS source, $2::text AS customer_id, NULL::timestamptz AS left_at,
           (SELECT entry FROM notifier.people WHERE source = $1 AND customer_id = $2) AS entry,
           (SELECT chosen FROM notifier.preferences
            WHERE source = $1 AND customer_id = $2) AS chosen
"""
_LINKED: Final = """
    SELECT source, customer_id, order_id, used_by, expires_at, number
    FROM notifier.bot_links WHERE token = $1 FOR UPDATE
"""
_USE: Final = "UPDATE notifier.bot_links SET used_by = $2 WHERE token = $1"
_MINT: Final = """
    INSERT INTO notifier.bot_links (token, source, customer_id, order_id, expires_at, number)
    SELECT $1, $2, $3, $4, $5, $8
    WHERE (SELECT count(*) FROM notifier.bot_links
           WHERE source = $2 AND customer_id = $3 AND expires_at > $6) < $7
    RETURNING true
"""
_MESSAGE: Final = """
    SELECT n.seq, n.channel, n.address, n.language, r.source, r.customer_id, r.order_id
    FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE n.seq = $1 AND n.address <> '' AND r.emptied_at IS NULL
"""
_REQUEST: Final = """
    SELECT r.source, r.customer_id, r.request FROM notifier.notifications AS n
    JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE n.seq = $1 AND n.address <> '' AND r.emptied_at IS NULL
"""
_NEWEST: Final = """
    SELECT DISTINCT ON (n.order_id) n.order_id, n.seq, n.planned_at
    FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE n.source = $1 AND n.order_id = ANY($2::text[]) AND r.customer_id = $3
    ORDER BY n.order_id, n.seq DESC
"""
_IS_THEIRS: Final = """
    SELECT true FROM notifier.bot_chats
    WHERE chat = $1 AND source = $2 AND customer_id = $3
      AND linked_at IS NOT NULL AND left_at IS NULL AND ended_at IS NULL FOR UPDATE
"""
_LINK: Final = """
    INSERT INTO notifier.bot_chats AS known (chat, source, customer_id, linked_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (chat, source, customer_id) DO UPDATE
    SET linked_at = excluded.linked_at, left_at = NULL, ended_at = NULL
"""
_LINK_AGAIN: Final = """
    INSERT INTO notifier.bot_chats AS known (chat, source, customer_id, linked_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (chat, source, customer_id) DO UPDATE
    SET linked_at = excluded.linked_at, left_at = NULL, ended_at = NULL
    WHERE known.linked_at IS NULL OR known.linked_at < excluded.linked_at
    RETURNING true
"""
_REACHED_THEN: Final = """
    DELETE FROM notifier.suppressions WHERE source = $1 AND address = $2 AND since <= $3
"""
_IS_LATER: Final = """
    SELECT true FROM notifier.bot_chats
    WHERE chat = $1 AND source = $2 AND customer_id = $3 AND linked_at > $4
"""
_LEAVE: Final = """
    INSERT INTO notifier.bot_chats AS known (chat, source, customer_id, left_at)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (chat, source, customer_id) DO UPDATE SET left_at = excluded.left_at
    WHERE known.left_at IS NULL
    RETURNING true
"""
_COME_BACK: Final = """
    UPDATE notifier.bot_chats SET left_at = NULL
    WHERE chat = $1 AND left_at IS NOT NULL AND ended_at IS NULL RETURNING source, customer_id
"""
_REACHED: Final = "DELETE FROM notifier.suppressions WHERE source = $1 AND address = $2"
_TALK: Final = """
    SELECT language, source, customer_id, since, heard_at FROM notifier.bot_talks
    WHERE chat = $1 FOR UPDATE
"""
_SPEAK: Final = """
    INSERT INTO notifier.bot_talks (chat, language) VALUES ($1, $2)
    ON CONFLICT (chat) DO UPDATE SET language = excluded.language
"""
_OPEN: Final = """
    INSERT INTO notifier.bot_talks AS known (chat, source, customer_id, since, heard_at)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (chat) DO UPDATE
    SET source = excluded.source, customer_id = excluded.customer_id,
        since = CASE WHEN (known.source, known.customer_id)
                          = (excluded.source, excluded.customer_id)
                     THEN least(known.since, excluded.since) ELSE excluded.since END,
        heard_at = excluded.heard_at
"""
_HEARD: Final = "UPDATE notifier.bot_talks SET heard_at = $2 WHERE chat = $1"
_HAND_BACK: Final = """
    UPDATE notifier.bot_talks SET source = NULL, customer_id = NULL, since = NULL, heard_at = NULL
    WHERE source = $1 AND customer_id = $2 AND since <= $3 RETURNING chat
"""
_CHAT_OF: Final = """
    SELECT chat FROM notifier.bot_talks WHERE source = $1 AND customer_id = $2
    UNION ALL
    (SELECT chat FROM notifier.bot_chats
     WHERE source = $1 AND customer_id = $2 AND left_at IS NULL AND ended_at IS NULL
     ORDER BY linked_at DESC NULLS LAST LIMIT 1)
    LIMIT 1
"""
_WRITE_LINE: Final = """
    INSERT INTO notifier.bot_lines (chat, source, author, text, at)
    SELECT $1, s, a, t, $5 FROM unnest($2::text[], $3::text[], $4::text[]) AS said (s, a, t)
"""
_CUT_LINES: Final = """
    DELETE FROM notifier.bot_lines WHERE chat = $1 AND id <= (
        SELECT id FROM notifier.bot_lines WHERE chat = $1 ORDER BY id DESC OFFSET $2 LIMIT 1)
"""
_LINES: Final = """
    SELECT author, text, at FROM notifier.bot_lines
    WHERE chat = $1 AND at > $3 AND (source = $2 OR (source IS NULL AND author = 'customer'))
    ORDER BY id DESC LIMIT $4
"""
_SAY: Final = """
    INSERT INTO notifier.bot_says (id, chat, html, buttons)
    SELECT i, $1, h, b FROM unnest($2::text[], $3::text[], $4::bytea[])
        WITH ORDINALITY AS said (i, h, b, place) ORDER BY place
    ON CONFLICT DO NOTHING RETURNING true
"""
_encoder: Final = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A message of ours, by its number."""

    number: int
    source: str
    customer_id: str
    order_id: str | None
    channel: str
    address: str
    language: str


async def is_new(connection: Any, update_id: int, chat: int) -> bool:
    """Whether this update comes for the first time; from then on it does not."""
    return bool(await connection.fetchval(_IS_NEW, update_id, chat))


async def lately(connection: Any, chat: int) -> int:
    """What came from a chat within the last minute (real time)."""
    return int(await connection.fetchval(_LATELY, chat, MINUTE))


async def owners(connection: Any, chat: int, now: datetime) -> list[Any]:
    """Rows of those whose chat it is: linked by themselves, or written to because the shop says
    that it is theirs. The one that was linked last comes first."""
    return list(await connection.fetch(_OWNERS, chat, now - OF_A_CHAT, _MOST_OWNERS))


async def person(connection: Any, source: str, customer_id: str) -> Any:
    """The row of one customer, in the form of `owners`."""
    return await connection.fetchrow(_PERSON, source, customer_id)


async def token(connection: Any, digest: bytes) -> Any | None:
    """The row of a deep link; nobody else uses it before the transaction ends."""
    return await connection.fetchrow(_LINKED, digest)


async def mint(
    connection: Any, digest: bytes, message: MessageRow, times: tuple[datetime, datetime], most: int
) -> bool:
    """Keeps a new deep link for whom a message went to; False when they had too many
    lately, used or not: each that is used is told of. `times`: now, and when it ends."""
    now, ends = times
    who = (message.source, message.customer_id, message.order_id)
    return bool(await connection.fetchval(_MINT, digest, *who, ends, now, most, message.number))


async def message(connection: Any, number: int) -> MessageRow | None:
    """The message of this number; None when there is none, or whoever it went to was erased."""
    row = await connection.fetchrow(_MESSAGE, number)
    if row is None:
        return None
    return MessageRow(
        number=row["seq"],
        source=row["source"],
        customer_id=row["customer_id"],
        order_id=row["order_id"],
        channel=row["channel"],
        address=row["address"],
        language=row["language"],
    )


async def requested_by(connection: Any, number: int) -> bytes | None:
    """What this message tells; None when it is gone, or whoever it went to was erased."""
    found = await connection.fetchrow(_REQUEST, number)
    return None if found is None else bytes(found["request"])


async def newest_messages(
    connection: Any, source: str, customer_id: str, orders: Sequence[str]
) -> dict[str, tuple[int, datetime]]:
    """Of each order, the number of the newest message to this customer, and when it was planned."""
    rows = await connection.fetch(_NEWEST, source, list(orders), customer_id)
    return {row["order_id"]: (row["seq"], row["planned_at"]) for row in rows}


async def link(
    connection: Any, chat: int, who: tuple[str, str], digest: bytes, at: datetime
) -> bool:
    """The chat is theirs, and the link is used up. What was said of the chat before, such as that
    it is blocked, is over. False when it was theirs already, and nobody had left it."""
    source, customer_id = who
    was_theirs = await connection.fetchval(_IS_THEIRS, chat, *who)
    await connection.execute(_USE, digest, chat)
    await connection.execute(_LINK, chat, source, customer_id, at)
    await connection.execute(_REACHED, source, f"telegram:{chat}")
    return not was_theirs


async def linked_again(connection: Any, chat: int, who: tuple[str, str], at: datetime) -> bool:
    """What `link` did then, where that was forgotten; False where something later is known."""
    if not await connection.fetchval(_LINK_AGAIN, chat, *who, at):
        return False
    await connection.execute(_REACHED_THEN, who[0], f"telegram:{chat}", at)
    return True


async def is_later(connection: Any, chat: int, who: tuple[str, str], at: datetime) -> bool:
    """Whether they linked the chat after that."""
    return bool(await connection.fetchval(_IS_LATER, chat, *who, at))


async def unlinked_again(connection: Any, chat: int, who: tuple[str, str], at: datetime) -> bool:
    """That they cut it off then, where that was forgotten."""
    is_later_link = await is_later(connection, chat, who, at)
    return not is_later_link and await chats.unlink(connection, who, chat, at)


async def leave(connection: Any, chat: int, who: tuple[str, str], at: datetime) -> bool:
    """They want no messages there; False when they said so before."""
    return bool(await connection.fetchval(_LEAVE, chat, *who, at))


async def come_back(connection: Any, chat: int) -> list[tuple[str, str]]:
    """Everybody of this chat wants messages again; returns who did not."""
    rows = [(r["source"], r["customer_id"]) for r in await connection.fetch(_COME_BACK, chat)]
    for source in sorted({source for source, _ in rows}):
        await connection.execute(_REACHED, source, f"telegram:{chat}")
    return rows


async def talk(connection: Any, chat: int) -> Any | None:
    """What the bot keeps in mind of a chat; nobody else changes it before the transaction ends."""
    return await connection.fetchrow(_TALK, chat)


async def speak(connection: Any, chat: int, language: str) -> None:
    """They chose a language."""
    await connection.execute(_SPEAK, chat, language)


async def open_talk(
    connection: Any, chat: int, who: tuple[str, str], since: datetime, now: datetime
) -> None:
    """A person has the conversation, at the latest since then."""
    await connection.execute(_OPEN, chat, *who, since, now)


async def heard(connection: Any, chat: int, at: datetime) -> None:
    """Somebody wrote into it."""
    await connection.execute(_HEARD, chat, at)


async def hand_back(connection: Any, source: str, customer_id: str, at: datetime) -> list[int]:
    """The bot has it again, if it was begun before `at`; the chats."""
    until = at + CLOCKS_DIFFER
    return [row["chat"] for row in await connection.fetch(_HAND_BACK, source, customer_id, until)]


async def chat_of(connection: Any, source: str, customer_id: str) -> int | None:
    """Where a person writes to this customer: into the conversation, or the newest chat."""
    found = await connection.fetchval(_CHAT_OF, source, customer_id)
    return None if found is None else int(found)


async def write_lines(
    connection: Any, chat: int, lines: Iterable[tuple[str | None, Author, str]], at: datetime
) -> None:
    """Keeps lines of a conversation: of which shop, whose, and what."""
    kept = [(source, author, text) for source, author, text in lines if text.strip()]
    if kept:
        columns = [list(column) for column in zip(*kept, strict=True)]
        await connection.execute(_WRITE_LINE, chat, *columns, at)
        await connection.execute(_CUT_LINES, chat, MOST_LINES)


async def lines(connection: Any, chat: int, source: str, now: datetime) -> tuple[Line, ...]:
    """The conversation as this shop may read it, the oldest first: what the bot said about another
    shop's orders is not in it."""
    rows = await connection.fetch(_LINES, chat, source, now - LINES_KEPT, MOST_LINES)
    return tuple(
        Line(author=Author(row["author"]), at=row["at"], text=row["text"]) for row in reversed(rows)
    )


async def say(connection: Any, chat: int, id_: str, sayings: Sequence[Saying]) -> bool:
    """Has something said into a chat, each once under its id; False when it was known already."""
    rows = await connection.fetch(
        _SAY,
        chat,
        [f"{id_}.{number}" for number in range(len(sayings))],
        [saying.html for saying in sayings],
        [_encoder.encode(saying.rows) if saying.rows else None for saying in sayings],
    )
    return bool(rows)


def rows_of(octets: bytes | None) -> Rows:
    """The buttons of what is said. Raises msgspec.MsgspecError."""
    return msgspec.json.decode(octets, type=Rows) if octets else ()
