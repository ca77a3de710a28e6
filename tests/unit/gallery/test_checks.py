"""Each check of a written message can fail, and lets what is right pass."""

from dataclasses import replace

import pytest

from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from services.notifier.rendered import RenderedSms
from tests.gallery import checks
from tests.gallery.written import UNHEARD, Written
from tests.unit.services.notifier.render.samples import SHORT_URL


def _sms(text: str, language: str = "en", variation: str = "complete") -> Written:
    audience = Audience.RECIPIENT if "recipient" in variation else Audience.BUYER
    return Written(
        kind=Kind.SHIPMENT_SHIPPED,
        variation=variation,
        language=language,
        channel=Channel.SMS,
        content=Content(order_number="A-1042", audience=audience),
        rendered=RenderedSms(
            notification_id="n", to="+380671234567", text=text, segments=1, valid_for=60.0
        ),
    )


def _problems(message: Written) -> list[str]:
    return [finding.problem for finding in checks.findings(message)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Lavka: UAH\u00a01,299.00 is due by 18:00, 26 Nov. Code 482913. +380 44 300 21 21"),
        ("en", "Order 2026-11-ЗАМ-00001042: see https://shop.example/2026-11-24/x.html?a=1.00"),
        ("en", "Order ...0001042 weighs 1.5 kg; $20.00 back."),
        ("uk", "Повернемо 1\u00a0299,00\u00a0₴ до 26.11, 18:00. Ціна 240,00 ₴, 24 листопада."),
        ("ru", "Вернём 123\u00a0456,78\u00a0₴ до 1.12. Код 4829-1377, 24–26 ноября."),
    ],
)
def test_what_is_right_is_let_pass(language: str, text: str) -> None:
    assert _problems(_sms(text, language)) == []


@pytest.mark.parametrize(
    ("language", "text", "problem"),
    [
        ("en", "Expected on 2026-11-24.", "a date of a machine"),
        ("en", "Expected on 2026-11-24T10:00:00+02:00.", "a date of a machine"),
        ("en", "Expected by 18:00:00.", "a time of a machine"),
        ("en", "Expected on 2026/11/24.", "a year before its month"),
        ("en", "We return 240.00.", "a sum in the wrong form"),
        ("en", "We return UAH\u00a01299.00.", "a sum in the wrong form"),
        ("en", "We return 1\u00a0299,00\u00a0₴.", "a sum in the wrong form"),
        ("uk", "Повернемо 1299.00.", "a sum in the wrong form"),
        ("uk", "Повернемо 240.00 UAH.", "a sum in the wrong form"),
        ("uk", "Повернемо 240,00.", "a sum in the wrong form"),
        ("uk", "Чекаємо 24 листопад.", "a month in the wrong case"),
        ("uk", "Чекаємо до 26 Nov.", "a date of another language"),
        ("ru", "Вернём UAH\u00a0240.00.", "a sum in the wrong form"),
        ("ru", "Ждём 24 ноябрь.", "a month in the wrong case"),
        ("ru", "Ждём Thursday.", "a date of another language"),
    ],
)
def test_a_date_or_a_sum_in_the_wrong_form_is_found(language: str, text: str, problem: str) -> None:
    assert problem in _problems(_sms(text, language))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("Order {{ order_number }} left.", "braces that nothing filled"),
        ("The carrier is None.", "a value that is none"),
        ("It left.  It arrives.", "two spaces"),
        ("It left , and arrives.", "a space before a mark"),
        ("It left..", "two marks"),
        ("It left ().", "two marks"),
    ],
)
def test_a_seam_is_found(text: str, problem: str) -> None:
    assert problem in _problems(_sms(text))


def test_an_sms_of_three_segments_is_found() -> None:
    assert _problems(_sms("я" * 134, "uk")) == []
    assert _problems(_sms("я" * 135, "uk")) == ["an SMS of 3 segments"]


def test_a_reminder_may_take_three_segments_and_not_four() -> None:
    reminder = replace(_sms("я" * 201, "uk"), kind=Kind.CART_ABANDONED)
    assert _problems(reminder) == []
    longer = replace(_sms("я" * 202, "uk"), kind=Kind.CART_ABANDONED)
    assert _problems(longer) == ["an SMS of 4 segments"]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("Your cart: https://shop.example/c/1 Opt out: https://n.example/s/x", []),
        (f"Your cart: {SHORT_URL} Opt out: https://n.example/s/x", []),
        ("Your cart. Opt out: https://n.example/s/x", ["its link is missing"]),
    ],
)
def test_a_reminder_by_sms_without_the_way_back_is_found(text: str, problems: list[str]) -> None:
    content = Content(cart_url="https://shop.example/c/1")
    assert _problems(replace(_sms(text), kind=Kind.CART_ABANDONED, content=content)) == problems


def test_a_message_that_cannot_be_written_is_found_with_its_variable() -> None:
    message = Written(
        kind=Kind.ORDER_NOTE,
        variation="bare",
        language="en",
        channel=Channel.SMS,
        content=Content(order_number="A-1042"),
        rendered=None,
        problem="'note' is undefined",
    )
    (finding,) = checks.findings(message)
    assert str(finding) == (
        "order.note (bare), en, sms: a variable is missing: «'note' is undefined»"
    )


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "One click is your answer."),
        ("uk", "Натисніть кнопку нижче."),
        ("ru", "Нажмите кнопку ниже."),
    ],
)
def test_a_click_is_asked_for_only_where_there_is_something_to_click(
    language: str, text: str
) -> None:
    assert _problems(_sms(text, language, "asking")) == []
    assert _problems(_sms(text, language, "asking" + UNHEARD)) == ["nothing to click there"]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Your order is on its way."),
        ("uk", "Ваше замовлення в дорозі."),
        ("ru", "Ваш заказ в пути."),
    ],
)
def test_who_did_not_order_is_not_told_of_their_order(language: str, text: str) -> None:
    assert _problems(_sms(text, language)) == []
    assert _problems(_sms(text, language, "to the recipient")) == ["they did not order"]
