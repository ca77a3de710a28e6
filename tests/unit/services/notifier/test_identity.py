"""The keys by which somebody is found again."""

import pytest

from headsup.contracts.base import Customer
from headsup.contracts.channels import Channel
from services.notifier.identity import keys_of
from tests.support.notifier import OKSANA, known


def test_somebody_is_found_by_their_number_their_cart_and_every_address_of_theirs() -> None:
    book = known((Channel.TELEGRAM, "4242"), (Channel.EMAIL, "work@mail.example")).data
    assert keys_of(OKSANA, book, "UA", "k-1") == (
        "cart:k-1",
        "customer:c-1",
        "email:oksana@mail.example",
        "email:work@mail.example",
        "sms:+380501234567",
        "telegram:4242",
    )


def test_however_an_address_is_written_it_is_the_same_key() -> None:
    typed = Customer(id="c-1", email="Oksana@Mail.Example", phone="050 123 45 67")
    assert keys_of(typed, None, "UA", None) == keys_of(OKSANA, None, "UA", None)


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("+380442345678", "sms:+380442345678"),
        ("044 234-56-78", "sms:+380442345678"),
        ("+38 (044) 234-56-78", "sms:+380442345678"),
        ("0 800 500 415", "sms:+380800500415"),
        ("+44 20 7946 0958", "sms:+442079460958"),
    ],
)
def test_somebody_is_found_by_a_number_that_takes_no_text_messages(written: str, key: str) -> None:
    assert keys_of(Customer(id="c-1", phone=written), None, "UA", None) == ("customer:c-1", key)
    book = known((Channel.SMS, written)).data
    assert keys_of(Customer(id="c-1"), book, "UA", None) == ("customer:c-1", key)


def test_what_is_no_address_is_no_key() -> None:
    nonsense = Customer(id="c-1", email="at home", phone="12")
    assert keys_of(nonsense, None, None, None) == ("customer:c-1",)
