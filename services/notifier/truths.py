"""What may come to be known of a message until it is sent, read at its claim and once more right
before the call. Each of it is a look-up by a key."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from headsup import logs
from headsup.contracts.notifications import NotificationRequested, Reason
from services.notifier import opt_outs
from services.notifier.attempts import Truth
from services.notifier.erasing import ERASED_AT, erased_in
from services.notifier.person_rows import COLUMNS, JOINS, person_in
from services.notifier.purchases import SINCE_TOUCHED

_HAS_BOUGHT = f"""
    r.touched_at IS NOT NULL AND EXISTS (
        SELECT FROM notifier.purchases AS b
        WHERE b.source = r.source
          AND {SINCE_TOUCHED.format(bought_at="b.at", touched_at="r.touched_at")}
          AND b.who = ANY(r.who || (n.channel || ':' || lower(n.address))))
"""
"""By a key that they had when it was planned, or by the address that it goes to."""

_IS_UNLINKED = f"""
    CASE WHEN n.channel = 'telegram' THEN (
        SELECT '{Reason.OPTED_OUT}' FROM notifier.bot_chats AS u
        WHERE u.source = r.source AND u.customer_id = r.customer_id
          AND u.chat::text = n.address AND u.ended_at IS NOT NULL LIMIT 1) END
"""  # noqa: S608 - our own word
"""A chat that its customer cut off gets nothing about their orders, whoever named it, and whoever
else has it. What is planned is not asked it: the next channel takes over."""

TRUTH: Final = f"""
    EXISTS (SELECT FROM notifier.withdrawals AS w WHERE w.request_id = n.request_id)
        AS is_withdrawn,
    {_HAS_BOUGHT} AS has_bought, {opt_outs.SINCE} AS opted_out_at,
    coalesce(s.reason, {_IS_UNLINKED}) AS suppressed, {ERASED_AT}, {COLUMNS}
"""
"""Of a notification `n`."""
WHOSE: Final = f"""
    JOIN notifier.requests AS r ON r.id = n.request_id {JOINS}
    LEFT JOIN notifier.suppressions AS s
        ON s.source = r.source AND s.address = n.channel || ':' || n.address
"""
"""Joins to `n` what `TRUTH` reads."""


def truths(
    rows: Iterable[Any], asked: Mapping[str, NotificationRequested]
) -> Iterator[tuple[str, Truth]]:
    """By the notification's id. `asked`: their requests. What cannot be read is left out."""
    for row in rows:
        try:
            yield (
                row["id"],
                Truth(
                    is_withdrawn=row["is_withdrawn"],
                    is_erased=erased_in(row, asked[row["id"]]),
                    has_bought=row["has_bought"],
                    suppressed=Reason(row["suppressed"]) if row["suppressed"] else None,
                    person=person_in(row),
                ),
            )
        except (msgspec.MsgspecError, ValueError) as error:
            logs.logger().error("a customer cannot be read", error=error)
