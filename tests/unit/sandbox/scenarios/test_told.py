"""Every scenario is told as it says, on whatever day of the week and at whatever hour it begins; of
those that begin with a cart, what follows the order."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import CATALOGUE, Kind, QuietHours
from headsup.contracts.notifications import (
    NotificationOutcome,
    NotificationRequested,
    OutcomeStatus,
)
from headsup.contracts.shop import (
    AgentWrote,
    ConversationHandedBack,
    CustomerErased,
    CustomerUpdated,
    IncidentEvent,
)
from headsup.contracts.shop.carts import CartEvent
from headsup.shops.profile import load_shops
from sandbox.scenarios.model import Scenario, Step, Story, TimedEvent, is_about_cart
from sandbox.scenarios.people import PEOPLE
from sandbox.scenarios.stories import SCENARIOS
from sandbox.scenarios.telling import steps, story_of
from services.order_events import incidents
from services.order_events.decide import News, Order, decide
from services.order_events.incidents import Incident, IncidentState
from services.order_events.shop import Shop

MONDAY = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)
ON_ITS_WAY = timedelta(minutes=40)
"""At the demo's pace a message needs about so long."""
NOT_OF_ORDERS = (CustomerUpdated, CartEvent, AgentWrote, ConversationHandedBack, CustomerErased)
SHOPS = load_shops(Path("sandbox/shops"))


class Shopkeeper:
    """Plays a story through the rules, without the services around them."""

    def __init__(self, story: Story, timed: list[TimedEvent]) -> None:
        self._story = story
        self._events = [each for each in timed if not isinstance(each.event.data, NOT_OF_ORDERS)]
        self._outcomes: list[NotificationOutcome] = []
        self._incidents: dict[str, IncidentState] = {}
        self._order: Order | None = None
        self._now = story.placed

    def asked_for(self, until: datetime) -> Iterator[tuple[datetime, NotificationRequested]]:
        """What is asked for, and when."""
        while (moment := self._next()) is not None and moment <= until:
            self._now = max(self._now, moment)
            decided = decide(self._order, self._news(), self._now, self._shop())
            if decided is None:
                continue
            self._order = decided.order
            for each in decided.decision.announce:
                self._outcomes.append(self._sent(each.id, each.request))
                yield self._now, each.request

    def _next(self) -> datetime | None:
        moments = [each.at for each in self._events[:1]] + [each.at for each in self._outcomes]
        if self._order and self._order.next_look_at:
            moments.append(self._order.next_look_at)
        return min(moments, default=None)

    def _news(self) -> News:
        here = [each.event for each in self._events if each.at <= self._now]
        heard = [each for each in self._outcomes if each.at <= self._now]
        self._events = self._events[len(here) :]
        self._outcomes = [each for each in self._outcomes if each not in heard]
        for event in here:
            if isinstance(event.data, IncidentEvent):
                id_ = event.data.incident_id
                self._incidents[id_] = incidents.fold(self._incidents.get(id_), event)
        of_order = [event for event in here if not isinstance(event.data, IncidentEvent)]
        return News(of_order, heard, 0)

    def _shop(self) -> Shop:
        found = (incidents.known(id_, state) for id_, state in self._incidents.items())
        active: tuple[Incident, ...] = tuple(each for each in found if each)
        return Shop(SHOPS[self._story.shop.source].policy, active)

    def _sent(self, id_: str, request: NotificationRequested) -> NotificationOutcome:
        return NotificationOutcome(
            request_id=id_,
            notification_id=f"{id_}.0",
            order_id=request.order_id,
            customer_id=request.customer.id,
            kind=request.kind,
            status=OutcomeStatus.SENT,
            at=self._heard_at(request.kind),
        )

    def _heard_at(self, kind: Kind) -> datetime:
        """In the morning, unless it cannot wait."""
        at = self._now + ON_ITS_WAY
        night = SHOPS[self._story.shop.source].night
        waits = night.begins != night.ends and CATALOGUE[kind].quiet_hours is QuietHours.HOLD
        return night.after(at, self._story.zone) if waits else at


def told_of_orders(scenario: Scenario, story: Story) -> list[Step]:
    """The steps at which something is said of an order."""
    return [
        step
        for step in scenario.tell(story)
        if step.tells and not any(map(is_about_cart, step.tells))
    ]


def hears(scenario: Scenario, story: Story) -> list[tuple[Kind, Customer]]:
    """What must be asked for, in its order."""
    return [
        (kind, person.as_customer())
        for step in told_of_orders(scenario, story)
        for kind in step.tells
        for person in story.hearers(kind)
    ]


def _end(scenario: Scenario, story: Story) -> datetime:
    """Half a day after the last step; whoever is erased is told nothing more by anybody."""
    told = list(scenario.tell(story))
    erased = [step.at for step in told if isinstance(step.data, CustomerErased)]
    return min(erased, default=max(step.at for step in told) + timedelta(hours=12))


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=list(SCENARIOS))
@pytest.mark.parametrize("day", range(7))
@pytest.mark.parametrize("hour", [0, 5, 10, 15, 20])
def test_a_story_is_told_as_it_says_whenever_it_begins(
    scenario: Scenario, day: int, hour: int
) -> None:
    start = MONDAY + timedelta(days=day, hours=hour)
    story = story_of(scenario, PEOPLE[scenario.person], "1001", start)
    end = _end(scenario, story)

    asked = list(Shopkeeper(story, steps(scenario, story)).asked_for(end))

    assert [(request.kind, request.customer) for _, request in asked] == hears(scenario, story)
    moments = [step.at for step in told_of_orders(scenario, story)]
    asked_at = sorted({at for at, _ in asked})
    late = [at - moment for at, moment in zip(asked_at, moments, strict=True)]
    assert max(late, default=timedelta()) < timedelta(hours=3)
