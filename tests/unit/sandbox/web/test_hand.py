"""The customer's hand finds the way to answer that a customer would find."""

import msgspec
import pytest

from headsup.contracts.channels import Channel
from headsup.contracts.replies import Answer
from sandbox.web.hand import way_to
from sandbox.web.shown import Link, Message
from tests.unit.sandbox.web.samples import message

LINK = "https://notify.example/answers/r1/cancel/abc-_1"
ASKED = f"Wait: https://notify.example/answers/r1/wait/xyz\nCancel: {LINK}\n"


def _message(message_id: str, channel: Channel, **changes: object) -> Message:
    return msgspec.structs.replace(message(message_id), channel=channel, order="1001", **changes)


def _chat(message_id: str, press: str | None) -> Message:
    button = Link(label="Cancel", url="https://shop.example", press=press)
    return _message(message_id, Channel.TELEGRAM, buttons=((button,),))


MAIL = _message("m1", Channel.EMAIL, text=ASKED)
CHAT = _chat("m2", "r1:cancel")
SMS = _message("m3", Channel.SMS)


@pytest.mark.parametrize(
    ("messages", "way"),
    [
        ([MAIL, CHAT], ("m2", "r1:cancel")),
        ([CHAT, MAIL], ("m2", "r1:cancel")),
        ([MAIL, _chat("m2", None)], ("m1", LINK)),
        ([SMS], ("m3", "cancel")),
        ([MAIL, SMS], ("m1", LINK)),
        ([_message("m1", Channel.EMAIL)], None),
        ([msgspec.structs.replace(MAIL, order="1002")], None),
        ([], None),
    ],
    ids=[
        "a button rather than a link",
        "whichever came first",
        "a link where no button answers",
        "a word where there are text messages alone",
        "a link rather than a word",
        "nothing where nothing was asked",
        "nor where it was about another order",
        "nor without a message",
    ],
)
def test_the_way_to_cancel_is(messages: list[Message], way: tuple[str, str] | None) -> None:
    found = way_to(messages, "1001", Answer.CANCEL)
    assert (found and (found[0].id, found[1])) == way
