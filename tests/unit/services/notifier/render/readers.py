"""How the tests of the renderer read a message: as its reader does, without markup."""

import html
import re
from html.parser import HTMLParser

import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from services.notifier.render import Renderer
from services.notifier.rendered import (
    Rendered,
    RenderedEmail,
    RenderedSms,
    RenderedTelegram,
    RenderedWhatsApp,
)
from tests.support.each import each
from tests.unit.services.notifier.render.samples import CONTENTS, bare, draft, lengthy

LANGUAGES = ("en", "uk", "ru")


def whole(kind: Kind) -> Content:
    """Everything that the rules say with it."""
    return CONTENTS[kind]


every_kind = pytest.mark.parametrize("kind", Kind)
every_language = each("language", LANGUAGES)
every_channel = each("channel", Channel)
every_amount = each("content_of", [whole, bare, lengthy])
"""Only the kinds are tests of their own: all of this together would be thousands."""


def email(renderer: Renderer, kind: Kind, language: str, content: Content) -> RenderedEmail:
    """A mail."""
    rendered = renderer.render(draft(kind, Channel.EMAIL, language, content))
    assert isinstance(rendered, RenderedEmail)
    return rendered


def sms(renderer: Renderer, kind: Kind, language: str, content: Content) -> RenderedSms:
    """An SMS."""
    rendered = renderer.render(draft(kind, Channel.SMS, language, content))
    assert isinstance(rendered, RenderedSms)
    return rendered


def telegram(renderer: Renderer, kind: Kind, language: str, content: Content) -> RenderedTelegram:
    """A Telegram message."""
    rendered = renderer.render(draft(kind, Channel.TELEGRAM, language, content))
    assert isinstance(rendered, RenderedTelegram)
    return rendered


class Words(HTMLParser):
    """What a reader of an HTML mail sees, without styles and what programs read."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        is_data = attrs == [("type", "application/ld+json")]
        self.tags.append("data" if is_data else tag)
        self._in_style = tag == "style" or is_data

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.words.append(data)

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        self._in_style = False


def seen(page: str) -> str:
    """What is read of an HTML page."""
    parser = Words()
    parser.feed(page)
    return "\n".join(line for line in (word.strip() for word in parser.words) if line)


def texts(rendered: Rendered) -> list[str]:
    """Everything that a reader sees of a message."""
    if isinstance(rendered, RenderedEmail):
        return [rendered.subject, rendered.text, seen(rendered.html)]
    if isinstance(rendered, (RenderedSms, RenderedWhatsApp)):
        return [rendered.text]
    labels = [button.label for row in rendered.buttons for button in row]
    return [html.unescape(re.sub(r"</?(b|code)>", "", rendered.html)), *labels]


def spaced(text: str) -> str:
    """With plain spaces for those that do not break."""
    return text.replace("\u00a0", " ")
