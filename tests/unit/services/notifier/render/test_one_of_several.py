"""One parcel of an order with several is never spoken of as if it were the order."""

from typing import Final

import msgspec
import pytest

from headsup.contracts.base import Item
from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Content
from services.notifier.render import Renderer
from services.notifier.rendered import RenderedSms
from services.order_events.audiences import written_for
from tests.unit.services.notifier.render.readers import (
    every_amount,
    every_channel,
    every_language,
    spaced,
    texts,
)
from tests.unit.services.notifier.render.samples import CONTENTS, draft
from tests.unit.services.notifier.render.variations import QUESTIONS

OF_PARCELS: Final = tuple(
    kind for kind in Kind if kind.startswith(("shipment.", "pickup.", "delivery."))
)
every_parcel_kind = pytest.mark.parametrize("kind", OF_PARCELS)
every_audience = pytest.mark.parametrize("audience", [Audience.BUYER, Audience.RECIPIENT])
ONE_OF: Final = {"en": "one of 60", "uk": "одна з 60", "ru": "одна из 60"}
TEA, CUPS = Item(name="Green tea", quantity=2), Item(name="Cups")


def _one_of_60(content: Content, number: str, *items: Item) -> Content:
    return msgspec.structs.replace(content, parcels=60, tracking_number=number, items=items)


@every_parcel_kind
@every_language
@every_channel
@every_amount
@every_audience
def test_every_message_about_one_of_several_says_so(
    renderer: Renderer,
    kind: Kind,
    language: str,
    channel: Channel,
    content_of: object,
    audience: Audience,
) -> None:
    assert callable(content_of)
    if audience is Audience.RECIPIENT and CATALOGUE[kind].audience is Audience.BUYER:
        return  # it is not for them
    content = _one_of_60(content_of(kind), "20450123456789", TEA, CUPS)
    question = QUESTIONS.get(kind)
    for asked in {None, question}:
        asking = msgspec.structs.replace(content, question=asked)
        written = written_for(audience, asking, kind)
        rendered = renderer.render(draft(kind, channel, language, written))
        said = texts(rendered)[:1] if channel is Channel.TELEGRAM else texts(rendered)
        assert all("60" in each for each in said), said
        assert ONE_OF[language] in spaced(said[0]) or kind is Kind.SHIPMENT_PARTLY_SHIPPED, said
        assert not isinstance(rendered, RenderedSms) or rendered.segments <= 2, (
            f"{len(said[0])} {said}"
        )


@every_parcel_kind
@every_language
@every_channel
@every_audience
def test_two_parcels_are_never_told_of_in_the_same_words(
    renderer: Renderer, kind: Kind, language: str, channel: Channel, audience: Audience
) -> None:
    if audience is Audience.RECIPIENT and CATALOGUE[kind].audience is Audience.BUYER:
        return  # it is not for them
    written = [
        renderer.render(
            draft(
                kind,
                channel,
                language,
                written_for(audience, _one_of_60(CONTENTS[kind], f"204501234567{end}", TEA), kind),
            )
        )
        for end in ("89", "90")
    ]
    first, second = ("\n".join(texts(each)) for each in written)
    assert first != second


@every_language
@every_channel
def test_the_only_parcel_is_no_part(renderer: Renderer, language: str, channel: Channel) -> None:
    content = msgspec.structs.replace(CONTENTS[Kind.SHIPMENT_SHIPPED], parcels=None)
    rendered = renderer.render(draft(Kind.SHIPMENT_SHIPPED, channel, language, content))
    assert not any(
        one in text for text in texts(rendered) for one in ("one of", "одна з", "одна из")
    )


@every_language
@every_channel
def test_what_is_in_it_tells_which_it_is_where_there_is_room(
    renderer: Renderer, language: str, channel: Channel
) -> None:
    whole = CONTENTS[Kind.SHIPMENT_OUT_FOR_DELIVERY]
    bare = Content(order_number="7", next_update_by=whole.next_update_by)
    content = _one_of_60(bare, "20450123456789", TEA)
    rendered = renderer.render(draft(Kind.SHIPMENT_OUT_FOR_DELIVERY, channel, language, content))
    has_room = channel is not Channel.SMS or language == "en"
    said = [text.replace("2 x", "2 ×") for text in texts(rendered)]  # in a text message
    assert any("2 × Green tea" in text for text in said) or not has_room
