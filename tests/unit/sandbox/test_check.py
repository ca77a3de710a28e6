"""The check finds exactly what is missing, what is too much, and what nobody knows of."""

import msgspec

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from sandbox.check import differences, line, miscounted
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS
from sandbox.scenarios.telling import story_of
from sandbox.web.runs import Run
from sandbox.web.shown import Message, SeenEvent
from sandbox.web.stage import seen_event
from tests.unit.sandbox.web.conftest import MONDAY
from tests.unit.sandbox.web.samples import message, record, recovered

CALM = SCENARIOS["calm-order"]
LEFT_CART = SCENARIOS["left-cart"]
RUN = Run(CALM, story_of(CALM, PEOPLE["oksana"], "1001", MONDAY))
CART_RUN = Run(LEFT_CART, story_of(LEFT_CART, PEOPLE["daryna"], "1002", MONDAY))


def arrived(run: Run = RUN) -> list[Message]:
    """All that the story must bring."""
    return [
        msgspec.structs.replace(
            message(f"m{number}"),
            order=wanted.order,
            cart=wanted.cart,
            kind=wanted.kind,
            channel=wanted.channel,
            language=wanted.language,
            to=wanted.to,
        )
        for number, wanted in enumerate(run.expected)
    ]


def test_exactly_the_expected_messages_are_no_difference() -> None:
    assert differences([RUN], arrived()) == []


def test_a_message_that_did_not_come_is_missing() -> None:
    assert differences([RUN], arrived()[:-1]) == [
        "Missing: order.check_in by email in uk to oksana@mail.example, order 1001 (calm-order)."
    ]


def test_a_second_copy_was_not_expected() -> None:
    messages = arrived()

    assert differences([RUN], [*messages, messages[0]]) == [
        "Not expected: order.received by email in uk to oksana@mail.example, "
        "order 1001 (calm-order)."
    ]


def test_of_a_cart_two_reminders_are_expected_and_not_three() -> None:
    messages = arrived(CART_RUN)
    reminder = "cart.abandoned by email in uk to daryna@mail.example, cart C1002 (left-cart)"

    assert differences([CART_RUN], messages) == []
    assert differences([CART_RUN], messages[1:]) == [f"Missing: {reminder}."]
    assert differences([CART_RUN], [*messages, messages[0]]) == [f"Not expected: {reminder}."]


def test_an_order_that_a_reminder_brought_is_told_as_recovered_and_no_other() -> None:
    assert miscounted([RUN, CART_RUN], [_recovered("1002")]) == []
    assert miscounted([RUN, CART_RUN], [_recovered("1002"), _recovered("1002")]) == []
    assert miscounted([RUN, CART_RUN], []) == [
        "Not told as recovered: order 1002 (left-cart).",
    ]
    assert miscounted([RUN], [_recovered("1001")]) == [
        "Told as recovered: order 1001 (calm-order).",
    ]


def _recovered(order: str) -> SeenEvent:
    said = recovered(order)
    return seen_event(envelope.make("https://shop.example", "e1", MONDAY, said), record(said))


def test_the_wrong_language_is_both() -> None:
    first, *rest = arrived()

    found = differences([RUN], [msgspec.structs.replace(first, language="ru"), *rest])

    assert [sentence.partition(":")[0] for sentence in found] == ["Missing", "Not expected"]


def test_a_message_that_nobody_reported_is_told() -> None:
    (sentence,) = differences([RUN], [*arrived(), message("stray")])

    assert sentence.startswith("Never reported as sent: a message by sms")


def test_what_the_bot_must_say_is_missed_and_nothing_else_is_taken_for_it() -> None:
    bot = SCENARIOS["the-bot"]
    run = Run(bot, story_of(bot, PEOPLE["chloe"], "1003", MONDAY))
    chat = msgspec.structs.replace(message("b"), channel=Channel.TELEGRAM, to="700100617")
    said = [msgspec.structs.replace(chat, text=f"Hello! {w.piece}.") for w in run.words]

    assert differences([run], [*arrived(run), *said]) == []
    assert differences([run], [*arrived(run), *said[1:]]) == [
        "Missing: the bot says “Order 1003 at Lavka” to 700100617."
    ]
    (twice,) = differences([run], [*arrived(run), *said, said[0]])
    assert twice.startswith("Never reported as sent: a message by telegram")


def test_a_line_says_what_was_delivered_and_not_what_it_said() -> None:
    known = msgspec.structs.replace(
        message(), kind=Kind.SHIPMENT_DELIVERED, language="en", order="1001"
    )

    assert msgspec.json.decode(line(known)) == {
        "kind": "shipment.delivered",
        "channel": Channel.SMS,
        "to": "+447911123456",
        "language": "en",
        "order": "1001",
        "at": "2026-11-23T12:00:00Z",
    }


def test_a_line_about_a_cart_names_the_cart() -> None:
    known = msgspec.structs.replace(message(), kind=Kind.CART_ABANDONED, language="en", cart="C1")
    words = msgspec.json.decode(line(known))

    assert words["cart"] == "C1"
    assert "order" not in words
