"""What is looked at before an attempt, and what each way to end means."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import Reason
from headsup.contracts.shop import Consent
from services.notifier import attempts
from services.notifier.attempts import LONGEST_WAIT, Claimed, Moment, State, backoff
from services.notifier.channels import (
    BadConfigurationError,
    PermanentError,
    RateLimitedError,
    SendError,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.people import Address, Person
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, known, requested

EMAIL, SMS = Channel.EMAIL, Channel.SMS
LATER = MONDAY + timedelta(days=3)
NO_MAIL = Consent(
    channel=EMAIL,
    message_class=MessageClass.TRANSACTIONAL,
    granted=False,
    at=MONDAY,
    source="page",
)


def _claimed(
    *,
    channel: Channel = EMAIL,
    lease_ran_out: bool = False,
    retries: int = 0,
    reason: Reason | None = None,
    is_withdrawn: bool = False,
    refuses: bool = False,
) -> Claimed:
    return Claimed(
        id="r1.0",
        request_id="r1",
        route=0,
        address=Address(channel, "an address"),
        language="uk",
        planned_at=MONDAY,
        attempt=retries + 1,
        retries=retries,
        lease_ran_out=lease_ran_out,
        reason=reason,
        is_withdrawn=is_withdrawn,
        source=SHOP,
        request=requested("r1").data,
        person=Person(entry=known(consents=[NO_MAIL]).data) if refuses else Person(),
        waited=0.0,
    )


@pytest.mark.parametrize(
    ("claimed", "now", "ends"),
    [
        (_claimed(), MONDAY, None),
        (_claimed(is_withdrawn=True), MONDAY, (State.WITHDRAWN, Reason.SUPERSEDED)),
        (_claimed(), LATER, (State.EXPIRED, Reason.STALE)),
        (_claimed(retries=1), LATER, (State.FAILED, Reason.GAVE_UP)),
        (
            _claimed(reason=Reason.BAD_CONFIGURATION),
            LATER,
            (State.FAILED, Reason.BAD_CONFIGURATION),
        ),
        (
            _claimed(reason=Reason.CANNOT_RENDER, retries=9),
            LATER,
            (State.FAILED, Reason.CANNOT_RENDER),
        ),
        (_claimed(refuses=True), MONDAY, (State.SUPPRESSED, Reason.OPTED_OUT)),
        (_claimed(lease_ran_out=True), MONDAY, None),
        (_claimed(lease_ran_out=True, channel=SMS), MONDAY, (State.UNKNOWN, Reason.NO_ANSWER)),
        (
            _claimed(reason=Reason.NO_ANSWER, channel=SMS),
            MONDAY,
            (State.UNKNOWN, Reason.NO_ANSWER),
        ),
        (
            _claimed(lease_ran_out=True, is_withdrawn=True),
            MONDAY,
            (State.UNKNOWN, Reason.NO_ANSWER),
        ),
        (_claimed(reason=Reason.NO_ANSWER, retries=1), LATER, (State.UNKNOWN, Reason.NO_ANSWER)),
    ],
    ids=[
        "is sent when nothing changed",
        "is withdrawn when newer news came",
        "is expired when it is old news by now",
        "is given up when it is old news after attempts",
        "is said to have failed by our wrong account when it grew old waiting for that",
        "is said to have failed by our renderer when it grew old waiting for that",
        "is suppressed when the customer refused it meanwhile",
        "is sent again after a lost lease when it is a mail",
        "is not sent again after a lost lease when it is an SMS",
        "is not sent again when it is an SMS that was put back after a lost lease",
        "is not called withdrawn when it may have been sent",
        "is not called given up when it may have been sent",
    ],
)
def test_a_claimed_notification(
    claimed: Claimed, now: datetime, ends: tuple[State, Reason] | None
) -> None:
    result = attempts.obstacle(claimed, now)
    assert (result and (result.state, result.reason)) == ends


def _after(error: SendError, *, left: float = 3600.0, **claim: object) -> attempts.Result:
    moment = Moment(MONDAY, left, chance=1.0)
    return attempts.failed(_claimed(**claim), error, moment, pause=30.0)  # type: ignore[arg-type]


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
    ("error", "reason", "ends"),
    [
        (TransientError("451", retry_after=60.0), None, (State.FAILED, Reason.GAVE_UP)),
        (
            TransientError("451", retry_after=60.0),
            Reason.NO_ANSWER,
            (State.UNKNOWN, Reason.NO_ANSWER),
        ),
        (UnknownOutcomeError("timeout"), None, (State.UNKNOWN, Reason.NO_ANSWER)),
    ],
    ids=["gave up", "may have been sent before", "may have been sent now"],
)
def test_an_attempt_that_would_come_too_late_is_not_made(
    error: SendError, reason: Reason | None, ends: tuple[State, Reason]
) -> None:
    result = _after(error, left=1.0, reason=reason)
    assert (result.state, result.reason) == ends


@pytest.mark.parametrize(
    ("error", "claim", "falls_back"),
    [
        (TransientError("451", retry_after=7200.0), {}, True),
        (RateLimitedError("429", retry_after=7200.0), {}, True),
        (BadConfigurationError("535"), {"left": 20.0}, True),
        (TransientError("451"), {"left": 0.0}, False),
        (TransientError("451", retry_after=7200.0), {"reason": Reason.NO_ANSWER}, False),
        (UnknownOutcomeError("timeout"), {"left": 1.0}, False),
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
    error: SendError, claim: dict[str, Any], falls_back: bool
) -> None:
    assert _after(error, **claim).falls_back is falls_back


def test_doubt_is_remembered_over_later_attempts() -> None:
    first = _after(UnknownOutcomeError("timeout"))
    second = _after(TransientError("451"), reason=first.reason)
    assert second.reason is Reason.NO_ANSWER


def test_a_fault_of_our_configuration_burns_no_attempt() -> None:
    result = _after(BadConfigurationError("535"))
    assert (result.state, result.wait, result.is_retry) == (State.PLANNED, 30.0, False)
    assert (result.reason, result.code) == (Reason.BAD_CONFIGURATION, "535")


def test_a_message_whose_writing_broke_waits_longer_each_time() -> None:
    moment = Moment(MONDAY, 3600.0, chance=1.0)
    results = [attempts.broke(_claimed(retries=n), "KeyError", moment, 0.0) for n in (0, 3)]
    assert [(r.state, r.wait, r.is_retry) for r in results] == [
        (State.PLANNED, 2.0, True),
        (State.PLANNED, 16.0, True),
    ]
    assert {(r.reason, r.code) for r in results} == {(Reason.CANNOT_RENDER, "KeyError")}


def test_a_message_whose_writing_broke_waits_at_least_as_long_as_its_channel_rests() -> None:
    moment = Moment(MONDAY, 3600.0, chance=1.0)
    assert attempts.broke(_claimed(), "KeyError", moment, 30.0).wait == 30.0


def test_a_message_that_waits_while_its_channel_rests_remembers_why() -> None:
    rests = attempts.put_back(_claimed(), MONDAY, wait=30.0, reason=Reason.BAD_CONFIGURATION)
    again = attempts.put_back(_claimed(reason=rests.reason), MONDAY)
    assert (rests.reason, again.reason) == (Reason.BAD_CONFIGURATION, Reason.BAD_CONFIGURATION)


def test_doubt_is_remembered_while_the_channel_rests() -> None:
    claimed = _claimed(reason=Reason.NO_ANSWER)
    rests = attempts.put_back(claimed, MONDAY, reason=Reason.BAD_CONFIGURATION)
    assert rests.reason is Reason.NO_ANSWER


def test_without_an_answer_an_sms_is_left_unknown() -> None:
    result = _after(UnknownOutcomeError("timeout"), channel=SMS)
    assert (result.state, result.reason) == (State.UNKNOWN, Reason.NO_ANSWER)


def test_attempts_are_spread_between_half_the_wait_and_the_whole() -> None:
    assert (backoff(0, 0.0), backoff(0, 1.0)) == (1.0, 2.0)
