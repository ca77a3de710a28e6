"""Draws a life: who orders in which shop, and what becomes of it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import available_timezones

import msgspec

from headsup.contracts import shop
from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel, MessageClass
from headsup.shops.policy import Policy
from headsup.shops.profile import ShopProfile
from tests.journeys.chance import Chance
from tests.journeys.lives import afterwards, downloads, orders, parcels
from tests.journeys.lives.life import Life
from tests.journeys.story import Cast, Report

_BEGIN: Final = datetime(2026, 9, 1, tzinfo=UTC)
_DAYS: Final = 170
"""From September to February: two changes of the clocks, and the holidays."""
_ZONES: Final[Sequence[str]] = sorted(available_timezones())
_LANGUAGES: Final = ("en", "uk", "ru", "en-GB", "de", None)


def draw(chance: Chance, number: int, shops: Mapping[str, ShopProfile]) -> Life:
    """A life, and all that is reported of it, in any order."""
    cast = _cast(chance, number, shops)
    begins_at = _BEGIN + chance.span(timedelta(0), timedelta(days=_DAYS))
    life = Life(chance, cast, begins_at)
    order = orders.draw(life)
    _incidents(life, order.now)
    if not order.is_over:
        downloads.become_ready(life, order.now, order.items)
    arrived = _parcels(life, order)
    _afterwards(life, order, arrived)
    if chance.happens(0.02):
        _knows_of_the_order_last(life)
    life.reports.sort(key=lambda report: (report.at, report.event.id))
    return life


def _cast(chance: Chance, number: int, shops: Mapping[str, ShopProfile]) -> Cast:
    profile = shops[chance.choice(sorted(shops))]
    if chance.happens(0.3):
        profile = msgspec.structs.replace(profile, policy=_varied(chance, profile))
    buyer, entry = _person(chance, "C1", has_address=not chance.happens(0.01))
    recipient, other = (None, None)
    if chance.happens(0.08):
        recipient, other = _person(chance, "G1", has_address=not chance.happens(0.1))
    book = [each for each in (entry, other) if each]
    return Cast(
        shop=profile,
        order_id=f"A{number}",
        buyer=buyer,
        recipient=recipient,
        address_book=book,
    )


def _varied(chance: Chance, profile: ShopProfile) -> Policy:
    return msgspec.structs.replace(
        profile.policy,
        return_window_days=chance.choice([None, 3]),
        check_value=chance.choice([None, "100.00"]),
        stalled_days=chance.randint(2, 4),
        delay_days=chance.randint(1, 2),
        drop_off_days=chance.randint(2, 6),
        unscanned_hours=chance.choice([24, 48]),
        dispatch_notices=chance.randint(1, 4),
    )


def _person(
    chance: Chance, id_: str, *, has_address: bool
) -> tuple[Customer, shop.CustomerUpdated | None]:
    has_mail, has_phone = has_address and chance.happens(0.95), has_address and chance.happens(0.6)
    zone = None if chance.happens(0.1) else chance.choice(_ZONES)
    customer = Customer(
        id=id_,
        name=chance.choice([None, "Olena", "Ivan Franko"]),
        email=f"{id_.lower()}@mail.example.com" if has_mail else None,
        phone="+380501234567" if has_phone else None,
        language=chance.choice(_LANGUAGES),
        time_zone="Mars/Base" if chance.happens(0.01) else zone,
    )
    if not has_address or not chance.happens(0.4):
        return customer, None
    contact = shop.ContactPoint(channel=Channel.TELEGRAM, address="4242")
    consent = shop.Consent(
        channel=Channel.EMAIL,
        message_class=MessageClass.MARKETING,
        granted=chance.happens(0.8),
        at=_BEGIN,
        source="checkout",
    )
    return customer, shop.CustomerUpdated(customer_id=id_, contacts=(contact,), consents=(consent,))


def _incidents(life: Life, around: datetime) -> None:
    chance = life.chance
    if not chance.happens(0.12):
        return
    at = around + chance.days(-2, 8)
    is_carrier = chance.happens(0.7)
    carrier = chance.choice(["Nova Poshta", "An Post", "DPD"])
    life.truly(at, f"trouble begins at {carrier if is_carrier else 'the shop'}")
    life.shop_says(
        at,
        shop.IncidentOpened,
        incident_id="I1",
        scope=shop.IncidentScope.CARRIER if is_carrier else shop.IncidentScope.SHOP,
        carrier=carrier if is_carrier else None,
        until=at + chance.days(0.5, 4) if chance.happens(0.5) else None,
    )
    if not chance.happens(0.08):
        begun, at = at, at + chance.days(0.1, 6)
        life.truly(at, "the trouble is over")
        if chance.happens(0.1):  # and whoever says so has a clock that is behind
            behind = begun - chance.hours(0.1, 5)
            life.says_late(behind, at - behind, shop.IncidentResolved, {"incident_id": "I1"})
            return
        life.shop_says(at, shop.IncidentResolved, incident_id="I1")


def _parcels(life: Life, order: orders.Preparing) -> datetime | None:
    """The parcels of an order; when the last of them was really there."""
    chance = life.chance
    goods = downloads.goods(order.items)
    if not goods or (order.is_over and not chance.happens(0.03)):
        return None
    if chance.happens(0.03):
        life.truly(order.now, "the shop never sends it")
        if chance.happens(0.7):
            at = order.now + chance.days(4, 20)
            orders.cancel(life, at, shop.CancelledBy.SHOP, shop.CancelReason.OUT_OF_STOCK)
        return None
    count = chance.choice([1, 1, 1, 1, 2, 3])
    if chance.happens(0.03):
        count = chance.randint(5, 12)
    if count > 1 and chance.happens(0.7):
        life.shop_says(order.now, shop.OrderSplit, parcels=count)
    usual = (order.dispatch_by or order.now + timedelta(days=2)) - timedelta(hours=6)
    leaves = max(order.now + chance.hours(0.5, 5), usual - chance.hours(0, 30))
    if chance.happens(0.12):
        leaves += chance.days(0.5, 9)
    all_ = []
    for index in range(count):
        items = goods if count == 1 else goods[index : index + 1]
        starts = leaves + (chance.days(0, 5) if index else timedelta(0))
        all_.append(parcels.draw(life, f"S{index + 1}", starts, items))
    if chance.happens(0.02):
        at = leaves + chance.days(0.5, 3)
        orders.cancel(life, at, shop.CancelledBy.CUSTOMER, shop.CancelReason.CUSTOMER_REQUEST)
    arrived = [parcel.arrived_at for parcel in all_]
    return max(filter(None, arrived)) if all(arrived) else None


def _afterwards(life: Life, order: orders.Preparing, arrived: datetime | None) -> None:
    chance = life.chance
    if chance.happens(0.07):
        afterwards.asks(life, life.begins_at + chance.days(0.1, 12))
    if arrived is None:
        return
    if chance.happens(0.18):
        afterwards.sends_back(life, arrived + chance.days(0.1, 12), order.items)
    if chance.happens(0.05):
        afterwards.has_repaired(life, arrived + chance.days(2, 30), order.items[0])
    if chance.happens(0.05) and not _asked(life):
        afterwards.asks(life, arrived + chance.days(0.1, 6))
    if chance.happens(0.03):
        afterwards.is_recalled(life, arrived + chance.days(1, 30), order.items[0])


def _asked(life: Life) -> bool:
    return any(isinstance(report.event.data, shop.TicketOpened) for report in life.reports)


def _knows_of_the_order_last(life: Life) -> None:
    """The order itself comes days after all that was reported of it."""
    late = life.chance.days(0.5, 4)
    for index, report in enumerate(life.reports):
        if isinstance(report.event.data, shop.OrderPlaced):
            life.reports[index] = Report(report.at + late, report.event)
