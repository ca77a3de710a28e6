"""What somebody means who writes to the bot."""

import pytest

from services.notifier.bot.meaning import Meaning, Meant, meaning_of, names, token_of
from services.notifier.render import Renderer
from tests.support.each import each

PHRASES = [Renderer.load().texts_in(language)[1].bot.phrases for language in ("en", "uk", "ru")]

SAID = {
    "where is my order?": Meant.ORDERS,
    "Where's my order??": Meant.ORDERS,
    "WHERE IS MY PARCEL": Meant.ORDERS,
    "hello, where is my order please": Meant.ORDERS,
    "order status": Meant.ORDERS,
    "де моє замовлення": Meant.ORDERS,
    "Добрий день! Де моє замовлення?": Meant.ORDERS,
    "коли приїде посилка": Meant.ORDERS,
    "де замовлення": Meant.ORDERS,
    "замовлення": Meant.ORDERS,
    "где мой заказ": Meant.ORDERS,
    "где мой заказ?!": Meant.ORDERS,
    "Где моя посылка": Meant.ORDERS,
    "когда придёт": Meant.ORDERS,
    "/orders": Meant.ORDERS,
    "/orders@headsup_bot": Meant.ORDERS,
    "I want to talk to a person": Meant.HUMAN,
    "позовите оператора": Meant.HUMAN,
    "покличте людину, будь ласка": Meant.HUMAN,
    "where is my order? I want a human": Meant.HUMAN,
    "/human": Meant.HUMAN,
    "help": Meant.HELP,
    "Привіт!": Meant.HELP,
    "/anything": Meant.HELP,
    "STOP": Meant.STOP,
    "не пишіть мені": Meant.STOP,
    "відпишіть мене": Meant.STOP,
    "don't text me": Meant.STOP,
    "/stop": Meant.STOP,
    "do not stop": Meant.OTHER,
    "дякую": Meant.THANKS,
    "спасибо!": Meant.THANKS,
    "/language": Meant.LANGUAGE,
    "мова": Meant.LANGUAGE,
    "моє замовлення прийшло побите": Meant.ORDERS,
    "коробка зімʼята": Meant.OTHER,
    "🙂": Meant.OTHER,
    "": Meant.NO_TEXT,
}


@each(("text", "meant"), SAID.items())
def test_people_are_understood_in_every_language(text: str, meant: Meant) -> None:
    assert meaning_of(text, PHRASES).meant is meant


def test_a_deep_link_brings_its_token() -> None:
    token = "A" * 22
    assert meaning_of(f"/start {token}", PHRASES) == Meaning(Meant.START, token, is_command=True)
    assert token_of(token) == token


@pytest.mark.parametrize(
    "rest", ["", "A" * 21, "A" * 23, "A" * 21 + "!", "я" * 22, "A" * 22 + "\n"]
)
def test_what_has_another_form_is_no_token(rest: str) -> None:
    assert token_of(rest) is None


@pytest.mark.parametrize(
    ("text", "number", "is_named"),
    [("що з 1001?", "1001", True), ("№A-1001", "A-1001", True), ("10010", "1001", False)],
)
def test_an_order_is_named_by_its_number(text: str, number: str, is_named: bool) -> None:
    assert names(text, number) is is_named
