"""How far somebody's erasure is, for `headsup erase`."""

from typing import Any, Final

from headsup.erasure import Progress

_PROGRESS: Final = """
    SELECT at, done_at, confirmed FROM notifier.erasures WHERE source = $1 AND customer_id = $2
"""


async def look(connection: Any, source: str, customer_id: str) -> Progress | None:
    """What became of it; None where it was not heard of."""
    row = await connection.fetchrow(_PROGRESS, source, customer_id)
    if row is None:
        return None
    return Progress(
        at=row["at"],
        is_done_here=row["done_at"] is not None,
        confirmed=frozenset(row["confirmed"]),
    )
