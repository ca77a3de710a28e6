"""One cart at a time: of which visit somebody is reminded, and of which not."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from headsup.contracts.notifications import Reason
from headsup.shops.profile import load_shops
from services.notifier.decide import Decided, Flow, Policy
from services.notifier.flows import one_for_each
from services.notifier.plan import Planned, Suppressed
from tests.support.cart_requests import reminder
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, SHOPS, requested

POLICY = Policy(load_shops(SHOPS), frozenset({"en"}))
PLANNED = Planned(notifications=(), language="en")
HOUR = timedelta(hours=1)
CUSTOMER, MAIL = "customer:c-1", "email:oksana@mail.example"
SENT, ANOTHER = None, Reason.ANOTHER_CART


def _planned(flow: str, *who: str, at: datetime = MONDAY) -> Decided:
    return Decided(reminder(f"r-{flow}", flow), PLANNED, at, who or (CUSTOMER, MAIL))


def _flow(flow: str, began_at: datetime) -> Flow:
    return Flow(f"cart-of-{flow} {flow}", began_at)


def _known(**flows: Flow) -> dict[tuple[str, str], Flow | None]:
    keys = {"customer": CUSTOMER, "mail": MAIL}
    return {(SHOP, key): flows.get(name) for name, key in keys.items()}


def _judged(
    *decided: Decided, known: Mapping[tuple[str, str], Flow | None] | None = None
) -> tuple[list[Reason | None], dict[str, Flow]]:
    kept, begun = one_for_each(decided, known or {}, POLICY)
    return [one.reason for one in kept], {who: flow for (_, who), flow in begun.items()}


def test_a_first_reminder_begins_a_flow_by_every_key_of_its_customer() -> None:
    assert _judged(_planned("f-1"), known=_known()) == (
        [SENT],
        {CUSTOMER: _flow("f-1", MONDAY), MAIL: _flow("f-1", MONDAY)},
    )


def test_a_further_reminder_of_the_same_visit_goes_out_and_changes_nothing() -> None:
    flow = _flow("f-1", MONDAY - HOUR)
    assert _judged(_planned("f-1"), known=_known(customer=flow, mail=flow)) == ([SENT], {})


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
    assert _judged(_planned("f-1"), known=_known(customer=flow)) == ([SENT], {MAIL: flow})


def test_what_was_overtaken_by_another_cart_is_not_taken_up_again_within_its_day() -> None:
    known = _known(customer=_flow("f-1", MONDAY - 72 * HOUR), mail=_flow("f-2", MONDAY - HOUR))
    assert _judged(_planned("f-1"), known=known) == ([ANOTHER], {})


def test_of_two_carts_that_come_together_the_first_is_spoken_of() -> None:
    reasons, begun = _judged(_planned("f-1"), _planned("f-2"), _planned("f-1"), known=_known())
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
    again = Decided(reminder("r-f-1", "f-1"), PLANNED, MONDAY)
    reasons, begun = _judged(again, _planned("f-2"), known=_known())
    assert reasons == [SENT, SENT]
    assert set(begun.values()) == {_flow("f-2", MONDAY)}
