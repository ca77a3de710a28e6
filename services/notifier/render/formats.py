"""Dates, times, money and plurals as a language writes them.

Months, numbers, times and plural rules are Babel's (CLDR). What a sentence needs around them
("on Tuesday", "у вівторок") stands in the `[days]` tables of `messages/<language>/_shared.toml`,
because CLDR has no weekdays in the accusative.
"""

import re
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Final

import msgspec
from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import format_currency
from msgspec import Meta

_Seven = Annotated[list[str], Meta(min_length=7, max_length=7)]
_CODE_BEFORE_DIGIT: Final = re.compile(r"(?<=[A-Z]{3})(?=\d)")
_REMEMBERED: Final = 4096
_END_OF_DAY: Final = time(23, 30)
"""A promise "by 23:59" is a promise for that day."""


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


class Formats:
    """One locale and one length (long for reading, short for SMS). Remembers what it wrote:
    the same few hundred dates and prices come again and again."""

    def __init__(self, locale: Locale, words: DayWords, *, is_short: bool) -> None:
        self._locale = locale
        self._words = words
        self._is_short = is_short
        self.date = lru_cache(_REMEMBERED)(self._date)
        self.plain_day = lru_cache(_REMEMBERED)(self._plain_day)
        self.on = lru_cache(_REMEMBERED)(self._on)
        self.by = lru_cache(_REMEMBERED)(self._by)
        self.money = lru_cache(_REMEMBERED)(self._money)
        self.time = lru_cache(_REMEMBERED)(self._time)

    def _date(self, day: date) -> str:
        """ "24 листопада", never broken in two; short: "24.11"."""
        pattern = self._words.date_pattern
        if pattern is not None:
            return format_date(day, pattern, self._locale)
        if self._is_short:
            return format_skeleton("MMMd", day, locale=self._locale)
        return format_skeleton("MMMMd", day, locale=self._locale).replace(" ", "\u00a0")

    def _plain_day(self, day: date) -> str:
        """ "вівторок, 24 листопада", for tables."""
        weekday = format_date(day, "EEE" if self._is_short else "EEEE", self._locale)
        comma = "" if self._is_short else ","
        return f"{weekday}{comma} {self.date(day)}".replace("ʼ", "’")

    def _on(self, day: date, today: date) -> str:
        """ "on Tuesday, 24 November", "today, 24 November"."""
        words = self._words
        pattern = _nearest(day, today, (words.on_today, words.on_tomorrow, words.on))
        return pattern.format(weekday=words.weekdays_on[day.weekday()], date=self.date(day))

    def _by(self, day: date, today: date) -> str:
        """ "by Tuesday, 24 November"."""
        words = self._words
        pattern = _nearest(day, today, (words.by_today, words.by_tomorrow, words.by))
        return pattern.format(weekday=words.weekdays_by[day.weekday()], date=self.date(day))

    def by_moment(self, moment: datetime, today: date) -> str:
        """ "by 18:00 on Tuesday, 24 November"; the end of a day is that day."""
        day = moment.date()
        if moment.time() >= _END_OF_DAY:
            return self.by(day, today)
        words = self._words
        choices = (words.by_time_today, words.by_time_tomorrow, words.by_time)
        return _nearest(day, today, choices).format(
            weekday=words.weekdays_on[day.weekday()],
            date=self.date(day),
            time=self.time(moment.time()),
        )

    def on_range(self, first: date, last: date) -> str:
        """ "between 24 and 26 November", "24–26 листопада"."""
        end = self.date(last)
        start = self.date(first)
        same_month = (first.year, first.month) == (last.year, last.month)
        if same_month and end.startswith(str(last.day)):
            start = str(first.day)
        return self._words.on_range.format(start=start, end=end, range=self.range(first, last))

    def range(self, first: date, last: date) -> str:
        """ "24–26 листопада", "30 листопада – 2 грудня"."""
        end = self.date(last)
        if (first.year, first.month) == (last.year, last.month):
            return end.replace(str(last.day), f"{first.day}–{last.day}", 1)
        dash = "–" if self._is_short else " – "
        return f"{self.date(first)}{dash}{end}"

    def hours(self, start: time, end: time) -> str:
        """ "between 10:00 and 12:00"."""
        return self._words.hours.format(start=self.time(start), end=self.time(end))

    def _time(self, moment: time) -> str:
        return format_time(moment, "short", locale=self._locale)

    def _money(self, amount: Decimal, currency: str) -> str:
        """ "1 299,00 ₴". CLDR parts a code from the number by a space, which Babel leaves out."""
        text = format_currency(amount, currency, locale=self._locale)
        return _CODE_BEFORE_DIGIT.sub("\u00a0", text)


def _nearest(day: date, today: date, patterns: tuple[str, str, str]) -> str:
    ahead = (day - today).days
    return patterns[ahead] if ahead in {0, 1} else patterns[2]
