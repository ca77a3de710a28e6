"""Every mail as it leaves us, opened by a parser that is not ours nor the standard library's."""

import dataclasses
from collections.abc import Iterator

import mailparser
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from sandbox.providers.smtp import unflowed
from services.notifier.channels.dkim_signature import dkim_signature
from services.notifier.channels.mime import build_mail, clean_header
from services.notifier.render import Renderer
from services.notifier.rendered import RenderedEmail
from services.notifier.stopping import is_marketing
from tests.support.dkim import key
from tests.unit.services.notifier.channels.mails import mail
from tests.unit.services.notifier.render.readers import LANGUAGES
from tests.unit.services.notifier.render.samples import STOP, draft

MEAN = "Ann\r\nBcc: all@example.org\r\n\r\n<b>"


def written(renderer: Renderer, kind: Kind) -> Iterator[RenderedEmail]:
    for language in LANGUAGES:
        wanted = draft(kind, Channel.EMAIL, language)
        stop = STOP if is_marketing(kind) else None
        message = renderer.render(dataclasses.replace(wanted, stop=stop))
        assert isinstance(message, RenderedEmail)
        yield message


def lines(texts: list[str]) -> list[str]:
    """With the line ends that they had before they were sent."""
    return [text.replace("\r\n", "\n") for text in texts]


def opened(message: RenderedEmail) -> mailparser.MailParser:
    content = build_mail(message).content
    one_click = message.stop_url is not None
    signature = dkim_signature(
        content, key(message.from_address.partition("@")[2]), one_click=one_click
    )
    return mailparser.parse_from_bytes(signature + content)


@given(subject=st.text(max_size=300) | st.text("аї🙂é x", max_size=300))
@example(subject="🙂" * 300)
@example(subject="Замовлення 1042 🎉 вже в дорозі: " + "подарунок, " * 20)
def test_any_subject_is_the_same_there_as_here(subject: str) -> None:
    found = mailparser.parse_from_bytes(build_mail(mail(subject=subject)).content)

    assert not found.has_defects, found.defects_categories
    # It leaves out spaces of every kind at both ends.
    assert found.subject.replace("\r\n", "") == clean_header(subject).strip()


@pytest.mark.parametrize("kind", Kind)
def test_every_mail_is_the_same_there_as_here(renderer: Renderer, kind: Kind) -> None:
    for message in written(renderer, kind):
        found = opened(message)

        assert not found.has_defects, found.defects_categories
        assert found.subject.replace("\r\n", "") == message.subject
        assert found.from_ == [(message.from_name, message.from_address)]
        assert found.to == [(message.to_name, message.to)]
        assert found.reply_to == [("", message.reply_to)]
        assert found.date == message.date
        assert found.message_id == build_mail(message).message_id
        assert [unflowed(text) for text in lines(found.text_plain)] == [message.text]
        assert lines(found.text_html) == [message.html]
        assert (found.attachments, found.text_not_managed) == ([], [])
        headers = {name.lower(): value for name, value in found.headers.items()}
        assert headers["content-language"] == message.language
        assert ("list-unsubscribe" in headers) == ("list-unsubscribe-post" in headers)
        assert ("list-unsubscribe" in headers) == is_marketing(kind)
        assert "dkim-signature" in headers


def test_all_of_it_is_utf_8() -> None:
    content = build_mail(mail(text="їжак\n", html="<p>їжак</p>\n")).content
    assert content.count(b'charset="utf-8"') == 2
    found = mailparser.parse_from_bytes(content)
    assert lines(found.text_plain + found.text_html) == ["їжак\n", "<p>їжак</p>\n"]


@pytest.mark.parametrize("field", ["subject", "to_name", "from_name", "language"])
def test_there_too_nobody_adds_a_header(field: str) -> None:
    found = opened(mail(**{field: MEAN}))

    usual = {name.lower() for name in opened(mail()).headers}
    assert {name.lower() for name in found.headers} == usual
    assert found.bcc == []
    assert [address for _, address in found.to] == ["olena@example.org"]
    assert [unflowed(text) for text in lines(found.text_plain)] == [mail().text]
