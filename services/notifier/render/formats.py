"""Dates, times, money and plurals as a language writes them.

Months, numbers, times and plural rules are Babel's (CLDR). What a sentence needs around them
("on Tuesday", "у вівторок") stands in the `[days]` tables of `messages/<language>/_shared.toml`,
because CLDR has no weekdays in the accusative.
"""

import re
from copy import copy
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Final

import msgspec
from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import get_currency_precision
from msgspec import Meta

_Seven = Annotated[list[str], Meta(min_length=7, max_length=7)]
_CODE_BEFORE_DIGIT: Final = re.compile(r"(?<=[A-Z]{3})(?=\d)")
_REMEMBERED: Final = 4096
_END_OF_DAY: Final = time(23, 30)
"""A promise "by 23:59" is a promise for that day."""
_HALF_A_YEAR: Final = timedelta(days=183)
"""Within it a day and a month name one day only, over New Year too."""
_CENTS: Final = 2


class DayWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a language puts a day into a sentence. Placeholders: {weekday} {date} {time}, and for
    spans {start} {end} {range}. `weekdays_on` and `weekdays_by` begin with Monday."""

    weekdays_on: _Seven
    weekdays_by: _Seven
    on: str
    on_today: str
    on_tomorrow: str
    by: str
    by_today: str
    by_tomorrow: str
    by_time: str
    by_time_today: str
    by_time_tomorrow: str
    on_range: str
    hours: str
    date_pattern: str | None = None
    """A CLDR pattern; without it the language's own day and month."""
    date_pattern_with_year: str | None = None
    """The same for a day that is named with its year. CLDR shortens the word "year" in some
    languages, and a sentence that ended in it would end in two full stops."""


class Formats:
    """One locale and one length (long for reading, short for SMS). Remembers what it wrote:
    the same few hundred dates and prices come again and again."""

    def __init__(self, locale: Locale, words: DayWords, *, is_short: bool) -> None:
        self._locale = locale
        self._words = words
        self._is_short = is_short
        self.dated = lru_cache(_REMEMBERED)(self._dated)
        self.plain_day = lru_cache(_REMEMBERED)(self._plain_day)
        self.on = lru_cache(_REMEMBERED)(self._on)
        self.by = lru_cache(_REMEMBERED)(self._by)
        self.money = lru_cache(_REMEMBERED)(self._money)
        self.time = lru_cache(_REMEMBERED)(self._time)

    def day(self, day: date, today: date) -> str:
        """ "24 листопада", never broken in two; short: "24.11". With its year where that is not
        the nearest day of this name: more than half a year from now, or ago."""
        return self.dated(day, has_year=_is_far(day, today))

    def _dated(self, day: date, *, has_year: bool) -> str:
        words, locale = self._words, self._locale
        pattern = words.date_pattern_with_year if has_year else words.date_pattern
        if pattern is not None:
            text = format_date(day, pattern, locale)
        elif has_year:
            text = format_date(day, "medium" if self._is_short else "long", locale)
        else:
            text = format_skeleton("MMMd" if self._is_short else "MMMMd", day, locale=locale)
        return text if self._is_short else text.replace(" ", "\u00a0")

    def _plain_day(self, day: date, today: date) -> str:
        """ "вівторок, 24 листопада", for tables."""
        weekday = format_date(day, "EEE" if self._is_short else "EEEE", self._locale)
        comma = "" if self._is_short else ","
        return f"{weekday}{comma} {self.day(day, today)}".replace("ʼ", "’")

    def _on(self, day: date, today: date) -> str:
        """ "on Tuesday, 24 November", "today, 24 November"."""
        words = self._words
        pattern = _nearest(day, today, (words.on_today, words.on_tomorrow, words.on))
        return pattern.format(weekday=words.weekdays_on[day.weekday()], date=self.day(day, today))

    def _by(self, day: date, today: date) -> str:
        """ "by Tuesday, 24 November"."""
        words = self._words
        pattern = _nearest(day, today, (words.by_today, words.by_tomorrow, words.by))
        return pattern.format(weekday=words.weekdays_by[day.weekday()], date=self.day(day, today))

    def by_moment(self, moment: datetime, today: date) -> str:
        """ "by 18:00 on Tuesday, 24 November"; the end of a day is that day."""
        day = moment.date()
        if moment.time() >= _END_OF_DAY:
            return self.by(day, today)
        words = self._words
        choices = (words.by_time_today, words.by_time_tomorrow, words.by_time)
        return _nearest(day, today, choices).format(
            weekday=words.weekdays_on[day.weekday()],
            date=self.day(day, today),
            time=self.time(moment.time()),
        )

    def on_range(self, first: date, last: date, today: date) -> str:
        """ "between 24 and 26 November", "24–26 листопада"."""
        start, end = self._ends(first, last, today)
        same_month = (first.year, first.month) == (last.year, last.month)
        if same_month and end.startswith(str(last.day)):
            start = str(first.day)
        span = self.range(first, last, today)
        return self._words.on_range.format(start=start, end=end, range=span)

    def range(self, first: date, last: date, today: date) -> str:
        """ "24–26 листопада", "30 листопада – 2 грудня"."""
        start, end = self._ends(first, last, today)
        if (first.year, first.month) == (last.year, last.month):
            return end.replace(str(last.day), f"{first.day}–{last.day}", 1)
        dash = "–" if self._is_short else " – "
        return f"{start}{dash}{end}"

    def _ends(self, first: date, last: date, today: date) -> tuple[str, str]:
        """The first day and the last; the year that they share is named once, with the last."""
        has_year = _is_far(first, today) or _is_far(last, today)
        is_twice = has_year and first.year != last.year
        return self.dated(first, has_year=is_twice), self.dated(last, has_year=has_year)

    def hours(self, start: time, end: time) -> str:
        """ "between 10:00 and 12:00"."""
        return self._words.hours.format(start=self.time(start), end=self.time(end))

    def _time(self, moment: time) -> str:
        return format_time(moment, "short", locale=self._locale)

    def _money(self, amount: Decimal, currency: str) -> str:
        """ "1 299,00 ₴". Never rounded: of a currency that CLDR writes without cents the shop may
        count some. CLDR parts a code from the number by a space, which Babel leaves out."""
        digits, exact = get_currency_precision(currency), _decimals(amount)
        digits = digits if exact <= digits else max(exact, _CENTS)
        pattern = copy(self._locale.currency_formats["standard"])
        pattern.frac_prec = digits, digits
        text = pattern.apply(amount, self._locale, currency=currency, currency_digits=False)
        return _CODE_BEFORE_DIGIT.sub("\u00a0", text)


def _decimals(amount: Decimal) -> int:
    """How many decimals an amount needs."""
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _is_far(day: date, today: date) -> bool:
    return abs(day - today) > _HALF_A_YEAR


def _nearest(day: date, today: date, patterns: tuple[str, str, str]) -> str:
    ahead = (day - today).days
    return patterns[ahead] if ahead in {0, 1} else patterns[2]
