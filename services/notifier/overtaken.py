"""Which requests are overtaken: newer news of the same thing lives, or was heard."""

from collections.abc import Collection
from typing import Any, Final

from services.notifier.attempts import State

BY_NEWS: Final = f"""
    r.about IS NOT NULL AND EXISTS (
        SELECT FROM notifier.requests AS news
        WHERE news.order_id = r.order_id AND news.source = r.source AND news.id <> r.id
          AND news.about = r.about AND news.customer_id = r.customer_id
          AND (SELECT min(newer.seq + 0) FROM notifier.notifications AS newer
               WHERE newer.request_id = news.id
               HAVING bool_or(newer.state IN ('{State.PLANNED}', '{State.SENDING}',
                                              '{State.SENT}', '{State.DELIVERED}')))
              > (SELECT min(own.seq + 0) FROM notifier.notifications AS own
                 WHERE own.request_id = r.id))
"""  # noqa: S608 - our own words
"""Of the request `r`. Requests are compared, by the first message of each: what takes over from an
old message has a number of today, and is as old as the request that it tells. By whichever channel
the newer one goes.

Without the `+ 0` a planner that knows nothing of the table reads all numbers from the least one on,
until it meets one of this request."""

_AMONG: Final = f"""
    SELECT r.id, {BY_NEWS} AS is_overtaken FROM notifier.requests AS r WHERE r.id = ANY($1::text[])
"""  # noqa: S608 - our own words


async def among(connection: Any, request_ids: Collection[str]) -> set[str]:
    """Those of the requests that are."""
    rows = await connection.fetch(_AMONG, sorted(request_ids))
    return {row["id"] for row in rows if row["is_overtaken"]}
