"""The texts: one TOML file per kind and language, and per language `_shared.toml`, `_bot.toml`,
`_order.toml`, `_preferences.toml` and `_texting.toml`, read once.

A file in the override folder is laid over ours key by key, so a shop changes one sentence with one
line. Everything that can be wrong with such a file is found here, and said with its name and key.
"""

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
from babel import Locale, UnknownLocaleError
from jinja2 import Environment

from headsup.contracts.catalogue import Kind
from headsup.contracts.replies import Answer, Question
from services.notifier.render import bot_words, order_words, preference_words, texting_words
from services.notifier.render.bot_words import BOT, BotWords
from services.notifier.render.formats import DayWords
from services.notifier.render.order_words import ORDER, OrderWords
from services.notifier.render.preference_words import PREFERENCES, PreferenceWords
from services.notifier.render.sentences import Part, environment_of, sentence, trusted
from services.notifier.render.shapes import Action
from services.notifier.render.stop_words import StopWords
from services.notifier.render.text_files import (
    SHARED,
    KindFile,
    PageWords,
    SharedFile,
    TextsError,
    check_shared,
    is_language,
    missing,
    refuse_what_is_no_language,
    reply_lines,
)
from services.notifier.render.texting_words import TEXTING, TextingWords

_F = TypeVar("_F")


@dataclass(frozen=True, slots=True, kw_only=True)
class KindTexts:
    """The sentences of one kind in one language."""

    subject: Part
    preheader: Part
    title: Part
    happened: Part
    next: Part
    again: Part
    sms_happened: Part
    sms_next: Part
    sms_again: Part
    sms_place: Part
    sms_link: Part
    why: Part | None
    """Why the customer gets a mail, where it is not for an order of theirs."""
    buttons: Mapping[Action, str]
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageTexts:
    """Everything that is said in one language."""

    environment: Environment
    locale: Locale
    kinds: Mapping[Kind, KindTexts]
    greeting: Part
    human: Part
    sms_human: Part
    human_asked: Part
    sms_human_asked: Part
    more_items: Part
    left: Part
    why: Part
    part: Part
    """Says that a parcel is one of several, and which; `sms_part` for an SMS."""
    sms_part: Part
    labels: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]]
    answers: Mapping[Question, Mapping[Answer, str]]
    replies: Mapping[Answer, Sequence[str]]
    """What one may write back to an SMS; the first word is the one that is named."""
    reply_lines: Mapping[Question, str]
    answer_page: PageWords
    stop: StopWords
    bot: BotWords
    preferences: PreferenceWords
    texting: TextingWords
    order: OrderWords
    days: DayWords
    days_short: DayWords


def load_texts(*overrides: Path) -> dict[str, LanguageTexts]:
    """All texts by language; each folder is laid over those before it. Raises TextsError."""
    for own in overrides:
        refuse_what_is_no_language(own)
    roots: list[Traversable] = [files("services.notifier") / "messages", *overrides]
    names = sorted({name for root in roots for name in _languages_in(root)})
    return {name: _language(name, [root / name for root in roots]) for name in names}


def with_texts(
    known: Mapping[str, LanguageTexts], own: Path, *overrides: Path
) -> dict[str, LanguageTexts]:
    """The `known` texts, which were loaded with the same `overrides`, with the folder `own` over
    them. Only what that changes is compiled: a hundred shops with a sentence each start as fast as
    one. Raises TextsError."""
    texts = dict(known)
    refuse_what_is_no_language(own)
    for name in _languages_in(own):
        roots = (files("services.notifier") / "messages", *overrides, own)
        folders = [root / name for root in roots]
        is_small = name in known and not (own / name / f"{SHARED}.toml").is_file()
        texts[name] = _retold(name, folders, known[name]) if is_small else _language(name, folders)
    return texts


def _languages_in(root: Traversable) -> list[str]:
    return sorted(entry.name for entry in root.iterdir() if is_language(entry))


def _retold(language: str, folders: list[Traversable], known: LanguageTexts) -> LanguageTexts:
    """A language of which the last folder tells some kinds in other words."""
    _refuse_strays(folders)
    shared = _read(folders, SHARED, SharedFile)
    kinds = dict(known.kinds)
    for kind in Kind:
        if (folders[-1] / f"{kind}.toml").is_file():
            content = _read(folders, kind, KindFile)
            where = f"{language}/{kind}.toml"
            kinds[kind] = _kind(partial(sentence, known.environment), where, content, shared)
    return replace(known, kinds=kinds, **_beside(language, folders))


def _beside(language: str, folders: list[Traversable]) -> dict[str, Any]:
    """What is said besides messages, by the field that holds it."""
    checked = partial(_checked, language, folders)
    return {
        "bot": checked(BOT, BotWords, bot_words.problem_of),
        "order": checked(ORDER, OrderWords, order_words.problem_of),
        "preferences": checked(PREFERENCES, PreferenceWords, preference_words.problem_of),
        "texting": checked(TEXTING, TextingWords, texting_words.problem_of),
    }


def _checked(
    language: str,
    folders: list[Traversable],
    name: str,
    shape: type[_F],
    problem_of: Callable[[_F], str | None],
) -> _F:
    words = _read(folders, name, shape)
    if problem := problem_of(words):
        raise TextsError(f"{language}/{name}.toml: {problem}")
    return words


def _language(language: str, folders: list[Traversable]) -> LanguageTexts:
    _refuse_strays(folders)
    shared = _read(folders, SHARED, SharedFile)
    where = f"{language}/{SHARED}.toml"
    check_shared(where, shared)
    try:
        locale = Locale.parse(shared.locale)
    except (ValueError, UnknownLocaleError) as error:
        raise TextsError(f"{where}: `locale` is no locale of CLDR") from error
    environment = environment_of(locale)
    compile_ = partial(_how(folders, SHARED), environment)
    kinds = {}
    for kind in Kind:
        content = _read(folders, kind, KindFile)
        said = partial(_how(folders, kind), environment)
        kinds[kind] = _kind(said, f"{language}/{kind}.toml", content, shared)
    return LanguageTexts(
        environment=environment,
        locale=locale,
        kinds=kinds,
        greeting=compile_(where, "greeting", shared.greeting),
        human=compile_(where, "human", shared.human),
        sms_human=compile_(where, "sms_human", shared.sms_human),
        human_asked=compile_(where, "human_asked", shared.human_asked),
        sms_human_asked=compile_(where, "sms_human_asked", shared.sms_human_asked),
        more_items=compile_(where, "more_items", shared.more_items),
        left=compile_(where, "left", shared.left),
        why=compile_(where, "why", shared.why),
        part=compile_(where, "part", shared.part),
        sms_part=compile_(where, "sms_part", shared.sms_part),
        labels=shared.labels,
        words=shared.words,
        answers=shared.answers,
        replies=shared.replies,
        reply_lines=reply_lines(where, shared),
        answer_page=shared.answer_page,
        stop=shared.stop,
        **_beside(language, folders),
        days=shared.days,
        days_short=shared.days_short,
    )


def _refuse_strays(folders: list[Traversable]) -> None:
    """A file whose name is misspelt would silently change nothing."""
    known = {f"{name}.toml" for name in (*Kind, SHARED, BOT, ORDER, PREFERENCES, TEXTING)}
    for folder in folders:
        for entry in folder.iterdir() if folder.is_dir() else ():
            if entry.name.endswith(".toml") and entry.name not in known:
                raise TextsError(f"{entry}: is named after no kind of message")


def _read(folders: Sequence[Traversable], name: str, shape: type[_F]) -> _F:
    content: dict[str, Any] = {}
    path: object = name
    for file in (folder / f"{name}.toml" for folder in folders):
        if file.is_file():
            path = file
            content = _laid_over(content, _parse(file))
    if not content:
        raise missing(folders, name)
    try:
        return msgspec.convert(content, shape)
    except msgspec.ValidationError as error:
        raise TextsError(f"{path}: {_in_words(error)}") from error


def _parse(file: Traversable) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TextsError(f"{file}: is not valid TOML: {error}") from error


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        old = merged.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            value = _laid_over(old, value)  # noqa: PLW2901
        merged[key] = value
    return merged


_FIELD: Final = re.compile(r"field `([^`]+)`")


def _in_words(error: msgspec.ValidationError) -> str:
    problem, _, path = str(error).partition(" - at `")
    place = path.rstrip("`").removeprefix("$").removeprefix(".")
    field = _FIELD.search(problem)
    if field is None:
        return f"`{place}`: {problem[:1].lower()}{problem[1:]}"
    key = ".".join(part for part in (place, field.group(1)) if part)
    return f"`{key}` {'is missing' if 'missing' in problem else 'is not a key of this file'}"


def _how(folders: Sequence[Traversable], name: str) -> Callable[..., Part]:
    """What makes the sentences of a file: those that are ours alone need no second look."""
    is_ours = not any((folder / f"{name}.toml").is_file() for folder in folders[1:])
    return trusted if is_ours else sentence


def _kind(
    said: Callable[..., Part], where: str, content: KindFile, shared: SharedFile
) -> KindTexts:
    def part(key: str) -> Part:
        return said(where, key, getattr(content, key))

    def sms(key: str) -> Part:
        return said(where, f"sms.{key}", getattr(content.sms, key))

    for label in sorted(set(content.labels) - set(shared.labels)):
        raise TextsError(f"{where}: `labels.{label}` is no label")
    return KindTexts(
        subject=part("subject"),
        preheader=part("preheader"),
        title=part("title"),
        happened=part("happened"),
        next=part("next"),
        again=part("again"),
        sms_happened=sms("happened"),
        sms_next=sms("next"),
        sms_again=sms("again"),
        sms_place=sms("place"),
        sms_link=sms("link"),
        why=part("why") if content.why else None,
        buttons={**shared.buttons, **content.buttons},
        labels={**shared.labels, **content.labels},
    )
