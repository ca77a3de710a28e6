"""The address of an answer, what a button carries, and what an answer changes."""

import re
from datetime import timedelta

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
    Last,
    effect_of,
    pressed,
    takes_replies,
)
from tests.support.notifier import MONDAY

EMAIL, SMS, TELEGRAM = Channel.EMAIL, Channel.SMS, Channel.TELEGRAM
ID = "0123456789abcdef0123456789abcdef"
KEY = b"a key that is long enough to be one"
LINKS = AnswerLinks("https://notify.example/headsup", KEY)
WAIT_OR_CANCEL, RATING = Question.WAIT_OR_CANCEL, Question.RATING
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


@pytest.mark.parametrize(
    ("answer", "last", "after", "effect"),
    [
        (Answer.WAIT, Last(), timedelta(), Effect.HEARD),
        (Answer.CANCEL, Last(Answer.WAIT, 1), timedelta(), Effect.HEARD),
        (Answer.WAIT, Last(Answer.WAIT, 1), timedelta(), Effect.SAME),
        (Answer.YES, Last(), timedelta(), Effect.UNKNOWN),
        (Answer.WAIT, Last(), LIFETIME - timedelta(seconds=1), Effect.HEARD),
        (Answer.WAIT, Last(), LIFETIME, Effect.TOO_OLD),
        (Answer.WAIT, Last(Answer.CANCEL, MOST_CHANGES - 1), timedelta(), Effect.HEARD),
        (Answer.WAIT, Last(Answer.CANCEL, MOST_CHANGES), timedelta(), Effect.TOO_OFTEN),
    ],
    ids=[
        "the first answer is heard",
        "another one too",
        "the same one changes nothing",
        "an answer to another question is none",
        "after almost sixty days it still counts",
        "then no more",
        "one may change one's mind",
        "but not forever",
    ],
)
def test_what_an_answer_changes(
    answer: Answer, last: Last, after: timedelta, effect: Effect
) -> None:
    assert effect_of(ASKED, answer, last, MONDAY + after) is effect


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
