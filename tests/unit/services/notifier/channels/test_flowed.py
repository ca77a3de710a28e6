"""Plain text is short in its lines where it can be, and the same text where it is put together."""

import dataclasses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from sandbox.providers.smtp import unflowed
from services.notifier.channels.flowed import WIDTH, flowed
from services.notifier.page_links import Ways
from services.notifier.render import Renderer
from services.notifier.rendered import RenderedEmail
from tests.support.each import each
from tests.unit.services.notifier.render.readers import LANGUAGES, email
from tests.unit.services.notifier.render.samples import CONTENTS, draft, lengthy

PARAGRAPH = "Напишемо, щойно посилка вирушить, а в будь-якому разі до 18:00 у четвер, 26 листопада."
URL = f"https://shop.example/{'o' * 120}"


def test_a_paragraph_is_broken_after_a_space_and_goes_on() -> None:
    first, second = flowed(PARAGRAPH).split("\n")
    assert first.endswith(" ")
    assert len(first) <= WIDTH
    assert first + second == PARAGRAPH


def test_an_address_stays_whole_on_its_line() -> None:
    assert flowed(f"Переглянути замовлення:\n{URL}\n").split("\n")[1] == URL


def test_what_belongs_together_is_not_torn() -> None:
    text = "a" * 70 + " 1\u00a0299,00\u00a0₴ more"
    assert flowed(text).split("\n") == ["a" * 70 + " ", "1\u00a0299,00\u00a0₴ more"]


@pytest.mark.parametrize("begin", [" indented", "> quoted", "From here"])
def test_what_would_be_taken_for_something_else_is_moved_aside(begin: str) -> None:
    assert flowed(f"a\n{begin}").split("\n")[1] == f" {begin}"


words = st.text(st.sampled_from("ab -->From.\u00a0ї") | st.characters(exclude_categories=["Cs"]))


@given(words | st.lists(words, max_size=40).map(" ".join))
@example("-- \n>\nFrom \n   \n")
@example("-- " * 40)
@example("a" * 80 + " -- " + "b" * 80)
def test_whatever_the_text_it_is_put_together_again(text: str) -> None:
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (each if each == "-- " else each.rstrip(" ") for each in plain.split("\n"))

    assert unflowed(flowed(text)) == "\n".join(kept)


@each("kind", Kind)
def test_every_mail_reads_well_without_html(renderer: Renderer, kind: Kind) -> None:
    for language in LANGUAGES:
        for content in (CONTENTS[kind], lengthy(kind)):
            text = email(renderer, kind, language, content).text
            for line in flowed(text).split("\n"):
                assert len(line) <= 78 or " " not in line
                assert line.count("http") == 0 or line.startswith("http")
            assert not {"<", "&nbsp;", "&amp;", "\t"} & set(text)
            assert "\n\n\n" not in text
            assert "\n-- \n" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_question_that_is_a_link_has_one_mark(renderer: Renderer, language: str) -> None:
    url = "https://notify.example/x/AbCdEfGhIjKlMnOpQrSt"
    wanted = dataclasses.replace(
        draft(Kind.ORDER_CONFIRMED, Channel.EMAIL, language),
        ways=Ways(order=url, why=url, preferences=url),
    )
    message = renderer.render(wanted)

    assert isinstance(message, RenderedEmail)
    assert message.text.count(f"\n{url}\n") == 3
    assert "?:" not in message.text
