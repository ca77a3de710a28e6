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
    assert _spaced(formats.on_range(date(2026, *first), date(2026, *last), MONDAY)) == on


NEW_YEAR = date(2028, 1, 1)


@pytest.mark.parametrize(
    ("locale", "is_short", "on", "by"),
    [
        ("en_GB", False, "on Saturday, 1 January 2028", "by Saturday, 1 January 2028"),
        ("en_US", False, "on Saturday, January 1, 2028", "by Saturday, January 1, 2028"),
        ("uk_UA", False, "у суботу, 1 січня 2028 року", "до суботи, 1 січня 2028 року"),
        ("ru", False, "в субботу, 1 января 2028 года", "до субботы, 1 января 2028 года"),
        ("en_GB", True, "on Sat 1 Jan 2028", "by 1 Jan 2028"),
        ("uk_UA", True, "у сб 1.01.2028", "до 1.01.2028"),
        ("ru", True, "в сб 1.01.2028", "до 1.01.2028"),
    ],
)
def test_a_day_a_year_ahead_is_named_with_its_year(
    texts: Mapping[str, LanguageTexts], locale: str, is_short: bool, on: str, by: str
) -> None:
    formats = _formats(texts, locale, is_short=is_short)
    assert _spaced(formats.on(NEW_YEAR, MONDAY)) == on
    assert _spaced(formats.by(NEW_YEAR, MONDAY)) == by


@pytest.mark.parametrize(
    ("locale", "is_short", "plain", "by"),
    [
        ("en_GB", False, "Saturday, 1 January 2028", "by 18:00 on Saturday, 1 January 2028"),
        ("uk_UA", False, "субота, 1 січня 2028 року", "до 18:00 у суботу, 1 січня 2028 року"),
        ("ru", True, "сб 1.01.2028", "до 1.01.2028, 18:00"),
    ],
)
def test_a_table_and_a_promise_name_the_year_as_well(
    texts: Mapping[str, LanguageTexts], locale: str, is_short: bool, plain: str, by: str
) -> None:
    formats = _formats(texts, locale, is_short=is_short)
    assert _spaced(formats.plain_day(NEW_YEAR, MONDAY)) == plain
    assert _spaced(formats.by_moment(datetime(2028, 1, 1, 18, tzinfo=UTC), MONDAY)) == by


@pytest.mark.parametrize(
    ("today", "day", "said"),
    [
        pytest.param((2026, 12, 30), (2027, 1, 2), "2 January", id="over New Year"),
        pytest.param((2027, 1, 2), (2026, 12, 30), "30 December", id="and back"),
        pytest.param((2026, 12, 31), (2027, 6, 30), "30 June", id="within half a year"),
        pytest.param((2026, 12, 31), (2027, 7, 3), "3 July 2027", id="beyond"),
        pytest.param((2026, 1, 1), (2026, 12, 31), "31 December 2026", id="of this year, too"),
        pytest.param((2027, 1, 2), (2025, 12, 31), "31 December 2025", id="long ago"),
    ],
)
def test_a_day_and_a_month_are_enough_for_half_a_year(
    texts: Mapping[str, LanguageTexts],
    today: tuple[int, int, int],
    day: tuple[int, int, int],
    said: str,
) -> None:
    assert _spaced(_formats(texts, "en_GB").day(date(*day), date(*today))) == said


@pytest.mark.parametrize(
    ("locale", "is_short", "first", "last", "said"),
    [
        ("en_GB", False, (2027, 12, 30), (2028, 1, 2), "30 December 2027 – 2 January 2028"),
        ("uk_UA", False, (2027, 12, 30), (2028, 1, 2), "30 грудня 2027 року – 2 січня 2028 року"),
        ("en_US", False, (2028, 1, 2), (2028, 1, 4), "January 2–4, 2028"),
        ("ru", False, (2028, 1, 30), (2028, 2, 2), "30 января – 2 февраля 2028 года"),
        ("uk_UA", True, (2028, 1, 2), (2028, 1, 4), "2–4.01.2028"),
        ("en_GB", False, (2026, 12, 30), (2027, 1, 2), "30 December – 2 January"),
    ],
)
def test_a_span_of_days_names_its_year_once_where_it_can(
    texts: Mapping[str, LanguageTexts],
    locale: str,
    is_short: bool,
    first: tuple[int, int, int],
    last: tuple[int, int, int],
    said: str,
) -> None:
    formats = _formats(texts, locale, is_short=is_short)
    assert _spaced(formats.range(date(*first), date(*last), MONDAY)) == said


@pytest.mark.parametrize(
    ("locale", "last", "on"),
    [
        ("en_GB", 4, "between 2 and 4 January 2028"),
        ("en_US", 4, "between January 2 and January 4, 2028"),
        ("uk_UA", 4, "2–4 січня 2028 року"),
    ],
)
def test_a_span_far_ahead_stands_in_a_sentence(
    texts: Mapping[str, LanguageTexts], locale: str, last: int, on: str
) -> None:
    span = date(2028, 1, 2), date(2028, 1, last)
    assert _spaced(_formats(texts, locale).on_range(*span, MONDAY)) == on


@pytest.mark.parametrize(
    ("locale", "currency", "written"),
    [
        ("uk_UA", "UAH", "1 299,50 ₴"),
        ("ru", "EUR", "1 299,50 €"),
        ("ru", "UAH", "1 299,50 ₴"),
        ("en_GB", "UAH", "UAH 1,299.50"),
        ("en_GB", "EUR", "€1,299.50"),
        ("en_US", "USD", "$1,299.50"),
        ("uk_UA", "JPY", "1 299,50 ¥"),
    ],
)
def test_money_is_written_as_the_language_writes_it(
    texts: Mapping[str, LanguageTexts], locale: str, currency: str, written: str
) -> None:
    assert _spaced(_formats(texts, locale).money(Decimal("1299.50"), currency)) == written


@pytest.mark.parametrize(
    ("locale", "amount", "currency", "written"),
    [
        ("uk_UA", "12.345", "UAH", "12,345 ₴"),
        ("en_GB", "1299.50", "RSD", "RSD 1,299.50"),
        ("en_GB", "1299.0000", "RSD", "RSD 1,299"),
        ("en_GB", "1299.0000", "EUR", "€1,299.00"),
        ("en_GB", "0.001", "EUR", "€0.001"),
        ("en_GB", "12.50", "QQQ", "QQQ 12.50"),
    ],
)
def test_a_sum_is_never_rounded(
    texts: Mapping[str, LanguageTexts], locale: str, amount: str, currency: str, written: str
) -> None:
    """What the shop says is paid is what is told: a currency without cents in CLDR may have some
    in its shop, and a thousandth is the shop's to explain."""
    assert _spaced(_formats(texts, locale).money(Decimal(amount), currency)) == written


def test_a_date_is_never_broken_in_two(texts: Mapping[str, LanguageTexts]) -> None:
    assert _formats(texts, "uk_UA").day(MONDAY, MONDAY) == "23\u00a0листопада"
    far = date(2028, 1, 1)
    assert _formats(texts, "uk_UA").day(far, MONDAY) == "1\u00a0січня\u00a02028\u00a0року"


@pytest.mark.parametrize(
    ("language", "hours"), [("uk_UA", "з 09:00 до 12:30"), ("en_GB", "between 09:00 and 12:30")]
)
def test_hours_are_read_aloud(
    texts: Mapping[str, LanguageTexts], language: str, hours: str
) -> None:
    assert _formats(texts, language).hours(time(9), time(12, 30)) == hours
