import pytest
import smsutil
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifier.render.alphabet import is_gsm
from services.notifier.render.segments import count_segments

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
