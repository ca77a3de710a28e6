"""In which letters an SMS is written, and what it gives up for that."""

import dataclasses
from typing import Final

import msgspec
import pytest

from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from headsup.shops.reach import Alphabet
from services.notifier.render import Renderer
from services.notifier.render.alphabet import is_gsm
from services.notifier.render.clean import shorten_name
from services.notifier.render.fitting import LONGEST, Words, fit, has_latin_codes
from services.notifier.render.segments import count_segments
from services.notifier.render.transliteration import latin
from services.notifier.rendered import Lettering, RenderedSms
from tests.support.each import each
from tests.unit.services.notifier.render.readers import every_amount, every_kind
from tests.unit.services.notifier.render.samples import CONTENTS, draft, lavka

NAME: Final = "Книгарня «Сяйво» на Подолі, Київ"


def written(
    renderer: Renderer,
    content: Content,
    *,
    alphabet: Alphabet,
    kind: Kind = Kind.SHIPMENT_SHIPPED,
    language: str = "uk",
    name: str = "Лавка",
) -> RenderedSms:
    shop = msgspec.structs.replace(lavka(), name=name, sms_alphabet=alphabet)
    wanted = dataclasses.replace(draft(kind, Channel.SMS, language, content), shop=shop)
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedSms)
    return rendered


@every_kind
@every_amount
@each("language", ["uk", "ru", "en"])
def test_latin_letters_leave_nothing_of_the_other_alphabet(
    renderer: Renderer, kind: Kind, language: str, content_of: object
) -> None:
    assert callable(content_of)
    content = content_of(kind)
    said = written(
        renderer, content, alphabet=Alphabet.TRANSLITERATED, kind=kind, language=language
    )
    own = written(renderer, content, alphabet=Alphabet.NATIONAL, kind=kind, language=language)
    assert is_gsm(said.text) or not has_latin_codes(content), said.text
    assert said.segments == count_segments(said.text) <= own.segments
    assert said.text.count("?") <= own.text.count("?") + 1  # the way to a human asks
    cheapest = written(renderer, content, alphabet=Alphabet.CHEAPEST, kind=kind, language=language)
    assert cheapest.segments <= min(said.segments, own.segments)
    assert cheapest == own or cheapest.segments < own.segments


def test_what_is_left_out_is_left_out_for_the_letters_that_it_is_written_in(
    renderer: Renderer,
) -> None:
    content = CONTENTS[Kind.SHIPMENT_SHIPPED]
    own = written(renderer, content, alphabet=Alphabet.NATIONAL)
    said = written(renderer, content, alphabet=Alphabet.TRANSLITERATED)
    assert own.lettering is Lettering.NATIONAL
    assert said.lettering is Lettering.LATIN
    assert "Nova poshta" in said.text
    assert "https://track.example/" in said.text
    assert "https://track.example/" not in own.text


def test_the_cheapest_letters_say_the_same_in_fewer_segments(renderer: Renderer) -> None:
    content = CONTENTS[Kind.SHIPMENT_SHIPPED]
    own = written(renderer, content, alphabet=Alphabet.NATIONAL)
    said = written(renderer, content, alphabet=Alphabet.CHEAPEST)
    assert (own.segments, said.segments) == (2, 1)
    assert "https://track.example/" in said.text  # which has no room in its own letters


def test_a_code_in_other_letters_keeps_the_text_in_them(renderer: Renderer) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.SHIPMENT_SHIPPED], order_number="АВ-1042")
    said = written(renderer, content, alphabet=Alphabet.TRANSLITERATED)
    assert "АВ-1042" in said.text
    assert said.lettering is Lettering.NATIONAL


def test_what_cannot_be_written_in_latin_letters_stays_whole(renderer: Renderer) -> None:
    said = written(
        renderer, CONTENTS[Kind.SHIPMENT_SHIPPED], alphabet=Alphabet.TRANSLITERATED, name="茶屋"
    )
    assert said.text.startswith("茶屋:")
    assert said.lettering is Lettering.NATIONAL


def test_an_english_text_is_as_it_is(renderer: Renderer) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.SHIPMENT_SHIPPED], carrier="Meest")
    said = written(renderer, content, alphabet=Alphabet.CHEAPEST, language="en", name="Book & Tea")
    assert said.lettering is Lettering.GSM


def test_a_picture_in_a_name_does_not_make_it_dearer(renderer: Renderer) -> None:
    content = msgspec.structs.replace(
        CONTENTS[Kind.ORDER_ITEM_BACKORDERED], item=Item(name="Mug 😀")
    )
    said = written(
        renderer,
        content,
        alphabet=Alphabet.CHEAPEST,
        kind=Kind.ORDER_ITEM_BACKORDERED,
        language="en",
        name="Tea",
    )
    assert "Mug" in said.text
    assert is_gsm(said.text)


@pytest.mark.parametrize(
    ("name", "limit", "said"),
    [
        ("Лавка", 20, "Лавка"),
        (NAME, 20, "Книгарня «Сяйво»"),
        (NAME, 12, "Книгарня"),
        (NAME, 8, "Книгарня"),
        ("Електронікатаінше", 10, "Електроні…"),
        ("Чай і кава та різне", 11, "Чай і кава"),
        ("Дім «Чайний Лист»", 16, "Дім «Чайний Лис…"),
        ("Все для дому & саду", 16, "Все для дому"),
    ],
)
def test_a_name_is_shortened_at_a_word(name: str, limit: int, said: str) -> None:
    assert shorten_name(name, limit) == said


def test_a_long_name_stays_whole_where_that_costs_nothing(renderer: Renderer) -> None:
    content = CONTENTS[Kind.ORDER_CONFIRMED]
    said = written(
        renderer,
        content,
        alphabet=Alphabet.TRANSLITERATED,
        kind=Kind.ORDER_CONFIRMED,
        name="Книгарня Сяйво на Подолі",
    )
    assert said.text.startswith("Knyharnia Siaivo na Podoli:")


@each("letters", ["ї", "ж", "a", "😀"])
@each("alphabet", list(Alphabet))
def test_words_of_ones_own_fit_into_what_twilio_takes(letters: str, alphabet: Alphabet) -> None:
    pieces = {
        "speaker": "Лавка:",
        "happened": letters * 3000,
        "link": "https://shop.example/o/1",
        "human": "+380443002121",
    }
    words = Words(
        kind=Kind.ORDER_NOTE,
        speaker="Лавка:",
        pieces=lambda _: pieces,
        alphabet=alphabet,
        latin=lambda text: latin(text, "uk"),
        content=Content(order_number="A-1"),
    )
    said = fit(words)
    assert len(said.text.encode("utf-16-le")) // 2 <= LONGEST
    assert said.text.endswith("+380443002121")
    assert said.segments == count_segments(said.text)
