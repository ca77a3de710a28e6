"""What was said of a cart goes with its lines into another."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headsup.contracts.base import Customer
from headsup.contracts.envelope import Event
from headsup.contracts.notifications import CartContinued, CartReminder, OutcomeStatus, Reason
from headsup.shops.carts import CartPolicy
from headsup.shops.night import Night
from services.cart_recovery.cart import Stage
from services.cart_recovery.step import Continue, Ignored, Saying, Terms, cart_of
from tests.unit.services.cart_recovery import carts as c
from tests.unit.services.cart_recovery.carts import DAY, HOUR, MINUTE, MONDAY, Kept

GUEST = Customer(id="G1", email="olena@example.com", time_zone="Europe/Kyiv")
FIRST = MONDAY + HOUR
LOG_IN = MONDAY + 2 * HOUR
FOR_EVER = MONDAY + 60 * DAY


def of(cart_id: str, event: Event[Any]) -> Event[Any]:
    """The same event of another cart."""
    data = msgspec.structs.replace(event.data, cart_id=cart_id)
    return c.event(event.time, data)


def merged(cart_id: str, into: str, at: datetime) -> Event[Any]:
    """The lines of one cart move into another."""
    data = msgspec.structs.replace(c.merged(at).data, cart_id=cart_id, into_cart_id=into)
    return c.event(at, data)


class Carts:
    """Carts that tell each other what they say to each other."""

    def __init__(self) -> None:
        self.kept: dict[str, Kept] = {}
        self.told: list[Event[Any]] = []

    def __getitem__(self, cart_id: str) -> Kept:
        return self.kept.setdefault(cart_id, Kept())

    def hear(self, *events: Event[Any], at: datetime | None = None) -> list[Saying]:
        """What is said at these events, which come as they happen; or all at one time, before
        anybody looks at the carts."""
        said: list[Saying] = []
        for each in events:
            cart = cart_of(each)
            assert cart is not None
            kept = self[cart.cart_id]
            said += self._passed_on(kept.takes(each, at=at) if at else kept.hears(each), at)
        return said

    def pass_(self, until: datetime) -> list[Saying]:
        """What is said while time passes."""
        said: list[Saying] = []
        for each in list(self.kept.values()):
            said += self._passed_on(each.passes(until), until)
        return said

    def _passed_on(self, said: list[Saying], at: datetime | None) -> list[Saying]:
        new = [c.event(LOG_IN, it.continued) for it in said if isinstance(it, Continue)]
        self.told += new
        assert len(self.told) < 100, "they tell each other for ever"
        return [*said, *self.hear(*new, at=at)]


def _reminded() -> tuple[Carts, Event[Any]]:
    """A guest was reminded of the first cart; and that the reminder went out."""
    carts = Carts()
    carts.hear(c.updated(MONDAY, customer=GUEST))
    [asked] = c.reminders(carts.pass_(FIRST))
    return carts, c.outcome(asked, FIRST + MINUTE)


def _logs_in() -> list[Event[Any]]:
    return [merged("K1", "K2", LOG_IN), of("K2", c.updated(LOG_IN + MINUTE))]


def test_who_is_reminded_as_a_guest_logs_in_and_buys_was_brought_back() -> None:
    carts, sent = _reminded()
    carts.hear(sent, *_logs_in())
    [report] = c.recovered(carts.hear(of("K2", c.ordered(LOG_IN + HOUR))))
    assert (report.cart_id, report.order_id, report.customer_id) == ("K2", "A1", "C1")
    assert (report.step, report.reminded_at, report.ordered_at) == (1, sent.time, LOG_IN + HOUR)
    assert carts["K2"].stage is Stage.RECOVERED


def test_it_is_reported_once_however_often_and_in_whatever_order_all_is_told() -> None:
    carts, sent = _reminded()
    events = [sent, *_logs_in(), of("K2", c.ordered(LOG_IN + HOUR))]
    for number in range(len(events)):
        carts.hear(*events[number:], *events[:number], at=LOG_IN + HOUR)
    carts.hear(*carts.told, *carts.told, at=LOG_IN + 2 * HOUR)
    said = [it for kept in carts.kept.values() for it in kept.said]
    assert [each.order_id for each in c.recovered(said)] == ["A1"]


def test_that_it_went_out_may_be_known_after_the_merge() -> None:
    carts, sent = _reminded()
    carts.hear(*_logs_in(), of("K2", c.ordered(LOG_IN + HOUR)))
    assert [it.order_id for it in c.recovered(carts.hear(sent, at=LOG_IN + HOUR))] == ["A1"]


@pytest.mark.parametrize("is_last_first", [False, True])
def test_the_other_cart_is_spoken_of_after_the_pause(is_last_first: bool) -> None:
    carts, sent = _reminded()
    logs_in = _logs_in()
    carts.hear(sent, *(reversed(logs_in) if is_last_first else logs_in), at=LOG_IN + MINUTE)
    said = carts.pass_(LOG_IN + 10 * DAY)
    assert c.steps(said) == [1, 2, 3]
    assert carts["K2"].asked_at[0] == sent.time + DAY


def test_it_is_so_where_the_reminder_was_only_asked_for() -> None:
    carts, _ = _reminded()
    carts.hear(*_logs_in())
    carts.pass_(LOG_IN + 10 * DAY)
    assert carts["K2"].asked_at[0] == FIRST + DAY


def test_a_cart_of_which_nothing_was_said_has_nothing_to_hand_on() -> None:
    carts = Carts()
    carts.hear(c.updated(MONDAY, customer=GUEST), *_logs_in(), at=MONDAY + 3 * MINUTE)
    assert carts.told == []


def test_a_cart_that_was_told_of_before_its_first_event_is_forgotten_in_the_end() -> None:
    carts, sent = _reminded()
    carts.hear(sent, merged("K1", "K2", LOG_IN))
    assert carts["K2"].cart.told.heard[0].cart_id == "K1"
    carts.pass_(FOR_EVER)
    assert carts["K1"].is_forgotten
    assert carts["K2"].is_forgotten


def test_a_cart_is_kept_while_an_order_may_follow_a_reminder_of_another() -> None:
    kept, heard_at = Kept(), MONDAY + 8 * DAY
    heard = CartReminder(cart_id="K0", touched_at=MONDAY, step=3, at=heard_at)
    continued = CartContinued(cart_id="K1", from_cart_id="K0", heard=(heard,))
    kept.hears(c.repriced(MONDAY), c.event(heard_at, continued))
    assert [it.step for it in c.recovered(kept.hears(c.ordered(heard_at + 7 * DAY)))] == [3]


def test_a_cart_is_kept_through_the_pause_after_another() -> None:
    policy = CartPolicy(reminder_hours=(1,), pause_hours=30 * 24, window_days=1)
    kept = Kept(Terms(policy=policy, night=Night(begins=0, ends=0)))
    continued = CartContinued(cart_id="K1", from_cart_id="K0", began_at=MONDAY)
    kept.hears(c.event(MONDAY, continued), c.updated(MONDAY + 10 * DAY))
    kept.passes(FOR_EVER)
    assert kept.asked_at == [MONDAY + 30 * DAY]


def test_what_says_nothing_is_ignored_with_a_reason() -> None:
    kept = Kept()
    kept.hears(c.event(MONDAY, CartContinued(cart_id="K2", from_cart_id="K1")))
    assert kept.is_forgotten
    assert kept.last.ignored is Ignored.ALREADY_KNOWN


def test_what_is_handed_on_again_is_known() -> None:
    carts, sent = _reminded()
    carts.hear(sent, *_logs_in())
    carts.hear(*carts.told, at=LOG_IN + MINUTE)
    assert carts["K2"].last.ignored is Ignored.ALREADY_KNOWN
    before = len(carts.told)
    carts.hear(merged("K1", "K2", LOG_IN), sent, at=LOG_IN + MINUTE)
    assert len(carts.told) == before


def test_what_was_put_in_after_the_merge_is_not_handed_on() -> None:
    carts, sent = _reminded()
    carts.hear(sent, merged("K1", "K2", LOG_IN), c.updated(LOG_IN + DAY, *c.TEAPOT))
    [again] = c.reminders(carts["K1"].passes(LOG_IN + DAY + HOUR))
    carts.hear(c.outcome(again, LOG_IN + DAY + HOUR))
    assert [it.step for it in carts["K2"].cart.told.heard] == [1]
    assert {it.at for it in carts["K2"].cart.told.heard} == {sent.time}


def test_a_cart_that_is_merged_into_itself_tells_nobody() -> None:
    carts, sent = _reminded()
    carts.hear(sent, merged("K1", "K1", LOG_IN))
    assert carts.told == []


def test_carts_that_are_merged_in_a_circle_come_to_rest_and_know_the_same() -> None:
    carts, sent = _reminded()
    carts.hear(sent, merged("K1", "K2", LOG_IN), merged("K2", "K1", LOG_IN + MINUTE))
    carts.hear(merged("K1", "K2", LOG_IN + 2 * MINUTE), sent)
    assert [it.cart_id for it in carts["K1"].cart.told.heard] == [""]
    assert [it.cart_id for it in carts["K2"].cart.told.heard] == ["K1"]


def test_what_was_said_goes_through_as_many_carts_as_the_lines_do() -> None:
    carts, sent = _reminded()
    carts.hear(sent, merged("K2", "K3", LOG_IN + MINUTE), at=LOG_IN + MINUTE)
    carts.hear(merged("K1", "K2", LOG_IN), of("K3", c.updated(LOG_IN + 2 * MINUTE)))
    [report] = c.recovered(carts.hear(of("K3", c.ordered(LOG_IN + HOUR))))
    assert (report.cart_id, report.step) == ("K3", 1)


def test_the_other_cart_does_not_take_these_reminders_for_its_own() -> None:
    carts, sent = _reminded()
    carts.hear(sent, merged("K1", "K2", LOG_IN), of("K2", c.updated(MONDAY)), at=LOG_IN)
    [asked] = c.reminders(carts.pass_(FIRST + MINUTE + DAY))
    said = carts.hear(of("K2", c.repriced(FIRST + 2 * MINUTE + DAY)))
    assert asked.request.cart
    assert asked.request.cart.cart_id == "K2"
    assert c.withdrawn(said) == []
    withdrawn = c.outcome(asked, asked.request.expires_at, OutcomeStatus.WITHDRAWN, Reason.STALE)
    changed = of("K2", c.repriced(FIRST + 3 * MINUTE + DAY, *c.BOTH))
    carts.hear(changed, withdrawn, at=changed.time)
    assert c.steps(carts.pass_(changed.time)) == [1]


_IDS = st.sampled_from(["K1", "K2", "K3"])
_MOMENTS = st.integers(0, 200).map(lambda minutes: MONDAY + minutes * MINUTE)


def _moves() -> st.SearchStrategy[Event[Any]]:
    return st.one_of(
        st.builds(merged, _IDS, _IDS, _MOMENTS),
        st.builds(lambda cart, at: of(cart, c.updated(at)), _IDS, _MOMENTS),
        st.builds(lambda cart, at: of(cart, c.ordered(at)), st.just("K3"), _MOMENTS),
    )


@settings(max_examples=200)
@given(st.lists(_moves(), min_size=1, max_size=8), st.data())
def test_any_order_and_repetition_of_merges_ends_in_the_same(
    life: list[Event[Any]], data: st.DataObject
) -> None:
    ends = []
    for events in (life, data.draw(st.permutations([*life, *life[:3]]))):
        carts, sent = _reminded()
        carts.hear(*_shuffled([*events, sent], data), at=MONDAY + 5 * HOUR)
        carts.hear(*_shuffled(carts.told, data), at=MONDAY + 5 * HOUR)
        said = [it for kept in carts.kept.values() for it in kept.said]
        orders = [it.order_id for it in c.recovered(said)]
        assert len(orders) == len(set(orders))
        ends.append((_ended(carts), orders))
    assert ends[0] == ends[1]


def _shuffled(events: Iterable[Event[Any]], data: st.DataObject) -> list[Event[Any]]:
    return data.draw(st.permutations(list(events)))


def _ended(carts: Carts) -> dict[str, Any]:
    """What they know in the end, but for how they came to know it."""
    return {
        cart_id: (kept.stage, kept.cart.facts, kept.cart.told.heard, kept.cart.told.began_at)
        for cart_id, kept in carts.kept.items()
        if not kept.is_forgotten
    }
