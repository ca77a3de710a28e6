"""Short addresses that lead to the shop: known again, and made by nobody else."""

import re

from hypothesis import given
from hypothesis import strategies as st

from services.notifier.short_links import ShortLinks
from services.notifier.stopping import StopLinks
from tests.support.notifier import KEY, PUBLIC

LINKS = ShortLinks(PUBLIC, KEY)
numbers = st.integers(min_value=1, max_value=2**40 - 1)


def _code(url: str) -> str:
    return url.rpartition("/")[2]


@given(numbers)
def test_every_message_has_one_that_is_known_again(number: int) -> None:
    assert re.fullmatch(re.escape(PUBLIC) + r"/g/[\w-]{20}", LINKS.of(number), re.ASCII)
    assert LINKS.number_of(_code(LINKS.of(number))) == number


@given(numbers)
def test_the_way_to_the_shop_stops_nothing_and_the_way_to_stop_leads_nowhere(number: int) -> None:
    stops = StopLinks(PUBLIC, KEY)
    assert stops.number_of(_code(LINKS.of(number))) is None
    assert LINKS.number_of(_code(stops.of(number))) is None


@given(st.text(max_size=30) | st.text("abcXYZ019-_=+/", min_size=20, max_size=20))
def test_what_anybody_makes_up_leads_nowhere(code: str) -> None:
    assert LINKS.number_of(code) is None


def test_another_key_makes_other_addresses() -> None:
    assert LINKS.number_of(_code(ShortLinks(PUBLIC, b"k" * 32).of(7))) is None


def test_the_key_does_not_show_when_links_are_printed() -> None:
    assert "long enough" not in repr(LINKS)
    assert "long enough" not in repr(LINKS._numbers)
