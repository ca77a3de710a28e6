"""What a message that asks looks like, and how a reply is read."""

import dataclasses

import msgspec
import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from headsup.contracts.replies import ANSWERS, Answer, Question
from services.notifier.render import Renderer
from services.notifier.render.transliteration import latin
from services.notifier.rendered import (
    Rendered,
    RenderedEmail,
    RenderedSms,
    RenderedTelegram,
    RenderedWhatsApp,
)
from tests.unit.services.notifier.render.readers import (
    LANGUAGES,
    every_channel,
    every_language,
    seen,
)
from tests.unit.services.notifier.render.samples import CONTENTS, draft
from tests.unit.services.notifier.render.variations import LINKS, QUESTIONS

every_question = pytest.mark.parametrize("question", Question)
KINDS = {question: kind for kind, question in QUESTIONS.items()}


def _asking(question: Question) -> Content:
    content = CONTENTS[KINDS[question]]
    return msgspec.structs.replace(content, question=question, occurrence=2)


def _asked(
    renderer: Renderer,
    question: Question,
    language: str,
    channel: Channel,
    links: dict[Answer, str] | None = LINKS,
) -> Rendered:
    plain = draft(KINDS[question], channel, language, _asking(question))
    return renderer.render(dataclasses.replace(plain, answers=links))


@every_question
@every_language
def test_a_mail_shows_each_answer_as_a_link_in_order(
    renderer: Renderer, question: Question, language: str
) -> None:
    mail = _asked(renderer, question, language, Channel.EMAIL)
    assert isinstance(mail, RenderedEmail)
    for page in (mail.html, mail.text):
        places = [page.index(LINKS[answer]) for answer in ANSWERS[question]]
        assert places == sorted(places)
    assert mail.html.count('class="choice"') == len(ANSWERS[question])


@every_question
@every_language
def test_telegram_shows_the_answers_before_other_buttons(
    renderer: Renderer, question: Question, language: str
) -> None:
    chat = _asked(renderer, question, language, Channel.TELEGRAM)
    assert isinstance(chat, RenderedTelegram)
    urls = [button.url for row in chat.buttons for button in row]
    answers = ANSWERS[question]
    assert urls[: len(answers)] == [LINKS[answer] for answer in answers]
    assert len(urls) > len(answers)
    is_one_row = len(chat.buttons[0]) == len(answers)
    assert is_one_row == (question is Question.RATING)


@every_question
@every_language
def test_an_sms_in_latin_letters_names_words_that_are_understood_too(
    renderer: Renderer, question: Question, language: str
) -> None:
    message = _asked(renderer, question, language, Channel.SMS)
    assert isinstance(message, RenderedSms)
    said = latin(message.text, language)
    named = {renderer.answer_of(word, question) for word in said.replace(",", " ").split(" ")}
    assert named - {None} == set(ANSWERS[question]) or question is Question.RATING


@every_question
@every_language
def test_an_sms_names_words_that_are_understood_as_their_answers(
    renderer: Renderer, question: Question, language: str
) -> None:
    message = _asked(renderer, question, language, Channel.SMS)
    assert isinstance(message, RenderedSms)
    assert "http" not in message.text
    named = {
        renderer.answer_of(word, question) for word in message.text.replace(",", " ").split(" ")
    } - {None}
    if question is Question.RATING:
        assert named
    else:
        assert named == set(ANSWERS[question])


@every_question
@every_language
@every_channel
def test_where_nobody_hears_an_answer_it_leads_to_a_human_instead(
    renderer: Renderer, question: Question, language: str, channel: Channel
) -> None:
    message = _asked(renderer, question, language, channel, None)
    text = _read(message)
    shared = {"en": "ell us", "uk": "Скажіть нам", "ru": "Скажите нам"}[language]
    assert shared in text
    assert "headsup.example" not in text
    for word in ("WAIT", "YES", "ЧЕКАЮ", "ТАК", "ЖДУ", "ДА"):
        assert word not in text.split()


def _read(message: Rendered) -> str:
    if isinstance(message, RenderedEmail):
        return seen(message.html) + message.text
    if isinstance(message, (RenderedSms, RenderedWhatsApp)):
        return message.text
    return message.html + str(message.buttons)


def test_a_question_of_which_one_answer_has_no_link_shows_none(renderer: Renderer) -> None:
    links = {Answer.YES: LINKS[Answer.YES]}
    mail = _asked(renderer, Question.RECEIVED, "en", Channel.EMAIL, links)
    assert isinstance(mail, RenderedEmail)
    assert "/yes" not in mail.html
    assert "Please tell us" in mail.text


def test_links_without_a_question_change_nothing(renderer: Renderer) -> None:
    for channel in Channel:
        plain = draft(Kind.SHIPMENT_SHIPPED, channel, "uk")
        answered = dataclasses.replace(plain, answers=LINKS)
        assert renderer.render(answered) == renderer.render(plain)


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("WAIT", Question.WAIT_OR_CANCEL, Answer.WAIT),
        (" wait. ", Question.WAIT_OR_CANCEL, Answer.WAIT),
        ("«Чекаю!»", Question.WAIT_OR_CANCEL, Answer.WAIT),
        ("жду", Question.WAIT_OR_CANCEL, Answer.WAIT),
        ("Cancel", Question.WAIT_OR_CANCEL, Answer.CANCEL),
        ("скасуйте", Question.WAIT_OR_CANCEL, Answer.CANCEL),
        ("Ні", Question.RECEIVED, Answer.NO),
        ("да", Question.ALL_RIGHT, Answer.YES),
        ("5", Question.RATING, Answer.FIVE),
        ("6", Question.RATING, None),
        ("5", Question.RECEIVED, None),
        ("yes", Question.WAIT_OR_CANCEL, None),
        ("не жду", Question.WAIT_OR_CANCEL, None),
        ("wait or drop?", Question.WAIT_OR_CANCEL, None),
        ("", Question.RECEIVED, None),
        ("👍", Question.RECEIVED, None),
    ],
)
def test_a_reply_is_one_word_that_we_know_and_the_rest_is_for_a_person(
    renderer: Renderer, text: str, question: Question, answer: Answer | None
) -> None:
    assert renderer.answer_of(text, question) is answer


def test_no_word_that_we_name_makes_a_carrier_stop_all_messages(renderer: Renderer) -> None:
    stops = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
    for language in LANGUAGES:
        for question in Question:
            message = _asked(renderer, question, language, Channel.SMS)
            assert isinstance(message, RenderedSms)
            assert not stops & set(message.text.replace(",", " ").replace(".", " ").split())
