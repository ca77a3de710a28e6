"""What a provider's word about an unanswered call means."""

from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier import doubt
from services.notifier.attempts import Moment, State
from services.notifier.channels import BadConfigurationError, RateLimitedError, TransientError
from services.notifier.doubt import ASKED_FOR
from tests.support.claims import claimed
from tests.support.notifier import MONDAY

LATER = MONDAY + timedelta(days=3)
DOUBT: dict[str, Any] = {
    "channel": Channel.SMS,
    "tried_at": MONDAY,
    "doubted_for": 60.0,
    "reason": Reason.NO_ANSWER,
    "retries": 1,
}


def test_it_is_not_asked_while_the_provider_may_still_be_taking_it() -> None:
    result = doubt.too_early(claimed(**DOUBT | {"doubted_for": 10.0}), MONDAY, settle=30.0)
    assert result is not None
    assert (result.state, result.wait, result.in_doubt) == (State.PLANNED, 20.0, True)
    assert doubt.too_early(claimed(**DOUBT), MONDAY, settle=30.0) is None


def test_what_it_has_was_sent_however_late_we_learn_it() -> None:
    for changes, now in (({}, MONDAY), ({}, LATER), ({"is_withdrawn": True}, MONDAY)):
        result = doubt.told(claimed(**DOUBT | changes), ["SM1", "SM2"], now)
        assert (result.state, result.provider_ref, result.in_doubt) == (State.SENT, "SM1", False)


@pytest.mark.parametrize(
    ("changes", "now", "ends"),
    [
        ({}, MONDAY, (State.PLANNED, None)),
        ({}, LATER, (State.FAILED, Reason.GAVE_UP)),
        ({"retries": 0}, LATER, (State.EXPIRED, Reason.STALE)),
        ({"is_withdrawn": True}, MONDAY, (State.WITHDRAWN, Reason.SUPERSEDED)),
    ],
    ids=[
        "is to be sent",
        "was given up when its news is old",
        "expired when its news is old and no attempt failed",
        "is withdrawn when newer news came",
    ],
)
def test_what_it_does_not_have(
    changes: dict[str, Any], now: Any, ends: tuple[State, Reason | None]
) -> None:
    result = doubt.told(claimed(**DOUBT | changes), [], now)
    assert (result.state, result.reason) == ends
    assert not result.in_doubt
    assert result.was_called


def _unanswered(error: Any, *, left: float = 3600.0, **changes: Any) -> Any:
    moment = Moment(at=MONDAY, left=left, chance=1.0, pause=0.0)
    return doubt.not_told(claimed(**DOUBT | changes), error, moment)


def test_without_an_answer_it_is_asked_again_later_and_later() -> None:
    waits = [_unanswered(TransientError("503"), retries=n).wait for n in (0, 3)]
    assert waits == [2.0, 16.0]
    assert _unanswered(RateLimitedError("429", retry_after=90.0)).wait == 90.0


@pytest.mark.parametrize(
    ("left", "doubted_for", "state"),
    [
        (3600.0, ASKED_FOR, State.PLANNED),
        (0.0, ASKED_FOR - 1, State.PLANNED),
        (0.0, ASKED_FOR, State.UNKNOWN),
    ],
    ids=[
        "is asked about while its news is young",
        "is asked about for a day though its news is old",
        "is unknown when its news is old and a day has passed",
    ],
)
def test_what_nobody_tells_us(left: float, doubted_for: float, state: State) -> None:
    result = _unanswered(TransientError("503"), left=left, doubted_for=doubted_for)
    assert (result.state, result.in_doubt) == (state, True)


def test_an_account_that_is_wrong_by_now_lets_no_wait_grow() -> None:
    assert not _unanswered(BadConfigurationError("20003")).is_retry
