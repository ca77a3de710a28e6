"""Names in the place of addresses are the same each time, and say nothing."""

import pytest

from headsup.address_names import Names, is_named

NAMES = Names(b"a key of names")


def test_the_same_address_has_the_same_name_however_it_is_written() -> None:
    assert NAMES.of("email:Zemfira@mark.example") == NAMES.of("email:zemfira@mark.example")


@pytest.mark.parametrize("other", ["email:zemfira@mark.exampl", "email:emfira@mark.example"])
def test_another_address_has_another_name(other: str) -> None:
    assert NAMES.of(other) != NAMES.of("email:zemfira@mark.example")


def test_another_key_makes_another_name() -> None:
    assert NAMES.of("sms:+38067") != Names(b"another key").of("sms:+38067")


def test_a_number_has_one_name_on_whichever_channel() -> None:
    sms, whatsapp = NAMES.of("sms:+38067"), NAMES.of("whatsapp:+38067")
    assert sms.partition(":")[2] == whatsapp.partition(":")[2]
    assert (sms.partition(":")[0], whatsapp.partition(":")[0]) == ("sms", "whatsapp")


def test_a_name_is_its_own_and_known_for_one() -> None:
    name = NAMES.of("sms:+38067")
    assert NAMES.of(name) == name
    assert is_named(name)
    assert not is_named("sms:+38067")


def test_a_name_shows_nothing_of_the_address() -> None:
    assert "38067" not in NAMES.of("sms:+38067").partition("~")[0]
    assert len(NAMES.of("sms:+38067")) == len("sms:~") + 32
