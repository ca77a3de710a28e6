"""Sending things back."""

from datetime import timedelta

import pytest

from headsup.contracts.base import Item, Window
from headsup.contracts.catalogue import Kind
from headsup.contracts.notifications import Content, OutcomeStatus
from headsup.contracts.shop import (
    Inspection,
    PaymentMethod,
    ReturnMethod,
    ReturnRefusal,
)
from headsup.shops.policy import Policy
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import orders as o

REQUESTED, APPROVED = Kind.RETURN_REQUESTED, Kind.RETURN_APPROVED
REJECTED, INFO_NEEDED = Kind.RETURN_REJECTED, Kind.RETURN_INFO_NEEDED
LABEL_READY = Kind.RETURN_LABEL_READY
IN_TRANSIT, RECEIVED = Kind.RETURN_IN_TRANSIT, Kind.RETURN_RECEIVED
INSPECTED, EXCHANGED = Kind.RETURN_INSPECTED, Kind.RETURN_EXCHANGE_SENT


def said_of(content: Content, *names: str) -> tuple[object, ...]:
    return tuple(getattr(content, name) for name in names)


def test_a_request_is_told_at_once_with_what_it_is_about() -> None:
    content = o.only(a.delivered_order().hears(o.ask_to_return(o.WEDNESDAY, items=o.ITEMS)))

    assert content.items == o.ITEMS
    assert content.next_update_by is not None


def test_a_return_from_beginning_to_end_is_told_step_by_step() -> None:
    life = a.delivered_order()
    steps = [
        (o.ask_to_return(o.WEDNESDAY), REQUESTED),
        (a.ask_back(o.WEDNESDAY + o.HOUR), INFO_NEEDED),
        (o.accept_return(o.WEDNESDAY + 2 * o.HOUR), APPROVED),
        (a.label_return(o.WEDNESDAY + 3 * o.HOUR), LABEL_READY),
        (a.send_back(o.THURSDAY), IN_TRANSIT),
        (a.get_back(o.FRIDAY), RECEIVED),
        (a.look_at_return(o.FRIDAY + o.HOUR, refund=o.UAH_100), INSPECTED),
    ]

    assert [a.about_returns(life.hears(event)) for event, _ in steps] == [[k] for _, k in steps]


def test_a_backlog_of_a_whole_return_says_only_how_it_ended() -> None:
    events = [
        o.ask_to_return(o.WEDNESDAY),
        o.accept_return(o.WEDNESDAY + 2 * o.HOUR),
        a.label_return(o.WEDNESDAY + 3 * o.HOUR),
        a.send_back(o.THURSDAY),
        a.get_back(o.FRIDAY),
        a.look_at_return(o.FRIDAY + o.HOUR),
    ]

    assert a.about_returns(a.delivered_order().hears(*events)) == [INSPECTED]


def test_a_return_that_is_read_before_its_order_is_told_once_the_order_is_known() -> None:
    order = o.Order()

    assert o.kinds(order.hears(o.accept_return(o.THURSDAY))) == []
    assert APPROVED in o.kinds(order.hears(o.placed_and_paid(), at=o.THURSDAY + o.HOUR))


def test_a_return_of_an_unknown_order_says_nothing_to_anybody_and_waits_for_nothing() -> None:
    decision = o.Order().hears(o.ask_to_return(o.WEDNESDAY), a.get_back(o.THURSDAY))

    assert (decision.announce, decision.next_look_at) == ((), None)


def test_an_approved_return_is_told_once_whatever_is_repeated() -> None:
    life = a.delivered_order()

    assert o.kinds(life.hears(o.accept_return(o.THURSDAY))) == [APPROVED]
    assert o.kinds(life.hears(o.ask_to_return(o.WEDNESDAY))) == []
    assert o.kinds(life.hears(o.ask_to_return(o.FRIDAY - o.HOUR))) == []
    assert a.about_returns(life.hears(o.accept_return(o.FRIDAY))) == []


def test_approved_says_how_where_until_when_and_what_happens_with_the_money() -> None:
    window = Window(start=o.FRIDAY, end=o.FRIDAY + 2 * o.HOUR)
    event = o.accept_return(
        o.THURSDAY,
        method=ReturnMethod.COURIER,
        send_by=a.day(12, 7),
        address="Shop, Returns, Kyiv",
        label_url="https://shop.example/label",
        code="RT-1",
        pickup_window=window,
        refund=o.UAH_100,
        refund_days=5,
        refund_method=PaymentMethod.CARD,
    )

    content = o.only(a.delivered_order().hears(event))

    assert said_of(content, "return_method", "return_address") == (
        ReturnMethod.COURIER,
        "Shop, Returns, Kyiv",
    )
    assert said_of(content, "send_by", "window") == (a.day(12, 7), window)
    assert said_of(content, "return_code", "label_url") == ("RT-1", "https://shop.example/label")
    assert said_of(content, "refund", "refund_days") == (o.UAH_100, 5)
    assert content.refund_method is PaymentMethod.CARD


def test_approved_lists_what_the_customer_asked_to_return_when_the_shop_does_not() -> None:
    asked = o.ask_to_return(o.WEDNESDAY, items=(Item(name="Lid"),))

    content = o.only(a.delivered_order().hears(asked, o.accept_return(o.THURSDAY)))

    assert content.items == (Item(name="Lid"),)


def test_hours_of_a_courier_that_end_before_they_begin_are_not_told() -> None:
    backwards = Window(start=o.FRIDAY, end=o.FRIDAY - o.HOUR)
    event = o.accept_return(o.THURSDAY, method=ReturnMethod.COURIER, pickup_window=backwards)

    content = o.only(a.delivered_order().hears(event))

    assert (content.window, content.return_method) == (None, ReturnMethod.COURIER)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"send_by": a.day(12, 9)}, [APPROVED], id="another last day is told"),
        pytest.param({"address": "Elsewhere"}, [APPROVED], id="another address is told"),
        pytest.param({"code": "RT-2"}, [APPROVED], id="another code is told"),
        pytest.param(
            {"pickup_window": Window(start=o.FRIDAY, end=o.FRIDAY + o.HOUR)},
            [APPROVED],
            id="other hours of the courier are told",
        ),
        pytest.param(
            {"label_url": "https://shop.example/label?signed=2"}, [], id="a new signature is not"
        ),
    ],
)
def test_instructions_that_change_are_told_again(change: dict[str, object], said: object) -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.THURSDAY))

    assert a.about_returns(life.hears(o.accept_return(o.FRIDAY, **change))) == said


def test_instructions_that_change_back_are_told_again_too() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.THURSDAY))
    life.hears(o.accept_return(o.FRIDAY, address="Elsewhere"))
    back = o.accept_return(o.FRIDAY + o.HOUR)

    assert a.about_returns(life.hears(back)) == [APPROVED]
    assert a.about_returns(life.hears(back)) == []


def test_refused_says_why() -> None:
    event = a.refuse_return(o.THURSDAY, reason=ReturnRefusal.TOO_LATE, note="It was due in May.")

    content = o.only(a.delivered_order().hears(event))

    assert (content.return_refusal, content.note) == (ReturnRefusal.TOO_LATE, "It was due in May.")
    assert content.next_update_by is None


def test_a_refusal_that_is_taken_back_is_followed_by_the_approval() -> None:
    life = a.delivered_order()

    assert a.about_returns(life.hears(a.refuse_return(o.WEDNESDAY))) == [REJECTED]
    assert a.about_returns(life.hears(o.accept_return(o.THURSDAY))) == [APPROVED]


def test_an_approval_that_is_read_after_a_later_refusal_says_nothing() -> None:
    life = a.delivered_order()
    life.hears(a.refuse_return(o.THURSDAY))

    assert a.about_returns(life.hears(o.accept_return(o.WEDNESDAY), at=o.THURSDAY)) == []


def test_the_same_instructions_are_told_again_to_who_was_refused_in_between() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.WEDNESDAY))
    life.hears(a.refuse_return(o.THURSDAY))

    assert a.about_returns(life.hears(o.accept_return(o.FRIDAY))) == [APPROVED]
    assert a.about_returns(life.hears(a.refuse_return(o.THURSDAY), at=o.FRIDAY)) == []


def test_who_asks_again_after_a_refusal_hears_that_we_know() -> None:
    life = a.delivered_order()
    life.hears(o.ask_to_return(o.WEDNESDAY))
    life.hears(a.refuse_return(o.THURSDAY))

    assert a.about_returns(life.hears(o.ask_to_return(o.FRIDAY))) == [REQUESTED]


def test_a_question_says_what_to_do_where_and_by_when() -> None:
    event = a.ask_back(o.WEDNESDAY, url="https://shop.example/photo", by=o.FRIDAY)

    content = o.only(a.delivered_order().hears(event))

    assert said_of(content, "note", "action_url", "act_by") == (
        a.NOTE,
        "https://shop.example/photo",
        o.FRIDAY,
    )


def test_on_its_way_says_who_has_it_and_how_to_follow_it_at_the_first_scan_only() -> None:
    life = a.delivered_order()
    url = "https://post.example/1"

    content = o.only(
        life.hears(a.send_back(o.THURSDAY, carrier="Post", tracking_number="1", tracking_url=url))
    )

    assert said_of(content, "carrier", "tracking_number", "tracking_url") == ("Post", "1", url)
    assert a.about_returns(life.hears(a.send_back(o.FRIDAY, carrier="Post"))) == []


def test_a_scan_does_not_lift_a_refusal_but_the_arrival_is_told() -> None:
    life = a.delivered_order()
    life.hears(a.refuse_return(o.WEDNESDAY))

    assert a.about_returns(life.hears(a.send_back(o.THURSDAY))) == []
    assert a.about_returns(life.hears(a.get_back(o.FRIDAY))) == [RECEIVED]


def test_received_names_the_shops_day_and_a_word_for_the_evening_after_it() -> None:
    content = o.only(a.delivered_order().hears(a.get_back(o.THURSDAY, decide_by=a.day(12, 1))))

    assert content.decide_by == a.day(12, 1)
    assert content.next_update_by == o.MONDAY.replace(month=12, day=2, hour=16)  # 18:00 in Kyiv


def test_received_names_the_working_days_of_the_shops_policy_where_the_shop_says_nothing() -> None:
    content = o.only(a.delivered_order().hears(a.get_back(o.THURSDAY)))

    assert content.decide_by == a.day(12, 3)


def test_a_return_that_is_read_after_its_inspection_is_not_told_to_have_arrived() -> None:
    life = a.delivered_order()

    assert a.about_returns(life.hears(a.look_at_return(o.THURSDAY))) == [INSPECTED]
    assert a.about_returns(life.hears(a.get_back(o.WEDNESDAY), at=o.THURSDAY)) == []
    assert a.about_returns(life.hears(a.get_back(o.FRIDAY))) == [], "whatever its clock says"


def test_inspected_says_what_was_found_and_by_when_the_money_is_sent() -> None:
    event = a.look_at_return(
        o.THURSDAY,
        result=Inspection.IN_PART,
        note="The lid is missing.",
        refund=o.uah("80.00"),
        refund_by=a.day(12, 4),
    )

    content = o.only(a.delivered_order().hears(event))

    assert said_of(content, "inspection", "note") == (Inspection.IN_PART, "The lid is missing.")
    assert said_of(content, "refund", "refund_by") == (o.uah("80.00"), a.day(12, 4))
    assert content.next_update_by == o.MONDAY.replace(month=12, day=5, hour=16)


def test_inspected_counts_the_days_that_the_approval_promised_from_the_arrival() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.WEDNESDAY, refund=o.UAH_100, refund_days=5))
    life.hears(a.get_back(o.THURSDAY))

    content = o.only(life.hears(a.look_at_return(o.FRIDAY)))

    assert content.refund_by == a.day(12, 1)


def test_inspected_names_the_day_of_the_policy_where_nobody_named_one() -> None:
    life = a.delivered_order(Policy(refund_days=10))

    content = o.only(life.hears(a.look_at_return(o.THURSDAY)))

    assert content.refund_by == a.day(12, 6)
    assert content.next_update_by == o.MONDAY.replace(month=12, day=7, hour=16)


def test_inspected_promises_nothing_of_money_that_was_sent() -> None:
    life = a.delivered_order()

    decision = life.hears(a.look_at_return(o.THURSDAY), o.refund(o.THURSDAY, return_id="B1"))

    (said,) = [x for x in decision.announce if x.request.kind is INSPECTED]
    assert said_of(said.request.content, "refund_by", "next_update_by") == (None, None)


def test_goods_that_were_refused_end_the_story() -> None:
    event = a.look_at_return(o.THURSDAY, result=Inspection.REFUSED)

    content = o.only(a.delivered_order().hears(event))

    assert said_of(content, "refund_by", "next_update_by") == (None, None)


def test_an_exchange_instead_of_money_is_told_in_one_message() -> None:
    life = a.delivered_order()
    life.hears(a.get_back(o.WEDNESDAY))

    sent = a.exchange(o.THURSDAY, items=o.ITEMS, carrier="Post", tracking_number="9")
    decision = life.hears(a.look_at_return(o.THURSDAY), sent)

    assert a.about_returns(decision) == [EXCHANGED]
    assert said_of(o.only(decision), "carrier", "tracking_number") == ("Post", "9")


def test_an_exchange_that_is_sent_first_hides_neither_the_arrival_nor_the_inspection() -> None:
    life = a.delivered_order()
    events = [a.exchange(o.WEDNESDAY), a.get_back(o.THURSDAY), a.look_at_return(o.FRIDAY)]

    said = [a.about_returns(life.hears(event)) for event in events]

    assert said == [[EXCHANGED], [RECEIVED], [INSPECTED]]


def test_money_that_was_sent_leaves_nothing_to_say_of_the_arrival() -> None:
    events = [a.get_back(o.THURSDAY), o.refund(o.FRIDAY, return_id="B1")]

    assert a.about_returns(a.delivered_order().hears(*events)) == []


def test_a_return_that_was_given_up_takes_back_what_waits_and_says_nothing() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.handed_over(o.TUESDAY))
    order.hears(o.accept_return(o.WEDNESDAY))
    waiting = order.id_of(APPROVED)

    decision = order.hears(a.give_up_return(o.THURSDAY))

    assert decision.announce == ()
    assert [taken.request_id for taken in decision.withdraw] == [waiting]


def test_a_return_that_is_asked_for_again_after_it_was_given_up_is_told_from_the_start() -> None:
    life = a.delivered_order()
    life.hears(o.ask_to_return(o.WEDNESDAY))
    life.hears(a.give_up_return(o.THURSDAY))

    assert a.about_returns(life.hears(o.ask_to_return(o.FRIDAY))) == [REQUESTED]


def test_a_return_that_the_shop_closes_keeps_the_result_of_its_inspection() -> None:
    life = a.delivered_order()

    decision = life.hears(a.look_at_return(o.THURSDAY), a.give_up_return(o.FRIDAY))

    assert a.about_returns(decision) == [INSPECTED]


def test_what_did_not_reach_the_customer_is_not_said_a_second_time() -> None:
    order = o.Order()
    order.hears(o.placed_and_paid(), o.handed_over(o.TUESDAY))
    order.hears(o.accept_return(o.WEDNESDAY))
    order.learns(APPROVED, OutcomeStatus.FAILED)

    assert APPROVED not in o.kinds(order.looks(o.WEDNESDAY + timedelta(minutes=1)))
