"""Plays a life: its reports reach the orders one after another, and what these decide reaches the
post. Nothing sleeps: the next thing that happens is taken from a heap."""

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from headsup.contracts import envelope
from headsup.contracts.catalogue import Kind
from headsup.contracts.envelope import Event, make
from headsup.contracts.notifications import (
    NotificationOutcome,
    NotificationRequested,
    NotificationWithdrawn,
)
from headsup.contracts.replies import ANSWERS, Answer, CustomerReplied, Question
from headsup.contracts.shop import CancelledBy, CancelReason, IncidentEvent
from services.order_events import incidents
from services.order_events.decide import Decided, News, Order, decide, publications
from services.order_events.incidents import Incident, IncidentState
from services.order_events.rules.base import Rule
from services.order_events.rules.table import RULES
from services.order_events.shop import Shop
from tests.journeys.chance import Chance
from tests.journeys.lives.draw import draw
from tests.journeys.lives.life import Life
from tests.journeys.lives.orders import cancel
from tests.journeys.post import Act, Post, shops
from tests.journeys.story import Fate, Journey, Message, Report

_AFTERWARDS: Final = timedelta(days=20)
"""So long after the last report somebody watches whether all that was promised comes."""
_SWEEP: Final = timedelta(seconds=1)
_MOST_STEPS: Final = 5_000
_ANSWERS: Final = 0.35
"""So often a customer answers what they are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """What is broken on purpose, to see whether it is found."""

    rules: Sequence[Rule] = RULES
    request: Callable[[NotificationRequested], NotificationRequested] | None = None
    """Changes what is said."""
    doubles: bool = False
    """Every request is brought twice."""
    is_blind: bool = False
    """Nobody looks at an order that no event touched."""


SOUND: Final = Broken()


class NeverRestsError(Exception):
    """An order is looked at again and again, and nothing comes of it."""


def play(seed: int, number: int, broken: Broken = SOUND) -> Journey:
    """The journey of this number, from its first report to some weeks after its last. Raises
    NeverRestsError."""
    chance = Chance(f"{seed}/{number}")
    life = draw(chance, number, shops())
    return _Player(life, Chance(f"{seed}/{number}/post"), broken).play(number)


class _Player:
    """One journey while it goes on."""

    def __init__(self, life: Life, chance: Chance, broken: Broken) -> None:
        self.now = datetime.min.replace(tzinfo=UTC)
        self._life = life
        self._broken = broken
        self._chance = chance
        self._post = Post(life.cast, chance, self)
        self._order: Order | None = None
        self._incidents: dict[str, IncidentState] = {}
        self._received: set[str] = set()
        self._heap: list[tuple[datetime, int, Act]] = []
        self._count = 0
        self._messages: list[Message] = []
        self._reports: list[Report] = []
        self._subjects: dict[str, str] = {}
        self._asked: set[str] = set()
        self._next_look: datetime | None = None

    def play(self, number: int) -> Journey:
        """From the first report to the end."""
        for report in self._life.reports:
            self._awaits(report)
        ends_at = max(report.at for report in self._life.reports) + _AFTERWARDS
        for _ in range(_MOST_STEPS):
            if not self._heap or self._heap[0][0] > ends_at:
                break
            self.now, _, act = heapq.heappop(self._heap)
            act()
        else:
            raise NeverRestsError(f"journey {number} takes more than {_MOST_STEPS} steps")
        return Journey(
            number=number,
            cast=self._life.cast,
            truths=sorted(self._life.truths, key=lambda truth: truth.at),
            reports=self._reports,
            messages=self._messages,
            ended_at=ends_at,
        )

    def later(self, at: datetime, act: Act) -> None:
        """Does something at a moment."""
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, act))

    def _awaits(self, report: Report) -> None:
        self.later(report.at, lambda: self._reads(report.event))

    def _reads(self, event: Event[Any]) -> None:
        """One event comes, as a batch of its own; a copy is known by its id."""
        if event.id in self._received:
            return
        self._received.add(event.id)
        self._reports.append(Report(self.now, event))
        if isinstance(event.data, IncidentEvent):
            key = event.data.incident_id
            self._incidents[key] = incidents.fold(self._incidents.get(key), event)
            self._decides(News())
        else:
            self._decides(News(events=(event,), partition=0))

    def hears(self, outcome: NotificationOutcome) -> None:
        """What became of a message."""
        self._decides(News(outcomes=(outcome,)))

    def _decides(self, news: News) -> None:
        if self._order is None and not news.events:
            return
        around = Shop(self._life.cast.shop.policy, self._known_incidents())
        found = decide(self._order, news, self.now, around, rules=self._broken.rules)
        if found is None:
            return
        self._order = found.order
        self._publishes(found)
        self._looks_again(found.order.next_look_at)

    def _known_incidents(self) -> tuple[Incident, ...]:
        found = (incidents.known(key, state) for key, state in self._incidents.items())
        return tuple(each for each in found if each)

    def _looks_again(self, at: datetime | None) -> None:
        """The sweeper wakes an order when it asked for it."""
        self._next_look = at
        if at is not None and not self._broken.is_blind:
            self.later(max(at, self.now + _SWEEP), lambda: self._sweeps(at))

    def _sweeps(self, at: datetime) -> None:
        if self._next_look == at:
            self._decides(News())

    def _publishes(self, found: Decided) -> None:
        for announcement in found.decision.announce:
            self._subjects[announcement.id] = announcement.subject
        for record in publications(self._life.cast.shop.source, found, "", self.now):
            event = envelope.decode(record.value, record.headers, self.now)
            if isinstance(event.data, NotificationWithdrawn):
                self._post.withdrawn.add(event.data.request_id)
            elif isinstance(event.data, NotificationRequested):
                self._requests(event.id, event.data)

    def _requests(self, id_: str, request: NotificationRequested) -> None:
        if self._broken.request is not None:
            request = self._broken.request(request)
        subject = self._subjects[id_]
        self._post.takes(id_, subject, request)
        if self._broken.doubles:
            self._post.takes(id_ + ".again", subject, request)

    def got(self, message: Message) -> None:
        """Somebody gets a message, and answers what it asks, sometimes."""
        self._messages.append(message)
        question = message.content.question
        if question is None or message.fate is not Fate.SENT or message.request_id in self._asked:
            return
        self._asked.add(message.request_id)
        if self._chance.happens(_ANSWERS):
            at = self.now + self._chance.hours(0.02, 40)
            self._answers(at, message, self._chance.choice(ANSWERS[question]))

    def _answers(self, at: datetime, message: Message, answer: Answer) -> None:
        life, question = self._life, message.content.question
        if question is None or message.channel is None:
            return
        data = CustomerReplied(
            order_id=life.cast.order_id,
            customer_id=life.cast.buyer.id,
            request_id=message.request_id,
            question=question,
            answer=answer,
            channel=message.channel,
        )
        event = make(life.cast.shop.source, f"reply.{message.request_id}", at, data)
        self._awaits(Report(at + timedelta(seconds=5), event))
        if question is Question.WAIT_OR_CANCEL and answer is Answer.CANCEL:
            self._is_cancelled(at)

    def _is_cancelled(self, at: datetime) -> None:
        """The shop does what the customer wants; or it is too late, or it forgets."""
        life = self._life
        if life.cancelled_at is not None or life.chance.happens(0.2):
            return
        known = len(life.reports)
        when = at + life.chance.hours(0.2, 50)
        cancel(life, when, CancelledBy.CUSTOMER, CancelReason.CUSTOMER_REQUEST)
        for report in life.reports[known:]:
            self._awaits(replace(report, at=max(report.at, self.now)))


def without(*kinds: Kind) -> Sequence[Rule]:
    """The rules without those of these kinds."""
    return tuple(rule for rule in RULES if rule.kind not in kinds)
