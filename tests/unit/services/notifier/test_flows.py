"""One cart at a time, and not too often: of which visit somebody is reminded, and of which not."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from headsup.contracts.notifications import Reason
from headsup.shops.profile import load_shops
from services.notifier.decide import Decided, Flow, Place, Policy, Reminded
from services.notifier.flows import sort_out, without
from services.notifier.plan import Planned, Suppressed
from tests.support.cart_requests import reminder
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, SHOPS, requested

POLICY = Policy(load_shops(SHOPS), frozenset({"en"}))
PLANNED = Planned(notifications=(), language="en")
HOUR = timedelta(hours=1)
DAY = 24 * HOUR
CUSTOMER, MAIL = "customer:c-1", "email:oksana@mail.example"
SENT, ANOTHER, CAPPED = None, Reason.ANOTHER_CART, Reason.CAPPED
MOST = POLICY.shops[SHOP].carts.most_in_a_week


def _planned(flow: str, *who: str, at: datetime = MONDAY, step: int = 1) -> Decided:
    asked = reminder(f"r-{flow}-{step}", flow, step=step)
    return Decided(asked, PLANNED, at, who or (CUSTOMER, MAIL))


def _flow(flow: str, began_at: datetime) -> Flow:
    return Flow(f"cart-of-{flow} {flow}", began_at)


def _known(**flows: Flow) -> dict[Place, Reminded | None]:
    keys = {"customer": CUSTOMER, "mail": MAIL}
    return {
        (SHOP, key): Reminded(flows[name]) if name in flows else None for name, key in keys.items()
    }


def _reminded(**moments: Sequence[datetime]) -> dict[Place, Reminded | None]:
    """Of what somebody was reminded at these moments, by each key; long ago it was another cart."""
    keys, long_ago = {"customer": CUSTOMER, "mail": MAIL}, _flow("f-0", MONDAY - 30 * DAY)
    return {
        (SHOP, keys[name]): Reminded(long_ago, {f"{name}-{n}": at for n, at in enumerate(given)})
        for name, given in moments.items()
    }


def _judged(
    *decided: Decided, known: Mapping[Place, Reminded | None] | None = None
) -> tuple[list[Reason | None], dict[str, Flow]]:
    kept, begun = sort_out(decided, known or {}, POLICY)
    return [one.reason for one in kept], {who: one.flow for (_, who), one in begun.items()}


def test_a_first_reminder_begins_a_flow_by_every_key_of_its_customer() -> None:
    assert _judged(_planned("f-1"), known=_known()) == (
        [SENT],
        {CUSTOMER: _flow("f-1", MONDAY), MAIL: _flow("f-1", MONDAY)},
    )


def test_a_further_reminder_of_the_same_visit_goes_out_and_begins_nothing() -> None:
    flow = _flow("f-1", MONDAY - HOUR)
    assert _judged(_planned("f-1", step=2), known=_known(customer=flow, mail=flow)) == (
        [SENT],
        {CUSTOMER: flow, MAIL: flow},
    )


def test_another_cart_is_not_spoken_of_within_a_day_by_whichever_key_the_first_is_known() -> None:
    lately = _flow("f-1", MONDAY - 23 * HOUR)
    for known in (_known(customer=lately), _known(mail=lately)):
        assert _judged(_planned("f-2"), known=known) == ([ANOTHER], {})


def test_a_day_after_the_first_reminder_another_cart_may_be_spoken_of_and_is_the_known_one() -> (
    None
):
    over = _known(customer=_flow("f-1", MONDAY - 24 * HOUR))
    assert _judged(_planned("f-2"), known=over) == (
        [SENT],
        {CUSTOMER: _flow("f-2", MONDAY), MAIL: _flow("f-2", MONDAY)},
    )


def test_the_day_begins_with_the_first_reminder_by_a_key_that_is_learned_later_too() -> None:
    flow = _flow("f-1", MONDAY - HOUR)
    assert _judged(_planned("f-1", step=2), known=_known(customer=flow)) == (
        [SENT],
        {CUSTOMER: flow, MAIL: flow},
    )


def test_what_was_overtaken_by_another_cart_is_not_taken_up_again_within_its_day() -> None:
    known = _known(customer=_flow("f-1", MONDAY - 72 * HOUR), mail=_flow("f-2", MONDAY - HOUR))
    assert _judged(_planned("f-1"), known=known) == ([ANOTHER], {})


def test_of_two_carts_that_come_together_the_first_is_spoken_of() -> None:
    reasons, begun = _judged(
        _planned("f-1"), _planned("f-2"), _planned("f-1", step=2), known=_known()
    )
    assert reasons == [SENT, ANOTHER, SENT]
    assert begun == {CUSTOMER: _flow("f-1", MONDAY), MAIL: _flow("f-1", MONDAY)}


def test_two_customers_who_share_an_address_are_one_person() -> None:
    reasons, _ = _judged(
        _planned("f-1", "customer:c-1", MAIL), _planned("f-2", "customer:c-2", MAIL)
    )
    assert reasons == [SENT, ANOTHER]


def test_visits_of_one_moment_to_two_carts_are_two_flows() -> None:
    other = Decided(reminder("r2", "f-1", cart_id="another"), PLANNED, MONDAY, (CUSTOMER,))
    assert _judged(_planned("f-1"), other)[0] == [SENT, ANOTHER]


def test_what_is_not_sent_begins_no_flow() -> None:
    quiet = Decided(reminder("r1"), Suppressed(reason=Reason.NO_CONSENT), MONDAY, (CUSTOMER,))
    assert _judged(quiet, _planned("f-2"))[0] == [Reason.NO_CONSENT, SENT]


def test_what_is_about_an_order_has_nothing_to_do_with_it() -> None:
    order = Decided(requested("r1"), PLANNED, MONDAY)
    lately = _known(customer=_flow("f-1", MONDAY - HOUR))
    assert _judged(order, known=lately) == ([SENT], {})


def test_what_is_read_again_neither_begins_a_flow_nor_stands_in_the_way_of_another() -> None:
    again = Decided(reminder("r-f-1-1", "f-1"), PLANNED, MONDAY)
    reasons, begun = _judged(again, _planned("f-2"), known=_known())
    assert reasons == [SENT, SENT]
    assert set(begun.values()) == {_flow("f-2", MONDAY)}


def test_as_many_as_the_shop_allows_go_out_in_a_week_and_then_no_more() -> None:
    lately = [MONDAY - n * DAY for n in range(1, MOST)]
    known = _reminded(customer=lately, mail=[])
    judged = _judged(_planned("f-1"), _planned("f-1", step=2), known=known)
    assert judged == ([SENT, CAPPED], dict.fromkeys((CUSTOMER, MAIL), _flow("f-1", MONDAY)))


def test_what_is_too_much_of_one_flow_is_too_much_of_every_other() -> None:
    known = _reminded(customer=[MONDAY - 2 * DAY] * MOST)
    for asked in (_planned("f-0", step=2), _planned("f-1")):
        assert _judged(asked, known=known) == ([CAPPED], {})


def test_a_reminder_counts_for_a_week_and_not_a_moment_longer() -> None:
    moment = timedelta(microseconds=1)
    for ago, becomes in ((7 * DAY - moment, CAPPED), (7 * DAY, SENT)):
        known = _reminded(customer=[MONDAY - DAY] * (MOST - 1) + [MONDAY - ago])
        assert _judged(_planned("f-1"), known=known)[0] == [becomes]


def test_what_somebody_had_by_their_number_and_by_their_address_is_added_up() -> None:
    known = _reminded(customer=[MONDAY - DAY] * 2, mail=[MONDAY - DAY] * (MOST - 2))
    assert _judged(_planned("f-1"), known=known)[0] == [CAPPED]
    assert _judged(_planned("f-1", CUSTOMER), known=known)[0] == [SENT]


def test_a_reminder_that_is_known_by_two_keys_counts_once() -> None:
    one = Reminded(
        _flow("f-0", MONDAY - 30 * DAY), {f"r-{n}": MONDAY - DAY for n in range(MOST - 1)}
    )
    known = {(SHOP, CUSTOMER): one, (SHOP, MAIL): one}
    assert _judged(_planned("f-1"), known=known)[0] == [SENT]


def test_by_each_key_the_last_week_is_kept_and_what_was_said_by_it() -> None:
    over, lately = MONDAY - 8 * DAY, MONDAY - DAY
    known = _reminded(customer=[over, lately], mail=[lately])
    _, begun = sort_out([_planned("f-1")], known, POLICY)
    assert {who: dict(one.reminders) for (_, who), one in begun.items()} == {
        CUSTOMER: {"customer-1": lately, "r-f-1-1": MONDAY},
        MAIL: {"mail-0": lately, "r-f-1-1": MONDAY},
    }


def test_what_is_not_sent_and_what_is_read_again_is_not_counted() -> None:
    known = _reminded(customer=[MONDAY - DAY] * (MOST - 1))
    quiet = Decided(reminder("r1"), Suppressed(reason=Reason.BOUGHT), MONDAY, (CUSTOMER,))
    again = Decided(reminder("r2"), PLANNED, MONDAY)
    judged = _judged(quiet, again, _planned("f-2", CUSTOMER), known=known)
    assert judged[0] == [Reason.BOUGHT, SENT, SENT]


def test_what_is_about_an_order_goes_out_however_many_reminders_there_were() -> None:
    known = _reminded(customer=[MONDAY - DAY] * MOST)
    assert _judged(Decided(requested("r1"), PLANNED, MONDAY), known=known) == ([SENT], {})


def test_two_carts_are_told_apart_before_they_are_counted() -> None:
    flow = _flow("f-0", MONDAY - HOUR)
    known = {(SHOP, CUSTOMER): Reminded(flow, {f"r-{n}": MONDAY - DAY for n in range(MOST)})}
    assert _judged(_planned("f-1", CUSTOMER), known=known)[0] == [ANOTHER]


def test_what_came_to_nothing_is_not_counted() -> None:
    known = _reminded(customer=[MONDAY - DAY] * MOST) | {(SHOP, MAIL): None}
    less = without(known, {"customer-0", "unknown"})
    assert less.keys() == known.keys()
    assert _judged(_planned("f-1"), known=less)[0] == [SENT]
    assert _judged(_planned("f-1", step=2), known=known)[0] == [CAPPED]


def _flow_of(*reminders: datetime, began_at: datetime) -> dict[Place, Reminded | None]:
    """Another cart's, by the customer's key."""
    given = {f"r-{n}": at for n, at in enumerate(reminders)}
    return {(SHOP, CUSTOMER): Reminded(_flow("f-0", began_at), given)}


def test_a_flow_of_which_nobody_heard_is_in_the_way_of_no_other_cart() -> None:
    known = _flow_of(MONDAY - 2 * HOUR, MONDAY - HOUR, began_at=MONDAY - 2 * HOUR)
    for nothing, becomes in (
        (set[str](), ANOTHER),
        ({"r-0"}, ANOTHER),
        ({"r-1"}, ANOTHER),
        ({"r-0", "r-1"}, SENT),
    ):
        assert _judged(_planned("f-1", CUSTOMER), known=without(known, nothing))[0] == [becomes]


def test_what_was_heard_of_an_earlier_flow_is_not_of_this_one() -> None:
    known = _flow_of(MONDAY - 2 * DAY, MONDAY - HOUR, began_at=MONDAY - HOUR)
    assert _judged(_planned("f-1", CUSTOMER), known=without(known, {"r-1"})) == (
        [SENT],
        {CUSTOMER: _flow("f-1", MONDAY)},
    )


def test_a_flow_of_whose_reminders_nothing_is_written_stays_in_the_way() -> None:
    known = _flow_of(MONDAY - DAY, began_at=MONDAY - HOUR)
    assert _judged(_planned("f-1", CUSTOMER), known=without(known, {"r-0"}))[0] == [ANOTHER]


def test_of_a_flow_that_lasts_longer_than_a_week_every_reminder_is_known() -> None:
    began_at, over = MONDAY - 9 * DAY, MONDAY - 8 * DAY
    flow = Reminded(_flow("f-1", began_at), {"r-1": began_at, "r-2": over})
    known: dict[Place, Reminded | None] = {(SHOP, CUSTOMER): flow}
    _, begun = sort_out([_planned("f-1", CUSTOMER, step=3)], known, POLICY)
    assert begun[SHOP, CUSTOMER].reminders == {
        "r-1": began_at,
        "r-2": over,
        "r-f-1-3": MONDAY,
    }
