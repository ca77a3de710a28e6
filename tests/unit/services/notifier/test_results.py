"""What is told about a result, and which channel takes over."""

from datetime import timedelta

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import OutcomeStatus, Reason
from services.notifier import attempts
from services.notifier.attempts import Claimed, Moment, Result
from services.notifier.channels import PermanentError
from services.notifier.claims import Tried
from services.notifier.decide import Policy
from services.notifier.people import Address, Person
from services.notifier.results import next_channel, outcome_of
from services.notifier.shops import load_shops
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, SHOPS, known, requested

POLICY = Policy(load_shops(SHOPS), frozenset({"en", "uk", "ru"}))
MAIL = Address(Channel.EMAIL, "oksana@mail.example")


def _claimed(kind: Kind = Kind.ORDER_RECEIVED, person: Person | None = None) -> Claimed:
    return Claimed(
        id="r1.0",
        request_id="r1",
        route=0,
        address=MAIL,
        language="uk-UA",
        planned_at=MONDAY,
        attempt=1,
        retries=0,
        lease_ran_out=False,
        reason=None,
        is_withdrawn=False,
        source=SHOP,
        request=requested("r1", kind=kind).data,
        person=person or Person(),
        waited=0.0,
    )


def _refused(claimed: Claimed, *, address_is_bad: bool = False) -> Result:
    error = PermanentError("550", address_is_bad=address_is_bad)
    return attempts.failed(claimed, error, Moment(MONDAY, 3600.0, 0.5), pause=0.0)


def test_a_sent_message_is_told_with_its_channel_language_and_the_providers_name_for_it() -> None:
    record = outcome_of(attempts.sent(_claimed(), "ref-1", MONDAY), "t.")
    assert record is not None
    event = envelope.decode(record.value, record.headers, MONDAY)
    assert event.id == "r1.0.sent"
    assert event.source == SHOP
    assert event.data.status is OutcomeStatus.SENT
    assert event.data.notification_id == "r1.0"
    assert event.data.language == "uk"
    assert event.data.provider_ref == "ref-1"


def test_of_an_attempt_that_another_follows_nothing_is_told() -> None:
    assert outcome_of(attempts.put_back(_claimed(), MONDAY), "t.") is None


def test_the_next_channel_takes_over_under_a_number_of_its_own() -> None:
    row = next_channel(_refused(_claimed()), [Tried(0, Channel.EMAIL)], POLICY)
    assert row is not None
    assert (row.id, row.channel, row.address) == ("r1.0.1", Channel.SMS, "+380501234567")
    assert row.at == MONDAY


def test_the_third_channel_takes_over_from_the_second() -> None:
    person = Person(entry=known((Channel.TELEGRAM, "4242")).data)
    tried = [Tried(0, Channel.EMAIL), Tried(0, Channel.TELEGRAM)]
    row = next_channel(_refused(_claimed(person=person)), tried, POLICY)
    assert row is not None
    assert (row.id, row.channel) == ("r1.0.2", Channel.SMS)


def test_nothing_takes_over_when_every_channel_was_tried_or_serves_another_route() -> None:
    tried = [Tried(0, Channel.EMAIL), Tried(1, Channel.SMS)]
    assert next_channel(_refused(_claimed(Kind.ORDER_CANCELLED)), tried, POLICY) is None


def test_a_failure_keeps_its_reason_and_moment() -> None:
    later = Moment(MONDAY + timedelta(hours=1), 3600.0, 0.5)
    error = PermanentError("403", Reason.BLOCKED)
    record = outcome_of(attempts.failed(_claimed(), error, later, pause=0.0), "t.")
    assert record is not None
    event = envelope.decode(record.value, record.headers, MONDAY)
    assert (event.data.status, event.data.reason) == (OutcomeStatus.FAILED, Reason.BLOCKED)
    assert event.time == later.at
