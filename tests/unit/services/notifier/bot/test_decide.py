"""What the bot does about what came, as a table of what is known."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from headsup.contracts.base import Customer, Estimate, PickupPoint, Window
from headsup.contracts.catalogue import Audience
from headsup.contracts.notifications import Reason, Standing
from headsup.orders import Ended, OrderView, ParcelView
from services.notifier.bot.decide import decide
from services.notifier.bot.known import (
    ANSWERED_AT_MOST,
    FORGOTTEN_AFTER,
    CallHuman,
    ComeBack,
    Decision,
    HandOn,
    Known,
    Leave,
    Link,
    Order,
    Owner,
    Speak,
    Speech,
    Talk,
    Token,
    Under,
    digest_of,
)
from services.notifier.bot.meaning import meaning_of
from services.notifier.bot.updates import Came, Group, Member, Pressed, Wrote
from services.notifier.render import Renderer
from services.notifier.render.formats import Formats
from tests.unit.services.notifier.render.samples import lavka

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RENDERER = Renderer.load()
SHOP = lavka()
OTHER = msgspec.structs.replace(SHOP, source="https://other.example", name="Other")
OKSANA = Owner(customer_id="c-1", shop=SHOP, name="Оксана")
THERE = Owner(customer_id="c-9", shop=OTHER)
SHOPS = {SHOP.source: SHOP, OTHER.source: OTHER}


def _speech(language: str = "uk") -> Speech:
    texts = RENDERER.texts_in(language)[1]
    return Speech(
        language=language,
        texts=texts,
        formats=Formats(texts.locale, texts.days, is_short=False),
        zone=ZoneInfo("Europe/Kyiv"),
        others={code: RENDERER.texts_in(code)[1].bot for code in ("en", "uk", "ru")},
    )


WORDS = _speech().words


def _order(number: str = "1001", customer: str = "c-1", **changes: Any) -> Order:
    view = OrderView(
        source=SHOP.source,
        order_id=f"O-{number}",
        number=number,
        audience=Audience.BUYER,
        customer=Customer(id=customer),
        placed_at=NOW,
        standing=Standing.IN_PREPARATION,
    )
    return Order(view=replace(view, **changes), customer_id=customer)


def _known(**changes: Any) -> Known:
    return replace(Known(owners=(OKSANA,), orders=(_order(),), lately=1, shops=SHOPS), **changes)


def _wrote(text: str, known: Known, language: str = "uk") -> Decision:
    speech = _speech(language)
    meaning = meaning_of(text, (words.phrases for words in speech.others.values()))
    came = Wrote(update_id=1, chat=42, text=text, message_id=5)
    return decide(came, meaning, known, speech, NOW)


def _pressed(data: str, known: Known) -> Decision:
    return _came(Pressed(update_id=1, chat=42, query_id="q", data=data, message_id=3), known)


def _came(came: Came, known: Known) -> Decision:
    return decide(came, meaning_of("", ()), known, _speech(), NOW)


def _said(decision: Decision) -> str:
    return "\n".join(saying.html for saying in decision.says)


def _presses(decision: Decision) -> list[str | None]:
    return [b.press for saying in decision.says for row in saying.rows for b in row]


def _token(**changes: Any) -> Token:
    token = Token(
        digest=b"1",
        owner=OKSANA,
        order_id=None,
        used_by=None,
        expires_at=NOW + timedelta(hours=1),
    )
    return replace(token, **changes)


START = "/start " + "A" * 22
UNDER = Under(source=SHOP.source, customer_id="c-1", order_id="O-7")
STRANGER = Known(lately=1, shops=SHOPS)

TEXTS: Sequence[tuple[str, str, Known, str]] = [
    ("a stranger is told how to begin", "/start", STRANGER, WORDS.how_to_link),
    ("a stranger who asks is told how to begin", "/orders", STRANGER, WORDS.how_to_link),
    ("a stranger is not left in silence", "?!", STRANGER, WORDS.how_to_link),
    ("a stranger may stop", "/stop", STRANGER, WORDS.stopped_nowhere),
    ("a stranger's help", "/help", STRANGER, WORDS.help),
    ("a token of nobody's", START, STRANGER, WORDS.link_bad),
    ("no token at all", "/start x", STRANGER, WORDS.link_bad),
    ("nothing was ordered", "/orders", _known(orders=()), WORDS.orders_none),
    ("the book is closed", "де замовлення?", _known(orders=None), WORDS.later),
    ("nobody understands", "абракадабра", _known(), WORDS.not_understood),
    ("a photo", "", _known(), WORDS.text_only),
    ("thanks", "дякую", _known(), WORDS.welcome),
    ("help", "/help", _known(), "/orders – "),
    ("one order", "/orders", _known(), "Замовлення 1001 у"),
    ("an order by its number", "що з № 1001", _known(), "Замовлення 1001 у"),
    ("several shops", "/human", _known(owners=(OKSANA, THERE)), WORDS.human_which),
    ("languages", "/language", _known(), WORDS.language_which),
]


@pytest.mark.parametrize(("why", "text", "known", "said"), TEXTS, ids=[row[0] for row in TEXTS])
def test_every_text_is_answered(why: str, text: str, known: Known, said: str) -> None:
    decision = _wrote(text, known)
    assert said in _said(decision), why
    assert list(decision.effects) == ([ComeBack()] if text == "/start" and not known.owners else [])


TOKENS: Sequence[tuple[str, Token | None, tuple[Owner, ...], bool, bool]] = [
    ("a fresh one", _token(), (), True, True),
    ("one that was used elsewhere", _token(used_by=7), (), False, False),
    ("one that was used here", _token(used_by=42), (OKSANA,), True, False),
    ("one that is too old", _token(expires_at=NOW), (), False, False),
    ("a second shop's", _token(owner=THERE), (OKSANA,), True, True),
]


@pytest.mark.parametrize(
    ("why", "token", "owners", "is_welcome", "links"), TOKENS, ids=[row[0] for row in TOKENS]
)
def test_a_deep_link_opens_once_and_in_time(
    why: str, token: Token, owners: tuple[Owner, ...], is_welcome: bool, links: bool
) -> None:
    decision = _wrote(START, _known(owners=owners, token=token))
    assert (WORDS.link_bad not in _said(decision)) is is_welcome, why
    assert [effect for effect in decision.effects if isinstance(effect, Link)] == (
        [Link(token)] if links else []
    )
    assert ("Оксана" in _said(decision)) is (is_welcome and token.owner is OKSANA)


def test_who_links_is_told_at_once_where_the_order_of_the_link_stands() -> None:
    orders = (_order("1002"), _order("1001"))
    decision = _wrote(START, _known(owners=(), token=_token(order_id="O-1001"), orders=orders))
    assert "Замовлення 1001" in _said(decision)
    assert "1002" not in _said(decision)


def test_who_links_for_one_shop_is_not_told_of_anothers_order() -> None:
    decision = _wrote(START, _known(owners=(OKSANA,), token=_token(owner=THERE)))
    assert "1001" not in _said(decision)


EFFECTS: Sequence[tuple[str, Callable[[], Decision], list[Any]]] = [
    ("stop", lambda: _wrote("/stop", _known()), [Leave(Reason.OPTED_OUT)]),
    (
        "start brings it back",
        lambda: _wrote("/start", _known(owners=(replace(OKSANA, has_left=True),))),
        [ComeBack()],
    ),
    ("start says it again", lambda: _wrote("/start", _known()), []),
    ("human", lambda: _wrote("/human", _known()), [CallHuman(OKSANA, "O-1001")]),
    (
        "human with two orders under way",
        lambda: _wrote("/human", _known(orders=(_order("1"), _order("2")))),
        [CallHuman(OKSANA, None)],
    ),
    ("human pressed", lambda: _pressed("bot:human", _known()), [CallHuman(OKSANA, "O-1001")]),
    (
        "human pressed under a message",
        lambda: _pressed("human:x", _known(under=UNDER)),
        [CallHuman(OKSANA, "O-7")],
    ),
    (
        "a shop is chosen",
        lambda: _pressed(
            "bot:h:" + digest_of(OTHER.source), _known(owners=(OKSANA, THERE), orders=())
        ),
        [CallHuman(THERE, None)],
    ),
    ("a language", lambda: _pressed("bot:l:en", _known()), [Speak("en")]),
    (
        "blocked",
        lambda: _came(Member(update_id=1, chat=42, has_left=True), _known()),
        [Leave(Reason.BLOCKED)],
    ),
    (
        "blocked by a stranger",
        lambda: _came(Member(update_id=1, chat=42, has_left=True), STRANGER),
        [],
    ),
    ("let in again", lambda: _came(Member(update_id=1, chat=42, has_left=False), _known()), []),
]


@pytest.mark.parametrize(("why", "act", "effects"), EFFECTS, ids=[row[0] for row in EFFECTS])
def test_what_is_done(why: str, act: Callable[[], Decision], effects: list[Any]) -> None:
    assert list(act().effects) == effects, why


BAD_PRESSES = ["", "bot:", "bot:o:", "bot:o:" + "0" * 20, "bot:l:xx", "bot:h:zz", "r1:7", "human:x"]


@pytest.mark.parametrize("data", BAD_PRESSES)
@pytest.mark.parametrize("known", [_known(), STRANGER], ids=["known", "stranger"])
def test_a_button_of_nobodys_says_so_and_does_nothing(data: str, known: Known) -> None:
    decision = _pressed(data, known)
    assert decision.toast == WORDS.press_unknown
    assert (list(decision.says), list(decision.effects)) == ([], [])


def test_the_button_of_an_order_shows_it_to_its_owner_alone() -> None:
    order = _order()
    assert "1001" in _said(_pressed("bot:o:" + order.press, _known()))
    other = _known(orders=(_order("2002"),))
    assert _pressed("bot:o:" + order.press, other).toast == WORDS.press_unknown


def test_several_orders_are_listed_with_a_button_each_and_a_way_to_a_person() -> None:
    orders = tuple(_order(str(number)) for number in range(20))
    decision = _wrote("/orders", _known(orders=orders))
    assert _presses(decision) == [*("bot:o:" + each.press for each in orders[:8]), "bot:human"]
    assert all(len((press or "").encode()) <= 64 for press in _presses(decision))


def _talk(age: timedelta = timedelta()) -> Talk:
    return Talk(shop=SHOP, customer_id="c-1", heard_at=NOW - age)


def test_while_a_person_has_the_conversation_the_bot_only_hands_on() -> None:
    decision = _wrote("де моє замовлення?", _known(talk=_talk()))
    assert list(decision.says) == []
    assert list(decision.effects) == [HandOn(_talk(), "де моє замовлення?")]


def test_a_command_is_the_bots_even_then() -> None:
    assert "1001" in _said(_wrote("/orders", _known(talk=_talk())))


def test_a_conversation_that_nobody_cares_for_is_the_bots_again() -> None:
    assert "1001" in _said(_wrote("де моє замовлення?", _known(talk=_talk(FORGOTTEN_AFTER))))


def test_a_person_is_called_once() -> None:
    decision = _wrote("/human", _known(talk=_talk()))
    assert list(decision.effects) == []
    assert WORDS.human_already.format(shop=SHOP.name) in _said(decision)


def test_whoever_calls_a_person_hears_when_and_how_else_they_are_reached() -> None:
    said = _said(_wrote("/human", _known()))
    assert SHOP.support.hours["uk"] in said
    assert str(SHOP.support.email) in said


def test_who_is_no_customer_is_told_where_a_person_is_only_of_the_only_shop() -> None:
    one = replace(STRANGER, shops={SHOP.source: SHOP})
    assert str(SHOP.support.email) in _said(_wrote("/human", one))
    assert str(SHOP.support.email) not in _said(_wrote("/human", STRANGER))


def test_a_flood_is_answered_once_and_then_not() -> None:
    last = _wrote("/orders", _known(lately=ANSWERED_AT_MOST))
    first = _wrote("/orders", _known(lately=ANSWERED_AT_MOST + 1))
    more = _wrote("/orders", _known(lately=ANSWERED_AT_MOST + 2))
    assert "1001" in _said(last)
    assert _said(first) == WORDS.slow
    assert list(more.says) == []


def test_a_group_is_told_once_that_the_bot_speaks_to_people_alone() -> None:
    assert _said(_came(Group(update_id=1, chat=-5), STRANGER)) == WORDS.alone


def test_the_answer_is_in_the_language_of_whoever_asks() -> None:
    assert "Right now: the order is being prepared." in _said(_wrote("/orders", _known(), "en"))
    assert "Сейчас: мы готовим заказ" in _said(_wrote("/orders", _known(), "ru"))


def _parcel(**changes: Any) -> ParcelView:
    return replace(ParcelView(shipment_id="S", standing=Standing.UNDER_WAY), **changes)


KYIV = ZoneInfo("Europe/Kyiv")
SHOWN: Sequence[tuple[str, dict[str, Any], str, str]] = [
    ("a day", {"estimate": Estimate(latest=date(2026, 11, 25))}, "25\xa0листопада", ""),
    (
        "a span that began",
        {"estimate": Estimate(earliest=date(2026, 11, 20), latest=date(2026, 11, 24))},
        "24\xa0листопада",
        "20",
    ),
    ("a day that passed", {"estimate": Estimate(latest=date(2026, 11, 22))}, "", "Очікуємо"),
    ("hours", {"next_update_by": NOW + timedelta(hours=3)}, "14:00", ""),
    ("a promise that passed", {"next_update_by": NOW}, "", "Ми напишемо"),
    (
        "a courier on the reader's clock",
        {"parcels": (_parcel(window=Window(start=NOW, end=NOW + timedelta(hours=2))),)},
        "11:00",
        "",
    ),
    (
        "a pickup point with its code",
        {"parcels": (_parcel(pickup=PickupPoint(name="НП <5>", address="Київ", code="77")),)},
        "НП &lt;5&gt;, Київ.\nВаш код: 77.",
        "",
    ),
    ("the end", {"standing": None, "ended": Ended.DELIVERED}, "Його доставлено.", "Зараз"),
    (
        "parcels",
        {"parcels": (_parcel(), _parcel(standing=None, delivered_at=NOW))},
        "Посилку 2 з 2 доставлено.",
        "",
    ),
]


@pytest.mark.parametrize(("why", "view", "has", "lacks"), SHOWN, ids=[row[0] for row in SHOWN])
def test_where_an_order_stands_is_said_as_it_is_now(
    why: str, view: dict[str, Any], has: str, lacks: str
) -> None:
    said = _said(_wrote("/orders", _known(orders=(_order(**view),))))
    assert has in said, why
    assert not lacks or lacks not in said, why


def test_an_order_leads_to_its_parcel_its_page_and_a_person() -> None:
    parcel = _parcel(tracking_url="https://carrier.example/1")
    order = replace(_order(parcels=(parcel,)), page="https://notify.example/o/x")
    [saying] = _wrote("/orders", _known(orders=(order,))).says
    assert [(b.url, b.press) for row in saying.rows for b in row] == [
        ("https://carrier.example/1", None),
        ("https://notify.example/o/x", None),
        ("", "bot:human"),
    ]


def test_who_wants_no_more_is_heard_in_a_flood_and_answered_no_more_than_others() -> None:
    for lately in (ANSWERED_AT_MOST + 2, ANSWERED_AT_MOST * 3):
        for text in ("/stop", "стоп"):
            decision = _wrote(text, _known(lately=lately))
            assert decision.effects == [Leave(Reason.OPTED_OUT)]
            assert not decision.says


def test_what_a_shop_says_hides_nothing_and_steers_nothing() -> None:
    point = PickupPoint(
        name="НП\u202e5", address="Ки\u200bїв", hours="8\n20", code="7\u202e\u200b7"
    )
    hidden = PickupPoint(name="НП", address="Київ", code="\u200b")
    for pickup, wanted in ((point, "НП5, Київ, 8 20"), (hidden, "НП, Київ")):
        parcel = _parcel(pickup=pickup, carrier="\u200b", tracking_number="1")
        said = _said(_wrote("/orders", _known(orders=(_order(parcels=(parcel,)),))))
        assert wanted in said
        assert not set(said) & set("\u202e\u200b")
        assert ("77" in said) is (pickup is point)
        assert ("код" in said.lower()) is (pickup is point)
