"""The world around the pure part, in memory: a topic that is read again after a crash, a database
that keeps what was committed, an outbox that is published any number of times in any order, a
notifier that asks once for each id, and outcomes that come late, twice and in any order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from hypothesis import strategies as st

from headsup.contracts import envelope
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import (
    CustomerPurchased,
    NotificationOutcome,
    NotificationRequested,
    NotificationWithdrawn,
    OutcomeStatus,
)
from headsup.contracts.replies import ANSWERS, Question
from headsup.kafka.producer import Outgoing
from services.order_events import facts as facts_module
from services.order_events import told as told_module
from services.order_events.decide import Decided, News, Order, decide, publications
from services.order_events.shop import Shop
from tests.unit.services.order_events import mishaps as m
from tests.unit.services.order_events import orders as o


class Database:
    """What was committed: the order as it is kept, the position, the events, the outbox."""

    def __init__(self) -> None:
        self.order: tuple[bytes, bytes] | None = None
        self.next_look_at: datetime | None = None
        self.position = 0
        self.received: set[str] = set()
        self.outbox: list[Outgoing] = []
        self.purchases: list[CustomerPurchased] = []

    def load(self) -> Order | None:
        if self.order is None:
            return None
        facts, told = self.order
        return Order(facts_module.decode(facts), told_module.decode(told), self.next_look_at)

    def save(self, decided: Decided, now: datetime) -> None:
        order = decided.order
        self.order = facts_module.encode(order.facts), told_module.encode(order.told)
        self.next_look_at = order.next_look_at
        self.purchases += [decided.purchase] if decided.purchase else []
        self.outbox += publications(o.SHOP, decided, "", now)


class Notifier:
    """Knows each request and each withdrawal by its id, and says what became of it."""

    def __init__(self) -> None:
        self.requests: dict[str, NotificationRequested] = {}
        self.withdrawn: set[str] = set()
        self.purchases: set[str] = set()
        self.sent: list[str] = []
        self.outcomes: list[NotificationOutcome] = []

    def hears(self, record: Outgoing, now: datetime) -> None:
        event = envelope.decode(record.value, record.headers, now)
        if isinstance(event.data, NotificationRequested):
            known = self.requests.setdefault(event.id, event.data)
            assert known == event.data, "one id said two different things"
            return
        if isinstance(event.data, NotificationWithdrawn):
            self.withdrawn.add(event.data.request_id)
        if isinstance(event.data, CustomerPurchased):
            self.purchases.add(event.id)

    def turns(self, now: datetime) -> None:
        """Sends what waits, and a turn later knows that it arrived; tells both."""
        for id_, request in self.requests.items():
            known = {x.status for x in self.outcomes if x.request_id == id_}
            if OutcomeStatus.SENT in known:
                status = OutcomeStatus.DELIVERED
            elif id_ in self.withdrawn:
                status = OutcomeStatus.WITHDRAWN
            else:
                status = OutcomeStatus.SENT
                self.sent.append(id_)
            if status not in known:
                self.outcomes.append(o.outcome(id_, request.kind, status, at=now))

    def became_of(self, id_: str) -> OutcomeStatus:
        """The last word on a request."""
        return [outcome.status for outcome in self.outcomes if outcome.request_id == id_][-1]


class World:
    """One order, from its topic to its customer, in a shop that may have troubles."""

    def __init__(self, log: Sequence[Event[Any]], troubles: Sequence[Event[Any]] = ()) -> None:
        self.log = list(log)
        self.troubles = troubles
        self.database = Database()
        self.notifier = Notifier()
        self.published: list[Outgoing] = []
        self.now = o.MONDAY
        self.learnt: set[int] = set()

    @property
    def shop(self) -> Shop:
        """What is known by now of the shop's troubles."""
        return Shop(incidents=m.incidents_at(self.now, self.troubles))

    def reads(self, count: int, *, is_current: bool = True, crashes: bool = False) -> None:
        """One transaction over the next records. A crash leaves everything as it was."""
        database = self.database
        batch = self.log[database.position : database.position + count]
        new = {event.id: event for event in batch if event.id not in database.received}
        if not new:
            database.position += 0 if crashes else len(batch)
            return
        news = News(list(new.values()), partition=0)
        decided = decide(database.load(), news, self.now, self.shop, is_current=is_current)
        if crashes:
            return
        assert decided is not None
        database.received |= new.keys()
        database.position += len(batch)
        database.save(decided, self.now)

    def looks(self) -> bool:
        """The sweep, when the order asked for a look; whether anything came of it."""
        order = self.database.load()
        if order is None or order.next_look_at is None or order.next_look_at > self.now:
            return False
        decided = decide(order, News(), self.now, self.shop)
        assert decided is not None
        self.database.save(decided, self.now)
        decision = decided.decision
        return bool(decision.announce or decision.withdraw or decision.unsaid)

    def publishes(self, *, and_dies: bool = False) -> None:
        """Publishes the outbox; who dies before the rows are gone publishes them again."""
        for record in self.database.outbox:
            self.published.append(record)
            self.notifier.hears(record, self.now)
        if not and_dies:
            self.database.outbox.clear()

    def republishes(self, which: int) -> None:
        """Something that was published long ago comes once more."""
        if self.published:
            self.notifier.hears(self.published[which % len(self.published)], self.now)

    def learns(self, *which: int) -> None:
        """Outcomes come: some of those that there are, in this order."""
        known = self.notifier.outcomes
        chosen = [number % len(known) for number in which] if known else []
        if not chosen:
            return
        outcomes = [known[number] for number in chosen]
        decided = decide(self.database.load(), News(outcomes=outcomes), self.now, self.shop)
        assert decided is not None
        self.learnt.update(chosen)
        self.database.save(decided, self.now)

    def answers(self, which: int) -> None:
        """The customer answers a question that came; not for the first time, perhaps."""
        asked = [(id_, said) for id_ in self.notifier.sent if (said := self._question_of(id_))]
        if asked:
            id_, question = asked[which % len(asked)]
            choices = ANSWERS[question]
            self.log.append(o.replied(self.now, id_, question, choices[which % len(choices)]))

    def _question_of(self, id_: str) -> Question | None:
        return self.notifier.requests[id_].content.question

    def ends(self) -> None:
        """Everything is read, published, sent and known, until nothing more comes of it."""
        self.reads(len(self.log))
        for _ in range(_ENOUGH):
            self.publishes()
            self.notifier.turns(self.now)
            every = range(len(self.notifier.outcomes))
            missing = sorted(set(every) - self.learnt)
            self.learns(*missing, *reversed(every))
            if not self.looks() and not self.database.outbox and not missing:
                return
        raise AssertionError("the order never comes to rest")

    @property
    def order(self) -> Order:
        order = self.database.load()
        assert order is not None
        return order


_ENOUGH = 20

_HOURS = st.sampled_from([0, 0, 0, 1, 5])
_NUMBERS = st.integers(0, 30)
STEPS = st.one_of(
    st.tuples(st.just("read"), st.integers(1, 4), st.booleans(), st.booleans()),
    st.tuples(st.just("read"), st.integers(1, 4), st.just(True), st.just(False)),
    st.tuples(st.just("publish"), st.booleans()),
    st.tuples(st.just("publish again"), _NUMBERS),
    st.just(("notify",)),
    st.tuples(st.just("learn"), st.lists(_NUMBERS, min_size=1, max_size=4)),
    st.just(("look",)),
    st.tuples(st.just("answer"), _NUMBERS),
    st.tuples(st.just("wait"), _HOURS),
)
"""What may happen next; each step is its name and how it goes."""


def live(world: World, steps: Sequence[tuple[Any, ...]]) -> None:
    """Takes the steps."""
    for name, *how in steps:
        match name:
            case "read":
                world.reads(how[0], is_current=how[1], crashes=how[2])
            case "publish":
                world.publishes(and_dies=how[0])
            case "publish again":
                world.republishes(how[0])
            case "notify":
                world.notifier.turns(world.now)
            case "learn":
                world.learns(*how[0])
            case "look":
                world.looks()
            case "answer":
                world.answers(how[0])
            case "wait":
                world.now += how[0] * o.HOUR
