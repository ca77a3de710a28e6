"""Which of Twilio's messages are ours."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from services.notifier.channels.sms_match import REACHED_NOBODY, SLACK, matching, says

TEXT = "«Крамниця»: замовлення 1001 — у дорозі… Чекайте до 18:00"
SINCE = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@dataclass(slots=True)
class Listed:
    sid: str | None = "SM1"
    body: str | None = TEXT
    status: str | None = "sent"
    date_created: datetime | None = SINCE


@pytest.mark.parametrize(
    "body",
    [
        TEXT,
        f"Sent from your Twilio trial account - {TEXT}",
        TEXT.replace("«", '"').replace("»", '"').replace("—", "-").replace("…", "..."),
        TEXT.replace(" ", "\u00a0"),
        TEXT.upper(),
        "",
        None,
    ],
)
def test_what_twilio_makes_of_a_text_is_still_that_text(body: str | None) -> None:
    assert says(body, TEXT)


@pytest.mark.parametrize(
    "body",
    [
        TEXT.replace("1001", "1002"),
        TEXT.replace("18:00", "19:00"),
        TEXT + " Дякуємо",
        TEXT.replace("у дорозі", "скасовано"),
    ],
)
def test_another_text_is_another_message(body: str) -> None:
    assert not says(body, TEXT)


def test_a_text_without_letters_is_compared_as_it_stands() -> None:
    assert says("👍", "👍")
    assert not says("anything at all", "👍")


@pytest.mark.parametrize("status", sorted(REACHED_NOBODY))
def test_a_message_that_reached_nobody_does_not_count(status: str) -> None:
    assert matching([Listed(status=status)], TEXT, SINCE) == ()


@pytest.mark.parametrize("status", ["accepted", "queued", "sending", "sent", "delivered", None])
def test_any_other_may_have_arrived(status: str | None) -> None:
    assert matching([Listed(status=status)], TEXT, SINCE) == ("SM1",)


def test_two_clocks_may_differ_a_little_and_no_more() -> None:
    assert matching([Listed(date_created=SINCE - SLACK)], TEXT, SINCE) == ("SM1",)
    earlier = SINCE - SLACK - timedelta(seconds=1)
    assert matching([Listed(date_created=earlier)], TEXT, SINCE) == ()
    assert matching([Listed(date_created=None)], TEXT, SINCE) == ("SM1",)


def test_the_oldest_comes_first_also_within_one_second() -> None:
    later = SINCE + timedelta(seconds=1)
    newest_first = [Listed("SM3", date_created=later), Listed("SM2"), Listed("SM1"), Listed(None)]
    assert matching(newest_first, TEXT, SINCE) == ("SM1", "SM2", "SM3")
