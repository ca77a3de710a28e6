"""Notes, invoices, downloads, recalls."""

from datetime import timedelta
from typing import Any

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.catalogue import Audience, Kind
from headsup.contracts.envelope import Event
from services.order_events.promises import open_promises
from tests.unit.services.order_events import changes as c
from tests.unit.services.order_events import orders as o

CONFIRMED, CANCELLED = Kind.ORDER_CONFIRMED, Kind.ORDER_CANCELLED
NOTE, INVOICE = Kind.ORDER_NOTE, Kind.ORDER_INVOICE
DOWNLOAD, RECALL = Kind.ORDER_DOWNLOAD_READY, Kind.ORDER_RECALL
NOON = o.MONDAY + 3 * o.HOUR


@pytest.mark.parametrize(
    ("events", "said"),
    [
        pytest.param([c.note(NOON)], [NOTE], id="somebody wrote"),
        pytest.param([c.note(NOON), c.note(o.TUESDAY)], [NOTE], id="the same is told once"),
        pytest.param(
            [c.note(NOON), c.note(o.TUESDAY, "Not yet, sorry.")], [NOTE, NOTE], id="rewritten"
        ),
        pytest.param(
            [c.note(NOON), c.note(o.TUESDAY, note_id="W2")], [NOTE, NOTE], id="two are two"
        ),
        pytest.param(
            [o.cancelled(NOON), c.note(o.TUESDAY)],
            [CANCELLED, NOTE],
            id="what a person wrote is passed on, whatever became of the order",
        ),
        pytest.param([c.invoice(NOON)], [INVOICE], id="an invoice"),
        pytest.param(
            [c.invoice(NOON), c.invoice(o.TUESDAY, "https://shop.example/signed-anew")],
            [INVOICE],
            id="whose address is signed anew",
        ),
        pytest.param(
            [o.cancelled(NOON), c.invoice(o.TUESDAY)],
            [CANCELLED, INVOICE],
            id="of a cancelled order, too",
        ),
        pytest.param([c.download(NOON)], [DOWNLOAD], id="a download"),
        pytest.param(
            [c.download(NOON, until=o.FRIDAY), c.download(o.TUESDAY, until=o.FRIDAY + 7 * o.DAY)],
            [DOWNLOAD, DOWNLOAD],
            id="that can be had for longer",
        ),
        pytest.param([c.download(NOON, until=o.MONDAY)], [], id="not what is gone already"),
        pytest.param(
            [o.cancelled(NOON), c.download(o.TUESDAY)], [CANCELLED], id="nor what was cancelled"
        ),
        pytest.param([c.recall(NOON)], [RECALL], id="a recall"),
        pytest.param([c.recall(NOON), c.recall(o.TUESDAY)], [RECALL], id="once"),
        pytest.param(
            [c.recall(NOON), c.recall(o.TUESDAY, "Bring it back.")],
            [RECALL, RECALL],
            id="what to do has changed",
        ),
        pytest.param(
            [o.cancelled(NOON), c.recall(o.TUESDAY)], [CANCELLED], id="of what never left the shop"
        ),
    ],
)
def test_a_customer_hears(events: list[Event[Any]], said: list[Kind]) -> None:
    assert c.told_of(o.placed_and_paid(), *events).said == [CONFIRMED, *said]


def test_a_recall_of_what_was_sent_is_told_though_the_order_was_cancelled() -> None:
    order = c.told_of(o.placed_and_paid(), o.scan(NOON), o.cancelled(o.TUESDAY))

    assert o.kinds(order.hears(c.recall(o.WEDNESDAY))) == [RECALL]


def test_a_download_that_is_gone_while_the_message_waits_is_taken_back() -> None:
    order = c.told_of(o.placed_and_paid())
    assert order.hears(c.download(NOON, until=o.TUESDAY)).next_look_at == o.TUESDAY

    assert [w.request_id for w in order.looks(o.TUESDAY).withdraw] == [order.id_of(DOWNLOAD)]


def test_each_paper_is_named() -> None:
    order = c.told_of(o.placed_and_paid())

    assert o.only(order.hears(c.note(NOON, "Hello."))).note == "Hello."
    order.learns(NOTE)
    assert o.only(order.hears(c.invoice(NOON))).invoice_url == "https://shop.example/invoice"
    order.learns(INVOICE)
    content = o.only(order.hears(c.download(NOON, until=o.FRIDAY)))
    assert content.item is not None
    assert (content.item.name, content.until) == ("Book", o.FRIDAY)
    assert content.download_url == "https://shop.example/book"


def test_who_got_it_as_a_gift_hears_what_is_not_safe_and_what_to_do() -> None:
    recipient = Customer(id="C2", email="petro@example.com")
    order = o.Order()
    order.hears(o.placed_and_paid(recipient=recipient), o.handed_over(NOON))

    said = {
        announced.request.content.audience: announced.request.content
        for announced in order.hears(c.recall(o.TUESDAY, "Unplug it.")).announce
    }

    assert said.keys() == {Audience.BUYER, Audience.RECIPIENT}
    for content in said.values():
        assert (content.item, content.note) == (c.KETTLE, "Unplug it.")


@pytest.mark.parametrize("paper", [c.note(NOON), c.invoice(NOON)])
def test_a_paper_names_the_word_that_was_promised_and_is_not_that_word(paper: Event[Any]) -> None:
    order = c.told_of(o.placed_and_paid())
    (promised,) = open_promises(order.told, Audience.BUYER)

    content = o.only(order.hears(paper))
    order.learns(o.kinds(order.decisions[-1])[0])

    assert content.next_update_by == promised.by
    assert open_promises(order.told, Audience.BUYER) == [promised]


def test_a_note_beside_the_confirmation_names_the_word_that_this_one_promises() -> None:
    decision = o.Order().hears(o.placed_and_paid(), c.note(NOON))

    confirmed, noted = (each.request.content for each in decision.announce)
    assert o.kinds(decision) == [CONFIRMED, NOTE]
    assert confirmed.next_update_by == noted.next_update_by is not None


def test_a_note_about_what_is_over_names_no_moment() -> None:
    order = c.told_of(o.placed_and_paid(), o.handed_over(o.TUESDAY))

    assert o.only(order.hears(c.note(o.WEDNESDAY))).next_update_by is None


def test_a_note_that_waits_while_the_promise_changes_names_the_new_one() -> None:
    order = c.told_of(o.placed_and_paid())
    order.hears(c.note(NOON))
    waiting = order.id_of(NOTE)

    decision = order.hears(o.scan(NOON + o.HOUR))

    shipped, noted = decision.announce
    assert noted.request.kind is NOTE
    assert noted.request.content.next_update_by == shipped.request.content.next_update_by
    assert [taken.request_id for taken in decision.withdraw] == [waiting]
    assert order.looks(NOON + o.HOUR).announce == ()


@pytest.mark.parametrize(("paper", "kind"), [(c.note(NOON), NOTE), (c.invoice(NOON), INVOICE)])
def test_a_paper_that_may_have_left_already_is_not_said_again_when_the_promise_changes(
    paper: Event[Any], kind: Kind
) -> None:
    order = c.told_of(o.placed_and_paid())
    order.hears(paper)
    id_ = order.id_of(kind)

    minutes = timedelta(minutes=1)
    decision = order.hears(o.scan(NOON + minutes), at=NOON + 2 * minutes)

    assert kind not in o.kinds(decision)
    assert id_ not in [taken.request_id for taken in decision.withdraw]
    # Where it turns out to be held for the morning, it does not leave with the old moment.
    assert kind in o.kinds(order.looks(NOON + o.HOUR))


def test_a_note_that_was_read_is_not_said_again_when_the_promise_changes() -> None:
    order = c.told_of(o.placed_and_paid(), c.note(NOON))

    assert NOTE not in o.kinds(order.hears(o.scan(NOON + o.HOUR)))
