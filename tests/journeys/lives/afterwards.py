"""What follows when the parcels are there: returns, repairs, questions, recalls."""

from datetime import date, datetime, timedelta
from typing import Final

from headsup.contracts import shop
from headsup.contracts.base import Item, Items, PickupPoint
from tests.journeys.lives.life import Life
from tests.journeys.lives.orders import sends_money

_DAY: Final = timedelta(days=1)


def sends_back(life: Life, starts: datetime, items: Items) -> None:
    """A return, from the question to the money; or not so far."""
    chance, now = life.chance, starts
    about = {"return_id": "B1"}
    life.truly(now, "the customer wants to send it back")
    if not chance.happens(0.1):
        life.shop_says(now, shop.ReturnRequested, items=items[:1], **about)
    now += chance.hours(0.5, 90)
    if chance.happens(0.12):
        life.shop_says(now, shop.ReturnInfoNeeded, note="Please send a photo.", **about)
        now += chance.hours(2, 60)
    if chance.happens(0.12):
        life.truly(now, "the shop refuses")
        reason = chance.choice(list(shop.ReturnRefusal))
        life.shop_says(now, shop.ReturnRejected, reason=reason, **about)
        return
    send_by = _accepts(life, now, items)
    if chance.happens(0.4):
        _gets_a_label(life, now)
    if chance.happens(0.2):
        life.truly(now, "and the customer never sends it")
        return
    if chance.happens(0.12):
        now += chance.days(0.2, 3)
        _closes(life, now)
        if chance.happens(0.7):
            return
        now += chance.days(0.1, 3)
        send_by = _accepts(life, now, items)
    left = life.moment(send_by - chance.choice([0, 1, 2, 3]) * _DAY, 9, 18)
    _travels_back(life, max(left, now + timedelta(hours=1)))


def _accepts(life: Life, now: datetime, items: Items) -> date:
    """The shop says how to send it back; sometimes by a day that is over."""
    chance = life.chance
    send_by = life.day(now) + chance.days(3, 14)
    if chance.happens(0.05):
        send_by = life.day(now) - chance.days(1, 4)
    life.truly(now, f"the shop accepts, until {send_by}")
    life.shop_says(
        now,
        shop.ReturnApproved,
        return_id="B1",
        method=chance.choice(list(shop.ReturnMethod)),
        send_by=send_by,
        items=items[:1],
        address="Khreshchatyk 1" if chance.happens(0.7) else None,
        label_url=None if chance.happens(0.4) else "https://shop.example/label",
        refund=life.price if chance.happens(0.5) else None,
        refund_days=chance.choice([None, 5, 14]),
    )
    return send_by


def _closes(life: Life, now: datetime) -> None:
    """It is kept after all, or the shop closes it and does not always say why."""
    chance = life.chance
    by = chance.choice([None, *shop.ReturnClosedBy])
    note = "We have spoken about it." if chance.happens(0.3) else None
    life.truly(now, "the return is closed")
    life.shop_says(now, shop.ReturnCancelled, return_id="B1", by=by, note=note)


def _gets_a_label(life: Life, now: datetime) -> None:
    chance = life.chance
    now += chance.hours(0.1, 20)
    if chance.happens(0.3):
        life.shop_says(now, shop.ReturnLabelFailed, return_id="B1")
        now += chance.hours(1, 40)
    url, code = "https://shop.example/label", f"C{chance.randint(100, 999)}"
    life.shop_says(now, shop.ReturnLabelReady, return_id="B1", label_url=url, code=code)


def _travels_back(life: Life, now: datetime) -> None:
    chance = life.chance
    life.truly(now, "the return is handed over")
    if not chance.happens(0.15):
        life.carrier_says(now, shop.ReturnInTransit, return_id="B1", carrier="DPD")
    now += chance.days(1, 9)
    life.truly(now, "the return arrives")
    decide_by = life.day(now) + chance.days(2, 8) if chance.happens(0.5) else None
    life.shop_says(now, shop.ReturnReceived, return_id="B1", decide_by=decide_by)
    if chance.happens(0.08):
        return  # and the shop forgets it
    if chance.happens(0.05):
        _closes(life, now + chance.days(0.2, 4))
        return
    now += chance.days(0.2, 12)
    result = chance.choice([shop.Inspection.ACCEPTED] * 3 + list(shop.Inspection))
    life.truly(now, f"the shop looks at it: {result}")
    if result is shop.Inspection.ACCEPTED and chance.happens(0.15):
        life.shop_says(now, shop.ReturnInspected, return_id="B1", result=result)
        life.shop_says(now + chance.days(0.1, 3), shop.ExchangeSent, return_id="B1")
        return
    amount = life.part_of(life.price) if result is shop.Inspection.IN_PART else life.price
    owes = result is not shop.Inspection.REFUSED
    life.shop_says(
        now,
        shop.ReturnInspected,
        return_id="B1",
        result=result,
        refund=amount if owes and chance.happens(0.6) else None,
        refund_by=life.day(now) + chance.days(1, 10) if owes and chance.happens(0.4) else None,
    )
    if chance.happens(0.1):
        _closes(life, now + chance.days(0.1, 3))
    if owes and not chance.happens(0.1):
        sends_money(life, now + chance.days(0, 14), "R2", amount, "B1")


def has_repaired(life: Life, starts: datetime, item: Item) -> None:
    """A repair under warranty, sometimes after an examination, sometimes late."""
    chance, now = life.chance, starts
    life.truly(now, "the shop takes it in for a repair")
    ready_by = life.day(now) + chance.days(3, 40) if chance.happens(0.6) else None
    life.shop_says(now, shop.RepairAccepted, repair_id="F1", item=item, ready_by=ready_by)
    if chance.happens(0.4):
        now += chance.days(0.5, 4)
        by = life.day(now) + chance.days(2, 9) if chance.happens(0.5) else None
        life.shop_says(now, shop.ExpertiseStarted, repair_id="F1", result_by=by)
    if chance.happens(0.1):
        return
    now += chance.days(1, 50)
    life.truly(now, "it is repaired")
    point = PickupPoint(name="Workshop", address="Khreshchatyk 3")
    pickup = point if chance.happens(0.6) else None
    life.shop_says(now, shop.RepairReady, repair_id="F1", pickup=pickup)


def asks(life: Life, starts: datetime) -> None:
    """A question to the shop, answered more or less soon."""
    chance, now = life.chance, starts
    about = {"ticket_id": "Q1", "number": "4711" if chance.happens(0.5) else None}
    life.truly(now, "the customer asks something")
    answer_by = now + chance.hours(4, 60) if chance.happens(0.5) else None
    life.shop_says(
        now, shop.TicketOpened, is_complaint=chance.happens(0.4), answer_by=answer_by, **about
    )
    for _ in range(chance.choice([0, 1, 1, 2])):
        now += chance.hours(0.3, 70)
        life.shop_says(now, shop.TicketAnswered, **about)
    if not chance.happens(0.15):
        now += chance.hours(0.3, 70)
        life.shop_says(now, shop.TicketClosed, **about)


def is_recalled(life: Life, starts: datetime, item: Item) -> None:
    """The maker calls it back."""
    life.truly(starts, "it turns out not to be safe")
    life.shop_says(
        starts, shop.OrderRecalled, recall_id="K1", item=item, note="Stop using it, and unplug it."
    )
