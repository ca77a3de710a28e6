"""What the source says beside the code reaches the schemas."""

from headsup.contracts.notes import field_notes, member_notes, summary
from headsup.contracts.registry import EVENT_TYPES
from headsup.contracts.shop import HandedTo, OrderPlaced, PaymentState, ReturnApproved


def test_the_text_under_a_field_is_its_note() -> None:
    assert field_notes(ReturnApproved)["address"] == "Where to bring or send it."


def test_a_field_without_a_text_has_no_note() -> None:
    assert "estimate" not in field_notes(OrderPlaced)


def test_the_comment_beside_a_member_is_its_note() -> None:
    assert member_notes(HandedTo) == {"pickup_point": "collected by the customer"}
    assert "paid" not in member_notes(PaymentState)


def test_every_event_type_says_in_a_sentence_what_it_is() -> None:
    for event_type in EVENT_TYPES:
        assert summary(event_type.data).endswith("."), event_type.name
