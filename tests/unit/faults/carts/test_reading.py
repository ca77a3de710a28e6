"""A reminder is known by its words: on every channel, from the real texts."""

from datetime import UTC, datetime, timedelta

import pytest

from headsup.contracts import shop
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import CartFlow, Content, NotificationRequested
from headsup.shops.profile import load_shops
from sandbox.providers.telegram_html import parse_html
from services.notifier.render import Draft, Recipient, Renderer
from services.notifier.render.draft import Stop
from services.notifier.rendered import RenderedTelegram
from tests.faults.carts.reading import read, stopped_at
from tests.faults.carts.shopper import FIRST, LAST, Reminder
from tests.faults.carts.stories import PLOTS, CartCast, stories
from tests.faults.journeys import REACHED
from tests.unit.faults.carts.test_stories import SHOP

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
[STORY] = stories(CartCast(stories=1, plots=PLOTS[:1]), NOON)
CART = STORY.acts[0].data


def _text(renderer: Renderer, reminder: Reminder, channel: Channel) -> str:
    assert isinstance(CART, shop.CartUpdated)
    assert CART.customer
    content = Content(
        items=CART.items,
        total=CART.total,
        cart_url=CART.url,
        occurrence=reminder.step,
        is_last=reminder.step == LAST,
    )
    request = NotificationRequested(
        kind=reminder.kind,
        cart=CartFlow(cart_id=CART.cart_id, flow="f", step=reminder.step, touched_at=NOON),
        customer=CART.customer,
        content=content,
        happened_at=NOON,
        expires_at=NOON + timedelta(hours=12),
    )
    [profile] = load_shops(SHOP).values()
    addresses = {Channel.EMAIL: "e@mail.example", Channel.SMS: "+380501000000"}
    draft = Draft(
        notification_id="n",
        request=request,
        recipient=Recipient(name="Emma", language="en", time_zone="Europe/Kyiv"),
        channel=channel,
        address=addresses.get(channel, "700000000"),
        shop=profile,
        now=NOON,
        stop=Stop(url="https://notify.example/stop/a-signature"),
    )
    message = renderer.render(draft)
    return parse_html(message.html) if isinstance(message, RenderedTelegram) else message.text


@pytest.mark.parametrize("channel", REACHED)
@pytest.mark.parametrize("step", [FIRST, LAST])
@pytest.mark.parametrize("kind", [Kind.CART_ABANDONED, Kind.CHECKOUT_ABANDONED])
def test_a_reminder_is_known_by_its_words(
    renderer: Renderer, kind: Kind, step: int, channel: Channel
) -> None:
    reminder = Reminder(0, 1, kind, step)
    assert read(_text(renderer, reminder, channel)) == reminder


@pytest.mark.parametrize(
    "text",
    ["", "Order K00001 is confirmed.", "In your cart: Lamp 1.", "Lamp 00001-1", "In your cart"],
)
def test_other_words_are_no_reminder(text: str) -> None:
    assert read(text) is None


def test_where_marketing_is_stopped_stands_in_a_mail_an_sms_and_beneath_a_chat() -> None:
    of_chat = ["In your cart: Lamp 00001-1.", "", "https://notify.example/s/a_Code-1"]
    for words in (of_chat, ["Opt out: https://notify.example/s/a_Code-1"]):
        assert stopped_at(words) == "/s/a_Code-1"
    assert stopped_at(["https://notify.example/a/a_Code-1", "/s/a_Code-1"]) is None


def test_what_shows_lines_of_two_visits_is_nobodys() -> None:
    assert read("In your cart: Lamp 00001-1, Lamp 00001-2.") is None
