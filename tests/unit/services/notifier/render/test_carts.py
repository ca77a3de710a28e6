"""What reminders of carts say: what is there, what is running out, and no word that presses."""

import dataclasses
import re
from typing import Final

import msgspec
import pytest

from headsup.contracts.base import Item, Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from headsup.contracts.shop.carts import CartItem
from services.notifier.render import Renderer
from services.notifier.rendered import Rendered, RenderedEmail
from tests.support.each import each
from tests.unit.services.notifier.render.readers import (
    email,
    every_channel,
    every_language,
    seen,
    sms,
    spaced,
    telegram,
    texts,
)
from tests.unit.services.notifier.render.samples import (
    CONTENTS,
    NEXT_NEWS,
    draft,
    lavka,
)
from tests.unit.services.notifier.render.variations import variations

CART: Final = Kind.CART_ABANDONED
REMINDERS: Final = (CART, Kind.CHECKOUT_ABANDONED)
every_reminder = pytest.mark.parametrize("kind", REMINDERS)
_replace = msgspec.structs.replace


def _cart(*items: Item, **changes: object) -> Content:
    return _replace(Content(items=items), **changes)


def _few(item: Item, left: int) -> CartItem:
    return CartItem(name=item.name, quantity=item.quantity, price=item.price, left=left)


def _dollars(amount: str) -> Money:
    return Money(amount=amount, currency="USD")


TEA: Final = Item(name="Green tea", quantity=2, price=_dollars("4.50"))
POT: Final = Item(name="Teapot", price=_dollars("39.00"))


@every_reminder
@every_language
def test_mail_and_telegram_list_what_is_in_the_cart_and_what_it_costs(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    content = _cart(TEA, POT, total=_dollars("48.00"))
    mail = email(renderer, kind, language, content)
    chat = telegram(renderer, kind, language, content).html
    for text in (mail.text, seen(mail.html), chat):
        for said in ("Green tea", "2 × ", "4.50", "Teapot", "39.00", "48.00"):
            assert said in spaced(text).replace(",", ".")
    assert "• Green tea: 2 × " in chat


@every_reminder
def test_a_line_without_a_price_has_none_and_keeps_its_number(
    renderer: Renderer, kind: Kind
) -> None:
    content = _cart(_replace(TEA, price=None), total=None)
    mail = email(renderer, kind, "en", content)
    assert "- 2 × Green tea\n" in mail.text
    assert "Total" not in mail.text


@every_reminder
@every_channel
def test_a_sum_in_a_currency_that_does_not_exist_is_not_shown(
    renderer: Renderer, kind: Kind, channel: Channel
) -> None:
    odd = Money(amount="12.00", currency="QQQ")
    line = _replace(POT, price=odd)
    content = _cart(line, total=odd, running_out=(_few(line, 2),))
    said = "\n".join(texts(renderer.render(draft(kind, channel, "en", content))))
    assert "12.00" not in said
    assert "QQQ" not in said
    assert "2 left" in said


def test_who_ordered_is_told_every_sum_as_it_is_written(renderer: Renderer) -> None:
    odd = Money(amount="12.00", currency="QQQ")
    content = _replace(CONTENTS[Kind.ORDER_CONFIRMED], total=odd)
    assert "QQQ 12.00" in spaced(email(renderer, Kind.ORDER_CONFIRMED, "en", content).text)


@each(
    ("language", "left", "said"),
    [
        ("en", 1, "1 left"),
        ("en", 2, "2 left"),
        ("en", 0, "sold out"),
        ("uk", 1, "залишилась 1 шт."),
        ("uk", 2, "залишилося 2 шт."),
        ("uk", 5, "залишилося 5 шт."),
        ("uk", 21, "залишилась 21 шт."),
        ("uk", 0, "немає в наявності"),
        ("ru", 1, "осталась 1 шт."),
        ("ru", 3, "осталось 3 шт."),
        ("ru", 0, "нет в наличии"),
    ],
)
def test_what_is_running_out_is_said_beside_its_line(
    renderer: Renderer, language: str, left: int, said: str
) -> None:
    content = _cart(TEA, POT, running_out=(_few(POT, left),))
    mail = email(renderer, CART, language, content)
    (line,) = [line for line in mail.text.splitlines() if line.startswith("- Teapot")]
    assert line.endswith(f" ({said})")
    (line,) = [line for line in mail.text.splitlines() if line.startswith("- Green tea")]
    assert "(" not in line
    assert f"Teapot\n{said}" in seen(mail.html)
    assert f"({said})" in telegram(renderer, CART, language, content).html


def test_an_sms_names_what_is_running_out_where_there_is_more_than_one_line(
    renderer: Renderer,
) -> None:
    two = sms(renderer, CART, "en", _cart(TEA, POT, running_out=(_few(POT, 2),))).text
    one = sms(renderer, CART, "en", _cart(POT, running_out=(_few(POT, 2),))).text
    assert "In your cart: Green tea +1. Teapot: 2 left." in two
    assert "In your cart: Teapot. 2 left." in one


def test_of_two_lines_that_look_alike_as_many_are_running_out_as_the_shop_says(
    renderer: Renderer,
) -> None:
    content = _cart(POT, POT, running_out=(_few(POT, 2),))
    assert email(renderer, CART, "en", content).text.count("(2 left)") == 1


@every_reminder
@each(
    ("language", "more"),
    [
        ("en", "and 495 more items"),
        ("uk", "і ще 495 позицій"),
        ("ru", "и ещё 495 позиций"),
    ],
)
def test_of_a_long_cart_a_few_lines_are_listed_and_first_those_that_are_running_out(
    renderer: Renderer, kind: Kind, language: str, more: str
) -> None:
    many = tuple(Item(name=f"Cup {number}") for number in range(500))
    content = _cart(*many, running_out=(_few(many[321], 1),))
    mail = email(renderer, kind, language, content)
    chat = telegram(renderer, kind, language, content).html
    listed = [line for line in mail.text.splitlines() if line.startswith("- ")]
    assert len(listed) == 5
    assert listed[0].startswith("- Cup 321 (")
    for text in (mail.text, seen(mail.html), chat):
        assert more in text
    assert chat.count("• ") == 5


_LINK: Final = {"en": "link", "uk": "посилан", "ru": "ссылк"}


@every_reminder
@every_language
@every_channel
@each("occurrence", [1, 2, 3])
def test_without_a_way_back_there_is_no_button_and_no_word_of_a_link(
    renderer: Renderer, kind: Kind, language: str, channel: Channel, occurrence: int
) -> None:
    content = _replace(CONTENTS[kind], cart_url=None, occurrence=occurrence)
    rendered = renderer.render(draft(kind, channel, language, content))
    assert not any(_LINK[language] in text.lower() for text in texts(rendered))
    if isinstance(rendered, RenderedEmail):
        assert 'class="button"' not in rendered.html


@every_reminder
@every_language
def test_with_a_way_back_it_is_the_button_of_a_mail_and_the_first_of_telegram(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    content = CONTENTS[kind]
    assert f'href="{content.cart_url}"' in email(renderer, kind, language, content).html
    chat = telegram(renderer, kind, language, content)
    assert chat.buttons[0][0].url == content.cart_url


@every_reminder
@every_language
@each("occurrence", [1, 2, 3])
def test_the_sentences_name_the_button_and_no_link_below(
    renderer: Renderer, kind: Kind, language: str, occurrence: int
) -> None:
    """A chat has the list and the contacts between them and the button."""
    content = _replace(CONTENTS[kind], occurrence=occurrence)
    chat = telegram(renderer, kind, language, content)
    label = chat.buttons[0][0].label
    for text in (chat.html, email(renderer, kind, language, content).text):
        assert re.search(rf"[“«]{label}[”»]", text), text
        assert _LINK[language] not in text.lower()


_NO_MORE: Final = {
    "en": r"\b(?:not write|not remind|no more|last time|last reminder)\b[^.]*",
    "uk": r"\b(?:більше|це останнє)\b[^.]*",
    "ru": r"\b(?:больше|это последнее)\b[^.]*",
}
"""A promise to be silent, to the end of its sentence."""
_UNLESS: Final = {
    "en": ", unless you come back",
    "uk": r", (?:хіба що ви самі .+ повернетеся|якщо не повернетеся)",
    "ru": r", (?:разве что вы сами .+ вернётесь|если не вернётесь)",
}


def _said(rendered: Rendered) -> list[str]:
    """What is read of a message below its subject."""
    if isinstance(rendered, RenderedEmail):
        return texts(rendered)[1:]
    return texts(rendered)[:1]


@every_reminder
@every_language
@every_channel
@each("occurrence", [1, 2, 3])
def test_the_last_reminder_promises_silence_unless_somebody_comes_back(
    renderer: Renderer, kind: Kind, language: str, channel: Channel, occurrence: int
) -> None:
    content = _replace(CONTENTS[kind], occurrence=occurrence, is_last=True)
    for text in _said(renderer.render(draft(kind, channel, language, content))):
        promises = re.findall(_NO_MORE[language], text, re.IGNORECASE)
        assert promises, text
        assert all(re.search(_UNLESS[language], promise) for promise in promises), promises


_IF_LEFT: Final = {
    "en": "If you leave everything as it is, we may remind you again",
    "uk": "Якщо залишите все як є, можливо, ще нагадаємо",
    "ru": "Если оставите всё как есть, возможно, ещё напомним",
}
_UNTIL: Final = {
    "en": "if you place an order or empty the cart",
    "uk": "якщо оформите замовлення чи очистите кошик",
    "ru": "если оформите заказ или очистите корзину",
}
"""Nobody orders a cart."""
_NOTHING_TO_DO: Final = {
    "en": "no longer want it",
    "uk": "передумали",
    "ru": "передумали",
}


@every_reminder
@every_language
@each("channel", [Channel.EMAIL, Channel.TELEGRAM])
@each("occurrence", [1, 2, 3])
def test_who_may_be_reminded_again_is_told_what_ends_it_and_not_that_nothing_is_to_be_done(
    renderer: Renderer, kind: Kind, language: str, channel: Channel, occurrence: int
) -> None:
    content = _replace(CONTENTS[kind], occurrence=occurrence)
    for text in _said(renderer.render(draft(kind, channel, language, content))):
        assert _IF_LEFT[language] in text
        assert _UNTIL[language] in text
        assert _NOTHING_TO_DO[language] not in text


@every_reminder
@every_language
@every_channel
def test_no_reminder_names_the_moment_of_the_next(
    renderer: Renderer, kind: Kind, language: str, channel: Channel
) -> None:
    """Whether there is one is decided then: at night, after an order or with other carts there is
    none."""
    plain = renderer.render(draft(kind, channel, language, CONTENTS[kind]))
    dated = _replace(CONTENTS[kind], next_update_by=NEXT_NEWS)
    assert texts(renderer.render(draft(kind, channel, language, dated))) == texts(plain)


_RETURNS: Final = {"en": "sent back within", "uk": "можна повернути", "ru": "можно вернуть"}
BOOK: Final = Item(name="Book of tea", digital=True)


@every_reminder
@every_language
@each(
    ("content", "return_days", "is_said"),
    [
        (_cart(POT), 14, False),
        (_cart(POT, occurrence=2), 14, True),
        (_cart(BOOK, POT, occurrence=2), 14, True),
        (_cart(BOOK, occurrence=2), 14, False),
        (_cart(POT, occurrence=2), 0, False),
    ],
)
def test_only_the_second_speaks_of_returns_and_only_of_what_can_be_sent_back(
    renderer: Renderer,
    kind: Kind,
    language: str,
    content: Content,
    return_days: int,
    is_said: bool,
) -> None:
    policy = _replace(lavka().policy, return_days=return_days)
    wanted = draft(kind, Channel.EMAIL, language, content)
    wanted = dataclasses.replace(wanted, shop=_replace(lavka(), policy=policy))
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedEmail)
    assert (_RETURNS[language] in rendered.text) == is_said


_PRESSURE: Final = {
    "en": r"hurry|chance|miss|only|now|soon|forg[eo]t|oops|!",
    "uk": r"поспіш|встиг|шанс|тільки|лише|забул|швид|ой|!",
    "ru": r"спеш|успе|шанс|только|лишь|забыл|скор|ой,|!",
}


@every_reminder
@every_language
@every_channel
def test_nobody_is_pressed(renderer: Renderer, kind: Kind, language: str, channel: Channel) -> None:
    for content in variations(kind).values():
        for text in texts(renderer.render(draft(kind, channel, language, content))):
            told = re.sub(r"Вітаємо!|Здравствуйте, Олена Коваль!", "", text)
            assert not re.search(rf"\b(?:{_PRESSURE[language]})", told, re.IGNORECASE), text


_CHARGED: Final = {
    "en": r"(?<!If )\bmoney|charged",
    "uk": r"(?<!Якщо )гроші|не списан",
    "ru": r"(?<!Если )деньги|не списан",
}


@every_language
@every_channel
def test_of_an_order_that_was_begun_nobody_says_what_became_of_the_money(
    renderer: Renderer, language: str, channel: Channel
) -> None:
    kind = Kind.CHECKOUT_ABANDONED
    for content in variations(kind).values():
        for text in texts(renderer.render(draft(kind, channel, language, content))):
            assert not re.search(_CHARGED[language], text), text


@every_reminder
@every_language
def test_a_mail_says_that_they_agreed_to_it_and_not_that_they_ordered(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    mail = email(renderer, kind, language, CONTENTS[kind])
    agreed = {"en": "you agreed to", "uk": "погодилися на", "ru": "согласились на"}
    placed = {"en": "you placed", "uk": "зробили замовлення", "ru": "сделали заказ"}
    for text in (mail.text, seen(mail.html)):
        assert agreed[language] in text
        assert placed[language] not in text


@every_reminder
def test_lines_that_are_only_counted_are_counted_everywhere(renderer: Renderer, kind: Kind) -> None:
    mail = email(renderer, kind, "en", _cart(POT, TEA, more_items=40))
    assert mail.subject.endswith(": Teapot and 41 more")
    assert "and 40 more items" in mail.text


@every_reminder
def test_a_subject_names_the_first_line_that_can_be_read(renderer: Renderer, kind: Kind) -> None:
    content = _cart(Item(name="\u200b"), POT, TEA)
    mail = email(renderer, kind, "en", content)
    assert mail.subject.endswith(": Teapot and 2 more")
    assert "- -\n" in mail.text


@every_reminder
@every_language
def test_a_subject_stays_short_and_steers_nobody_whatever_the_name(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    name = "קומקום\u202e\u200b חימר " + "x" * 180
    subject = email(renderer, kind, language, _cart(Item(name=name), TEA)).subject
    assert len(subject) <= 110
    assert "קומקום חימר" in subject
    assert "\u202e" not in subject
