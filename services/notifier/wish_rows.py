"""The ledger, from the side of somebody who writes STOP, START or HELP to our number."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from headsup.contracts.notifications import Reason
from services.notifier.named_rows import kept_at, kept_key
from services.notifier.people import Address
from services.notifier.render.wishes import Wish
from services.notifier.stopping import MARKETING
from services.notifier.suppressions import Suppression, note
from services.notifier.wishing import Owner, Said

CODE: Final = "STOP"
"""Of a suppression: they wrote it to us."""
_MOST: Final = 100
"""Customers to whom one number belongs; a family has fewer."""
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended($1, 15))"
"""Two who write from one number are heard one after the other."""
_WRITTEN_TO: Final = f"""
    SELECT r.source, r.customer_id, (array_agg(n.language ORDER BY n.seq DESC))[1] AS language
    FROM notifier.notifications AS n JOIN notifier.requests AS r ON r.id = n.request_id
    WHERE n.channel IN ('sms', 'whatsapp') AND n.channel = $1 AND n.address = $2
      AND (n.sender IS NULL OR n.sender = ANY($3::text[]))
    GROUP BY r.source, r.customer_id ORDER BY max(n.seq) DESC LIMIT {_MOST}
"""  # noqa: S608 - our own number
"""What is only planned has no sender yet."""
_SAID: Final = "SELECT wish, said_at, answered_at FROM notifier.wishes WHERE address = $1"
_KEEP: Final = """
    INSERT INTO notifier.wishes AS known (address, wish, said_at, answered_at)
    VALUES ($1, $2, coalesce($3, now()), $4)
    ON CONFLICT (address, wish) DO UPDATE
    SET said_at = greatest(known.said_at, excluded.said_at),
        answered_at = coalesce(excluded.answered_at, known.answered_at)
"""
_ANEW: Final = "UPDATE notifier.wishes SET answered_at = NULL WHERE address = $1 AND wish = $2"
_STOPPED: Final = f"""
    SELECT source FROM notifier.suppressions WHERE address = $1 AND reason = '{Reason.OPTED_OUT}'
"""  # noqa: S608 - our own word
_REMEMBER: Final = f"""
    INSERT INTO notifier.stopped_numbers AS known (source, address, at, before)
    SELECT asked.source, $2, $3, o.at
    FROM unnest($1::text[]) AS asked (source)
    LEFT JOIN notifier.opt_outs AS o
        ON o.source = asked.source AND o.who = lower($2) AND o.message_class = '{MARKETING}'
    ON CONFLICT (source, address) DO UPDATE
    SET at = excluded.at,
        before = CASE WHEN excluded.before = known.at THEN known.before ELSE excluded.before END
"""  # noqa: S608 - our own word
_OPT_OUT: Final = f"""
    INSERT INTO notifier.opt_outs AS known (source, who, message_class, at)
    SELECT source, lower($2), '{MARKETING}', $3 FROM unnest($1::text[]) AS asked (source)
    ON CONFLICT (source, who, message_class) DO UPDATE SET at = excluded.at
    WHERE known.at < excluded.at
"""  # noqa: S608 - our own word
_LIFT: Final = f"""
    DELETE FROM notifier.suppressions WHERE address = $1 AND reason = '{Reason.OPTED_OUT}'
    RETURNING source
"""  # noqa: S608 - our own word
_TAKE_BACK: Final = f"""
    WITH said AS (
        DELETE FROM notifier.stopped_numbers WHERE address = $1 RETURNING source, at, before
    ), restored AS (
        UPDATE notifier.opt_outs AS o SET at = said.before FROM said
        WHERE o.source = said.source AND o.who = lower($1) AND o.message_class = '{MARKETING}'
          AND o.at = said.at AND said.before IS NOT NULL
    )
    DELETE FROM notifier.opt_outs AS o USING said
    WHERE o.source = said.source AND o.who = lower($1) AND o.message_class = '{MARKETING}'
      AND o.at = said.at AND said.before IS NULL
"""  # noqa: S608 - our own word
"""Who said so on a page as well said it later: that stays."""


async def lock(connection: Any, address: Address) -> None:
    """Nobody else writes about the number before the transaction ends."""
    await connection.execute(_LOCK, kept_key(connection, address.key))


async def owners(connection: Any, address: Address, senders: Collection[str]) -> list[Owner]:
    """To whom these senders wrote there, or are about to, whom they wrote to last first."""
    [there] = kept_at(connection, [address])
    rows = await connection.fetch(_WRITTEN_TO, address.channel, there, list(senders))
    return [Owner(row["source"], row["customer_id"], row["language"]) for row in rows]


async def said(connection: Any, address: Address) -> dict[Wish, Said]:
    """What was wanted from there before."""
    rows = await connection.fetch(_SAID, kept_key(connection, address.key))
    return {Wish(row["wish"]): Said(row["said_at"], row["answered_at"]) for row in rows}


async def keep(
    connection: Any,
    address: Address,
    wish: Wish,
    *,
    written_at: datetime | None,
    answered_at: datetime | None,
) -> None:
    """Keeps that it was wanted, and whether it is answered."""
    key = kept_key(connection, address.key)
    await connection.execute(_KEEP, key, wish, written_at, answered_at)


async def is_stopped(connection: Any, address: Address) -> bool:
    """Whether somebody wanted nothing more there."""
    return bool(await connection.fetch(_STOPPED, kept_key(connection, address.key)))


async def stop(
    connection: Any, address: Address, sources: Iterable[str], at: datetime
) -> Sequence[str]:
    """Nothing more is sent there for these shops, of whichever class, and no marketing elsewhere to
    whoever has that number. Returns those for which that is new."""
    asked = sorted(set(sources))
    key = kept_key(connection, address.key)
    known = {row["source"] for row in await connection.fetch(_STOPPED, key)}
    await note(
        connection,
        [
            Suppression(
                source=source, address=address.key, reason=Reason.OPTED_OUT, code=CODE, since=at
            )
            for source in asked
        ],
    )
    await connection.execute(_REMEMBER, asked, key, at)
    await connection.execute(_OPT_OUT, asked, key, at)
    await connection.execute(_ANEW, key, Wish.START)
    return [source for source in asked if source not in known]


async def start(connection: Any, address: Address) -> Sequence[str]:
    """Takes back what `stop` did there, and nothing else. Returns the shops for which that changes
    anything."""
    key = kept_key(connection, address.key)
    lifted = await connection.fetch(_LIFT, key)
    await connection.execute(_TAKE_BACK, key)
    await connection.execute(_ANEW, key, Wish.STOP)
    return sorted({row["source"] for row in lifted})
