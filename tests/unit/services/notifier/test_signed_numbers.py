"""Codes keep their form: addresses that were sent last month still have to open."""

from services.notifier.signed_numbers import SignedNumbers
from tests.support.notifier import KEY


def test_a_code_of_before_is_known_now() -> None:
    numbers = SignedNumbers("stop", KEY)
    assert numbers.code_of(7) == "00T2nxU_o-Vf1HIHycpq"
    assert numbers.number_of("00T2nxU_o-Vf1HIHycpq") == 7
