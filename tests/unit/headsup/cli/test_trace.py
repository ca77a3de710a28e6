"""How `headsup trace` writes what it found."""

from datetime import UTC, datetime, timedelta, timezone

from headsup.cli.trace import lines
from headsup.trace import Entry

KYIV = timezone(timedelta(hours=2))


def test_every_entry_is_one_line_in_columns_with_its_moment_in_utc() -> None:
    assert lines(
        [
            Entry(section="Told", heading="shipped", at=datetime(2026, 11, 24, 10, 0, tzinfo=KYIV)),
            Entry(
                section="Told",
                heading="out for delivery",
                at=datetime(2026, 11, 25, 8, 5, 1, tzinfo=UTC),
                detail={"sms": "sent", "request": "0" * 32},
            ),
            Entry(section="Told", heading="nothing"),
        ]
    ) == [
        "2026-11-24 08:00:00  shipped",
        f"2026-11-25 08:05:01  out for delivery  sms: sent  request: {'0' * 32}",
        "                     nothing",
    ]


def test_codes_are_explained_beside_them() -> None:
    detail = {"reason": "no_consent", "language": "uk"}
    words = {"reason": "they never agreed to it"}
    [line] = lines([Entry(section="Told", heading="shipped", detail=detail, words=words)])
    assert line.strip() == "shipped  reason: no_consent (they never agreed to it)  language: uk"
