"""Reading what Telegram tells."""

from typing import Any

import msgspec
import pytest

from services.notifier.bot.updates import (
    LONGEST_TEXT,
    Group,
    Member,
    Nothing,
    NoUpdateError,
    Pressed,
    Wrote,
    read,
)

CHAT = {"id": 42, "type": "private"}
PERSON = {"id": 42, "is_bot": False, "first_name": "Oksana", "language_code": "uk"}


def _read(**parts: Any) -> object:
    return read(msgspec.json.encode({"update_id": 7, **parts}))


def _message(**changes: Any) -> dict[str, Any]:
    return {"message_id": 1, "from": PERSON, "chat": CHAT, "date": 0, "text": "hi"} | changes


def _member(status: str, kind: str = "private") -> dict[str, Any]:
    chat = {"id": 42, "type": kind}
    return {"chat": chat, "from": PERSON, "new_chat_member": {"status": status}}


def test_a_message_is_read_with_its_writers_language() -> None:
    found = _read(message=_message(text="  hi\0 "))
    assert found == Wrote(update_id=7, chat=42, language="uk", text="hi", message_id=1)


def test_a_photo_has_no_text() -> None:
    message = _message(photo=[{"file_id": "x"}])
    del message["text"]
    assert isinstance(found := _read(message=message), Wrote)
    assert found.text == ""


def test_of_a_long_text_as_much_is_read_as_anybody_reads() -> None:
    assert isinstance(found := _read(message=_message(text="x" * 4096)), Wrote)
    assert len(found.text) == LONGEST_TEXT


@pytest.mark.parametrize("kind", ["group", "supergroup", "channel"])
def test_what_is_written_in_a_group_is_nobodys_business(kind: str) -> None:
    assert _read(message=_message(chat={"id": -5, "type": kind})) == Nothing(7)


def test_what_a_bot_writes_is_nobodys_business() -> None:
    assert _read(message=_message(**{"from": {"id": 1, "is_bot": True}})) == Nothing(7)


@pytest.mark.parametrize(("status", "has_left"), [("kicked", True), ("member", False)])
def test_that_the_bot_was_blocked_is_read(status: str, has_left: bool) -> None:
    assert isinstance(found := _read(my_chat_member=_member(status)), Member)
    assert found.has_left is has_left


def test_that_the_bot_was_put_into_a_group_is_read() -> None:
    assert isinstance(_read(my_chat_member=_member("member", "group")), Group)


def test_a_press_of_a_message_that_is_no_longer_shown_is_of_the_persons_own_chat() -> None:
    found = _read(callback_query={"id": "q", "from": PERSON, "data": "x"})
    assert isinstance(found, Pressed)
    assert (found.chat, found.message_id) == (42, None)


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"edited_message": _message()},
        {"message": 3},
        {"message": None},
        {"message": _message(chat={"id": "42"})},
        {"message": _message(chat={"id": 2**70, "type": "private"})},
        {"message": _message(chat={"id": 0, "type": "private"})},
        {"message": _message(text=["hi"])},
        {"callback_query": {"id": 3}},
        {"my_chat_member": {"chat": CHAT}},
    ],
)
def test_a_part_of_another_shape_is_nothing_and_holds_up_nobody(parts: dict[str, Any]) -> None:
    assert _read(**parts) == Nothing(7)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b'{"update_id": "7"}',
        b'{"update_id": -1}',
        b'{"update_id": 99999999999999999999}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_update_is_refused(body: bytes) -> None:
    with pytest.raises(NoUpdateError):
        read(body)
