"""Whatever may stand in the ledger has words."""

from services.notifier.attempts import State
from services.notifier.decide import Decision
from services.notifier.in_words import (
    DECISIONS,
    RECEIPTS,
    STATES,
    of_attempt,
    of_request,
    reason_in_words,
)
from services.notifier.receipts import Word


def test_every_state_decision_and_receipt_has_words() -> None:
    assert set(STATES) == set(State)
    assert set(DECISIONS) == set(Decision)
    assert set(RECEIPTS) == set(Word)


def test_a_reason_of_another_version_is_shown_without_words() -> None:
    assert reason_in_words("moon_phase") is None
    assert of_request({"decision": "dreamt", "reason": "moon_phase"}, ()) == {}


def test_an_attempt_says_why_it_ended_or_how() -> None:
    refused = {"state": State.FAILED, "reason": "invalid_address", "code": "30005"}
    assert of_attempt(refused, "sms") == "the address is malformed; nobody has this number"
    sent = {"state": State.SENT, "reason": None, "code": None}
    assert of_attempt(sent, "sms") == "the provider took it"
