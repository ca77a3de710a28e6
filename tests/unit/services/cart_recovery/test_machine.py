"""A cart through a random fortnight, beside an oracle that reads its whole story every time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus, Reason
from headsup.contracts.shop import CartUpdated, OrderPlaced
from headsup.shops.carts import CartPolicy
from services.cart_recovery.step import Saying, Terms
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, Kept
from tests.unit.services.cart_recovery.oracle import Asked, Oracle

SECOND = timedelta(seconds=1)
BEGINNINGS = [
    datetime(2026, 11, 23, 9, tzinfo=UTC),
    datetime(2026, 10, 23, 15, tzinfo=UTC),  # the clocks go back two nights later
    datetime(2026, 3, 27, 9, tzinfo=UTC),  # and forward
]
TERMS = Terms(policy=CartPolicy(checkout_hours=(2, 30)), zone=ZoneInfo("Europe/Kyiv"))
_PEOPLE = st.sampled_from([c.OLENA, c.ANDRII, Customer(id="C1", time_zone="America/New_York")])
_LINES = st.sampled_from([c.KETTLE, c.TEAPOT, c.BOTH, (c.line(quantity=2),)])
_ORDERED = st.sampled_from([(), c.lines_of_order(*c.KETTLE), c.lines_of_order(*c.BOTH)])
_AGO = st.sampled_from([SECOND, SECOND, SECOND, MINUTE, 9 * MINUTE, HOUR, 26 * HOUR])
"""How late an event comes."""
_PASSES = st.integers(1, 12 * 60).map(lambda minutes: minutes * MINUTE)
_MOST_UPDATES = 6
"""The machine remembers no more of them."""


class Fortnight(RuleBasedStateMachine):
    """Time passes, things happen and are told late, twice or in another order."""

    def __init__(self) -> None:
        super().__init__()
        self.oracle = Oracle(TERMS)
        self.kept = Kept(TERMS)
        self.now = BEGINNINGS[0]
        self.end = self.now
        self.moments: set[datetime] = set()

    @initialize(beginning=st.sampled_from(BEGINNINGS), lines=_LINES, who=st.none() | _PEOPLE)
    def begins(self, beginning: datetime, lines: Any, who: Customer | None) -> None:
        self.now, self.end = beginning, beginning + 10 * DAY
        self._hears(c.updated(beginning, *lines, customer=who))

    @rule(ago=_AGO, lines=_LINES, who=st.none() | _PEOPLE)
    def customer_updates(self, ago: timedelta, lines: Any, who: Customer | None) -> None:
        mine = [each for each in self.oracle.events if isinstance(each.data, CartUpdated)]
        if len(mine) < _MOST_UPDATES:
            self._hears(c.updated(self._moment(ago), *lines, customer=who))

    @rule(ago=_AGO, lines=_LINES)
    def shop_updates(self, ago: timedelta, lines: Any) -> None:
        self._hears(c.repriced(self._moment(ago), *lines, customer=None))

    @rule(ago=_AGO, who=_PEOPLE, is_paying=st.booleans())
    def customer_logs_in_or_begins_to_pay(
        self, ago: timedelta, who: Customer, is_paying: bool
    ) -> None:
        at = self._moment(ago)
        self._hears(c.checkout(at) if is_paying else c.identified(at, who))

    @rule(ago=_AGO, items=_ORDERED, how=st.sampled_from(["ordered", "emptied", "merged"]))
    def it_is_over(self, ago: timedelta, items: Any, how: str) -> None:
        number = sum(isinstance(each.data, OrderPlaced) for each in self.oracle.events)
        at = self._moment(ago)
        if how == "ordered" and number < 3:
            self._hears(c.ordered(at, f"A{number}", items=items))
        elif how != "ordered":
            self._hears(c.emptied(at) if how == "emptied" else c.merged(at))

    @precondition(lambda self: self.oracle.events)
    @rule(data=st.data())
    def something_comes_again(self, data: st.DataObject) -> None:
        self._hears(data.draw(st.sampled_from(self.oracle.events)))

    @precondition(lambda self: self.oracle.asked)
    @rule(data=st.data(), ago=_AGO)
    def the_notifier_tells_what_became_of_a_reminder(
        self, data: st.DataObject, ago: timedelta
    ) -> None:
        status, reason = data.draw(
            st.sampled_from(
                [
                    (OutcomeStatus.SENT, Reason.STALE),
                    (OutcomeStatus.UNKNOWN, Reason.NO_ANSWER),
                    (OutcomeStatus.SUPPRESSED, Reason.NO_CONSENT),
                    (OutcomeStatus.SUPPRESSED, Reason.IN_TROUBLE),
                    (OutcomeStatus.FAILED, Reason.UNDELIVERED),
                    (OutcomeStatus.WITHDRAWN, Reason.SUPERSEDED),
                ]
            )
        )
        asked = data.draw(st.sampled_from(self.oracle.asked))
        if asked.is_unheard:
            return
        at = max(asked.at, self.now - ago)
        is_old = asked.visit != self.oracle.asked[-1].visit
        if not is_old or status in {OutcomeStatus.SENT, OutcomeStatus.UNKNOWN}:
            self.oracle.hears_of(asked, status, reason, at)
        told = c.outcome(asked.remind, at, status, reason)
        self._checked(self.kept.takes(told, at=self.now))
        self.oracle.looks_at_the_last(self.now)

    @rule(by=_PASSES)
    def time_passes(self, by: timedelta) -> None:
        self._passes(by)

    @rule()
    def a_day_passes(self) -> None:
        self._passes(DAY)

    @rule()
    def time_passes_until_the_next_look(self) -> None:
        if self.kept.look_at is not None:
            self._passes(max(self.kept.look_at - self.now, SECOND))

    def _passes(self, by: timedelta) -> None:
        until = min(self.now + by, self.end)
        while (look_at := self.kept.look_at) is not None and look_at <= until:
            self.now = max(self.now, look_at)
            self._looks()
        self.now = until
        self._looks()

    @rule(by=_PASSES)
    def nobody_looks_for_a_while(self, by: timedelta) -> None:
        self.now = min(self.now + by, self.end)
        self._looks()

    @invariant()
    def whatever_is_not_wanted_or_not_true_any_more_was_taken_back_once(self) -> None:
        taken_back = [each.request_id for each in c.withdrawn(self.kept.said)]
        expected = [it.remind.request_id for it in self.oracle.asked if it.is_taken_back]
        assert sorted(taken_back) == sorted(expected)

    @invariant()
    def what_was_brought_back_is_reported_once(self) -> None:
        reports = [each.order_id for each in c.recovered(self.kept.said)]
        assert len(reports) == len(set(reports))
        assert set(self.oracle.recovered()) == set(reports)

    def _moment(self, ago: timedelta) -> datetime:
        """So long ago; no two things happen at the same moment."""
        moment = self.now - ago
        while moment in self.moments:
            moment += timedelta(microseconds=1)
        self.moments.add(moment)
        return moment

    def _hears(self, event: Event[Any]) -> None:
        self.oracle.events.append(event)
        self.moments.add(event.time)
        said = self.kept.takes(event, at=self.now)
        assert c.reminders(said) == []
        self.oracle.looks_at_the_last(self.now)
        self._checked(said)

    def _looks(self) -> None:
        expected = self.oracle.expected(self.now)
        story = self.oracle.story
        starts_at = self.oracle.starts_at(story) if expected else self.now
        said = self.kept.looks(self.now)
        assert c.steps(said) == ([expected] if expected else [])
        for each in c.reminders(said):
            assert [it.name for it in each.request.content.items] == [
                it.name for it in story.lines.data.items
            ]
            assert each.request.customer == story.owner
            self.oracle.asks(Asked(each, self.now, starts_at))
        self._checked(said)
        assert self.oracle.expected(self.now) is None

    def _checked(self, said: list[Saying]) -> None:
        asked = [each.remind.request_id for each in self.oracle.asked]
        assert len(asked) == len(set(asked))
        assert {each.request_id for each in c.withdrawn(said)} <= set(asked)


TestFortnight = Fortnight.TestCase
TestFortnight.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
