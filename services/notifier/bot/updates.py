"""What Telegram tells us, read. Pure.

core.telegram.org/bots/api#update. An update that is signed and cannot be read must not be refused:
Telegram would bring it again and again, and hold back what comes after it. So only what is no
update at all is malformed; of the rest each part is read for itself, and one that has another shape
than it should counts as nothing.
"""

import json
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec

ALLOWED: Final = ("message", "callback_query", "my_chat_member")
"""What we ask Telegram for (setWebhook, getUpdates)."""
LONGEST_TEXT: Final = 2000
"""Characters of a message that are read; Telegram allows twice as many."""
_PRIVATE: Final = "private"
_LEFT: Final = frozenset({"kicked", "left"})
_MOST: Final = 2**62


class NoUpdateError(ValueError):
    """This is no update of Telegram's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """Something that happened in a chat."""

    update_id: int
    chat: int
    language: str | None = None
    """The language of their Telegram, if it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrote(Came):
    """Somebody wrote to the bot."""

    text: str
    """Empty where it is no text: a photo, a voice message, a contact."""
    message_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Came):
    """Somebody blocked the bot, or let it in again."""

    has_left: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Came):
    """The bot was put into a group or a channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A button, as it hangs under a message."""

    text: str
    url: str | None = None
    press: str | None = None

    @property
    def calls_a_person(self) -> bool:
        """Whether it is the one under every message that leads to a human."""
        return self.press is not None and self.press.startswith("human:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed(Came):
    """Somebody pressed a button."""

    query_id: str
    data: str
    message_id: int | None
    """None: Telegram no longer shows us the message."""
    keys: tuple[tuple[Key, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Nothing:
    """An update that is nobody's business here."""

    update_id: int


class _Envelope(msgspec.Struct, frozen=True):
    update_id: int
    message: msgspec.Raw = msgspec.Raw()
    callback_query: msgspec.Raw = msgspec.Raw()
    my_chat_member: msgspec.Raw = msgspec.Raw()


class _Chat(msgspec.Struct, frozen=True):
    id: int
    type: str = _PRIVATE


class _User(msgspec.Struct, frozen=True):
    id: int = 0
    language_code: str | None = None
    is_bot: bool = False


class _Key(msgspec.Struct, frozen=True):
    text: str
    url: str | None = None
    callback_data: str | None = None


class _Markup(msgspec.Struct, frozen=True):
    inline_keyboard: tuple[tuple[_Key, ...], ...] = ()


class _Message(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    message_id: int
    chat: _Chat
    text: str = ""
    sender: _User = _User()
    reply_markup: _Markup = _Markup()


class _Press(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    id: str
    sender: _User = _User()
    data: str = ""
    message: _Message | None = None


class _NewState(msgspec.Struct, frozen=True):
    status: str


class _Membership(msgspec.Struct, frozen=True, rename={"sender": "from"}):
    chat: _Chat
    new_chat_member: _NewState
    sender: _User = _User()


_T = TypeVar("_T")
_envelopes: Final = msgspec.json.Decoder(_Envelope)


def read(body: bytes) -> Came | Nothing:
    """An update. Raises NoUpdateError."""
    try:
        found = _envelopes.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise NoUpdateError from error
    if not 0 <= found.update_id < _MOST:
        raise NoUpdateError
    came = _came(found)
    known = came is not None and -_MOST < came.chat < _MOST and came.chat != 0
    return came if came is not None and known else Nothing(found.update_id)


def number_of(body: bytes) -> int | None:
    """The number of an update that cannot be read otherwise; None when not even that can."""
    try:
        found = json.loads(body)["update_id"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return found if type(found) is int and 0 <= found < _MOST else None


def _came(found: _Envelope) -> Came | None:
    number = found.update_id
    if press := _part(found.callback_query, _Press):
        return _pressed(number, press)
    if message := _part(found.message, _Message):
        return _wrote(number, message)
    if member := _part(found.my_chat_member, _Membership):
        return _member(number, member)
    return None


def _part(raw: msgspec.Raw, shape: type[_T]) -> _T | None:
    if not bytes(raw):
        return None
    try:
        return msgspec.json.decode(raw, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _pressed(number: int, press: _Press) -> Pressed:
    """A press comes from a person, whatever is left of the message: the chat of an old one is the
    person's own."""
    message = press.message
    keys = message.reply_markup.inline_keyboard if message else ()
    return Pressed(
        update_id=number,
        chat=message.chat.id if message else press.sender.id,
        language=press.sender.language_code,
        query_id=press.id,
        data=press.data,
        message_id=message.message_id if message else None,
        keys=tuple(tuple(map(_key, row)) for row in keys),
    )


def _key(key: _Key) -> Key:
    return Key(text=key.text, url=key.url, press=key.callback_data)


def _wrote(number: int, message: _Message) -> Came | None:
    if message.chat.type != _PRIVATE or message.sender.is_bot:
        return None
    return Wrote(
        update_id=number,
        chat=message.chat.id,
        language=message.sender.language_code,
        text=readable(message.text),
        message_id=message.message_id,
    )


def _member(number: int, member: _Membership) -> Came:
    language = member.sender.language_code
    has_left = member.new_chat_member.status in _LEFT
    if member.chat.type == _PRIVATE or has_left:
        return Member(update_id=number, chat=member.chat.id, language=language, has_left=has_left)
    return Group(update_id=number, chat=member.chat.id, language=language)


def readable(text: str) -> str:
    """The text without what no database keeps, and not longer than anybody reads."""
    return text.replace("\0", "").strip()[:LONGEST_TEXT].strip()


def dumped(update: dict[str, Any]) -> bytes:
    """An update that was asked for, in the form in which it is brought."""
    return msgspec.json.encode(update)
