"""What the messages of the renderer say, whatever the kind, the language and the channel."""

import re

import msgspec
import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.shop import CancelledBy, PaymentMethod, PaymentState, ReturnMethod
from services.notifier.render import Renderer
from services.notifier.render.carts import is_of_cart
from services.notifier.rendered import RenderedEmail, RenderedSms, RenderedWhatsApp
from tests.support.each import each
from tests.unit.services.notifier.render.readers import (
    email,
    every_amount,
    every_channel,
    every_kind,
    every_language,
    seen,
    sms,
    spaced,
    telegram,
    texts,
)
from tests.unit.services.notifier.render.samples import CONTENTS, bare, draft, lengthy

PHONE = "+380 44 300 21 21"


@every_kind
@every_language
@every_channel
@every_amount
def test_no_seam_shows(
    renderer: Renderer, kind: Kind, language: str, channel: Channel, content_of: object
) -> None:
    assert callable(content_of)
    rendered = renderer.render(draft(kind, channel, language, content_of(kind)))
    for text in texts(rendered):
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
    elif isinstance(rendered, RenderedWhatsApp):
        assert PHONE in rendered.text
        assert ": https://shop.example/help\n" in rendered.text
    else:
        assert PHONE in rendered.html
        assert rendered.buttons[-1][0].url == "https://shop.example/help"


@each("kind", [kind for kind in Kind if not is_of_cart(kind)])
@each(
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
    mail = email(renderer, kind, language, content)
    assert long in spaced(mail.text)
    assert long in spaced(seen(mail.html))
    assert long in spaced(telegram(renderer, kind, language, content).html)
    assert short in sms(renderer, kind, language, content).text


_TRIGGER = {
    "en": r"\b(write|confirm|may remind you again|last message|no further messages)\b",
    "uk": r"(напишемо|ще нагадаємо|підтвердимо|не писатимемо|останнє повідомлення)",
    "ru": r"(напишем|ещё напомним|подтвердим|писать не будем|последнее сообщение)",
}


@every_kind
@every_language
@every_channel
def test_without_a_date_it_says_what_the_next_message_waits_for(
    renderer: Renderer, kind: Kind, language: str, channel: Channel
) -> None:
    rendered = renderer.render(draft(kind, channel, language, bare(kind)))
    text = texts(rendered)[1] if channel is Channel.EMAIL else texts(rendered)[0]
    assert re.search(_TRIGGER[language], text, re.IGNORECASE)


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


@pytest.mark.parametrize("kind", FACTS)
@every_language
def test_the_facts_of_each_kind_are_in_mail_and_telegram(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    mail = email(renderer, kind, language, CONTENTS[kind])
    chat = telegram(renderer, kind, language, CONTENTS[kind])
    urls = " ".join(button.url for row in chat.buttons for button in row)
    for fact in FACTS[kind][language]:
        assert fact in spaced(mail.text)
        assert fact in spaced(seen(mail.html) + mail.html)
        assert fact in spaced(chat.html + urls)
    assert "A-1042" in mail.text


_MONEY_BACK = {
    "en": r"refund|money back|return all",
    "uk": r"поверн",
    "ru": r"верн",
}


@every_language
@every_channel
@each("occurrence", [1, 2, 3])
@each(
    ("state", "is_promised"),
    [
        (PaymentState.PAID, True),
        (PaymentState.ON_DELIVERY, False),
        (PaymentState.AUTHORISED, False),
        (PaymentState.PENDING, False),
    ],
)
def test_a_late_order_promises_money_back_only_to_who_has_paid(
    renderer: Renderer,
    language: str,
    channel: Channel,
    occurrence: int,
    state: PaymentState,
    is_promised: bool,
) -> None:
    content = msgspec.structs.replace(
        CONTENTS[Kind.DISPATCH_LATE], payment=state, occurrence=occurrence
    )
    rendered = renderer.render(draft(Kind.DISPATCH_LATE, channel, language, content))
    said = " ".join(texts(rendered))
    promised = bool(re.search(_MONEY_BACK[language], said))
    if channel is Channel.SMS and occurrence == 1:
        assert is_promised or not promised  # it calms first; its two segments may end there
        return
    assert promised is is_promised
    cancel = {"en": "cancel", "uk": "скасу", "ru": "отмен"}[language]
    assert is_promised or cancel in said


@every_language
@every_amount
def test_the_first_sms_about_a_late_order_calms(
    renderer: Renderer, language: str, content_of: object
) -> None:
    assert callable(content_of)
    calm = {
        "en": "We are finding out why. You need do nothing.",
        "uk": "З’ясовуємо. Вам діяти не треба.",
        "ru": "Выясняем. От вас ничего не нужно.",
    }[language]
    kind = Kind.DISPATCH_LATE
    first = msgspec.structs.replace(content_of(kind), occurrence=1)
    second = msgspec.structs.replace(content_of(kind), occurrence=2)
    assert calm in sms(renderer, kind, language, first).text
    assert calm not in sms(renderer, kind, language, second).text


@every_language
def test_the_first_mail_about_a_late_order_speaks_of_the_delivery_too(
    renderer: Renderer, language: str
) -> None:
    words = {
        "en": "we will tell you the new delivery date when it leaves",
        "uk": "нову дату скажемо, коли посилка вирушить",
        "ru": "новую дату скажем, когда посылка отправится",
    }[language]
    mail = email(renderer, Kind.DISPATCH_LATE, language, CONTENTS[Kind.DISPATCH_LATE])
    assert words in spaced(mail.text)


@every_language
@each("content_of", [CONTENTS.__getitem__, bare])
def test_an_order_received_says_what_happens_without_payment_only_with_a_deadline(
    renderer: Renderer, language: str, content_of: object
) -> None:
    assert callable(content_of)
    content = content_of(Kind.ORDER_RECEIVED)
    words = {
        "en": "we will cancel the order, and you owe nothing",
        "uk": "ми скасуємо замовлення, і ви нічого не винні",
        "ru": "мы отменим заказ, и вы ничего не должны",
    }[language]
    mail = email(renderer, Kind.ORDER_RECEIVED, language, content)
    assert (words in spaced(mail.text)) == (content.pay_by is not None)


_ARRIVES = {"en": "payment arrives", "uk": "оплата надійде", "ru": "придёт оплата"}


@every_language
def test_an_order_received_says_no_clause_twice(renderer: Renderer, language: str) -> None:
    mail = email(renderer, Kind.ORDER_RECEIVED, language, CONTENTS[Kind.ORDER_RECEIVED])
    assert spaced(mail.text).lower().count(_ARRIVES[language]) <= 1


@every_language
def test_a_failed_payment_names_the_link_before_what_happens_without_one(
    renderer: Renderer, language: str
) -> None:
    link, threat = {
        "en": ("the link is below", "cancel the order"),
        "uk": ("за посиланням нижче", "доведеться скасувати"),
        "ru": ("по ссылке ниже", "придётся отменить"),
    }[language]
    content = CONTENTS[Kind.PAYMENT_FAILED]
    text = spaced(email(renderer, Kind.PAYMENT_FAILED, language, content).text)
    assert 0 < text.index(link) < text.index(threat)
    by_hand = msgspec.structs.replace(content, pay_url=None)
    assert link not in email(renderer, Kind.PAYMENT_FAILED, language, by_hand).text


@every_language
@every_channel
def test_a_delivery_does_not_claim_to_be_the_last_word_because_a_question_may_follow(
    renderer: Renderer, language: str, channel: Channel
) -> None:
    words = {"en": "last message", "uk": "останнє повідомлення", "ru": "последнее сообщение"}
    rendered = renderer.render(draft(Kind.SHIPMENT_DELIVERED, channel, language))
    assert all(words[language] not in text for text in texts(rendered))


@pytest.mark.parametrize(
    ("state", "is_said"), [(PaymentState.ON_DELIVERY, True), (PaymentState.PAID, False)]
)
def test_a_confirmation_reminds_of_money_that_the_courier_collects(
    renderer: Renderer, state: PaymentState, is_said: bool
) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.ORDER_CONFIRMED], payment=state)
    mail = email(renderer, Kind.ORDER_CONFIRMED, "en", content)
    assert ("You pay when you receive it." in mail.text) == is_said


@every_language
@pytest.mark.parametrize("by", CancelledBy)
@each("has_refund", [True, False])
def test_a_cancellation_says_who_and_what_becomes_of_the_money(
    renderer: Renderer, language: str, by: CancelledBy, has_refund: bool
) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.ORDER_CANCELLED], cancelled_by=by)
    if not has_refund:
        content = msgspec.structs.replace(content, refund=None, refund_by=None)
    mail = email(renderer, Kind.ORDER_CANCELLED, language, content)
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
    mail = email(renderer, Kind.RETURN_APPROVED, language, content)
    paragraph = spaced(mail.text).split("\n\n")[2]
    assert day[language] in paragraph


@every_language
def test_a_return_promises_news_of_the_money_which_is_what_a_shop_tells_us(
    renderer: Renderer, language: str
) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.RETURN_APPROVED], next_update_by=None)
    promise = {
        "en": "We will write when we have sent the money.",
        "uk": "Напишемо, коли відправимо вам гроші.",
        "ru": "Напишем, когда отправим вам деньги.",
    }
    assert promise[language] in email(renderer, Kind.RETURN_APPROVED, language, content).text


@every_language
@pytest.mark.parametrize(
    ("method", "has_to_wait"),
    [
        (PaymentMethod.CARD, True),
        (PaymentMethod.OTHER, True),
        (PaymentMethod.STORE_CREDIT, False),
        (PaymentMethod.CASH, False),
    ],
)
def test_an_sms_about_a_refund_asks_to_wait_only_for_a_bank(
    renderer: Renderer, language: str, method: PaymentMethod, has_to_wait: bool
) -> None:
    content = msgspec.structs.replace(
        CONTENTS[Kind.PAYMENT_REFUNDED], refund_method=method, refund_by=None
    )
    rendered = sms(renderer, Kind.PAYMENT_REFUNDED, language, content)
    assert bool(re.search(r"\b10\b", rendered.text)) == has_to_wait
    assert rendered.segments <= 2
