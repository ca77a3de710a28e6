"""What parcels go through."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from headsup.contracts import shop
from headsup.contracts.base import Estimate, Items, Money, PickupPoint, Window
from tests.journeys.lives.life import Life

_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_CARRIERS: Final = ("Nova Poshta", "Ukrposhta", "An Post", "DPD", "DHL")
_PLACES: Final = ("Kyiv", "Lviv", "Dublin", "Warszawa", "Leipzig hub")
_EPISODES: Final = {
    "none": 42.0,
    "slips": 14.0,
    "improves": 5.0,
    "customs": 5.0,
    "address": 5.0,
    "stands_still": 9.0,
    "goes_dark": 3.0,
    "renumbered": 4.0,
    "lost": 5.0,
    "damaged": 3.0,
    "sent_back": 3.0,
}
_ENDS: Final = {"courier": 0.62, "pickup": 0.25, "unannounced": 0.13}


@dataclass(slots=True)
class Parcel:
    """One parcel, and the clock of its life."""

    life: Life
    id: str
    now: datetime
    carrier: str
    number: str
    items: Items
    is_over: bool = False
    arrived_at: datetime | None = None
    expected: Estimate | None = None

    def says(self, kind: type[Any], at: datetime | None = None, **fields: Any) -> None:
        """The carrier reports something about it."""
        who = {"carrier": self.carrier, "tracking_number": self.number}
        named = who if self.life.chance.happens(0.7) else {}
        self.life.carrier_says(at or self.now, kind, shipment_id=self.id, **named, **fields)

    def truly(self, what: str) -> None:
        """Something happens to it."""
        self.life.truly(self.now, f"parcel {self.id} {what}")

    def on(self, days: int, first_hour: int = 7, last_hour: int = 19) -> None:
        """Some time on a later day; never on a Sunday, when no courier works."""
        day = self.life.day(self.now) + days * _DAY
        while day.weekday() == 6:
            day += _DAY
        self.now = max(self.now + _HOUR / 6, self.life.moment(day, first_hour, last_hour))

    def scan(self, what: str = "is scanned", estimate: Estimate | None = None) -> None:
        """A carrier has it in hand."""
        place = self.life.chance.choice([None, *_PLACES])
        self.truly(what)
        self.says(shop.InTransit, place=place, estimate=estimate)


def draw(life: Life, id_: str, starts: datetime, items: Items) -> Parcel:
    """A parcel from its label to its end."""
    chance = life.chance
    number = f"T{chance.randint(10**9, 10**10 - 1)}"
    parcel = Parcel(life, id_, starts, chance.choice(_CARRIERS), number, items)
    _leaves(parcel)
    if parcel.is_over:
        return parcel
    _travels(parcel)
    if not parcel.is_over:
        _arrives(parcel)
    return parcel


def _leaves(parcel: Parcel) -> None:
    chance = parcel.life.chance
    if not chance.happens(0.15):  # some shops never tell of their labels
        parcel.truly("gets its label")
        items = parcel.items if chance.happens(0.7) else ()
        parcel.says(shop.LabelCreated, items=items)
        parcel.now += chance.hours(1, 30)
    if chance.happens(0.04):
        parcel.truly("is forgotten in a corner")
        parcel.now += chance.days(2, 9)
    if chance.happens(0.01):
        parcel.truly("is never handed to the carrier")
        parcel.is_over = True
        return
    estimate = parcel.life.estimate(parcel.now, 1, 6) if chance.happens(0.7) else None
    parcel.expected = estimate
    if chance.happens(0.06):
        parcel.truly("leaves, and the carrier forgets to scan it")
        return
    parcel.scan("leaves the shop", estimate)


def _travels(parcel: Parcel) -> None:
    chance = parcel.life.chance
    for _ in range(chance.choice([0, 1, 1, 2])):
        parcel.on(chance.choice([0, 1]))
        if chance.happens(0.85):
            parcel.scan("passes a depot")
    for _ in range(chance.choice([1, 1, 1, 2])):
        episode = chance.weighted(_EPISODES)
        _HAPPENINGS[episode](parcel)
        if parcel.is_over:
            return


def _none(parcel: Parcel) -> None:
    del parcel


def _slips(parcel: Parcel) -> None:
    for _ in range(parcel.life.chance.choice([1, 1, 2, 3])):
        _new_date(parcel, 1, 3, "will be later")
        parcel.on(parcel.life.chance.choice([0, 1, 1]))
        if parcel.life.chance.happens(0.5):
            parcel.scan()


def _improves(parcel: Parcel) -> None:
    _new_date(parcel, -2, -1, "will be earlier")


def _new_date(parcel: Parcel, least: int, most: int, what: str) -> None:
    life = parcel.life
    today, days = life.day(parcel.now), life.chance.randint(least, most)
    known = parcel.expected.latest if parcel.expected else today + 2 * _DAY
    parcel.expected = Estimate(latest=max(known + days * _DAY, today + _DAY))
    parcel.truly(what)
    reason = life.chance.choice(list(shop.DelayReason))
    parcel.says(shop.EstimateChanged, estimate=parcel.expected, reason=reason)


def _customs(parcel: Parcel) -> None:
    chance = parcel.life.chance
    parcel.truly("is kept by customs")
    amount = Money(amount=f"{chance.randint(3, 80)}.50", currency=parcel.life.currency)
    by = parcel.now + chance.days(2, 10) if chance.happens(0.6) else None
    url = "https://customs.example/pay" if chance.happens(0.8) else None
    parcel.says(shop.CustomsDue, amount=amount, pay_url=url, by=by)
    if chance.happens(0.12):
        parcel.now = (by or parcel.now) + chance.days(3, 7)
        _sent_back(parcel)
        return
    parcel.now += chance.hours(2, 100)
    parcel.truly("is cleared")
    parcel.says(shop.CustomsCleared)


def _address(parcel: Parcel) -> None:
    chance = parcel.life.chance
    parcel.truly("goes to an address that nobody finds")
    by = parcel.now + chance.days(1, 6) if chance.happens(0.6) else None
    url = "https://carrier.example/address" if chance.happens(0.8) else None
    parcel.says(shop.AddressProblem, fix_url=url, by=by)
    if chance.happens(0.25):
        parcel.now = (by or parcel.now) + chance.days(1, 4)
        _sent_back(parcel)
        return
    parcel.now += chance.hours(1, 40)
    parcel.truly("has an address")
    parcel.says(shop.AddressFixed)


def _stands_still(parcel: Parcel) -> None:
    parcel.truly("stands still")
    parcel.now += parcel.life.chance.days(3, 12)


def _goes_dark(parcel: Parcel) -> None:
    """Nobody ever reports anything of it again."""
    parcel.truly("arrives, and no report of it ever comes")
    parcel.is_over = True


def _renumbered(parcel: Parcel) -> None:
    chance = parcel.life.chance
    if chance.happens(0.4):
        parcel.carrier = chance.choice(_CARRIERS)
    parcel.number = f"T{chance.randint(10**9, 10**10 - 1)}"
    parcel.truly(f"goes on with {parcel.carrier} as {parcel.number}")
    parcel.life.carrier_says(
        parcel.now,
        shop.InTransit,
        shipment_id=parcel.id,
        carrier=parcel.carrier,
        tracking_number=parcel.number,
    )


def _lost(parcel: Parcel) -> None:
    life, chance = parcel.life, parcel.life.chance
    remedy = chance.choice(list(shop.Remedy))
    by = life.day(parcel.now) + chance.days(1, 8) if chance.happens(0.5) else None
    parcel.truly("is lost")
    parcel.says(shop.Lost, remedy=remedy, by=by)
    if chance.happens(0.4):
        parcel.now += chance.days(0.2, 6)
        parcel.scan("is found")
        return
    parcel.is_over = True
    make_good(parcel, remedy)


def _damaged(parcel: Parcel) -> None:
    life, chance = parcel.life, parcel.life.chance
    remedy = chance.choice(list(shop.Remedy))
    by = life.day(parcel.now) + chance.days(1, 8) if chance.happens(0.5) else None
    parcel.truly("is damaged")
    parcel.says(shop.Damaged, remedy=remedy, by=by)
    parcel.is_over = True
    make_good(parcel, remedy)


def _sent_back(parcel: Parcel) -> None:
    chance = parcel.life.chance
    parcel.truly("goes back")
    parcel.says(shop.Returning, reason=chance.choice(list(shop.ReturningReason)))
    parcel.is_over = True
    if chance.happens(0.15):
        return
    parcel.now += chance.days(1, 9)
    parcel.truly("is back at the shop")
    remedy = chance.choice([shop.Remedy.REFUND, shop.Remedy.REFUND, shop.Remedy.REPLACEMENT])
    parcel.says(shop.Returned, remedy=remedy)
    make_good(parcel, remedy)


def make_good(parcel: Parcel, remedy: shop.Remedy) -> None:
    """The money goes back, or another parcel comes, or the shop forgets."""
    life, chance = parcel.life, parcel.life.chance
    if remedy is shop.Remedy.REFUND and life.paid_at and chance.happens(0.85):
        at = parcel.now + chance.days(0.1, 16)
        life.truly(at, "the money goes back")
        life.shop_says(at, shop.PaymentRefunded, refund_id=f"R-{parcel.id}", amount=life.price)
    elif remedy is shop.Remedy.REPLACEMENT and chance.happens(0.85):
        other = draw(life, parcel.id + "x", parcel.now + chance.days(0.2, 5), parcel.items)
        parcel.arrived_at = other.arrived_at


_HAPPENINGS: Final = {
    "none": _none,
    "slips": _slips,
    "improves": _improves,
    "customs": _customs,
    "address": _address,
    "stands_still": _stands_still,
    "goes_dark": _goes_dark,
    "renumbered": _renumbered,
    "lost": _lost,
    "damaged": _damaged,
    "sent_back": _sent_back,
}


def _arrives(parcel: Parcel) -> None:
    end = parcel.life.chance.weighted(_ENDS)
    parcel.on(1, 6, 10)
    if end == "courier":
        _comes_with_a_courier(parcel)
    elif end == "pickup":
        _waits_for_pickup(parcel)
    else:
        parcel.on(0, 9, 19)
        _is_handed_over(parcel)


def _comes_with_a_courier(parcel: Parcel) -> None:
    life, chance = parcel.life, parcel.life.chance
    for round_ in range(chance.choice([1, 1, 1, 1, 2, 3])):
        if round_:
            parcel.on(1, 6, 10)
        window = _window(parcel)
        if window and chance.happens(0.5):
            named_at = parcel.now - chance.hours(1, 20)
            parcel.says(shop.WindowSet, named_at, window=window)
        parcel.truly("is on the van")
        said = window if chance.happens(0.6) else None
        if not chance.happens(0.08):
            parcel.says(shop.OutForDelivery, window=said)
        parcel.on(0, 11, 19)
        if chance.happens(0.8):
            _is_handed_over(parcel)
            return
        parcel.truly("finds nobody")
        next_attempt = life.day(parcel.now) + _DAY if chance.happens(0.5) else None
        reason = chance.choice(list(shop.AttemptFailure))
        parcel.says(shop.AttemptFailed, reason=reason, next_attempt=next_attempt)
    if chance.happens(0.5):
        parcel.on(1, 9, 12)
        _waits_for_pickup(parcel)
    else:
        parcel.now += chance.days(1, 4)
        _sent_back(parcel)


def _window(parcel: Parcel) -> Window | None:
    if not parcel.life.chance.happens(0.4):
        return None
    start = parcel.life.moment(parcel.life.day(parcel.now), 11, 16).replace(minute=0, second=0)
    return Window(start=start, end=start + 3 * _HOUR)


def _waits_for_pickup(parcel: Parcel) -> None:
    life, chance = parcel.life, parcel.life.chance
    holding = life.policy.holding_days_of(parcel.carrier)
    last = life.day(parcel.now) + (holding - chance.choice([0, 0, 1])) * _DAY
    point = PickupPoint(
        name=f"Locker {chance.randint(1, 99)}",
        address="Khreshchatyk 1",
        code=f"{chance.randint(1000, 9999)}" if chance.happens(0.6) else None,
        hold_until=last if chance.happens(0.6) else None,
    )
    parcel.truly(f"waits until {last}")
    parcel.says(shop.ReadyForPickup, pickup=point)
    when = chance.weighted({"soon": 0.6, "late": 0.15, "last day": 0.1, "never": 0.15})
    if when == "never":
        parcel.now = life.moment(last + _DAY, 8, 12)
        _sent_back(parcel)
        return
    days = {"soon": chance.randint(0, 1), "late": max(holding - 2, 1), "last day": holding - 1}[
        when
    ]
    parcel.now = max(parcel.now + _HOUR, life.moment(life.day(parcel.now) + days * _DAY, 10, 20))
    parcel.truly("is collected")
    parcel.arrived_at = parcel.now
    if not chance.happens(0.04):
        parcel.says(shop.Delivered, handed_to=shop.HandedTo.PICKUP_POINT, place=point.name)


def _is_handed_over(parcel: Parcel) -> None:
    chance = parcel.life.chance
    if chance.happens(0.06):
        _is_lied_about(parcel)
        return
    to = chance.choice(list(shop.HandedTo))
    parcel.truly(f"is handed to {to}")
    parcel.arrived_at = parcel.now
    if chance.happens(0.03):
        return  # and nobody reports it
    parcel.says(shop.Delivered, handed_to=to, place="porch" if chance.happens(0.3) else None)
    if chance.happens(0.06):
        parcel.says(shop.InTransit, parcel.now + chance.hours(0.2, 20))  # a late scan
    if chance.happens(0.06):  # the courier's scanner sends the morning's with the evening's time
        sent_at = parcel.now + chance.hours(0.2, 5)
        if chance.happens(0.7):
            parcel.says(shop.OutForDelivery, sent_at)
        else:
            parcel.says(shop.AttemptFailed, sent_at, reason=shop.AttemptFailure.NOBODY_HOME)


def _is_lied_about(parcel: Parcel) -> None:
    chance = parcel.life.chance
    parcel.truly("is said to be delivered, and is not")
    parcel.says(shop.Delivered, handed_to=chance.choice(list(shop.HandedTo)))
    parcel.now += chance.hours(1, 60)
    how = chance.choice(["revoked", "van", "pickup", "lost", "silence"])
    if how == "revoked":
        parcel.truly("is known not to be delivered")
        parcel.says(shop.DeliveryRevoked)
    elif how == "lost":
        _lost(parcel)
        return
    elif how == "silence":
        parcel.is_over = True
        return
    parcel.on(1, 7, 10)
    if how == "pickup":
        _waits_for_pickup(parcel)
        return
    if how == "van":
        parcel.truly("is on the van")
        parcel.says(shop.OutForDelivery)
    parcel.on(0, 11, 19)
    parcel.truly("is handed over at last")
    parcel.arrived_at = parcel.now
    parcel.says(shop.Delivered)
