"""A record of a customer that cannot be taken in is set aside as any other is."""

from datetime import UTC, datetime

from headsup.contracts.shop import CustomerErased
from headsup.streak import place
from services.order_events.batch import read
from tests.support.events import event, outgoing
from tests.support.poison import Poison

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def test_who_is_erased_by_a_blamed_record_is_not_noted_and_the_record_is_set_aside() -> None:
    sent = outgoing("", event(CustomerErased(customer_id="c-7"), MONDAY))
    record = Poison(sent.topic, sent.value, 0, sent.key, sent.headers, 0)

    assert list(read([record], "", MONDAY).erased) == [("https://shop.example", "c-7")]
    batch = read([record], "", MONDAY, {place(record)})
    assert batch.erased == {}
    assert [dead.topic for dead in batch.dead_letters] == ["shop.customers.dlq"]
