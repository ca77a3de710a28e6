"""Some values of a column's JSON are sealed, and the rest stays as it is."""

import json
from typing import Any

import msgspec
import pytest

from headsup.sealed import (
    EACH,
    BrokenSealError,
    MissingKeyError,
    SealedColumn,
    expect_clear,
    is_sealed,
)
from tests.support.sealing import sealing

COLUMN = SealedColumn(
    table="shop.orders",
    column="facts",
    keys=("id",),
    paths=(("who", "email"), ("who", "phones", 1)),
)
ROW: dict[str, Any] = {
    "total": "12.50",
    "who": {"id": "c-7", "email": "zemfira@mark.example", "phones": ["none", "+380671230077"]},
    "note": '["enc:1:k1:AAAA"]',
    "tags": ["enc:1:k9:AAAA"],
}


def written(row: Any, *names: str, key: str = "A-1") -> bytes:
    return COLUMN.sealed(json.dumps(row).encode(), (key,), sealing(*names))


def opened(row: bytes, *names: str, key: str = "A-1") -> Any:
    return json.loads(COLUMN.opened(row, (key,), sealing(*names)))


def test_what_was_sealed_is_read_again() -> None:
    assert opened(written(ROW, "k1"), "k1") == ROW


def test_only_the_values_are_sealed_each_as_a_list_of_one_text() -> None:
    row = json.loads(written(ROW, "k1"))
    [mail], [phone] = row["who"].pop("email"), row["who"]["phones"].pop()
    assert mail.startswith("enc:1:k1:")
    assert phone.startswith("enc:1:k1:")
    assert row == ROW | {"who": {"id": "c-7", "phones": ["none"]}}


def test_clear_writes_in_clear_and_reads_both() -> None:
    assert json.loads(written(ROW, "clear", "k1")) == ROW
    assert opened(written(ROW, "k1"), "clear", "k1") == ROW
    assert opened(json.dumps(ROW).encode(), "k1") == ROW


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"who": None},
        {"who": {}},
        {"who": {"email": None, "phones": []}},
        {"who": {"email": None, "phones": ["one"]}},
        {"who": [1, 2]},
        [],
        None,
    ],
)
def test_what_is_not_there_stays_away(row: Any) -> None:
    assert json.loads(written(row, "k1")) == row
    assert COLUMN.renewed(json.dumps(row).encode(), ("A-1",), sealing("k1")) is None


def test_a_value_opens_in_its_own_row_only() -> None:
    row = written(ROW, "k1")
    with pytest.raises(BrokenSealError):
        opened(row, "k1", key="A-2")


def test_a_value_opens_under_its_own_name_only() -> None:
    row = json.loads(written(ROW, "k1"))
    row["who"]["email"] = row["who"]["phones"][1]
    with pytest.raises(BrokenSealError):
        opened(json.dumps(row, separators=(",", ":")).encode(), "k1")


def test_whoever_knows_nothing_of_seals_refuses_the_row() -> None:
    class Who(msgspec.Struct):
        email: str | None = None

    class Row(msgspec.Struct):
        who: Who

    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(written(ROW, "k1"), type=Row)


def test_a_row_is_renewed_until_all_of_it_is_written_with_the_newest() -> None:
    by = sealing("k2", "k1")
    for before in (written(ROW, "k1"), json.dumps(ROW).encode()):
        renewed = COLUMN.renewed(before, ("A-1",), by)
        assert renewed is not None
        assert COLUMN.keys_in(renewed) == {"k2"}
        assert not COLUMN.has_clear(renewed)
        assert COLUMN.renewed(renewed, ("A-1",), by) is None
        assert opened(renewed, "k2") == ROW


def test_a_row_of_which_a_part_is_sealed_is_renewed_whole() -> None:
    row = json.loads(written(ROW, "k1"))
    row["who"]["email"] = "zemfira@mark.example"
    half = json.dumps(row, separators=(",", ":")).encode()
    assert COLUMN.has_clear(half)
    renewed = COLUMN.renewed(half, ("A-1",), sealing("k1"))
    assert renewed is not None
    assert not COLUMN.has_clear(renewed)
    assert opened(renewed, "k1") == ROW


def test_rows_go_back_to_clear() -> None:
    by = sealing("clear", "k1")
    renewed = COLUMN.renewed(written(ROW, "k1"), ("A-1",), by)
    assert renewed is not None
    assert json.loads(renewed) == ROW
    assert COLUMN.renewed(renewed, ("A-1",), by) is None


def test_a_row_whose_key_is_missing_is_not_changed() -> None:
    with pytest.raises(MissingKeyError):
        COLUMN.renewed(written(ROW, "k1"), ("A-1",), sealing("k2"))


def test_what_a_lost_key_wrote_is_emptied_and_nothing_else() -> None:
    row = COLUMN.without(written(ROW, "k1"), "k1")
    assert row is not None
    assert json.loads(row) == ROW | {"who": {"id": "c-7", "email": None, "phones": ["none", None]}}
    assert COLUMN.without(written(ROW, "k2"), "k1") is None


def test_whoever_needs_nobodys_name_reads_without_a_key() -> None:
    masked = json.loads(COLUMN.masked(written(ROW, "k1")))
    assert masked["who"] == {"id": "c-7", "email": None, "phones": ["none", None]}


def test_a_text_that_looks_sealed_is_a_text() -> None:
    odd = ROW | {"who": {"email": "enc:1:k1:AAAA"}}
    assert opened(json.dumps(odd).encode(), "k1") == odd
    assert opened(written(odd, "k1"), "k1") == odd
    assert not is_sealed(json.dumps(odd | {"tags": []}))


SEVERAL = SealedColumn(
    table="shop.people",
    column="entry",
    keys=("id",),
    of=("shop", "person"),
    paths=(("contacts", EACH, "address"),),
)
BOOK: dict[str, Any] = {"contacts": [{"address": "a@x.example"}, {"address": "b@x.example"}]}
WHOSE = ("shop", "c-7")


def test_each_of_a_list_is_sealed_and_read_in_whichever_place_it_stands() -> None:
    row = json.loads(SEVERAL.sealed(json.dumps(BOOK).encode(), WHOSE, sealing("k1")))
    assert all(one["address"][0].startswith("enc:1:k1:") for one in row["contacts"])
    del row["contacts"][0]
    cut = SEVERAL.opened(json.dumps(row).encode(), WHOSE, sealing("k1"))
    assert json.loads(cut) == {"contacts": [{"address": "b@x.example"}]}


def test_of_a_list_what_a_lost_key_wrote_is_there_no_more() -> None:
    by = sealing("k1")
    row = json.loads(SEVERAL.sealed(json.dumps(BOOK).encode(), WHOSE, by))
    row["contacts"].append({"address": "c@x.example"})
    left = SEVERAL.without(json.dumps(row).encode(), "k1")
    assert left is not None
    assert json.loads(left) == {"contacts": [{"address": "c@x.example"}]}
    assert SEVERAL.without(json.dumps(BOOK).encode(), "k1") is None


@pytest.mark.parametrize("row", [{"contacts": None}, {"contacts": {}}, {"contacts": [1, {}]}, []])
def test_a_list_that_is_none_stays_as_it_is(row: Any) -> None:
    assert json.loads(SEVERAL.sealed(json.dumps(row).encode(), WHOSE, sealing("k1"))) == row


def test_seals_are_bound_to_whose_the_row_is_where_that_is_not_what_it_is_found_by() -> None:
    assert (SEVERAL.owner, COLUMN.owner) == (("shop", "person"), ("id",))


def test_who_has_no_keys_says_which_one_is_missing_of_what_cannot_be_read() -> None:
    expect_clear(None, b"{}", '["enc"]')
    with pytest.raises(MissingKeyError, match="'k1'"):
        expect_clear(b"{}", written(ROW | {"note": ""}, "k1"))
