"""An address of ours opens one thing, until a day, and cannot be made by anybody else."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.scoped_links import OrderLinks, PreferenceLinks
from tests.support.notifier import KEY

URL = "https://notify.example"
PLANNED = datetime(2026, 11, 22, 10, tzinfo=UTC)
LINKS = OrderLinks(URL, KEY)


def code_of(number: int) -> str:
    return LINKS.code_of(number, PLANNED)


@given(number=st.integers(0, 2**40 - 1))
def test_a_code_stands_for_its_message(number: int) -> None:
    opened = LINKS.opened(code_of(number), PLANNED)
    assert opened is not None
    assert opened.number == number
    assert not opened.is_over


def test_an_address_holds_its_code_and_names_nobody() -> None:
    assert LINKS.of(7, PLANNED) == f"{URL}/o/{code_of(7)}"
    assert len(code_of(7)) == 24


def test_it_opens_on_its_last_day_and_not_after_it() -> None:
    last = PLANNED + OrderLinks.LIFETIME
    on_it, after = (
        LINKS.opened(code_of(7), last),
        LINKS.opened(code_of(7), last + timedelta(days=1)),
    )
    assert on_it is not None
    assert not on_it.is_over
    assert after is not None
    assert after.is_over


def test_the_same_message_has_the_same_address_whenever_it_is_written() -> None:
    assert LINKS.of(7, PLANNED) == LINKS.of(7, PLANNED + timedelta(hours=3))


@given(place=st.integers(0, 23), letter=st.sampled_from("Aa0_-z"))
def test_an_altered_code_opens_nothing(place: int, letter: str) -> None:
    code = code_of(7)
    altered = code[:place] + letter + code[place + 1 :]
    assert altered == code or LINKS.opened(altered, PLANNED) is None


def test_a_code_of_another_purpose_or_another_key_opens_nothing() -> None:
    assert PreferenceLinks(URL, KEY).opened(code_of(7), PLANNED) is None
    assert OrderLinks(URL, KEY[::-1]).opened(code_of(7), PLANNED) is None


@given(st.text(max_size=40))
def test_what_is_no_code_opens_nothing(text: str) -> None:
    assert LINKS.opened(text, PLANNED) is None
