"""The address at which marketing is stopped, and what is known of whoever stopped it."""

import re
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.shop import Consent
from services.notifier.answers import LONGEST_PRESS
from services.notifier.people import Address, Person
from services.notifier.stopping import (
    Marketed,
    StopLinks,
    is_marketing,
    is_stopped,
    stopped_at,
)
from tests.support.notifier import KEY, MONDAY, PUBLIC, known

LINKS = StopLinks(PUBLIC, KEY)
HOUR = timedelta(hours=1)
numbers = st.integers(min_value=1, max_value=2**40 - 1)


def _code(number: int = 7, links: StopLinks = LINKS) -> str:
    return links.of(number).rpartition("/")[2]


def _agreed(channel: Channel, hours: int) -> Consent:
    return Consent(
        channel=channel,
        message_class=MessageClass.MARKETING,
        granted=True,
        at=MONDAY + hours * HOUR,
        source="page",
    )


def _person(*words: Consent, is_out: bool = True) -> Person:
    return Person(entry=known(consents=words).data, opted_out_at=MONDAY if is_out else None)


@given(numbers)
def test_every_message_has_an_address_that_is_known_again(number: int) -> None:
    assert re.fullmatch(re.escape(PUBLIC) + r"/s/[\w-]{20}", LINKS.of(number), re.ASCII)
    assert LINKS.number_of(_code(number)) == number
    assert LINKS.pressed(LINKS.press_of(number)) == number
    assert len(LINKS.press_of(number)) <= LONGEST_PRESS


@given(numbers, st.integers(min_value=0, max_value=19), st.characters(codec="ascii"))
def test_a_code_of_which_one_character_was_changed_is_not_known(
    number: int, place: int, other: str
) -> None:
    code = _code(number)
    changed = code[:place] + other + code[place + 1 :]
    assert (LINKS.number_of(changed) == number) == (changed == code)
    assert LINKS.number_of(changed) in {None, number}


@given(st.text(max_size=30) | st.text("abcXYZ019-_=+/", min_size=20, max_size=20))
def test_what_anybody_makes_up_is_not_known(code: str) -> None:
    assert LINKS.number_of(code) is None
    assert LINKS.pressed(code) is None


@pytest.mark.parametrize(
    "code",
    [
        _code() + "A",
        _code()[:-1],
        _code().swapcase(),
        _code(links=StopLinks(PUBLIC, b"k" * 32)),
        "ї" * 20,
        "",
    ],
)
def test_what_was_changed_is_not_known(code: str) -> None:
    assert LINKS.number_of(code) is None


def test_addresses_do_not_show_how_many_messages_there_are() -> None:
    assert len({_code(number)[14:17] for number in range(1, 51)}) > 45


def test_the_key_does_not_show_when_links_are_printed() -> None:
    assert "long enough" not in repr(LINKS)


def test_a_button_of_an_answer_stops_nothing() -> None:
    assert LINKS.pressed("0123456789abcdef:wait") is None
    assert LINKS.pressed(_code()) is None


def test_it_concerns_the_customer_and_whoever_reads_what_is_sent_there() -> None:
    message = Marketed(
        number=7,
        source="https://shop.example",
        customer_id="C-1",
        kind=Kind.REVIEW_REQUEST,
        address=Address(Channel.EMAIL, "Oksana@mail.example"),
        language="uk",
        person=Person(),
    )
    assert message.who == ("customer:C-1", "email:oksana@mail.example")


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (_person(is_out=False), False),
        (_person(), True),
        (_person(_agreed(Channel.EMAIL, -1)), True),
        (_person(_agreed(Channel.EMAIL, 1)), False),
        (Person(opted_out_at=MONDAY), True),
    ],
    ids=["said nothing", "said so", "agreed before", "agreed after", "the shop knows nothing"],
)
def test_marketing_is_stopped_until_somebody_agrees_again(person: Person, expected: bool) -> None:
    assert is_stopped(person) is expected


def test_the_last_word_counts_where_the_shops_clock_is_ahead_of_ours() -> None:
    ahead = _person(_agreed(Channel.SMS, 3), is_out=False)
    assert stopped_at(ahead, MONDAY) == MONDAY + 3 * HOUR
    assert is_stopped(Person(entry=ahead.entry, opted_out_at=stopped_at(ahead, MONDAY)))
    assert stopped_at(_person(_agreed(Channel.SMS, -3)), MONDAY) == MONDAY
    assert stopped_at(Person(), MONDAY) == MONDAY


def test_what_was_said_of_other_messages_is_another_matter() -> None:
    word = msgspec.structs.replace(
        _agreed(Channel.SMS, 3), message_class=MessageClass.TRANSACTIONAL
    )
    assert stopped_at(_person(word), MONDAY) == MONDAY


def test_news_of_an_order_cannot_be_stopped_by_it() -> None:
    marketing = {kind for kind in Kind if is_marketing(kind)}
    assert marketing == {Kind.REVIEW_REQUEST, Kind.CART_ABANDONED, Kind.CHECKOUT_ABANDONED}
