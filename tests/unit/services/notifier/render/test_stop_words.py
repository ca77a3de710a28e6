"""How a message says that one may get no more of its kind."""

from dataclasses import replace
from pathlib import Path

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.render import Renderer, Stop, TextsError
from services.notifier.rendered import RenderedEmail, RenderedSms, RenderedTelegram
from tests.unit.services.notifier.render.readers import every_language
from tests.unit.services.notifier.render.samples import draft

URL = "https://n.shop.example/s/AbCdEfGhIjKlMnOpQrSt"
STOP = Stop(url=URL, press="stop:AbCdEfGhIjKlMnOpQrSt")
LABELS = {
    "en": "No more such messages",
    "uk": "Не надсилати таких повідомлень",
    "ru": "Не присылать таких сообщений",
}
REVIEW = Kind.REVIEW_REQUEST


@every_language
def test_a_mail_ends_with_the_words_and_the_address(renderer: Renderer, language: str) -> None:
    mail = renderer.render(replace(draft(REVIEW, Channel.EMAIL, language), stop=STOP))
    assert isinstance(mail, RenderedEmail)
    assert mail.stop_url == URL
    assert mail.text.endswith(f"\n\n{LABELS[language]}:\n{URL}\n")
    assert f'href="{URL}"' in mail.html
    assert mail.html.index(LABELS[language]) > mail.html.index("https://shop.example/help")


@every_language
def test_a_chat_has_it_as_its_last_button(renderer: Renderer, language: str) -> None:
    message = renderer.render(replace(draft(REVIEW, Channel.TELEGRAM, language), stop=STOP))
    assert isinstance(message, RenderedTelegram)
    [button] = message.buttons[-1]
    assert (button.label, button.url, button.press) == (LABELS[language], URL, STOP.press)
    assert URL not in message.html


@every_language
def test_an_sms_ends_with_the_address(renderer: Renderer, language: str) -> None:
    message = renderer.render(replace(draft(REVIEW, Channel.SMS, language), stop=STOP))
    assert isinstance(message, RenderedSms)
    assert message.text.endswith(f": {URL}")
    assert message.segments <= 3


@pytest.mark.parametrize("channel", Channel)
def test_what_is_part_of_the_contract_says_nothing_of_the_kind(
    renderer: Renderer, channel: Channel
) -> None:
    message = renderer.render(draft(Kind.ORDER_RECEIVED, channel, "en"))
    assert LABELS["en"] not in repr(message)
    assert "Opt out" not in repr(message)
    if isinstance(message, RenderedEmail):
        assert message.stop_url is None


@pytest.mark.parametrize(
    ("key", "words", "problem"),
    [
        ("sms", "Opt out", "`stop.sms` does not name `{url}`"),
        ("sms", "Opt out: {address}", "`stop.sms` has an unknown placeholder"),
        ("done", "No more", "`stop.done` does not name `{shop}`"),
        ("orders", "You hear from {shop}", "`stop.orders` has an unknown placeholder"),
        ("ask", "Ask {", "`stop.ask` has an unknown placeholder"),
    ],
)
def test_words_of_ones_own_that_say_it_wrongly_stop_the_start(
    renderer: Renderer, tmp_path: Path, key: str, words: str, problem: str
) -> None:
    folder = tmp_path / "en"
    folder.mkdir()
    (folder / "_shared.toml").write_text(f'[stop]\n{key} = "{words}"\n')
    with pytest.raises(TextsError) as caught:
        renderer.with_texts(tmp_path)
    assert str(caught.value) == f"en/_shared.toml: {problem}"
