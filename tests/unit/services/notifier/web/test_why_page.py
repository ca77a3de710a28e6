"""Why somebody got a message, in words."""

from dataclasses import replace
from typing import Any

import msgspec
import pytest

from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel, MessageClass
from headsup.contracts.notifications import CartFlow, Content, Reason
from headsup.contracts.replies import PreferencesChanged
from headsup.contracts.shop import Consent, CustomerUpdated
from headsup.shops.profile import ShopProfile
from services.notifier.attempts import State
from services.notifier.page_links import PageLinks
from services.notifier.people import Person
from services.notifier.plan import PassedOver
from services.notifier.render import Renderer
from services.notifier.said import Opened
from services.notifier.stopping import StopLinks
from services.notifier.voices import Voices
from services.notifier.web.order_page import Visit
from services.notifier.web.why_page import WhyPages
from tests.support.notifier import KEY, PUBLIC
from tests.unit.services.notifier.render import samples
from tests.unit.services.notifier.web.test_order_page import LANGUAGES, MEAN, said
from tests.unit.services.order_events import orders as o

MARKETING = MessageClass.MARKETING


@pytest.fixture(scope="module")
def lavka() -> ShopProfile:
    return samples.lavka()


@pytest.fixture(scope="module")
def pages(renderer: Renderer) -> WhyPages:
    links = PageLinks.under(PUBLIC, KEY)
    return WhyPages(Voices(renderer), links, stops=StopLinks(PUBLIC, KEY))


def why(pages: WhyPages, shop: ShopProfile, opened: Opened, language: str | None = None) -> str:
    response = pages.why(Visit(opened=opened, shop=shop, now=o.FRIDAY, asked=language))
    assert response.status_code == 200
    assert len(response.body) < 30_000
    return bytes(response.body).decode()


def opened(person: Person | None = None, **what: Any) -> Opened:
    about = {name: what.pop(name) for name in ("passed_over", "failed") if name in what}
    return Opened(said=said(**what), person=person or Person(), **about)


def review(**what: Any) -> Opened:
    """A request for a review, to somebody who agreed to such."""
    agreed = Consent(
        channel=Channel.EMAIL,
        message_class=MARKETING,
        granted=what.pop("granted", True),
        at=o.MONDAY,
        text=what.pop("text", None),
        source="checkout",
    )
    entry = CustomerUpdated(customer_id="C1", consents=(agreed,))
    content = Content(order_number="A1", review_url="https://shop.example/review")
    return opened(Person(entry=entry), kind=Kind.REVIEW_REQUEST, content=content, **what)


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_can_be_written_in_every_language(
    pages: WhyPages, lavka: ShopProfile, language: str
) -> None:
    text = why(pages, lavka, opened(), language)
    assert f'<html lang="{language}">' in text
    assert "o***@example.com" in text


def test_what_is_part_of_the_order_needs_no_consent(pages: WhyPages, lavka: ShopProfile) -> None:
    text = why(pages, lavka, opened())
    assert "“Your parcel is on its way”, about order A1" in text
    assert "It is part of your order" in text
    assert "/s/" not in text


def test_what_the_law_asks_for_says_so(pages: WhyPages, lavka: ShopProfile) -> None:
    assert "The law obliges" in why(pages, lavka, opened(kind=Kind.DISPATCH_LATE))


def test_marketing_names_the_consent_and_its_words_and_how_to_stop_it(
    pages: WhyPages, lavka: ShopProfile
) -> None:
    text = why(pages, lavka, review(text="Send me reminders, please."))
    assert "You agreed to such messages from Lavka: Monday, 23" in text
    assert "You said so here: checkout." in text
    assert "Send me reminders, please." in text
    assert StopLinks(PUBLIC, KEY).of(1) in text
    assert "It is part of your order" not in text


def test_a_consent_that_was_withdrawn_is_not_said_to_count(
    pages: WhyPages, lavka: ShopProfile
) -> None:
    text = why(pages, lavka, review(granted=False))
    assert "withdrawn" in text
    assert "You agreed" not in text


def test_channels_that_could_not_be_used_are_named_with_their_reasons(
    pages: WhyPages, lavka: ShopProfile
) -> None:
    passed = (
        PassedOver(0, Channel.TELEGRAM, Reason.NO_ADDRESS),
        PassedOver(1, Channel.SMS, Reason.OPTED_OUT),
    )
    failed = (PassedOver(0, Channel.WHATSAPP, Reason.NO_RECEIPT),)
    text = why(pages, lavka, opened(passed_over=passed, failed=failed))
    assert "Not on Telegram: you have no chat with us there." in text
    assert "Not on WhatsApp: nobody confirmed in time" in text
    assert "text message" not in text  # another message's way
    assert "first where that reaches you" not in text


@pytest.mark.parametrize(
    ("channel", "words"),
    [
        (Channel.EMAIL, "Не електронною поштою: ви не дали нам адреси пошти."),
        (Channel.SMS, "Не в SMS: ви не дали нам номера."),
        (Channel.TELEGRAM, "Не у Telegram: у вас немає там чату з нами."),
    ],
)
def test_what_they_did_not_give_us_has_the_name_that_it_has_on_that_channel(
    pages: WhyPages, lavka: ShopProfile, channel: Channel, words: str
) -> None:
    passed = (PassedOver(0, channel, Reason.NO_ADDRESS),)
    assert words in why(pages, lavka, opened(passed_over=passed), "uk")


def test_what_happened_is_named_and_what_only_time_brought_is_not(
    pages: WhyPages, lavka: ShopProfile
) -> None:
    assert "because of this: “The carrier took the parcel”, Monday, 23" in why(
        pages, lavka, opened()
    )
    late = why(pages, lavka, opened(kind=Kind.DISPATCH_LATE))
    assert "The reason to write came up at this time: Monday, 23" in late


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words(pages: WhyPages, lavka: ShopProfile, reason: Reason) -> None:
    text = why(pages, lavka, opened(passed_over=(PassedOver(0, Channel.SMS, reason),)))
    assert "Not by text message: " in text


def test_what_was_held_says_for_what(pages: WhyPages, lavka: ShopProfile) -> None:
    assert "waited for your morning" in why(pages, lavka, opened(held_for="night"))
    assert "had had enough" in why(pages, lavka, opened(held_for="cap"))


@pytest.mark.parametrize("state", [State.SENT, State.DELIVERED, State.FAILED, State.UNKNOWN])
def test_what_became_of_it_is_said(pages: WhyPages, lavka: ShopProfile, state: State) -> None:
    assert "What became of it: " in why(pages, lavka, opened(state=state))


def test_who_chose_the_order_of_channels_is_told_so(pages: WhyPages, lavka: ShopProfile) -> None:
    chosen = PreferencesChanged(customer_id="C1", channel_order=(Channel.EMAIL,))
    assert "You chose yourself" in why(pages, lavka, opened(Person(chosen=chosen)))


def test_a_gifts_recipient_is_told_why_and_no_number(pages: WhyPages, lavka: ShopProfile) -> None:
    content = Content(order_number="A1", audience=Audience.RECIPIENT, carrier="Nova")
    text = why(pages, lavka, opened(content=content))
    assert "Somebody ordered something for you at Lavka" in text
    assert "A1" not in text


def test_a_reminder_of_a_cart_says_so_and_leads_to_no_order(
    pages: WhyPages, lavka: ShopProfile
) -> None:
    shown = review()
    cart = CartFlow(cart_id="K1", flow="f", step=1, touched_at=o.MONDAY)
    request = msgspec.structs.replace(
        shown.said.request,
        kind=Kind.CART_ABANDONED,
        cart=cart,
        order_id=None,
        content=Content(cart_url="https://shop.example/cart"),
    )
    text = why(pages, lavka, replace(shown, said=replace(shown.said, request=request)))
    assert "left something in your cart" in text
    assert "/o/" not in text


def test_what_a_shop_wrote_is_words_and_nothing_more(pages: WhyPages, lavka: ShopProfile) -> None:
    text = why(pages, lavka, review(text=MEAN))
    assert "<script" not in text
    assert "&lt;script&gt;" in text
