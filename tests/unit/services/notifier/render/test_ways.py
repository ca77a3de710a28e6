"""Every message leads to the page of its order: the shop's own first, and ours."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from services.notifier.page_links import PageLinks
from services.notifier.render import Draft, Renderer
from services.notifier.render.segments import count_segments
from services.notifier.render.ways import with_link
from services.notifier.rendered import RenderedEmail, RenderedSms, RenderedTelegram
from tests.support.each import each
from tests.support.notifier import KEY, PUBLIC
from tests.unit.services.notifier.render import samples

LINKS = PageLinks.under(PUBLIC, KEY)
WAYS = LINKS.of(7, samples.NOW, has_order=True)
OURS = str(WAYS.order)
SHOPS = "https://shop.example/orders/A-1"
CONTENT = Content(order_number="A-1", carrier="Nova", tracking_number="204")


def drafted(
    channel: Channel = Channel.EMAIL, kind: Kind = Kind.SHIPMENT_SHIPPED, **content: Any
) -> Draft:
    said = msgspec.structs.replace(CONTENT, **content)
    draft = samples.draft(kind, channel, content=said, language="en")
    return replace(draft, ways=WAYS)


def mail(renderer: Renderer, draft: Draft) -> RenderedEmail:
    rendered = renderer.render(draft)
    assert isinstance(rendered, RenderedEmail)
    return rendered


def test_a_mail_leads_to_everything_about_the_order_and_to_why_it_came(renderer: Renderer) -> None:
    written = mail(renderer, drafted(order_url=SHOPS))
    for text in (written.text, written.html):
        assert SHOPS in text
        assert OURS in text
        assert "Everything about this order" in text
        assert WAYS.why in text
        assert "Why did I get this?" in text
        assert WAYS.preferences in text


def test_where_the_shop_has_no_page_the_button_leads_to_ours_once(renderer: Renderer) -> None:
    written = mail(renderer, drafted())
    assert written.html.count(f'href="{OURS}"') == 1
    assert "View the order" in written.html
    assert "Everything about this order" not in written.html


def test_a_gifts_recipient_is_led_to_a_parcel(renderer: Renderer) -> None:
    written = mail(
        renderer, drafted(audience=Audience.RECIPIENT, tracking_url="https://c.example/1")
    )
    assert "Where your parcel is" in written.html
    assert OURS in written.html


def test_a_reminder_of_a_cart_leads_to_no_order(renderer: Renderer) -> None:
    ways = LINKS.of(7, samples.NOW, has_order=False)
    draft = replace(samples.draft(Kind.CART_ABANDONED, Channel.EMAIL, language="en"), ways=ways)
    written = mail(renderer, draft)
    assert "/o/" not in written.html
    assert ways.why in written.html


def test_without_a_public_address_a_message_leads_nowhere_of_ours(renderer: Renderer) -> None:
    written = mail(renderer, replace(drafted(), ways=None))
    assert PUBLIC not in written.html + written.text


@pytest.mark.parametrize(("order_url", "leads_to"), [(None, OURS), (SHOPS, SHOPS)])
def test_telegram_leads_to_the_shops_page_or_else_to_ours(
    renderer: Renderer, order_url: str | None, leads_to: str
) -> None:
    written = renderer.render(drafted(Channel.TELEGRAM, order_url=order_url))
    assert isinstance(written, RenderedTelegram)
    urls = [button.url for row in written.buttons for button in row]
    assert leads_to in urls
    assert len({OURS, SHOPS} & set(urls)) == 1


@each("kind", [kind for kind in Kind if not kind.value.startswith("c")])
@each("language", ["en", "uk", "ru"])
def test_a_text_message_names_our_page_only_where_that_costs_nothing(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    plain = samples.draft(kind, Channel.SMS, language=language)
    request = plain.request
    content = msgspec.structs.replace(request.content, order_url=None)
    plain = replace(plain, request=msgspec.structs.replace(request, content=content))
    without, with_page = renderer.render(plain), renderer.render(replace(plain, ways=WAYS))
    assert isinstance(without, RenderedSms)
    assert isinstance(with_page, RenderedSms)
    assert with_page.segments == without.segments == count_segments(with_page.text)
    assert with_page.text in (without.text, f"{without.text} {OURS}")


def test_where_there_is_room_a_text_message_does_name_it() -> None:
    room, none = "Sent. " * 33, "Sent. " * 24
    draft = drafted(Channel.SMS)
    assert with_link(room, count_segments(room), draft) == f"{room} {OURS}"
    assert with_link(none, count_segments(none), draft) == none
    assert with_link(room, count_segments(room), drafted(Channel.SMS, order_url=SHOPS)) == room


def test_the_addresses_are_the_same_however_late_a_message_is_written() -> None:
    assert LINKS.of(7, samples.NOW, has_order=True) == WAYS
    assert LINKS.of(7, samples.NOW + timedelta(days=1), has_order=True) != WAYS
