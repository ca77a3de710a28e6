import dataclasses
import html
import re
from html.parser import HTMLParser

import msgspec
import pytest

from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from headsup.contracts.shop import CancelledBy, PaymentState, ReturnMethod
from services.notifier.render import CannotRenderError, Draft, Recipient, Renderer
from services.notifier.render.segments import count_segments, is_gsm
from services.notifier.rendered import Rendered, RenderedEmail, RenderedSms, RenderedTelegram
from tests.unit.services.notifier.render.samples import (
    CONTENTS,
    NOW,
    REQUIRED,
    bare,
    draft,
    lavka,
    lengthy,
)

LANGUAGES = ("en", "uk", "ru")
PHONE = "+380 44 300 21 21"
every_kind = pytest.mark.parametrize("kind", Kind)
every_language = pytest.mark.parametrize("language", LANGUAGES)
every_channel = pytest.mark.parametrize("channel", Channel)
every_amount = pytest.mark.parametrize("content_of", [CONTENTS.get, bare, lengthy])


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer.load()


def _email(renderer: Renderer, kind: Kind, language: str, content: Content) -> RenderedEmail:
    rendered = renderer.render(draft(kind, Channel.EMAIL, language, content))
    assert isinstance(rendered, RenderedEmail)
    return rendered


def _sms(renderer: Renderer, kind: Kind, language: str, content: Content) -> RenderedSms:
    rendered = renderer.render(draft(kind, Channel.SMS, language, content))
    assert isinstance(rendered, RenderedSms)
    return rendered


def _telegram(renderer: Renderer, kind: Kind, language: str, content: Content) -> RenderedTelegram:
    rendered = renderer.render(draft(kind, Channel.TELEGRAM, language, content))
    assert isinstance(rendered, RenderedTelegram)
    return rendered


class _Words(HTMLParser):
    """What a reader of an HTML mail sees, without styles."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.tags.append(tag)
        self._in_style = tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._in_style = False


def _seen(page: str) -> str:
    parser = _Words()
    parser.feed(page)
    return "\n".join(line for line in (word.strip() for word in parser.words) if line)


def _texts(rendered: Rendered) -> list[str]:
    """Everything that a reader sees of a message."""
    if isinstance(rendered, RenderedEmail):
        return [rendered.subject, rendered.text, _seen(rendered.html)]
    if isinstance(rendered, RenderedSms):
        return [rendered.text]
    labels = [button.label for row in rendered.buttons for button in row]
    return [html.unescape(re.sub(r"</?(b|code)>", "", rendered.html)), *labels]


def _spaced(text: str) -> str:
    return text.replace("\u00a0", " ")


@every_kind
@every_language
@every_channel
@every_amount
def test_no_seam_shows(
    renderer: Renderer, kind: Kind, language: str, channel: Channel, content_of: object
) -> None:
    assert callable(content_of)
    rendered = renderer.render(draft(kind, channel, language, content_of(kind)))
    for text in _texts(rendered):
        assert text.strip()
        assert not re.search(r"\{\{|\}\}|\{%|<!--|\bNone\b|\bUndefined\b", text)
        told = text.replace("...", "…")
        assert not re.search(r"  | [.,:;?!]|\.\.|[,:!…]\.|\n\n\n|\(\)", told), text


@every_kind
@every_language
@every_channel
@every_amount
def test_every_message_says_how_to_reach_a_human(
    renderer: Renderer, kind: Kind, language: str, channel: Channel, content_of: object
) -> None:
    assert callable(content_of)
    rendered = renderer.render(draft(kind, channel, language, content_of(kind)))
    if isinstance(rendered, RenderedSms):
        assert rendered.text.endswith(PHONE.replace(" ", ""))
    elif isinstance(rendered, RenderedEmail):
        assert PHONE in rendered.text
        assert 'href="tel:+380443002121"' in rendered.html
        assert 'href="mailto:help@shop.example"' in rendered.html
    else:
        assert PHONE in rendered.html
        assert rendered.buttons[-1][0].url == "https://shop.example/help"


@every_kind
@pytest.mark.parametrize(
    ("language", "long", "short"),
    [
        ("en", "by 18:00 on Thursday, 26 November", "by 18:00, 26 Nov"),
        ("uk", "до 18:00 у четвер, 26 листопада", "до 26.11, 18:00"),
        ("ru", "до 18:00 в четверг, 26 ноября", "до 26.11, 18:00"),
    ],
)
def test_every_message_says_when_the_customer_hears_again(
    renderer: Renderer, kind: Kind, language: str, long: str, short: str
) -> None:
    content = lengthy(kind)
    mail = _email(renderer, kind, language, content)
    assert long in _spaced(mail.text)
    assert long in _spaced(_seen(mail.html))
    assert long in _spaced(_telegram(renderer, kind, language, content).html)
    assert short in _sms(renderer, kind, language, content).text


_TRIGGER = {
    "en": r"\b(write|confirm|last message|no further messages)\b",
    "uk": r"(напишемо|підтвердимо|не писатимемо)",
    "ru": r"(напишем|подтвердим|писать не будем)",
}


@every_kind
@every_language
@every_channel
def test_without_a_date_it_says_what_the_next_message_waits_for(
    renderer: Renderer, kind: Kind, language: str, channel: Channel
) -> None:
    rendered = renderer.render(draft(kind, channel, language, bare(kind)))
    text = _texts(rendered)[1] if channel is Channel.EMAIL else _texts(rendered)[0]
    assert re.search(_TRIGGER[language], text, re.IGNORECASE)


@every_kind
@every_language
@every_amount
@pytest.mark.parametrize("shop_name", ["Lavka", "Книгарня «Сяйво» на Подолі, Київ"])
@pytest.mark.parametrize("occurrence", [1, 2, 3])
def test_an_sms_is_one_or_two_segments(
    renderer: Renderer,
    kind: Kind,
    language: str,
    content_of: object,
    shop_name: str,
    occurrence: int,
) -> None:
    assert callable(content_of)
    content = msgspec.structs.replace(content_of(kind), occurrence=occurrence)
    shop = msgspec.structs.replace(lavka(), name=shop_name)
    wanted = dataclasses.replace(draft(kind, Channel.SMS, language, content), shop=shop)
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedSms)
    assert rendered.segments == count_segments(rendered.text)
    assert rendered.segments <= 2, rendered.text
    assert "\n" not in rendered.text


@every_kind
def test_an_english_sms_of_plain_data_stays_in_the_small_alphabet(
    renderer: Renderer, kind: Kind
) -> None:
    content = CONTENTS[kind]
    changes: dict[str, object] = {}
    for name in ("carrier", "place", "return_address"):
        if getattr(content, name) is not None:
            changes[name] = "Meest"
    if content.pickup is not None:
        changes["pickup"] = msgspec.structs.replace(
            content.pickup, name="Locker 4017", address="Kyiv, 12 Saksahanskoho", hours=None
        )
    text = _sms(renderer, kind, "en", msgspec.structs.replace(content, **changes)).text
    assert is_gsm(text), text


def test_an_sms_gives_up_the_place_before_the_link_and_never_the_human(renderer: Renderer) -> None:
    content = CONTENTS[Kind.SHIPMENT_SHIPPED]
    whole = _sms(renderer, Kind.SHIPMENT_SHIPPED, "en", content).text
    assert "https://track.example/20450123456789" in whole
    assert "Carrier" not in whole
    far = msgspec.structs.replace(content, tracking_url="https://track.example/" + "9" * 300)
    without_link = _sms(renderer, Kind.SHIPMENT_SHIPPED, "en", far).text
    assert "https" not in without_link
    assert "Carrier: Нова пошта." in without_link
    assert without_link.endswith("+380443002121")


FACTS: dict[Kind, dict[str, tuple[str, ...]]] = {
    Kind.ORDER_RECEIVED: {
        "en": ("not paid yet", "UAH 1,299.00", "by 12:00 tomorrow, 24 November"),
        "uk": ("ще не оплачене", "1 299,00 ₴", "до 12:00 завтра, 24 листопада"),
        "ru": ("ещё не оплачен", "1 299,00 ₴", "до 12:00 завтра, 24 ноября"),
    },
    Kind.ORDER_CONFIRMED: {
        "en": ("by 18:00 on Wednesday, 25 November", "between 26 and 28 November"),
        "uk": ("до 18:00 у середу, 25 листопада", "26–28 листопада"),
        "ru": ("до 18:00 в среду, 25 ноября", "26–28 ноября"),
    },
    Kind.ORDER_CANCELLED: {
        "en": ("out of stock", "UAH 1,299.00", "by Tuesday, 1 December"),
        "uk": ("не виявилося на складі", "1 299,00 ₴", "до вівторка, 1 грудня"),
        "ru": ("не оказалось на складе", "1 299,00 ₴", "до вторника, 1 декабря"),
    },
    Kind.PAYMENT_FAILED: {
        "en": ("not enough money", "Nothing was charged", "by 12:00 tomorrow", "/pay/A-1042"),
        "uk": ("недостатньо коштів", "Гроші не списано", "до 12:00 завтра", "/pay/A-1042"),
        "ru": ("недостаточно денег", "Деньги не списаны", "до 12:00 завтра", "/pay/A-1042"),
    },
    Kind.PAYMENT_REFUNDED: {
        "en": ("UAH 240.00", "to the card you paid with", "by Tuesday, 1 December"),
        "uk": ("240,00 ₴", "на картку, якою ви платили", "до вівторка, 1 грудня"),
        "ru": ("240,00 ₴", "на карту, которой вы платили", "до вторника, 1 декабря"),
    },
    Kind.DISPATCH_LATE: {
        "en": ("on Friday, 20 November", "We are sorry", "full refund"),
        "uk": ("у п’ятницю, 20 листопада", "Перепрошуємо", "повернемо всі гроші"),
        "ru": ("в пятницу, 20 ноября", "Просим прощения", "вернём все деньги"),
    },
    Kind.SHIPMENT_SHIPPED: {
        "en": ("with Нова пошта", "on Thursday, 26 November", "20450123456789"),
        "uk": ("везе Нова пошта", "у четвер, 26 листопада", "20450123456789"),
        "ru": ("везёт Нова пошта", "в четверг, 26 ноября", "20450123456789"),
    },
    Kind.SHIPMENT_DELAYED: {
        "en": ("bad weather", "tomorrow, 24 November", "now arrive on Thursday, 26 November"),
        "uk": ("негода", "завтра, 24 листопада", "Тепер чекаємо її у четвер, 26 листопада"),
        "ru": ("непогода", "завтра, 24 ноября", "Теперь ждём её в четверг, 26 ноября"),
    },
    Kind.SHIPMENT_OUT_FOR_DELIVERY: {
        "en": ("today, 23 November, between 14:00 and 16:00", "+380 50 765 43 21"),
        "uk": ("сьогодні, 23 листопада, з 14:00 до 16:00", "+380 50 765 43 21"),
        "ru": ("сегодня, 23 ноября, с 14:00 до 16:00", "+380 50 765 43 21"),
    },
    Kind.SHIPMENT_ATTEMPT_FAILED: {
        "en": ("nobody was at home", "again tomorrow, 24 November", "track.example/again"),
        "uk": ("нікого не було вдома", "ще раз завтра, 24 листопада", "track.example/again"),
        "ru": ("никого не было дома", "ещё раз завтра, 24 ноября", "track.example/again"),
    },
    Kind.SHIPMENT_READY_FOR_PICKUP: {
        "en": ("Поштомат 4017", "Саксаганського, 12", "482913", "Monday, 30 November"),
        "uk": ("Поштомат 4017", "щодня 8:00–21:00", "482913", "понеділок, 30 листопада"),
        "ru": ("Поштомат 4017", "щодня 8:00–21:00", "482913", "понедельник, 30 ноября"),
    },
    Kind.SHIPMENT_DELIVERED: {
        "en": ("left with a neighbour: квартира 14", "If it is not there"),
        "uk": ("залишили в сусідів: квартира 14", "Якщо її там немає"),
        "ru": ("оставили у соседей: квартира 14", "Если её там нет"),
    },
    Kind.RETURN_APPROVED: {
        "en": ("Monday, 7 December", "R-77310", "Within 3 days", "UAH 240.00", "/labels/"),
        "uk": ("понеділок, 7 грудня", "R-77310", "протягом 3 днів", "240,00 ₴", "/labels/"),
        "ru": ("понедельник, 7 декабря", "R-77310", "в течение 3 дней", "240,00 ₴", "/labels/"),
    },
}


@every_kind
@every_language
def test_the_facts_of_each_kind_are_in_mail_and_telegram(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    mail = _email(renderer, kind, language, CONTENTS[kind])
    chat = _telegram(renderer, kind, language, CONTENTS[kind])
    urls = " ".join(button.url for row in chat.buttons for button in row)
    for fact in FACTS[kind][language]:
        assert fact in _spaced(mail.text)
        assert fact in _spaced(_seen(mail.html) + mail.html)
        assert fact in _spaced(chat.html + urls)
    assert "A-1042" in mail.text


@every_language
@pytest.mark.parametrize("state", PaymentState)
def test_an_order_received_says_where_the_money_stands(
    renderer: Renderer, language: str, state: PaymentState
) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.ORDER_RECEIVED], payment=state)
    others = {s for s in PaymentState if s is not state}
    said = _email(renderer, Kind.ORDER_RECEIVED, language, content).text
    for other in others:
        changed = msgspec.structs.replace(content, payment=other)
        assert _email(renderer, Kind.ORDER_RECEIVED, language, changed).text != said


@pytest.mark.parametrize(
    ("state", "is_said"), [(PaymentState.ON_DELIVERY, True), (PaymentState.PAID, False)]
)
def test_a_confirmation_reminds_of_money_that_the_courier_collects(
    renderer: Renderer, state: PaymentState, is_said: bool
) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.ORDER_CONFIRMED], payment=state)
    mail = _email(renderer, Kind.ORDER_CONFIRMED, "en", content)
    assert ("You pay when you receive it." in mail.text) == is_said


@every_language
@pytest.mark.parametrize("by", CancelledBy)
@pytest.mark.parametrize("has_refund", [True, False])
def test_a_cancellation_says_who_and_what_becomes_of_the_money(
    renderer: Renderer, language: str, by: CancelledBy, has_refund: bool
) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.ORDER_CANCELLED], cancelled_by=by)
    if not has_refund:
        content = msgspec.structs.replace(content, refund=None, refund_by=None)
    mail = _email(renderer, Kind.ORDER_CANCELLED, language, content)
    asked = {"en": "You asked us", "uk": "Ви попросили", "ru": "Вы попросили"}[language]
    assert (asked in mail.text) == (by is CancelledBy.CUSTOMER)
    assert ("1,299.00" in mail.text.replace("\u00a0", "").replace("1299,00", "1,299.00")) == (
        has_refund
    )


@every_language
@pytest.mark.parametrize("method", ReturnMethod)
def test_a_return_says_its_last_day_whatever_the_way(
    renderer: Renderer, language: str, method: ReturnMethod
) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.RETURN_APPROVED], return_method=method)
    day = {"en": "Monday, 7 December", "uk": "понеділок, 7 грудня", "ru": "понедельник, 7 декабря"}
    mail = _email(renderer, Kind.RETURN_APPROVED, language, content)
    paragraph = _spaced(mail.text).split("\n\n")[2]
    assert day[language] in paragraph


EVIL = "Олена <script>alert(1)</script></b>\r\nBcc: x@mail.example\u202e {{ 7*7 }} & \"'🙂"
SHOWN = "Олена <script>alert(1)</script></b> Bcc: x@mail.example {{ 7*7 }} & \"'🙂"


def _evil(kind: Kind, channel: Channel, language: str) -> Draft:
    content = CONTENTS[kind]
    changes: dict[str, object] = {
        name: EVIL
        for name in ("order_number", "carrier", "place", "note", "return_address", "return_code")
        if getattr(content, name) is not None
    }
    changes["items"] = (Item(name=EVIL),)
    content = msgspec.structs.replace(content, **changes)
    wanted = draft(kind, channel, language, content)
    return dataclasses.replace(wanted, recipient=Recipient(name=EVIL, language=language))


@every_kind
@every_language
def test_markup_in_values_stays_words_in_a_mail(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    wanted = _evil(kind, Channel.EMAIL, language)
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedEmail)
    parser = _Words()
    parser.feed(rendered.html)
    assert "script" not in parser.tags
    assert "49" not in rendered.subject
    assert "\u202e" not in rendered.html + rendered.text + rendered.subject
    for header in (rendered.subject, rendered.to_name or "", rendered.from_name):
        assert "\r" not in header
        assert "\n" not in header
    assert rendered.to_name == SHOWN
    assert "&amp;lt;" not in rendered.html


def test_a_name_is_shown_in_a_mail_exactly_as_it_was_typed(renderer: Renderer) -> None:
    wanted = dataclasses.replace(
        draft(Kind.ORDER_CONFIRMED, Channel.EMAIL, "en"),
        recipient=Recipient(name="{{ 7*7 }} <b>O'Neil</b> & Co", language="en"),
    )
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedEmail)
    assert "Hello {{ 7*7 }} <b>O'Neil</b> & Co," in rendered.text
    assert "Hello {{ 7*7 }} &lt;b&gt;O&#39;Neil&lt;/b&gt; &amp; Co," in rendered.html


@every_kind
def test_telegram_sees_only_our_own_tags(renderer: Renderer, kind: Kind) -> None:
    rendered = renderer.render(_evil(kind, Channel.TELEGRAM, "uk"))
    assert isinstance(rendered, RenderedTelegram)
    tags = re.findall(r"<[^>]*>", rendered.html)
    assert set(tags) <= {"<b>", "</b>", "<code>", "</code>"}
    assert tags.count("<b>") == tags.count("</b>") == 1
    assert not re.search(r"&(?!amp;|lt;|gt;)", rendered.html)
    assert rendered.chat_id == 700100200
    assert all(b.url.startswith("https://") for row in rendered.buttons for b in row)


def test_an_address_that_steers_the_eye_is_no_button(renderer: Renderer) -> None:
    content = msgspec.structs.replace(
        CONTENTS[Kind.SHIPMENT_SHIPPED], tracking_url="https://track.example/\u202eexe.gpj"
    )
    chat = _telegram(renderer, Kind.SHIPMENT_SHIPPED, "uk", content)
    assert [row[0].url for row in chat.buttons] == [
        "https://shop.example/o/A-1042",
        "https://shop.example/help",
    ]


_LACKS = [(kind, name) for kind in Kind for name in REQUIRED[kind]]


@pytest.mark.parametrize(("kind", "name"), _LACKS)
@every_language
@every_channel
def test_what_is_missing_is_an_error_that_names_it_and_no_value(
    renderer: Renderer, kind: Kind, name: str, language: str, channel: Channel
) -> None:
    content = msgspec.structs.replace(CONTENTS[kind], **{name: None})
    if (channel, name) in {(Channel.SMS, "return_method"), (Channel.SMS, "cancel_reason")}:
        content = msgspec.structs.replace(content, order_number="\u200b")
        name = "order_number"
    with pytest.raises(CannotRenderError) as error:
        renderer.render(draft(kind, channel, language, content))
    assert error.value.kind is kind
    assert error.value.language == language
    assert name.removeprefix("pickup") in str(error.value)
    assert "A-1042" not in str(error.value)


def test_a_telegram_address_that_is_no_number_is_an_error(renderer: Renderer) -> None:
    wanted = dataclasses.replace(
        draft(Kind.ORDER_CONFIRMED, Channel.TELEGRAM, "uk"), address="@olena"
    )
    with pytest.raises(CannotRenderError, match="no number of a chat"):
        renderer.render(wanted)


@pytest.mark.parametrize(
    ("wanted", "written"),
    [("uk", "uk"), ("ru-UA", "ru"), ("EN-us", "en"), ("pl", "uk"), (None, "uk")],
)
def test_the_language_is_the_customers_or_else_the_shops(
    renderer: Renderer, wanted: str | None, written: str
) -> None:
    assert renderer.language_for(wanted, lavka()) == written


@pytest.mark.parametrize(
    ("zone", "time"),
    [
        ("Europe/Kyiv", "18:00"),
        ("Europe/Warsaw", "17:00"),
        ("America/New_York", "11:00"),
        ("Europe", "18:00"),
        ("../../etc/passwd", "18:00"),
        ("Nowhere/Land", "18:00"),
        (None, "18:00"),
    ],
)
def test_times_are_the_readers_own_or_else_the_shops(
    renderer: Renderer, zone: str | None, time: str
) -> None:
    wanted = dataclasses.replace(
        draft(Kind.SHIPMENT_SHIPPED, Channel.EMAIL, "uk"),
        recipient=Recipient(language="uk", time_zone=zone),
    )
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedEmail)
    assert f"до {time} у четвер" in rendered.text


def test_the_region_of_a_language_decides_how_dates_look(renderer: Renderer) -> None:
    wanted = draft(Kind.SHIPMENT_SHIPPED, Channel.EMAIL, "en-US")
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedEmail)
    assert "Thursday, November 26" in _spaced(rendered.text)
    assert "6:00" in rendered.text
    assert rendered.language == "en"


def test_every_attempt_is_the_same_mail(renderer: Renderer) -> None:
    wanted = dataclasses.replace(draft(Kind.ORDER_CONFIRMED, Channel.EMAIL, "uk"), dated=NOW)
    assert renderer.render(wanted) == Renderer.load().render(wanted)


@every_language
def test_a_mail_says_its_language_and_has_one_button_and_no_images(
    renderer: Renderer, language: str
) -> None:
    page = _email(renderer, Kind.SHIPMENT_SHIPPED, language, CONTENTS[Kind.SHIPMENT_SHIPPED]).html
    assert f'<html lang="{language}">' in page
    assert page.count('class="button"') == 1
    assert "background-color: #1f6f5c" in page
    assert "<img" not in page
    assert "prefers-color-scheme: dark" in page


@pytest.mark.parametrize(
    ("colour", "words"), [("#1f6f5c", "#ffffff"), ("#ffd400", "#111111"), ("#000000", "#ffffff")]
)
def test_the_words_on_a_button_can_be_read_on_any_brand(
    renderer: Renderer, colour: str, words: str
) -> None:
    shop = msgspec.structs.replace(lavka(), brand_colour=colour)
    wanted = dataclasses.replace(draft(Kind.ORDER_CONFIRMED, Channel.EMAIL, "uk"), shop=shop)
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedEmail)
    assert f"font-weight: 600;color: {words};text-decoration: none" in rendered.html
