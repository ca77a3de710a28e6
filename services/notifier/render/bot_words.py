"""The words of the Telegram bot in one language: `_bot.toml`. Pure."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from services.notifier.render.placeholders import problem_in

BOT: Final = "_bot"
"""The name of the file with them."""
_Phrases = Annotated[list[str], Meta(min_length=1)]
LONGEST_TOAST: Final = 200
"""Characters that are shown to whoever pressed a button (Bot API, answerCallbackQuery)."""


class Phrases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people write, and what they mean by it. Marks and capitals do not count."""

    orders: _Phrases
    human: _Phrases
    help: _Phrases
    stop: _Phrases
    language: _Phrases
    thanks: _Phrases


class Ways(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Buttons, and the list of commands."""

    track: str
    order: str
    orders: str
    human: str
    commands: Annotated[dict[str, str], Meta(min_length=5)]


class BotWords(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the bot says. Placeholders stand in `PLACEHOLDERS`."""

    name: str
    """Of the language, in itself."""
    hello: str
    linked: str
    unlinked: str
    link_bad: str
    how_to_link: str
    here_again: str
    help: str
    welcome: str
    not_understood: str
    text_only: str
    slow: str
    alone: str
    orders_none: str
    orders_which: str
    later: str
    order: str
    now: str
    parcel: str
    parcel_there: str
    expected: str
    courier: str
    pickup: str
    pickup_code: str
    collect: str
    tracking: str
    again: str
    ended: dict[str, str]
    human_called: str
    human_hours: str
    human_or: str
    human_already: str
    human_which: str
    human_unlinked: str
    agent: str
    back: str
    stopped: str
    stopped_nowhere: str
    language_which: str
    language_done: str
    press_unknown: str
    press_done: str
    link: str
    """In a mail about an order: leads to the bot."""
    page_title: str
    page_text: str
    page_button: str
    phrases: Phrases
    buttons: Ways


PLACEHOLDERS: Final[Mapping[str, frozenset[str]]] = {
    "hello": frozenset({"name"}),
    "linked": frozenset({"shop"}),
    "unlinked": frozenset({"shop"}),
    "here_again": frozenset({"shop"}),
    "order": frozenset({"number", "shop"}),
    "now": frozenset({"standing"}),
    "parcel": frozenset({"number", "count", "standing"}),
    "parcel_there": frozenset({"number", "count"}),
    "expected": frozenset({"when"}),
    "courier": frozenset({"when", "hours"}),
    "pickup": frozenset({"place"}),
    "pickup_code": frozenset({"code"}),
    "collect": frozenset({"by"}),
    "tracking": frozenset({"carrier", "number"}),
    "again": frozenset({"by"}),
    "human_called": frozenset({"shop"}),
    "human_hours": frozenset({"hours"}),
    "human_or": frozenset({"contacts"}),
    "human_already": frozenset({"shop"}),
    "human_unlinked": frozenset({"contacts"}),
    "agent": frozenset({"shop"}),
    "back": frozenset({"shop"}),
    "stopped": frozenset({"shop"}),
    "page_text": frozenset({"shop"}),
}
"""What a sentence names; it names all of it, or it would say less than it should."""
_ENDED: Final = ("delivered", "cancelled", "returned")
_COMMANDS: Final = ("orders", "human", "language", "stop", "help")


def problem_of(words: BotWords) -> str | None:
    """What is wrong with them, as the key and a few words; None when nothing is."""
    for key, text in msgspec.structs.asdict(words).items():
        if isinstance(text, str) and (problem := _problem_of(key, text)):
            return problem
    for name in _ENDED:
        if name not in words.ended:
            return f"`ended.{name}` is missing"
    for name in _COMMANDS:
        if name not in words.buttons.commands:
            return f"`buttons.commands.{name}` is missing"
    return None


def _problem_of(key: str, text: str) -> str | None:
    if problem := problem_in(key, text, PLACEHOLDERS.get(key, frozenset())):
        return problem
    if key.startswith("press_") and len(text) > LONGEST_TOAST:
        return f"`{key}` is longer than {LONGEST_TOAST} characters"
    return None
