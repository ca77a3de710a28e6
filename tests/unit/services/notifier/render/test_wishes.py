"""What people write to stop, to start again, or to ask who we are; and what only looks like it."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.render.text_files import TextsError
from services.notifier.render.texting_words import TextingWords
from services.notifier.render.texts import load_texts
from services.notifier.render.transliteration import latin
from services.notifier.render.wishes import Wish, wanted
from tests.support.each import each

WORDS = {name: texts.texting for name, texts in load_texts().items()}

STOP = """
STOP | Stop. | stop!!! | 🛑 STOP 🛑 | S T O P | s.t.o.p | STOPALL | stop all | Unsubscribe | END
quit | REVOKE | opt out | OPT-OUT | please stop | Stop, please! | stoop | STOPP | Stop now
stop it | Don't text me | don’t text me anymore! | dont text me | Do not text me.
Please do not message me again | Stop texting me | stop sending me messages | STOP SENDING TEXTS
no more messages please | Remove me from the list | Hi! Don't text me, I'm at work.
I want to unsubscribe | leave me alone | Don't send me any more sms | delete my number
never text me again | I don't want your messages | quit messaging me | take me off your list
СТОП | стоп | Стоп!!! | СТОП, будь ласка | відписатися | Відписатись | ВІДПИШІТЬ
відпишіть мене, дякую | відписка | припиніть | stop sms | не пишіть | Не пишіть мені
не пишіть мені більше | Більше не пишіть мені, будь ласка! | мені більше ніколи не пишіть
Вітаю. Не пишіть мені більше. | не надсилайте мені смс | не шліть sms
не присилайте мені більше повідомлень | припиніть писати | перестаньте мені писати
досить слати смс | годі писати | видаліть мій номер | приберіть мене з розсилки
хочу відписатися | прошу відписатися | відмовляюся від смс
не хочу отримувати ваші повідомлення | відключіть смс | скасуйте підписку
залиште мене в спокої | дайте мені спокій | vidpysatysia | vidpysatysya | VIDPYSHIT
ne pyshit meni bilshe | ne pishit meni | ne nadsylaite meni sms | отписаться | ОТПИСКА
отпишите меня | прекратите | хватит | не пишите | Не пишите мне больше! | больше не пишите мне
больше не присылайте смс | не присылайте мне сообщения | не шлите смс | перестаньте писать
хватит слать смс | хватит мне писать | удалите мой номер | уберите меня из рассылки
хочу отписаться | отказываюсь от рассылки | не хочу получать сообщения | отключите смс
отмените подписку | оставьте меня в покое | Здравствуйте, не пишите мне. | otpisatsya
otpisatsja | ne pishite mne bolshe | bolshe ne prisylajte sms | hvatit
"""
START = """
START | start | Start. | UNSTOP | start please | СТАРТ | старт! | почати | підписатися
відновити | начать | подписаться | возобновить | pochaty | vozobnovit | S T A R T
"""
HELP = """
HELP | help! | help me | Info | INFO? | допомога | Допоможіть, будь ласка | довідка | інфо
ДОПОМОГА!!! | помощь | помогите | справка | инфо | dopomoha | dopomoga | pomosh | pomoshch
Хелп
"""
NEITHER = """
stop at the gate please | Please stop at the gate | don't stop | nonstop | stop by the shop?
Stop! I have paid already | I can't stop by today | Where is the end | bus stop
don't text while driving | Do not ring the bell | do not leave it at the door
don't send the parcel to the office | stop sending my order to the old address | no | no thanks
no more | send me a message | help yourself to the parcel at the door | thank you | you | please
start at 9 | can you start the delivery now please, at 9 | I will text you | text me
message me please | call me | не пишите на коробке | не пишіть на коробці
не пишіть адресу на посилці | зупинка біля стоп-лінії | стоп-кран | чому ви мені не пишете
вы мне не пишете | Не пишете уже неделю | не надсилайте посилку | не присылайте замену
не надсилайте на цю адресу | не отправляйте заказ | Стоп, я вже оплатив
стоп, я уже оплатил замовлення | відпишіть мені коли буде | отпишите мне когда приедет
допоможіть знайти посилку | помощь не нужна | Залиште біля дверей, не турбуйте
не беспокойте, оставьте у двери | видаліть замовлення | удалите заказ | почати з понеділка
ще не почали? | так | ні | чекаю | скасуйте | скасуйте замовлення | хочу відписатися від кур'єра
dzvoniť | ok | 👍 | 1 | 5 | +380501234567 | ? | … | https://shop.example/stop | stop@shop.example
"""


def listed(table: str) -> list[str]:
    return [each.strip() for line in table.strip().splitlines() for each in line.split(" | ")]


@each("text", listed(STOP))
def test_this_is_a_stop(text: str) -> None:
    assert _wish(text) is Wish.STOP


@pytest.mark.parametrize("text", listed(START))
def test_this_is_a_start(text: str) -> None:
    assert _wish(text) is Wish.START


@pytest.mark.parametrize("text", listed(HELP))
def test_this_asks_who_we_are(text: str) -> None:
    assert _wish(text) is Wish.HELP


@each("text", listed(NEITHER))
def test_this_is_for_a_person(text: str) -> None:
    assert wanted(text, WORDS) is None


@pytest.mark.parametrize(
    ("text", "wish"), [("CANCEL", Wish.STOP), ("cancel!", Wish.STOP), ("Yes", Wish.START)]
)
def test_this_may_be_an_answer_as_well(text: str, wish: Wish) -> None:
    found = wanted(text, WORDS)
    assert found is not None
    assert (found.wish, found.may_answer) == (wish, True)


@pytest.mark.parametrize(
    "text",
    [
        "SТОP",
        "ЅТОР",
        "CТOП",
        "СTОP",
        "HЕ ПИШИТE МНЕ",
        "отписaться",
        "ｓｔｏｐ",
        "𝐒𝐓𝐎𝐏",
        "st\u200bop",
    ],
)
def test_letters_that_only_look_like_the_right_ones_do(text: str) -> None:
    assert _wish(text) is Wish.STOP


@pytest.mark.parametrize(
    ("text", "language"), [("unsubscribe", "en"), ("відписатися", "uk"), ("хватит", "ru")]
)
def test_it_is_known_in_which_language_it_was_said(text: str, language: str) -> None:
    found = wanted(text, WORDS)
    assert found is not None
    assert found.languages == {language}


@each("text", listed(STOP))
@each("change", [str.upper, str.title, lambda t: f"  «{t}»!\r\n", lambda t: t + " 🙏"])
def test_neither_capitals_nor_marks_change_it(text: str, change: object) -> None:
    assert callable(change)
    assert _wish(change(text)) is Wish.STOP


@each("text", listed(STOP))
def test_it_may_be_typed_in_latin_letters(text: str) -> None:
    assert _wish(latin(text, "uk")) is Wish.STOP
    assert _wish(latin(text, "ru")) is Wish.STOP
    assert _wish(unicodedata.normalize("NFD", text)) is Wish.STOP


@given(st.text(max_size=300))
def test_whatever_is_written_is_read(text: str) -> None:
    found = wanted(text, WORDS)
    assert found is None or found.wish in Wish


def test_every_sentence_names_what_it_has_to(tmp_path: Path) -> None:
    (tmp_path / "uk").mkdir()
    (tmp_path / "uk" / "_texting.toml").write_text('stopped = "{shop}: бувайте"', "utf-8")
    with pytest.raises(TextsError, match=r"`stopped` does not name `\{start\}`"):
        load_texts(tmp_path)


@pytest.mark.parametrize("language", sorted(WORDS))
def test_the_word_that_is_named_is_understood(language: str) -> None:
    words: Mapping[str, TextingWords] = WORDS
    for wish, said in (
        (Wish.STOP, words[language].stop[0]),
        (Wish.START, words[language].start[0]),
    ):
        assert _wish(said) is wish
        assert _wish(latin(said, language)) is wish


def _wish(text: str) -> Wish | None:
    found = wanted(text, WORDS)
    return found.wish if found else None
