"""What is told about a result."""

from datetime import timedelta

from headsup.contracts import envelope
from headsup.contracts.notifications import OutcomeStatus, Reason
from services.notifier import attempts
from services.notifier.attempts import Moment
from services.notifier.channels import PermanentError
from services.notifier.results import outcome_of
from tests.support.claims import claimed
from tests.support.events import SHOP
from tests.support.notifier import MONDAY


def test_a_sent_message_is_told_with_its_channel_language_and_the_providers_name_for_it() -> None:
    record = outcome_of(attempts.sent(claimed(), "ref-1", MONDAY), "t.")
    assert record is not None
    event = envelope.decode(record.value, record.headers, MONDAY)
    assert event.id == "r1.0.sent"
    assert event.source == SHOP
    assert event.data.status is OutcomeStatus.SENT
    assert event.data.notification_id == "r1.0"
    assert event.data.language == "uk"
    assert event.data.provider_ref == "ref-1"


def test_of_an_attempt_that_another_follows_nothing_is_told() -> None:
    assert outcome_of(attempts.put_back(claimed(), MONDAY), "t.") is None


def test_a_failure_keeps_its_reason_and_moment() -> None:
    later = Moment(at=MONDAY + timedelta(hours=1), left=3600.0, chance=0.5)
    error = PermanentError("403", Reason.BLOCKED)
    record = outcome_of(attempts.failed(claimed(), error, later), "t.")
    assert record is not None
    event = envelope.decode(record.value, record.headers, MONDAY)
    assert (event.data.status, event.data.reason) == (OutcomeStatus.FAILED, Reason.BLOCKED)
    assert event.time == later.at
