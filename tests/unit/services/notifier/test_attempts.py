"""What is looked at before an attempt, and what each way to end means."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import Reason
from headsup.contracts.shop import Consent
from services.notifier import attempts
from services.notifier.attempts import Claimed, Moment, State
from services.notifier.backoff import LONGEST_WAIT, backoff
from services.notifier.channels import (
    PRIMARY,
    SECONDARY,
    BadConfigurationError,
    PermanentError,
    RateLimitedError,
    SendError,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.people import Person
from services.notifier.quiet import HeldFor
from tests.support.claims import claimed
from tests.support.notifier import MONDAY, known

EMAIL, SMS, TELEGRAM = Channel.EMAIL, Channel.SMS, Channel.TELEGRAM
LATER = MONDAY + timedelta(days=3)
DOUBT: dict[str, Any] = {"tried_at": MONDAY, "doubted_for": 60.0}
"""An attempt a minute ago ended without an answer, or nobody said how."""
URGENT = Kind.ORDER_CANCELLED
"""Sent again by Telegram when it is in doubt."""
REFUSES = Person(
    entry=known(
        consents=[
            Consent(
                channel=EMAIL,
                message_class=MessageClass.TRANSACTIONAL,
                granted=False,
                at=MONDAY,
                source="page",
            )
        ]
    ).data
)
STOPPED = Person(opted_out_at=MONDAY)
UNKNOWN = (State.UNKNOWN, Reason.NO_ANSWER)


@pytest.mark.parametrize(
    ("given", "now", "ends"),
    [
        (claimed(), MONDAY, None),
        (claimed(is_withdrawn=True), MONDAY, (State.WITHDRAWN, Reason.SUPERSEDED)),
        (claimed(), LATER, (State.EXPIRED, Reason.STALE)),
        (claimed(retries=1), LATER, (State.FAILED, Reason.GAVE_UP)),
        (
            claimed(reason=Reason.BAD_CONFIGURATION),
            LATER,
            (State.FAILED, Reason.BAD_CONFIGURATION),
        ),
        (
            claimed(reason=Reason.CANNOT_RENDER, retries=9),
            LATER,
            (State.FAILED, Reason.CANNOT_RENDER),
        ),
        (claimed(person=REFUSES), MONDAY, (State.SUPPRESSED, Reason.OPTED_OUT)),
        (claimed(suppressed=Reason.BLOCKED), MONDAY, (State.SUPPRESSED, Reason.BLOCKED)),
        (claimed(has_bought=True), MONDAY, (State.SUPPRESSED, Reason.BOUGHT)),
        (claimed(**DOUBT), MONDAY, None),
        (claimed(channel=TELEGRAM, **DOUBT), MONDAY, UNKNOWN),
        (claimed(channel=TELEGRAM, kind=URGENT, **DOUBT), MONDAY, None),
        (claimed(is_withdrawn=True, **DOUBT), MONDAY, UNKNOWN),
        (claimed(retries=1, **DOUBT), LATER, UNKNOWN),
        (claimed(has_bought=True, **DOUBT), MONDAY, UNKNOWN),
        (
            claimed(kind=Kind.REVIEW_REQUEST, person=STOPPED),
            MONDAY,
            (State.SUPPRESSED, Reason.OPTED_OUT),
        ),
        (claimed(person=STOPPED), MONDAY, None),
    ],
    ids=[
        "is sent when nothing changed",
        "is withdrawn when newer news came",
        "is expired when it is old news by now",
        "is given up when it is old news after attempts",
        "is said to have failed by our wrong account when it grew old waiting for that",
        "is said to have failed by our renderer when it grew old waiting for that",
        "is suppressed when the customer refused it meanwhile",
        "is suppressed when its address turned out to be bad meanwhile",
        "is suppressed when its customer bought meanwhile",
        "is sent again in doubt when it is a mail",
        "is not sent again in doubt by Telegram",
        "is sent again in doubt by Telegram when missing it would cost something",
        "is not called withdrawn when it may have been sent",
        "is not called given up when it may have been sent",
        "is not sent again in doubt when its customer bought meanwhile",
        "is suppressed when it is marketing, which its customer stopped meanwhile",
        "is sent when it is part of the contract, whatever else its customer stopped",
    ],
)
def test_a_claimed_notification(
    given: Claimed, now: datetime, ends: tuple[State, Reason] | None
) -> None:
    result = attempts.obstacle(given, now)
    assert (result and (result.state, result.reason)) == ends


def _moment(**changes: Any) -> Moment:
    given: dict[str, Any] = {"at": MONDAY, "left": 3600.0, "chance": 1.0, "settle": 30.0}
    return Moment(**given | changes)


def _after(error: SendError, moment: Moment | None = None, **claim: Any) -> attempts.Result:
    return attempts.failed(claimed(**claim), error, moment or _moment())


def test_a_permanent_error_fails_it_and_the_next_channel_takes_over() -> None:
    result = _after(PermanentError("550", Reason.BLOCKED, address_is_bad=True))
    assert (result.state, result.reason, result.code) == (State.FAILED, Reason.BLOCKED, "550")
    assert result.falls_back
    assert result.address_is_bad


@pytest.mark.parametrize(
    ("error", "retries", "wait"),
    [
        (TransientError("451"), 0, 2.0),
        (TransientError("451"), 3, 16.0),
        (TransientError("451"), 60, LONGEST_WAIT),
        (TransientError("451", retry_after=7.0), 3, 7.0),
        (RateLimitedError("429", retry_after=1.0), 0, 1.0),
        (UnknownOutcomeError("timeout"), 1, 4.0),
    ],
)
def test_it_is_tried_again_after(error: SendError, retries: int, wait: float) -> None:
    result = _after(error, retries=retries)
    assert (result.state, result.wait, result.is_retry) == (State.PLANNED, wait, True)


@pytest.mark.parametrize(
    ("error", "claim", "wait"),
    [
        (TransientError("451", retry_after=90.0), {}, 2.0),
        (RateLimitedError("429", retry_after=90.0, limits_all=True), {}, 2.0),
        (RateLimitedError("429", retry_after=90.0), {}, 90.0),
        (BadConfigurationError("535"), {}, 2.0),
        (BadConfigurationError("535"), {"reason": Reason.BAD_CONFIGURATION}, 60.0),
    ],
    ids=[
        "soon, because what it was asked to wait for is the first one's",
        "soon, because the limit is that of the first one's account",
        "when the recipient may be written to again, whoever writes",
        "soon, because the second account may be right",
        "as late as alone, when neither takes it",
    ],
)
def test_where_another_sender_takes_over_it_is_tried_again(
    error: SendError, claim: dict[str, Any], wait: float
) -> None:
    assert _after(error, _moment(another=True, pause=60.0), **claim).wait == wait


def test_it_waits_at_least_as_long_as_its_only_sender_rests() -> None:
    assert _after(TransientError("451"), _moment(pause=60.0)).wait == 60.0


@pytest.mark.parametrize(
    ("error", "claim", "ends"),
    [
        (TransientError("451", retry_after=60.0), {}, (State.FAILED, Reason.GAVE_UP)),
        (TransientError("451", retry_after=60.0), DOUBT, UNKNOWN),
        (UnknownOutcomeError("timeout"), {}, UNKNOWN),
    ],
    ids=["gave up", "may have been sent before", "may have been sent now"],
)
def test_an_attempt_that_would_come_too_late_is_not_made(
    error: SendError, claim: dict[str, Any], ends: tuple[State, Reason]
) -> None:
    result = _after(error, _moment(left=1.0), **claim)
    assert (result.state, result.reason) == ends


@pytest.mark.parametrize(
    ("error", "moment", "claim", "falls_back"),
    [
        (TransientError("451", retry_after=7200.0), {}, {}, True),
        (RateLimitedError("429", retry_after=7200.0), {}, {}, True),
        (BadConfigurationError("535"), {"left": 20.0, "pause": 30.0}, {}, True),
        (TransientError("451"), {"left": 0.0}, {}, False),
        (TransientError("451", retry_after=7200.0), {}, DOUBT, False),
        (UnknownOutcomeError("timeout"), {"left": 1.0}, {}, False),
    ],
    ids=[
        "falls back when the provider says that it is busy for longer than the news lives",
        "falls back when the provider has enough of us for longer than the news lives",
        "falls back when our wrong account rests for longer than the news lives",
        "does not fall back when the news is old",
        "does not fall back when it may have been sent before",
        "does not fall back when it may have been sent now",
    ],
)
def test_a_message_that_no_attempt_can_save(
    error: SendError, moment: dict[str, Any], claim: dict[str, Any], falls_back: bool
) -> None:
    assert _after(error, _moment(**moment), **claim).falls_back is falls_back


def test_what_may_have_arrived_before_has_not_failed_because_a_copy_is_refused() -> None:
    result = _after(PermanentError("550"), **DOUBT)
    assert (result.state, result.reason, result.code) == (State.UNKNOWN, Reason.NO_ANSWER, "550")
    assert not result.falls_back


def test_where_nobody_is_reached_nothing_arrived_before_either() -> None:
    error = PermanentError("550 5.1.1", Reason.INVALID_ADDRESS, address_is_bad=True)
    result = _after(error, **DOUBT)
    assert (result.state, result.falls_back) == (State.FAILED, True)


def test_doubt_is_remembered_over_later_attempts() -> None:
    first = _after(UnknownOutcomeError("timeout"))
    second = _after(TransientError("451"), **DOUBT)
    assert (first.in_doubt, second.in_doubt) == (True, True)
    assert (first.reason, second.reason) == (Reason.NO_ANSWER, Reason.NO_ANSWER)


def test_what_is_known_not_to_be_sent_is_in_no_doubt() -> None:
    assert not _after(TransientError("451")).in_doubt


def test_an_sms_without_an_answer_waits_until_the_provider_can_be_asked_however_old_it_grows() -> (
    None
):
    result = _after(UnknownOutcomeError("timeout"), _moment(left=1.0), channel=SMS)
    assert (result.state, result.wait, result.in_doubt) == (State.PLANNED, 30.0, True)


@pytest.mark.parametrize(
    ("kind", "state"), [(Kind.ORDER_RECEIVED, State.UNKNOWN), (URGENT, State.PLANNED)]
)
def test_without_an_answer_telegram_follows_the_policy_of_the_kind(
    kind: Kind, state: State
) -> None:
    result = _after(UnknownOutcomeError("timeout"), channel=TELEGRAM, kind=kind)
    assert (result.state, result.in_doubt) == (state, True)


def test_a_fault_of_our_configuration_burns_no_attempt() -> None:
    result = _after(BadConfigurationError("535"), _moment(pause=30.0))
    assert (result.state, result.wait, result.is_retry) == (State.PLANNED, 30.0, False)
    assert (result.reason, result.code) == (Reason.BAD_CONFIGURATION, "535")


def test_a_message_whose_writing_broke_waits_longer_each_time() -> None:
    results = [attempts.broke(claimed(retries=n), "KeyError", _moment()) for n in (0, 3)]
    assert [(r.state, r.wait, r.is_retry) for r in results] == [
        (State.PLANNED, 2.0, True),
        (State.PLANNED, 16.0, True),
    ]
    assert {(r.reason, r.code) for r in results} == {(Reason.CANNOT_RENDER, "KeyError")}


def test_a_message_whose_writing_broke_waits_at_least_as_long_as_its_channel_rests() -> None:
    assert attempts.broke(claimed(), "KeyError", _moment(pause=30.0)).wait == 30.0


def test_what_cannot_be_written_any_more_and_may_have_been_sent_is_unknown() -> None:
    result = attempts.suppressed(claimed(**DOUBT), Reason.CANNOT_RENDER, MONDAY, "carrier")
    assert (result.state, result.reason, result.code) == (*UNKNOWN, "carrier")


def test_a_message_that_waits_while_its_channel_rests_remembers_why() -> None:
    rests = attempts.put_back(claimed(), MONDAY, wait=30.0, reason=Reason.BAD_CONFIGURATION)
    again = attempts.put_back(claimed(reason=rests.reason), MONDAY)
    assert (rests.reason, again.reason) == (Reason.BAD_CONFIGURATION, Reason.BAD_CONFIGURATION)


def test_doubt_is_remembered_while_the_channel_rests() -> None:
    rests = attempts.put_back(claimed(**DOUBT), MONDAY, reason=Reason.BAD_CONFIGURATION)
    assert (rests.reason, rests.in_doubt) == (Reason.NO_ANSWER, True)


@pytest.mark.parametrize(
    ("changes", "is_remembered"),
    [
        ({"kind": Kind.SHIPMENT_SHIPPED}, True),
        ({"kind": Kind.ORDER_CONFIRMED}, False),
        ({"kind": Kind.SHIPMENT_SHIPPED, **DOUBT}, True),
    ],
    ids=["news", "what is never left out", "what is in doubt"],
)
def test_what_was_held_may_still_be_overtaken_while_it_waits_for_its_turn(
    changes: dict[str, Any], is_remembered: bool
) -> None:
    held = claimed(held_for=HeldFor.NIGHT, channel=SMS, **changes)
    moment = Moment(at=MONDAY, left=7200.0, chance=0.5, settle=30.0)
    for result in (
        attempts.put_back(held, MONDAY, wait=30.0),
        attempts.failed(held, TransientError("503"), moment),
        attempts.failed(held, BadConfigurationError("401"), moment),
        attempts.failed(held, UnknownOutcomeError("timeout"), moment),
        attempts.broke(held, "KeyError", moment),
    ):
        assert result.state is State.PLANNED
        assert result.held_for == (HeldFor.NIGHT if is_remembered else None)


def test_what_was_put_back_was_not_given_to_the_sender_of_its_claim() -> None:
    given = claimed(sender=SECONDARY, sender_before=PRIMARY)
    assert attempts.put_back(given, MONDAY).sender == PRIMARY
    assert attempts.failed(given, TransientError("451"), _moment()).sender == SECONDARY


def test_attempts_are_spread_between_half_the_wait_and_the_whole() -> None:
    assert (backoff(0, 0.0), backoff(0, 1.0)) == (1.0, 2.0)


def test_a_mail_in_doubt_whose_address_came_to_be_known_as_bad_takes_the_next_channel() -> None:
    given = claimed(tried_at=MONDAY, suppressed=Reason.INVALID_ADDRESS)
    result = attempts.obstacle(given, MONDAY)
    assert result is not None
    assert (result.state, result.falls_back) == (State.SUPPRESSED, True)
