"""The judge of carts counts: each figure and each complaint is made red once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from headsup.contracts.channels import Channel
from headsup.contracts.notifications import Reason
from headsup.contracts.shop.carts import CartEvent
from sandbox.tempo import Tempo
from tests.faults.carts.oracle import (
    MARGIN,
    Asked,
    CartEvidence,
    Course,
    HeardReminder,
    Sent,
    judge_carts,
)
from tests.faults.carts.shopper import FIRST, LAST, Reminder
from tests.faults.carts.stories import ORDERS_LAST, PLOTS, CartCast, stories
from tests.faults.journeys import REACHED
from tests.faults.oracle import Incident, Verdict
from tests.support.each import each

PLOT = {plot.__name__.removeprefix("_"): plot for plot in (*PLOTS, *ORDERS_LAST)}
REAL = datetime(2026, 11, 22, 9, tzinfo=UTC)
SHOWN = datetime(2026, 11, 24, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


class Case:
    """A story that went as it should, until a test spoils it. Its clock runs 360 times as fast."""

    def __init__(self, plot: str, channel: Channel = Channel.SMS) -> None:
        told = CartCast(stories=1, plots=(PLOT[plot],), channels=(channel,))
        [self.story] = stories(told, SHOWN)
        self.course = Course(
            stories=[self.story], tempo=Tempo(REAL, SHOWN, 360.0), times={}, known={}
        )
        self._live()
        self.heard = [self.arrival(reminder) for reminder in sorted(self.story.due)]
        self.asked = {one.ref: self._asked(one.reminder) for one in self.heard}
        self.sent = [
            Sent(request=one.ref, state="sent", provider_ref=one.ref) for one in self.heard
        ]
        if self.story.silence is not None:
            is_another = self.story.silence is Reason.ANOTHER_CART
            self.asked["silent"] = Asked(
                cart="C00000-2" if is_another else "C00000",
                step=FIRST if is_another else LAST,
                decision="suppressed",
                reason=self.story.silence,
            )
        self.recovered: dict[str, frozenset[str]] = {}
        self.waiting: dict[str, int] = {}
        self.incidents: list[Incident] = []

    def _live(self) -> None:
        """Everything happens when it was to happen, and what reminders bring about an hour after
        they were due."""
        times = dict[str, datetime]()
        for act in self.story.acts:
            since = SHOWN
            if act.upon is not None:
                limit = self.story.limits[act.upon]
                since = replace(self.course, times=times).due_at(act.upon, limit) or SHOWN
            times[act.id] = since + act.at
        known = {id_: self.course.real(at) for id_, at in times.items()}
        self.course = replace(self.course, times=times, known=known)

    def arrival(self, reminder: Reminder, late: timedelta = MINUTE) -> HeardReminder:
        """A reminder, so long after it fell due by the clock of the business."""
        limit = self.story.limits[reminder]
        due_at = self.course.due_at(reminder, limit)
        assert due_at is not None
        return HeardReminder(
            reminder=reminder,
            ref=f"{reminder.visit}.{reminder.step}",
            at=self.course.real(due_at + late),
            channel=self.story.channel,
            to=self.story.people[0].addresses[self.story.channel],
        )

    def _asked(self, reminder: Reminder) -> Asked:
        visit = self.story.limits[reminder].visit
        [data] = [cast("CartEvent", act.data) for act in self.story.acts if act.id == visit]
        return Asked(cart=data.cart_id, step=reminder.step, decision="planned", reason=None)

    def hears(self, one: HeardReminder) -> None:
        """They hear something more, of which the services say the same."""
        self.heard.append(one)
        self.asked[one.ref] = self._asked(one.reminder)
        self.sent.append(Sent(request=one.ref, state="sent", provider_ref=one.ref))

    def ended(self, step: int = FIRST) -> Reminder:
        """A reminder that may come only until something happens."""
        return next(
            one for one, limit in self.story.limits.items() if limit.ended_by and one.step == step
        )

    def judge(self) -> Verdict:
        """The verdict."""
        evidence = CartEvidence(
            asked=self.asked, sent=self.sent, recovered=self.recovered, waiting=self.waiting
        )
        channels = frozenset({self.story.channel})
        return judge_carts(self.course, self.heard, evidence, channels, self.incidents)


TOO_SOON = "came too soon after another"
NEVER_REMINDED = "no reminder was due at all"


def complaints(case: Case) -> list[str]:
    """What is wrong, but that a story of which nothing is due proves nothing by itself."""
    return [what.partition(":")[0] for what in case.judge().broken if what != NEVER_REMINDED]


@each("channel", REACHED)
@each("plot", PLOT)
def test_a_story_that_went_as_it_should_is_fine(plot: str, channel: Channel) -> None:
    case = Case(plot, channel)
    act = case.story.purchase
    if act is not None and act.upon is not None and plot == "bought_reminded":
        case.recovered = {"K00000": frozenset({"r"})}
    verdict = case.judge()
    assert complaints(case) == []
    assert (verdict.due, verdict.once) == (len(case.story.due), len(case.story.due))
    assert (verdict.lost, verdict.twice, verdict.after_purchase) == (0, 0, 0)


def test_what_never_came_is_lost() -> None:
    case = Case("left")
    del case.heard[-1], case.sent[-1]
    verdict = case.judge()
    assert (verdict.lost, verdict.once, verdict.unfinished) == (1, 1, True)
    assert complaints(case) == ["never came"]


def test_of_two_that_fell_due_in_a_standstill_the_first_may_be_left_out() -> None:
    case = Case("left")
    del case.heard[0], case.sent[0], case.asked["1.1"]
    case.course = replace(case.course, may_skip=True)
    assert complaints(case) == []
    assert case.judge().due == 1
    case.asked["1.1"] = Asked(cart="C00000", step=FIRST, decision="planned", reason=None)
    assert complaints(case) == ["never came"]  # it was asked for: then it has to come


def test_what_came_once_more_came_twice() -> None:
    case = Case("left")
    case.hears(replace(case.heard[0], ref="another"))
    assert case.judge().twice == 1
    assert complaints(case) == ["came 2 times"]


def test_by_another_channel_it_came_twice_as_well() -> None:
    case = Case("left", Channel.EMAIL)
    case.hears(replace(case.heard[0], ref="another"))
    assert case.judge().twice == 1


def test_a_copy_of_a_mail_needs_a_doubt() -> None:
    case = Case("left", Channel.EMAIL)
    copy = replace(case.heard[0], at=case.heard[0].at + SECOND)
    case.heard.append(copy)
    assert (case.judge().twice, case.judge().copies) == (0, 1)
    assert complaints(case) == ["1 copies without a doubt"]
    case.sent[0] = replace(case.sent[0], was_in_doubt=True)
    case.incidents.append(Incident(since=copy.at - 2 * SECOND, until=copy.at))
    assert complaints(case) == []
    case.heard[-1] = replace(copy, print="other octets")
    assert complaints(case) == ["a copy with other octets"]


@pytest.mark.parametrize(
    ("plot", "step"),
    [
        ("bought_in_time", FIRST),
        ("bought_reminded", LAST),
        ("guest_bought_in_time", FIRST),
        ("guest_bought_reminded", LAST),
        ("bought_and_left_another", FIRST),
    ],
)
def test_what_comes_after_a_purchase_is_counted(plot: str, step: int) -> None:
    case = Case(plot)
    case.hears(case.arrival(case.ended(step)))
    assert case.judge().after_purchase == 1
    assert "came after the purchase" in complaints(case)


@pytest.mark.parametrize(("after", "counts"), [(MARGIN, 0), (MARGIN + SECOND, 1)])
def test_what_is_on_its_way_when_they_buy_may_still_come(after: timedelta, counts: int) -> None:
    case = Case("bought_at_that_moment")
    act = case.story.purchase
    assert act is not None
    one = case.arrival(case.ended(), late=timedelta())
    known = one.at - after
    case.course = replace(case.course, known={**case.course.known, act.id: known})
    case.hears(one)
    assert case.judge().after_purchase == counts


@pytest.mark.parametrize(
    "plot", ["emptied", "emptied_reminded", "merged", "came_back", "stopped_reminded"]
)
def test_what_comes_when_it_is_over_is_wrong_and_not_after_a_purchase(plot: str) -> None:
    case = Case(plot)
    case.hears(case.arrival(case.ended(LAST)))
    assert case.judge().after_purchase == 0
    assert {*complaints(case)} - {TOO_SOON} == {"came when it was over"}


def test_what_nobody_may_hear_is_wrong() -> None:
    case = Case("never_agreed")
    [one] = Case("left").heard[:1]
    case.heard.append(one)
    assert "not to be told" in complaints(case)


def test_a_silence_needs_its_reason() -> None:
    case = Case("never_agreed")
    case.asked["silent"] = replace(case.asked["silent"], reason=Reason.OPTED_OUT)
    assert complaints(case) == ["never silenced as no_consent", "silenced as opted_out"]


def test_of_a_second_cart_nobody_hears_before_the_pause_is_over() -> None:
    case = Case("left_another_reminded")
    [one, _] = [one for one, limit in case.story.limits.items() if not limit.is_due]
    case.hears(case.arrival(one))
    del case.asked["silent"]
    assert complaints(case) == [
        TOO_SOON,
        "nobody was silenced as another_cart",
    ]


def test_of_a_later_visit_to_the_same_cart_neither() -> None:
    case = Case("came_back_reminded")
    [at] = [n for n, one in enumerate(case.heard) if one.ref == f"2.{FIRST}"]
    case.heard[at] = replace(case.heard[at], at=case.heard[at].at - SECOND)
    assert complaints(case) == [TOO_SOON, "came before it was due"]


def test_of_a_second_cart_they_may_hear_where_a_fault_outlasts_the_pause_but_not_all_may() -> None:
    case = Case("left_another_reminded")
    [one, _] = [one for one, limit in case.story.limits.items() if not limit.is_due]
    case.hears(case.arrival(one, late=3 * 60 * MINUTE))
    del case.asked["silent"]
    assert complaints(case) == ["nobody was silenced as another_cart"]


@pytest.mark.parametrize(
    ("plot", "reason"),
    [("left", Reason.ANOTHER_CART), ("left_another_reminded", Reason.BOUGHT)],
)
def test_nobody_is_silenced_without_a_reason(plot: str, reason: Reason) -> None:
    case = Case(plot)
    case.asked["needless"] = Asked(cart="C00000", step=LAST, decision="suppressed", reason=reason)
    assert complaints(case) == [f"silenced as {reason}"]


@pytest.mark.parametrize("plot", ["never_agreed", "left_another_reminded"])
def test_who_was_silenced_is_not_asked_for_again(plot: str) -> None:
    case = Case(plot)
    silent = case.asked["silent"]
    case.asked["silent"] = replace(silent, step=FIRST)
    case.asked["again"] = replace(silent, step=LAST)
    assert complaints(case) == ["asked for again, though it was over"]


def _to_somebody_else(case: Case) -> None:
    case.heard[0] = replace(case.heard[0], to="+380509999999")


def _too_early(case: Case) -> None:
    case.heard[0] = replace(case.heard[0], at=case.heard[0].at - SECOND)


def _of_nobody(case: Case) -> None:
    stranger = case.heard[0].reminder._replace(story=7)
    case.heard.append(replace(case.heard[0], reminder=stranger))


def _unrecorded(case: Case) -> None:
    case.sent[0] = replace(case.sent[0], state="failed")


def _recorded_as_another(case: Case) -> None:
    case.asked["1.1"] = replace(case.asked["1.1"], step=LAST)


def _of_another_cart(case: Case) -> None:
    case.asked["1.1"] = replace(case.asked["1.1"], cart="C00001")


def _waiting(case: Case) -> None:
    case.waiting["shop.carts"] = 3


def _not_at_rest(case: Case) -> None:
    case.sent.append(Sent(request="1.1", state="planned", provider_ref=""))


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (_to_somebody_else, "went to somebody else"),
        (_too_early, "came before it was due"),
        (_of_nobody, "is about nobody's cart"),
        (_unrecorded, "came, and is not recorded as sent"),
        (_recorded_as_another, "came, and is recorded as another"),
        (_of_another_cart, "came, and is recorded as another"),
        (_waiting, "3 waiting"),
        (_not_at_rest, "not at rest"),
    ],
)
def test_what_is_spoiled_is_complained_of(spoil: Callable[[Case], None], complaint: str) -> None:
    case = Case("left")
    spoil(case)
    assert complaint in complaints(case)


def test_nobody_asks_for_what_was_bought_before_it_fell_due() -> None:
    case = Case("bought_in_time")
    case.asked["needless"] = Asked(
        cart="C00000", step=FIRST, decision="suppressed", reason=Reason.BOUGHT
    )
    assert complaints(case) == ["asked for, though it was bought"]


@pytest.mark.parametrize("reports", [0, 2])
def test_the_shop_is_told_once_of_what_a_reminder_brought_back(reports: int) -> None:
    case = Case("bought_reminded")
    case.recovered = {"K00000": frozenset(str(n) for n in range(reports))}
    assert complaints(case) == ["told to the shop as brought back"]


def test_the_shop_is_not_told_of_who_bought_by_themselves() -> None:
    case = Case("bought_in_time")
    case.recovered = {"K00000": frozenset({"r"})}
    assert complaints(case) == ["told to the shop as brought back"]


def test_what_fell_due_after_a_fault_says_nothing_about_getting_over_it() -> None:
    case = Case("left")
    first, last = case.heard
    case.course = replace(case.course, over_at=first.at)
    assert case.judge().last_at == first.at
    case.course = replace(case.course, over_at=last.at)
    assert case.judge().last_at == last.at
