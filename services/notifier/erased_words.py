"""What somebody who was erased said for good: that they want nothing, at an address or by a name
of theirs. Kept as keyed digests, so that a stop is not forgotten when a shop imports its customers
once more, and nobody reads in the table whose it was. When the address comes back the word is put
where it lay before, and the digest goes."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from headsup.contracts.notifications import Reason
from services.notifier.named_rows import kept
from services.notifier.stopping import MARKETING

KEPT: Final = (Reason.OPTED_OUT, Reason.BLOCKED)
"""Why nothing is sent to an address, where its owner wanted that. That an address does not work
says nothing of anybody's wish, and is forgotten with them."""

_SALT: Final = "SELECT salt FROM notifier.erased_salt"
_ANY: Final = "SELECT EXISTS (SELECT FROM notifier.erased_words)"
_KEEP: Final = """
    INSERT INTO notifier.erased_words AS known (source, digest, said, at)
    SELECT $1, * FROM unnest($2::bytea[], $3::text[], $4::timestamptz[])
    ON CONFLICT (source, digest, said) DO UPDATE SET at = greatest(known.at, excluded.at)
"""
_FIND: Final = """
    DELETE FROM notifier.erased_words AS known
    USING unnest($1::text[], $2::bytea[]) AS asked (source, digest)
    WHERE known.source = asked.source AND known.digest = asked.digest
    RETURNING known.source, known.digest, known.said, known.at
"""
_LIFT: Final = """
    DELETE FROM notifier.erased_words AS known
    USING unnest($1::text[], $2::bytea[]) AS asked (source, digest)
    WHERE known.source = asked.source AND known.digest = asked.digest AND known.said = ANY($3)
    RETURNING known.source
"""
_SUPPRESS: Final = """
    INSERT INTO notifier.suppressions (source, address, reason, since)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
    ON CONFLICT DO NOTHING
"""
_OPT_OUT: Final = """
    INSERT INTO notifier.opt_outs AS known (source, who, message_class, at)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[])
    ON CONFLICT (source, who, message_class) DO UPDATE SET at = greatest(known.at, excluded.at)
"""


@dataclass(frozen=True, slots=True)
class Word:
    """What somebody said for good."""

    key: str
    """`Address.key`, or another of `identity.keys_of`."""
    said: str
    """A reason of `KEPT`, or the class of messages that they want no more of."""
    at: datetime


class ErasedWords:
    """The table. `pepper` is a part of the key that is not in the database."""

    def __init__(self, pepper: bytes = b"") -> None:
        self._pepper = pepper

    async def keep(self, connection: Any, source: str, words: Collection[Word]) -> None:
        """Keeps them as digests."""
        if not words:
            return
        key = await self._key(connection)
        rows = sorted({(_digest(key, word.key), word.said, word.at) for word in words})
        newest = {(digest, said): at for digest, said, at in rows}
        columns = zip(*((*which, at) for which, at in newest.items()), strict=True)
        await connection.execute(_KEEP, source, *map(list, columns))

    async def bring_back(self, connection: Any, places: Iterable[tuple[str, str]]) -> bool:
        """Puts back what was said by whoever has these keys, each with its shop; whether there was
        anything. Nobody pays for it where nobody who was erased said anything."""
        if not await connection.fetchval(_ANY):
            return False
        asked, key = set(places), await self._key(connection)
        named = {(source, _digest(key, name)): name for source, name in sorted(asked)}
        rows = await connection.fetch(_FIND, [s for s, _ in named], [d for _, d in named])
        found = [(r["source"], named[r["source"], r["digest"]], r["said"], r["at"]) for r in rows]
        stops = [one for one in found if one[2] != MARKETING]
        outs = [one for one in found if one[2] == MARKETING]
        for statement, said_again in ((_SUPPRESS, stops), (_OPT_OUT, outs)):
            if said_again:
                sources, keys, *rest = map(list, zip(*sorted(said_again), strict=True))
                await connection.execute(statement, sources, kept(connection, keys), *rest)
        return bool(found)

    async def lift(
        self, connection: Any, sources: Iterable[str], key: str, said: Collection[Reason] = KEPT
    ) -> Sequence[str]:
        """Whoever has the address wants messages there again: what was said for good before they
        were erased does not come back with it. The shops to which it was said. That they want no
        marketing stays: nobody knows any more whether they said it otherwise as well."""
        if not await connection.fetchval(_ANY):
            return []
        asked, hidden = sorted(set(sources)), _digest(await self._key(connection), key)
        rows = await connection.fetch(_LIFT, asked, [hidden] * len(asked), list(said))
        return sorted({row["source"] for row in rows})

    async def _key(self, connection: Any) -> bytes:
        return hashlib.sha256(await connection.fetchval(_SALT) + self._pepper).digest()


def _digest(key: bytes, name: str) -> bytes:
    """HMAC would do as well; BLAKE2 has its key built in (RFC 7693, 2.9)."""
    return hashlib.blake2b(name.lower().encode(), key=key, digest_size=32).digest()
