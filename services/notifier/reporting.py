"""From where carriers report that a text message arrived. Of those that never do, silence says
nothing; of the others it does."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final

from services.notifier.deadlines import beginning_of

TRUSTED_FOR: Final = timedelta(days=30)
"""After its last report a carrier is taken for one that reports none."""
_OFTEN: Final = timedelta(hours=1)
"""Written again after this: a morning's receipts all say the same."""

_NOTE = """
    INSERT INTO notifier.reporting AS known (sender, beginning, reported_at)
    SELECT told.sender, told.beginning, now()
    FROM unnest($1::text[], $2::text[]) AS told (sender, beginning)
    WHERE NOT EXISTS (
        SELECT FROM notifier.reporting AS lately
        WHERE lately.sender = told.sender AND lately.beginning = told.beginning
          AND lately.reported_at >= now() - $3::interval)
    ON CONFLICT (sender, beginning) DO UPDATE SET reported_at = excluded.reported_at
    WHERE known.reported_at < now() - $3::interval
"""
"""What was noted lately is not even tried: a row that conflicts is locked, also where it stays as
it is, and every receipt from there would wait for the one before."""
_REPORTS = """
    SELECT sender, beginning FROM notifier.reporting
    JOIN unnest($1::text[], $2::text[]) AS asked (sender, beginning) USING (sender, beginning)
    WHERE reported_at > now() - $3::interval
"""

Numbered = tuple[str, str]
"""Our name for a sender, and the number (E.164) that it wrote to."""


async def note(connection: Any, arrived: Iterable[Numbered]) -> None:
    """Text messages arrived there, as their carriers said."""
    found = sorted({(sender, beginning_of(number)) for sender, number in arrived})
    if found:
        await connection.execute(_NOTE, [s for s, _ in found], [b for _, b in found], _OFTEN)


async def among(connection: Any, asked: Iterable[Numbered]) -> set[Numbered]:
    """Those whose carriers reported lately, to that sender."""
    places = {(sender, number): (sender, beginning_of(number)) for sender, number in asked}
    wanted = sorted(set(places.values()))
    if not wanted:
        return set()
    rows = await connection.fetch(
        _REPORTS, [s for s, _ in wanted], [b for _, b in wanted], TRUSTED_FOR
    )
    known = {(row["sender"], row["beginning"]) for row in rows}
    return {one for one, place in places.items() if place in known}
