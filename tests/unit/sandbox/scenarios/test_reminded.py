"""Of a cart exactly what its story says is told, on whatever day and at whatever hour it begins."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event, make
from headsup.contracts.notifications import (
    CartRecovered,
    NotificationOutcome,
    NotificationRequested,
    OutcomeStatus,
    Reason,
)
from headsup.shops.profile import load_shops
from sandbox.scenarios.carts import CART_STORIES
from sandbox.scenarios.model import Scenario, Story, channels_of, is_about_cart
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.telling import is_recovered, steps, story_of
from services.cart_recovery.cart import Cart
from services.cart_recovery.step import Remind, Report, Saying, Tick, cart_of, step
from services.cart_recovery.terms import Terms
from tests.support.each import each

MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
ON_ITS_WAY = timedelta(minutes=40)
"""At the demo's pace a message needs about so long."""
TERMS = {key: Terms.of(shop) for key, shop in load_shops(Path("sandbox/shops")).items()}


class CartKeeper:
    """Plays a story through the machine of carts, which looks `late` whenever it has to look."""

    def __init__(self, story: Story, events: list[Event[Any]], late: timedelta) -> None:
        self._story = story
        self._news = [event for event in events if cart_of(event) is not None]
        self._late = late
        self._terms = TERMS[story.shop.source]
        self._cart: Cart | None = None
        self._look_at: datetime | None = None
        self._now = story.placed

    def said(self, until: datetime) -> Iterator[tuple[datetime, Saying]]:
        """What the machine says, and when."""
        while (moment := self._next()) is not None and moment <= until:
            self._now = max(self._now, moment)
            event = self._due_event()
            done = step(self._cart, event, self._now, self._terms)
            self._cart, self._look_at = done.cart, done.look_at
            for saying in done.says:
                if isinstance(saying, Remind):
                    self._news.append(self._outcome(saying))
                    self._news.sort(key=lambda each: each.time)
                yield self._now, saying

    def _next(self) -> datetime | None:
        looks = [self._look_at + self._late] if self._look_at else []
        return min([event.time for event in self._news[:1]] + looks, default=None)

    def _due_event(self) -> Event[Any] | Tick:
        """What lies on Kafka is read before anything is asked for."""
        return self._news.pop(0) if self._news and self._news[0].time <= self._now else Tick()

    def _outcome(self, asked: Remind) -> Event[NotificationOutcome]:
        """The notifier sends it where the person agreed, and says that it may not where not."""
        request = asked.request
        is_free = bool(channels_of(request.kind, self._story.person, self._story.shop))
        outcome = NotificationOutcome(
            request_id=asked.request_id,
            notification_id=f"{asked.request_id}.0" if is_free else None,
            cart=request.cart,
            customer_id=request.customer.id,
            kind=request.kind,
            status=OutcomeStatus.SENT if is_free else OutcomeStatus.SUPPRESSED,
            reason=None if is_free else Reason.NO_CONSENT,
            at=self._now + ON_ITS_WAY,
        )
        return make(self._story.shop.source, f"{asked.request_id}.o", outcome.at, outcome)


def asked(said: list[tuple[datetime, Saying]]) -> list[tuple[datetime, NotificationRequested]]:
    return [(at, saying.request) for at, saying in said if isinstance(saying, Remind)]


def recovered(said: list[tuple[datetime, Saying]]) -> list[CartRecovered]:
    return [saying.recovered for _, saying in said if isinstance(saying, Report)]


def played(scenario: Scenario, story: Story, late: timedelta) -> list[tuple[datetime, Saying]]:
    end = max(step.at for step in scenario.tell(story)) + timedelta(days=5)
    events = [timed.event for timed in steps(scenario, story)]
    return list(CartKeeper(story, events, late).said(end))


@each("scenario", CART_STORIES)
@each("day", range(7))
@each("hour", [0, 4, 8, 12, 16, 20])
@each("late", [timedelta(), timedelta(hours=3), timedelta(hours=7)])
def test_a_cart_is_reminded_of_as_its_story_says_whenever_it_begins(
    scenario: Scenario, day: int, hour: int, late: timedelta
) -> None:
    start = MONDAY + timedelta(days=day, hours=hour)
    story = story_of(scenario, PEOPLE[scenario.person], "1001", start)
    said = played(scenario, story, late)
    reminders = [s for s in scenario.tell(story) for kind in s.tells if is_about_cart(kind)]

    sent = [at for at, _ in asked(said)] if channels_of(Kind.CART_ABANDONED, story.person) else []
    assert sent == [step.at + late for step in reminders]
    assert {request.kind for _, request in asked(said)} <= {Kind.CART_ABANDONED}
    assert [each.order_id for each in recovered(said)] == (
        ["1001"] if is_recovered(scenario, story) else []
    )


def test_who_never_agreed_is_asked_for_once_and_then_left_alone() -> None:
    scenario = next(each for each in CART_STORIES if each.name == "never-agreed")
    story = story_of(scenario, PEOPLE[scenario.person], "1001", MONDAY)

    assert len(asked(played(scenario, story, timedelta()))) == 1
