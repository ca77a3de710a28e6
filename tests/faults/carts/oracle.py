"""Compares the reminders that people received with those that they were to receive. Pure.

What is lost, twice or after a purchase is counted from the words that the providers took. The
services' own records are asked only why something was not said, and must agree with what was heard.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.contracts.shop import OrderPlaced
from sandbox.tempo import Tempo
from tests.faults.carts.shopper import DELAYS, FIRST, LAST, PAUSE, Limit, Reminder, Story
from tests.faults.complaints import Complaints
from tests.faults.oracle import Incident, Verdict

MARGIN: Final = timedelta(seconds=2)
"""Real time, from when Kafka has an order to when its owner is reminded no more. The order goes
through two services and two databases until the notifier knows of it, and what its provider was
handed before that cannot be called back. Twelve minutes of business where its clock runs 360 times
as fast; what came within them is not counted (docs/reliability.md)."""
_AGO: Final = timedelta(minutes=6)
"""Business time by which the clocks of processes and the recording of a call may differ."""
_GONE_OUT: Final = frozenset({"sent", "delivered"})
_ENDS: Final = frozenset({Reason.ANOTHER_CART, Reason.OPTED_OUT, Reason.NO_CONSENT})
_WAITING: Final = frozenset({"planned", "sending"})


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardReminder:
    """A reminder that a provider took."""

    reminder: Reminder
    ref: str
    """For a mail its Message-ID; copies of one mail share it."""
    at: datetime
    channel: Channel
    to: str
    print: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request for a reminder, as the notifier knows it."""

    cart: str
    step: int
    decision: str
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A row of the ledger of notifications."""

    request: str
    state: str
    provider_ref: str
    reason: str | None = None
    was_in_doubt: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CartEvidence:
    """What the services have to say."""

    asked: Mapping[str, Asked] = field(default_factory=dict)
    """By request."""
    sent: Sequence[Sent] = ()
    recovered: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """The ids of what the shop was told, by order."""
    waiting: Mapping[str, int] = field(default_factory=dict)
    """Records that were not read, by topic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How an experiment went."""

    stories: Sequence[Story]
    tempo: Tempo
    times: Mapping[str, datetime]
    """Of the events as they were sent, by their ids (business time)."""
    known: Mapping[str, datetime]
    """When Kafka acknowledged each of them (real time)."""
    over_at: datetime | None = None
    """When the fault was over (real time)."""
    may_skip: bool = False
    """Of several reminders that fell due meanwhile only the newest is said."""

    def shown(self, real: datetime) -> datetime:
        """What the clock of the business showed."""
        return self.tempo.shown + (real - self.tempo.real) * self.tempo.speed

    def real(self, shown: datetime) -> datetime:
        """When it showed that."""
        return self.tempo.real + (shown - self.tempo.shown) / self.tempo.speed

    def due_at(self, reminder: Reminder, limit: Limit) -> datetime | None:
        """When it falls due (business time); None while its visit was not told."""
        at = self.times.get(limit.visit)
        return at + DELAYS[reminder.step - 1] + limit.later if at else None


def judge_carts(
    course: Course,
    heard: Sequence[HeardReminder],
    evidence: CartEvidence,
    channels: frozenset[Channel],
    incidents: Sequence[Incident],
) -> Verdict:
    """The verdict on the stories of these channels."""
    told = [story for story in course.stories if story.channel in channels]
    mine = [one for one in heard if one.channel in channels]
    return _Trial(course, told, mine, evidence, incidents).verdict()


class _Trial:
    def __init__(
        self,
        course: Course,
        stories: Sequence[Story],
        heard: Sequence[HeardReminder],
        evidence: CartEvidence,
        incidents: Sequence[Incident],
    ) -> None:
        self._course = course
        self._stories = {story.number: story for story in stories}
        self._heard = sorted(heard, key=lambda one: one.at)
        self._evidence = evidence
        self._incidents = incidents
        self._complaints = Complaints()
        self._arrivals: dict[Reminder, list[HeardReminder]] = defaultdict(list)
        for one in self._heard:
            self._arrivals[one.reminder].append(one)
        self._sent = {one.provider_ref: one for one in evidence.sent if one.provider_ref}
        self._asked: dict[int, list[Asked]] = defaultdict(list)
        for asked in evidence.asked.values():
            for story in stories:
                if story.of_cart(asked.cart):
                    self._asked[story.number].append(asked)

    def verdict(self) -> Verdict:
        due = {reminder for story in self._stories.values() for reminder in story.due}
        due -= {reminder for reminder in due if self._is_skipped(reminder)}
        lost = self._lost(due)
        self._silences()
        is_unfinished = bool(self._complaints) or self._is_at_work()
        self._recovered()
        twice, copies = self._again()
        late = self._late()
        self._wrong_records()
        firsts = [self._arrivals[r][0].at for r in due if r in self._arrivals and self._waited(r)]
        return Verdict(
            due=len(due),
            once=sum(len(self._refs(reminder)) == 1 for reminder in due),
            lost=lost,
            twice=twice,
            copies=copies,
            disorder=0,
            after_purchase=late,
            broken=tuple(self._complaints.in_words()),
            unfinished=is_unfinished,
            last_at=max(firsts, default=None),
        )

    def _waited(self, reminder: Reminder) -> bool:
        """It fell due before the fault was over."""
        limit = self._stories[reminder.story].limits[reminder]
        due_at, over_at = self._course.due_at(reminder, limit), self._course.over_at
        return bool(due_at and over_at and self._course.real(due_at) <= over_at)

    def _is_skipped(self, reminder: Reminder) -> bool:
        """A newer one was said in its place, where that may be, and this was never asked for."""
        newer = reminder._replace(step=LAST)
        if not self._course.may_skip or reminder == newer:
            return False
        steps = {asked.step for asked in self._asked[reminder.story]}
        return reminder not in self._arrivals and newer in self._arrivals and FIRST not in steps

    def _lost(self, due: set[Reminder]) -> int:
        missing = [reminder for reminder in due if reminder not in self._arrivals]
        for reminder in missing:
            self._complaints.add("never came", f"{_name(reminder)}: {self._decided(reminder)}")
        if not due:
            self._complaints.add("no reminder was due at all")
        return len(missing)

    def _decided(self, reminder: Reminder) -> str:
        """What became of this step of the story's carts, whichever visit it was of."""
        asked = [one for one in self._asked[reminder.story] if one.step == reminder.step]
        return ", ".join(f"{one.decision} {one.reason or ''}" for one in asked) or "never asked for"

    def _silences(self) -> None:
        """Who must hear nothing hears it for the reason that there is, and not by chance."""
        for story in self._stories.values():
            reasons = {asked.reason for asked in self._asked[story.number]} | {
                sent.reason for sent in self._sent_of(story) if sent.state == "suppressed"
            }
            if self._must_be_silenced(story) and story.silence not in reasons:
                self._complaints.add(f"never silenced as {story.silence}", story.acts[0].id)
            bought = {Reason.BOUGHT} if story.purchase else set[Reason]()
            for reason in reasons - {None, story.silence, Reason.SUPERSEDED} - bought:
                self._complaints.add(f"silenced as {reason}", story.acts[0].id)
            self._crowded(story)
            self._asked_in_vain(story)
        if self._told_too_late_of_all():
            self._complaints.add(f"nobody was silenced as {Reason.ANOTHER_CART}")

    def _told_too_late_of_all(self) -> bool:
        """Of somebody's second cart a fault may keep us from asking until the pause is over; not of
        everybody's."""
        those = [s for s in self._stories.values() if s.silence is Reason.ANOTHER_CART]
        return bool(those) and not any(map(self._must_be_silenced, those))

    def _crowded(self, story: Story) -> None:
        """Whatever they left: between the first words about two visits lies the pause."""
        firsts: dict[int, HeardReminder] = {}
        for one in self._heard:
            if one.reminder.story == story.number:
                firsts.setdefault(one.reminder.visit, one)
        for before, after in pairwise(firsts.values()):
            if (after.at - before.at) * self._course.tempo.speed < PAUSE:
                self._complaints.add("came too soon after another", _name(after.reminder))

    def _asked_in_vain(self, story: Story) -> None:
        """Whoever wants no more, or hears of another cart, is not asked for again; unless the next
        reminder was due at once, as after a backlog."""
        if self._course.may_skip:
            return
        asked = self._asked[story.number]
        over = {(one.cart, step) for one in asked if one.reason in _ENDS for step in _above(one)}
        if any((one.cart, one.step) in over for one in asked):
            self._complaints.add("asked for again, though it was over", story.acts[0].id)

    def _must_be_silenced(self, story: Story) -> bool:
        """Somebody was to be reminded of something, and the notifier knew better."""
        act = story.purchase
        if story.silence is Reason.ANOTHER_CART:
            extra = [one for one, limit in story.limits.items() if not limit.is_due]
            return not any(one in self._arrivals for one in extra)
        if story.silence is not Reason.BOUGHT or act is None:
            return story.silence is not None
        known = self._course.known.get(act.id)
        ended = [it for it in story.limits.items() if it[1].ended_by == act.id]
        dues = [due_at for it in ended if (due_at := self._course.due_at(*it))]
        return any(known is not None and known < self._course.real(due_at) for due_at in dues)

    def _sent_of(self, story: Story) -> list[Sent]:
        of = {id_ for id_, asked in self._evidence.asked.items() if story.of_cart(asked.cart)}
        return [sent for sent in self._evidence.sent if sent.request in of]

    def _is_at_work(self) -> bool:
        """Something was taken and not brought to an end. Complained of."""
        lying = [f"{n} waiting: {topic}" for topic, n in self._evidence.waiting.items() if n]
        for story in self._stories.values():
            states = {sent.state for sent in self._sent_of(story)}
            lying += [f"not at rest: {story.acts[0].id}"] if states & _WAITING else []
        for what in lying:
            self._complaints.add(what)
        return bool(lying)

    def _recovered(self) -> bool:
        """The shop is told once of each order that names a cart and follows its reminder, and of no
        other. Complained of."""
        wrong = []
        for story in self._stories.values():
            act = story.purchase
            if act is None or not isinstance(act.data, OrderPlaced):
                continue
            reports = len(self._evidence.recovered.get(act.data.order_id, ()))
            least, most = self._reports_of(story, act.id, act.data.cart_id)
            if not least <= reports <= most:
                wrong.append(f"{act.data.order_id}: {reports} times")
        for what in wrong:
            self._complaints.add("told to the shop as brought back", what)
        return bool(wrong)

    def _reports_of(self, story: Story, order: str, cart: str | None) -> tuple[int, int]:
        """How often an order is told of as brought back, at least and at most."""
        at = self._course.times.get(order)
        if cart is None or at is None:
            return 0, 0
        before, surely = False, False
        for reminder in story.limits:
            for one in self._arrivals.get(reminder, ()):
                heard_at = self._course.shown(one.at)
                before |= heard_at <= at + _AGO
                surely |= heard_at <= at - _AGO and not self._was_in_doubt(one)
        return int(surely), int(before)

    def _was_in_doubt(self, one: HeardReminder) -> bool:
        """Nobody knew at first that it was taken: it counts from when that was found out."""
        sent = self._sent.get(one.ref)
        hidden = any(incident.hides(one) for incident in self._incidents)
        return sent is None or (sent.was_in_doubt and hidden)

    def _refs(self, reminder: Reminder) -> list[str]:
        """The messages that are not copies of one another."""
        arrivals = self._arrivals.get(reminder, [])
        mails = {one.ref for one in arrivals if one.channel is Channel.EMAIL}
        return [*mails, *(one.ref for one in arrivals if one.channel is not Channel.EMAIL)]

    def _again(self) -> tuple[int, int]:
        twice = copies = 0
        for reminder, arrivals in self._arrivals.items():
            more = len(self._refs(reminder)) - 1
            same = len(arrivals) - 1 - more
            twice += more
            copies += same
            if more:
                self._complaints.add(f"came {more + 1} times", _name(reminder))
            if same and not all(map(self._was_in_doubt, arrivals[:-1])):
                self._complaints.add(f"{same} copies without a doubt", _name(reminder))
            if same and len({one.print for one in arrivals}) > 1:
                self._complaints.add("a copy with other octets", _name(reminder))
        return twice, copies

    def _late(self) -> int:
        """What came after it was over; how much of it after a purchase."""
        late = 0
        for one in self._heard:
            story = self._stories.get(one.reminder.story)
            if story is None:
                self._complaints.add("is about nobody's cart", one.ref)
                continue
            if one.to not in story.addresses:
                self._complaints.add("went to somebody else", _name(one.reminder))
            limit = story.limits.get(one.reminder)
            if limit is None:
                self._complaints.add("not to be told", _name(one.reminder))
            elif self._is_early(one, limit):
                self._complaints.add("came before it was due", _name(one.reminder))
            if self._is_after(one, self._purchase_before(story, limit)):
                late += 1
                self._complaints.add("came after the purchase", _name(one.reminder))
            elif limit is not None and self._is_after(one, limit.ended_by):
                self._complaints.add("came when it was over", _name(one.reminder))
        return late

    def _purchase_before(self, story: Story, limit: Limit | None) -> str | None:
        """The order that ends a reminder. A cart that was left later is not ended by it."""
        act = story.purchase
        if act is None or (limit is not None and limit.ended_by != act.id):
            return None
        return act.id

    def _is_after(self, one: HeardReminder, act: str | None) -> bool:
        known = self._course.known.get(act) if act else None
        return known is not None and one.at > known + MARGIN

    def _is_early(self, one: HeardReminder, limit: Limit) -> bool:
        due_at = self._course.due_at(one.reminder, limit)
        return due_at is None or self._course.shown(one.at) < due_at

    def _wrong_records(self) -> None:
        """What the services say of what was heard, and of what they should not even have asked."""
        for one in self._heard:
            story, sent = self._stories.get(one.reminder.story), self._sent.get(one.ref)
            asked = self._evidence.asked.get(sent.request) if sent else None
            if story is None or self._is_unknown(one, story):
                continue
            if sent is None or asked is None or sent.state not in _GONE_OUT:
                self._complaints.add("came, and is not recorded as sent", _name(one.reminder))
            elif not story.of_cart(asked.cart) or asked.step != one.reminder.step:
                self._complaints.add("came, and is recorded as another", _name(one.reminder))
        for story in self._stories.values():
            self._needless(story)

    def _is_unknown(self, one: HeardReminder, story: Story) -> bool:
        """The ledger says that nobody knows, and something was done to that."""
        said = any(it.state == "unknown" and it.was_in_doubt for it in self._sent_of(story))
        return said and any(incident.hides(one) for incident in self._incidents)

    def _needless(self, story: Story) -> None:
        """The order names the cart, and was there before a reminder fell due: nobody asks."""
        act = story.purchase
        if act is None or not isinstance(act.data, OrderPlaced) or act.data.cart_id is None:
            return
        known, asked = self._course.known.get(act.id), self._asked[story.number]
        steps = {one.step for one in asked if one.cart == act.data.cart_id}
        for reminder, limit in story.limits.items():
            due_at = self._course.due_at(reminder, limit)
            if limit.ended_by != act.id or known is None or due_at is None:
                continue
            if known < self._course.real(due_at) and reminder.step in steps:
                self._complaints.add("asked for, though it was bought", _name(reminder))


def _above(one: Asked) -> range:
    return range(one.step + 1, LAST + 1)


def _name(reminder: Reminder) -> str:
    return f"{reminder.kind} {reminder.step} of visit {reminder.visit} to cart {reminder.story}"
