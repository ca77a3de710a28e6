"""Checks of written messages: what a reader would stumble over."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from headsup.contracts.catalogue import Audience
from services.notifier.render.ladder import most_segments
from services.notifier.render.segments import count_segments
from services.notifier.render.short_links import link_of
from services.notifier.rendered import RenderedSms
from tests.gallery.finding import Finding
from tests.gallery.written import UNHEARD, Written
from tests.unit.services.notifier.render.readers import texts
from tests.unit.services.notifier.render.samples import SHORT_URL

_ADDRESS: Final = re.compile(r"https?://\S+|\S+@\S+|\+\d[\d ]{6,}")
"""What is not read as a sentence: links, mailboxes, phone numbers."""

SEAMS: Final = {
    "braces that nothing filled": re.compile(r"[{}]|<!--"),
    "a value that is none": re.compile(r"\b(?:None|Undefined|True|False)\b"),
    "two spaces": re.compile(r"\S  +\S"),
    "a space before a mark": re.compile(r"\S [.,;:?!](?=\s|$)"),
    "two marks": re.compile(r"(?<!\.)\.\.(?!\.)|[,:;!]\.|,,|\(\)|\?\.|…\."),
    "an empty paragraph": re.compile(r"\n\n\n"),
}
DATES: Final = {
    "a date of a machine": re.compile(r"\b\d{4}-\d\d-\d\d(?:T\S*)?\b"),
    "a time of a machine": re.compile(r"\b\d\d:\d\d:\d\d\b"),
    "a year before its month": re.compile(r"\b20\d\d/\d\d?/\d\d?\b"),
}
_ENGLISH_DAYS: Final = re.compile(
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)(?:day|sday|nesday|rsday|urday)?\b|\b(?:Nov|Dec)(?:ember)?\b"
)
DATES_OF: Final = {
    "uk": {
        "a month in the wrong case": re.compile(r"\d\s(?:листопад|грудень|січень)\b"),
        "a date of another language": _ENGLISH_DAYS,
    },
    "ru": {
        "a month in the wrong case": re.compile(r"\d\s(?:ноябрь|декабрь|январь)\b"),
        "a date of another language": _ENGLISH_DAYS,
    },
}
_SUM: Final = re.compile(
    r"(?:\b[A-Z]{3}\s?|[$€£₴]\s?)?(?:\d{1,3}(?:\s\d{3})+|\d[\d,.]*?)[.,]\d\d(?!\d)(?:\s?(?:₴|[A-Z]{3}\b))?"
)
"""Whatever has two decimals."""
_SUM_OF: Final = {
    "en": re.compile(r"(?:[A-Z]{3}\s|[$€£])\d{1,3}(?:,\d{3})*\.\d\d"),
    "uk": re.compile(r"\d{1,3}(?:\s\d{3})*,\d\d\s₴"),
    "ru": re.compile(r"\d{1,3}(?:\s\d{3})*,\d\d\s₴"),
}
_SHORT_DATE: Final = re.compile(r"(?:0?[1-9]|[12]\d|3[01])\.(?:0[1-9]|1[0-2])")
"""Looks like a sum, and is how SMS in Ukrainian and Russian write a day."""
CLICKS: Final = {
    "en": re.compile(r"\b(?:click|tap|button|press|reply)\b", re.IGNORECASE),
    "uk": re.compile(r"натисн|кнопк|клац|дотик|Пишіть [А-ЯІЇЄҐ]{2}", re.IGNORECASE),
    "ru": re.compile(r"нажм|нажат|кнопк|кликн|касани|Ответьте [А-Я]{2}", re.IGNORECASE),
}
"""What nobody may be asked to do where there is nothing to click or to reply to."""
BUYERS: Final = {
    "en": re.compile(r"\byour order\b|\byou ordered\b", re.IGNORECASE),
    "uk": re.compile(r"\bваш\w* замовлення|\bви замовили", re.IGNORECASE),
    "ru": re.compile(r"\bваш\w* заказ|\bвы заказали", re.IGNORECASE),
}
"""What nobody may be told who did not order."""


def read(message: Written) -> list[str]:
    """What is read of it, without addresses."""
    if message.rendered is None:
        return []
    return [_ADDRESS.sub("(…)", text) for text in texts(message.rendered)]


def cannot_be_written(message: Written) -> Iterator[Finding]:
    """A text that needs what a request may lack."""
    if message.rendered is None:
        yield Finding(where=message.where, problem="a variable is missing", excerpt=message.problem)


def too_long(message: Written) -> Iterator[Finding]:
    """An SMS that costs more than its kind may."""
    sms = message.rendered
    if isinstance(sms, RenderedSms) and count_segments(sms.text) > most_segments(message.kind):
        problem = f"an SMS of {count_segments(sms.text)} segments"
        yield Finding(where=message.where, problem=problem, excerpt=sms.text)


def no_way_there(message: Written) -> Iterator[Finding]:
    """Marketing by SMS of which only the address is left that stops it."""
    sms, link = message.rendered, link_of(message.kind, message.content)
    if isinstance(sms, RenderedSms) and link and not {link, SHORT_URL} & set(sms.text.split()):
        yield Finding(where=message.where, problem="its link is missing", excerpt=sms.text)


def seams(message: Written) -> Iterator[Finding]:
    """Where a sentence was put together badly."""
    return _met(message, SEAMS)


def dates_and_sums(message: Written) -> Iterator[Finding]:
    """A date or a sum in the wrong form."""
    language = message.language
    yield from _met(message, {**DATES, **DATES_OF.get(language, {})})
    for text in read(message):
        for met in _SUM.finditer(text):
            is_date = language != "en" and _SHORT_DATE.fullmatch(met.group())
            if not (is_date or _SUM_OF[language].fullmatch(met.group())):
                yield Finding(
                    where=message.where, problem="a sum in the wrong form", excerpt=met.group()
                )


def nothing_to_click(message: Written) -> Iterator[Finding]:
    """A question whose answer nobody hears, and that asks for a click or a reply."""
    if message.variation.endswith(UNHEARD):
        yield from _met(message, {"nothing to click there": CLICKS[message.language]})


def not_theirs(message: Written) -> Iterator[Finding]:
    """A recipient who did not order, and is spoken to as if they had."""
    if message.content.audience is Audience.RECIPIENT:
        yield from _met(message, {"they did not order": BUYERS[message.language]})


CHECKS: Final[tuple[Callable[[Written], Iterator[Finding]], ...]] = (
    cannot_be_written,
    too_long,
    no_way_there,
    seams,
    dates_and_sums,
    nothing_to_click,
    not_theirs,
)


def findings(message: Written) -> list[Finding]:
    """Everything that is wrong with a message."""
    return [finding for check in CHECKS for finding in check(message)]


def _met(message: Written, patterns: dict[str, re.Pattern[str]]) -> Iterator[Finding]:
    for text in read(message):
        for problem, pattern in patterns.items():
            if match := pattern.search(text):
                around = text[max(match.start() - 30, 0) : match.end() + 30]
                yield Finding(where=message.where, problem=problem, excerpt=around)
