"""Approved texts: what may fill them, and what is sent on WhatsApp at all."""

from dataclasses import replace

import msgspec
import pytest

from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from headsup.shops.reach import Template, WhatsApp
from services.notifier.render import Draft, NoTemplateError, Renderer
from services.notifier.render.templates import problems
from services.notifier.rendered import FilledTemplate, RenderedWhatsApp
from tests.unit.services.notifier.render.samples import CONTENTS, STOP, draft

SID = f"HX{'0' * 32}"
SHIPPED, ABANDONED = Kind.SHIPMENT_SHIPPED, Kind.CART_ABANDONED


def whatsapp(kind: Kind, *variables: str, language: str = "uk") -> WhatsApp:
    template = Template(content_sid=SID, variables=variables)
    return WhatsApp(templates={kind: {language: template}})


def outside(shops: WhatsApp, kind: Kind = SHIPPED) -> Draft:
    """A message to somebody who did not write within a day."""
    given = draft(kind, Channel.WHATSAPP, "uk")
    return replace(given, shop=msgspec.structs.replace(given.shop, whatsapp=shops), may_talk=False)


def written(renderer: Renderer, wanted: Draft) -> RenderedWhatsApp:
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedWhatsApp)
    return rendered


def test_within_a_day_of_the_customers_word_it_is_in_ours(renderer: Renderer) -> None:
    message = written(renderer, draft(SHIPPED, Channel.WHATSAPP, "uk"))
    assert message.template is None
    assert message.text.startswith("*")
    assert str(CONTENTS[SHIPPED].tracking_url) in message.text


def test_outside_it_an_approved_text_is_filled_in_the_order_of_its_gaps(
    renderer: Renderer,
) -> None:
    message = written(renderer, outside(whatsapp(SHIPPED, "order_number", "carrier", "estimate")))
    assert message.template is not None
    assert message.template.content_sid == SID
    number, carrier, estimate = message.template.variables
    assert (number, carrier) == (CONTENTS[SHIPPED].order_number, CONTENTS[SHIPPED].carrier)
    assert estimate


def test_a_sentence_fills_a_gap_on_one_line(renderer: Renderer) -> None:
    message = written(renderer, outside(whatsapp(SHIPPED, "happened")))
    assert message.template is not None
    [sentence] = message.template.variables
    assert "\n" not in sentence
    assert sentence


def test_the_address_at_which_marketing_ends_fills_one_too(renderer: Renderer) -> None:
    wanted = replace(outside(whatsapp(ABANDONED, "stop_url"), ABANDONED), stop=STOP)
    assert written(renderer, wanted).template == FilledTemplate(SID, (STOP.url,))


@pytest.mark.parametrize(
    "shops",
    [WhatsApp(), whatsapp(SHIPPED, language="en"), whatsapp(SHIPPED, "pickup_code")],
    ids=["none is approved", "none in their language", "this message lacks what it needs"],
)
def test_without_one_nothing_is_sent_there(renderer: Renderer, shops: WhatsApp) -> None:
    with pytest.raises(NoTemplateError):
        renderer.render(outside(shops))


@pytest.mark.parametrize(
    ("shops", "problem"),
    [
        (whatsapp(SHIPPED, "order_number", "title"), None),
        (whatsapp(SHIPPED, "order_numbr"), "`order_numbr` is no variable of our texts"),
        (whatsapp(SHIPPED, language="ua"), "there are no texts in that language"),
        (whatsapp(ABANDONED, "cart_url"), "it needs `stop_url`"),
        (whatsapp(ABANDONED, "cart_url", "stop_url"), None),
    ],
)
def test_a_template_that_nothing_could_fill_is_named(shops: WhatsApp, problem: str | None) -> None:
    found = list(problems(shops, lambda tag: tag in {"en", "uk", "ru"}))
    if problem is None:
        assert found == []
        return
    assert len(found) == 1
    assert "`whatsapp.templates." in found[0]
    assert problem in found[0]


def test_a_message_that_is_too_long_gives_up_its_list_and_then_its_table(
    renderer: Renderer,
) -> None:
    given = draft(ABANDONED, Channel.WHATSAPP, "uk")
    item = CONTENTS[ABANDONED].items[0]
    long = msgspec.structs.replace(item, name="Чайник " * 25)
    content = msgspec.structs.replace(CONTENTS[ABANDONED], items=(long,) * 5)
    request = msgspec.structs.replace(given.request, content=content)
    text = written(renderer, replace(given, request=request)).text
    assert len(text) <= 1600
    assert "+380 44 300 21 21" in text
