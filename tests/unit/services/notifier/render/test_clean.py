import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.render.clean import (
    clean,
    clean_url,
    is_readable,
    shorten,
    shorten_front,
    units,
)

FAMILY = "👩\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("dirty", "shown"),
    [
        ("Олена Коваль", "Олена Коваль"),
        ("  two   spaces ", "two spaces"),
        ("a\r\nBcc: evil@mail.example", "a Bcc: evil@mail.example"),
        ("tab\there\x00null\x1b[31m", "tab here null [31m"),
        ("line\u2028para\u2029graph\x85next", "line para graph next"),
        ("\u202egnp.exe\u202c", "gnp.exe"),
        ("\u2066isolate\u2069 \u200fmark\u200e", "isolate mark"),
        ("zero\u200bwidth\ufeff\u2060join\u00adhyphen", "zerowidthjoinhyphen"),
        ("a\u200db", "ab"),
        (f"family {FAMILY}", f"family {FAMILY}"),
        ("flag 🇺🇦 heart ❤️\u200d🔥", "flag 🇺🇦 heart ❤️\u200d🔥"),
        ("e\u0301te\u0301", "été"),
        ("й", "й"),
        ("{{ 7*7 }} <script>", "{{ 7*7 }} <script>"),
        ("עברית", "עברית"),
        ("\u200b\u202e", ""),
    ],
)
def test_what_cannot_be_seen_is_not_kept(dirty: str, shown: str) -> None:
    assert clean(dirty, 80) == shown


@given(st.text())
def test_a_cleaned_text_is_one_visible_line_in_nfc(text: str) -> None:
    shown = clean(text, 80)
    assert units(shown) <= 80
    assert len(shown.splitlines()) <= 1
    assert shown == unicodedata.normalize("NFC", shown)
    assert not any(unicodedata.category(c) in {"Cc", "Zl", "Zp", "Cs"} for c in shown)
    assert not any("\u202a" <= c <= "\u202e" or "\u2066" <= c <= "\u2069" for c in shown)


@given(st.text(max_size=40))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text, 80), 80) == clean(text, 80)


def test_a_name_of_two_thousand_characters_ends_in_an_ellipsis() -> None:
    assert clean("я" * 2000, 80) == "я" * 79 + "…"


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [
        ("Нова пошта", 10, "Нова пошта"),
        ("Нова пошта", 9, "Нова пош…"),
        ("Нова пошта", 6, "Нова…"),
        ("👍👍👍", 6, "👍👍👍"),
        ("👍👍👍", 5, "👍👍…"),
        (FAMILY, 5, "👩…"),
    ],
)
def test_what_is_shortened_counts_utf16_units_and_keeps_emoji_whole(
    text: str, limit: int, short: str
) -> None:
    assert shorten(text, limit) == short


def test_of_an_order_number_the_end_is_kept() -> None:
    assert shorten_front("2026-11-00001042", 8) == "…0001042"
    assert shorten_front("A-1042", 8) == "A-1042"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "https://shop.example/\u202egpj.exe", "//shop.example", "http:x"]
)
def test_an_address_that_is_not_plainly_http_is_no_address(url: str) -> None:
    assert clean_url(url) is None


def test_an_http_address_stays_as_it_is() -> None:
    assert clean_url("https://shop.example/a?b=1&c=2#d") == "https://shop.example/a?b=1&c=2#d"


@pytest.mark.parametrize("text", ["", " ", "a", "\u200b", "\u202e", "\u3000", "é", "\u200d", "a\n"])
def test_what_is_readable_leaves_something_when_it_is_cleaned(text: str) -> None:
    assert is_readable(text) is bool(clean(text, 5))
