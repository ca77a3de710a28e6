"""The page of all messages."""

import re
from collections.abc import Sequence

import pytest

from headsup.contracts.catalogue import Kind
from services.notifier.render import Renderer
from tests.gallery import page, prices
from tests.gallery.finding import Finding
from tests.gallery.sources import LANGUAGES
from tests.gallery.written import Written, every_message


@pytest.fixture(scope="module")
def written(renderer: Renderer) -> Sequence[Written]:
    kinds = (Kind.ORDER_CONFIRMED, Kind.SHIPMENT_SHIPPED, Kind.DISPATCH_LATE)
    return list(every_message(renderer, kinds))


def test_every_kind_is_shown_in_every_language_on_every_channel(
    written: Sequence[Written],
) -> None:
    html = page.page_of(written, [])
    for kind in (Kind.ORDER_CONFIRMED, Kind.SHIPMENT_SHIPPED, Kind.DISPATCH_LATE):
        section = html.partition(f'<section id="{kind}">')[2].partition("</section>")[0]
        cards = section.split("<article ")[1:]
        complete = [card for card in cards if 'data-variation="complete"' in card]
        assert [re.findall('data-language="(..)"', card)[0] for card in complete] == [*LANGUAGES]
        for card in complete:
            assert re.findall('data-channel="([a-z]+)"', card) == ["email", "sms", "telegram"]
            assert "srcdoc=" in card


def test_an_sms_says_what_it_costs(written: Sequence[Written]) -> None:
    html = page.page_of(written, [])
    assert re.search(r"1 segment · GSM-7 · \d+ characters · ≈ \$0\.175, UA", html)
    assert re.search(r"2 segments · UCS-2 · \d+ characters · ≈ \$0\.349, UA", html)
    assert prices.load()["UA"].source in html


def test_a_question_and_a_recipient_are_shown_beside_the_complete_message(
    written: Sequence[Written],
) -> None:
    html = page.page_of(written, [])
    assert 'data-variation="said 2 times, asking"' in html
    assert 'data-variation="to the recipient"' in html
    assert "nobody to hear" not in html


def test_what_was_found_stands_on_the_page_as_words(written: Sequence[Written]) -> None:
    found = [Finding(where="uk/x.toml", problem="<script>", excerpt="a & b")]
    html = page.page_of(written, found)
    assert "1 to mend" in html
    assert "uk/x.toml: &lt;script&gt;: «a &amp; b»" in html


@pytest.mark.parametrize(("phone", "country"), [("+380671234567", "UA"), ("+12025550123", "US")])
def test_a_price_is_found_by_the_country_of_the_number(phone: str, country: str) -> None:
    assert prices.country_of(phone) == country
