"""The contexts of traces, beside the ledger: of each request that is recorded, where it was taken
in; of each of its messages, where it was last sent. Nothing is here unless traces are recorded."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from headsup import logs
from headsup.postgres import DATABASE_AWAY

_KEEP: Final = """
    INSERT INTO notifier.traces (id, context)
    SELECT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (id) DO UPDATE SET context = excluded.context, kept_at = excluded.kept_at
"""
_AMONG: Final = "SELECT id, context FROM notifier.traces WHERE id = ANY($1::text[])"


async def keep(connection: Any, contexts: Mapping[str, str]) -> None:
    """Keeps contexts, by the ids of requests and of their messages."""
    if contexts:
        ordered = sorted(contexts)  # locks are taken in one order everywhere
        await connection.execute(_KEEP, ordered, [contexts[id_] for id_ in ordered])


async def among(connection: Any, ids: Collection[str]) -> dict[str, str]:
    """Those of these that have a context, with it."""
    rows = await connection.fetch(_AMONG, list(ids))
    return {row["id"]: row["context"] for row in rows}


async def known(connection: Any, ids: Collection[str]) -> Mapping[str, str]:
    """The same. Nothing waits for it: without a database there is none."""
    try:
        return await among(connection, ids)
    except DATABASE_AWAY as error:
        logs.logger().error("traces could not be read", error=error)
        return {}
