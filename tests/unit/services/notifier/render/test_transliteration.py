"""Names and words in Latin letters: by the tables of the two sources, and nothing lost."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifier.render.alphabet import is_gsm
from services.notifier.render.transliteration import latin, plain
from tests.support.each import each

RESOLUTION_55 = """
    Алушта=Alushta Андрій=Andrii Борщагівка=Borshchahivka Борисенко=Borysenko
    Вінниця=Vinnytsia Володимир=Volodymyr Гадяч=Hadiach Богдан=Bohdan Згурський=Zghurskyi
    Ґалаґан=Galagan Ґорґани=Gorgany Донецьк=Donetsk Дмитро=Dmytro Рівне=Rivne Олег=Oleh
    Есмань=Esman Єнакієве=Yenakiieve Гаєвич=Haievych Короп'є=Koropie Житомир=Zhytomyr
    Жанна=Zhanna Жежелів=Zhezheliv Закарпаття=Zakarpattia Казимирчук=Kazymyrchuk
    Медвин=Medvyn Михайленко=Mykhailenko Іванків=Ivankiv Іващенко=Ivashchenko
    Їжакевич=Yizhakevych Кадиївка=Kadyivka Мар'їне=Marine Йосипівка=Yosypivka Стрий=Stryi
    Олексій=Oleksii Київ=Kyiv Коваленко=Kovalenko Лебедин=Lebedyn Леонід=Leonid
    Миколаїв=Mykolaiv Маринич=Marynych Ніжин=Nizhyn Наталія=Nataliia Одеса=Odesa
    Онищенко=Onyshchenko Полтава=Poltava Петро=Petro Решетилівка=Reshetylivka
    Рибчинський=Rybchynskyi Суми=Sumy Соломія=Solomiia Тернопіль=Ternopil Троць=Trots
    Ужгород=Uzhhorod Уляна=Uliana Фастів=Fastiv Філіпчук=Filipchuk Харків=Kharkiv
    Христина=Khrystyna Стеценко=Stetsenko Чернівці=Chernivtsi Шевченко=Shevchenko
    Шостка=Shostka Кишеньки=Kyshenky Щербухи=Shcherbukhy Гоща=Hoshcha Гаращенко=Harashchenko
    Юрій=Yurii Корюківка=Koriukivka Яготин=Yahotyn Ярошенко=Yaroshenko Костянтин=Kostiantyn
    Знам'янка=Znamianka Феодосія=Feodosiia Згорани=Zghorany Розгон=Rozghon
    Знам’янка=Znamianka Нью-Йорк=Niu-York
"""
"""The examples that stand in the resolution's table, and what follows from it."""
DOC_9303 = """
    Ёлка=Elka Жук=Zhuk Цапля=Tsaplia Щука=Shchuka Эхо=Ekho Юлия=Iuliia Яков=Iakov
    подъезд=podezd Мышь=Mysh хорошо=khorosho Чайник=Chainik Груша=Grusha
"""


def pairs(table: str) -> list[list[str]]:
    return [pair.split("=") for pair in table.split()]


@each(("own", "said"), pairs(RESOLUTION_55))
def test_ukrainian_is_written_as_the_resolution_has_it(own: str, said: str) -> None:
    assert latin(own, "uk") == said
    assert latin(unicodedata.normalize("NFD", own), "uk") == said


@pytest.mark.parametrize(("own", "said"), pairs(DOC_9303))
def test_russian_is_written_as_in_passports(own: str, said: str) -> None:
    assert latin(own, "ru") == said


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("Що ЩО ще", "Shcho SHCHO shche"),
        ("ПОЩА, РОЗГІН, Я", "POSHCHA, ROZGHIN, Ya"),
        ("Є ЩЕ ЮЩ", "Ye SHCHE YUSHCH"),
        ("об’єкт П’ЯТЬ", "obiekt PIAT"),
    ],
)
def test_capitals_stay_capitals(own: str, said: str) -> None:
    assert latin(own, "uk") == said


@pytest.mark.parametrize(
    ("own", "language", "said"),
    [
        ("Магазин «Ґудзик»: їжа", "ru", 'Magazin "Gudzik": yizha'),
        ("Крамниця «Мечты ё-моё»", "uk", 'Kramnytsia "Mechty e-moe"'),
        ("Your order from Лавка Ґудзик", "en", "Your order from Lavka Gudzyk"),
        ("Куплено ў Мінску", "ru", "Kupleno u Minsku"),
    ],
)
def test_names_in_the_other_language_are_written_too(own: str, language: str, said: str) -> None:
    assert latin(own, language) == said


@pytest.mark.parametrize(
    ("own", "language", "said"),
    [
        ("1\u00a0299,00\u00a0₴", "uk", "1 299,00 hrn"),
        ("₴120", "en", "UAH 120"),
        ("120₽", "en", "120 RUB"),
        ("5 € і 3 £", "uk", "5 € i 3 £"),
        ("Чай – 2 × 100 г…", "uk", "Chai - 2 x 100 h..."),
        ("№ 5 “так” • ½", "uk", 'No. 5 "tak" - 1/2'),
        ("Żółć, naïve", "en", "Zolc, naive"),
        ("Кружка 😀, 👨‍👩‍👧 и 🇺🇦!", "ru", "Kruzhka, i!"),
        ("1️⃣ місце", "uk", "1 mistse"),
        ("٣ шт", "uk", "3 sht"),
        ("Пишіть на help@shop.example", "uk", "Pyshit na help@shop.example"),
    ],
)
def test_what_the_alphabet_lacks_is_said_otherwise(own: str, language: str, said: str) -> None:
    assert latin(own, language) == said


@pytest.mark.parametrize(
    "link",
    ["https://shop.example/шлях/42?q=ї", "https://shop.example/o/a-B_c", "допомога@лавка.укр"],
)
def test_a_link_stays_as_it_is(link: str) -> None:
    assert latin(f"Ми тут: {link} щодня", "uk") == f"My tut: {link} shchodnia"


@pytest.mark.parametrize("own", ["茶", "שלום", "ქართული"])
def test_what_no_table_knows_stays_so_that_it_is_seen(own: str) -> None:
    assert latin(own, "uk") == own


@given(st.text(max_size=200), st.sampled_from(["uk", "ru", "en"]))
@example("\ud800", "uk")
@example("\u0301а", "ru")
@example("'я'я ' ", "uk")
@example("з", "uk")
def test_never_a_question_mark_that_was_not_there(text: str, language: str) -> None:
    asked = unicodedata.normalize("NFKC", text).count("?") + text.count("\u203d")
    assert latin(text, language).count("?") <= asked
    assert "\ufffd" not in latin(text.replace("\ufffd", ""), language)


LETTERS = st.text(alphabet=st.characters(min_codepoint=0x400, max_codepoint=0x45F))


@given(LETTERS, st.sampled_from(["uk", "ru"]))
def test_no_letter_is_lost_but_the_signs(text: str, language: str) -> None:
    said = latin(text, language)
    assert is_gsm(said)
    silent = sum(map(text.lower().count, "ьъ")) + sum(map(text.count, "'’"))
    assert len(said) >= len(text) - silent


@given(st.text(alphabet="аяїщзг'ЬьЩ0 .", max_size=40), st.sampled_from(["uk", "ru"]))
def test_what_is_latin_already_stays(text: str, language: str) -> None:
    once = latin(text, language)
    assert latin(once, language) == once


@pytest.mark.parametrize(
    ("typographic", "sent"),
    [
        ("UAH\u00a01,299.00 – “Lavka’s”…", 'UAH 1,299.00 - "Lavka\'s"...'),
        ("Привіт – «Лавка»", "Привіт – «Лавка»"),
        ("10:00\u202fAM", "10:00 AM"),
        ("вт\u00a024.11", "вт 24.11"),
        ("2 × Mug, ₴120", "2 x Mug, UAH 120"),
        ("Mug 😀 – 2", "Mug 😀 – 2"),
    ],
)
def test_typography_goes_only_where_that_saves_the_small_alphabet(
    typographic: str, sent: str
) -> None:
    assert plain(typographic) == sent
