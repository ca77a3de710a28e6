"""Reminders and requests for a review by SMS: beside the address that stops them stands the one
that they lead to."""

import dataclasses
import re
from typing import Final

import msgspec
import pytest

from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from headsup.contracts.shop.carts import CartItem
from services.notifier.render import Renderer, Stop
from services.notifier.render.short_links import link_of, shortened
from services.notifier.rendered import RenderedSms
from tests.support.each import each
from tests.unit.services.notifier.render.readers import every_language, sms
from tests.unit.services.notifier.render.samples import (
    CONTENTS,
    SHORT_URL,
    STOP,
    draft,
    lavka,
    lengthy,
)
from tests.unit.services.notifier.render.variations import variations

REMINDERS: Final = (Kind.CART_ABANDONED, Kind.CHECKOUT_ABANDONED)
every_reminder = pytest.mark.parametrize("kind", REMINDERS)
every_marketing = pytest.mark.parametrize("kind", [*REMINDERS, Kind.REVIEW_REQUEST])
TEA: Final = Item(name="Green tea")
POT: Final = Item(name="Teapot")
_replace = msgspec.structs.replace


@every_reminder
@every_language
@each("left", [0, 1, 2])
@each("items", [(POT,), (TEA, POT)])
def test_in_an_sms_what_is_running_out_ends_with_one_full_stop(
    renderer: Renderer, kind: Kind, language: str, left: int, items: tuple[Item, ...]
) -> None:
    few = CartItem(name=POT.name, left=left)
    link = "https://s.ex/c/1"
    content = Content(items=items, running_out=(few,), cart_url=link)
    said, _, _ = sms(renderer, kind, language, content).text.partition(f" {link}")
    assert re.search(r"[^.]\.$", said), said


@every_marketing
@every_language
@each("shop_name", ["Lavka", "Книгарня «Сяйво» на Подолі, Київ"])
@each("length", [33, 60, 300, 1000])
def test_no_sms_names_the_way_to_hear_no_more_and_not_the_way_back(
    renderer: Renderer, kind: Kind, language: str, shop_name: str, length: int
) -> None:
    for content in variations(kind).values():
        link = link_of(kind, content)
        if link is None:
            continue
        far = shortened(kind, content, link.ljust(length, "f"))
        shop = _replace(lavka(), name=shop_name)
        wanted = dataclasses.replace(draft(kind, Channel.SMS, language, far), shop=shop, stop=STOP)
        rendered = renderer.render(wanted)
        assert isinstance(rendered, RenderedSms)
        assert rendered.segments <= 3, rendered.text
        own, text = link_of(kind, far), rendered.text
        assert f" {own} " in text or f" {SHORT_URL} " in text, text
        assert SHORT_URL not in text or length > 60
        assert "+380443002121" in text
        assert text.endswith(f": {STOP.url}")


@every_marketing
@every_language
@each("shop_name", ["Velo & Co", "Велосипеди"])
def test_everything_else_is_cut_before_the_name_of_who_writes(
    renderer: Renderer, kind: Kind, language: str, shop_name: str
) -> None:
    shop = _replace(lavka(), name=shop_name)
    for content in variations(kind).values():
        wanted = dataclasses.replace(draft(kind, Channel.SMS, language, content), shop=shop)
        rendered = renderer.render(dataclasses.replace(wanted, stop=STOP))
        assert isinstance(rendered, RenderedSms)
        assert rendered.segments <= 3
        assert rendered.text.startswith(f"{shop_name}: "), rendered.text


@each("language", ["uk", "ru"])
@every_reminder
def test_who_is_reminded_in_cyrillic_reads_a_long_name_of_the_shop_and_what_is_sold_out(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    shop = _replace(lavka(), name="Книгарня «Сяйво» 24х")
    content = variations(kind)["sold out"]
    wanted = dataclasses.replace(draft(kind, Channel.SMS, language, content), shop=shop, stop=STOP)
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedSms)
    assert rendered.text.startswith("Книгарня «Сяйво» 24х: ")
    assert "Чайник з глини: " in rendered.text


@every_reminder
@each(
    ("language", "said"),
    [
        ("en", "Чайник з глини: sold out."),
        ("uk", "Чайник з глини: немає в наявності."),
        ("ru", "Чайник з глини: нет в наличии."),
    ],
)
def test_who_comes_back_for_what_is_sold_out_knows_before(
    renderer: Renderer, kind: Kind, language: str, said: str
) -> None:
    content = variations(kind)["sold out"]
    wanted = dataclasses.replace(draft(kind, Channel.SMS, language, content), stop=STOP)
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedSms)
    assert said in rendered.text
    assert f" {content.cart_url} " in rendered.text


@every_marketing
@every_language
def test_where_there_is_no_short_address_the_long_one_stays(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    far = shortened(kind, CONTENTS[kind], f"https://shop.example/{'f' * 300}")
    wanted = dataclasses.replace(draft(kind, Channel.SMS, language, far), short_url=None)
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedSms)
    assert f" {link_of(kind, far)} " in rendered.text


def test_where_the_short_address_wins_nothing_the_shops_own_stays(renderer: Renderer) -> None:
    kind, far = Kind.CART_ABANDONED, f"https://notify.example/{'f' * 200}/s/AbCdEfGhIjKlMnOpQrSt"
    wanted = dataclasses.replace(
        draft(kind, Channel.SMS, "uk"), stop=Stop(url=far), short_url=far.replace("/s/", "/g/")
    )
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedSms)
    assert f" {CONTENTS[kind].cart_url} " in rendered.text


@every_reminder
@every_language
def test_mail_and_telegram_lead_to_the_shops_own_address(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    for channel in (Channel.EMAIL, Channel.TELEGRAM):
        written = repr(renderer.render(draft(kind, channel, language, lengthy(kind))))
        assert str(lengthy(kind).cart_url) in written
        assert SHORT_URL not in written


@every_marketing
@each(("language", "words"), [("en", "Opt out"), ("uk", "Не писати"), ("ru", "Не писать")])
def test_in_an_sms_the_way_to_hear_no_more_does_not_read_like_an_order_that_was_refused(
    renderer: Renderer, kind: Kind, language: str, words: str
) -> None:
    wanted = dataclasses.replace(draft(kind, Channel.SMS, language), stop=STOP)
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedSms)
    assert rendered.text.endswith(f" {words}: {STOP.url}")
