"""What a text can put into a sentence: the request's values, each able to write itself.

A text says `{{ estimate.on }}` or `{{ pay_by.by }}`; in an SMS the same words come out short.
A value that the request lacks is a `Gap`: false in an `{% if %}`, an error anywhere else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import NoReturn

from jinja2 import StrictUndefined
from jinja2.exceptions import UndefinedError

from headsup.contracts.base import Estimate, Money, Window
from services.notifier.render.formats import Formats


class Gap(StrictUndefined):
    """A value that this request does not have. A text may ask whether it is there."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # ours answers where theirs raises
        return False


def refuse(value: object) -> NoReturn:
    """A text put something into a sentence that is no text."""
    raise UndefinedError(f"a {type(value).__name__} where words were expected")


@dataclass(frozen=True, slots=True)
class Frame:
    """Where and when the reader is, and how dates are written for them."""

    formats: Formats
    zone: tzinfo
    today: date

    def local(self, moment: datetime) -> datetime:
        """The reader's own clock."""
        return moment.astimezone(self.zone)


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day."""

    frame: Frame
    day: date

    @property
    def on(self) -> str:
        """ "on Tuesday, 24 November"."""
        return self.frame.formats.on(self.day, self.frame.today)

    @property
    def by(self) -> str:
        """ "by Tuesday, 24 November"."""
        return self.frame.formats.by(self.day, self.frame.today)

    @property
    def plain(self) -> str:
        """ "Tuesday, 24 November"."""
        return self.frame.formats.plain_day(self.day, self.frame.today)

    @property
    def date(self) -> str:
        """ "24 November"."""
        return self.frame.formats.day(self.day, self.frame.today)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment on the reader's clock."""

    frame: Frame
    moment: datetime

    @property
    def on(self) -> str:
        """ "on Tuesday, 24 November"."""
        return self.frame.formats.on(self.moment.date(), self.frame.today)

    @property
    def by(self) -> str:
        """ "by 18:00 on Tuesday, 24 November"."""
        return self.frame.formats.by_moment(self.moment, self.frame.today)

    @property
    def date(self) -> str:
        """ "24 November"."""
        return self.frame.formats.day(self.moment.date(), self.frame.today)

    @property
    def plain(self) -> str:
        """ "Tuesday, 24 November, 18:00"."""
        formats = self.frame.formats
        day = formats.plain_day(self.moment.date(), self.frame.today)
        return f"{day}, {formats.time(self.moment.time())}"


@dataclass(frozen=True, slots=True)
class Span:
    """One day, or the days between which something happens."""

    frame: Frame
    estimate: Estimate

    @property
    def date(self) -> str:
        """ "24 November", "24–26 November"."""
        first, last = self.estimate.earliest, self.estimate.latest
        if first is None or first >= last:
            return self.frame.formats.day(last, self.frame.today)
        return self.frame.formats.range(first, last, self.frame.today)

    @property
    def on(self) -> str:
        """ "on Tuesday, 24 November", "between 24 and 26 November"."""
        first, last = self.estimate.earliest, self.estimate.latest
        if first is None or first >= last:
            return self.frame.formats.on(last, self.frame.today)
        return self.frame.formats.on_range(first, last, self.frame.today)

    @property
    def plain(self) -> str:
        """ "Tuesday, 24 November", "24–26 November"."""
        first, last = self.estimate.earliest, self.estimate.latest
        if first is None or first >= last:
            return self.frame.formats.plain_day(last, self.frame.today)
        return self.frame.formats.range(first, last, self.frame.today)


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of time on one day of the reader's."""

    frame: Frame
    start: datetime
    end: datetime

    @property
    def on(self) -> str:
        """ "on Tuesday, 24 November"."""
        return self.frame.formats.on(self.start.date(), self.frame.today)

    @property
    def between(self) -> str:
        """ "between 10:00 and 12:00"."""
        return self.frame.formats.hours(self.start.time(), self.end.time())

    @property
    def plain(self) -> str:
        """ "Tuesday, 24 November, 10:00–12:00"."""
        f = self.frame.formats
        hours = f"{f.time(self.start.time())}–{f.time(self.end.time())}"
        return f"{f.plain_day(self.start.date(), self.frame.today)}, {hours}"


class Word(str):
    """A code in the reader's words; `code` is what a text compares with."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, code: StrEnum, words: Mapping[str, str]) -> "Word":
        """The words for `code`. Raises KeyError, which loading the texts rules out."""
        word = super().__new__(cls, words[code.value])
        word.code = code.value
        return word


@dataclass(frozen=True, slots=True)
class Code:
    """A code without words: a text compares with it, and cannot put it into a sentence."""

    code: str


def span(frame: Frame, value: Estimate) -> Span:
    """The days of an estimate."""
    return Span(frame, value)


def moment(frame: Frame, value: datetime) -> Moment:
    """A moment, on the reader's clock."""
    return Moment(frame, frame.local(value))


def deadline(frame: Frame, value: datetime) -> Moment:
    """The last moment of something. Midnight is the end of a day to the reader, not the beginning
    of the next one."""
    local = frame.local(value)
    return Moment(frame, local - timedelta(minutes=1) if local.time() == time(0) else local)


def hours(frame: Frame, value: Window) -> Hours:
    """A window, on the reader's clock."""
    return Hours(frame, frame.local(value.start), frame.local(value.end))


def money(frame: Frame, value: Money) -> str:
    """An amount with its currency."""
    return frame.formats.money(value.decimal, value.currency)
