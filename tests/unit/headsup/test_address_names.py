"""Names in the place of addresses are the same each time, open again, and say nothing."""

import pytest

from headsup.address_names import is_address, is_named, named, opened
from headsup.naming import SivNames
from headsup.sealed import BrokenSealError

NAMES = SivNames(b"a key of names", "shop")
MAIL = "email:zemfira@mark.example"


def test_the_same_address_has_the_same_name_however_it_is_written() -> None:
    assert named(NAMES, "email:Zemfira@mark.example") == named(NAMES, MAIL)
    assert named(SivNames(b"a key of names", "shop"), MAIL) == named(NAMES, MAIL)


@pytest.mark.parametrize("other", ["email:zemfira@mark.exampl", "email:emfira@mark.example"])
def test_another_address_has_another_name(other: str) -> None:
    assert named(NAMES, other) != named(NAMES, MAIL)


@pytest.mark.parametrize(
    "other", [SivNames(b"another key", "shop"), SivNames(b"a key of names", "x")]
)
def test_another_key_or_schema_makes_another_name_and_opens_none(other: SivNames) -> None:
    name = NAMES.of("+38067")
    assert other.of("+38067") != name
    with pytest.raises(BrokenSealError):
        other.opened(name)


def test_a_number_has_one_name_on_whichever_channel() -> None:
    sms, whatsapp = named(NAMES, "sms:+38067"), named(NAMES, "whatsapp:+38067")
    assert sms.partition(":")[2] == whatsapp.partition(":")[2] == NAMES.of("+38067")
    assert (sms.partition(":")[0], whatsapp.partition(":")[0]) == ("sms", "whatsapp")


@pytest.mark.parametrize("address", ["+38067", "zemfira@mark.example", "ж@пошта.укр", "a" * 300])
def test_a_name_opens_has_small_letters_and_shows_nothing(address: str) -> None:
    name = NAMES.of(address)
    assert name == name.lower()
    assert is_named(name)
    assert NAMES.opened(name) == address
    assert address not in name


@pytest.mark.parametrize("change", [lambda n: n[:-2] + "aa", lambda n: n[:-1], lambda n: n + "a"])
def test_a_name_that_was_changed_does_not_open(change: object) -> None:
    assert callable(change)
    with pytest.raises(BrokenSealError):
        NAMES.opened(change(NAMES.of("zemfira@mark.example")))


@pytest.mark.parametrize("key", ["telegram:77", "customer:zemfira@mark.example", "order:+38067"])
def test_what_is_no_address_stays(key: str) -> None:
    assert not is_address(key)
    assert named(NAMES, key) == key


@pytest.mark.parametrize(
    "address", ["~zemfira@mark.example", f"~{'a' * 40}@mark.example", "~", "~" + "a" * 20, "+38067"]
)
def test_no_address_is_taken_for_a_name(address: str) -> None:
    """A mail address may begin with every sign that a name has (RFC 5322, atext)."""
    assert not is_named(address)
    assert not is_named(f"email:{address}")
    assert opened(NAMES, f"email:{address}") == f"email:{address}"


@pytest.mark.parametrize("kind", ["customer", "order", "number", "telegram"])
def test_what_only_looks_like_a_name_is_not_opened(kind: str) -> None:
    assert opened(NAMES, f"{kind}:~{'a' * 40}") == f"{kind}:~{'a' * 40}"


@pytest.mark.parametrize("key", [MAIL, "sms:+38067", "zemfira@mark.example", "", "77"])
def test_a_key_opens_to_what_it_was_and_what_is_in_clear_stays(key: str) -> None:
    assert opened(NAMES, named(NAMES, key)) == key
    assert opened(NAMES, key) == key
