import dataclasses
import re
from datetime import UTC, datetime

import msgspec
import pytest

from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.render import CannotRenderError, Draft, Recipient, Renderer
from services.notifier.rendered import RenderedEmail, RenderedTelegram
from tests.support.each import each
from tests.unit.services.notifier.render.readers import (
    Words,
    email,
    every_channel,
    every_kind,
    every_language,
    spaced,
    telegram,
    texts,
)
from tests.unit.services.notifier.render.samples import CONTENTS, NOW, REQUIRED, draft, lavka

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
@every_channel
@pytest.mark.parametrize("blank", [" ", "\u200b"])
def test_a_name_in_which_nothing_can_be_read_costs_nobody_the_message(
    renderer: Renderer, kind: Kind, channel: Channel, blank: str
) -> None:
    nameless, content = Item(name=blank, quantity=2), CONTENTS[kind]
    lines = {"items": (nameless,)} if content.items else {}
    ones = {name: nameless for name in ("item", "substitute") if getattr(content, name)}
    content = msgspec.structs.replace(content, **lines, **ones)
    for language in ("en", "uk", "ru"):
        wanted = draft(kind, channel, language, content)
        wanted = dataclasses.replace(wanted, recipient=Recipient(name=blank, language=language))
        rendered = renderer.render(wanted)
        if isinstance(rendered, RenderedEmail) and ones:
            assert "2 × -" in rendered.text


@every_kind
@every_language
def test_markup_in_values_stays_words_in_a_mail(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    wanted = _evil(kind, Channel.EMAIL, language)
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedEmail)
    parser = Words()
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
    chat = telegram(renderer, Kind.SHIPMENT_SHIPPED, "uk", content)
    assert [row[0].url for row in chat.buttons] == [
        "https://shop.example/o/A-1042",
        "https://shop.example/help",
    ]


_NEEDED = {
    Kind.ORDER_CANCELLED: ("cancelled_by", "cancel_reason"),
    Kind.PAYMENT_FAILED: ("payment_failure",),
    Kind.PAYMENT_REFUNDED: ("refund",),
    Kind.DISPATCH_LATE: ("dispatch_by",),
    Kind.SHIPMENT_DELAYED: ("estimate",),
    Kind.SHIPMENT_ATTEMPT_FAILED: ("attempt_failure",),
    Kind.SHIPMENT_READY_FOR_PICKUP: ("pickup",),
    Kind.SHIPMENT_DELIVERED: ("handed_to",),
    Kind.RETURN_APPROVED: ("return_method",),
    Kind.RETURN_DEADLINE_NEAR: ("send_by",),
}
"""Some of what is never missing, and has no other words in its place."""


@pytest.mark.parametrize(("kind", "name"), [(k, name) for k in _NEEDED for name in _NEEDED[k]])
@every_language
@each("channel", [Channel.EMAIL, Channel.TELEGRAM])
def test_what_is_missing_is_an_error_that_names_it_and_no_value(
    renderer: Renderer, kind: Kind, name: str, language: str, channel: Channel
) -> None:
    content = msgspec.structs.replace(CONTENTS[kind], **{name: None})
    with pytest.raises(CannotRenderError) as error:
        renderer.render(draft(kind, channel, language, content))
    assert error.value.kind is kind
    assert error.value.language == language
    assert name.removeprefix("pickup") in str(error.value)
    assert "A-1042" not in str(error.value)


@pytest.mark.parametrize(("kind", "name"), [(k, name) for k in Kind for name in REQUIRED[k]])
@every_language
@every_channel
def test_without_what_is_never_missing_it_refuses_or_finds_other_words(
    renderer: Renderer, kind: Kind, name: str, language: str, channel: Channel
) -> None:
    content = msgspec.structs.replace(CONTENTS[kind], **{name: None})
    said, missing = _said_or_missing(renderer, draft(kind, channel, language, content))
    assert said or name.removeprefix("pickup") in missing
    for text in said:
        assert not re.search(r"None|  | [.,:;?!]|\.\.(?!\.)|[,:!…]\.", text), text


def _said_or_missing(renderer: Renderer, wanted: Draft) -> tuple[list[str], str]:
    try:
        return texts(renderer.render(wanted)), ""
    except CannotRenderError as error:
        return [], error.variable


@every_language
@every_channel
def test_an_order_whose_number_has_nothing_visible_is_an_error_on_every_channel(
    renderer: Renderer, language: str, channel: Channel
) -> None:
    kind = Kind.SHIPMENT_SHIPPED
    content = msgspec.structs.replace(CONTENTS[kind], order_number="\u200b")
    with pytest.raises(CannotRenderError, match="order_number"):
        renderer.render(draft(kind, channel, language, content))


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
    asked = dataclasses.replace(
        draft(Kind.SHIPMENT_SHIPPED, Channel.EMAIL, "en"), recipient=Recipient(language=wanted)
    )
    rendered = renderer.render(asked)
    assert isinstance(rendered, RenderedEmail)
    assert rendered.language == written


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


@pytest.mark.parametrize("kind", [Kind.ORDER_CONFIRMED, Kind.DISPATCH_LATE])
def test_a_deadline_at_midnight_is_the_end_of_the_day_before(
    renderer: Renderer, kind: Kind
) -> None:
    midnight_in_kyiv = datetime(2026, 11, 26, 22, 0, tzinfo=UTC)
    content = msgspec.structs.replace(CONTENTS[kind], dispatch_by=midnight_in_kyiv)
    mail = spaced(email(renderer, kind, "en", content).text)
    assert "Thursday, 26 November" in mail
    assert "27 November" not in mail


def test_the_region_of_a_language_decides_how_dates_look(renderer: Renderer) -> None:
    wanted = draft(Kind.SHIPMENT_SHIPPED, Channel.EMAIL, "en-US")
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedEmail)
    assert "Thursday, November 26" in spaced(rendered.text)
    assert "6:00" in rendered.text
    assert rendered.language == "en"


def test_every_attempt_is_the_same_mail(renderer: Renderer) -> None:
    wanted = dataclasses.replace(draft(Kind.ORDER_CONFIRMED, Channel.EMAIL, "uk"), dated=NOW)
    assert renderer.render(wanted) == Renderer.load().render(wanted)


@every_language
def test_a_mail_says_its_language_and_has_one_button_and_no_images(
    renderer: Renderer, language: str
) -> None:
    page = email(renderer, Kind.SHIPMENT_SHIPPED, language, CONTENTS[Kind.SHIPMENT_SHIPPED]).html
    assert f'<html lang="{language}" dir="ltr"' in page
    assert page.count(f'lang="{language}" dir="ltr"') == 2  # some programs keep the body alone
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
