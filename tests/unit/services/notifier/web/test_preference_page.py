"""The page on which people choose: it says what counts, and shows no choice that nobody made."""

import re

import msgspec
import pytest

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.contracts.replies import PreferencesChanged
from headsup.shops.night import Night
from headsup.shops.profile import ShopProfile
from services.notifier.choosing import Chooser, Field
from services.notifier.people import Person
from services.notifier.render import Renderer
from services.notifier.voices import Voices
from services.notifier.web.preference_page import Before, PreferencePages
from tests.support.events import SHOP
from tests.unit.services.notifier.render import samples

USUAL = {
    "en": "What is worth keeping goes this way: E-mail, Telegram, SMS."
    " What you should see soon: Telegram, SMS, E-mail.",
    "uk": "Те, що варто зберегти, надсилаємо так: Електронна пошта, Telegram, SMS."
    " Те, що краще побачити швидко, — так: Telegram, SMS, Електронна пошта.",
    "ru": "То, что стоит сохранить, отправляем так: Электронная почта, Telegram, SMS."
    " То, что лучше увидеть скорее, — так: Telegram, SMS, Электронная почта.",
}
NO_NIGHT = {
    "en": "As usual: at any hour",
    "uk": "Як звичайно: о будь-якій годині",
    "ru": "Как обычно: в любое время",
}
FIRST_CHOICE = "We write by your first choice"


@pytest.fixture(scope="module")
def pages(renderer: Renderer) -> PreferencePages:
    usable = frozenset({Channel.EMAIL, Channel.SMS, Channel.TELEGRAM})
    return PreferencePages(Voices(renderer), usable)


def _shop(night: Night | None = None) -> ShopProfile:
    return msgspec.structs.replace(samples.lavka(), night=night or Night(begins=21, ends=8))


def _chooser(*order: Channel) -> Chooser:
    chosen = PreferencesChanged(customer_id="c-1", channel_order=order)
    return Chooser(
        number=1,
        source=SHOP,
        customer=Customer(id="c-1", email="oksana@mail.example"),
        language="en",
        person=Person(chosen=chosen if order else None),
    )


def _places(html: str) -> dict[str, str]:
    """What is chosen in each list of places."""
    lists = re.findall(r'name="place\.(\w+)">(.*?)</select>', html, re.DOTALL)
    return {name: re.findall(r'value="(\d*)" selected', options)[0] for name, options in lists}


def _page(pages: PreferencePages, chooser: Chooser, shop: ShopProfile, language: str = "en") -> str:
    return bytes(pages.form(chooser, shop, asked=language).body).decode()


@pytest.mark.parametrize("language", USUAL)
def test_who_chose_no_order_reads_what_is_usual_and_has_no_places(
    pages: PreferencePages, language: str
) -> None:
    html = _page(pages, _chooser(), _shop(), language)
    assert USUAL[language] in html
    assert _places(html) == {"email": "", "sms": "", "telegram": ""}
    assert FIRST_CHOICE not in html


def test_who_chose_sees_what_they_chose_and_nothing_else(pages: PreferencePages) -> None:
    html = _page(pages, _chooser(Channel.TELEGRAM, Channel.EMAIL), _shop())
    assert _places(html) == {"email": "2", "sms": "", "telegram": "1"}
    assert FIRST_CHOICE in html
    assert USUAL["en"] not in html


def test_where_there_is_but_one_way_nothing_is_said_of_an_order(renderer: Renderer) -> None:
    pages = PreferencePages(Voices(renderer), frozenset({Channel.SMS}))
    html = _page(pages, _chooser(), _shop())
    assert 'id="reach"' not in html
    assert 'id="way-sms"' in html


@pytest.mark.parametrize(("sent", "shown"), [("", ""), ("2", "2"), ("9", "1"), ("x", "1")])
def test_a_form_that_is_wrong_keeps_the_places_that_can_be_shown(
    pages: PreferencePages, sent: str, shown: str
) -> None:
    before = Before(field=Field.HOURS, fields={"place.sms": sent})
    html = bytes(pages.wrong(_chooser(Channel.SMS), _shop(), before).body).decode()
    assert _places(html)["sms"] == shown


@pytest.mark.parametrize("language", NO_NIGHT)
def test_a_shop_without_a_night_says_that_it_writes_at_any_hour(
    pages: PreferencePages, language: str
) -> None:
    html = _page(pages, _chooser(), _shop(Night(begins=5, ends=5)), language)
    assert f"> {NO_NIGHT[language]}</label>" in html
    assert "5:00 " not in html
    assert 'value="shop" checked' in html
    # Hours of one's own begin with a night that is one.
    assert re.search(r'name="begins">.*<option value="21" selected>', html)


def test_a_shop_with_a_night_says_when_it_is(pages: PreferencePages) -> None:
    html = _page(pages, _chooser(), _shop(Night(begins=22, ends=7)))
    assert "> As usual: from 22:00 to 7:00</label>" in html
