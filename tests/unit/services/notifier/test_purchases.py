"""Under which keys a purchase is kept."""

from datetime import timedelta

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from headsup.shops.profile import load_shops
from services.notifier.decide import Policy
from services.notifier.people import Person
from services.notifier.purchases import Bought, newest
from tests.support.events import SHOP
from tests.support.notifier import MONDAY, OKSANA, SHOPS, known

POLICY = Policy(load_shops(SHOPS), frozenset({"en"}))


def test_a_purchase_is_kept_under_the_address_book_too() -> None:
    book = {(SHOP, "c-1"): Person(entry=known((Channel.EMAIL, "oksana@mail.example")).data)}
    bought = Bought(SHOP, Customer(id="c-1", phone="050 123 45 67"), MONDAY, "k-1")
    assert newest([bought], book, POLICY) == {
        (SHOP, key): MONDAY
        for key in (
            "cart:k-1",
            "customer:c-1",
            "email:oksana@mail.example",
            "sms:+380501234567",
        )
    }


def test_of_two_purchases_the_later_counts_whatever_their_order() -> None:
    first, second = (Bought(SHOP, OKSANA, at) for at in (MONDAY - timedelta(hours=1), MONDAY))
    for both in ([first, second], [second, first]):
        assert set(newest(both, {}, POLICY).values()) == {MONDAY}
