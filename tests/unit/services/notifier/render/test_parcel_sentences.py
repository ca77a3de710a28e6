"""What the messages about parcels say: to who ordered, and to whom it is a gift."""

import re
from collections.abc import Mapping

import msgspec
import pytest

from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Standing
from headsup.contracts.replies import Question
from headsup.contracts.shop import CancelledBy, HandedTo, PaymentState, Remedy
from services.notifier.render import Renderer
from services.notifier.rendered import RenderedSms
from services.order_events.audiences import written_for
from tests.unit.services.notifier.render.readers import (
    email,
    every_channel,
    every_language,
    sms,
    spaced,
    telegram,
    texts,
)
from tests.unit.services.notifier.render.samples import CONTENTS, draft, lengthy
from tests.unit.services.notifier.render.variations import REMEDIED, nothing_owed

FACTS: dict[Kind, tuple[dict[str, str], ...]] = {
    Kind.SHIPMENT_NOT_SCANNED: (
        {"en": "has not scanned it yet", "uk": "ще не підтвердив", "ru": "пока не подтвердил"},
    ),
    Kind.SHIPMENT_PARTLY_SHIPPED: (
        {"en": "1 more parcel follows", "uk": "Ще 1 посилка вирушить", "ru": "Ещё 1 посылка"},
    ),
    Kind.SHIPMENT_TRACKING_CHANGED: (
        {"en": "Нова пошта, not with Укрпошта", "uk": "а не Укрпошта", "ru": "а не Укрпошта"},
        dict.fromkeys(("en", "uk", "ru"), "20450123456789"),
    ),
    Kind.SHIPMENT_ARRIVING_TOMORROW: (
        {"en": "tomorrow, 24 November", "uk": "завтра, 24 листопада", "ru": "завтра, 24 ноября"},
        {"en": "between 14:00 and 16:00", "uk": "з 14:00 до 16:00", "ru": "с 14:00 до 16:00"},
    ),
    Kind.SHIPMENT_COURIER_WINDOW: (
        {"en": "between 14:00 and 16:00", "uk": "з 14:00 до 16:00", "ru": "с 14:00 до 16:00"},
    ),
    Kind.SHIPMENT_STALLED: (
        {"en": "20 November", "uk": "20 листопада", "ru": "20 ноября"},
        dict.fromkeys(("en", "uk", "ru"), "Львів, сортувальний центр"),
    ),
    Kind.SHIPMENT_OVERDUE: (
        {"en": "today, 23 November", "uk": "сьогодні, 23 листопада", "ru": "сегодня, 23 ноября"},
        {"en": "We are sorry", "uk": "Перепрошуємо", "ru": "Просим прощения"},
    ),
    Kind.SHIPMENT_EARLIER: (
        {"en": "Thursday, 26 November", "uk": "четвер, 26 листопада", "ru": "четверг, 26 ноября"},
        {"en": "tomorrow, 24 November", "uk": "завтра, 24 листопада", "ru": "завтра, 24 ноября"},
    ),
    Kind.SHIPMENT_DUTY_DUE: (
        {"en": "UAH 310.50", "uk": "310,50 ₴", "ru": "310,50 ₴"},
        {"en": "by 12:00 tomorrow", "uk": "до 12:00 завтра", "ru": "до 12:00 завтра"},
        {"en": "ask us before you pay", "uk": "перш ніж платити", "ru": "прежде чем платить"},
    ),
    Kind.SHIPMENT_DUTY_REMINDER: (
        {"en": "is not paid yet", "uk": "ще не сплачено", "ru": "ещё не оплачена"},
    ),
    Kind.SHIPMENT_ADDRESS_PROBLEM: (
        {"en": "by 12:00 tomorrow", "uk": "до 12:00 завтра", "ru": "до 12:00 завтра"},
        dict.fromkeys(("en", "uk", "ru"), "track.example/address"),
    ),
    Kind.SHIPMENT_ATTEMPT_FOLLOW_UP: (
        {"en": "nothing has changed", "uk": "нічого не змінилося", "ru": "ничего не изменилось"},
    ),
    Kind.PICKUP_REMINDER: (
        {"en": "Monday, 30 November", "uk": "понеділок, 30 листопада", "ru": "понедельник, 30"},
        dict.fromkeys(("en", "uk", "ru"), "482913"),
    ),
    Kind.PICKUP_LAST_DAY: (
        {"en": "today, 23 November", "uk": "сьогодні, 23 листопада", "ru": "сегодня, 23 ноября"},
        dict.fromkeys(("en", "uk", "ru"), "482913"),
    ),
    Kind.SHIPMENT_DAMAGED: (
        {"en": "sending it to you again", "uk": "Надішлемо все ще раз", "ru": "Отправим всё ещё"},
        {"en": "Monday, 30 November", "uk": "понеділка, 30 листопада", "ru": "понедельника, 30"},
    ),
    Kind.SHIPMENT_LOST: (
        {"en": "cannot be found", "uk": "не може знайти", "ru": "не может найти"},
        {"en": "Monday, 30 November", "uk": "понеділка, 30 листопада", "ru": "понедельника, 30"},
    ),
    Kind.SHIPMENT_FOUND: (
        {"en": "on its way again", "uk": "знову в дорозі", "ru": "снова в пути"},
    ),
    Kind.SHIPMENT_RETURNING: (
        {"en": "not collected in time", "uk": "не забрали вчасно", "ru": "не забрали вовремя"},
    ),
    Kind.SHIPMENT_RETURNED: (
        {"en": "by Tuesday, 1 December", "uk": "до вівторка, 1 грудня", "ru": "до вторника, 1"},
    ),
    Kind.DELIVERY_CHECK: (
        {"en": "in a safe place", "uk": "в безпечному місці", "ru": "в безопасном месте"},
        {"en": "Sunday, 22 November", "uk": "неділю, 22 листопада", "ru": "воскресенье, 22"},
    ),
    Kind.DELIVERY_CORRECTION: (
        {"en": "we apologise", "uk": "просимо вибачення", "ru": "просим прощения"},
        {"en": "the courier has the parcel", "uk": "вже в кур’єра", "ru": "уже у курьера"},
    ),
}
RECIPIENTS = [
    kind
    for kind, entry in CATALOGUE.items()
    if entry.audience is not Audience.BUYER
    and kind.startswith(("shipment.", "pickup.", "delivery."))
]
every_remedy = pytest.mark.parametrize("remedy", Remedy)
_PAID_BACK = {
    "en": r"(what|whatever) you (have )?paid",
    "uk": r"все, що ви (за неї )?заплатили",
    "ru": r"всё, что вы (за неё )?заплатили",
}


@pytest.mark.parametrize("kind", FACTS)
@every_language
def test_the_facts_of_a_parcel_are_in_mail_and_telegram(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    chat = telegram(renderer, kind, language, CONTENTS[kind])
    urls = " ".join(button.url for row in chat.buttons for button in row)
    for fact in FACTS[kind]:
        assert fact[language] in spaced(email(renderer, kind, language, CONTENTS[kind]).text)
        assert fact[language] in spaced(chat.html + urls)


_THEIRS = {"en": r"\byour order\b", "uk": r"ваш\w* замовлен", "ru": r"ваш\w* заказ"}


@pytest.mark.parametrize("kind", RECIPIENTS)
@every_language
@every_channel
def test_who_did_not_order_reads_of_no_order_of_theirs_no_price_and_no_contents(
    renderer: Renderer, kind: Kind, language: str, channel: Channel
) -> None:
    gift = written_for(Audience.RECIPIENT, CONTENTS[kind])
    rendered = renderer.render(draft(kind, channel, language, gift))
    for text in texts(rendered):
        assert not re.search(_THEIRS[language], text, re.IGNORECASE)
        assert not re.search(r"A-1042|₴|UAH|Чай", text)


_BEFORE = {"en": r"courier|collect", "uk": r"кур’єр|забрати", "ru": r"курьер|забрать"}


@pytest.mark.parametrize("kind", [k for k in RECIPIENTS if CATALOGUE[k].audience is Audience.BOTH])
@every_language
def test_a_buyer_whose_gift_is_under_way_is_promised_no_word_that_only_the_recipient_hears(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    content = msgspec.structs.replace(CONTENTS[kind], next_update_by=None)
    again = spaced(email(renderer, kind, language, content).text).split("\n\n")[3]
    assert not re.search(_BEFORE[language], again)


@pytest.mark.parametrize("occurrence", [1, 2])
@every_language
def test_a_delay_names_both_days_in_an_sms_too(
    renderer: Renderer, language: str, occurrence: int
) -> None:
    content = msgspec.structs.replace(
        lengthy(Kind.SHIPMENT_DELAYED),
        occurrence=occurrence,
        question=Question.WAIT_OR_CANCEL if occurrence > 1 else None,
    )
    text = sms(renderer, Kind.SHIPMENT_DELAYED, language, content).text
    for day in {"en": ("26 Nov", "24 Nov")}.get(language, ("26.11", "24.11")):
        assert day in text


@pytest.mark.parametrize("kind", [Kind.SHIPMENT_STALLED, Kind.SHIPMENT_DELAYED])
@every_language
def test_who_is_asked_whether_to_wait_is_not_told_that_there_is_nothing_to_do(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    nothing = {"en": "nothing you need to do", "uk": "нічого не потрібно", "ru": "ничего не нужно"}
    asks = {"en": "or shall we cancel", "uk": "чи нам скасувати", "ru": "или нам отменить"}
    for question in (None, Question.WAIT_OR_CANCEL):
        content = msgspec.structs.replace(CONTENTS[kind], question=question, occurrence=2)
        text = spaced(email(renderer, kind, language, content).text)
        assert (nothing[language] in text) == (question is None)
        assert (asks[language] in text) == (question is not None)


@pytest.mark.parametrize("kind", [Kind.SHIPMENT_DAMAGED, Kind.SHIPMENT_LOST])
@every_remedy
@every_language
def test_who_paid_nothing_is_promised_no_sum_and_the_recipient_no_money_at_all(
    renderer: Renderer, kind: Kind, language: str, remedy: Remedy
) -> None:
    content = msgspec.structs.replace(CONTENTS[kind], remedy=remedy)
    to_buyer = spaced(email(renderer, kind, language, content).text)
    assert bool(re.search(_PAID_BACK[language], to_buyer)) == (remedy is not Remedy.REPLACEMENT)
    gift = written_for(Audience.RECIPIENT, content)
    to_recipient = spaced(email(renderer, kind, language, gift).text)
    assert not re.search(r"paid|money|заплатил|гроші|деньги", to_recipient)


_MONEY_FOLLOWS = {
    "en": r"money|[Ww]e return|by Monday",
    "uk": r"гроші|Повернемо|понеділка",
    "ru": r"деньги|Вернём|понедельника",
}


@pytest.mark.parametrize("kind", sorted(REMEDIED))
@every_language
@every_channel
def test_to_whom_nothing_is_owed_no_money_and_no_word_of_it_is_promised(
    renderer: Renderer, kind: Kind, language: str, channel: Channel
) -> None:
    content = nothing_owed(CONTENTS[kind], PaymentState.ON_DELIVERY)
    for text in texts(renderer.render(draft(kind, channel, language, content))):
        assert not re.search(_MONEY_FOLLOWS[language], text)


@pytest.mark.parametrize("kind", sorted(REMEDIED))
@every_language
def test_to_whom_money_is_owed_it_is_said_that_it_comes_and_that_we_write_then(
    renderer: Renderer, kind: Kind, language: str
) -> None:
    content = msgspec.structs.replace(CONTENTS[kind], remedy=Remedy.REFUND)
    text = spaced(email(renderer, kind, language, content).text)
    for said in {
        "en": ("what you paid for it", "when the money has been sent"),
        "uk": ("Повернемо все", "коли відправимо гроші"),
        "ru": ("Вернём всё", "когда отправим деньги"),
    }[language]:
        assert said in text


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (Kind.SHIPMENT_LOST, {"en": "if it is found", "uk": "знайдеться", "ru": "найдётся"}),
        (Kind.SHIPMENT_DAMAGED, {"en": "new one", "uk": "надішлемо іншу", "ru": "отправим другую"}),
        (Kind.ORDER_CANCELLED, {"en": "only if one", "uk": "якщо вирушить", "ru": "если всё же"}),
    ],
)
@every_language
def test_a_recipients_sms_promises_only_what_a_recipient_hears(
    renderer: Renderer, kind: Kind, sentence: Mapping[str, str], language: str
) -> None:
    gift = written_for(Audience.RECIPIENT, CONTENTS[kind], kind)
    text = sms(renderer, kind, language, gift).text
    assert sentence[language] in text
    assert not re.search(r"know more|узнаем|дізнаємося", text)


@pytest.mark.parametrize("handed_to", HandedTo)
@every_language
@every_channel
def test_a_delivery_calls_itself_the_last_message_nowhere_since_a_question_may_follow(
    renderer: Renderer, language: str, channel: Channel, handed_to: HandedTo
) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.SHIPMENT_DELIVERED], handed_to=handed_to)
    rendered = renderer.render(draft(Kind.SHIPMENT_DELIVERED, channel, language, content))
    for text in texts(rendered):
        assert not re.search(r"last message|останнє повідомлення|последнее сообщение", text)
    assert not isinstance(rendered, RenderedSms) or rendered.segments <= 2


@every_language
def test_the_last_day_to_send_back_is_named_to_the_buyer_alone(
    renderer: Renderer, language: str
) -> None:
    kind = Kind.SHIPMENT_DELIVERED
    back = {"en": "send it back", "uk": "можна повернути;", "ru": "можно вернуть;"}[language]
    assert back in email(renderer, kind, language, CONTENTS[kind]).text
    gift = written_for(Audience.RECIPIENT, CONTENTS[kind])
    assert back not in email(renderer, kind, language, gift).text


@pytest.mark.parametrize(
    ("standing", "is_done"),
    [
        (Standing.OUT_FOR_DELIVERY, True),
        (Standing.SEARCHED_FOR, True),
        (Standing.WAITING_FOR_PICKUP, False),
        (Standing.ATTEMPTED, False),
    ],
)
def test_a_correction_says_that_there_is_nothing_to_do_only_where_that_is_so(
    renderer: Renderer, standing: Standing, is_done: bool
) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.DELIVERY_CORRECTION], standing=standing)
    text = email(renderer, Kind.DELIVERY_CORRECTION, "en", content).text
    assert ("nothing you need to do" in text) == is_done


@pytest.mark.parametrize("handed_to", HandedTo)
@every_language
@every_channel
def test_one_parcel_of_several_is_not_called_the_whole_order(
    renderer: Renderer, language: str, channel: Channel, handed_to: HandedTo
) -> None:
    whole = {"en": "Order A-", "uk": "Замовлення A-", "ru": "Заказ A-"}[language]
    content = msgspec.structs.replace(
        CONTENTS[Kind.SHIPMENT_DELIVERED], handed_to=handed_to, parcels_left=12
    )
    rendered = renderer.render(draft(Kind.SHIPMENT_DELIVERED, channel, language, content))
    assert any("12" in text for text in texts(rendered))
    assert not any(text.startswith(whole) or f": {whole}" in text for text in texts(rendered))
    assert not isinstance(rendered, RenderedSms) or rendered.segments <= 2


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "order had been cancelled"),
        ("uk", "амовлення було скасовано"),
        ("ru", "аказ был отменён"),
    ],
)
@every_channel
def test_a_parcel_of_a_cancelled_order_that_came_all_the_same_says_that_it_was_cancelled(
    renderer: Renderer, language: str, words: str, channel: Channel
) -> None:
    whole = msgspec.structs.replace(CONTENTS[Kind.SHIPMENT_DELIVERED], return_until=None)
    content = msgspec.structs.replace(whole, cancelled_by=CancelledBy.SHOP)

    cancelled = renderer.render(draft(Kind.SHIPMENT_DELIVERED, channel, language, content))
    usual = renderer.render(draft(Kind.SHIPMENT_DELIVERED, channel, language, whole))

    assert any(words in text for text in texts(cancelled))
    assert not any(words in text for text in texts(usual))
    assert not isinstance(cancelled, RenderedSms) or cancelled.segments <= 2
