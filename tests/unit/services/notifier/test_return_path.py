"""The address that a mail comes back to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.return_path import LONGEST_ID, LONGEST_LOCAL_PART, ReturnPath

PATH = ReturnPath("bounces@notify.example", b"a key of the tests")
OURS = "0123456789abcdef0123456789abcdef.0"


def _of(notification_id: str, path: ReturnPath = PATH) -> str:
    address = path.of(notification_id)
    assert address is not None
    return address


@given(st.from_regex(r"[0-9a-f]{32}\.[0-9](\.[0-9])?", fullmatch=True))
def test_it_names_the_notification_again_whatever_a_server_did_to_its_case(name: str) -> None:
    address = _of(name)
    assert PATH.notification(address) == name
    assert PATH.notification(address.upper()) == name


def test_the_longest_id_fits_behind_the_longest_name() -> None:
    path = ReturnPath("n" * 14 + "@notify.example", b"key")
    address = _of("f" * LONGEST_ID, path)
    assert len(address.partition("@")[0]) == LONGEST_LOCAL_PART
    assert path.notification(address) == "f" * LONGEST_ID


@pytest.mark.parametrize(
    "address",
    [
        _of(OURS).replace("0123", "0124"),
        _of(OURS)[:-20] + "@notify.example",
        _of(OURS).replace("notify", "elsewhere"),
        _of(OURS).replace("bounces", "orders"),
        _of(OURS, ReturnPath("bounces@notify.example", b"another key")),
        f"bounces+{OURS}@notify.example",
        f"bounces+{OURS}+@notify.example",
        "bounces@notify.example",
        "",
        "bounces+оксана+aaaaaaaaaaaa@notify.example",
        _of(OURS).replace("s+", "\u017f+"),
    ],
)
def test_an_address_that_we_did_not_make_names_nothing(address: str) -> None:
    assert PATH.notification(address) is None


def test_every_changed_character_of_the_tag_is_seen() -> None:
    address = _of(OURS)
    start = address.rindex("+") + 1
    for place in range(start, address.index("@")):
        other = "a" if address[place] != "a" else "b"
        assert PATH.notification(address[:place] + other + address[place + 1 :]) is None


@pytest.mark.parametrize("name", ["f" * (LONGEST_ID + 8), "r 1", "R1.0", "r1..0", "ї.0", ""])
def test_an_id_that_fits_no_address_has_none(name: str) -> None:
    assert PATH.of(name) is None


@pytest.mark.parametrize(
    "address", ["bounces", "Bounces@notify.example", "n" * 15 + "@notify.example", "a@b"]
)
def test_a_wrong_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="expected a mail address in small letters"):
        ReturnPath(address, b"key")


def test_the_key_is_not_shown() -> None:
    assert "key" not in repr(PATH)
