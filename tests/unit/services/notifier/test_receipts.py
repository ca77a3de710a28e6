"""What receipts change, in any order and however often they come."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from services.notifier.attempts import State
from services.notifier.receipts import (
    RANKS,
    STATES,
    TWILIO,
    Effect,
    Failure,
    Receipt,
    Standing,
    Word,
    advance,
)


def _receipt(word: Word, sid: str | None = "SM1", failure: Failure | None = None) -> Receipt:
    return Receipt(
        notification_id="r1.0",
        channel=Channel.SMS,
        word=word,
        provider_ref=sid,
        failure=failure,
    )


def _after(standing: Standing, *words: Word) -> Standing:
    for word in words:
        standing, _ = advance(standing, _receipt(word))
    return standing


SENT = Standing(state=State.SENT, provider_ref="SM1")
STANDINGS = st.builds(
    Standing, state=st.sampled_from(State), provider_ref=st.sampled_from(["SM1", None])
)
WORDS = st.lists(st.sampled_from(Word), min_size=1, max_size=8)


@given(STANDINGS, WORDS, st.data())
def test_any_order_and_any_repetition_end_alike(
    standing: Standing, words: list[Word], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(words + data.draw(st.lists(st.sampled_from(words)))))
    assert _after(standing, *again) == _after(standing, *words)


@given(STANDINGS, WORDS)
def test_a_word_never_takes_back_a_further_one(standing: Standing, words: list[Word]) -> None:
    ranks = []
    for word in words:
        standing, _ = advance(standing, _receipt(word))
        assert standing.word is not None
        ranks.append(RANKS[standing.word])
    assert ranks == sorted(ranks)
    assert standing.word is max(words, key=RANKS.__getitem__)
    assert standing.state is STATES[standing.word]


@given(STANDINGS, WORDS)
def test_a_replay_changes_nothing(standing: Standing, words: list[Word]) -> None:
    after = _after(standing, *words)
    for word in words:
        assert advance(after, _receipt(word)) == (after, Effect.KNOWN)


@pytest.mark.parametrize("state", State)
def test_whatever_we_took_it_for_the_provider_knows_better(state: State) -> None:
    after, effect = advance(Standing(state=state), _receipt(Word.SENT))
    assert (after.state, after.provider_ref) == (State.SENT, "SM1")
    assert effect is (Effect.NOTED if state is State.SENT else Effect.MOVED)


def test_what_was_delivered_after_all_is_delivered_in_either_order() -> None:
    for words in permutations((Word.UNDELIVERED, Word.DELIVERED)):
        after = _after(SENT, *words)
        assert (after.state, after.failure) == (State.DELIVERED, None)


def test_a_message_that_did_not_arrive_says_why() -> None:
    failure = Failure(Reason.INVALID_ADDRESS, "30005", address_is_bad=True)
    after, effect = advance(SENT, _receipt(Word.UNDELIVERED, failure=failure))
    assert (after.state, after.failure, effect) == (State.FAILED, failure, Effect.MOVED)


def test_without_a_reason_it_was_not_delivered() -> None:
    after, _ = advance(SENT, _receipt(Word.FAILED))
    assert after.failure == Failure(Reason.UNDELIVERED)


def test_a_receipt_for_another_message_is_evidence_of_a_copy_and_changes_nothing() -> None:
    assert advance(SENT, _receipt(Word.DELIVERED, sid="SM2")) == (SENT, Effect.COPY)


def test_a_receipt_without_a_name_leaves_the_name_that_is_known() -> None:
    after, _ = advance(SENT, _receipt(Word.UNDELIVERED, sid=None))
    assert after.provider_ref == "SM1"


def test_the_words_stand_in_the_order_in_which_a_message_goes() -> None:
    assert [word.value for word in sorted(Word, key=RANKS.__getitem__)] == [
        *("accepted", "queued", "sending", "sent"),
        *("failed", "undelivered", "delivered", "read"),
    ]


def test_every_status_of_an_outgoing_message_at_twilio_has_a_word() -> None:
    statuses = (
        "queued sending sent failed delivered undelivered accepted scheduled read "
        "partially_delivered canceled"
    )
    assert set(TWILIO) == set(statuses.split())
