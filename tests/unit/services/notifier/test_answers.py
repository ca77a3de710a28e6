"""The address of an answer, what a button carries, and what an answer changes."""

import re
from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts.channels import Channel
from headsup.contracts.replies import ANSWERS, Answer, Question
from headsup.settings import Environment, SettingsError
from services.notifier.answer_settings import answer_settings
from services.notifier.answers import (
    LIFETIME,
    LONGEST_PRESS,
    MOST_CHANGES,
    AnswerLinks,
    Asked,
    Asking,
    Effect,
    Given,
    Saying,
    effect_of,
    pressed,
    ref_of_press,
    takes_replies,
)
from tests.support.notifier import MONDAY

EMAIL, SMS, TELEGRAM = Channel.EMAIL, Channel.SMS, Channel.TELEGRAM
ID = "0123456789abcdef0123456789abcdef"
KEY = b"a key that is long enough to be one"
LINKS = AnswerLinks("https://notify.example/headsup", KEY)
WAIT_OR_CANCEL, RATING = Question.WAIT_OR_CANCEL, Question.RATING
MINUTE = timedelta(minutes=1)
ASKING = Asking(links=LINKS, has_buttons=True, hearing=frozenset({"primary"}))


def _signature(links: AnswerLinks = LINKS) -> str:
    """Of the answer that they wait."""
    made = links.of(ID, WAIT_OR_CANCEL)
    assert made is not None
    return made[Answer.WAIT].rpartition("/")[2]


@pytest.mark.parametrize("question", Question)
def test_every_answer_has_an_address_that_is_known_again(question: Question) -> None:
    links = LINKS.of(ID, question)
    assert links is not None
    assert tuple(links) == ANSWERS[question]
    for answer, link in links.items():
        prefix, request_id, word, signature = link.rsplit("/", 3)
        assert prefix == "https://notify.example/headsup/answers"
        assert (request_id, word) == (ID, answer)
        assert re.fullmatch(r"[A-Za-z0-9_-]{22}", signature)
        assert LINKS.signed(request_id, word, signature) is answer


@pytest.mark.parametrize(
    ("request_id", "answer", "signature"),
    [
        (ID, "cancel", _signature()),
        (ID[:-1] + "0", "wait", _signature()),
        (ID, "wait", _signature()[:-1]),
        (ID, "wait", _signature() + "A"),
        (ID, "wait", _signature().swapcase()),
        (ID, "wait", ""),
        (ID, "wait", "ї" * 22),
        (ID, "stay", _signature()),
        (ID, "WAIT", _signature()),
        (ID, "wait", _signature(AnswerLinks("https://notify.example/headsup", b"k" * 32))),
        ("wait", ID, _signature()),
    ],
)
def test_what_was_changed_is_not_known(request_id: str, answer: str, signature: str) -> None:
    assert LINKS.signed(request_id, answer, signature) is None


def test_a_key_does_not_show_when_links_are_printed() -> None:
    assert "long enough" not in repr(LINKS)


@pytest.mark.parametrize("request_id", ["a/b", "a b", "x" * 91, "ї", "a?b", ""])
def test_an_id_that_fits_no_address_has_none(request_id: str) -> None:
    assert LINKS.of(request_id, RATING) is None


def test_a_button_carries_the_request_and_the_answer() -> None:
    presses = ASKING.presses(ID, WAIT_OR_CANCEL, TELEGRAM)
    assert presses == {Answer.WAIT: f"{ID}:wait", Answer.CANCEL: f"{ID}:cancel"}
    assert [pressed(press) for press in presses.values()] == [
        (ID, Answer.WAIT),
        (ID, Answer.CANCEL),
    ]


def test_where_an_id_is_too_long_for_a_button_they_lead_to_the_page() -> None:
    longest = "x" * (LONGEST_PRESS - len(":cancel"))
    assert ASKING.presses(longest, WAIT_OR_CANCEL, TELEGRAM) is not None
    assert ASKING.presses(longest + "x", WAIT_OR_CANCEL, TELEGRAM) is None
    assert ASKING.answers(longest + "x", WAIT_OR_CANCEL, TELEGRAM, "primary") is not None


@pytest.mark.parametrize("data", ["", ":", ID, f"{ID}:", f"{ID}:stay", ":wait", "a b:wait"])
def test_a_button_of_somebody_elses_is_not_known(data: str) -> None:
    assert pressed(data) is None


@pytest.mark.parametrize(
    ("asking", "channel", "sender", "ways"),
    [
        (ASKING, EMAIL, "primary", (True, False)),
        (ASKING, TELEGRAM, "primary", (True, True)),
        (ASKING, SMS, "primary", (True, False)),
        (ASKING, SMS, "secondary", (False, False)),
        (Asking(links=LINKS), TELEGRAM, "primary", (True, False)),
        (Asking(), EMAIL, "primary", (False, False)),
        (Asking(), SMS, "primary", (False, False)),
    ],
    ids=[
        "a mail has links",
        "Telegram has buttons",
        "an SMS to whose sender one can reply names the words",
        "an SMS from a name does not",
        "without the webhook Telegram has links",
        "without a key there are none",
        "not even in an SMS",
    ],
)
def test_how_one_answers(
    asking: Asking, channel: Channel, sender: str, ways: tuple[bool, bool]
) -> None:
    links = asking.answers(ID, RATING, channel, sender)
    presses = asking.presses(ID, RATING, channel)
    assert (links is not None, presses is not None) == ways
    assert asking.answers(ID, None, channel, sender) is None
    assert asking.presses(ID, None, channel) is None


@pytest.mark.parametrize(
    ("sender", "can"),
    [
        ("+15005550006", True),
        ("12345", True),
        ("MG" + "0" * 32, True),
        ("Lavka", False),
        ("MG12", False),
    ],
)
def test_one_can_reply_to_a_number_and_to_no_name(sender: str, can: bool) -> None:
    assert takes_replies(sender) is can


ASKED = Asked(
    request_id=ID,
    source="https://shop.example",
    order_id="A-1",
    customer_id="c-1",
    question=WAIT_OR_CANCEL,
    at=MONDAY,
)


def _given(*answers: Answer, times: int = 1, **changes: Any) -> list[Given]:
    """Heard one after the other, a minute ago."""
    plain: dict[str, Any] = {
        "number": 1,
        "ref": None,
        "heard_at": MONDAY - MINUTE,
        "is_of_today": True,
    }
    return [Given(answer=answer, **plain | changes) for answer in answers * times]


@pytest.mark.parametrize(
    ("answer", "given", "after", "effect"),
    [
        (Answer.WAIT, [], timedelta(), Effect.HEARD),
        (Answer.CANCEL, _given(Answer.WAIT), timedelta(), Effect.HEARD),
        (Answer.WAIT, _given(Answer.WAIT), timedelta(), Effect.SAME),
        (Answer.WAIT, _given(Answer.WAIT, Answer.CANCEL), timedelta(), Effect.HEARD),
        (Answer.YES, [], timedelta(), Effect.UNKNOWN),
        (Answer.WAIT, [], LIFETIME - timedelta(seconds=1), Effect.HEARD),
        (Answer.WAIT, [], LIFETIME, Effect.TOO_OLD),
        (Answer.WAIT, _given(Answer.CANCEL, times=MOST_CHANGES - 1), timedelta(), Effect.HEARD),
        (Answer.WAIT, _given(Answer.CANCEL, times=MOST_CHANGES), timedelta(), Effect.TOO_OFTEN),
        (Answer.CANCEL, _given(Answer.CANCEL, times=MOST_CHANGES), timedelta(), Effect.SAME),
    ],
    ids=[
        "the first answer is heard",
        "another one too",
        "the same one changes nothing",
        "one may come back to the first",
        "an answer to another question is none",
        "after almost sixty days it still counts",
        "then no more",
        "one may change one's mind",
        "but not forever",
        "and may always repeat it",
    ],
)
def test_what_an_answer_changes(
    answer: Answer, given: list[Given], after: timedelta, effect: Effect
) -> None:
    assert effect_of(ASKED, Saying(answer=answer), given, MONDAY + after) is effect


def _effect(saying: Saying, *given: Given) -> Effect:
    return effect_of(ASKED, saying, given, MONDAY)


def test_what_is_brought_twice_counts_once() -> None:
    heard = [*_given(Answer.WAIT, ref="SM1"), *_given(Answer.CANCEL, ref="SM2")]
    assert _effect(Saying(answer=Answer.WAIT, ref="SM1"), *heard) is Effect.SAME
    assert _effect(Saying(answer=Answer.WAIT, ref="SM3"), *heard) is Effect.HEARD


@pytest.mark.parametrize(
    ("written", "effect"), [(-2 * MINUTE, Effect.OVERTAKEN), (timedelta(), Effect.HEARD)]
)
def test_what_was_written_before_another_answer_and_comes_after_it_does_not_count(
    written: timedelta, effect: Effect
) -> None:
    saying = Saying(answer=Answer.CANCEL, ref="SM1", written_at=MONDAY + written)
    assert _effect(saying, *_given(Answer.WAIT)) is effect


@pytest.mark.parametrize(
    ("update", "before", "is_of_today", "effect"),
    [
        (7, "telegram:9", True, Effect.OVERTAKEN),
        (11, "telegram:9", True, Effect.HEARD),
        (7, "telegram:9", False, Effect.HEARD),
        (7, None, True, Effect.HEARD),
        (7, "SM9", True, Effect.HEARD),
    ],
    ids=[
        "an earlier press that Telegram brings again",
        "a later press, though its number is shorter as a text",
        "numbers begin anew after a quiet week",
        "a link has no number",
        "a text message neither",
    ],
)
def test_of_two_presses_the_one_that_was_later_counts(
    update: int, before: str | None, is_of_today: bool, effect: Effect
) -> None:
    heard = _given(Answer.WAIT, ref=before, is_of_today=is_of_today)
    assert _effect(Saying(answer=Answer.CANCEL, ref=ref_of_press(update)), *heard) is effect


def _read(**given: str) -> Asking:
    environment = Environment(given)
    settings = answer_settings(environment)
    environment.check()
    return settings.asking(given.get("HEADSUP_PUBLIC_URL"), {"primary": "+15005550006"})


PUBLIC = {"HEADSUP_PUBLIC_URL": "https://notify.example"}
LONG = {"HEADSUP_ANSWER_KEY": "k" * 32}


def test_there_are_answers_with_a_key_and_an_address_alone() -> None:
    assert _read(**PUBLIC, **LONG).links == AnswerLinks("https://notify.example", b"k" * 32)
    assert [_read(**given) for given in ({}, PUBLIC, LONG)] == [Asking()] * 3


def test_there_are_buttons_with_a_secret() -> None:
    assert not _read(**PUBLIC, **LONG).has_buttons
    assert _read(**PUBLIC, **LONG, HEADSUP_TELEGRAM_SECRET="s" * 16).has_buttons


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"HEADSUP_ANSWER_KEY": "k" * 31},
            "HEADSUP_ANSWER_KEY is wrong: expected at least 32 characters.",
        ),
        (
            {**PUBLIC, **LONG, "HEADSUP_TELEGRAM_SECRET": "s" * 15},
            "HEADSUP_TELEGRAM_SECRET is wrong: expected 16 to 256 letters, digits, _ and -.",
        ),
        (
            {**LONG, "HEADSUP_TELEGRAM_SECRET": "s" * 16},
            "HEADSUP_TELEGRAM_SECRET needs HEADSUP_ANSWER_KEY and HEADSUP_PUBLIC_URL: "
            "without them nobody is asked, and Telegram has nowhere to call.",
        ),
    ],
)
def test_what_is_wrong_is_said(given: dict[str, str], problem: str) -> None:
    with pytest.raises(SettingsError) as raised:
        _read(**given)
    assert raised.value.problems == [problem]
