"""The senders of a channel: who may be used, and what one call tells of the provider behind it."""

from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from headsup.contracts.channels import Channel
from services.notifier.breaker import FIRST_STOP, LONGEST_STOP, BreakerState
from services.notifier.channels import (
    PRIMARY,
    SECONDARY,
    BadConfigurationError,
    MemorySender,
    PermanentError,
    RateLimitedError,
    SendError,
    Tells,
    TransientError,
    UnknownOutcomeError,
)
from services.notifier.metrics import SendingMetrics
from services.notifier.senders import Senders, by_channel


class Rig:
    """Two senders of text messages, and what operators see of them."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.first: MemorySender[Any] = MemorySender(Channel.SMS)
        self.second: MemorySender[Any] = MemorySender(Channel.SMS, name=SECONDARY)
        self.senders = Senders([self.first, self.second], SendingMetrics(self.registry))

    def fails(
        self, error: SendError, times: int = 1, now: float = 0.0, name: str = PRIMARY
    ) -> float:
        waits = [self.senders.failed(name, error, now, began=now, chance=1.0) for _ in range(times)]
        return waits[-1]

    def shown(self, name: str) -> list[BreakerState]:
        metric = "headsup_notifier_sender_state"
        labels = {"channel": "sms", "sender": name}
        return [
            state
            for state in BreakerState
            if self.registry.get_sample_value(metric, {**labels, "state": state}) == 1.0
        ]


@pytest.fixture
def rig() -> Rig:
    return Rig()


def test_both_may_be_used_and_the_primary_comes_first(rig: Rig) -> None:
    assert rig.senders.available(0.0) == (PRIMARY, SECONDARY)
    assert rig.senders.names == (PRIMARY, SECONDARY)
    assert rig.senders.sender(SECONDARY) is rig.second
    assert list(rig.senders) == [rig.first, rig.second]
    assert (rig.shown(PRIMARY), rig.shown(SECONDARY)) == ([BreakerState.CLOSED],) * 2


def test_a_sender_that_is_no_longer_configured_is_not_found() -> None:
    senders = Senders([MemorySender(Channel.SMS)], SendingMetrics(CollectorRegistry()))
    with pytest.raises(KeyError):
        senders.sender(SECONDARY)


def test_bad_configuration_stops_that_sender_and_the_other_goes_on(rig: Rig) -> None:
    wait = rig.fails(BadConfigurationError("20003"))

    assert wait == FIRST_STOP
    assert rig.senders.available(0.0) == (SECONDARY,)
    assert rig.senders.left(0.0) == 0.0
    assert rig.shown(PRIMARY) == [BreakerState.STOPPED]
    assert rig.shown(SECONDARY) == [BreakerState.CLOSED]


def test_when_none_may_be_used_the_first_to_come_back_says_how_long(rig: Rig) -> None:
    rig.fails(BadConfigurationError("20003"))
    rig.fails(UnknownOutcomeError("500"), times=5, name=SECONDARY)

    assert rig.senders.available(0.0) == ()
    assert rig.senders.left(0.0) == 2.0
    assert rig.senders.available(2.0) == (SECONDARY,)
    assert rig.senders.breaker(SECONDARY).room(2.0, 16) == 1
    assert rig.shown(SECONDARY) == [BreakerState.HALF_OPEN]


def test_one_call_tries_a_sender_that_rested_and_its_end_decides(rig: Rig) -> None:
    rig.fails(TransientError("down"), times=5)
    assert rig.senders.begin(PRIMARY, 2.0)
    assert not rig.senders.begin(PRIMARY, 2.0)
    assert rig.senders.available(2.0) == (SECONDARY,)

    rig.senders.succeeded(PRIMARY, 3.0)

    assert rig.senders.available(3.0) == (PRIMARY, SECONDARY)
    assert rig.shown(PRIMARY) == [BreakerState.CLOSED]


@pytest.mark.parametrize(
    "error", [TransientError("down"), UnknownOutcomeError("reset"), RateLimitedError("429", 1.0)]
)
def test_failures_of_the_provider_open_it(rig: Rig, error: SendError) -> None:
    rig.fails(error, times=5)
    assert rig.shown(PRIMARY) == [BreakerState.OPEN]


@pytest.mark.parametrize(
    "error",
    [
        TransientError("451 4.7.1", tells=Tells.NOTHING),
        PermanentError("21610"),
        PermanentError("address", tells=Tells.NOTHING),
        BadConfigurationError("5.1.8", tells=Tells.NOTHING),
    ],
)
def test_what_is_about_one_recipient_or_one_shop_never_does(rig: Rig, error: SendError) -> None:
    rig.fails(error, times=100)
    assert rig.shown(PRIMARY) == [BreakerState.CLOSED]


def test_a_refusal_for_good_shows_that_the_provider_works(rig: Rig) -> None:
    rig.fails(TransientError("down"), times=5)
    rig.senders.begin(PRIMARY, 2.0)
    rig.fails(PermanentError("21610"), now=2.0)
    assert rig.shown(PRIMARY) == [BreakerState.CLOSED]


def test_an_answer_to_a_question_does_not_show_that_messages_are_taken(rig: Rig) -> None:
    rig.fails(UnknownOutcomeError("500"), times=4)
    rig.senders.answered(PRIMARY, 0.0)
    rig.fails(UnknownOutcomeError("500"))
    assert rig.shown(PRIMARY) == [BreakerState.OPEN]

    assert rig.senders.begin(PRIMARY, 2.0)
    rig.senders.answered(PRIMARY, 2.0)

    assert rig.shown(PRIMARY) == [BreakerState.HALF_OPEN]
    assert rig.senders.begin(PRIMARY, 2.0)


def test_not_now_for_one_recipient_shows_nothing_and_the_next_one_tries(rig: Rig) -> None:
    rig.fails(TransientError("down"), times=5)
    rig.senders.begin(PRIMARY, 2.0)
    rig.fails(TransientError("451 4.7.1", tells=Tells.NOTHING), now=2.0)
    assert rig.shown(PRIMARY) == [BreakerState.HALF_OPEN]
    assert rig.senders.begin(PRIMARY, 2.0)


def test_a_limit_of_the_account_rests_the_sender_at_once_for_as_long_as_was_asked(
    rig: Rig,
) -> None:
    assert rig.fails(RateLimitedError("429", 7.0, limits_all=True)) == 7.0
    assert rig.senders.available(6.9) == (SECONDARY,)


def test_a_limit_of_one_chat_leaves_the_others_alone(rig: Rig) -> None:
    assert rig.fails(RateLimitedError("429", 7.0)) == 0.0
    assert rig.senders.available(0.0) == (PRIMARY, SECONDARY)


def test_a_message_of_a_shop_whose_sender_is_wrong_waits_and_does_not_come_round_and_round(
    rig: Rig,
) -> None:
    assert rig.fails(BadConfigurationError("5.1.8", tells=Tells.NOTHING)) == LONGEST_STOP


def test_what_happened_is_logged_once_without_an_address(
    rig: Rig, capsys: pytest.CaptureFixture[str]
) -> None:
    rig.fails(BadConfigurationError("20003"), times=10)
    rig.fails(TransientError("down"), times=10, name=SECONDARY)

    lines = [line for line in capsys.readouterr().out.splitlines() if "rests" in line]
    assert len(lines) == 2
    assert "20003" in lines[0]


async def test_closing_closes_all(rig: Rig) -> None:
    await rig.senders.close()
    assert rig.first.closed
    assert rig.second.closed


def test_senders_are_put_together_by_channel() -> None:
    flat: list[Any] = [
        MemorySender(Channel.EMAIL),
        MemorySender(Channel.SMS),
        MemorySender(Channel.EMAIL, name=SECONDARY),
    ]
    found = by_channel(flat, SendingMetrics(CollectorRegistry()))
    assert [(each.channel, each.names) for each in found] == [
        (Channel.EMAIL, (PRIMARY, SECONDARY)),
        (Channel.SMS, (PRIMARY,)),
    ]
