"""What a text file holds, and what can be wrong with the words that all kinds share."""

import re
from collections.abc import Sequence
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from headsup.contracts.replies import ANSWERS, Answer, Question
from services.notifier.render.formats import DayWords
from services.notifier.render.shapes import SHAPES, Action
from services.notifier.render.stop_words import StopWords, problem_of
from services.notifier.render.view import CODE_WORDS

SHARED: Final = "_shared"
"""The name of the file with the words that all kinds share."""


class TextsError(ValueError):
    """A text file that cannot be used. The sentence names the file and the key."""


def is_language(entry: Traversable) -> bool:
    """Whether this is a folder with the texts of a language, such as `uk`."""
    return entry.is_dir() and re.fullmatch(r"[a-z]{2,3}", entry.name) is not None


def refuse_what_is_no_language(folder: Path) -> None:
    """A text that lies beside the folders of the languages would silently change nothing. Raises
    TextsError that names it."""
    if not folder.is_dir():
        raise TextsError(f"{folder}: is no folder")
    for entry in sorted(folder.iterdir()):
        if entry.suffix == ".toml":
            raise TextsError(
                f"{entry}: lies in no language's folder; move it into one, such as en/{entry.name}"
            )
        if not is_language(entry) and entry.is_dir() and any(entry.glob("*.toml")):
            raise TextsError(f"{entry}: is named after no language; its name is a code, such as en")


def missing(folders: Sequence[Traversable], name: str) -> TextsError:
    """That a language lacks a file. It is named where somebody began that language, and where it
    has to be added: ours are complete."""
    begun = [folder for folder in folders if folder.is_dir()] or folders
    return TextsError(
        f"{begun[-1] / name}.toml: is missing; a language of your own needs every file"
    )


class SmsLines(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an SMS is made of."""

    happened: str
    next: str
    again: str
    place: str = ""
    link: str = ""


class KindFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind in one language."""

    subject: str
    preheader: str
    title: str
    happened: str
    next: str
    again: str
    sms: SmsLines
    why: str = ""
    buttons: dict[Action, str] = {}
    labels: dict[str, str] = {}


_Replies = Annotated[list[str], Meta(min_length=1)]


class PageWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page behind the link of an answer says."""

    asked: dict[Question, str]
    human: str
    send: str
    thanks: str
    heard: str
    change: str
    gone: str
    ask: str
    later: str
    again: str


class SharedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What all kinds share in one language."""

    locale: str
    greeting: str
    human: str
    sms_human: str
    human_asked: str
    sms_human_asked: str
    more_items: str
    left: str
    why: str
    part: str
    sms_part: str
    buttons: dict[Action, str]
    labels: dict[str, str]
    words: dict[str, dict[str, str]]
    answers: dict[Question, dict[Answer, str]]
    replies: dict[Answer, _Replies]
    reply_lines: dict[Question, str]
    answer_page: PageWords
    stop: StopWords
    days: DayWords
    days_short: DayWords


def check_shared(where: str, shared: SharedFile) -> None:
    """Raises TextsError that names the first word that is missing."""
    rows = {row for shape in SHAPES.values() for row in shape.rows}
    needed = {"buttons": {*Action}, "labels": {*rows, "total"}}
    for table, keys in needed.items():
        for key in sorted(keys - set(getattr(shared, table))):
            raise TextsError(f"{where}: `{table}.{key}` is missing")
    for name, codes in CODE_WORDS.items():
        for code in codes:
            if code not in shared.words.get(name, {}):
                raise TextsError(f"{where}: `words.{name}.{code}` is missing")
    _check_answers(where, shared)
    if problem := problem_of(shared.stop):
        raise TextsError(f"{where}: {problem}")
    for table in ("days", "days_short"):
        _check_days(f"{where}: `{table}", getattr(shared, table))


def _check_answers(where: str, shared: SharedFile) -> None:
    for question, answers in ANSWERS.items():
        for answer in answers:
            if answer not in shared.answers.get(question, {}):
                raise TextsError(f"{where}: `answers.{question}.{answer}` is missing")
            if answer not in shared.replies:
                raise TextsError(f"{where}: `replies.{answer}` is missing")
        if question not in shared.reply_lines:
            raise TextsError(f"{where}: `reply_lines.{question}` is missing")
        if question not in shared.answer_page.asked:
            raise TextsError(f"{where}: `answer_page.asked.{question}` is missing")


def reply_lines(where: str, shared: SharedFile) -> dict[Question, str]:
    """The lines with the words in them. One that does not name each word asks in vain; digits are
    understood without. Raises TextsError."""
    lines = {}
    for question, line in shared.reply_lines.items():
        words = {a.name.lower(): shared.replies[a][0] for a in ANSWERS[question]}
        try:
            lines[question] = line.format(**words)
        except (KeyError, IndexError, ValueError) as error:
            raise TextsError(
                f"{where}: `reply_lines.{question}` has an unknown placeholder"
            ) from error
        for word in words.values():
            if not word.isdigit() and word not in lines[question]:
                raise TextsError(f"{where}: `reply_lines.{question}` does not name `{word}`")
    return lines


def _check_days(where: str, words: DayWords) -> None:
    sample = dict.fromkeys(("weekday", "date", "time", "start", "end", "range"), "")
    for key, pattern in msgspec.structs.asdict(words).items():
        if isinstance(pattern, str):
            try:
                pattern.format(**sample)
            except (KeyError, IndexError, ValueError) as error:
                raise TextsError(f"{where}.{key}` has an unknown placeholder") from error
