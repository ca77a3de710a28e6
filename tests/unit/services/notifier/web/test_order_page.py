"""The page of an order can be written whatever happens to the order, in every language, and shows
a gift's recipient nothing that is the buyer's."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headsup.contracts import shop
from headsup.contracts.base import Customer, Item, Money
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import Content, NotificationRequested
from headsup.contracts.replies import Question
from headsup.orders import OrderView
from headsup.shops.profile import ShopProfile
from services.notifier.answers import AnswerLinks
from services.notifier.attempts import State
from services.notifier.bot.links import ChatLinks
from services.notifier.page_links import PageLinks
from services.notifier.page_rows import MOST_SAID
from services.notifier.people import Address, Person
from services.notifier.render import Renderer
from services.notifier.said import Asking, Opened, Said, Story
from services.notifier.voices import Voices
from services.notifier.web.order_page import OrderPages, Visit
from services.order_events.order_views import view_of
from services.order_events.rules.base import Case
from services.order_events.told import Told
from tests.support.notifier import KEY, PUBLIC
from tests.unit.services.notifier.render import samples
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o
from tests.unit.services.order_events.aftersale import aftersale_journeys
from tests.unit.services.order_events.strategies import (
    journeys,
    order_journeys,
    parcel_journeys,
)


@pytest.fixture(scope="module")
def lavka() -> ShopProfile:
    return samples.lavka()


LANGUAGES = ("en", "uk", "ru")
MEAN = "<script>alert(1)</script> \"' \u202e{{ 7 * 7 }} {x} %s"


@pytest.fixture(scope="module")
def pages(renderer: Renderer) -> OrderPages:
    links = PageLinks.under(PUBLIC, KEY)
    return OrderPages(Voices(renderer), links, answers=AnswerLinks(PUBLIC, KEY))


def said(number: int = 1, **what: Any) -> Said:
    """A message about the order."""
    content = Content(order_number="A1", next_update_by=o.TUESDAY, carrier="Nova")
    given: dict[str, Any] = {
        "number": number,
        "request_id": f"r{number}",
        "source": o.SHOP,
        "request": NotificationRequested(
            kind=what.pop("kind", Kind.SHIPMENT_SHIPPED),
            order_id="A1",
            customer=o.CUSTOMER,
            content=what.pop("content", content),
            happened_at=o.MONDAY,
            expires_at=o.FRIDAY,
        ),
        "address": Address(Channel.EMAIL, "olena@example.com"),
        "language": "en",
        "state": State.SENT,
        "planned_at": o.MONDAY,
        "at": o.MONDAY,
    }
    return Said(**given | what)


def visit(lavka: ShopProfile, language: str | None = None, **what: Any) -> Visit:
    opened = Opened(said=said(**what), person=Person(), passed_over=())
    return Visit(opened=opened, shop=lavka, now=o.FRIDAY, asked=language)


def text_of(
    pages: OrderPages, come: Visit, view: OrderView | None, story: Story | None = None
) -> str:
    assert view is not None
    response = pages.order(come, view, story or Story(said=(come.opened.said,)))
    assert response.status_code == 200
    assert len(response.body) < 30_000
    return bytes(response.body).decode()


def seen(*events: Event[Any], audience: Audience = Audience.BUYER) -> OrderView | None:
    now = max(event.time for event in events)
    return view_of(Case(o.folded(events), Told(), now, audience=audience))


LIVES = journeys() | parcel_journeys() | order_journeys() | aftersale_journeys()


@settings(max_examples=60)
@given(events=LIVES, language=st.sampled_from(LANGUAGES), days=st.integers(0, 40))
def test_whatever_happens_the_page_can_be_written(
    pages: OrderPages, lavka: ShopProfile, events: list[Event[Any]], language: str, days: int
) -> None:
    now = max(event.time for event in events) + timedelta(days=days)
    case = Case(o.folded(events), Told(), now)
    text = text_of(pages, visit(lavka, language), view_of(case))
    assert f'<html lang="{language}">' in text
    given_to = view_of(msgspec.structs.replace(case, audience=Audience.RECIPIENT))
    if given_to is not None:
        gift = text_of(pages, visit(lavka, language), given_to, Story())
        assert not re.search(r"UAH|₴|Kettle|Pot|olena@", gift)


def test_what_a_stranger_wrote_is_words_and_nothing_more(
    pages: OrderPages, lavka: ShopProfile
) -> None:
    placed = o.placed_and_paid(items=(Item(name=MEAN),), number=MEAN[:30])
    carried = o.scan(o.TUESDAY, carrier=MEAN[:60], tracking_number=MEAN[:60])
    text = text_of(pages, visit(lavka), seen(placed, carried))
    assert "<script" not in text
    assert "49" not in text
    assert "\u202e" not in text
    assert "&lt;script&gt;" in text


def test_an_address_that_is_no_web_page_is_no_link(pages: OrderPages, lavka: ShopProfile) -> None:
    view = seen(o.placed_and_paid(), o.scan(o.TUESDAY, tracking_url="https://ok.example/1"))
    assert "https://ok.example/1" in text_of(pages, visit(lavka), view)


def test_an_order_of_five_hundred_lines_and_many_messages_stays_small(
    pages: OrderPages, lavka: ShopProfile
) -> None:
    price = Money(amount="1299.00", currency="UAH")
    items = tuple(Item(name=f"{n} " + "чай " * 45, price=price) for n in range(500))
    scans = [
        event
        for n in range(20)
        for event in (
            o.label(o.TUESDAY + n * o.HOUR, f"S{n}", tracking_number=f"2045000000{n}", items=items),
            o.handed_over(o.WEDNESDAY + n * o.HOUR, f"S{n}"),
        )
    ]
    story = Story(said=tuple(said(n) for n in range(MOST_SAID)))
    text = text_of(pages, visit(lavka), seen(o.placed_and_paid(items=items), *scans), story)
    assert "and 480 more" in text


def test_an_open_question_can_be_answered_from_the_page(
    pages: OrderPages, lavka: ShopProfile
) -> None:
    asking = Asking(request_id="r1", question=Question.WAIT_OR_CANCEL)
    text = text_of(pages, visit(lavka), seen(o.placed_and_paid()), Story(asking=asking))
    links = AnswerLinks(PUBLIC, KEY).of("r1", Question.WAIT_OR_CANCEL)
    assert links is not None
    assert all(url in text for url in links.values())
    assert "I will wait" in text


def test_an_address_is_masked_and_each_message_leads_to_why_it_came(
    pages: OrderPages, lavka: ShopProfile
) -> None:
    come = visit(lavka)
    text = text_of(pages, come, seen(o.placed_and_paid()))
    assert "By e-mail, o***@example.com: sent" in text
    assert PageLinks.under(PUBLIC, KEY).whys.of(1, o.MONDAY) in text


def test_a_message_that_cannot_be_written_any_more_is_listed_all_the_same(
    pages: OrderPages, lavka: ShopProfile
) -> None:
    odd = said(kind=Kind.PAYMENT_REFUNDED, content=Content())
    text = text_of(pages, visit(lavka), seen(o.placed_and_paid()), Story(said=(odd,)))
    assert "o***@example.com: sent" in text


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([o.cancelled(o.TUESDAY), o.refund(o.WEDNESDAY)], "The order was cancelled"),
        ([o.cancelled(o.TUESDAY)], "<p>The order was cancelled.</p>"),  # and then of the money
        ([o.handed_over(o.TUESDAY)], "Everything has been delivered"),
        (
            [o.event(o.TUESDAY, shop.ReturnRequested(order_id="A1", return_id="B1"))],
            "write to you what to do. Please wait",
        ),
        (
            [o.event(o.TUESDAY, shop.ReturnRejected(order_id="A1", return_id="B1", note="Worn."))],
            "<blockquote>Worn.</blockquote>",
        ),
        ([m.damage(o.TUESDAY)], "we are finding out what happened".capitalize()),
    ],
)
def test_it_says_in_words_how_things_stand(
    pages: OrderPages, lavka: ShopProfile, events: list[Event[Any]], words: str
) -> None:
    assert words in text_of(pages, visit(lavka), seen(o.placed_and_paid(), *events))


def test_of_several_parcels_each_has_one_name_on_all_of_the_page(
    pages: OrderPages, lavka: ShopProfile
) -> None:
    parcels = [o.handed_over(o.TUESDAY - o.HOUR, "S1"), m.damage(o.TUESDAY, "S2")]
    text = text_of(pages, visit(lavka), seen(o.placed_and_paid(), *parcels))
    assert "<strong>Parcel 2 of 2: we are finding out what happened</strong>" in text
    damaged, delivered = text.index("damaged (2 of 2)"), text.index("delivered (1 of 2)")
    assert damaged < delivered  # the newest first, as what was told


def test_several_parcels_that_are_alike_are_counted(pages: OrderPages, lavka: ShopProfile) -> None:
    parcels = [o.scan(o.TUESDAY, f"S{number}") for number in (1, 2, 3)]
    text = text_of(pages, visit(lavka, "uk"), seen(o.placed_and_paid(), *parcels))
    assert "<strong>3 з 3 посилок: у дорозі</strong>" in text


def test_hours_are_those_of_the_reader(pages: OrderPages, lavka: ShopProfile) -> None:
    come = visit(lavka)
    request = msgspec.structs.replace(
        come.opened.said.request, customer=Customer(id="C1", time_zone="Asia/Tokyo")
    )
    opened = replace(come.opened, said=replace(come.opened.said, request=request))
    text = text_of(pages, replace(come, opened=opened), seen(o.placed_and_paid()))
    assert "18:00" in text


def test_a_page_that_is_shown_around_opens_no_chat(renderer: Renderer, lavka: ShopProfile) -> None:
    chats = ChatLinks(PUBLIC, KEY)
    with_bot = OrderPages(Voices(renderer), PageLinks.under(PUBLIC, KEY, chats))
    assert "/t/" not in text_of(with_bot, visit(lavka), seen(o.placed_and_paid()))
