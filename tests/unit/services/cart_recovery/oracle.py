"""What should be said of a cart, told from all its events at once, in the plainest way.

It shares nothing with the machine but the types: no facts are kept, no schedule is made. It asks at
one moment whether a reminder should be asked for now. Moments of events are told apart by it; what
happens at the same moment is tested elsewhere.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus, Reason
from headsup.contracts.shop import (
    CartChangedBy,
    CartEmptied,
    CartIdentified,
    CartMerged,
    CartUpdated,
    CheckoutStarted,
    OrderPlaced,
)
from services.cart_recovery.step import Remind, Terms

MOST_VERSIONS = 4
WORTH = timedelta(hours=12)
TIDYING = timedelta(minutes=10)
A_WEEK = timedelta(days=7)
_NOW, _TO_SEND = timedelta(), timedelta(minutes=30)
_QUARTER = timedelta(minutes=15)
Goods = Counter[tuple[str, int]]


def goods(items: Any) -> Goods:
    """How many of what."""
    return Counter((item.name, item.quantity) for item in items)


def _prices(items: Any) -> list[tuple[str, int, str]]:
    return sorted((item.name, item.quantity, item.price.amount) for item in items)


@dataclass
class Story:
    """A cart's events, read in the order of time."""

    is_open: bool = True
    goods: Goods = field(default_factory=Counter)
    bought: list[Goods] = field(default_factory=list)
    order: Event[Any] | None = None
    lines: Any = None
    owner: Any = None
    touched_at: datetime | None = None
    checkout: Goods | None = None
    """What was in the cart when they began to pay."""

    def read(self, event: Event[Any]) -> None:
        """The next event."""
        data = event.data
        if not isinstance(data, OrderPlaced):
            self.owner = getattr(data, "customer", None) or self.owner
        match data:
            case CartUpdated(items=()) | CartEmptied() | CartMerged():
                self._close()
            case CartUpdated(changed_by=CartChangedBy.SHOP):
                self.lines = event
            case CartUpdated():
                self._fill(event)
            case CheckoutStarted() if not self._belongs_to_order(event):
                self.touched_at, self.checkout = event.time, self.goods
            case CartIdentified() if not self._belongs_to_order(event):
                self.touched_at = event.time
            case OrderPlaced():
                self.order, self.bought = event, [goods(data.items), self.goods]
                self._close()

    def _belongs_to_order(self, event: Event[Any]) -> bool:
        return self.order is not None and event.time <= self.order.time + TIDYING

    def _is_soon_after(self, event: Event[Any]) -> bool:
        return self.order is not None and event.time <= self.order.time + A_WEEK

    def _close(self) -> None:
        self.is_open, self.lines, self.touched_at, self.checkout = False, None, None, None

    def _fill(self, event: Event[Any]) -> None:
        now = goods(event.data.items)
        if self._belongs_to_order(event):
            self.bought.append(now)
        elif now in self.bought and self._is_soon_after(event):
            self.is_open = False
        else:
            self.is_open, self.touched_at = True, event.time
        self.goods, self.lines = now, event
        if self.checkout is not None and self.checkout != now:
            self.checkout = None


@dataclass
class Asked:
    """A reminder that the machine asked for."""

    remind: Remind
    at: datetime
    starts_at: datetime
    sent_at: datetime | None = None
    is_settled: bool = False
    is_stopped: bool = False
    is_taken_back: bool = False
    is_untrue: bool = False
    """It was taken back because the cart was not as it says, and nobody had heard it."""
    is_unheard: bool = False
    """And nobody ever will."""

    @property
    def visit(self) -> datetime:
        """Its visit."""
        assert self.remind.request.cart is not None
        return self.remind.request.cart.touched_at

    @property
    def step(self) -> int:
        """Its place among the reminders of the visit."""
        assert self.remind.request.cart is not None
        return self.remind.request.cart.step


class Oracle:
    """Says what should be said."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.events: list[Event[Any]] = []
        self.asked: list[Asked] = []

    @property
    def story(self) -> Story:
        """All that is known, read from the beginning."""
        story = Story()
        unique = {(each.time, each.id): each for each in self.events}
        for each in sorted(unique.values(), key=lambda each: each.time):
            story.read(each)
        return story

    def starts_at(self, story: Story) -> datetime:
        """From when the delays of the visit count."""
        assert story.touched_at is not None
        if not self.asked:
            return story.touched_at
        if self.asked[-1].visit == story.touched_at:
            return self.asked[-1].starts_at
        first = next(each for each in self.asked if each.visit == self.asked[-1].visit)
        began_at = max(first.at, first.sent_at or first.at)
        pause = timedelta(hours=self.terms.policy.pause_hours)
        return max(story.touched_at, began_at + pause - self._delays(story)[0])

    def expected(self, now: datetime) -> int | None:
        """The step of the reminder to ask for now."""
        story = self.story
        if not story.is_open or story.touched_at is None or story.owner is None:
            return None
        mine = [each for each in self.asked if each.visit == story.touched_at]
        if story.lines is None or any(each.is_stopped for each in mine):
            return None
        if self._at_day(now, story) != now:
            return None
        found = None
        for step, delay in enumerate(self._delays(story), 1):
            due = self._at_day(self.starts_at(story) + delay, story)
            said = [each.step for each in mine if not each.is_unheard]
            if step > max(said, default=0) and due <= now < due + WORTH:
                found = step
        return found

    def looks_at_the_last(self, now: datetime) -> None:
        """Whether the last request, if it may still be heard, is to be taken back."""
        if not self.asked or not self._may_come(self.asked[-1], now):
            return
        story, last = self.story, self.asked[-1]
        if not self._is_wanted(last, story):
            last.is_taken_back = True
        elif _prices(story.lines.data.items) != _prices(last.remind.request.content.items):
            last.is_taken_back = True
            same = [it for it in self.asked if (it.visit, it.step) == (last.visit, last.step)]
            last.is_untrue = len(same) < MOST_VERSIONS and not any(it.sent_at for it in same)

    def asks(self, asked: Asked) -> None:
        """Something was asked for, in the place of what may still be heard."""
        for each in self.asked:
            each.is_taken_back |= self._may_come(each, asked.at)
        self.asked.append(asked)

    def _may_come(self, asked: Asked, now: datetime) -> bool:
        is_young = now < asked.remind.request.expires_at
        return is_young and not asked.is_settled and not asked.is_taken_back

    def _is_wanted(self, last: Asked, story: Story) -> bool:
        if not story.is_open or story.owner is None or last.visit != story.touched_at:
            return False
        is_stopped = any(each.is_stopped for each in self.asked if each.visit == last.visit)
        return not is_stopped and last.remind.request.customer.id == story.owner.id

    def recovered(self) -> dict[str, int]:
        """The orders that a reminder brought back, and its step."""
        window = timedelta(days=self.terms.policy.window_days)
        found = {}
        for order in (each for each in self.events if isinstance(each.data, OrderPlaced)):
            sent = [(it.sent_at, it.step) for it in self.asked if it.sent_at]
            before = [each for each in sent if each[0] <= order.time]
            if before and order.time - max(before)[0] <= window:
                found[order.data.order_id] = max(before)[1]
        return found

    def hears_of(self, asked: Asked, status: OutcomeStatus, reason: Reason, at: datetime) -> None:
        """What became of a reminder."""
        if status in {OutcomeStatus.SENT, OutcomeStatus.UNKNOWN}:
            asked.sent_at = min(asked.sent_at or at, at)  # it may bounce, and come another way
            asked.is_untrue = False
            return
        asked.is_settled = True
        if status is OutcomeStatus.WITHDRAWN and asked is self.asked[-1]:
            asked.is_unheard = asked.is_untrue
        if reason is Reason.NO_CONSENT:
            asked.is_stopped = True

    def _delays(self, story: Story) -> list[timedelta]:
        policy, is_paying = self.terms.policy, story.checkout is not None
        hours = policy.checkout_hours if is_paying else policy.reminder_hours
        return [timedelta(hours=each) for each in sorted(set(hours))]

    def _at_day(self, moment: datetime, story: Story) -> datetime:
        """The moment itself, or the first quarter of an hour after it that is in no night, nor half
        an hour before one."""
        zone = self.terms.zone_of(story.owner.time_zone)
        begins, ends = self.terms.night.begins, self.terms.night.ends
        night = {(begins + n) % 24 for n in range((ends - begins) % 24)}
        while {(moment.astimezone(zone) + ahead).hour for ahead in (_NOW, _TO_SEND)} & night:
            minutes = moment.minute // 15 * 15
            moment = moment.replace(minute=minutes, second=0, microsecond=0) + _QUARTER
        return moment
