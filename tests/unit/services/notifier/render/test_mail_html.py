"""What the programs that show mails, and those that read them aloud, need of its HTML."""

import dataclasses
import re
from html.parser import HTMLParser

import msgspec

from headsup.contracts.base import Item, Money
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from services.notifier.render import Renderer
from services.notifier.rendered import RenderedEmail
from tests.support.each import each
from tests.unit.services.notifier.render.readers import LANGUAGES, email, spaced
from tests.unit.services.notifier.render.samples import CONTENTS, STOP, draft, lengthy
from tests.unit.services.notifier.render.variations import LINKS

GMAIL_CUTS_AT = 102 * 1024
"""Bytes of a mail's HTML, behind which Gmail shows "[Message clipped]"."""
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


class Tags(HTMLParser):
    """The tags of a page, with their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.unclosed: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.unclosed.append(tag)

    def of(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of the tags of this name."""
        return [attributes for tag, attributes in self.found if tag == name]


def asked(renderer: Renderer, kind: Kind, language: str, content: Content) -> str:
    """The mail at its longest: with answers to give, and a way to stop it."""
    wanted = dataclasses.replace(
        draft(kind, Channel.EMAIL, language, content), answers=LINKS, stop=STOP
    )
    message = renderer.render(wanted)
    assert isinstance(message, RenderedEmail)
    return message.html


def crowded() -> Content:
    """An order of 500 lines, each with a long name."""
    price = Money(amount="123456.78", currency="UAH")
    item = Item(name="Чайник заварний «Опішнянський» &<>" * 5, quantity=9999, price=price)
    return msgspec.structs.replace(lengthy(Kind.ORDER_CONFIRMED), items=(item,) * 500)


@each("kind", Kind)
def test_every_mail_stands_in_every_program(renderer: Renderer, kind: Kind) -> None:
    for language in LANGUAGES:
        page = asked(renderer, kind, language, lengthy(kind))
        tags = Tags(page)

        assert len(page.encode()) < GMAIL_CUTS_AT / 4
        assert (tags.open, tags.unclosed) == ([], [])
        assert len(tags.of("h1")) == 1
        assert not tags.of("img") + tags.of("link") + tags.of("iframe") + tags.of("form")
        assert "url(" not in page
        assert "@import" not in page
        assert page.count("<!--[if mso]>") == page.count("<![endif]-->") == 3
        assert not re.findall(r"<!--(?!\[if mso\]>)", page)
        for attributes in tags.of("td"):
            assert attributes.get("style"), "a style that stands nowhere but in a sheet"


@each("kind", Kind)
def test_a_table_is_either_a_frame_or_named_by_its_rows(renderer: Renderer, kind: Kind) -> None:
    page = COMMENT.sub("", asked(renderer, kind, "uk", CONTENTS[kind]))
    for table in re.findall(r"<table[^>]*>(?:(?!<table).)*?</table>", page, re.DOTALL):
        is_frame = 'role="presentation"' in table.partition(">")[0]
        assert is_frame or 'scope="row"' in table or 'class="item' in table


def test_gmail_cuts_not_even_an_order_of_500_lines(renderer: Renderer) -> None:
    page = email(renderer, Kind.ORDER_CONFIRMED, "uk", crowded()).html
    assert len(page.encode()) < GMAIL_CUTS_AT


def test_it_has_colours_of_its_own_in_the_dark_and_says_so(renderer: Renderer) -> None:
    page = email(renderer, Kind.ORDER_CONFIRMED, "en", CONTENTS[Kind.ORDER_CONFIRMED]).html
    metas = {meta.get("name"): meta.get("content") for meta in Tags(page).of("meta")}

    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
    dark = page.partition("(prefers-color-scheme: dark)")[2].partition("@media")[0]
    for shown in (".card", ".title", ".text", ".label", ".value", ".foot", ".link", ".choice"):
        assert shown in dark


def test_a_list_of_mails_shows_the_preheader_and_nothing_behind_it(renderer: Renderer) -> None:
    page = email(renderer, Kind.ORDER_CONFIRMED, "en", CONTENTS[Kind.ORDER_CONFIRMED]).html
    first, second = re.findall(r'<div class="preheader"[^>]*>(.*?)</div>', page)

    assert "26 and 28 November" in spaced(first)
    assert not second.replace("\u034f", "").strip()
    assert len(second) > 100


def test_outlook_is_told_the_width_the_colour_and_the_room_of_the_button(
    renderer: Renderer,
) -> None:
    page = email(renderer, Kind.ORDER_CONFIRMED, "en", CONTENTS[Kind.ORDER_CONFIRMED]).html

    (button,) = [td for td in Tags(page).of("td") if td.get("class") == "button"]
    assert button["bgcolor"] == "#1f6f5c"
    assert "mso-padding-alt: 13px 26px" in (button["style"] or "")
    assert '<!--[if mso]><table role="presentation" width="600"' in page
