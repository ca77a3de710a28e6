import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifier.render.segments import count_segments, is_gsm, plain

GSM = st.text(alphabet=st.sampled_from("aZ09 @£èÅΔ_Ω€[]{}\\~^|\n\r"), max_size=500)
ANY = st.text(alphabet=st.sampled_from("aЖї’… €👍🇺"), max_size=300)


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 20, 2),
        ("a" * 152 + "€" * 77, 3),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("👍" * 35, 1),
        ("👍" * 36, 2),
        ("👍" * 67, 3),
    ],
)
def test_the_limits_of_the_standard(text: str, segments: int) -> None:
    assert count_segments(text) == segments


@given(GSM)
@example("a" * 152 + "€" * 77)
def test_gsm_texts_count_as_an_independent_counter_counts(text: str) -> None:
    assert count_segments(text) == len(smsutil.split(text).parts)


@given(ANY)
@example("я" * 66 + "👍" * 34)
def test_any_text_counts_as_an_independent_counter_counts(text: str) -> None:
    assert count_segments(text) == len(smsutil.split(text).parts)


@given(st.characters(exclude_categories=["Cs"], exclude_characters="\x1b"))
def test_the_alphabet_is_the_standards(character: str) -> None:
    assert is_gsm(character) == (smsutil.split(character).encoding == "gsm0338")


@pytest.mark.parametrize(
    ("typographic", "sent"),
    [
        ("UAH\u00a01,299.00 – “Lavka’s”…", 'UAH 1,299.00 - "Lavka\'s"...'),
        ("Привіт – «Лавка»", "Привіт – «Лавка»"),
        ("10:00\u202fAM", "10:00 AM"),
        ("вт\u00a024.11", "вт 24.11"),
    ],
)
def test_typography_goes_only_where_that_saves_the_small_alphabet(
    typographic: str, sent: str
) -> None:
    assert plain(typographic) == sent
