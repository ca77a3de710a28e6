"""What an SMS of the renderer looks like: short enough, and complete."""

import dataclasses
from typing import Final

import msgspec

from headsup.contracts.base import Item
from headsup.contracts.catalogue import Kind
from headsup.contracts.channels import Channel
from services.notifier.render import Renderer
from services.notifier.render.alphabet import is_gsm
from services.notifier.render.segments import count_segments
from services.notifier.rendered import RenderedSms
from services.notifier.stopping import is_marketing
from tests.support.each import each
from tests.unit.services.notifier.render.readers import (
    every_amount,
    every_kind,
    every_language,
    sms,
)
from tests.unit.services.notifier.render.samples import CONTENTS, draft, lavka

SHOP_NAMES: Final = ("Lavka", "Книгарня «Сяйво» на Подолі, Київ")


@every_kind
@every_language
@every_amount
@each("shop_name", SHOP_NAMES)
@each("occurrence", [1, 2, 3])
def test_an_sms_is_as_short_as_its_kind_can_be(
    renderer: Renderer,
    kind: Kind,
    language: str,
    content_of: object,
    shop_name: str,
    occurrence: int,
) -> None:
    assert callable(content_of)
    content = msgspec.structs.replace(content_of(kind), occurrence=occurrence)
    shop = msgspec.structs.replace(lavka(), name=shop_name)
    wanted = dataclasses.replace(draft(kind, Channel.SMS, language, content), shop=shop)
    rendered = renderer.render(wanted)
    assert isinstance(rendered, RenderedSms)
    assert rendered.segments == count_segments(rendered.text)
    has_a_link_that_stays = is_marketing(kind) or kind is Kind.CHAT_LINKED
    assert rendered.segments <= (3 if has_a_link_that_stays else 2), rendered.text
    assert "\n" not in rendered.text


@every_kind
def test_an_english_sms_of_plain_data_stays_in_the_small_alphabet(
    renderer: Renderer, kind: Kind
) -> None:
    content = CONTENTS[kind]
    changes: dict[str, object] = {}
    for name in ("carrier", "previous_carrier", "place", "seen_in", "return_address", "note"):
        if getattr(content, name) is not None:
            changes[name] = "Meest"
    for name in ("item", "substitute"):
        if getattr(content, name) is not None:
            changes[name] = Item(name="Green tea")
    changes["items"] = (Item(name="Green tea"), Item(name="Teapot"))
    if content.pickup is not None:
        changes["pickup"] = msgspec.structs.replace(
            content.pickup, name="Locker 4017", address="Kyiv, 12 Saksahanskoho", hours=None
        )
    text = sms(renderer, kind, "en", msgspec.structs.replace(content, **changes)).text
    assert is_gsm(text), text


def test_an_sms_gives_up_the_place_before_the_link_and_never_the_human(renderer: Renderer) -> None:
    content = CONTENTS[Kind.SHIPMENT_SHIPPED]
    whole = sms(renderer, Kind.SHIPMENT_SHIPPED, "en", content).text
    assert "https://track.example/20450123456789" in whole
    assert "Carrier" not in whole
    far = msgspec.structs.replace(content, tracking_url="https://track.example/" + "9" * 300)
    without_link = sms(renderer, Kind.SHIPMENT_SHIPPED, "en", far).text
    assert "https" not in without_link
    assert "Carrier: Нова пошта." in without_link
    assert without_link.endswith("+380443002121")
