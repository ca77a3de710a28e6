"""A seal opens with its key, in its place, and unchanged; else not."""

import base64

import pytest

from headsup.sealed import BrokenSealError, MissingKeyError, key_of
from tests.support.sealing import sealing

MAIL, PLACE = b"zemfira@mark.example", "orders, A-1, email"


def test_what_was_sealed_is_opened() -> None:
    by = sealing("k1")
    assert by.open(by.seal(MAIL, PLACE), PLACE) == MAIL


def test_a_seal_names_its_key_and_shows_nothing_of_the_text() -> None:
    sealed = sealing("k1").seal(MAIL, PLACE)
    assert key_of(sealed) == "k1"
    data = base64.urlsafe_b64decode(sealed.rpartition(":")[2])
    assert b"zemfira" not in data


def test_the_same_text_is_never_sealed_alike() -> None:
    by = sealing("k1")
    assert len({by.seal(MAIL, PLACE) for _ in range(100)}) == 100


def test_a_newer_key_reads_what_an_older_one_wrote() -> None:
    sealed = sealing("k1").seal(MAIL, PLACE)
    assert sealing("k2", "k1").open(sealed, PLACE) == MAIL
    assert key_of(sealing("k2", "k1").seal(MAIL, PLACE)) == "k2"


def test_a_key_that_is_not_here_is_named() -> None:
    sealed = sealing("k1").seal(MAIL, PLACE)
    with pytest.raises(MissingKeyError, match="HEADSUP_ADDRESS_KEYS has no key 'k1'"):
        sealing("k2").open(sealed, PLACE)


def test_in_another_place_it_does_not_open() -> None:
    by = sealing("k1")
    sealed = by.seal(MAIL, PLACE)
    with pytest.raises(BrokenSealError):
        by.open(sealed, "orders, A-2, email")


def test_under_the_name_of_another_key_it_does_not_open() -> None:
    by = sealing("k1", "k2")
    sealed = by.seal(MAIL, PLACE)
    with pytest.raises(BrokenSealError):
        by.open(sealed.replace(":k1:", ":k2:"), PLACE)


def test_no_bit_of_it_may_change() -> None:
    by = sealing("k1")
    head, _, text = by.seal(MAIL, PLACE).rpartition(":")
    data = bytearray(base64.urlsafe_b64decode(text))
    for number in range(len(data) * 8):
        data[number // 8] ^= 1 << number % 8
        with pytest.raises(BrokenSealError):
            by.open(f"{head}:{base64.urlsafe_b64encode(data).decode()}", PLACE)
        data[number // 8] ^= 1 << number % 8


@pytest.mark.parametrize("text", ["", "AAAA", "no base64!", "A" * 36, "ключ"])
def test_what_is_no_seal_is_refused(text: str) -> None:
    with pytest.raises(BrokenSealError):
        sealing("k1").open(f"enc:1:k1:{text}", PLACE)
