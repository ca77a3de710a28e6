"""Of a list the addresses are named, and lie sealed beside it; the rest stays as it is."""

import json

import pytest

from headsup.address_names import Names, is_named
from headsup.named_columns import Kept, NamedColumn
from headsup.sealed import EACH, BrokenSealError, MissingKeyError, SealedColumn, Seals
from tests.support.sealing import sealing

COLUMN = NamedColumn(
    column="keys",
    beside=SealedColumn(table="shop.orders", column="sealed", keys=("id",), paths=((EACH, "key"),)),
    is_address=lambda entry: entry.startswith(("email:", "sms:")),
)
ENTRIES = ["email:zemfira@mark.example", "order:a-1", "sms:+38067"]
WHOSE = ("A-1",)


def by(*names: str, of: bytes = b"names") -> Seals:
    seals = sealing(*names)
    seals.names = Names(of)
    return seals


def test_addresses_are_named_and_sealed_beside_and_nothing_else_is() -> None:
    kept = COLUMN.written(ENTRIES, WHOSE, by("k1"))
    assert sorted(map(is_named, kept.entries)) == [False, True, True]
    assert "order:a-1" in kept.entries
    assert kept.sealed is not None
    assert [one["key"][0][:9] for one in json.loads(kept.sealed)] == ["enc:1:k1:"] * 2


@pytest.mark.parametrize("seals", [by("clear", "k1"), sealing("k1")])
def test_who_writes_in_clear_or_has_no_names_keeps_it_as_it_is(seals: Seals) -> None:
    assert COLUMN.written(ENTRIES, WHOSE, seals) == Kept(ENTRIES, None)


def test_a_list_without_addresses_has_nothing_beside_it() -> None:
    assert COLUMN.written(["order:a-1"], WHOSE, by("k1")) == Kept(["order:a-1"], None)


def test_the_list_comes_to_names_to_another_key_and_back_to_what_it_was() -> None:
    named = COLUMN.renewed(Kept(ENTRIES, None), WHOSE, by("k1"))
    assert named is not None
    assert COLUMN.renewed(named, WHOSE, by("k1")) is None
    newer = COLUMN.renewed(named, WHOSE, by("k2", "k1"))
    assert newer is not None
    assert sorted(newer.entries) == sorted(named.entries)
    assert COLUMN.renewed(newer, WHOSE, by("clear", "k2")) == Kept(ENTRIES, None)


def test_what_an_older_version_wrote_in_clear_over_a_name_is_named_again() -> None:
    named = COLUMN.written(["sms:+38067"], WHOSE, by("k1"))
    mixed = Kept(["sms:+38067", "email:a@b.example"], named.sealed)
    again = COLUMN.renewed(mixed, WHOSE, by("k1"))
    assert again is not None
    assert all(map(is_named, again.entries))
    assert COLUMN.renewed(again, WHOSE, by("k1")) is None


def test_without_its_key_it_is_not_changed_and_of_another_row_it_is_not_read() -> None:
    named = COLUMN.written(ENTRIES, WHOSE, by("k1"))
    with pytest.raises(MissingKeyError, match="'k1'"):
        COLUMN.renewed(named, WHOSE, by("k2"))
    with pytest.raises(BrokenSealError):
        COLUMN.renewed(named, ("A-2",), by("k2", "k1"))


def test_of_a_lost_key_the_names_stay_and_the_addresses_are_gone() -> None:
    named = COLUMN.written(ENTRIES, WHOSE, by("k1"))
    left = COLUMN.without(named, "k1")
    assert (left.entries, json.loads(left.sealed or "0")) == (named.entries, [])
    assert COLUMN.renewed(left, WHOSE, by("k2")) is None
    assert COLUMN.without(named, "k9") == named
