from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from babel import Locale

from services.notifier.render.formats import Formats
from services.notifier.render.texts import LanguageTexts

MONDAY = date(2026, 11, 23)


def _formats(texts: Mapping[str, LanguageTexts], locale: str, *, is_short: bool = False) -> Formats:
    parsed = Locale.parse(locale)
    words = texts[parsed.language]
    return Formats(parsed, words.days_short if is_short else words.days, is_short=is_short)


def _spaced(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("locale", "day", "on", "by"),
    [
        ("uk_UA", 24, "завтра, 24 листопада", "до завтра, 24 листопада"),
        ("uk_UA", 25, "у середу, 25 листопада", "до середи, 25 листопада"),
        ("uk_UA", 27, "у п’ятницю, 27 листопада", "до п’ятниці, 27 листопада"),
        ("ru", 24, "завтра, 24 ноября", "до завтра, 24 ноября"),
        ("ru", 29, "в воскресенье, 29 ноября", "до воскресенья, 29 ноября"),
        ("en_GB", 23, "today, 23 November", "today, 23 November"),
        ("en_GB", 25, "on Wednesday, 25 November", "by Wednesday, 25 November"),
        ("en_US", 25, "on Wednesday, November 25", "by Wednesday, November 25"),
    ],
)
def test_a_day_stands_in_a_sentence_as_the_language_has_it(
    texts: Mapping[str, LanguageTexts], locale: str, day: int, on: str, by: str
) -> None:
    formats = _formats(texts, locale)
    assert _spaced(formats.on(date(2026, 11, day), MONDAY)) == on
    assert _spaced(formats.by(date(2026, 11, day), MONDAY)) == by


@pytest.mark.parametrize(
    ("locale", "is_short", "by"),
    [
        ("uk_UA", False, "до 18:00 у четвер, 26 листопада"),
        ("ru", False, "до 18:00 в четверг, 26 ноября"),
        ("en_GB", False, "by 18:00 on Thursday, 26 November"),
        ("en_US", False, "by 6:00 PM on Thursday, November 26"),
        ("uk_UA", True, "до 26.11, 18:00"),
        ("ru", True, "до 26.11, 18:00"),
        ("en_GB", True, "by 18:00, 26 Nov"),
    ],
)
def test_a_promise_names_its_hour(
    texts: Mapping[str, LanguageTexts], locale: str, is_short: bool, by: str
) -> None:
    formats = _formats(texts, locale, is_short=is_short)
    assert _spaced(formats.by_moment(datetime(2026, 11, 26, 18, 0, tzinfo=UTC), MONDAY)) == by


def test_the_end_of_a_day_is_that_day(texts: Mapping[str, LanguageTexts]) -> None:
    by = _formats(texts, "en_GB").by_moment(datetime(2026, 11, 26, 23, 59, tzinfo=UTC), MONDAY)
    assert _spaced(by) == "by Thursday, 26 November"


@pytest.mark.parametrize(
    ("locale", "first", "last", "on"),
    [
        ("uk_UA", (11, 24), (11, 26), "24–26 листопада"),
        ("uk_UA", (11, 30), (12, 2), "30 листопада – 2 грудня"),
        ("ru", (11, 24), (11, 26), "24–26 ноября"),
        ("en_GB", (11, 24), (11, 26), "between 24 and 26 November"),
        ("en_GB", (11, 30), (12, 2), "between 30 November and 2 December"),
        ("en_US", (11, 24), (11, 26), "between November 24 and November 26"),
    ],
)
def test_a_span_of_days_names_its_month_once_where_it_can(
    texts: Mapping[str, LanguageTexts],
    locale: str,
    first: tuple[int, int],
    last: tuple[int, int],
    on: str,
) -> None:
    formats = _formats(texts, locale)
    assert _spaced(formats.on_range(date(2026, *first), date(2026, *last))) == on


@pytest.mark.parametrize(
    ("locale", "currency", "written"),
    [
        ("uk_UA", "UAH", "1 299,50 ₴"),
        ("ru", "EUR", "1 299,50 €"),
        ("ru", "UAH", "1 299,50 ₴"),
        ("en_GB", "UAH", "UAH 1,299.50"),
        ("en_GB", "EUR", "€1,299.50"),
        ("en_US", "USD", "$1,299.50"),
        ("uk_UA", "JPY", "1 300 ¥"),
    ],
)
def test_money_is_written_as_the_language_writes_it(
    texts: Mapping[str, LanguageTexts], locale: str, currency: str, written: str
) -> None:
    assert _spaced(_formats(texts, locale).money(Decimal("1299.50"), currency)) == written


def test_a_date_is_never_broken_in_two(texts: Mapping[str, LanguageTexts]) -> None:
    assert _formats(texts, "uk_UA").date(MONDAY) == "23\u00a0листопада"


@pytest.mark.parametrize(
    ("language", "hours"), [("uk_UA", "з 09:00 до 12:30"), ("en_GB", "between 09:00 and 12:30")]
)
def test_hours_are_read_aloud(
    texts: Mapping[str, LanguageTexts], language: str, hours: str
) -> None:
    assert _formats(texts, language).hours(time(9), time(12, 30)) == hours
