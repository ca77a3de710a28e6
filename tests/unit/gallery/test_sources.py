"""Each check of a text file can fail, and lets what is right pass."""

from pathlib import Path

import pytest

from headsup.contracts.catalogue import Kind
from tests.gallery import sources


@pytest.mark.parametrize(
    ("language", "text", "problem", "word"),
    [
        ("en", "Your посилка is here", "a Cyrillic word", "посилка"),
        ("uk", "Ваш order вирушив", "a Latin word", "order"),
        ("uk", "Так чи/order", "a Latin word", "order"),
        ("uk", "П\u0430кунок \u0456 п\u043eсилк\u0061", "a Latin word", "посилкa"),
        ("uk", "Скоро приїде посылка", "a Russian letter", "посылка"),
        ("uk", "Кур'єр приїде", "another apostrophe than ’", "Кур'єр"),
        ("ru", "Скоро приедет посылка із города", "a Ukrainian letter", "із"),
        ("ru", "Кур’ер приедет", "a Ukrainian letter", "Кур’ер"),
        ("ru", "{{ n|plural(one='x') }} parcel", "a Latin word", "parcel"),
        ("uk", '{{ n|plural(one="day", other="днів") }}', "a Latin word", "day"),
    ],
)
def test_a_word_in_the_wrong_alphabet_is_found(
    language: str, text: str, problem: str, word: str
) -> None:
    found = sources.foreign_letters(language, {"order.note": {"title": text}})
    assert [(finding.problem, finding.excerpt) for finding in found] == [(problem, word)]
    assert found[0].where == f"{language}/order.note.toml `title`"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "Your parcel {{ tracking_number }} is here"),
        ("uk", "Кур’єр приїде{% if window %} {{ window.on }}{% endif %}, SMS буде"),
        ("ru", "Подъезжает ваш заказ, PDF ниже"),
        ("uk", "Напишіть /start, і у WhatsApp теж"),
    ],
)
def test_a_text_in_its_own_letters_is_let_pass(language: str, text: str) -> None:
    assert sources.foreign_letters(language, {"order.note": {"title": text}}) == []


def test_what_people_may_reply_is_understood_in_more_than_one_language() -> None:
    replies = {"_shared": {"replies.yes.0": "ТАК", "replies.yes.1": "YES"}}
    assert sources.foreign_letters("uk", replies) == []


def _titles(**texts: str) -> dict[str, sources.Strings]:
    return {language: {"order.note": {"title": text}} for language, text in texts.items()}


def test_a_sentence_that_two_languages_share_is_found() -> None:
    found = sources.untranslated(
        _titles(
            uk="Так. {% if note %}Дата доставки стала пізніше{% endif %}",
            ru="Да. {% if note %}Дата доставки стала пізніше{% endif %}",
        )
    )
    assert [str(finding) for finding in found] == [
        "ru/order.note.toml `title`: the same as in uk: «Дата доставки стала пізніше»"
    ]


def test_two_words_that_are_the_same_in_two_languages_are_let_pass() -> None:
    assert sources.untranslated(_titles(uk="Номер: {{ ticket }}", ru="Номер: {{ ticket }}")) == []


def test_a_kind_without_a_text_is_found(tmp_path: Path) -> None:
    for language in sources.LANGUAGES:
        (tmp_path / language).mkdir()
        for name in (*Kind, sources.SHARED):
            (tmp_path / language / f"{name}.toml").write_text("title = 'x'")
    assert sources.missing(tmp_path) == []
    (tmp_path / "uk" / "order.note.toml").unlink()
    assert [str(finding) for finding in sources.missing(tmp_path)] == [
        "uk/order.note.toml: the text is missing"
    ]


def test_every_string_of_a_file_is_read_whatever_it_is_in(tmp_path: Path) -> None:
    (tmp_path / "order.note.toml").write_text(
        'title = "a"\n[sms]\nnext = "b"\n[replies]\nyes = ["c", "d"]\n'
    )
    assert sources.read(tmp_path) == {
        "order.note": {"title": "a", "sms.next": "b", "replies.yes.0": "c", "replies.yes.1": "d"}
    }
