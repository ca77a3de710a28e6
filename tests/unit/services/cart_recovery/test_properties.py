"""What holds for every life of a cart."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from headsup.contracts.envelope import Event
from headsup.contracts.notifications import OutcomeStatus, Reason
from headsup.shops.carts import SETTLING
from services.cart_recovery.cart import Cart, Stage
from services.cart_recovery.step import Remind, Saying, Terms
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept
from tests.unit.services.cart_recovery.lives import TERMS, lives, mixtures

YEARS = 1000 * DAY
_BECAME = st.sampled_from(
    [
        (OutcomeStatus.SENT, None),
        (OutcomeStatus.UNKNOWN, None),
        (OutcomeStatus.FAILED, Reason.UNDELIVERED),
        (OutcomeStatus.SUPPRESSED, Reason.IN_TROUBLE),
        (OutcomeStatus.SUPPRESSED, Reason.NO_CONSENT),
        None,
    ]
)


def _lived(kept: Kept, life: list[Event[Any]], data: st.DataObject) -> list[Saying]:
    """All that is said in a life, in which events come as they happen, and the notifier answers."""
    said: list[Saying] = []
    for each in life:
        said += _answered(kept, kept.passes(each.time), data)
        said += kept.takes(each, at=max(kept.now, each.time))
    while not kept.is_forgotten:
        assert kept.look_at is not None
        said += _answered(kept, kept.passes(kept.look_at), data)
    return said


def _answered(kept: Kept, said: list[Saying], data: st.DataObject) -> list[Saying]:
    """What was said, and what is said when the notifier tells what became of it."""
    said = list(said)
    for asked in c.reminders(said):
        if became := data.draw(_BECAME):
            said += kept.takes(c.outcome(asked, kept.now, *became), at=kept.now)
    return said


@given(lives(), TERMS, st.data())
def test_any_order_and_repetition_ends_in_the_same_cart_and_says_the_same(
    life: list[Event[Any]], terms: Terms, data: st.DataObject
) -> None:
    ends: list[tuple[Cart, datetime | None, list[Saying], list[datetime]]] = []
    for events in (life, data.draw(mixtures(life))):
        kept = Kept(terms)
        kept.takes(*events, at=life[-1].time)
        cart, look_at = kept.cart, kept.look_at
        kept.passes(life[-1].time + YEARS)
        ends.append((cart, look_at, kept.said, kept.asked_at))
    assert ends[0] == ends[1]


@given(lives(), TERMS, st.data())
def test_however_it_is_cut_into_replays_nothing_is_said_twice_or_otherwise(
    life: list[Event[Any]], terms: Terms, data: st.DataObject
) -> None:
    """Whoever dies goes back to what was not committed, and hears it again."""
    once, again = Kept(terms), Kept(terms)
    for number, each in enumerate(life, 1):
        once.hears(each, at=max(once.now, each.time))
        again.hears(each, at=max(again.now, each.time))
        back = data.draw(st.integers(0, number))
        again.takes(*life[number - back : number], at=again.now)
        again.looks(again.now)
        once.looks(once.now)
    for kept in (once, again):
        kept.passes(kept.now + YEARS)
    assert again.said == once.said
    assert again.asked_at == once.asked_at


@given(lives(), TERMS, st.data())
def test_nobody_is_reminded_of_what_they_bought(
    life: list[Event[Any]], terms: Terms, data: st.DataObject
) -> None:
    kept, orders = Kept(terms), list[Event[Any]]()
    for each in data.draw(st.permutations(life)):
        said = kept.hears(each, at=max(kept.now, each.time))
        for asked in c.reminders(said):
            assert asked.request.cart is not None
            assert all(asked.request.cart.touched_at > it.time + SETTLING for it in orders)
        orders += [each] if type(each.data).__name__ == "OrderPlaced" else []
    for asked in c.reminders(kept.passes(kept.now + YEARS)):
        assert asked.request.cart is not None
        assert all(asked.request.cart.touched_at > it.time + SETTLING for it in orders)


@given(lives(), TERMS, st.data())
def test_each_reminder_is_asked_for_once_and_under_a_name_of_its_own(
    life: list[Event[Any]], terms: Terms, data: st.DataObject
) -> None:
    asked = c.reminders(_lived(Kept(terms), life, data))
    steps = [(it.request.cart.flow, it.request.cart.step) for it in asked if it.request.cart]
    assert len(steps) == len(set(steps)) == len({it.request_id for it in asked}) == len(asked)


@given(lives(), TERMS, st.data())
def test_an_order_is_reported_once_at_most(
    life: list[Event[Any]], terms: Terms, data: st.DataObject
) -> None:
    reports = c.recovered(_lived(Kept(terms), life, data))
    assert len(reports) == len({it.order_id for it in reports})
    for it in reports:
        assert timedelta() <= it.ordered_at - it.reminded_at <= terms.window


@given(lives(), TERMS)
def test_reminders_come_out_of_the_night_and_not_before_they_are_due(
    life: list[Event[Any]], terms: Terms
) -> None:
    kept = Kept(terms)
    for each in life:
        kept.hears(each, at=max(kept.now, each.time))
    kept.passes(kept.now + YEARS)
    begins, ends = terms.night.begins, terms.night.ends
    night = {(begins + n) % 24 for n in range((ends - begins) % 24)}
    for asked, at in zip(c.reminders(kept.said), kept.asked_at, strict=True):
        zone = terms.zone_of(asked.request.customer.time_zone)
        assert at.astimezone(zone).hour not in night
        assert asked.request.cart is not None
        assert at >= asked.request.cart.touched_at + timedelta(hours=1)
        assert at < asked.request.expires_at


@given(lives(), TERMS, st.data())
def test_of_a_cart_no_more_than_one_reminder_waits_and_none_of_one_that_is_over(
    life: list[Event[Any]], terms: Terms, data: st.DataObject
) -> None:
    kept = Kept(terms)
    for each in life:
        _answered(kept, kept.hears(each, at=max(kept.now, each.time)), data)
        asked = [it.request_id for it in c.reminders(kept.said)]
        taken_back = [it.request_id for it in c.withdrawn(kept.said)]
        assert len(taken_back) == len(set(taken_back))
        assert set(taken_back) <= set(asked)
        if kept.stage not in {Stage.REMINDED, Stage.EXPIRED}:
            assert kept.cart.told.flow is None or kept.cart.told.flow.waiting is None


@given(lives(), TERMS, st.data())
def test_a_look_that_nobody_asked_for_changes_nothing(
    life: list[Event[Any]], terms: Terms, data: st.DataObject
) -> None:
    kept = Kept(terms)
    kept.takes(*life, at=life[-1].time)
    while kept.look_at is not None:
        if kept.look_at > kept.now:
            before, part = (kept.value, kept.look_at), data.draw(st.integers(0, 999)) / 1000
            assert kept.looks(kept.now + (kept.look_at - kept.now) * part) == []
            assert (kept.value, kept.look_at) == before
        kept.passes(kept.look_at)


@given(lives(), TERMS, st.data())
def test_a_replay_of_everything_after_a_cart_is_forgotten_says_nothing(
    life: list[Event[Any]], terms: Terms, data: st.DataObject
) -> None:
    kept = Kept(terms)
    said = _lived(kept, life, data)
    outcomes = [c.outcome(asked, kept.now) for asked in c.reminders(said)]
    again = Kept(terms)
    again.takes(*data.draw(mixtures([*life, *outcomes])), at=kept.now)
    again.passes(kept.now + YEARS)
    assert again.said == []
    assert again.is_forgotten


class Notifier:
    """Sends what was not taken back before, in its own time; what bounces goes by another channel,
    if nobody took it back by then. What became of it all reaches the cart in any order."""

    def __init__(self, kept: Kept) -> None:
        self.kept = kept
        self.said_before = 0
        self.asked: dict[str, Remind] = {}
        self.taken_back: set[str] = set()
        self.sent: list[Remind] = []
        self.told: list[Event[Any]] = []

    def reads(self) -> None:
        """What was said since."""
        new = self.kept.said[self.said_before :]
        self.said_before = len(self.kept.said)
        self.asked |= {each.request_id: each for each in c.reminders(new)}
        self.taken_back |= {each.request_id for each in c.withdrawn(new)}

    def does(self, request_id: str, bounces: bool) -> None:
        """Its next step with a request."""
        asked = self.asked.pop(request_id)
        first, second = f"{request_id}.0", f"{request_id}.0.1"
        if request_id in self.taken_back:
            self._tells(asked, OutcomeStatus.WITHDRAWN, first)
            return
        self.sent.append(asked)
        self._tells(asked, OutcomeStatus.SENT, first)
        if bounces:
            self._tells(asked, OutcomeStatus.FAILED, first)
            self._tells(asked, OutcomeStatus.WITHDRAWN, second)

    def _tells(self, asked: Remind, status: OutcomeStatus, message: str) -> None:
        told = c.outcome(asked, self.kept.now, status, notification_id=message)
        self.told.append(told)


_ACTS = st.lists(
    st.tuples(st.sampled_from(["changes", "is sent", "bounces", "is told"]), st.integers(0, 9)),
    min_size=5,
    max_size=25,
)
_SHOP = [c.KETTLE, c.TEAPOT, (c.line(left=0),), c.BOTH]


@settings(max_examples=200)
@given(_ACTS)
def test_no_reminder_is_heard_in_two_versions_whatever_changes_while_it_waits(
    acts: list[tuple[str, int]],
) -> None:
    kept = Kept()
    notifier = Notifier(kept)
    kept.hears(c.updated(MONDAY, *c.BOTH))
    for act, number in [("changes", 3), *acts]:
        kept.passes(max(kept.now + MINUTE, MONDAY + HOUR))
        notifier.reads()
        if act == "changes":
            kept.takes(c.repriced(kept.now, *_SHOP[number % len(_SHOP)]), at=kept.now)
        elif act == "is told" and notifier.told:
            kept.takes(notifier.told[number % len(notifier.told)], at=kept.now)
        elif notifier.asked:
            notifier.does(sorted(notifier.asked)[number % len(notifier.asked)], act == "bounces")
    heard = [it.request.cart.step for it in notifier.sent if it.request.cart]
    assert len(heard) == len(set(heard))
