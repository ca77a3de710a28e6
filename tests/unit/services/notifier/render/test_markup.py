"""What programs read in a mail: valid JSON that nobody's words can break out of, with the fields
that Gmail and Yandex ask for where we know them, and nothing that its reader must not learn."""

import json
import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headsup.contracts.base import Estimate, Item, Money
from headsup.contracts.catalogue import CATALOGUE, Audience, Kind
from headsup.contracts.channels import MessageClass
from headsup.contracts.notifications import Content
from headsup.contracts.shop import PaymentState
from services.notifier.render import Renderer
from services.notifier.render.markup import ORDERS, PARCELS, as_script, markup_of
from tests.support.each import each
from tests.unit.services.notifier.render.readers import email
from tests.unit.services.notifier.render.samples import CONTENTS, bare, lengthy

_with = msgspec.structs.replace

SHOP = "Lavka"
MARKED = (*ORDERS, *PARCELS)
STATUSES = {
    *("OrderCancelled", "OrderDelivered", "OrderInTransit", "OrderPaymentDue"),
    *("OrderPickupAvailable", "OrderProblem", "OrderProcessing", "OrderReturned"),
}
"""All that schema.org knows: https://schema.org/OrderStatus."""
ORDER_NEEDS = (
    *("merchant.name", "orderNumber", "orderStatus", "price", "priceCurrency"),
    *("acceptedOffer.itemOffered.name", "acceptedOffer.price", "acceptedOffer.priceCurrency"),
    "acceptedOffer.eligibleQuantity.value",
)
PARCEL_NEEDS = (
    *("carrier.name", "trackingNumber", "trackingUrl", "expectedArrivalUntil"),
    *("itemShipped.name", "partOfOrder.orderNumber", "partOfOrder.merchant.name"),
)
"""What Gmail requires or shows, but for the address of delivery, which nobody tells us."""


def found(node: Any, path: str) -> list[Any]:
    """All that is there at a path of names; lists are walked through."""
    if isinstance(node, list):
        return [value for each in node for value in found(each, path)]
    name, _, rest = path.partition(".")
    if name not in node:
        return []
    return found(node[name], rest) if rest else [node[name]]


def strings(node: Any) -> Iterator[str]:
    """Every string in it."""
    if isinstance(node, dict):
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from strings(each)
    else:
        yield str(node)


def marked(kind: Kind, content: Content | None = None) -> dict[str, Any]:
    node = markup_of(kind, CONTENTS[kind] if content is None else content, SHOP)
    assert node is not None
    return node


def scripts(html: str) -> list[str]:
    return re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)


def test_an_order_says_all_that_gmail_and_yandex_ask_for() -> None:
    node = marked(Kind.ORDER_CONFIRMED)

    assert (node["@context"], node["@type"]) == ("http://schema.org", "Order")
    assert all(found(node, path) for path in ORDER_NEEDS), node
    assert node["orderStatus"] == "http://schema.org/OrderProcessing"
    assert found(node, "acceptedOffer.itemOffered.name") == [
        "Чай «Гречаний», 250 г",
        "Чайник з глини",
    ]
    assert found(node, "acceptedOffer.eligibleQuantity.value") == [2, 1]
    assert (node["price"], node["priceCurrency"]) == ("1299.00", "UAH")


def test_a_parcel_says_all_that_gmail_asks_for_but_where_it_goes() -> None:
    node = marked(Kind.SHIPMENT_SHIPPED)

    assert (node["@context"], node["@type"]) == ("http://schema.org", "ParcelDelivery")
    assert all(found(node, path) for path in PARCEL_NEEDS), node
    assert "deliveryAddress" not in node


@each("kind", Kind)
@each("content_of", [CONTENTS.__getitem__, bare, lengthy])
def test_whatever_is_known_it_is_one_of_two_types_with_a_known_status(
    kind: Kind, content_of: Any
) -> None:
    node = markup_of(kind, content_of(kind), SHOP)

    assert (node is not None) <= (kind in MARKED)
    for status in found(node or {}, "orderStatus") + found(node or {}, "partOfOrder.orderStatus"):
        assert status.removeprefix("http://schema.org/") in STATUSES
    assert not {"", "None", "[]"} & set(strings(node or {}))


@each("kind", MARKED)
def test_every_kind_of_the_tables_has_markup(kind: Kind) -> None:
    assert markup_of(kind, CONTENTS[kind], SHOP) is not None


def test_marketing_has_none() -> None:
    marketing = {k for k in Kind if CATALOGUE[k].message_class is MessageClass.MARKETING}
    assert marketing
    assert not marketing & set(MARKED)


@each("kind", MARKED)
def test_who_was_sent_a_gift_learns_no_price_no_contents_and_no_order_number(kind: Kind) -> None:
    items = (Item(name="A secret", quantity=3, price=Money(amount="77.70", currency="UAH")),)
    gift = _with(
        CONTENTS[kind],
        audience=Audience.RECIPIENT,
        items=items,
        total=items[0].price,
        order_number="SECRET-1",
    )

    said = " ".join(strings(markup_of(kind, gift, SHOP) or {}))

    for secret in ("ecret", "SECRET", "77.70", "Offer", "orderStatus"):
        assert secret not in said
    assert (kind in PARCELS) == bool(said)


def test_the_code_that_opens_a_locker_stays_in_the_mail() -> None:
    content = CONTENTS[Kind.SHIPMENT_READY_FOR_PICKUP]
    assert content.pickup is not None
    assert content.pickup.code is not None
    node = marked(Kind.SHIPMENT_READY_FOR_PICKUP)

    assert content.pickup.code not in " ".join(strings(node))
    assert node["deliveryAddress"]["streetAddress"] == content.pickup.address
    assert node["partOfOrder"]["orderStatus"] == "http://schema.org/OrderPickupAvailable"


def test_a_day_stays_a_day() -> None:
    estimate = Estimate(latest=date(2026, 11, 28))
    content = _with(CONTENTS[Kind.SHIPMENT_SHIPPED], estimate=estimate, window=None)

    assert marked(Kind.SHIPMENT_SHIPPED, content)["expectedArrivalUntil"] == "2026-11-28"


def test_hours_are_told_with_their_offset() -> None:
    node = marked(Kind.SHIPMENT_OUT_FOR_DELIVERY)
    assert re.fullmatch(r"2026-11-23T\d\d:\d\d:\d\d\+00:00", node["expectedArrivalUntil"])


def test_what_is_there_is_not_expected() -> None:
    assert not [name for name in marked(Kind.SHIPMENT_DELIVERED) if name.startswith("expected")]


@pytest.mark.parametrize(("parcels", "says"), [(None, True), (1, True), (2, False)])
def test_of_several_parcels_none_says_how_the_order_stands(
    parcels: int | None, *, says: bool
) -> None:
    content = _with(CONTENTS[Kind.SHIPMENT_DELIVERED], parcels=parcels)
    assert ("orderStatus" in marked(Kind.SHIPMENT_DELIVERED, content)["partOfOrder"]) is says


def test_an_order_that_changes_before_it_is_paid_still_waits_for_the_money() -> None:
    content = _with(CONTENTS[Kind.ORDER_EDITED], payment=PaymentState.PENDING)
    assert marked(Kind.ORDER_EDITED, content)["orderStatus"].endswith("/OrderPaymentDue")


def test_without_a_number_there_is_nothing_to_say() -> None:
    assert markup_of(Kind.ORDER_CONFIRMED, Content(order_number="\u200b"), SHOP) is None
    assert markup_of(Kind.SHIPMENT_SHIPPED, Content(order_number="A-1"), SHOP) is None


@given(name=st.text(min_size=1, max_size=150), number=st.text(min_size=1, max_size=80))
@example(name="</script><script>alert(1)</script>", number="<!--<script>")
@example(name="]]>\u2028\u2029&lt;", number="'\"\\")
def test_no_words_of_a_shop_end_the_script(name: str, number: str) -> None:
    content = _with(CONTENTS[Kind.ORDER_CONFIRMED], items=(Item(name=name),), order_number=number)
    node = markup_of(Kind.ORDER_CONFIRMED, content, name)
    text = str(as_script(node or {}))

    assert not set("<>&'\u2028\u2029") & set(text)
    assert json.loads(text) == (node or {})


def test_a_mail_carries_it_once_and_as_it_was_made(renderer: Renderer) -> None:
    mean = _with(
        CONTENTS[Kind.ORDER_CONFIRMED], items=(Item(name="</script><b>Tea & 'co' {{ x }}"),)
    )
    html = email(renderer, Kind.ORDER_CONFIRMED, "en", mean).html

    (text,) = scripts(html)
    assert json.loads(text) == markup_of(Kind.ORDER_CONFIRMED, mean, SHOP)
    assert html.count("<script") == html.count("</script>") == 1


@pytest.mark.parametrize("kind", [Kind.CART_ABANDONED, Kind.RETURN_APPROVED, Kind.REVIEW_REQUEST])
def test_a_mail_of_another_kind_has_no_script(renderer: Renderer, kind: Kind) -> None:
    assert "<script" not in email(renderer, kind, "uk", CONTENTS[kind]).html
