"""What support is told of a message that was to be sent again."""

from datetime import UTC, datetime

import pytest

from services.notifier.supporting import Done, Effect
from services.notifier.web.support_words import said

AT = datetime(2026, 11, 23, 23, 58, tzinfo=UTC)
WITHDRAWN = Effect.WITHDRAWN
ASKED: tuple[tuple[Done, str], ...] = (
    (
        Done(effect=WITHDRAWN, at=AT),
        "Nothing was sent yet: it was withdrawn on 2026-11-23 at 23:58 UTC, because what it says"
        " was not true any more. Send it anyway?",
    ),
    (
        Done(effect=WITHDRAWN, at=AT, newer_kind="order.cancelled", is_old=True),
        "Nothing was sent yet: it was withdrawn on 2026-11-23 at 23:58 UTC, because newer news took"
        " its place (order.cancelled). It is not worth telling any more, either. Send it anyway?",
    ),
    (
        Done(effect=Effect.TOO_SOON, at=AT, operator="ada@shop.example"),
        "Nothing was sent: ada@shop.example sent it again at 23:58. The same message is sent again"
        " at most once in 5 minutes, whoever asks. It may go out once more from 00:03 UTC on.",
    ),
)


@pytest.mark.parametrize(("done", "words"), ASKED)
def test_why_nothing_was_sent_is_said_with_when_and_who(done: Done, words: str) -> None:
    assert said(done) == words


@pytest.mark.parametrize("effect", [each for each in Effect if each is not Effect.NOTED])
def test_there_are_words_for_whatever_comes_of_it(effect: Effect) -> None:
    assert said(Done(effect=effect, at=AT, operator="ada@shop.example")).endswith((".", "?"))
