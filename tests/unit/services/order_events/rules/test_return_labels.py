"""The label of a return: with its approval, after it, or not at all."""

from headsup.contracts.catalogue import Kind
from tests.unit.services.order_events import afterwards as a
from tests.unit.services.order_events import orders as o

APPROVED = Kind.RETURN_APPROVED
LABEL_READY, LABEL_FAILED = Kind.RETURN_LABEL_READY, Kind.RETURN_LABEL_FAILED


def test_a_label_that_is_ready_with_the_approval_comes_with_it() -> None:
    life = a.delivered_order()
    label = a.label_return(o.THURSDAY, code="QR-7")

    content = o.only(life.hears(o.accept_return(o.THURSDAY), label))

    assert (content.label_url, content.return_code) == ("https://shop.example/label", "QR-7")
    assert o.kinds(life.hears(label)) == []


def test_a_label_that_comes_later_is_told_on_its_own() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.THURSDAY))

    content = o.only(life.hears(a.label_return(o.THURSDAY + o.HOUR, code="QR-7")))

    assert (content.label_url, content.return_code) == ("https://shop.example/label", "QR-7")
    assert life.said.count(APPROVED) == 1


def test_a_label_that_the_approval_already_named_is_not_told_once_more() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.THURSDAY, label_url="https://shop.example/label"))

    assert o.kinds(life.hears(a.label_return(o.THURSDAY + o.HOUR))) == []


def test_a_label_that_failed_is_told_and_so_is_the_one_that_works() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.THURSDAY))

    failed = life.hears(a.fail_label(o.THURSDAY + o.HOUR))
    assert o.kinds(failed) == [LABEL_FAILED]
    assert o.only(failed).next_update_by is not None
    assert o.kinds(life.hears(a.label_return(o.THURSDAY + 2 * o.HOUR))) == [LABEL_READY]
    assert o.kinds(life.hears(a.fail_label(o.THURSDAY + o.HOUR))) == []


def test_a_label_that_failed_and_then_worked_in_one_batch_comes_with_the_approval() -> None:
    events = [
        o.accept_return(o.THURSDAY),
        a.fail_label(o.THURSDAY + o.HOUR),
        a.label_return(o.THURSDAY + 2 * o.HOUR),
    ]

    assert a.about_returns(a.delivered_order().hears(*events)) == [APPROVED]


def test_a_label_that_fails_after_it_was_told_is_told_and_told_again_when_it_works() -> None:
    life = a.delivered_order()
    events = [
        o.accept_return(o.THURSDAY),
        a.label_return(o.THURSDAY + o.HOUR),
        a.fail_label(o.THURSDAY + 2 * o.HOUR),
        a.label_return(o.THURSDAY + 3 * o.HOUR),
    ]

    said = [a.about_returns(life.hears(event)) for event in events]

    assert said == [[APPROVED], [LABEL_READY], [LABEL_FAILED], [LABEL_READY]]


def test_a_label_is_no_news_of_a_parcel_that_is_already_on_its_way() -> None:
    life = a.delivered_order()
    life.hears(o.accept_return(o.WEDNESDAY))
    life.hears(a.send_back(o.THURSDAY))

    assert a.about_returns(life.hears(a.label_return(o.THURSDAY + o.HOUR))) == []
