"""The check finds exactly what is missing, what is too much, and what nobody knows of."""

import msgspec

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from sandbox.check import differences, line
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS
from sandbox.scenarios.telling import story_of
from sandbox.web.runs import Run
from sandbox.web.shown import Message
from tests.unit.sandbox.web.conftest import MONDAY
from tests.unit.sandbox.web.samples import message

CALM = SCENARIOS["calm-order"]
RUN = Run(CALM, story_of(CALM, PEOPLE["oksana"], "1001", MONDAY))


def arrived() -> list[Message]:
    """All that the calm order must bring."""
    return [
        msgspec.structs.replace(
            message(f"m{number}"),
            order=wanted.order,
            kind=wanted.kind,
            channel=wanted.channel,
            language=wanted.language,
            to=wanted.to,
        )
        for number, wanted in enumerate(RUN.expected)
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


def test_the_wrong_language_is_both() -> None:
    first, *rest = arrived()

    found = differences([RUN], [msgspec.structs.replace(first, language="ru"), *rest])

    assert [sentence.partition(":")[0] for sentence in found] == ["Missing", "Not expected"]


def test_a_message_that_nobody_reported_is_told() -> None:
    (sentence,) = differences([RUN], [*arrived(), message("stray")])

    assert sentence.startswith("Never reported as sent: a message by sms")


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
