"""Many cases in one test."""

import re

import pytest

from tests.support.each import CasesFailedError, each


def test_every_value_is_tried_and_every_one_that_fails_is_named() -> None:
    @each("number", [1, 2, 3, 4])
    def is_odd(number: int) -> None:
        assert number % 2, "it is even"

    with pytest.raises(CasesFailedError, match=r"2 failed:\n2: it is even\n.*\n4: it is even"):
        is_odd()


def test_what_fails_in_a_product_is_named_by_all_its_values() -> None:
    @each("word", ["a", "b"])
    @each("number", [1, 2])
    def is_not_b2(word: str, number: int) -> None:
        assert (word, number) != ("b", 2)

    with pytest.raises(CasesFailedError, match=r"^of these cases, 1 failed:\nb-2: "):
        is_not_b2()


def test_an_error_fails_its_case_and_the_others_are_tried() -> None:
    tried = []

    @each(("number", "divisor"), [(1, 0), (1, 1)])
    def divides(number: int, divisor: int) -> None:
        tried.append(number / divisor)

    with pytest.raises(
        CasesFailedError, match=r"1 failed:\n1-0: ZeroDivisionError: division by zero"
    ):
        divides()
    assert tried == [1.0]


def test_an_error_that_was_expected_and_did_not_come_fails_its_case() -> None:
    @each("text", ["x", "1"])
    def is_no_number(text: str) -> None:
        with pytest.raises(ValueError, match=re.escape(text)):
            int(text)

    with pytest.raises(CasesFailedError, match=r"1 failed:\n1: DID NOT RAISE"):
        is_no_number()


@each("number", [1, 2])
@pytest.mark.parametrize("word", ["a", "b"])
@each("sign", "+-")
def test_it_stands_above_and_below_other_parameters_and_fixtures(
    request: pytest.FixtureRequest, word: str, number: int, sign: str
) -> None:
    assert f"[{word}]" in request.node.name
    assert (number, sign) in {(1, "+"), (2, "+"), (1, "-"), (2, "-")}


def test_a_test_that_would_try_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no value of number would be tried"):
        each("number", [])
