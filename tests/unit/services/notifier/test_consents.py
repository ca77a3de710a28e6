"""From when on a consent counts that was given ahead of our clock."""

from datetime import datetime, timedelta

import pytest

from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.shop import Consent, CustomerUpdated
from services.notifier.consents import NOTHING, counted
from services.notifier.people import Person, forbidden_by
from tests.support.notifier import MONDAY, known

HOUR = timedelta(hours=1)
EMAIL, SMS = Channel.EMAIL, Channel.SMS
MARKETING, TRANSACTIONAL = MessageClass.MARKETING, MessageClass.TRANSACTIONAL


def _said(
    hours: float,
    *,
    granted: bool = True,
    channel: Channel = EMAIL,
    message_class: MessageClass = MARKETING,
) -> Consent:
    return Consent(
        channel=channel,
        message_class=message_class,
        granted=granted,
        at=MONDAY + hours * HOUR,
        source="page",
    )


def _entry(*words: Consent) -> CustomerUpdated:
    return known(consents=words).data


def _moments(entry: CustomerUpdated) -> list[datetime]:
    return [word.at for word in entry.consents]


@pytest.mark.parametrize(
    ("given", "counts"),
    [(-1, MONDAY - HOUR), (0, MONDAY), (2, MONDAY), (24 * 900, MONDAY)],
    ids=["before we heard of it", "just then", "ahead of our clock", "years ahead"],
)
def test_a_consent_counts_from_when_it_was_given_but_not_later_than_heard_of(
    given: int, counts: datetime
) -> None:
    entry, _ = counted(_entry(_said(given)), NOTHING, MONDAY)
    assert _moments(entry) == [counts]


@pytest.mark.parametrize("hours", [1, 3], ids=["while it is ahead yet", "when it is not any more"])
def test_to_be_told_of_it_again_makes_it_no_newer(hours: int) -> None:
    _, heard = counted(_entry(_said(2)), NOTHING, MONDAY)
    entry, again = counted(_entry(_said(2)), heard, MONDAY + hours * HOUR)
    assert _moments(entry) == [MONDAY]
    assert again == heard


def test_another_consent_is_a_new_one() -> None:
    _, heard = counted(_entry(_said(2)), NOTHING, MONDAY)
    entry, _ = counted(_entry(_said(4)), heard, MONDAY + HOUR)
    assert _moments(entry) == [MONDAY + HOUR]


def test_nothing_is_remembered_of_what_is_said_no_more_or_was_not_ahead() -> None:
    _, heard = counted(_entry(_said(2), _said(-2, channel=SMS)), NOTHING, MONDAY)
    assert len(heard) == 1
    assert counted(_entry(_said(-2, channel=SMS)), heard, MONDAY)[1] == {}


@pytest.mark.parametrize("refused_at", [1, 2, 3])
def test_of_two_words_ahead_of_our_clock_the_one_given_later_counts_or_else_the_refusal(
    refused_at: int,
) -> None:
    words = (_said(2), _said(refused_at, granted=False))
    for said in (words, words[::-1]):
        entry, _ = counted(_entry(*said), NOTHING, MONDAY)
        assert [word.granted for word in entry.consents] == [refused_at < 2]


def test_channels_and_classes_of_messages_are_different_matters() -> None:
    words = (_said(-1), _said(-2, channel=SMS), _said(-3, message_class=TRANSACTIONAL))
    entry, _ = counted(_entry(*words), NOTHING, MONDAY)
    assert entry == _entry(*words)


def test_what_is_ahead_of_our_clock_lifts_no_opt_out_that_came_after_it() -> None:
    entry, _ = counted(_entry(_said(2)), NOTHING, MONDAY)
    out = Person(entry=entry, opted_out_at=MONDAY + timedelta(seconds=1))
    assert forbidden_by(out, EMAIL, MARKETING) is not None
    assert forbidden_by(Person(entry=entry), EMAIL, MARKETING) is None
